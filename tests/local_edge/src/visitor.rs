//! A scripted visitor: what a browser with the widget does, over real HTTP and real WebSockets.
//!
//! It reads bodies and frames as plain JSON, as docs/PROTOCOL.md has them, not with the types of the two programs that it
//! checks. Nothing here sleeps: every wait is for a frame, with a deadline.
//!
//! [`Visitor`] is the browser's memory, [`Tab`] one page with the widget, [`Link`] a bare WebSocket for what no widget does.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// How long anything is waited for unless told otherwise: far above what a step takes on a machine that also compiles.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a browser keeps between pages, and what the last start gave it.
#[derive(Clone, Debug)]
pub struct Visitor {
    http: reqwest::Client,
    edge: String,
    resource: String,
    /// The latest visitor token; none before the first start.
    pub visitor_token: Option<String>,
    /// The conversation of the last start, 64 hex digits.
    pub conversation: String,
    /// What opens its links.
    pub token: String,
}

/// An answer over HTTP, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; `Value::Null` if it is none.
    pub body: Value,
}

/// One page with the widget: a link, and every event of the log that it has seen, across reconnections.
#[derive(Debug)]
pub struct Tab {
    edge: String,
    conversation: String,
    token: String,
    link: Option<Link>,
    events: Vec<Value>,
    frames: Vec<Value>,
    looked: usize,
    /// How long each wait may take; [`PATIENCE`] at first.
    pub patience: Duration,
}

/// A WebSocket to a conversation, with nothing said over it yet.
#[derive(Debug)]
pub struct Link(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Visitor {
    /// A browser that has never been here. `edge` is the address without a slash at the end.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn new(edge: &str, resource: &str) -> Result<Self> {
        Ok(Self {
            http: client()?,
            edge: edge.to_owned(),
            resource: resource.to_owned(),
            visitor_token: None,
            conversation: String::new(),
            token: String::new(),
        })
    }

    /// Starts a conversation, or finds the current one, and keeps what is given.
    ///
    /// # Errors
    /// Any answer but a success, with its body.
    pub async fn start(&mut self) -> Result<()> {
        self.start_with(json!({})).await
    }

    /// The same after `ended`, a conversation that is over.
    ///
    /// # Errors
    /// As [`Visitor::start`].
    pub async fn start_after(&mut self, ended: &str) -> Result<()> {
        self.start_with(json!({ "after": ended })).await
    }

    /// The same with further members of the body.
    ///
    /// # Errors
    /// As [`Visitor::start`].
    pub async fn start_with(&mut self, extra: Value) -> Result<()> {
        let mut wanted = json!({ "resource": self.resource, "language": "en" });
        merge(&mut wanted, &json!({ "visitor_token": self.visitor_token }));
        merge(&mut wanted, &extra);
        let answer = self.ask(&wanted).await?;
        ensure!(
            answer.status == 200,
            "POST /v1/conversations answered {}: {}",
            answer.status,
            answer.text
        );
        self.conversation = text(&answer.body, "conversation");
        self.token = text(&answer.body, "token");
        ensure!(
            !self.conversation.is_empty() && !self.token.is_empty(),
            "no conversation or no token in {}",
            answer.text
        );
        if let Some(token) = answer.body.get("visitor_token").and_then(Value::as_str) {
            self.visitor_token = Some(token.to_owned());
        }
        Ok(())
    }

    /// `POST /v1/conversations` with this body and nothing kept, for what no widget sends.
    ///
    /// # Errors
    /// Where there is no answer; a refusal is one.
    pub async fn ask(&self, body: &Value) -> Result<Answer> {
        let request = self.http.post(format!("{}/v1/conversations", self.edge));
        Answer::to(request.header("origin", &self.edge).json(body)).await
    }

    /// A page with the widget, linked, with the whole log so far asked for.
    ///
    /// # Errors
    /// As [`Tab::connect`].
    pub async fn tab(&self) -> Result<Tab> {
        let mut tab = Tab {
            edge: self.edge.clone(),
            conversation: self.conversation.clone(),
            token: self.token.clone(),
            link: None,
            events: Vec::new(),
            frames: Vec::new(),
            looked: 0,
            patience: PATIENCE,
        };
        tab.connect().await?;
        Ok(tab)
    }

    /// A link on which nothing was said yet.
    ///
    /// # Errors
    /// Where the WebSocket does not open.
    pub async fn link(&self) -> Result<Link> {
        let offered = format!("parlor.v1, token.{}", self.token);
        Link::open(&self.edge, &self.conversation, Some(&offered), Some(&self.edge)).await
    }
}

