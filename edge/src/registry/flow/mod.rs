//! Routing flows: who answers, and what happens when nobody is there.
//!
//! Credentials belong to accounts, which a flow names. The one secret that it holds itself, its webhook's, is sealed.
//!
//! Start with [`Flow`]; each relay has its file with its vendor's words.

pub mod kustomer;
pub mod live_agent;
pub mod prechat;
mod salesforce_id;

pub use kustomer::KustomerFlow;
pub use live_agent::LiveAgentFlow;
pub use prechat::{DetailMapping, EntityMapping, FieldMapping, PrechatMapping, Source};
pub use salesforce_id::{SalesforceId, SalesforceIdKind};

use super::{
    id::{FlowId, HubId},
    problem::{Code, Parsed, Problems},
    read::{self, MAX_ID_CHARS, MAX_NAME_CHARS, Node, Object, Report},
    stored::{Environment, Stored},
};

/// Longest text that a visitor reads when nobody is there, in characters.
const MAX_CLOSED_CHARS: usize = 1_000;

/// A valid routing flow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flow {
    /// What rules and other flows name.
    pub id: FlowId,
    /// The hub it belongs to.
    pub hub: HubId,
    /// For admins.
    pub name: String,
    /// Who answers.
    pub relay: Relay,
    /// What happens when nobody does.
    pub when_nobody: WhenNobody,
}

/// The desk that a flow relays to. It grows by a variant for each desk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Relay {
    /// Salesforce Live Agent.
    LiveAgent(LiveAgentFlow),
    /// Kustomer.
    Kustomer(Box<KustomerFlow>),
}

/// What happens when nobody is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WhenNobody {
    /// Another flow is asked.
    NextFlow(FlowId),
    /// The visitor may leave a message.
    LeaveMessage,
    /// The visitor reads this text.
    Closed(String),
}

impl Flow {
    /// Parses a document.
    ///
    /// # Errors
    /// Every problem of the document.
    pub fn parse(
        json: impl AsRef<[u8]>,
        environment: Environment,
    ) -> Result<Parsed<Self>, Problems> {
        <Self as Stored>::parse(json.as_ref(), environment)
    }
}

impl Stored for Flow {
    type Id = FlowId;

    fn id(&self) -> &FlowId {
        &self.id
    }

    fn parse(json: &[u8], environment: Environment) -> Result<Parsed<Self>, Problems> {
        read::document(json, |report, object| flow(report, object, environment))
    }
}

/// Reads the id of a flow.
pub(super) fn id(report: &mut Report, node: &Node<'_>) -> Option<FlowId> {
    let text = node.raw_text(report, MAX_ID_CHARS)?;
    match FlowId::parse(text) {
        Ok(id) => Some(id),
        Err(error) => {
            node.fail(report, Code::IdForm, read::sentence(&error));
            None
        }
    }
}

fn flow(report: &mut Report, object: &mut Object<'_>, environment: Environment) -> Option<Flow> {
    let own_id = object.need(report, "id").and_then(|it| id(report, &it));
    let hub = object.need(report, "hub").and_then(|it| super::hub::id(report, &it));
    let name = object.need(report, "name").and_then(|it| it.line(report, MAX_NAME_CHARS));
    let is_relay = object.need(report, "type").and_then(|it| is_relay(report, &it));
    let relay = match is_relay {
        // A bot's settings are not known yet, so a missing `relay` is no news.
        Some(false) => None,
        _ => object.need(report, "relay").and_then(|it| relay(report, &it, environment)),
    };
    let when_nobody =
        object.need(report, "when_nobody").and_then(|it| when_nobody(report, &it, own_id.as_ref()));
    is_relay?;
    Some(Flow { id: own_id?, hub: hub?, name: name?, relay: relay?, when_nobody: when_nobody? })
}

fn is_relay(report: &mut Report, node: &Node<'_>) -> Option<bool> {
    let is_relay = node.one_of(report, &[("relay", true), ("bot", false)])?;
    if !is_relay {
        let message = "Flows of the type bot are reserved and not built yet; `relay` is.";
        node.fail(report, Code::Reserved, message);
    }
    Some(is_relay)
}

fn relay(report: &mut Report, node: &Node<'_>, environment: Environment) -> Option<Relay> {
    let mut object = node.object(report)?;
    let kind = object.need(report, "type")?;
    let known = [
        ("salesforce", Some(Desk::LiveAgent)),
        ("salesforce_messaging", None),
        ("kustomer", Some(Desk::Kustomer)),
    ];
    let relay = match kind.one_of(report, &known)? {
        Some(Desk::LiveAgent) => {
            live_agent::read(report, &mut object, environment).map(Relay::LiveAgent)
        }
        Some(Desk::Kustomer) => {
            kustomer::read(report, &mut object).map(|it| Relay::Kustomer(Box::new(it)))
        }
        None => {
            let message =
                "This relay is not built yet; `salesforce` (Live Agent) and `kustomer` are.";
            kind.fail(report, Code::Reserved, message);
            return None;
        }
    };
    object.finish(report);
    relay
}

#[derive(Clone, Copy)]
enum Desk {
    LiveAgent,
    Kustomer,
}

fn when_nobody(
    report: &mut Report,
    node: &Node<'_>,
    own_id: Option<&FlowId>,
) -> Option<WhenNobody> {
    if node.if_text().is_some() {
        return node.one_of(report, &[("leave_message", WhenNobody::LeaveMessage)]);
    }
    let mut object = node.object(report)?;
    let next = object.take("next_flow");
    let closed = object.take("closed");
    let read = match (next, closed) {
        (Some(next), None) => {
            let flow = id(report, &next);
            if flow.is_some() && flow.as_ref() == own_id {
                let message = "A flow cannot be its own next flow.";
                next.fail(report, Code::NextIsSelf, message);
            }
            flow.map(WhenNobody::NextFlow)
        }
        (None, Some(closed)) => closed.text(report, MAX_CLOSED_CHARS).map(WhenNobody::Closed),
        _ => {
            let message = "One of these is expected: {\"next_flow\": id}, {\"closed\": text}, \"leave_message\".";
            object.fail(report, Code::UnknownValue, message);
            None
        }
    };
    object.finish(report);
    read
}
