//! What must hold after any storm, at both ends and in everything that was written down.

use parlor_shared::wire::What;

use crate::{
    desks::live_agent::{Speaker, trace as desk_trace},
    trace::plain,
    world::World,
};

pub(super) fn of(world: &World, said_by_agent: &[String]) -> Result<(), String> {
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
    let given_up = world.desk.chats().iter().any(|chat| chat.state == "ended");
    if !given_up && from_agent != said_by_agent {
        return Err(format!("the agents said {said_by_agent:?}, the visitor saw {from_agent:?}"));
    }
    rules_of_the_desk(world)?;
    nothing_leaked(world)
}

/// A breach that the desk noted and that no storm excuses; above all a second poll in flight.
fn rules_of_the_desk(world: &World) -> Result<(), String> {
    let excused = |note: Option<&'static str>| {
        matches!(
            note,
            // After two polls lost on their way, waiting out the second is longer than the desk's patience; the
            // visitor is told that the desk gave the chat up, and what we still ask is 403.
            Some("no_poll" | "unknown_session")
            // A call that was on its way when the chat moved, or whose answer to ReconnectSession was lost, bears
            // the affinity of before; an answer that was lost leaves the offset behind.
            | Some("wrong_affinity" | "offset_behind" | "needless_reconnect")
            // A number whose POST had no definite end is skipped, never used for another text; the desk's 409 mends it.
            | Some("out_of_sync")
        )
    };
    let breaches: Vec<String> = world
        .desk
        .trace()
        .into_iter()
        .filter(|entry| entry.what == desk_trace::What::Breach && !excused(entry.note))
        .map(|entry| format!("{}: {}", entry.at_ms, entry.note.unwrap_or_default()))
        .collect();
    if breaches.is_empty() { Ok(()) } else { Err(format!("rules of the desk: {breaches:?}")) }
}

/// No key and no affinity token stands in a trace, a log note or a frame.
fn nothing_leaked(world: &World) -> Result<(), String> {
    let desk: Vec<String> = world.desk.trace().iter().map(|entry| format!("{entry:?}")).collect();
    let seen = format!("{:?}", world.seen("link"));
    let written = [world.trace.text(), world.logged.join("\n"), desk.join("\n"), seen];
    let leaked = world
        .desk
        .secrets()
        .iter()
        .any(|secret| written.iter().any(|text| text.contains(secret.as_str())));
    if leaked { Err("a session key or affinity token was written down".to_owned()) } else { Ok(()) }
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
