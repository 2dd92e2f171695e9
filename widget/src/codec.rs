//! The frames' JSON, read and written by hand over whatever parser there is.
//!
//! In the browser that is `JSON.parse`. The types are `parlor_shared::wire`'s, and the tests below hold every
//! frame against what serde makes of it; but serde's own code for them took 20 kB of every visitor's first load
//! after compression, a third of the budget, so it stays on the edge.
//!
//! Start with [`server_frame`] and [`client_frame`].

use parlor_shared::{
    Timestamp,
    id::{ConversationId, MessageId, ResourceId},
    wire::{Agent, Block, Capabilities, ClientFrame, Event, ServerFrame, Span, StartAnswer, What},
};

use crate::{
    bridge::{ToFrame, ToPage},
    connection::machine::{Input, Start},
    digits::digits,
    pairs::Pairs,
    snapshot::Kept,
    state::{
        Msg, Site,
        view::{Stage, View},
    },
};

#[cfg(test)]
mod tests;

/// A JSON value of some parser.
pub trait Json: Sized {
    /// Parses a text.
    fn parse(text: &str) -> Option<Self>;
    /// A member of an object that is there and not null.
    fn get(&self, name: &str) -> Option<Self>;
    /// The members of an object.
    fn members(&self) -> Vec<(String, Self)>;
    /// The items of an array.
    fn items(&self) -> Option<Vec<Self>>;
    /// A string.
    fn text(&self) -> Option<String>;
    /// A number.
    fn number(&self) -> Option<f64>;
    /// A boolean.
    fn flag(&self) -> Option<bool>;
}

/// Reads a frame of the edge; nothing if it is of a kind that this widget does not know, or broken.
pub fn server_frame(value: &impl Json) -> Option<ServerFrame> {
    let (kind, value) = only(value)?;
    Some(match kind.as_str() {
        "welcome" => ServerFrame::Welcome {
            version: number32(&value, "version")?,
            conversation: conversation(&value)?,
            last: number(&value, "last")?,
            capabilities: capabilities(&value.get("capabilities")?),
        },
        "event" => ServerFrame::Event(event(&value)?),
        "accepted" => ServerFrame::Accepted { id: message(&value)?, seq: number(&value, "seq")? },
        "typing" => ServerFrame::Typing { on: flag(&value, "on")? },
        "capabilities" => ServerFrame::Capabilities(capabilities(&value)),
        "idle" => ServerFrame::Idle { ends_in_s: number32(&value, "ends_in_s") },
        "refused" => ServerFrame::Refused {
            id: message(&value),
            code: text(&value, "code")?,
            detail: text(&value, "detail"),
        },
        _ => return None,
    })
}

/// The sequence number of an event, of whatever kind.
pub fn bare_event(value: &impl Json) -> Option<u64> {
    let event = value.get("event")?;
    number(&event, "at")?;
    number(&event, "seq")
}

/// Reads the answer to a start request.
pub fn start_answer(value: &impl Json) -> Option<StartAnswer> {
    Some(StartAnswer {
        conversation: conversation(value)?,
        token: text(value, "token")?,
        token_expires_in_s: number(value, "token_expires_in_s")?,
        now: number(value, "now").map(Timestamp::from_ms),
        visitor_token: text(value, "visitor_token"),
    })
}

/// Reads a problem with an answer to the form: the key of the field, and the code.
pub fn form_problem(value: &impl Json) -> Option<(String, String)> {
    let field = text(value, "field")?;
    Some((field.strip_prefix("form.")?.to_owned(), text(value, "code")?))
}

/// Reads what the document says of its resource, but for the texts: those are [`texts`].
pub fn site(value: &impl Json) -> Option<Site> {
    Some(Site {
        id: ResourceId::parse(text(value, "id")?).ok()?,
        name: text(value, "name")?,
        asks: value.get("prechat").is_some(),
        consent: value.get("consent").is_some(),
        leave_message: flag(value, "leave_message").unwrap_or(false),
        rating: value.get("rating").is_some(),
        reply: text(value, "reply"),
    })
}

/// Reads an object of strings.
pub fn texts(value: &impl Json) -> Vec<(String, String)> {
    value.members().into_iter().filter_map(|(key, value)| Some((key, value.text()?))).collect()
}

