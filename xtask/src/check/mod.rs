//! `cargo xtask demo --check`: a scripted visitor, over HTTP and a real WebSocket, and a scripted agent, over the desk's
//! control interface, hold a conversation by each desk.

mod kustomer;
mod live_agent;

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{
    agent::{self, Agent},
    seed::{DEMO_RESOURCE, KUSTOMER_WEB_CHAT},
    visitor::{Tab, Visitor, words},
};
use serde_json::Value;

use crate::{demo::Running, desks};

/// Holds both conversations; returns the transcripts as both sides saw them.
///
/// # Errors
/// What broke, with the transcript up to there.
pub async fn run(running: &Running) -> Result<String> {
    let edge = running.edge.url();
    let (mut tab, agent) =
        meet(edge, DEMO_RESOURCE, &desks::origin(&running.desks.live_agent)).await?;
    let outcome = live_agent::converse(&mut tab, &agent).await;
    let first = end("Live Agent", outcome, &live_agent::TALK, &tab, &agent).await?;

    let (mut tab, agent) =
        meet(edge, KUSTOMER_WEB_CHAT, &desks::origin(&running.desks.kustomer)).await?;
    let outcome = kustomer::converse(&mut tab, &agent, edge).await;
    let second = end("Kustomer", outcome, &kustomer::TALK, &tab, &agent).await?;
    Ok(format!("{first}\n{second}"))
}

/// Something said: by whom, as its author wrote it, and as the other side reads it.
type Line = (&'static str, &'static str, &'static str);

/// The same on both sides.
const fn said(who: &'static str, words: &'static str) -> Line {
    (who, words, words)
}

async fn meet(edge: &str, resource: &str, desk: &str) -> Result<(Tab, Agent)> {
    let mut visitor = Visitor::new(edge, resource)?;
    visitor.start().await.context("the visitor opens the chat")?;
    let tab = visitor.tab().await.context("the visitor's link opens")?;
    Ok((tab, Agent::new(desk)?))
}

/// Both sides must have read all of it in the same order, and nothing else.
async fn end(
    desk: &str,
    outcome: Result<()>,
    talk: &[Line],
    tab: &Tab,
    agent: &Agent,
) -> Result<String> {
    let chat =
        agent.chats().await.ok().and_then(|chats| chats.into_iter().next()).unwrap_or_default();
    let transcript = transcript(desk, tab, &chat);
    let same = || {
        let pairs = |of: fn(&Line) -> (&str, &str)| -> Vec<(String, String)> {
            talk.iter().map(of).map(|(who, words)| (who.to_owned(), words.to_owned())).collect()
        };
        let (seen, kept) = (tab.words(), agent::words(&chat));
        ensure!(
            seen == pairs(|(who, _, read)| (who, read))
                && kept == pairs(|(who, wrote, _)| (who, wrote)),
            "one side did not read what was said: the visitor saw {seen:#?}, the agent {kept:#?}"
        );
        Ok(())
    };
    match outcome.and_then(|()| same()) {
        Ok(()) => Ok(transcript),
        Err(error) => Err(error.context(format!(
            "the conversation by {desk} broke off; until then:\n\n{transcript}\n"
        ))),
    }
}

fn transcript(desk: &str, tab: &Tab, chat: &Value) -> String {
    let indent = |words: String| words.replace('\n', "\n      ");
    let seen = tab.events().iter().map(|event| {
        let seq = event.get("seq").cloned().unwrap_or_default();
        format!("  {seq:>2}  {}\n", indent(describe(event.get("what").unwrap_or(event))))
    });
    let kept = agent::words(chat)
        .into_iter()
        .map(|(who, words)| format!("      {who}: {}\n", indent(words)));
    format!(
        "By {desk} the visitor saw:\n{}\nThe agent saw:\n{}",
        seen.collect::<String>(),
        kept.collect::<String>()
    )
}

fn describe(what: &Value) -> String {
    if let Some((who, words)) = words(what) {
        return format!("{who}: {words}");
    }
    let Some((kind, facts)) = what.as_object().and_then(|what| what.iter().next()) else {
        return what.to_string();
    };
    let fact = |path: &str| match facts.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "?".to_owned(),
    };
    match kind.as_str() {
        "requested" => "- an agent is asked for".to_owned(),
        "queued" => format!("- place {} in the queue", fact("/place")),
        "transferring" => "- the chat is handed on".to_owned(),
        "joined" | "left" => format!("- {} {kind}", fact("/agent/name")),
        "delivered" | "failed" | "retried" => format!("- {} {kind}", fact("/of")),
        "ended" => format!("- ended by {}", fact("/by")),
        "reopened" => "- taken up again".to_owned(),
        _ => format!("- {what}"),
    }
}