impl Answer {
    /// Sends the request and reads the answer.
    ///
    /// # Errors
    /// Where there is none, or it breaks off.
    pub async fn to(request: reqwest::RequestBuilder) -> Result<Self> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { status, headers, text, body })
    }

    /// A header's value; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem's stable code; empty where there is none.
    pub fn code(&self) -> &str {
        self.body.get("code").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Tab {
    /// Opens a link and says which events this tab has; the edge sends the others. Returns the body of `welcome`.
    ///
    /// # Errors
    /// Where the link does not open, another subprotocol is chosen, or no welcome to this conversation comes.
    pub async fn connect(&mut self) -> Result<Value> {
        let offered = format!("parlor.v1, token.{}", self.token);
        let opening = Link::open(&self.edge, &self.conversation, Some(&offered), Some(&self.edge));
        self.link = Some(opening.await?);
        self.looked = self.frames.len();
        self.send(&json!({ "hello": { "version": 1, "after": self.events.len() } })).await?;
        let frame = self.frame("welcome", |frame| frame.get("welcome").is_some()).await?;
        let welcome = frame.get("welcome").cloned().unwrap_or_default();
        ensure!(
            text(&welcome, "conversation") == self.conversation,
            "welcomed to another conversation"
        );
        Ok(welcome)
    }

    /// Closes the link as a browser does that leaves the page.
    ///
    /// # Errors
    /// Where the edge does not answer the close.
    pub async fn disconnect(&mut self) -> Result<()> {
        match self.link.take() {
            Some(link) => link.close().await,
            None => Ok(()),
        }
    }

    /// Drops the connection without a word, as a network does.
    pub fn cut(&mut self) {
        self.link = None;
    }

    /// Says it under a new id and waits until it is accepted; returns its sequence number.
    ///
    /// # Errors
    /// As [`Tab::say_as`].
    pub async fn say(&mut self, words: &str) -> Result<u64> {
        self.say_as(&message_id(), words).await
    }

    /// Says it under this id and waits until it is accepted; returns its sequence number.
    ///
    /// # Errors
    /// Where it is refused, or nothing is said of it.
    pub async fn say_as(&mut self, id: &str, words: &str) -> Result<u64> {
        let from = self.frames.len();
        self.send(&json!({ "say": { "id": id, "text": words } })).await?;
        let about = |frame: &Value, kind| text(frame.get(kind).unwrap_or(&Value::Null), "id") == id;
        let answer = self
            .read_until(&format!("that {words:?} is accepted"), from, |frame| {
                about(frame, "accepted") || about(frame, "refused")
            })
            .await?;
        match answer.pointer("/accepted/seq").and_then(Value::as_u64) {
            Some(seq) => Ok(seq),
            None => bail!("{words:?} was refused: {answer}"),
        }
    }

    /// Sends any frame.
    ///
    /// # Errors
    /// Where there is no link.
    pub async fn send(&mut self, frame: &Value) -> Result<()> {
        let link = self.link.as_mut().context("there is no link")?;
        link.send(Message::text(frame.to_string())).await
    }

    /// The link itself, for what no widget sends.
    ///
    /// # Errors
    /// Where there is none.
    pub fn link(&mut self) -> Result<&mut Link> {
        self.link.as_mut().context("there is no link")
    }

    /// Every event so far; the first has the sequence number 1.
    pub fn events(&self) -> &[Value] {
        &self.events
    }

    /// Waits until the log has an event whose `what` is as wanted, and returns that event. Those that were seen
    /// already count.
    ///
    /// # Errors
    /// Where none comes in time, with what came instead; where the link closes; where an event is missing or repeated.
    pub async fn event(&mut self, awaited: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let is = |frame: &Value| frame.pointer("/event/what").is_some_and(&wanted);
        let frame = self.read_until(awaited, 0, is).await?;
        Ok(frame.get("event").cloned().unwrap_or_default())
    }

    /// Waits for the next frame as wanted; those before it, and those that an earlier call or reconnection passed, do
    /// not count again.
    ///
    /// # Errors
    /// As [`Tab::event`].
    pub async fn frame(&mut self, awaited: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let frame = self.read_until(awaited, self.looked, &wanted).await?;
        let passed = self.frames.iter().skip(self.looked).position(&wanted).unwrap_or_default();
        self.looked += passed + 1;
        Ok(frame)
    }

    /// Waits until the desk has message `seq`.
    ///
    /// # Errors
    /// As [`Tab::event`].
    pub async fn delivered(&mut self, seq: u64) -> Result<()> {
        self.event(&format!("that message {seq} is delivered"), |what| {
            what.pointer("/delivered/of").and_then(Value::as_u64) == Some(seq)
        })
        .await
        .map(drop)
    }

    /// Waits until an agent has said exactly this.
    ///
    /// # Errors
    /// As [`Tab::event`].
    pub async fn heard(&mut self, said: &str) -> Result<()> {
        self.event(&format!("that the agent says {said:?}"), |what| {
            words(what) == Some(("agent".to_owned(), said.to_owned()))
        })
        .await
        .map(drop)
    }

    /// Waits until the edge closes the link; returns code and reason.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn closed(&mut self) -> Result<(u16, String)> {
        self.link.take().context("there is no link")?.closed().await
    }

    /// Who said what, as this tab saw it: `visitor` or `agent`, and the words.
    pub fn words(&self) -> Vec<(String, String)> {
        self.events.iter().filter_map(|event| words(event.get("what")?)).collect()
    }

    /// The events as lines for people.
    pub fn transcript(&self) -> String {
        let line = |event: &Value| {
            let (seq, what) = (event.get("seq")?, event.get("what")?);
            let said = words(what)
                .map_or_else(|| what.to_string(), |(who, words)| format!("{who}: {words}"));
            Some(format!("  {seq:>2}  {said}\n"))
        };
        self.events.iter().filter_map(line).collect()
    }

    async fn read_until(
        &mut self,
        awaited: &str,
        from: usize,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let patience = self.patience;
        let reading = async {
            let mut next = from;
            loop {
                while let Some(frame) = self.frames.get(next) {
                    if wanted(frame) {
                        return Ok(frame.clone());
                    }
                    next += 1;
                }
                self.read().await?;
            }
        };
        let outcome = within(patience, &format!("the visitor waits for: {awaited}"), reading).await;
        outcome.with_context(|| format!("until then:\n{}", self.transcript()))
    }

    /// Reads one frame. Events must come in sequence: none twice, none missing.
    async fn read(&mut self) -> Result<()> {
        let frame = self.link.as_mut().context("there is no link")?.next().await?;
        if let Some(event) = frame.get("event") {
            let (due, seq) = (self.events.len() + 1, event.get("seq").and_then(Value::as_u64));
            ensure!(
                seq.and_then(|seq| usize::try_from(seq).ok()) == Some(due),
                "event {seq:?} came where {due} was due"
            );
            self.events.push(event.clone());
        }
        self.frames.push(frame);
        Ok(())
    }
}

