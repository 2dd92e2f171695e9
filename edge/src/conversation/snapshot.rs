//! What a conversation stores: one state record that is replaced, and one row per event that is appended.
//!
//! Both are promises to conversations that were begun by older versions: `tests/formats.rs` pins the bytes.

use std::time::Duration;

use parlor_shared::{
    Customer, Timestamp,
    id::{ConversationId, ResourceId},
    wire::Event,
};
use serde::{Deserialize, Serialize};

use super::{
    keeping::DEFAULT_RETENTION,
    opening::{Nobody, Told, Way},
};
use crate::relay::{
    self, Introduction, Route,
    kustomer::{self, Mode},
    live_agent,
};

/// What a step wants stored before anything else of it leaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A row to append: sequence number and JSON.
    Append {
        /// Primary key.
        seq: u64,
        /// The event, as [`row`] writes it.
        json: String,
    },
    /// A row to put in the place of an earlier one: an agent's message lost its words.
    Replace {
        /// Primary key.
        seq: u64,
        /// The event, as [`row`] writes it.
        json: String,
    },
    /// The state record, replacing the earlier one.
    State(String),
    /// Every row goes, and this is put in the place of the state record: what is left of the conversation.
    Erase(String),
}

/// What is read back.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Stored {
    /// The state record, if the conversation was ever begun.
    pub state: Option<String>,
    /// The rows' JSON, by sequence number.
    pub rows: Vec<String>,
}

/// Why what was read back is no conversation.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RestoreError {
    /// Nothing was ever stored.
    #[error("the conversation was never begun")]
    Nothing,
    /// Written by a newer version, or damaged.
    #[error("the state record cannot be read: line {line}, column {column}")]
    State {
        /// Line of the record.
        line: usize,
        /// Column of the record.
        column: usize,
    },
    /// Damaged.
    #[error("row {seq} is missing or cannot be read")]
    Row {
        /// Which.
        seq: u64,
    },
}

impl RestoreError {
    /// Stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "conversation_unknown",
            Self::State { .. } => "stored_state_unreadable",
            Self::Row { .. } => "stored_row_unreadable",
        }
    }
}

/// The row of an event.
#[must_use]
pub fn row(event: &Event) -> String {
    serde_json::to_string(event).expect("events have string keys and finite numbers only")
}

/// The state record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Record {
    pub version: u32,
    pub epoch: u64,
    pub conversation: ConversationId,
    pub resource: ResourceId,
    pub hub: String,
    pub flow: String,
    pub visitor: String,
    pub grace_s: u64,
    pub visitor_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Who the visitor is, where that was proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<CustomerRecord>,
    pub route: RouteRecord,
    pub relay: RelayRecord,
    pub ended: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Timestamp>,
    #[serde(default)]
    pub unrecognised: u64,
    /// What happens when nobody takes the conversation.
    #[serde(default, skip_serializing_if = "NobodyRecord::is_default")]
    pub nobody: NobodyRecord,
    /// The visitor may leave a message, because nobody is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_alone: bool,
    /// Whether the hub's list of messages that were left has it.
    #[serde(default, skip_serializing_if = "Listed::is_no")]
    pub listed: Listed,
    /// Agents may see unsent text, where the desk lets them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sneak_peek: bool,
    /// The site's server began it, and the visitor has said nothing yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// Desks on this machine may be called: only where the edge is developed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub development: bool,
    /// How long the desk lets the visitor leave an agent's message unanswered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<IdleRecord>,
    /// Messages of the site's server, by the keys that it gave them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderRecord>,
    /// When it was begun.
    #[serde(default, skip_serializing_if = "is_never")]
    pub begun: Timestamp,
    /// How long it is kept after its end, or after the last that happened in it.
    #[serde(default = "default_retention_ms", skip_serializing_if = "is_default_retention")]
    pub retention_ms: u64,
    /// Where desks' conversations were claimed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimRecord>,
    /// The admin wants it gone, at this instant at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget_at: Option<Timestamp>,
    /// Relays that were left and are not gone yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<LeavingRecord>,
    /// How many relays there were before this one.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub turn: u32,
    /// What the visitor answered to the form and the site said of her.
    #[serde(default, skip_serializing_if = "Told::is_nothing")]
    pub told: Told,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_none_yet(turn: &u32) -> bool {
    *turn == 0
}

