//! `cargo xtask demo --check`: a scripted visitor, over HTTP and a real WebSocket, and a scripted agent, over the desk's
//! control interface, hold a conversation. It reads the frames as plain JSON, as docs/PROTOCOL.md has them, not with the
//! types of the two programs that it checks.

#![allow(
    clippy::indexing_slicing,
    reason = "a JSON value indexed by a name that it lacks is null, not a panic"
)]

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use parlor_local_edge::seed::DEMO_RESOURCE;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::demo::{self, Running};

/// Holds the conversation; returns the transcript as both sides saw it.
///
/// # Errors
/// What broke, with the transcript up to there.
pub async fn run(running: &Running) -> Result<String> {
    let mut visitor = Visitor::new(running.edge.url());
    let agent = Agent { http: client()?, desk: demo::desk_origin(&running.desk) };
    let outcome = converse(&mut visitor, &agent).await;
    let chat = agent.chat().await.unwrap_or_default();
    let transcript = format!("{}\n{}", visitor.transcript(), agent_transcript(&chat));
    match outcome.and_then(|()| same_words(&visitor, &chat)) {
        Ok(()) => Ok(transcript),
        Err(error) => {
            Err(error.context(format!("the conversation broke off; until then:\n\n{transcript}\n")))
        }
    }
}

async fn converse(visitor: &mut Visitor, agent: &Agent) -> Result<()> {
    visitor.start().await.context("the visitor opens the chat")?;
    visitor.connect().await.context("the visitor's link opens")?;
    visitor.say("Hello, is the Wren 9 still to be had in green?").await?;

    let chat = agent.until("a visitor is waiting", |chat| chat["state"] == "waiting").await?;
    agent.deed(&chat, "accept", &json!({})).await?;
    visitor.until("an agent joins", |what| what.get("joined").is_some()).await?;
    visitor.until("the first message is delivered", |what| what.get("delivered").is_some()).await?;
    agent.deed(&chat, "typing", &json!({ "on": true })).await?;
    visitor.until_typing().await?;
    agent.deed(&chat, "say", &json!({ "text": "Hello. Yes, one in green, size 54." })).await?;
    visitor.until("the agent's answer", |what| what.get("agent").is_some()).await?;
    visitor.say("Then please keep it for me until Saturday.").await?;
    agent.until("the second message", |chat| lines(chat, "visitor").len() == 2).await?;

    // Away and back: what was missed comes, and nothing else comes again.
    visitor.disconnect().await?;
    agent.deed(&chat, "say", &json!({ "text": "Done. It has your name on it." })).await?;
    visitor.connect().await.context("the visitor's link opens again")?;
    visitor
        .until("the answer that was missed", |what| what.to_string().contains("your name on it"))
        .await?;
    visitor.say("Thank you & see you then <soon>.").await?;
    agent.until("the third message", |chat| lines(chat, "visitor").len() == 3).await?;

    agent.deed(&chat, "end", &json!({})).await?;
    visitor.until("the end", |what| what["ended"]["by"] == "agent").await?;
    Ok(())
}