impl Link {
    /// Opens a WebSocket, with these subprotocols and this origin. The edge must choose `parlor.v1` if it was offered,
    /// and never repeat a token.
    ///
    /// # Errors
    /// Where it does not open.
    pub async fn open(
        edge: &str,
        conversation: &str,
        offered: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self> {
        let edge = edge.replacen("http", "ws", 1);
        let mut request =
            format!("{edge}/v1/conversations/{conversation}/socket").into_client_request()?;
        for (name, value) in [("sec-websocket-protocol", offered), ("origin", origin)] {
            if let Some(value) = value {
                request.headers_mut().insert(name, HeaderValue::from_str(value)?);
            }
        }
        let opening = async { Ok(connect_async(request).await?) };
        let (socket, answer) = within(PATIENCE, "the WebSocket opens", opening).await?;
        let chosen = answer.headers().get("sec-websocket-protocol");
        let chosen = chosen.and_then(|value| value.to_str().ok());
        ensure!(
            chosen == offered.map(|_| "parlor.v1"),
            "the edge chose the subprotocol {chosen:?}"
        );
        Ok(Self(socket))
    }

    /// Sends any message.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn send(&mut self, message: Message) -> Result<()> {
        Ok(self.0.send(message).await?)
    }

    /// The next text: a frame, or a bare text as a JSON string.
    ///
    /// # Errors
    /// Where the link closes instead. There is no deadline here; see [`within`].
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            match self.0.next().await.context("the edge closed the link")?? {
                Message::Text(text) => {
                    return Ok(serde_json::from_str(&text)
                        .unwrap_or_else(|_| Value::String(text.to_string())));
                }
                Message::Close(why) => bail!("the edge closed the link: {why:?}"),
                _ => {}
            }
        }
    }

    /// Waits until the edge closes the link; returns code and reason.
    ///
    /// # Errors
    /// Where it does not, or breaks off without a code.
    pub async fn closed(mut self) -> Result<(u16, String)> {
        within(PATIENCE, "the edge closes the link", async {
            loop {
                let message = self.0.next().await.context("the link broke off")??;
                if let Message::Close(why) = message {
                    let why = why.context("closed without a code")?;
                    return Ok((why.code.into(), why.reason.to_string()));
                }
            }
        })
        .await
    }

    /// Closes the link and waits until the edge has agreed.
    ///
    /// # Errors
    /// Where it does not agree.
    pub async fn close(mut self) -> Result<()> {
        self.0.close(None).await?;
        within(PATIENCE, "the edge agrees to the close", async {
            loop {
                match self.0.next().await {
                    None | Some(Err(Error::ConnectionClosed)) => return Ok(()),
                    Some(outcome) => drop(outcome?),
                }
            }
        })
        .await
    }
}