/// Whether a list has the conversation.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Listed {
    /// It has not.
    #[default]
    No,
    /// It is being told one or the other.
    Perhaps,
    /// It has.
    Yes,
}

impl Listed {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// A relay that was left and is not gone yet.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct LeavingRecord {
    pub route: RouteRecord,
    pub relay: RelayRecord,
    #[serde(default)]
    pub turn: u32,
    /// Until when it may take.
    pub until: Timestamp,
}

/// A desk's conversation whose events come to this one.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) struct ClaimRecord {
    pub resource: String,
    pub desk_conversation: String,
}

/// Who the visitor is, as a checked token says.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct CustomerRecord {
    #[serde(rename = "subject")]
    identifier: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl CustomerRecord {
    pub fn identifier(&self) -> &str {
        &self.identifier
    }
}

impl std::fmt::Debug for CustomerRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerRecord")
    }
}

impl From<Customer> for CustomerRecord {
    fn from(Customer { identifier, name, email }: Customer) -> Self {
        Self { identifier, email, name }
    }
}

impl From<CustomerRecord> for Customer {
    fn from(CustomerRecord { identifier, email, name }: CustomerRecord) -> Self {
        Self { identifier, name, email }
    }
}

/// A message of the site's server.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct OrderRecord {
    pub key: String,
    pub seq: u64,
}

/// The desk's idle limit, and the agent's message that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct IdleRecord {
    pub warn_after_s: u64,
    pub end_after_s: u64,
    /// Since when the visitor has not answered; absent where nothing is to be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The visitor has been warned.
    #[serde(default)]
    pub warned: bool,
}

impl IdleRecord {
    pub fn warns_at(&self) -> Option<Timestamp> {
        self.since.filter(|_| !self.warned).map(|at| at + Duration::from_secs(self.warn_after_s))
    }

