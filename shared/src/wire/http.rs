//! JSON bodies of the requests around the link.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::{ConversationId, ResourceId},
    theme::Tokens,
};

/// What the widget may know of its resource: the answer to `GET /v1/resources/{id}`, also written into the frame.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct ResourceView {
    /// The resource itself.
    pub id: ResourceId,
    /// What the site calls itself: the header's name until there is an agent.
    pub name: String,
    /// Colours.
    #[serde(default)]
    pub theme: Theme,
    /// Texts that replace those of the locale, by their key.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
    /// Whether a visitor who comes now finds the hub open.
    pub open: bool,
    /// What a visitor is asked before the conversation begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prechat: Option<Prechat>,
    /// When the hub is open; absent where it always is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursView>,
    /// How soon somebody usually answers, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_minutes: Option<u32>,
    /// Outside the hub's hours a message may be left, in a form of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_message: bool,
    /// What the visitor agrees to before anything is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// What is asked after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// For how many days a conversation is kept after its end.
    #[serde(default)]
    pub kept_days: u32,
}

/// The days to come, in instants: whoever shows them knows the visitor's time zone, and the edge does not.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct HoursView {
    /// IANA name of the hub's own time zone.
    pub time_zone: String,
    /// From when until when the hub is open, in order: all of today in its own zone, and of the six days after.
    pub spans: Vec<(Timestamp, Timestamp)>,
}

/// A page before everything else.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct Consent {
    /// Where the site tells what it does with what is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
}

/// What a visitor is asked when a conversation is over.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// One to five, and a note.
    Scale {},
    /// A page of the site's own that asks.
    Link {
        /// Its address.
        url: String,
    },
}

/// A form before the conversation.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Prechat {
    /// Its heading; the locale has one where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the site tells what it does with the answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
    /// What is asked, in this order.
    pub fields: Vec<PrechatField>,
}

/// A field of the form.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct PrechatField {
    /// Names it in [`StartRequest::form`].
    pub key: String,
    /// What may stand in it.
    pub kind: PrechatKind,
    /// What it is called, in the site's words.
    pub label: String,
    /// Whether the conversation begins without it.
    pub required: bool,
    /// The choices of a [`PrechatKind::Choice`]; the answer is one of them, to the letter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Longest answer, in characters.
    pub max_chars: u32,
}

/// What may stand in a field of the form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrechatKind {
    /// A line of text.
    Text,
    /// An e-mail address.
    Email,
    /// One of several.
    Choice,
    /// A box to tick; the answer is `yes`.
    Consent,
}

/// What an admin may set of the looks; all else is derived.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Theme {
    /// `#rrggbb`, or nothing for Parlor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Another one for the dark scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent_dark: Option<String>,
    /// `light`, `dark` or `follow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// What the tag's `data-accent` says for the launcher: light, what is drawn on it, dark, what is drawn on that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launcher: Option<String>,
    /// What was derived from the accent, by the names of the panel's custom properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub light: Option<Tokens>,
    /// The same for the dark scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dark: Option<Tokens>,
}

/// Body of `POST /v1/conversations`: start a conversation, or find the visitor's current one.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct StartRequest {
    /// Through which resource.
    pub resource: ResourceId,
    /// What an earlier answer gave this browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_token: Option<String>,
    /// What the site's own server signed for this visitor: a JWT. docs/IDENTITY.md tells what is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The ended conversation that a new one shall follow. Without it the current one is found, ended or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ConversationId>,
    /// The site's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The visitor's language, as in `navigator.language`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Answers to the form, by the key of their field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// What the site says of the visitor, by name. Nobody has checked it: it may choose a flow and name the visitor to
    /// agents, and proves nothing. What is over the edge's limits is dropped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The visitor leaves a message outside the hub's hours: the form's answers are a name and an e-mail address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_message: bool,
}

/// Answer to [`StartRequest`].
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct StartAnswer {
    /// The conversation.
    pub conversation: ConversationId,
    /// Opens its link; goes into the WebSocket subprotocol, never into an address.
    pub token: String,
    /// How long `token` opens links, in seconds from now. A span, because the visitor's clock may be wrong.
    pub token_expires_in_s: u64,
    /// The edge's time. A visitor's clock may be wrong, and times are shown by this one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// To be kept in place of the one that was sent; absent if that one is still good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_token: Option<String>,
}

/// An error, as RFC 9457 has it, with a stable code.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Problem {
    /// One sentence for a developer.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable name of the problem; docs/PROTOCOL.md lists them.
    pub code: String,
    /// The member of the request that was wrong, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
