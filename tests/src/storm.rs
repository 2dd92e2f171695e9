//! Storms: seeded schedules of everything that may go wrong at once, and what must hold all the same.
//!
//! A visitor with a link that comes and goes, an agent, a network that loses requests and answers, an edge that
//! dies; then the weather clears, the visitor returns, and both ends are compared.

use std::time::Duration;

use parlor_shared::wire::What;

use crate::{
    desks::{
        dice::Dice,
        live_agent::{Config, Control, Fault, Order, Speaker, trace as desk_trace},
    },
    trace::plain,
    world::World,
};

/// How bad it gets.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Things that people do.
    pub acts: u64,
    /// Of 100 calls to the desk, how many lose their request, how many their answer; twice as many break.
    pub losses: u64,
    /// Whether the edge may die.
    pub deaths: bool,
}

/// One storm. Returns how many events the log has, so that a caller can see that something happened.
///
/// # Errors
/// What was lost, doubled or reordered, or which rule of the desk was broken; with the whole trace.
pub fn run(seed: u64, weather: Weather) -> Result<usize, String> {
    let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1));
    let mut world = World::new(seed, Config::default());
    world.network.lost_requests = weather.losses;
    world.network.lost_answers = weather.losses;
    world.network.broken = weather.losses * 2;
    world.network.jitter = Duration::from_millis(400);
    if dice.next_u64().is_multiple_of(2) {
        let order = Order::new(Fault::AbortUnnoticed);
        world.control(Control::Fault(order)).map_err(|error| error.to_string())?;
    }
    let mut said_by_agent = Vec::new();
    let mut said_by_visitor = 0;
    world.link("link");
    for _ in 0..weather.acts {
        let pause = Duration::from_millis(dice.next_u64() % 4_000);
        world.run_until(world.now() + pause);
        act(&mut world, &mut dice, weather, &mut said_by_visitor, &mut said_by_agent);
    }
    world.network.lost_requests = 0;
    world.network.lost_answers = 0;
    world.network.broken = 0;
    world.link("link");
    for _ in 0..10 {
        world.run_until(world.now() + CLEARING / 10);
        if let Some(chat) = world.chat().filter(|chat| chat.state == "waiting") {
            let _ = world.control(Control::Accept { chat: chat.id, agent: None });
        }
    }
    verdict(&world, &said_by_agent)
        .map(|()| world.events().len())
        .map_err(|wrong| format!("seed {seed}: {wrong}\n\n{}", world.trace.text()))
}

fn act(
    world: &mut World,
    dice: &mut Dice,
    weather: Weather,
    said_by_visitor: &mut usize,
    said_by_agent: &mut Vec<String>,
) {
    let chat = world.chat().filter(|chat| chat.state != "ended");
    match dice.next_u64() % 12 {
        0..=3 => {
            *said_by_visitor += 1;
            world.say("link", &format!("v{said_by_visitor}"));
        }
        4 => world.link("link"),
        5 => world.unlink("link"),
        6 if weather.deaths => world.kill(),
        7..=8 => {
            if let Some(chat) = chat.filter(|chat| chat.state == "waiting") {
                // An agent may be too slow: then the chat is over, and says so.
                let _ = world.control(Control::Accept { chat: chat.id, agent: None });
            }
        }
        _ => {
            if let Some(chat) = chat.filter(|chat| chat.state == "active") {
                let text = format!("a{}", said_by_agent.len() + 1);
                let say = Control::Say { chat: chat.id, text: text.clone() };
                if world.control(say).is_ok() {
                    said_by_agent.push(text);
                }
            }
        }
    }
}

/// What must hold after any storm.
fn verdict(world: &World, said_by_agent: &[String]) -> Result<(), String> {
    if world.seen("link") != world.events() {
        return Err("the visitor's page and the log differ".to_owned());
    }
    let mut accepted = Vec::new();
    let mut delivered = Vec::new();
    let mut failed = Vec::new();
    let mut from_agent = Vec::new();
    for event in world.events() {
        match &event.what {
            What::Visitor { text, .. } => accepted.push((event.seq, text.clone())),
            What::Delivered { of } => delivered.push(*of),
            What::Failed { of, .. } => failed.push(*of),
            What::Agent { body, .. } => from_agent.push(plain(body)),
            _ => {}
        }
    }
    let at_desk: Vec<String> = world
        .desk
        .chats()
        .iter()
        .flat_map(|chat| &chat.lines)
        .filter(|line| line.from == Speaker::Visitor)
        .map(|line| line.text.clone())
        .collect();
    unique_and_ascending(&at_desk, "the desk")?;
    unique_and_ascending(&from_agent, "the visitor")?;
    for (seq, text) in &accepted {
        let arrived = at_desk.contains(text);
        match (delivered.contains(seq), failed.contains(seq)) {
            (true, false) if arrived => {}
            // An answer that was lost for a minute: the visitor is told "not sent" of what may have arrived.
            (false, true) => {}
            (true, false) => {
                return Err(format!("{text} was called delivered and is not at the desk"));
            }
            (true, true) => return Err(format!("{text} was called delivered and failed")),
            (false, false) => return Err(format!("{text} was accepted, and nothing came of it")),
        }
    }
    // What the desk says after it has given a chat up is its own; all else must be here.
    let ended_by_desk = world.desk.chats().iter().any(|chat| chat.state == "ended");
    if !ended_by_desk && from_agent != said_by_agent {
        return Err(format!("the agent said {said_by_agent:?}, the visitor saw {from_agent:?}"));
    }
    // `no_poll` is no breach of ours: after two polls lost on their way, waiting out the second is longer than
    // the desk's patience, and the visitor is told that the desk gave the chat up.
    let second_polls: Vec<String> = world
        .desk
        .trace()
        .into_iter()
        .filter(|entry| entry.what == desk_trace::What::Breach)
        .filter(|entry| !matches!(entry.note, Some("no_poll" | "unknown_session")))
        .map(|entry| format!("{}: {}", entry.at_ms, entry.note.unwrap_or_default()))
        .collect();
    if second_polls.is_empty() {
        Ok(())
    } else {
        Err(format!("rules of the poll: {second_polls:?}"))
    }
}

/// Texts end in rising numbers: `v1`, `v2`.
fn unique_and_ascending(texts: &[String], whose: &str) -> Result<(), String> {
    let numbers: Vec<u64> = texts
        .iter()
        .filter_map(|text| text.get(1..).and_then(|digits| digits.parse().ok()))
        .collect();
    let rising = numbers.windows(2).all(|pair| matches!(pair, [first, second] if first < second));
    if rising && numbers.len() == texts.len() {
        Ok(())
    } else {
        Err(format!("{whose} has a loss of order or a repeat: {texts:?}"))
    }
}

/// How long the good weather lasts: longer than every budget of the relay.
const CLEARING: Duration = Duration::from_secs(300);
