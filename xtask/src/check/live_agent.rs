//! The conversation with the desk that is asked: queue, join, typing, idle warning, transfer, end.

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{
    agent::{self, Agent},
    visitor::Tab,
};
use serde_json::{Value, json};

use super::{Line, said};

pub async fn converse(tab: &mut Tab, agent: &Agent) -> Result<()> {
    let first = tab.say(TALK[0].1).await?;
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
    agent.say(&chat, TALK[1].1).await?;
    tab.heard(TALK[1].2).await?;
    let counts = |frame: &Value| frame.pointer("/idle/ends_in_s").is_some();
    tab.frame("the warning that the chat will end", counts).await?;
    tab.say(TALK[2].1).await?;
    let over =
        |frame: &Value| frame.get("idle").is_some_and(|idle| idle.get("ends_in_s").is_none());
    tab.frame("that the warning is over", over).await?;
    agent.heard(&chat, &[TALK[0].1, TALK[2].1]).await?;

    agent.put_back(&chat).await?;
    tab.event("a transfer", |what| what.get("transferring").is_some()).await?;
    agent.accept_as(&chat, "Tomás Vidal").await?;
    let other = |what: &Value| what.pointer("/joined/agent/name") == Some(&"Tomás Vidal".into());
    tab.event("another agent joins", other).await?;

    // Away and back: what was missed comes, and nothing comes twice.
    tab.disconnect().await?;
    agent.say(&chat, TALK[3].1).await?;
    tab.connect().await.context("the visitor's link opens again")?;
    tab.heard(TALK[3].2).await?;
    let last = tab.say(TALK[4].1).await?;
    tab.delivered(last).await?;
    agent.heard(&chat, &[TALK[0].1, TALK[2].1, TALK[4].1]).await?;

    agent.end(&chat).await?;
    let ended = tab.event("the end", |what| what.get("ended").is_some()).await?;
    let by = ended.pointer("/what/ended/by").and_then(Value::as_str);
    ensure!(
        by == Some("agent"),
        "the agent ended the chat, and the visitor was told it was {by:?}"
    );
    Ok(())
}

pub const TALK: [Line; 5] = [
    said("visitor", "Hello, is the Wren 9 still to be had in green?"),
    said("agent", "Hello. Yes, one in green, size 54."),
    said("visitor", "Then please keep it for me until Saturday."),
    said("agent", "Done. It has your name on it."),
    said("visitor", "Thank you & see you then <soon>."),
];
