//! `cargo xtask demo --check`: a scripted visitor, over HTTP and a real WebSocket, and a scripted agent, over the desk's
//! control interface, hold a conversation. Both are those of the edge's own tests.

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{
    agent::{self, Agent, id_of, is, lines},
    seed::DEMO_RESOURCE,
    visitor::{Tab, Visitor},
};
use serde_json::Value;

use crate::demo::{self, Running};

/// Holds the conversation; returns the transcript as both sides saw it.
///
/// # Errors
/// What broke, with the transcript up to there.
pub async fn run(running: &Running) -> Result<String> {
    let agent = Agent::new(&demo::desk_origin(&running.desk))?;
    let mut visitor = Visitor::new(running.edge.url(), DEMO_RESOURCE)?;
    visitor.start().await.context("the visitor opens the chat")?;
    let mut tab = visitor.tab().await.context("the visitor's link opens")?;
    let outcome = converse(&mut tab, &agent).await;
    let chat = agent.chats().await.unwrap_or_default().into_iter().next().unwrap_or_default();
    let transcript = format!("{}\n{}", visitor_transcript(&tab), agent_transcript(&chat));
    match outcome.and_then(|()| same_words(&tab, &chat)) {
        Ok(()) => Ok(transcript),
        Err(error) => {
            Err(error.context(format!("the conversation broke off; until then:\n\n{transcript}\n")))
        }
    }
}

async fn converse(visitor: &mut Tab, agent: &Agent) -> Result<()> {
    let first = visitor.say("Hello, is the Wren 9 still to be had in green?").await?;

    let chat = id_of(&agent.until("a visitor is waiting", |chat| is(chat, "waiting")).await?);
    agent.accept(&chat).await?;
    visitor.event("an agent joins", |what| what.get("joined").is_some()).await?;
    visitor.delivered(first).await?;
    agent.typing(&chat, true).await?;
    let typing = |frame: &Value| frame.pointer("/typing/on") == Some(&Value::Bool(true));
    visitor.frame("that the agent types", typing).await?;
    agent.say(&chat, "Hello. Yes, one in green, size 54.").await?;
    visitor.heard("Hello. Yes, one in green, size 54.").await?;
    visitor.say("Then please keep it for me until Saturday.").await?;
    agent.until("the second message", |chat| lines(chat, "visitor").len() == 2).await?;

    // Away and back: what was missed comes, and nothing else comes again.
    visitor.disconnect().await?;
    agent.say(&chat, "Done. It has your name on it.").await?;
    visitor.connect().await.context("the visitor's link opens again")?;
    visitor.heard("Done. It has your name on it.").await?;
    visitor.say("Thank you & see you then <soon>.").await?;
    agent.until("the third message", |chat| lines(chat, "visitor").len() == 3).await?;

    agent.end(&chat).await?;
    let by_agent =
        |what: &Value| what.pointer("/ended/by").and_then(Value::as_str) == Some("agent");
    visitor.event("the end", by_agent).await?;
    Ok(())
}

/// Both sides must have read the same words in the same order.
fn same_words(visitor: &Tab, chat: &Value) -> Result<()> {
    let (seen, kept) = (visitor.words(), agent::words(chat));
    ensure!(
        seen == kept,
        "the two sides do not agree: the visitor saw {seen:#?}, the agent {kept:#?}"
    );
    Ok(())
}

fn visitor_transcript(visitor: &Tab) -> String {
    format!("The visitor saw:\n{}", visitor.transcript())
}

fn agent_transcript(chat: &Value) -> String {
    let state = chat.get("state").and_then(Value::as_str).unwrap_or("never seen");
    let said = agent::words(chat);
    let lines = said.iter().map(|(who, words)| format!("      {who}: {words}\n"));
    format!("The agent saw (chat {state}):\n{}", lines.collect::<String>())
}
