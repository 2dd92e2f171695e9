//! What a conversation is begun with, and its way from the Worker to the conversation's object.

use std::{collections::BTreeMap, time::Duration};

use parlor_shared::{
    Customer,
    id::{ConversationId, ResourceId},
};
use serde::{Deserialize, Serialize};

use super::{
    desks,
    orders::Order,
    snapshot::{CustomerRecord, NobodyRecord, RouteRecord, WayRecord},
};
use crate::{
    registry::{self, Environment},
    relay::{Introduction, Route, live_agent},
};

/// What a conversation is begun with. It stays as it is: a flow changed later is for later conversations.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The conversation itself.
    pub conversation: ConversationId,
    /// Through which resource.
    pub resource: ResourceId,
    /// Of which hub.
    pub hub: String,
    /// By which flow.
    pub flow: String,
    /// Who.
    pub visitor: String,
    /// How long a visitor may be away before the desk's chat is ended.
    pub grace: Duration,
    /// Where to.
    pub route: Route,
    /// What the desk is told of the visitor.
    pub introduction: Introduction,
    /// What happens when nobody takes it.
    pub nobody: Nobody,
    /// Nobody is there now: what `nobody` says happens at once.
    pub nobody_there: bool,
    /// The hub wants agents to see unsent text, and the visitor has consented to it.
    pub sneak_peek: bool,
    /// The site's server begins it, and the visitor is not there.
    pub waits: bool,
    /// Which hosts a desk may send us to.
    pub environment: Environment,
    /// How long it is kept after its end.
    pub retention: Duration,
    /// What the visitor answered to the form and the site said of her: for a flow that it moves to.
    pub told: Told,
}

/// What was told of a visitor before the conversation began, checked.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct Told {
    /// Answers to the form.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// What the site said of the visitor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Told {
    pub(super) fn is_nothing(&self) -> bool {
        self.form.is_empty() && self.attributes.is_empty()
    }
}

/// What happens when nobody takes a conversation: the flows' settings, as they were when it began.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Nobody {
    /// It ends, with this text.
    Closed {
        /// The flow's own; `None` for the widget's.
        text: Option<String>,
    },
    /// The visitor may leave a message, which is brought to the desk when somebody is there.
    LeaveMessage,
    /// Another flow is asked.
    Next(Box<Way>),
}

/// A flow that is asked when nobody took the conversation in another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Way {
    /// Its id.
    pub flow: String,
    /// Where to.
    pub route: Route,
    /// What happens when nobody takes it there either.
    pub nobody: Nobody,
}

impl Nobody {
    /// What `flow` says, with the flows that it leads to. One that cannot be used, or was asked before, ends the
    /// chain: there, nobody is there.
    #[must_use]
    pub fn of(flow: &registry::Flow, flows: &registry::Flows, about: &About) -> Self {
        Self::after(&mut vec![&flow.id], flow, flows, about)
    }

    fn after<'a>(
        passed: &mut Vec<&'a registry::FlowId>,
        flow: &'a registry::Flow,
        flows: &'a registry::Flows,
        about: &About,
    ) -> Self {
        match &flow.when_nobody {
            registry::WhenNobody::LeaveMessage => Self::LeaveMessage,
            registry::WhenNobody::Closed(text) => Self::Closed { text: Some(text.clone()) },
            registry::WhenNobody::NextFlow(id) => match flows.get(id) {
                Some(next) if next.hub == flow.hub && !passed.contains(&id) => {
                    passed.push(id);
                    let Some(route) = about.route(&next.relay) else {
                        return Self::Closed { text: None };
                    };
                    Self::Next(Box::new(Way {
                        flow: next.id.as_str().to_owned(),
                        route,
                        nobody: Self::after(passed, next, flows, about),
                    }))
                }
                _ => Self::Closed { text: None },
            },
        }
    }
}

/// What is known of a visitor, for desks that want to be told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About {
    /// Our id of the conversation.
    pub conversation: String,
    /// Our id of the visitor.
    pub visitor: String,
    /// A name of ours, for agents' lists.
    pub visitor_name: String,
    /// As in `navigator.language`.
    pub language: Option<String>,
    /// The site's page.
    pub page: Option<String>,
    /// What the site said of the visitor, checked.
    pub attributes: BTreeMap<String, String>,
    /// Answers to the form, checked.
    pub form: BTreeMap<String, String>,
    /// Who the visitor is, where a checked token says it.
    pub verified: Option<Customer>,
    /// The accounts that the flows work with, as far as they could be read.
    pub accounts: BTreeMap<registry::AccountId, registry::Account>,
}

