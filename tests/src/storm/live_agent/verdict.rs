//! What must hold after any storm, at both ends and in everything that was written down.

use crate::{
    desks::live_agent::{Speaker, trace as desk_trace},
    storm::account::{Account, rising},
    world::World,
};

pub(super) fn of(world: &World, said_by_agent: &[String]) -> Result<(), String> {
    if world.seen("link") != world.events() {
        return Err("the visitor's page and the log differ".to_owned());
    }
    let account = Account::of(world.events());
    let at_desk: Vec<String> = world
        .desk
        .chats()
        .iter()
        .flat_map(|chat| &chat.lines)
        .filter(|line| line.from == Speaker::Visitor)
        .map(|line| line.text.clone())
        .collect();
    account.settle(&at_desk)?;
    let from_agent = account.from_agents;
    rising(&from_agent, "the visitor")?;
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
