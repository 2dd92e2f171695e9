//! Storms at Kustomer: the same people under the same bad network, and besides a webhook that repeats itself, comes late,
//! out of order or not at all, a limit that others use up, and events that nobody should believe.
//!
//! What must hold: no message is lost or doubled at either end, the visitor's never change their order, nothing that we
//! wrote comes back as an agent's, and nothing forged, stale or foreign is ever seen. Agents' messages keep the desk's order
//! wherever [`Weather::keeps_order`] says so.

use std::time::Duration;

use crate::{
    desks::{
        dice::Dice,
        kustomer::{Config, Control, Fault, Order, Speaker},
    },
    world::{Options, World},
};

use super::{Storms, account::Account};

/// What `xtask` and the tests run.
pub const STORMS: Storms = Storms {
    desk: "kustomer",
    weathers: || WEATHERS.iter().map(|weather| weather.name).collect(),
    run,
};

/// How bad it gets.
#[derive(Clone, Copy, Debug)]
struct Weather {
    name: &'static str,
    /// Of 100 calls and deliveries, how many lose their request, how many their answer; twice as many break.
    losses: u64,
    /// Whether the edge may die.
    deaths: bool,
    /// Whether answers come out wrong: errors after the write, gateways, pages, silence, half bodies, late ones, 429.
    answers: bool,
    /// Longest time of its own that each delivery is held; 0 for none. Beyond [`SORTED_WITHIN_MS`] the desk's list is what
    /// tells the order.
    scatter_ms: u64,
    /// Whether deliveries come twice, swapped or late, and events lack what may be missing.
    events: bool,
    /// Whether webhooks fall silent for a while, or are switched off.
    outages: bool,
    /// Whether the limit is small and others use it up.
    limits: bool,
    /// Whether somebody forges, replays and mistakes events.
    mischief: bool,
}

const CALM: Weather = Weather {
    name: "calm",
    losses: 0,
    deaths: false,
    answers: false,
    scatter_ms: 0,
    events: false,
    outages: false,
    limits: false,
    mischief: false,
};

/// Every weather. A seed's is the one at its place, counted around.
const WEATHERS: &[Weather] = &[
    Weather { name: "links", mischief: true, ..CALM },
    Weather { name: "losses", losses: 12, ..CALM },
    Weather { name: "deaths", deaths: true, ..CALM },
    Weather { name: "answers", answers: true, ..CALM },
    Weather { name: "disorder", scatter_ms: SORTED_WITHIN_MS, mischief: true, ..CALM },
    Weather { name: "events", scatter_ms: 3_000, events: true, ..CALM },
    Weather { name: "outages", outages: true, ..CALM },
    Weather { name: "limits", limits: true, ..CALM },
    Weather {
        name: "all",
        losses: 6,
        deaths: true,
        answers: true,
        scatter_ms: 2_000,
        events: true,
        outages: true,
        limits: false,
        mischief: true,
    },
];

impl Weather {
    /// The weather of this seed.
    fn of(seed: u64) -> Self {
        let place = usize::try_from(seed % WEATHERS.len() as u64).unwrap_or_default();
        WEATHERS.get(place).copied().unwrap_or(CALM)
    }

    /// Whether agents' messages are promised in the desk's order: where its list can be read when one comes, or every
    /// delivery comes in time to be sorted. Otherwise one that comes late is shown late, not lost.
    fn keeps_order(self) -> bool {
        self.losses == 0 && !self.deaths && (self.is_punctual() || !self.answers)
    }

    /// Whether every delivery comes in time to be sorted. A retry comes a minute later.
    fn is_punctual(self) -> bool {
        !self.events && !self.outages && self.scatter_ms <= SORTED_WITHIN_MS
    }
}

