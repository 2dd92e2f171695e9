//! Stories: a script of what people do, and the trace that must come of it.
//!
//! A script is a list of `TIME WHO DOES WHAT`, parted by `;` or line ends, TIME in seconds:
//!
//! ```text
//! visitor opens | visitor leaves | visitor returns | visitor reloads
//! visitor says TEXT | visitor retries mN | visitor repeats mN | visitor types on|off | visitor ends
//! visitor forgets                        what the page has shown
//! visitor links                          without a hello
//! visitor sends RAW                      bytes of any making
//! second opens | second says TEXT ...    another tab
//! agent accepts | agent says TEXT | agent types on|off | agent ends
//! desk fault NAME [xN] [on NOUN]         a knob of the simulator, with its defaults
//! desk calms                             all knobs as they were
//! desk closes | desk opens               nobody there, somebody there
//! edge dies                              SIGKILL, same storage
//! trace                                  forget the trace so far: what led here is another story's
//! end                                    time goes on up to here
//! ```

use std::time::Duration;

use parlor_shared::wire::ClientFrame;

use crate::{
    desks::live_agent::{Config, Control, faults},
    trace::Trace,
    world::World,
};

/// The desks that stories are told at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Desk {
    /// Salesforce Live Agent.
    LiveAgent,
}

/// Tells the story and compares its trace, line by line; then tells it again with the core restored from
/// storage before every step that allows it, and expects the same.
///
/// # Panics
/// If the trace is another.
pub fn check(desk: Desk, script: &str, expected: &str) {
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for restless in [false, true] {
        let world = tell(desk, script, restless);
        let text = world.trace.text();
        let actual: Vec<&str> = text.lines().collect();
        assert!(
            actual == expected,
            "the story went another way{}:\n\n{text}\n\nexpected:\n\n{}\n",
            if restless { " when it was restored between steps" } else { "" },
            expected.join("\n"),
        );
    }
}

/// Tells a story and returns the world as it is at its end.
///
/// # Panics
/// If the script cannot be read.
#[must_use]
pub fn tell(desk: Desk, script: &str, restless: bool) -> World {
    let Desk::LiveAgent = desk;
    let mut world = World::new(1, Config::default());
    world.restless = restless;
    for line in script.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        let (at, rest) = line.split_once(' ').unwrap_or((line, "end"));
        let at: f64 = at.parse().unwrap_or_else(|_| panic!("no time in: {line}"));
        world.run_until(Duration::from_millis((at * 1000.0).round() as u64));
        act(&mut world, rest.trim());
    }
    world
}

/// Does one thing.
///
/// # Panics
/// If the words are not of the language above.
pub fn act(world: &mut World, words: &str) {
    let (who, rest) = words.split_once(' ').unwrap_or((words, ""));
    let (verb, what) = rest.split_once(' ').unwrap_or((rest, ""));
    match (who, verb) {
        ("end", _) => {}
        ("trace", _) => world.trace = Trace::default(),
        ("edge", "dies") => world.kill(),
        ("agent", _) => agent(world, verb, what),
        ("desk", "fault") => fault(world, what),
        ("desk", "calms") => control(world, Control::ClearFaults(None)),
        ("desk", "closes") => control(world, Control::Availability(false)),
        ("desk", "opens") => control(world, Control::Availability(true)),
        ("visitor", _) => visitor(world, "link", verb, what),
        ("second", _) => visitor(world, "second", verb, what),
        _ => panic!("nobody knows how to: {words}"),
    }
}

fn visitor(world: &mut World, tab: &str, verb: &str, what: &str) {
    let message = || world.message(what.trim_start_matches('m').parse().expect("a message is mN"));
    match verb {
        "opens" | "returns" => world.link(tab),
        "links" => world.link_silently(tab),
        "leaves" => world.unlink(tab),
        "forgets" => world.forget(tab),
        "reloads" => {
            world.unlink(tab);
            world.forget(tab);
            world.link(tab);
        }
        "says" => world.say(tab, what),
        "sends" => world.raw(tab, what),
        "ends" => world.frame(tab, ClientFrame::End {}),
        "types" => world.frame(tab, ClientFrame::Typing { on: what == "on" }),
        "retries" => {
            let id = message();
            world.frame(tab, ClientFrame::Retry { id });
        }
        "repeats" => {
            let id = message();
            world.frame(tab, ClientFrame::Say { id, text: "said again".to_owned() });
        }
        _ => panic!("no visitor knows how to: {verb}"),
    }
}

fn agent(world: &mut World, verb: &str, what: &str) {
    let chat = world.chat().expect("a chat stands at the desk").id;
    let order = match verb {
        "accepts" => Control::Accept { chat, agent: (!what.is_empty()).then(|| what.to_owned()) },
        "says" => Control::Say { chat, text: what.to_owned() },
        "types" => Control::Typing { chat, on: what == "on" },
        "ends" => Control::End { chat, reason: None },
        "transfers" => Control::Transfer { chat, agent: Some(what.to_owned()) },
        _ => panic!("no agent knows how to: {verb}"),
    };
    control(world, order);
}

fn fault(world: &mut World, what: &str) {
    let mut words = what.split(' ');
    let name = words.next().unwrap_or_default();
    let (mut times, mut on) = (None, None);
    while let Some(word) = words.next() {
        match word.strip_prefix('x').and_then(|times| times.parse::<u32>().ok()) {
            Some(number) => times = Some(number),
            None if word == "on" => on = words.next(),
            None => panic!("a fault is NAME [xN] [on NOUN]: {what}"),
        }
    }
    let mut order = serde_json::Map::new();
    order.insert("fault".to_owned(), name.into());
    order.extend(times.map(|times| ("times".to_owned(), times.into())));
    order.extend(on.map(|on| ("on".to_owned(), on.into())));
    let order = faults::Order::from_json(&order.into()).expect("the simulator has this knob");
    control(world, Control::Fault(order));
}

fn control(world: &mut World, order: Control) {
    world.control(order).expect("the desk takes the order");
}