/// Reads what the site's page says.
pub fn to_frame(value: &impl Json) -> Option<ToFrame> {
    let (kind, value) = only(value)?;
    Some(match kind.as_str() {
        "opened" => ToFrame::Opened {
            page: text(&value, "page")?,
            full: flag(&value, "full")?,
            focus: flag(&value, "focus")?,
            silent: flag(&value, "silent").unwrap_or_default(),
        },
        "closed" => ToFrame::Closed {},
        "attributes" => {
            ToFrame::Attributes { n: number32(&value, "n")?, set: Pairs(texts(&value.get("set")?)) }
        }
        "say" => ToFrame::Say { n: number32(&value, "n")?, text: text(&value, "text")? },
        "reset" => ToFrame::Reset { n: number32(&value, "n")? },
        "texts" => ToFrame::Texts { on: flag(&value, "on")? },
        _ => return None,
    })
}

/// Writes a frame to the edge.
#[must_use]
pub fn client_frame(frame: &ClientFrame) -> String {
    let mut json = Writer::default();
    match frame {
        ClientFrame::Hello { version, after } => {
            json.open("hello").raw("version", &digits(*version)).raw("after", &digits(*after))
        }
        ClientFrame::Say { id, text } => {
            json.open("say").text("id", id.as_str()).text("text", text)
        }
        ClientFrame::Retry { id } => json.open("retry").text("id", id.as_str()),
        ClientFrame::Typing { on } => json.open("typing").flag("on", *on),
        ClientFrame::End {} => json.open("end"),
        ClientFrame::Stay {} => json.open("stay"),
        ClientFrame::Peek { text } => json.open("peek").text("text", text),
        ClientFrame::Rate { score, note } => {
            json.open("rate").raw("score", &digits(*score)).maybe("note", note.as_deref())
        }
    };
    json.close(2)
}

/// Writes a start request.
#[must_use]
pub fn start_request(request: &Start) -> String {
    let mut json = Writer::default();
    json.begin()
        .text("resource", request.resource.as_str())
        .maybe("visitor_token", request.visitor.as_ref().map(|token| token.expose().as_str()))
        .maybe("after", request.after.as_ref().map(ConversationId::as_str))
        .maybe("page", request.page.as_deref())
        .maybe("language", request.language.as_deref())
        .map("form", &request.form)
        .map("attributes", &request.attributes);
    if request.leave_message {
        json.flag("leave_message", true);
    }
    json.close(1)
}

/// Writes what a form shows beside its questions, for the part that draws it.
#[must_use]
pub fn form_shown(view: &View) -> String {
    let mut json = Writer::default();
    json.begin();
    if let Some((key, code)) = &view.form {
        json.text("key", key).text("code", code);
    }
    json.close(1)
}

/// Reads the events of an earlier conversation. One of a kind that this widget does not know is left out.
pub fn events<J: Json>(value: &J) -> Vec<Event> {
    let all = value.get("events").and_then(|events| events.items()).unwrap_or_default();
    all.iter().filter_map(event).collect()
}

fn event<J: Json>(value: &J) -> Option<Event> {
    Some(Event {
        seq: number(value, "seq")?,
        at: Timestamp::from_ms(number(value, "at")?),
        what: what(&value.get("what")?)?,
    })
}

/// Writes what the menu shows, while it is open.
#[must_use]
pub fn menu_shown(view: &View) -> String {
    let Some(menu) = &view.menu_open else { return String::new() };
    let mut json = Writer::default();
    json.begin()
        .flag("transcript", menu.transcript)
        .flag("earlier", menu.earlier)
        .flag("end", menu.end);
    if let Some(on) = menu.sound {
        json.flag("sound", on);
    }
    json.close(1)
}

/// Writes the list of earlier conversations, in the edge's own words; nothing until it has come.
#[must_use]
pub fn list_shown(view: &View) -> String {
    view.list.clone().unwrap_or_default()
}

/// Writes what the greeting shows beside its first line: the same list, and something where there is none.
#[must_use]
pub fn hello_shown(view: &View) -> String {
    view.list.clone().unwrap_or_else(|| "null".to_owned())
}

/// Writes what stands behind the thread after the end.
#[must_use]
pub fn after_shown(view: &View) -> String {
    if view.stage != Stage::Ended {
        return String::new();
    }
    let mut json = Writer::default();
    json.begin().flag("rated", view.rated).raw("size", &digits(view.transcript_bytes));
    json.close(1)
}

/// Writes whether another conversation is what the page is for.
#[must_use]
pub fn again_shown(view: &View) -> String {
    let mut json = Writer::default();
    json.begin().flag("solid", view.stage == Stage::Earlier);
    json.close(1)
}

/// Writes where the shop answers whoever has left a message.
#[must_use]
pub fn left_shown(view: &View) -> String {
    let mut json = Writer::default();
    json.begin().text("address", &view.left);
    json.close(1)
}

