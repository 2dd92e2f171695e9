//! The conversation with the desk that pushes: lazily opened, answered by signed webhooks, done, and taken up again.

use anyhow::{Context, Result, ensure};
use parlor_local_edge::{
    agent::{self, Agent},
    seed,
    visitor::Tab,
};
use serde_json::{Value, json};

use super::{Line, said};

pub async fn converse(tab: &mut Tab, agent: &Agent, edge: &str) -> Result<()> {
    ensure!(agent.chats().await?.is_empty(), "the desk had a conversation before a word was said");
    let first = tab.say(TALK[0].1).await?;
    tab.delivered(first).await?;
    let chat = agent.until("a conversation", |chat| agent::is(chat, "waiting")).await?;
    let chat = agent::id_of(&chat);
    agent.accept(&chat).await?;
    tab.event("an agent joins", joins("Maya Okafor")).await?;
    answers(tab, agent, &chat, &TALK[1]).await?;
    answers(tab, agent, &chat, &TALK[2]).await?;
    let drawn =
        tab.events().iter().filter_map(|event| event.pointer("/what/agent/body")).next_back();
    ensure!(
        drawn.is_some_and(|body| body.pointer("/1/list/ordered") == Some(&Value::Bool(true))),
        "the agent's Markdown did not become a numbered list: {drawn:?}"
    );
    let second = tab.say(TALK[3].1).await?;
    tab.delivered(second).await?;

    // Away and back: what was pushed meanwhile comes, and what was pushed twice comes once.
    tab.disconnect().await?;
    agent.fault(&json!({ "fault": "duplicate_delivery", "times": 1 })).await?;
    agent.say(&chat, TALK[4].1).await?;
    tab.connect().await.context("the visitor's link opens again")?;
    tab.heard(TALK[4].2).await?;

    agent.assign(&chat, "Tomás Vidal").await?;
    tab.event("another agent joins", joins("Tomás Vidal")).await?;
    answers(tab, agent, &chat, &TALK[5]).await?;
    agent.done(&chat).await?;
    let ends = |what: &Value| what.pointer("/ended/by") == Some(&"agent".into());
    tab.event("the end", ends).await?;
    // The agent thinks of something else.
    agent.say(&chat, TALK[6].1).await?;
    tab.event("that the chat goes on", |what| what.get("reopened").is_some()).await?;
    tab.heard(TALK[6].2).await?;
    let last = tab.say(TALK[7].1).await?;
    tab.delivered(last).await?;
    pushed(agent, edge).await
}

/// Says it as the agent, and waits until the visitor reads it.
async fn answers(tab: &mut Tab, agent: &Agent, chat: &str, line: &Line) -> Result<()> {
    agent.say(chat, line.1).await?;
    tab.heard(line.2).await
}

fn joins(name: &'static str) -> impl Fn(&Value) -> bool {
    move |what| what.pointer("/joined/agent/name") == Some(&name.into())
}

/// Every event was signed and taken; one that is not signed is not.
async fn pushed(agent: &Agent, edge: &str) -> Result<()> {
    let log = agent.deliveries().await?;
    let is = |it: &Value, states: &[&str]| {
        it.get("state").and_then(Value::as_str).is_some_and(|state| states.contains(&state))
    };
    // The newest may still be under way.
    let refused: Vec<_> = log.iter().filter(|it| !is(it, &["taken", "sent", "waiting"])).collect();
    ensure!(
        log.iter().any(|it| is(it, &["taken"])) && refused.is_empty(),
        "webhooks that were not taken: {refused:#?}"
    );
    let body = r#"{"name":"kustomer.message.create","data":{"id":"1"}}"#;
    let forged = reqwest::Client::new().post(seed::webhook_url(edge)).body(body);
    let forged = forged.header("X-Kustomer-Webhook-Signature", "0".repeat(64));
    let status = forged.send().await?.status();
    ensure!(status == 401, "an event with a wrong signature was answered {status}");
    Ok(())
}

pub const TALK: [Line; 8] = [
    said("visitor", "Which frame size do I need? I am 178 cm tall."),
    said("agent", "Hello, Maya here. That is between two of ours."),
    (
        "agent",
        "I would take the **M**, see [the chart](https://larkspur.example/sizes):\n\n1. M for *town*\n2. L for long tours",
        "I would take the M, see the chart:\n1. M for town\n2. L for long tours",
    ),
    said("visitor", "Then M & in green, please <with> a rack."),
    said("agent", "Noted. One moment, a colleague knows the racks."),
    said("agent", "Tomás here: it comes with one."),
    said("agent", "And a bell, by the way."),
    said("visitor", "Lovely, thank you."),
];
