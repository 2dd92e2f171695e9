//! `cargo xtask demo --check`: a scripted visitor, over HTTP and a real WebSocket, and a scripted agent, over the desk's
//! control interface, hold a conversation.

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{
    agent::{self, Agent},
    seed::DEMO_RESOURCE,
    visitor::{Tab, Visitor, words},
};
use serde_json::{Value, json};

use crate::demo::{self, Running};

/// Holds the conversation; returns the transcript as both sides saw it.
///
/// # Errors
/// What broke, with the transcript up to there.
pub async fn run(running: &Running) -> Result<String> {
    let mut visitor = Visitor::new(running.edge.url(), DEMO_RESOURCE)?;
    let agent = Agent::new(&demo::desk_origin(&running.desk))?;
    visitor.start().await.context("the visitor opens the chat")?;
    let mut tab = visitor.tab().await.context("the visitor's link opens")?;
    let outcome = converse(&mut tab, &agent).await;
    let chat =
        agent.chats().await.ok().and_then(|chats| chats.into_iter().next()).unwrap_or_default();
    let transcript = transcript(&tab, &chat);
    match outcome.and_then(|()| same_words(&tab, &chat)) {
        Ok(()) => Ok(transcript),
        Err(error) => {
            Err(error.context(format!("the conversation broke off; until then:\n\n{transcript}\n")))
        }
    }
}

async fn converse(tab: &mut Tab, agent: &Agent) -> Result<()> {
    let first = tab.say(SAID[0]).await?;
    let chat = agent.until("a visitor is waiting", |chat| agent::is(chat, "waiting")).await?;
    let chat = agent::id_of(&chat);
    agent.queue(&chat, 1, 90).await?;
    // The desk counts from 0.
    let second = |what: &Value| what.pointer("/queued/place") == Some(&Value::from(2));
    tab.event("the second place in the queue", second).await?;
    // Short, so that the warning is seen; the end is far away.
    let idle = json!({ "fault": "idle_timeout", "warning_s": 2, "timeout_s": 300 });
    agent.fault(&idle).await?;
    agent.accept(&chat).await?;
    tab.event("an agent joins", |what| what.get("joined").is_some()).await?;
    tab.delivered(first).await?;
    agent.typing(&chat, true).await?;
    tab.frame("that the agent types", |frame| {
        frame.pointer("/typing/on") == Some(&Value::Bool(true))
    })
    .await?;
    agent.say(&chat, "Hello. Yes, one in green, size 54.").await?;
    tab.heard("Hello. Yes, one in green, size 54.").await?;
    let counts = |frame: &Value| frame.pointer("/idle/ends_in_s").is_some();
    tab.frame("the warning that the chat will end", counts).await?;
    tab.say(SAID[1]).await?;
    let over =
        |frame: &Value| frame.get("idle").is_some_and(|idle| idle.get("ends_in_s").is_none());
    tab.frame("that the warning is over", over).await?;
    agent.heard(&chat, &SAID[..2]).await?;

    agent.put_back(&chat).await?;
    tab.event("a transfer", |what| what.get("transferring").is_some()).await?;
    agent.accept_as(&chat, "Tomás Vidal").await?;
    let other = |what: &Value| what.pointer("/joined/agent/name") == Some(&"Tomás Vidal".into());
    tab.event("another agent joins", other).await?;

    // Away and back: what was missed comes, and nothing comes twice.
    tab.disconnect().await?;
    agent.say(&chat, "Done. It has your name on it.").await?;
    tab.connect().await.context("the visitor's link opens again")?;
    tab.heard("Done. It has your name on it.").await?;
    let last = tab.say(SAID[2]).await?;
    tab.delivered(last).await?;
    agent.heard(&chat, &SAID).await?;

    agent.end(&chat).await?;
    let ended = tab.event("the end", |what| what.get("ended").is_some()).await?;
    let by = ended.pointer("/what/ended/by").and_then(Value::as_str);
    ensure!(
        by == Some("agent"),
        "the agent ended the chat, and the visitor was told it was {by:?}"
    );
    Ok(())
}

/// Both sides must have read the same words in the same order.
fn same_words(tab: &Tab, chat: &Value) -> Result<()> {
    let (seen, kept) = (tab.words(), agent::words(chat));
    ensure!(
        seen == kept,
        "the two sides do not agree: the visitor saw {seen:#?}, the agent {kept:#?}"
    );
    Ok(())
}

fn transcript(tab: &Tab, chat: &Value) -> String {
    let seen = tab.events().iter().map(|event| {
        let seq = event.get("seq").cloned().unwrap_or_default();
        format!("  {seq:>2}  {}\n", describe(event.get("what").unwrap_or(event)))
    });
    let kept = agent::words(chat).into_iter().map(|(who, words)| format!("      {who}: {words}\n"));
    format!(
        "The visitor saw:\n{}\nThe agent saw:\n{}",
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
        _ => format!("- {what}"),
    }
}

/// What the visitor says.
const SAID: [&str; 3] = [
    "Hello, is the Wren 9 still to be had in green?",
    "Then please keep it for me until Saturday.",
    "Thank you & see you then <soon>.",
];
