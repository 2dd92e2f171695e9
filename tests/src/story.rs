//! Stories: a script of what people do, and the trace that must come of it.
//!
//! A script is a list of `TIME WHO DOES WHAT`, parted by `;` or line ends, TIME in seconds:
//!
//! ```text
//! visitor opens | visitor leaves | visitor returns | visitor reloads
//! visitor says TEXT | visitor retries mN | visitor repeats mN | visitor types on|off | visitor ends
//! visitor stays                          is still there
//! visitor peeks TEXT                     has written this and not sent it
//! visitor forgets                        what the page has shown
//! visitor links                          without a hello
//! visitor sends RAW                      bytes of any making
//! second opens | second says TEXT ...    another tab
//! agent accepts | agent says TEXT | agent types on|off | agent ends | agent ends REASON
//! agent transfers NAME | agent transfers (to the queue) | agent drops
//! agent joins NAME | agent leaves NAME   a conference
//! agent offers HEADER: A | B             choices
//! agent wants a file | agent marks KIND DATA (a custom event)
//! agent reads                            writes down what stands at the desk
//! desk fault NAME [xN] [on NOUN]         a knob of the simulator, with its defaults
//! desk delivers TYPE JSON                any message
//! desk limits NAME NUMBER
//! desk calms                             all knobs as they were
//! desk closes | desk opens               nobody there, somebody there
//! edge dies                              SIGKILL, same storage
//! trace                                  forget the trace so far: what led here is another story's
//! end                                    time goes on up to here
//! ```

use std::time::Duration;

use parlor_edge::conversation::Opening;
use parlor_shared::wire::ClientFrame;
use serde_json::Value;

use crate::{
    desks::{Machine, kustomer, live_agent},
    trace::Trace,
    world::{Options, World},
};

/// The desks that stories are told at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Desk {
    /// Salesforce Live Agent.
    LiveAgent,
    /// Kustomer, as the relay's default flow has it.
    Kustomer,
}

/// Tells the story and compares its trace, line by line; then tells it again with the core restored from
/// storage before every step that allows it, and expects the same.
///
/// # Panics
/// If the trace is another.
pub fn check(desk: Desk, script: &str, expected: &str) {
    match desk {
        Desk::LiveAgent => check_in(live_agent_world, script, expected),
        Desk::Kustomer => {
            check_in(|| World::at_kustomer(1, Options::default()), script, expected);
        }
    }
}

/// The same at Live Agent, with a conversation that is begun otherwise.
///
/// # Panics
/// If the trace is another, or the desk is.
pub fn check_opened(
    desk: Desk,
    otherwise: impl Fn(&mut Opening) + Copy,
    script: &str,
    expected: &str,
) {
    assert_eq!(desk, Desk::LiveAgent, "another desk's world is another type");
    let world = || World::opened(1, live_agent::Config::default(), otherwise);
    check_in(world, script, expected);
}