/// A new message id, as a widget mints it.
pub fn message_id() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("every machine that runs tests has randomness");
    let bits = u128::from_le_bytes(bytes);
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut id = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// Who said what, where an event is somebody's words.
pub fn words(what: &Value) -> Option<(String, String)> {
    if let Some(said) = what.get("visitor") {
        return Some(("visitor".to_owned(), text(said, "text")));
    }
    let blocks: Vec<String> =
        what.pointer("/agent/body")?.as_array()?.iter().filter_map(block).collect();
    Some(("agent".to_owned(), blocks.join("\n")))
}

fn block(block: &Value) -> Option<String> {
    if let Some(list) = block.get("list") {
        let ordered = list.get("ordered") == Some(&Value::Bool(true));
        let items = list.get("items")?.as_array()?.iter().enumerate().map(|(place, item)| {
            let mark = if ordered { format!("{}.", place + 1) } else { "-".to_owned() };
            format!("{mark} {}", spans(item))
        });
        return Some(items.collect::<Vec<_>>().join("\n"));
    }
    match block.get("code") {
        Some(code) => Some(code.as_str()?.to_owned()),
        None => block.get("paragraph").map(spans),
    }
}

fn spans(list: &Value) -> String {
    list.as_array().into_iter().flatten().map(span).collect()
}

fn span(it: &Value) -> String {
    if it.get("break").is_some() {
        return "\n".to_owned();
    }
    match it.get("strong").or(it.get("emphasis")) {
        Some(inner) => spans(inner),
        None if it.get("code").is_some() => text(it, "code"),
        None => text(it.get("link").unwrap_or(it), "text"),
    }
}

/// Waits for `work`, but not longer than `limit`.
///
/// # Errors
/// Those of `work`, and the time being up; both say what was waited for.
pub async fn within<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome.with_context(|| what.to_owned()),
        Err(_) => Err(anyhow!("{what}: nothing for {} s", limit.as_secs())),
    }
}

/// An HTTP client that does not wait for ever, and keeps no connection: a runtime that was killed must not be met again
/// on a connection of its past life.
pub(crate) fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(PATIENCE).pool_max_idle_per_host(0).build()?)
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn merge(into: &mut Value, from: &Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else { return };
    let given = from.iter().filter(|(_, value)| !value.is_null());
    into.extend(given.map(|(name, value)| (name.clone(), value.clone())));
}