/// Both sides must have read the same words in the same order.
fn same_words(visitor: &Visitor, chat: &Value) -> Result<()> {
    let seen: Vec<(String, String)> =
        visitor.events.iter().filter_map(|event| words(&event["what"])).collect();
    let kept: Vec<(String, String)> = chat["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|line| line["from"] != "notice")
        .map(|line| (text(&line["from"]), text(&line["text"])))
        .collect();
    ensure!(
        seen == kept,
        "the two sides do not agree: the visitor saw {seen:#?}, the agent {kept:#?}"
    );
    Ok(())
}

struct Visitor {
    edge: String,
    conversation: String,
    token: String,
    link: Option<WebSocketStream<MaybeTlsStream<TcpStream>>>,
    /// Every event so far, in order.
    events: Vec<Value>,
    /// Where [`Visitor::until`] goes on reading.
    read: usize,
    said: u64,
}

impl Visitor {
    fn new(edge: &str) -> Self {
        Self {
            edge: edge.to_owned(),
            conversation: String::new(),
            token: String::new(),
            link: None,
            events: Vec::new(),
            read: 0,
            said: 0,
        }
    }

    async fn start(&mut self) -> Result<()> {
        let answer = client()?
            .post(format!("{}/v1/conversations", self.edge))
            .header("origin", &self.edge)
            .json(&json!({ "resource": DEMO_RESOURCE, "language": "en" }))
            .send()
            .await?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status.is_success(), "POST /v1/conversations answered {status}: {body}");
        let body: Value =
            serde_json::from_str(&body).context("POST /v1/conversations answered no JSON")?;
        self.conversation = text(&body["conversation"]);
        self.token = text(&body["token"]);
        ensure!(
            !self.conversation.is_empty() && !self.token.is_empty(),
            "no conversation or no token in {body}"
        );
        Ok(())
    }

    async fn connect(&mut self) -> Result<()> {
        let address = format!(
            "{}/v1/conversations/{}/socket",
            self.edge.replacen("http", "ws", 1),
            self.conversation
        );
        let mut request = address.into_client_request()?;
        let offered = HeaderValue::from_str(&format!("parlor.v1, token.{}", self.token))?;
        request.headers_mut().insert("sec-websocket-protocol", offered);
        request.headers_mut().insert("origin", HeaderValue::from_str(&self.edge)?);
        let (link, answer) =
            within("the WebSocket", async { Ok(connect_async(request).await?) }).await?;
        let chosen =
            answer.headers().get("sec-websocket-protocol").and_then(|value| value.to_str().ok());
        ensure!(chosen == Some("parlor.v1"), "the edge chose the subprotocol {chosen:?}");
        self.link = Some(link);
        let after = self.events.len();
        self.send(&json!({ "hello": { "version": 1, "after": after } })).await?;
        loop {
            let frame = self.frame("welcome").await?;
            if let Some(welcome) = frame.get("welcome") {
                ensure!(
                    welcome["conversation"] == self.conversation,
                    "welcomed to another conversation"
                );
                return Ok(());
            }
        }
    }

    async fn disconnect(&mut self) -> Result<()> {
        if let Some(mut link) = self.link.take() {
            link.close(None).await?;
        }
        Ok(())
    }

    /// Says it and waits until it is accepted.
    async fn say(&mut self, words: &str) -> Result<()> {
        self.said += 1;
        let id = format!("{:08x}-0000-4000-8000-{:012x}", self.said, self.said);
        self.send(&json!({ "say": { "id": id, "text": words } })).await?;
        loop {
            let frame = self.frame(&format!("that {words:?} is accepted")).await?;
            if let Some(refused) = frame.get("refused") {
                bail!("{words:?} was refused: {refused}");
            }
            if frame["accepted"]["id"] == id.as_str() {
                return Ok(());
            }
        }
    }

    /// Reads on until an event is as wanted.
    async fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<()> {
        loop {
            while let Some(event) = self.events.get(self.read) {
                self.read += 1;
                if wanted(&event["what"]) {
                    return Ok(());
                }
            }
            self.frame(what).await?;
        }
    }

    async fn until_typing(&mut self) -> Result<()> {
        while self.frame("that the agent types").await?["typing"]["on"] != true {}
        Ok(())
    }

    async fn send(&mut self, frame: &Value) -> Result<()> {
        let link = self.link.as_mut().context("there is no link")?;
        Ok(link.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame; events are also kept, and must come in sequence.
    async fn frame(&mut self, awaited: &str) -> Result<Value> {
        let link = self.link.as_mut().context("there is no link")?;
        let next = async {
            loop {
                match link.next().await.context("the edge closed the link")?? {
                    Message::Text(text) => return Ok(text),
                    Message::Close(why) => bail!("the edge closed the link: {why:?}"),
                    _ => {}
                }
            }
        };
        let text = within(&format!("the visitor waits for: {awaited}"), next).await?;
        let frame: Value = serde_json::from_str(&text)
            .with_context(|| format!("a frame that is not JSON: {text}"))?;
        if let Some(event) = frame.get("event") {
            let expected = self.events.len() + 1;
            ensure!(
                event["seq"] == expected,
                "event {} came where {expected} was due",
                event["seq"]
            );
            self.events.push(event.clone());
        }
        Ok(frame)
    }

    fn transcript(&self) -> String {
        let lines = self
            .events
            .iter()
            .map(|event| format!("  {:>2}  {}\n", event["seq"], describe(&event["what"])));
        format!("The visitor saw:\n{}", lines.collect::<String>())
    }
}

struct Agent {
    http: reqwest::Client,
    desk: String,
}

impl Agent {
    async fn deed(&self, chat: &Value, deed: &str, body: &Value) -> Result<()> {
        let url = format!("{}/control/chats/{}/{deed}", self.desk, text(&chat["id"]));
        let answer = self.http.post(url).json(body).send().await?;
        let status = answer.status();
        ensure!(
            status.is_success(),
            "the desk refused the agent's {deed}: {status} {}",
            answer.text().await?
        );
        Ok(())
    }

    /// Waits until the desk's only chat is as wanted.
    async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let waiting = async {
            let mut since = 0;
            loop {
                // Held by the desk until something changes.
                let url = format!("{}/control/chats?since={since}", self.desk);
                let body: Value = self.http.get(url).send().await?.json().await?;
                since = body["version"].as_u64().context("the desk told no version")?;
                if let Some(chat) = body["chats"].get(0).filter(|chat| wanted(chat)) {
                    return Ok(chat.clone());
                }
            }
        };
        within(&format!("the agent waits for: {what}"), waiting).await
    }

    async fn chat(&self) -> Result<Value> {
        let body: Value =
            self.http.get(format!("{}/control/chats", self.desk)).send().await?.json().await?;
        Ok(body["chats"].get(0).cloned().unwrap_or_default())
    }
}

fn agent_transcript(chat: &Value) -> String {
    let all = chat["lines"].as_array();
    let lines = all
        .into_iter()
        .flatten()
        .map(|line| format!("      {}: {}\n", text(&line["from"]), text(&line["text"])));
    format!("The agent saw (chat {}):\n{}", text(&chat["state"]), lines.collect::<String>())
}

/// Who said what, where an event is somebody's words.
fn words(what: &Value) -> Option<(String, String)> {
    if let Some(said) = what.get("visitor") {
        return Some(("visitor".to_owned(), text(&said["text"])));
    }
    let body = what.get("agent")?["body"].as_array()?;
    let spans = body.iter().filter_map(|block| block["paragraph"].as_array()).flatten();
    Some(("agent".to_owned(), spans.map(span).collect()))
}

fn span(span: &Value) -> String {
    if span.get("break").is_some() {
        return "\n".to_owned();
    }
    span.get("link").map_or_else(|| text(&span["text"]), |link| text(&link["text"]))
}

fn describe(what: &Value) -> String {
    if let Some((who, words)) = words(what) {
        return format!("{who}: {words}");
    }
    let Some((kind, facts)) = what.as_object().and_then(|what| what.iter().next()) else {
        return what.to_string();
    };
    let name = &facts["agent"]["name"];
    match kind.as_str() {
        "requested" => "- an agent is asked for".to_owned(),
        "queued" => format!("- place {} in the queue", facts["place"]),
        "joined" | "left" => format!("- {} {kind}", text(name)),
        "delivered" | "failed" | "retried" => format!("- {} {kind}", facts["of"]),
        "ended" => format!("- ended by {}", text(&facts["by"])),
        _ => format!("- {what}"),
    }
}

fn lines<'a>(chat: &'a Value, from: &str) -> Vec<&'a Value> {
    chat["lines"].as_array().into_iter().flatten().filter(|line| line["from"] == from).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(LIMIT).build()?)
}

async fn within<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(outcome) => outcome.with_context(|| what.to_owned()),
        Err(_) => Err(anyhow!("{what}: nothing for {} s", LIMIT.as_secs())),
    }
}

/// Far above what any single step takes, on a machine that also compiles.
const LIMIT: Duration = Duration::from_secs(30);