impl About {
    /// What the desk of `relay` is told.
    #[must_use]
    pub fn introduction(&self, relay: &registry::Relay) -> Introduction {
        let name = match relay {
            registry::Relay::LiveAgent(flow) => {
                flow.prechat.as_ref().and_then(|it| self.form.get(it.visitor_name.as_ref()?))
            }
            registry::Relay::Kustomer(_) => None,
        };
        Introduction {
            conversation: self.conversation.clone(),
            visitor: self.visitor.clone(),
            visitor_name: name.unwrap_or(&self.visitor_name).clone(),
            language: self.language.clone(),
            page: self.page.clone(),
            verified: self.verified.clone(),
            turn: 0,
        }
    }

    /// A flow's settings as its relay wants them; `None` without the account that it needs.
    #[must_use]
    pub fn route(&self, relay: &registry::Relay) -> Option<Route> {
        Some(match relay {
            registry::Relay::LiveAgent(flow) => Route::LiveAgent(live_agent::Config {
                base_url: flow.base_url(),
                organization_id: flow.organization_id.as_str().to_owned(),
                deployment_id: flow.deployment_id.as_str().to_owned(),
                button_id: flow.button_id.as_str().to_owned(),
                prechat: self.prechat(flow.prechat.as_ref(), relay),
            }),
            registry::Relay::Kustomer(flow) => {
                let account = self.accounts.get(&flow.account)?;
                Route::Kustomer(desks::kustomer(flow, account, &self.form))
            }
        })
    }

    /// The mapping with its values. What the visitor did not say is left out.
    fn prechat(
        &self,
        mapping: Option<&registry::PrechatMapping>,
        relay: &registry::Relay,
    ) -> live_agent::Prechat {
        let Some(mapping) = mapping else {
            // Without a mapping the agent still sees where the visitor is.
            let page = self.page.iter().map(|page| live_agent::Detail {
                label: "Page".to_owned(),
                value: page.clone(),
                transcript_fields: Vec::new(),
                display_to_agent: true,
            });
            return live_agent::Prechat { details: page.collect(), entities: Vec::new() };
        };
        let value = |source: &registry::Source| match source {
            registry::Source::Form(key) => self.form.get(key).cloned(),
            registry::Source::Attribute(key) => self.attributes.get(key).cloned(),
            registry::Source::VisitorName => Some(self.introduction(relay).visitor_name),
            registry::Source::Language => self.language.clone(),
            registry::Source::Page => self.page.clone(),
            registry::Source::CustomerIdentifier => {
                self.verified.as_ref().map(|it| it.identifier.clone())
            }
            registry::Source::CustomerName => self.verified.as_ref().and_then(|it| it.name.clone()),
            registry::Source::CustomerEmail => {
                self.verified.as_ref().and_then(|it| it.email.clone())
            }
        };
        let details: Vec<live_agent::Detail> = mapping
            .details
            .iter()
            .filter_map(|detail| {
                Some(live_agent::Detail {
                    label: detail.label.clone(),
                    value: value(&detail.from)?,
                    transcript_fields: detail.transcript_fields.clone(),
                    display_to_agent: detail.display_to_agent,
                })
            })
            .collect();
        let said = |label: &str| details.iter().any(|detail| detail.label == label);
        let entities = mapping
            .entities
            .iter()
            .map(|entity| live_agent::Entity {
                name: entity.entity.clone(),
                show_on_create: entity.show_on_create,
                save_to_transcript: entity.save_to_transcript.clone(),
                link_to_name: entity.link_to.as_ref().map(|(entity, _)| entity.clone()),
                link_to_field: entity.link_to.as_ref().map(|(_, field)| field.clone()),
                fields: entity
                    .fields
                    .iter()
                    .filter(|field| said(&field.label))
                    .map(|field| live_agent::EntityField {
                        name: field.field.clone(),
                        label: field.label.clone(),
                        find: field.find,
                        exact_match: field.exact_match,
                        create: field.create,
                    })
                    .collect(),
            })
            .filter(|entity| !entity.fields.is_empty())
            .collect();
        live_agent::Prechat { details, entities }
    }
}

