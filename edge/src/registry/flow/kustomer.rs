//! Settings of a relay to Kustomer.

use parlor_shared::id::ResourceId;

use crate::registry::{
    account,
    id::{AccountId, DocumentId, FlowId},
    problem::Code,
    read::{MAX_ID_CHARS, MAX_VALUE_CHARS, Node, Object, Report},
    resource,
    sealed::{self, Sealed},
};

/// What an admin takes from Kustomer and decides, checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KustomerFlow {
    /// Whose API key is used.
    pub account: AccountId,
    /// The Kustomer resource that the webhook's address names.
    pub resource: ResourceId,
    /// The secret of the webhook. None before there is a webhook: then nothing comes in.
    pub webhook_secret: Option<Sealed>,
    /// The one before, while it is changed.
    pub webhook_secret_previous: Option<Sealed>,
    /// A header that Kustomer was told to add to each delivery.
    pub webhook_header: Option<WebhookHeader>,
    /// By the server-side chat API instead of the core resources.
    pub chat: bool,
    /// Make the desk's conversation when the visitor opens the chat, not with her first message.
    pub eager: bool,
    /// A conversation that is marked as done stays open for the visitor.
    pub reopen: bool,
    /// Whom new conversations are assigned to.
    pub team: Option<String>,
    /// Where new conversations are queued.
    pub queue: Option<String>,
}

/// A header with a sealed value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebhookHeader {
    /// Its name, in lower case.
    pub name: String,
    /// Its value.
    pub value: Sealed,
}

/// Members that hold a secret, as [`sealed::place`] names them.
pub const SECRETS: [&str; 3] = [SECRET, PREVIOUS, HEADER_VALUE];
const SECRET: &str = "relay.webhook_secret_key";
const PREVIOUS: &str = "relay.webhook_secret_key_previous";
const HEADER_VALUE: &str = "relay.webhook_header.value";

impl KustomerFlow {
    /// Its webhook's secrets with the places that they are sealed for: the current one first.
    pub fn secrets(&self, flow: &FlowId) -> impl Iterator<Item = (String, &Sealed)> {
        let place = |member| sealed::place(&flow.key(), member);
        let previous = self.webhook_secret_previous.iter().map(move |it| (place(PREVIOUS), it));
        self.webhook_secret.iter().map(move |it| (place(SECRET), it)).chain(previous)
    }

    /// Where the value of the header is sealed for.
    #[must_use]
    pub fn header_place(flow: &FlowId) -> String {
        sealed::place(&flow.key(), HEADER_VALUE)
    }
}

/// Reads the members of `relay`.
pub fn read(report: &mut Report, object: &mut Object<'_>) -> Option<KustomerFlow> {
    let account = object.need(report, "datasource_id").and_then(|it| account::id(report, &it));
    let resource = object.need(report, "resource_id").and_then(|it| resource::id(report, &it));
    let secret = optional(object.take("webhook_secret_key"), |it| account::sealed(report, &it));
    if secret == Some(None) {
        let message = "Without the webhook's secret no answer of an agent's comes back.";
        object.warn(report, "webhook_secret_key", Code::SecretNone, message);
    }
    let previous =
        optional(object.take("webhook_secret_key_previous"), |it| account::sealed(report, &it));
    let header = optional(object.take("webhook_header"), |it| header(report, &it));
    let chat =
        optional(object.take("mode"), |it| it.one_of(report, &[("core", false), ("chat", true)]));
    let eager = optional(object.take("opening"), |it| {
        it.one_of(report, &[("lazy", false), ("eager", true)])
    });
    let reopen = optional(object.take("reopen"), |it| it.flag(report));
    let team = optional(object.take("team_id"), |it| account::kustomer_id(report, &it));
    let queue = optional(object.take("queue_id"), |it| account::kustomer_id(report, &it));
    Some(KustomerFlow {
        account: account?,
        resource: resource?,
        webhook_secret: secret?,
        webhook_secret_previous: previous?,
        webhook_header: header?,
        chat: chat?.unwrap_or(false),
        eager: eager?.unwrap_or(false),
        reopen: reopen?.unwrap_or(false),
        team: team?,
        queue: queue?,
    })
}

/// A member that may be absent: `None` only where it is there and wrong.
fn optional<'a, T>(
    node: Option<Node<'a>>,
    read: impl FnOnce(Node<'a>) -> Option<T>,
) -> Option<Option<T>> {
    match node {
        Some(node) => read(node).map(Some),
        None => Some(None),
    }
}

fn header(report: &mut Report, node: &Node<'_>) -> Option<WebhookHeader> {
    let mut object = node.object(report)?;
    let name = object.need(report, "name").and_then(|node| {
        let text = node.raw_text(report, MAX_ID_CHARS.min(MAX_VALUE_CHARS))?;
        let well_formed = !text.is_empty()
            && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
        if !well_formed {
            node.fail(
                report,
                Code::HeaderForm,
                "A header's name has letters, digits and `-` only.",
            );
        }
        well_formed.then(|| text.to_ascii_lowercase())
    });
    let value = object.need(report, "value").and_then(|node| account::sealed(report, &node));
    object.finish(report);
    Some(WebhookHeader { name: name?, value: value? })
}