/// Writes what the question before the end shows: who is there.
#[must_use]
pub fn sheet_shown(view: &View) -> String {
    let Some(agent) = &view.sheet else { return String::new() };
    let mut json = Writer::default();
    json.begin().maybe("name", agent.as_deref());
    json.close(1)
}

/// Writes what the countdown shows.
#[must_use]
pub fn idle_shown(view: &View) -> String {
    let Some(idle) = &view.idle else { return String::new() };
    let mut json = Writer::default();
    json.begin().text("time", &idle.time).text("ring", &idle.ring);
    json.close(1)
}

/// Writes what the queue's card shows.
#[must_use]
pub fn queue_shown(view: &View) -> String {
    let Some(queue) = &view.queue else { return String::new() };
    let mut json = Writer::default();
    json.begin().maybe("place", queue.place.as_deref()).maybe("minutes", queue.minutes.as_deref());
    json.close(1)
}

/// Reads what a part that is drawn in JavaScript says.
pub fn said(value: &impl Json) -> Option<Msg> {
    let (kind, value) = only(value)?;
    Some(match kind.as_str() {
        "submit" => Msg::Submit(Pairs(texts(&value))),
        "stale" => Msg::Stale,
        "agree" => Msg::Agree,
        "close" => Msg::Minimise,
        "leave" => Msg::Leave(Pairs(texts(&value))),
        "write_another" => Msg::WriteAnother,
        "rate" => Msg::Rate {
            score: number(&value, "score")?.try_into().ok()?,
            note: text(&value, "note"),
        },
        "sound" => Msg::Sound { on: flag(&value, "on")? },
        "look" => Msg::Look(text(&value, "at")),
        "transcript" => Msg::Transcript,
        "ask_end" => Msg::AskEnd,
        "end" => Msg::End,
        "stay" => Msg::Stay,
        "back" => Msg::Back,
        "start_new" => Msg::StartNew,
        "adopt" => Msg::Link(Input::Adopt(Kept::from_entries(texts(&value)).identity)),
        "read" => Msg::Read(value.text()?.parse().ok()?),
        "unkept" => Msg::Unkept(value.flag()?),
        _ => return None,
    })
}

/// Writes a frame to the site's page.
#[must_use]
pub fn to_page(frame: &ToPage) -> String {
    let mut json = Writer::default();
    match frame {
        ToPage::Ready {} => json.open("ready"),
        ToPage::Close {} => json.open("close"),
        ToPage::Unread { count } => json.open("unread").raw("count", &digits(*count)),
        ToPage::Active { on } => json.open("active").flag("on", *on),
        ToPage::Sound { on } => json.open("sound").flag("on", *on),
        ToPage::Done { n } => json.open("done").raw("n", &digits(*n)),
        ToPage::Refused { n, code } => {
            json.open("refused").raw("n", &digits(*n)).text("code", code)
        }
        ToPage::Sent { text } => json.open("sent").maybe("text", text.as_deref()),
        ToPage::Received { text } => json.open("received").maybe("text", text.as_deref()),
        ToPage::Joined { name } => json.open("joined").text("name", name),
        ToPage::PageEvent { key, data } => {
            json.open("page_event").text("key", key).text("data", data)
        }
    };
    json.close(2)
}

fn what(value: &impl Json) -> Option<What> {
    let (kind, value) = only(value)?;
    let of = || number(&value, "of");
    let who = || agent(&value.get("agent")?);
    Some(match kind.as_str() {
        "visitor" => What::Visitor { id: message(&value)?, text: text(&value, "text")? },
        "agent" => What::Agent {
            agent: who()?,
            body: blocks(&value.get("body")?)?,
            auto: flag(&value, "auto").unwrap_or(false),
        },
        "redacted" => What::Redacted { of: of()? },
        "delivered" => What::Delivered { of: of()? },
        "failed" => What::Failed { of: of()?, reason: text(&value, "reason")?.into() },
        "retried" => What::Retried { of: of()? },
        "requested" => What::Requested {},
        "queued" => {
            What::Queued { place: number32(&value, "place"), wait_s: number32(&value, "wait_s") }
        }
        "joined" => What::Joined { agent: who()? },
        "left" => What::Left { agent: who()? },
        "transferring" => What::Transferring { to: text(&value, "to") },
        "hidden" => What::Hidden { of: of()? },
        "file_requested" => What::FileRequested { agent: who()? },
        "custom" => What::Custom { kind: text(&value, "kind")?, data: text(&value, "data")? },
        "unavailable" => What::Unavailable {
            reason: text(&value, "reason").map(Into::into),
            text: text(&value, "text"),
            leave_message: flag(&value, "leave_message").unwrap_or(false),
        },
        "ended" => What::Ended { by: text(&value, "by")?.into() },
        "reopened" => What::Reopened {},
        "rated" => What::Rated {
            score: number(&value, "score")?.try_into().ok()?,
            note: text(&value, "note"),
        },
        _ => return None,
    })
}

