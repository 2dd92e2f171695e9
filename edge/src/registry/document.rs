//! The documents as they are written: by the demo, by scripts, by whoever publishes to KV.
//!
//! Only writing is derived. Reading notes every problem at once, which derived code cannot: see `read`.
//! A test holds both together: what is written here parses.

use std::collections::BTreeMap;

use serde::Serialize;

/// A web chat resource, under `resource:<uuid>`.
#[derive(Clone, Debug, Serialize)]
pub struct Resource {
    /// [`super::VERSION`].
    pub version: u64,
    /// Lower-case UUID; unguessable.
    pub id: String,
    /// `web_chat`.
    pub kind: &'static str,
    /// The hub it belongs to.
    pub hub: String,
    /// What the site calls itself.
    pub name: String,
    /// Origins that may embed it, `https://*.shop.example` included.
    pub allowed_origins: Vec<String>,
    /// Colours.
    pub theme: Theme,
    /// Texts that replace those of the locale, by their key.
    pub texts: BTreeMap<String, String>,
    /// What a visitor is asked before a conversation begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prechat: Option<serde_json::Value>,
}

/// What an admin may set of the looks.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Theme {
    /// `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// `light`, `dark` or `follow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
}

/// A hub, under `hub:<id>`.
#[derive(Clone, Debug, Serialize)]
pub struct Hub {
    /// [`super::VERSION`].
    pub version: u64,
    /// See [`super::HubId`].
    pub id: String,
    /// For admins.
    pub name: String,
    /// The flow for whom no rule matches.
    pub default_flow: String,
    /// In order; the first match decides.
    pub rules: Vec<Rule>,
    /// Without them the hub is always open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// How long a visitor may be away before the chat is ended at the desk.
    pub grace_period_s: u64,
    /// Whether agents may see unsent text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sneak_peek: bool,
    /// How many days a conversation is kept after its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// `any` or `eu`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// A rule of a hub.
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    /// All of these must hold.
    pub when: When,
    /// Then this flow.
    pub flow: String,
}

/// Conditions of a rule; at least one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct When {
    /// Something that the site said about the visitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Attribute>,
    /// Language tags; any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Vec<String>>,
    /// A page pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// `open` or `closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Whether somebody is there for the rule's flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

/// A condition on one attribute.
#[derive(Clone, Debug, Serialize)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// Its value, to the letter.
    pub equals: String,
}

/// When a hub is open.
#[derive(Clone, Debug, Serialize)]
pub struct Hours {
    /// IANA name, such as `Europe/Berlin`.
    pub time_zone: String,
    /// `monday` to `sunday`; per day its spans, such as `["09:00", "18:00"]`. A day that is absent is closed.
    pub week: BTreeMap<String, Vec<[String; 2]>>,
    /// Closed all day: `2026-12-25`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
}

/// A routing flow, under `flow:<id>`.
#[derive(Clone, Debug, Serialize)]
pub struct Flow {
    /// [`super::VERSION`].
    pub version: u64,
    /// See [`super::FlowId`].
    pub id: String,
    /// The hub it belongs to.
    pub hub: String,
    /// For admins.
    pub name: String,
    /// `relay`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Settings of the type `relay`.
    pub relay: Relay,
    /// What happens when nobody is there.
    pub when_nobody: WhenNobody,
}

/// Settings of a relay, by its type.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Relay {
    /// Salesforce Live Agent.
    Salesforce {
        /// Starts with 573.
        button_id: String,
        /// Starts with 572.
        deployment_id: String,
        /// Starts with 00D.
        organization_id: String,
        /// Host of the chat API.
        api_hostname: String,
        /// What the agent is told before the chat.
        #[serde(skip_serializing_if = "Option::is_none")]
        prechat: Option<serde_json::Value>,
    },
    /// Kustomer.
    Kustomer(Box<KustomerRelay>),
}

/// Settings of a relay to Kustomer. Secrets are sealed: see [`super::sealed`].
#[derive(Clone, Debug, Serialize)]
pub struct KustomerRelay {
    /// The account.
    pub datasource_id: String,
    /// The Kustomer resource.
    pub resource_id: String,
    /// Sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret_key: Option<String>,
    /// Sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret_key_previous: Option<String>,
    /// A header of each delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_header: Option<WebhookHeader>,
    /// `core` or `chat`.
    pub mode: &'static str,
    /// `lazy` or `eager`.
    pub opening: &'static str,
    /// `done` leaves the conversation open.
    pub reopen: bool,
    /// Whom new conversations are assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// Where new conversations are queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<String>,
}

/// A header with a sealed value.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookHeader {
    /// Its name.
    pub name: String,
    /// Sealed.
    pub value: String,
}

/// A connected account, under `account:<id>`.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// [`super::VERSION`].
    pub version: u64,
    /// See [`super::AccountId`].
    pub id: String,
    /// `kustomer`.
    pub kind: &'static str,
    /// For admins.
    pub name: String,
    /// The organisation's name at Kustomer, or a host of its API.
    pub api_host: String,
    /// Sealed.
    pub api_key: String,
    /// The organisation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
}

/// A Kustomer resource, under `resource:<uuid>`.
#[derive(Clone, Debug, Serialize)]
pub struct KustomerResource {
    /// [`super::VERSION`].
    pub version: u64,
    /// Lower-case UUID; unguessable.
    pub id: String,
    /// `kustomer`.
    pub kind: &'static str,
    /// The hub it belongs to.
    pub hub: String,
    /// For admins.
    pub name: String,
}

/// What happens when nobody is there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenNobody {
    /// Another flow is asked.
    NextFlow(String),
    /// The visitor may leave a message.
    LeaveMessage,
    /// The visitor reads this.
    Closed(String),
}