/// One storm, by its seed. Returns how many events the log has, so that a caller can see that something happened.
///
/// # Errors
/// What was lost, doubled, reordered or believed; with the whole trace.
pub fn run(seed: u64) -> Result<usize, String> {
    let weather = Weather::of(seed);
    let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(2));
    let mut world =
        World::at_kustomer(seed, Options { desk: Config::default(), ..Options::default() });
    world.network.lost_requests = weather.losses;
    world.network.lost_answers = weather.losses;
    world.network.broken = weather.losses * 2;
    let calm = weather.is_punctual() && weather.losses == 0 && !weather.deaths;
    world.network.jitter = Duration::from_millis(if calm { 0 } else { 400 });
    for order in standing(weather, &mut dice) {
        turn(&mut world, order);
    }
    let mut said = Vec::new();
    let mut count = 0;
    world.link("link");
    for _ in 0..ACTS {
        let pause = Duration::from_millis(dice.next_u64() % 4_000);
        world.run_until(world.now() + pause);
        act(&mut world, &mut dice, weather, &mut count, &mut said);
    }
    clear_up(&mut world);
    verdict(&world, weather, &said).map(|()| world.events().len()).map_err(|wrong| {
        format!("seed {seed}, {}: {wrong}\n\n{}", weather.name, world.trace.text())
    })
}

/// Knobs that are turned for the whole storm.
fn standing(weather: Weather, dice: &mut Dice) -> Vec<Order> {
    let mut orders = Vec::new();
    let half = |dice: &mut Dice| dice.next_u64().is_multiple_of(2);
    if weather.scatter_ms > 0 {
        orders.push(Order::new(Fault::Scatter).with("ms", weather.scatter_ms));
    }
    // A desk that takes two records of one external id shows whoever writes twice; what dies with its request on the
    // wire cannot look in time, so there the desk is the strict one.
    if !weather.deaths && half(dice) {
        orders.push(Order::new(Fault::DuplicatesPolicy));
    }
    if weather.limits {
        orders.push(Order::new(Fault::OrgLimit).with("limit", 40));
    }
    if weather.events {
        let knobs = [
            Fault::TwiceAlways,
            Fault::SparseEvents,
            Fault::PluralCustomer,
            Fault::NoChanges,
            Fault::FreshEventIds,
            Fault::BodyInMeta,
            Fault::TruncatedPreview,
            Fault::NewestFirst,
        ];
        orders.extend(knobs.into_iter().filter(|_| half(dice)).map(Order::new));
    }
    orders
}

fn act(
    world: &mut World<crate::desks::kustomer::Desk>,
    dice: &mut Dice,
    weather: Weather,
    count: &mut usize,
    said: &mut Vec<String>,
) {
    let chat = world.chat().map(|chat| chat.id);
    let pick = |dice: &mut Dice, list: &[Fault]| {
        let place = usize::try_from(dice.next_u64() % list.len() as u64).unwrap_or_default();
        list.get(place).copied().map(Order::new)
    };
    match dice.next_u64() % 16 {
        0..=3 => {
            *count += 1;
            world.say("link", &format!("v{count}"));
        }
        4 => world.link("link"),
        5 => world.unlink("link"),
        6 if weather.deaths => world.kill(),
        7 if weather.answers => {
            if let Some(order) = pick(dice, ANSWERS) {
                turn(world, order.on("*"));
            }
        }
        8 if weather.events => {
            if let Some(order) = pick(dice, DELIVERIES) {
                turn(world, order);
            }
        }
        9 if weather.outages => {
            let (off, on) = (Fault::WebhookSilent, dice.next_u64().is_multiple_of(2));
            if on {
                turn(world, Order::new(off));
            } else {
                let _ = world.control(Control::ClearFaults(Some(off.name().to_owned())));
                let _ = world.control(Control::SwitchHooks(!dice.next_u64().is_multiple_of(3)));
            }
        }
        10 if weather.mischief && chat.is_some() => {
            if let Some(order) = pick(dice, MISCHIEF) {
                // A replay needs something to replay.
                let _ = world.control(Control::Fault(order));
            }
        }
        11 if weather.limits => turn(world, Order::new(Fault::OrgBusy).with("leave", 3)),
        12 => {
            if let Some(chat) = chat {
                let order = match dice.next_u64() % 3 {
                    0 => Control::Assign { chat, agent: None },
                    1 => Control::Unassign { chat },
                    _ => Control::Note { chat, text: SECRET.to_owned(), agent: None },
                };
                let _ = world.control(order);
            }
        }
        _ => {
            if let Some(chat) = chat {
                let text = format!("a{}", said.len() + 1);
                let say = if dice.next_u64().is_multiple_of(5) {
                    Control::Autoresponse { chat, text: text.clone() }
                } else {
                    Control::Reply { chat, text: text.clone(), agent: None, file: None }
                };
                if world.control(say).is_ok() {
                    said.push(text);
                }
            }
        }
    }
}