/// The same in a world of one's own.
///
/// # Panics
/// If the trace is another.
pub fn check_in<D: Staff>(world: impl Fn() -> World<D>, script: &str, expected: &str) {
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for restless in [false, true] {
        let mut world = world();
        world.restless = restless;
        let world = tell_in(world, script);
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

/// Tells a story at Live Agent and returns the world as it is at its end.
///
/// # Panics
/// If the script cannot be read, or is for another desk: that world comes out of [`tell_in`].
#[must_use]
pub fn tell(desk: Desk, script: &str, restless: bool) -> World {
    assert_eq!(desk, Desk::LiveAgent, "another desk's world is another type");
    let mut world = live_agent_world();
    world.restless = restless;
    tell_in(world, script)
}

/// Tells a story in a world that is there.
///
/// # Panics
/// If the script cannot be read.
#[must_use]
pub fn tell_in<D: Staff>(mut world: World<D>, script: &str) -> World<D> {
    for line in script.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        let (at, rest) = line.split_once(' ').unwrap_or((line, "end"));
        let at: f64 = at.parse().unwrap_or_else(|_| panic!("no time in: {line}"));
        world.run_until(Duration::from_millis((at * 1000.0).round() as u64));
        act(&mut world, rest.trim());
    }
    world
}

fn live_agent_world() -> World {
    World::new(1, live_agent::Config::default())
}

/// Does one thing.
///
/// # Panics
/// If the words are not of the language above.
pub fn act<D: Staff>(world: &mut World<D>, words: &str) {
    let (who, rest) = words.split_once(' ').unwrap_or((words, ""));
    let (verb, what) = rest.split_once(' ').unwrap_or((rest, ""));
    match (who, verb) {
        ("end", _) => {}
        ("trace", _) => world.trace = Trace::default(),
        ("edge", "dies") => world.kill(),
        ("agent", _) => D::agent(world, verb, what),
        ("desk", "fault") => D::fault(world, &fault(what)),
        ("desk", _) => D::desk(world, verb, what),
        ("visitor", _) => visitor(world, "link", verb, what),
        ("second", _) => visitor(world, "second", verb, what),
        _ => panic!("nobody knows how to: {words}"),
    }
}

/// A desk whose people stories can tell of.
pub trait Staff: Machine + Sized {
    /// An agent does something.
    fn agent(world: &mut World<Self>, verb: &str, what: &str);
    /// The desk as a whole changes.
    fn desk(world: &mut World<Self>, verb: &str, what: &str);
    /// Somebody turns a knob.
    fn fault(world: &mut World<Self>, order: &Value);
}

impl Staff for live_agent::Desk {
    fn agent(world: &mut World<Self>, verb: &str, what: &str) {
        use live_agent::Control;
        let chat = world.chat().expect("a chat stands at the desk");
        if verb == "reads" {
            for line in &chat.lines {
                let who = match line.from {
                    live_agent::Speaker::Visitor => "visitor",
                    live_agent::Speaker::Agent => "agent",
                    live_agent::Speaker::Notice => "note",
                };
                world.trace.add(world.now(), "agent   <-", &format!("{who}: {}", line.text));
            }
            return;
        }
        let chat = chat.id;
        let named = || (!what.is_empty()).then(|| what.to_owned());
        let order = match verb {
            "accepts" => {
                Control::Accept { chat, agent: (!what.is_empty()).then(|| what.to_owned()) }
            }
            "says" => Control::Say { chat, text: what.to_owned() },
            "types" => Control::Typing { chat, on: what == "on" },
            "ends" => Control::End { chat, reason: named() },
            "transfers" => Control::Transfer { chat, agent: named() },
            "drops" => Control::Fault(live_agent::Order::new(live_agent::Fault::AgentDropsOut)),
            "joins" => Control::JoinConference { chat, agent: what.to_owned() },
            "leaves" => Control::LeaveConference { chat, agent: what.to_owned() },
            "offers" => {
                let (header, items) = what.split_once(": ").expect("an offer is HEADER: A | B");
                let items = items.split(" | ").map(str::to_owned).collect();
                Control::Offer { chat, header: Some(header.to_owned()), items }
            }
            "wants" => Control::AskForFile { chat },
            "marks" => {
                let (kind, data) = what.split_once(' ').expect("a custom event is KIND DATA");
                Control::CustomEvent { chat, kind: kind.to_owned(), data: data.to_owned() }
            }
            _ => panic!("no agent knows how to: {verb}"),
        };
        world.control(order).expect("the desk takes the order");
    }

    fn desk(world: &mut World<Self>, verb: &str, what: &str) {
        use live_agent::Control;
        let order = match verb {
            "calms" => Control::ClearFaults(None),
            "closes" => Control::Availability(false),
            "opens" => Control::Availability(true),
            "limits" => {
                let (name, value) = what.split_once(' ').expect("a limit is NAME NUMBER");
                let value = value.parse().expect("a limit is NAME NUMBER");
                Control::Limit { name: name.to_owned(), value }
            }
            "delivers" => {
                let chat = world.chat().expect("a chat stands at the desk").id;
                let (kind, message) = what.split_once(' ').expect("a message is TYPE JSON");
                let message = serde_json::from_str(message).expect("a message is TYPE JSON");
                Control::Deliver { chat, kind: kind.to_owned(), message }
            }
            _ => panic!("no desk knows how to: {verb}"),
        };
        world.control(order).expect("the desk takes the order");
    }

    fn fault(world: &mut World<Self>, order: &Value) {
        let order = live_agent::Order::from_json(order).expect("the simulator has this knob");
        world.control(live_agent::Control::Fault(order)).expect("the desk takes the order");
    }
}

/// `agent replies TEXT`, `assigns [NAME]`, `unassigns`, `done`, `ends`, `reopens`, `snoozes`, `redacts`, `notes TEXT`,
/// `autoresponds TEXT`; `desk calms`, `desk silences` and `speaks` (its webhooks). `\n` in a text is a new line.
impl Staff for kustomer::Desk {
    fn agent(world: &mut World<Self>, verb: &str, what: &str) {
        use kustomer::Control;
        let chat = world.chat().expect("a conversation stands at the desk").id;
        let text = what.replace("\\n", "\n");
        let order = match verb {
            "replies" => Control::Reply { chat, text, agent: None, file: None },
            "assigns" => {
                Control::Assign { chat, agent: (!what.is_empty()).then(|| what.to_owned()) }
            }
            "unassigns" => Control::Unassign { chat },
            "done" => Control::Done { chat },
            "ends" => Control::End { chat, done: true },
            "reopens" => Control::Reopen { chat },
            "snoozes" => Control::Snooze { chat, seconds: None },
            "redacts" => Control::Redact { chat, message: None },
            "notes" => Control::Note { chat, text, agent: None },
            "autoresponds" => Control::Autoresponse { chat, text },
            _ => panic!("no agent knows how to: {verb}"),
        };
        world.control(order).expect("the desk takes the order");
    }

    fn desk(world: &mut World<Self>, verb: &str, _what: &str) {
        use kustomer::Control;
        let order = match verb {
            "calms" => Control::ClearFaults(None),
            "silences" => Control::SwitchHooks(false),
            "speaks" => Control::SwitchHooks(true),
            _ => panic!("no desk knows how to: {verb}"),
        };
        world.control(order).expect("the desk takes the order");
    }

    fn fault(world: &mut World<Self>, order: &Value) {
        let order = kustomer::Order::from_json(order).expect("the simulator has this knob");
        world.control(kustomer::Control::Fault(order)).expect("the desk takes the order");
    }
}

fn visitor<D: Machine>(world: &mut World<D>, tab: &str, verb: &str, what: &str) {
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
        "stays" => world.frame(tab, ClientFrame::Stay {}),
        "peeks" => world.frame(tab, ClientFrame::Peek { text: what.to_owned() }),
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

/// `NAME [xN] [on NOUN]` as an order of the control interface.
fn fault(what: &str) -> Value {
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
    order.into()
}