    pub fn ends_at(&self) -> Option<Timestamp> {
        self.since.map(|since| since + Duration::from_secs(self.end_after_s))
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NobodyRecord {
    Closed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    LeaveMessage,
    Next(Box<WayRecord>),
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct WayRecord {
    pub flow: String,
    pub route: RouteRecord,
    pub nobody: NobodyRecord,
}

impl Default for NobodyRecord {
    fn default() -> Self {
        Self::Closed { text: None }
    }
}

impl NobodyRecord {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Way> for WayRecord {
    fn from(way: Way) -> Self {
        Self { flow: way.flow, route: way.route.into(), nobody: way.nobody.into() }
    }
}

impl From<WayRecord> for Way {
    fn from(record: WayRecord) -> Self {
        Self { flow: record.flow, route: record.route.into(), nobody: record.nobody.into() }
    }
}

impl From<Nobody> for NobodyRecord {
    fn from(nobody: Nobody) -> Self {
        match nobody {
            Nobody::Closed { text } => Self::Closed { text },
            Nobody::LeaveMessage => Self::LeaveMessage,
            Nobody::Next(way) => Self::Next(Box::new((*way).into())),
        }
    }
}

impl From<NobodyRecord> for Nobody {
    fn from(record: NobodyRecord) -> Self {
        match record {
            NobodyRecord::Closed { text } => Self::Closed { text },
            NobodyRecord::LeaveMessage => Self::LeaveMessage,
            NobodyRecord::Next(way) => Self::Next(Box::new((*way).into())),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RouteRecord {
    LiveAgent {
        base_url: String,
        organization_id: String,
        deployment_id: String,
        button_id: String,
        #[serde(default)]
        prechat: live_agent::Prechat,
    },
    Kustomer(KustomerRecord),
}

/// No secret is in it: the account's key is read when a call is made.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct KustomerRecord {
    account: String,
    bucket: String,
    base_url: String,
    resource: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(default)]
    chat: bool,
    #[serde(default)]
    eager: bool,
    #[serde(default)]
    reopen: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    answers: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there is one per conversation")]
pub(super) enum RelayRecord {
    LiveAgent(live_agent::State),
    Kustomer(kustomer::State),
}

fn is_never(at: &Timestamp) -> bool {
    *at == Timestamp::default()
}

fn default_retention_ms() -> u64 {
    u64::try_from(DEFAULT_RETENTION.as_millis()).unwrap_or(u64::MAX)
}

fn is_default_retention(ms: &u64) -> bool {
    *ms == default_retention_ms()
}

impl Record {
    pub fn read(stored: &Stored) -> Result<(Self, Vec<Event>), RestoreError> {
        let state = stored.state.as_deref().ok_or(RestoreError::Nothing)?;
        let record: Self = serde_json::from_str(state)
            .map_err(|error| RestoreError::State { line: error.line(), column: error.column() })?;
        let events = (1..)
            .zip(&stored.rows)
            .map(|(seq, json)| serde_json::from_str(json).map_err(|_| RestoreError::Row { seq }))
            .collect::<Result<_, _>>()?;
        Ok((record, events))
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("records have string keys and finite numbers only")
    }

    pub fn introduction(&self) -> Introduction {
        self.introduction_at(self.turn)
    }

    /// As the relay that was the `turn`th was told.
    pub fn introduction_at(&self, turn: u32) -> Introduction {
        Introduction {
            turn,
            conversation: self.conversation.as_str().to_owned(),
            visitor: self.visitor.clone(),
            visitor_name: self.visitor_name.clone(),
            language: self.language.clone(),
            page: self.page.clone(),
            verified: self.verified.clone().map(Customer::from),
        }
    }
}

impl RouteRecord {
    /// What it says of the visitor, by the desk's own labels.
    pub fn facts(&self) -> Vec<(String, String)> {
        match self {
            Self::LiveAgent { prechat, .. } => {
                prechat.details.iter().map(|it| (it.label.clone(), it.value.clone())).collect()
            }
            Self::Kustomer(record) => record.answers.clone(),
        }
    }
}

impl From<Route> for RouteRecord {
    fn from(route: Route) -> Self {
        match route {
            Route::LiveAgent(config) => Self::LiveAgent {
                base_url: config.base_url,
                organization_id: config.organization_id,
                deployment_id: config.deployment_id,
                button_id: config.button_id,
                prechat: config.prechat,
            },
            Route::Kustomer(config) => Self::Kustomer(KustomerRecord {
                account: config.account,
                bucket: config.bucket,
                base_url: config.base_url,
                resource: config.resource,
                organization: config.organization,
                chat: config.mode == Mode::Chat,
                eager: config.opening == kustomer::Opening::Eager,
                reopen: config.reopen,
                team: config.team,
                queue: config.queue,
                answers: config.answers,
            }),
        }
    }
}

impl From<RouteRecord> for Route {
    fn from(record: RouteRecord) -> Self {
        match record {
            RouteRecord::LiveAgent {
                base_url,
                organization_id,
                deployment_id,
                button_id,
                prechat,
            } => Self::LiveAgent(live_agent::Config {
                base_url,
                organization_id,
                deployment_id,
                button_id,
                prechat,
            }),
            RouteRecord::Kustomer(record) => Self::Kustomer(kustomer::Config {
                account: record.account,
                bucket: record.bucket,
                base_url: record.base_url,
                resource: record.resource,
                organization: record.organization,
                mode: if record.chat { Mode::Chat } else { Mode::Core },
                opening: if record.eager {
                    kustomer::Opening::Eager
                } else {
                    kustomer::Opening::Lazy
                },
                reopen: record.reopen,
                team: record.team,
                queue: record.queue,
                answers: record.answers,
            }),
        }
    }
}

impl From<relay::State> for RelayRecord {
    fn from(state: relay::State) -> Self {
        match state {
            relay::State::LiveAgent(state) => Self::LiveAgent(state),
            relay::State::Kustomer(state) => Self::Kustomer(state),
        }
    }
}

impl From<RelayRecord> for relay::State {
    fn from(record: RelayRecord) -> Self {
        match record {
            RelayRecord::LiveAgent(state) => Self::LiveAgent(state),
            RelayRecord::Kustomer(state) => Self::Kustomer(state),
        }
    }
}
