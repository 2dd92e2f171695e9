//! Settings of a relay to Salesforce Live Agent.

use super::{
    prechat::{self, PrechatMapping},
    salesforce_id::{SalesforceId, SalesforceIdError, SalesforceIdKind},
};
use crate::registry::{
    desk_host::{self, DeskHost, HostError},
    problem::Code,
    read::{self, MAX_ID_CHARS, Object, Report},
    stored::Environment,
};

/// The four values that an admin takes from Salesforce Setup, checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LiveAgentFlow {
    /// The chat button: which agents are asked.
    pub button_id: SalesforceId,
    /// The deployment: time-outs and branding.
    pub deployment_id: SalesforceId,
    /// The organisation.
    pub organization_id: SalesforceId,
    /// Where its API is.
    pub host: DeskHost,
    /// What the agent is told before the chat; `None`: the page, as a detail of that name.
    pub prechat: Option<PrechatMapping>,
}

impl LiveAgentFlow {
    /// Scheme and host, without a path or a slash at the end: `https://d.la1-c2-frf.salesforceliveagent.com`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.host.base_url()
    }
}

/// Reads the members of `relay`.
pub fn read(
    report: &mut Report,
    object: &mut Object<'_>,
    environment: Environment,
) -> Option<LiveAgentFlow> {
    let button_id = id(report, object, "button_id", SalesforceIdKind::Button);
    let deployment_id = id(report, object, "deployment_id", SalesforceIdKind::Deployment);
    let organization_id = id(report, object, "organization_id", SalesforceIdKind::Organization);
    let host = host(report, object, environment);
    let prechat = object.take("prechat").and_then(|it| prechat::read(report, &it));
    Some(LiveAgentFlow {
        button_id: button_id?,
        deployment_id: deployment_id?,
        organization_id: organization_id?,
        host: host?,
        prechat,
    })
}

fn id(
    report: &mut Report,
    object: &mut Object<'_>,
    name: &'static str,
    kind: SalesforceIdKind,
) -> Option<SalesforceId> {
    let node = object.need(report, name)?;
    let text = node.raw_text(report, MAX_ID_CHARS)?;
    match SalesforceId::parse(text, kind) {
        Ok(id) => Some(id),
        Err(error) => {
            let code = match error {
                SalesforceIdError::Empty => Code::Empty,
                SalesforceIdError::Length { .. } | SalesforceIdError::Character { .. } => {
                    Code::SalesforceIdForm
                }
                SalesforceIdError::OtherKind { .. } | SalesforceIdError::UnknownKind => {
                    Code::SalesforceIdKind
                }
                SalesforceIdError::Checksum => Code::SalesforceIdChecksum,
            };
            let message = format!(
                "{} {} starts with {}. {}",
                read::sentence(&error),
                kind.title(),
                kind.prefix(),
                kind.place()
            );
            node.fail(report, code, message);
            None
        }
    }
}

fn host(
    report: &mut Report,
    object: &mut Object<'_>,
    environment: Environment,
) -> Option<DeskHost> {
    let node = object.need(report, "api_hostname")?;
    let text = node.raw_text(report, desk_host::MAX_BYTES)?;
    match DeskHost::live_agent(text, environment) {
        Ok(host) => {
            if host.serves_scripts() {
                let message = "Hosts that start with `c.` serve Live Agent's scripts; its API's start \
                               with `d.`. Salesforce shows it under Setup, Chat Settings, Chat API Endpoint.";
                node.warn(report, Code::HostDoubtful, message);
            }
            Some(host)
        }
        Err(error) => {
            let code = match error {
                HostError::Form | HostError::Scheme => Code::HostForm,
                HostError::NotAllowed | HostError::NotKustomer | HostError::Loopback => {
                    Code::HostNotAllowed
                }
            };
            node.fail(report, code, read::sentence(&error));
            None
        }
    }
}
