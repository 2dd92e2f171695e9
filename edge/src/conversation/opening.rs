//! What a conversation is begun with, and its way from the Worker to the conversation's object.

use std::time::Duration;

use parlor_shared::id::{ConversationId, ResourceId};
use serde::{Deserialize, Serialize};

use super::snapshot::RouteRecord;
use crate::{
    registry,
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
        })
    }
}

impl From<&registry::Relay> for Route {
    /// A flow's settings as the relay wants them.
    fn from(relay: &registry::Relay) -> Self {
        match relay {
            registry::Relay::LiveAgent(flow) => Self::LiveAgent(live_agent::Config {
                base_url: flow.base_url(),
                organization_id: flow.organization_id.as_str().to_owned(),
                deployment_id: flow.deployment_id.as_str().to_owned(),
                button_id: flow.button_id.as_str().to_owned(),
            }),
        }
    }
}
