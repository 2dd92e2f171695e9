//! A scripted agent at a simulated desk, over the desk's control interface: what a person does on its page.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::visitor::{PATIENCE, client, text, within};

/// The agents of one desk. A chat is named by its id, as [`Agent::until`] and [`id_of`] give it.
#[derive(Clone, Debug)]
pub struct Agent {
    http: reqwest::Client,
    desk: String,
}

impl Agent {
    /// The agents of the desk at this address, which has no slash at the end.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn new(desk: &str) -> Result<Self> {
        Ok(Self { http: client()?, desk: desk.to_owned() })
    }

    /// Takes a waiting chat.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn accept(&self, chat: &str) -> Result<()> {
        self.deed(chat, "accept", &json!({})).await
    }

    /// Takes a waiting chat under this name.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn accept_as(&self, chat: &str, agent: &str) -> Result<()> {
        self.deed(chat, "accept", &json!({ "agent": agent })).await
    }

    /// Tells a waiting visitor a place in the queue, counted from 0, and a wait in seconds.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn queue(&self, chat: &str, position: u32, wait_s: u32) -> Result<()> {
        self.deed(chat, "queue", &json!({ "position": position, "wait_s": wait_s })).await
    }

    /// Puts the chat back into a queue.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn put_back(&self, chat: &str) -> Result<()> {
        self.deed(chat, "transfer", &json!({})).await
    }

    /// Says something to the visitor.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn say(&self, chat: &str, words: &str) -> Result<()> {
        self.deed(chat, "say", &json!({ "text": words })).await
    }

    /// Begins to type, or stops.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn typing(&self, chat: &str, on: bool) -> Result<()> {
        self.deed(chat, "typing", &json!({ "on": on })).await
    }

    /// Ends the chat.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn end(&self, chat: &str) -> Result<()> {
        self.deed(chat, "end", &json!({})).await
    }

    /// Gives a conversation of Kustomer's to this agent.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn assign(&self, chat: &str, agent: &str) -> Result<()> {
        self.deed(chat, "assign", &json!({ "agent": agent })).await
    }

    /// Marks a conversation of Kustomer's as done.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn done(&self, chat: &str) -> Result<()> {
        self.deed(chat, "done", &json!({})).await
    }

    /// What Kustomer has delivered to its webhooks, newest first, each with what became of it.
    ///
    /// # Errors
    /// Where the desk does not tell.
    pub async fn deliveries(&self) -> Result<Vec<Value>> {
        let body = self.get("/control/webhooks").await?;
        Ok(body.get("deliveries").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// All agents come, or go.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn available(&self, on: bool) -> Result<()> {
        self.post("/control/availability", &json!({ "available": on })).await
    }

    /// Turns one of the desk's knobs: `{"fault": NAME, "on": NOUN, "times": N, ...}`; `GET /control/faults` lists them.
    ///
    /// # Errors
    /// Where the desk refuses.
    pub async fn fault(&self, order: &Value) -> Result<()> {
        self.post("/control/faults", order).await
    }

    /// How often each armed fault has yet to strike, added up; faults without a count are not counted.
    ///
    /// # Errors
    /// Where the desk does not tell.
    pub async fn faults_left(&self) -> Result<u64> {
        let body = self.get("/control/faults").await?;
        let knobs = body.get("faults").and_then(Value::as_array).context("the desk's knobs")?;
        let armed =
            knobs.iter().filter_map(|knob| knob.get("armed").and_then(Value::as_array)).flatten();
        Ok(armed.filter_map(|order| order.get("times").and_then(Value::as_u64)).sum())
    }

    /// Waits until some chat is as wanted, and returns the first that is.
    ///
    /// # Errors
    /// Where none is in time, with the chats as they are.
    pub async fn until(&self, awaited: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let waiting = async {
            let mut since = 0;
            loop {
                // Held by the desk until something changes.
                let body = self.get(&format!("/control/chats?since={since}")).await?;
                since =
                    body.get("version").and_then(Value::as_u64).context("the desk's version")?;
                let chats = body.get("chats").and_then(Value::as_array);
                if let Some(chat) = chats.into_iter().flatten().find(|chat| wanted(chat)) {
                    return Ok(chat.clone());
                }
            }
        };
        match within(PATIENCE, &format!("the agent waits for: {awaited}"), waiting).await {
            Ok(chat) => Ok(chat),
            Err(error) => Err(error.context(format!("chats: {:#?}", self.chats().await?))),
        }
    }

    /// Waits until the visitor of this chat has said exactly these words, in this order and nothing else.
    ///
    /// # Errors
    /// As [`Agent::until`].
    pub async fn heard(&self, chat: &str, expected: &[&str]) -> Result<()> {
        let awaited = format!("the words {expected:?}");
        let has = |it: &Value| id_of(it) == chat && lines(it, "visitor") == expected;
        self.until(&awaited, has).await.map(drop)
    }

    /// All chats as the desk has them now.
    ///
    /// # Errors
    /// Where the desk does not tell.
    pub async fn chats(&self) -> Result<Vec<Value>> {
        let body = self.get("/control/chats").await?;
        Ok(body.get("chats").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// Everything that crossed the desk's border, oldest first.
    ///
    /// # Errors
    /// Where the desk does not tell.
    pub async fn trace(&self) -> Result<Vec<Value>> {
        let body = self.get("/control/trace").await?;
        Ok(body.get("trace").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    async fn deed(&self, chat: &str, deed: &str, body: &Value) -> Result<()> {
        self.post(&format!("/control/chats/{chat}/{deed}"), body).await
    }

    async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.http.get(format!("{}{path}", self.desk)).send().await?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<()> {
        let answer = self.http.post(format!("{}{path}", self.desk)).json(body).send().await?;
        let status = answer.status();
        ensure!(
            status.is_success(),
            "the desk refused {path} with {body}: {status} {}",
            answer.text().await?
        );
        Ok(())
    }
}

/// A chat's id.
pub fn id_of(chat: &Value) -> String {
    text(chat, "id")
}

/// Whether a chat is `waiting`, `active` or `ended`.
pub fn is(chat: &Value, state: &str) -> bool {
    text(chat, "state") == state
}

/// What was said by `from`: `visitor`, `agent`, `note` among agents, or `notice` of the desk itself.
pub fn lines(chat: &Value, from: &str) -> Vec<String> {
    spoken(chat).into_iter().filter(|(who, _)| who == from).map(|(_, words)| words).collect()
}

/// Who said what, in the desk's order, without what agents and the desk itself note.
pub fn words(chat: &Value) -> Vec<(String, String)> {
    spoken(chat).into_iter().filter(|(who, _)| who == "visitor" || who == "agent").collect()
}

fn spoken(chat: &Value) -> Vec<(String, String)> {
    let lines = chat.get("lines").and_then(Value::as_array).into_iter().flatten();
    lines.map(|line| (text(line, "from"), text(line, "text"))).collect()
}