fn agent(value: &impl Json) -> Option<Agent> {
    Some(Agent {
        key: number32(value, "key")?,
        name: text(value, "name")?,
        avatar: text(value, "avatar"),
    })
}

fn blocks<J: Json>(value: &J) -> Option<Vec<Block>> {
    let block = |value: &J| {
        let (kind, value) = only(value)?;
        match kind.as_str() {
            "paragraph" => spans(&value).map(Block::Paragraph),
            "list" => Some(Block::List {
                ordered: flag(&value, "ordered")?,
                items: value.get("items")?.items()?.iter().map(spans).collect::<Option<_>>()?,
            }),
            "code" => value.text().map(Block::Code),
            "choices" => {
                value.items()?.iter().map(Json::text).collect::<Option<_>>().map(Block::Choices)
            }
            _ => None,
        }
    };
    value.items()?.iter().map(block).collect()
}

fn spans(value: &impl Json) -> Option<Vec<Span>> {
    value.items()?.iter().map(span).collect()
}

fn span(value: &impl Json) -> Option<Span> {
    let (kind, value) = only(value)?;
    match kind.as_str() {
        "text" => value.text().map(Span::Text),
        "break" => Some(Span::Break {}),
        "link" => Some(Span::Link { href: text(&value, "href")?, text: text(&value, "text")? }),
        "strong" => spans(&value).map(Span::Strong),
        "emphasis" => spans(&value).map(Span::Emphasis),
        "code" => value.text().map(Span::Code),
        _ => None,
    }
}

fn capabilities(value: &impl Json) -> Capabilities {
    let can = |name| flag(value, name).unwrap_or(false);
    Capabilities {
        agent_typing: can("agent_typing"),
        visitor_typing: can("visitor_typing"),
        read_receipts: can("read_receipts"),
        sneak_peek: can("sneak_peek"),
    }
}

/// The one member of an object: its name is the type of what it holds.
fn only<J: Json>(value: &J) -> Option<(String, J)> {
    let mut members = value.members();
    match members.len() {
        1 => members.pop(),
        _ => None,
    }
}

fn text(value: &impl Json, name: &str) -> Option<String> {
    value.get(name)?.text()
}

fn flag(value: &impl Json, name: &str) -> Option<bool> {
    value.get(name)?.flag()
}

fn number(value: &impl Json, name: &str) -> Option<u64> {
    let number = value.get(name)?.number()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked: a double is exact there"
    )]
    ((0.0..=MAX_EXACT).contains(&number) && number % 1.0 == 0.0).then_some(number as u64)
}

fn number32(value: &impl Json, name: &str) -> Option<u32> {
    number(value, name)?.try_into().ok()
}

fn message(value: &impl Json) -> Option<MessageId> {
    MessageId::parse(text(value, "id")?).ok()
}

fn conversation(value: &impl Json) -> Option<ConversationId> {
    ConversationId::parse(text(value, "conversation")?).ok()
}

/// The largest integer below which every integer is a double: 2^53 - 1.
const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

/// Writes objects of strings, numbers and booleans.
#[derive(Default)]
struct Writer(String);

impl Writer {
    fn begin(&mut self) -> &mut Self {
        self.0.push('{');
        self
    }

    /// An object with one member, an object.
    fn open(&mut self, kind: &str) -> &mut Self {
        self.begin().name(kind).begin()
    }

    fn name(&mut self, name: &str) -> &mut Self {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.quote(name);
        self.0.push(':');
        self
    }

    fn raw(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name).0.push_str(value);
        self
    }

    fn flag(&mut self, name: &str, on: bool) -> &mut Self {
        self.raw(name, if on { "true" } else { "false" })
    }

    fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name).quote(value);
        self
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// An object of strings, unless it is empty.
    fn map(&mut self, name: &str, map: &Pairs) -> &mut Self {
        if !map.0.is_empty() {
            self.name(name).begin();
            for (name, value) in &map.0 {
                self.text(name, value);
            }
            self.0.push('}');
        }
        self
    }

    fn quote(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                '\u{0}'..='\u{1f}' => {
                    self.0.push_str("\\u00");
                    for shift in [4, 0] {
                        let digit = char::from_digit((c as u32 >> shift) & 0xf, 16);
                        self.0.push(digit.unwrap_or('0'));
                    }
                }
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    fn close(mut self, depth: usize) -> String {
        for _ in 0..depth {
            self.0.push('}');
        }
        self.0
    }
}