/// What the Worker hands to a new conversation's object, as JSON. Both are of one deploy: it is not stored.
#[derive(Deserialize, Serialize)]
struct OpeningRecord {
    conversation: ConversationId,
    resource: ResourceId,
    hub: String,
    flow: String,
    visitor: String,
    grace_s: u64,
    route: RouteRecord,
    visitor_name: String,
    language: Option<String>,
    page: Option<String>,
    #[serde(default)]
    verified: Option<CustomerRecord>,
    nobody: NobodyRecord,
    nobody_there: bool,
    sneak_peek: bool,
    waits: bool,
    #[serde(default)]
    development: bool,
    retention_ms: u64,
    #[serde(default)]
    told: Told,
}

impl Opening {
    /// As JSON, for the conversation's object.
    #[must_use]
    pub fn write(self) -> String {
        let record = OpeningRecord {
            conversation: self.conversation,
            resource: self.resource,
            hub: self.hub,
            flow: self.flow,
            visitor: self.visitor,
            grace_s: self.grace.as_secs(),
            route: self.route.into(),
            visitor_name: self.introduction.visitor_name,
            language: self.introduction.language,
            page: self.introduction.page,
            verified: self.introduction.verified.map(CustomerRecord::from),
            nobody: self.nobody.into(),
            nobody_there: self.nobody_there,
            sneak_peek: self.sneak_peek,
            waits: self.waits,
            development: self.environment == Environment::Development,
            retention_ms: u64::try_from(self.retention.as_millis()).unwrap_or(u64::MAX),
            told: self.told,
        };
        serde_json::to_string(&record).expect("records have string keys and finite numbers only")
    }

    /// From what [`Opening::write`] made.
    ///
    /// # Errors
    /// The reader's, if it is something else.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        let record: OpeningRecord = serde_json::from_str(json)?;
        let introduction = Introduction {
            conversation: record.conversation.as_str().to_owned(),
            visitor: record.visitor.clone(),
            visitor_name: record.visitor_name,
            language: record.language,
            page: record.page,
            verified: record.verified.map(Customer::from),
            turn: 0,
        };
        Ok(Self {
            conversation: record.conversation,
            resource: record.resource,
            hub: record.hub,
            flow: record.flow,
            visitor: record.visitor,
            grace: Duration::from_secs(record.grace_s),
            route: record.route.into(),
            introduction,
            nobody: record.nobody.into(),
            nobody_there: record.nobody_there,
            sneak_peek: record.sneak_peek,
            waits: record.waits,
            environment: environment(record.development),
            retention: Duration::from_millis(record.retention_ms),
            told: record.told,
        })
    }
}

/// From the flag that is stored and sent.
pub(super) const fn environment(development: bool) -> Environment {
    if development { Environment::Development } else { Environment::Production }
}

/// An order on the same way.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum OrderForm {
    Close {},
    Erase {},
    Identify { customer: CustomerRecord },
    Say { key: String, text: String, name: String },
    Move { way: Box<WayRecord>, text: Option<String>, name: String },
}

impl Order {
    /// As JSON, for the conversation's object.
    #[must_use]
    pub fn write(self) -> String {
        let form = match self {
            Self::Close => OrderForm::Close {},
            Self::Erase => OrderForm::Erase {},
            Self::Identify { customer } => OrderForm::Identify { customer: customer.into() },
            Self::Say { key, text, name } => OrderForm::Say { key, text, name },
            Self::Move { way, text, name } => {
                OrderForm::Move { way: Box::new((*way).into()), text, name }
            }
        };
        serde_json::to_string(&form).expect("records have string keys and finite numbers only")
    }

    /// From what [`Order::write`] made.
    ///
    /// # Errors
    /// The reader's, if it is something else.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_str(json)? {
            OrderForm::Close {} => Self::Close,
            OrderForm::Erase {} => Self::Erase,
            OrderForm::Identify { customer } => Self::Identify { customer: customer.into() },
            OrderForm::Say { key, text, name } => Self::Say { key, text, name },
            OrderForm::Move { way, text, name } => {
                Self::Move { way: Box::new((*way).into()), text, name }
            }
        })
    }
}