fn turn(world: &mut World<crate::desks::kustomer::Desk>, order: Order) {
    world.control(Control::Fault(order)).expect("a knob can be turned at any time");
}

/// The weather clears, an admin switches the webhook on, and the visitor comes back.
fn clear_up(world: &mut World<crate::desks::kustomer::Desk>) {
    world.network.lost_requests = 0;
    world.network.lost_answers = 0;
    world.network.broken = 0;
    let _ = world.control(Control::ClearFaults(None));
    let _ = world.control(Control::SwitchHooks(true));
    world.link("link");
    world.run_until(world.now() + CLEARING);
}

fn verdict(
    world: &World<crate::desks::kustomer::Desk>,
    weather: Weather,
    said: &[String],
) -> Result<(), String> {
    if world.seen("link") != world.events() {
        return Err("the visitor's page and the log differ".to_owned());
    }
    let account = Account::of(world.events());
    let chats = world.desk.chats();
    if chats.len() > 1 {
        return Err(format!("there are {} conversations at the desk", chats.len()));
    }
    let lines = chats.iter().flat_map(|chat| &chat.lines);
    let at_desk: Vec<String> = lines
        .filter(|line| line.from == Speaker::Visitor && line.text.starts_with('v'))
        .map(|line| line.text.clone())
        .collect();
    account.settle(&at_desk)?;
    let seen = account.from_agents;
    let mut sorted = seen.clone();
    if !weather.keeps_order() {
        sorted.sort_by_key(|text| (text.len(), text.clone()));
    }
    if sorted != said {
        return Err(format!("the agents said {said:?}, the visitor saw {seen:?}"));
    }
    Ok(())
}

/// What may become of the next answer.
const ANSWERS: &[Fault] = &[
    Fault::AfterWrite,
    Fault::AfterWrite,
    Fault::DropResponse,
    Fault::DropRequest,
    Fault::HalfOpen,
    Fault::Delay,
    Fault::Status,
    Fault::Html502,
    Fault::Limit,
    Fault::CutShort,
    Fault::EmptyBody,
    Fault::NotJson,
];

/// What may become of the next event.
const DELIVERIES: &[Fault] = &[
    Fault::DuplicateDelivery,
    Fault::SwappedDelivery,
    Fault::DelayedDelivery,
    Fault::LostDelivery,
];

/// What nobody should believe.
const MISCHIEF: &[Fault] = &[
    Fault::ReplayEvent,
    Fault::StaleEvent,
    Fault::ForgedEvent,
    Fault::UnsignedEvent,
    Fault::ForeignEvent,
    Fault::ForeignConversation,
    Fault::UnknownEvent,
    Fault::GarbageEvent,
];

/// What stands in notes.
const SECRET: &str = "the visitor must not see this";

/// Things that people do in a storm.
const ACTS: u64 = 32;

/// Deliveries that come within this time of one another are shown in the order of the desk.
const SORTED_WITHIN_MS: u64 = 300;

/// How long the good weather lasts: longer than every budget of the relay.
const CLEARING: Duration = Duration::from_secs(900);
