//! JSON of the admin API, and of the rows that the registry's object keeps.
//!
//! Bodies of requests refuse members that they do not know: a misspelt `expires_in_days` must not make a token for ever.

use std::collections::BTreeMap;

use parlor_shared::{Customer, Timestamp, id::ConversationId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    registry::{Problems, ledger::Entry},
    relay::{Finding, Mark},
};

/// Body of `POST /v1/admin/tokens`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MintToken {
    /// For people, and for the audit log.
    pub name: String,
    /// `read_only`, `support` or `admin`.
    pub role: String,
    /// For ever, if absent.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

/// Body of `POST /v1/admin/conversations/{id}/messages`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// What to say.
    pub text: String,
}

/// Body of `POST /v1/admin/conversations`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Through which resource, if a conversation has to be begun.
    pub resource: String,
    /// Whom.
    pub customer: CustomerGiven,
    /// What to say.
    pub text: String,
    /// The customer's language, if a conversation has to be begun.
    #[serde(default)]
    pub language: Option<String>,
}

/// A customer, by the word of the site's server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerGiven {
    /// The site's own name for the customer.
    pub identifier: String,
    /// The customer's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The customer's e-mail address.
    #[serde(default)]
    pub email: Option<String>,
}

/// Answer to [`Reach`].
#[derive(Debug, Serialize)]
pub struct ReachAnswer {
    /// Where it was said.
    pub conversation: String,
    /// It was begun for this.
    pub created: bool,
    /// False: it had been said before.
    pub done: bool,
    /// Sequence number of the message.
    pub seq: Option<u64>,
}

/// Body of `POST /v1/admin/conversations/{id}/move`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveTo {
    /// The flow that answers from now on.
    pub flow: String,
    /// What the visitor is told with it.
    #[serde(default)]
    pub text: Option<String>,
}

/// Answer to an order.
#[derive(Debug, Serialize)]
pub struct OrderAnswer {
    /// False: it had been done before.
    pub done: bool,
    /// Sequence number of the message, if there is one.
    pub seq: Option<u64>,
}

/// Answer to `GET /v1/admin/conversations/{id}/transcript`.
#[derive(Debug, Deserialize, Serialize)]
pub struct Transcript {
    /// The conversation.
    pub conversation: String,
    /// Through which resource.
    pub resource: String,
    /// Of which hub.
    pub hub: String,
    /// The flow that answers.
    pub flow: String,
    /// The visitor's number.
    pub visitor: String,
    /// What the desk calls the visitor.
    pub visitor_name: String,
    /// The visitor's language.
    pub language: Option<String>,
    /// The site's page.
    pub page: Option<String>,
    /// Who the visitor is, where the site's server said so.
    pub customer: Option<CustomerView>,
    /// What the visitor answered to the form.
    pub form: BTreeMap<String, String>,
    /// What the site said of the visitor.
    pub attributes: BTreeMap<String, String>,
    /// Whether it is over.
    pub ended: bool,
    /// When it was begun.
    pub began_at: Timestamp,
    /// When it will be erased; before its end, when it will be ended for want of a word.
    pub kept_until: Timestamp,
    /// What the visitor answered to the form, and what the site said, as far as the desk was to be told: label and value.
    pub facts: Vec<(String, String)>,
    /// The log: the events of docs/PROTOCOL.md.
    pub events: Vec<parlor_shared::wire::Event>,
}

/// One of a customer's conversations.
#[derive(Debug, Serialize)]
pub struct FoundView {
    /// Its id.
    pub conversation: String,
}

/// A conversation in which a message waits for somebody.
#[derive(Debug, Deserialize, Serialize)]
pub struct LeftView {
    /// Its id.
    pub conversation: String,
    /// The flow whose desk will get it.
    pub flow: String,
    /// The identifier of the customer, where somebody vouched for it.
    pub customer: Option<String>,
    /// When the first of its messages was left.
    pub since: Timestamp,
    /// How many there are.
    pub messages: usize,
}

/// Answer to `GET /v1/admin/hubs/{id}/left-messages`.
#[derive(Debug, Serialize)]
pub struct LeftMessages {
    /// Newest first.
    pub items: Vec<LeftView>,
    /// `before` of the page that follows; null: there is none.
    pub next: Option<u64>,
}

/// Somebody whom the site's server vouches for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CustomerView {
    /// The site's own name for the customer.
    pub identifier: String,
    /// The customer's name.
    pub name: Option<String>,
    /// The customer's e-mail address.
    pub email: Option<String>,
}

impl From<Customer> for CustomerView {
    fn from(Customer { identifier, name, email }: Customer) -> Self {
        Self { identifier, name, email }
    }
}

impl From<CustomerView> for Customer {
    fn from(CustomerView { identifier, name, email }: CustomerView) -> Self {
        Self { identifier, name, email }
    }
}

impl Transcript {
    /// The identifier of the customer, where somebody vouched for it.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        self.customer.as_ref().map(|it| it.identifier.as_str())
    }
}

/// Answer to `GET /v1/admin/hubs/{hub}/customers/{identifier}` and to the same of a conversation's visitor.
#[derive(Debug, Serialize)]
pub struct PersonExport {
    /// At which hub.
    pub hub: String,
    /// The identifier, where somebody vouched for it.
    pub customer: Option<String>,
    /// The numbers of the browsers.
    pub visitors: Vec<String>,
    /// All that is kept.
    pub conversations: Vec<Transcript>,
    /// There is more than one answer holds; erased, or looked at one by one, the rest can be had too.
    pub more: bool,
}

/// Answer to an erasure.
#[derive(Debug, Default, Serialize)]
pub struct Erasing {
    /// Nothing is left. Else the same request goes on.
    pub done: bool,
    /// Conversations that are gone.
    pub erased: Vec<ConversationId>,
    /// Conversations whose desk is being told; they go by themselves, within half a minute.
    pub ending: Vec<ConversationId>,
    /// Conversations that could not be reached.
    pub failed: Vec<ConversationId>,
    /// There are more than one request erases.
    pub more: bool,
}

/// One of the agents of a conversation.
#[derive(Debug, Serialize)]
pub struct AgentView {
    /// Same agent, same number.
    pub key: u32,
    /// The name that visitors see.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Whether the agent has come and not left.
    pub present: bool,
}

/// What a desk says of itself. What it does not say is null, never zero.
#[derive(Debug, Default, Serialize)]
pub struct FlowStats {
    /// Whether somebody is there.
    pub available: Option<bool>,
    /// How long a visitor waits, in seconds.
    pub estimated_wait_s: Option<u32>,
    /// How many agents are there.
    pub agents_online: Option<u32>,
    /// How many conversations wait for an agent.
    pub unassigned_conversations: Option<u32>,
    /// How many have one.
    pub assigned_conversations: Option<u32>,
}

/// Answer to a live check.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Whether chats can be had as far as could be found out.
    pub good: bool,
    /// What was found, in order.
    pub findings: Vec<FindingView>,
}

/// One thing that was found.
#[derive(Debug, Serialize)]
pub struct FindingView {
    /// `good`, `doubt` or `bad`.
    pub mark: &'static str,
    /// A sentence or two.
    pub text: String,
}

impl From<Vec<Finding>> for Checked {
    fn from(findings: Vec<Finding>) -> Self {
        Self {
            good: findings.iter().all(|it| it.mark != Mark::Bad),
            findings: findings
                .into_iter()
                .map(|it| FindingView { mark: it.mark.as_str(), text: it.text })
                .collect(),
        }
    }
}

/// Answer to `POST /v1/admin/routing-flows/{id}/webhook`.
#[derive(Debug, Serialize)]
pub struct WebhookAnswer<'a> {
    /// The address that is called.
    pub url: &'a str,
    /// The desk's id of the webhook.
    pub webhook: &'a str,
    /// `made`, `switched_on`, `changed` or `nothing`.
    pub done: &'static str,
    /// Whether it is on now, where the desk says so.
    pub enabled: Option<bool>,
    /// Whether the flow has another secret now.
    pub secret_changed: bool,
    /// How many other webhooks call the same address: they should go.
    pub others: usize,
}

/// A token, without its secret unless it was made just now.
#[derive(Debug, Serialize)]
pub struct TokenView<'a> {
    /// Names it in addresses.
    pub id: &'a str,
    /// For people.
    pub name: &'a str,
    /// What it may do.
    pub role: &'static str,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: &'a str,
    /// When it stops being good; null: never.
    pub expires_at: Option<Timestamp>,
    /// The token itself, in the one answer that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<&'a str>,
}

/// A list.
#[derive(Debug, Serialize)]
pub struct Items<T> {
    /// What is in it.
    pub items: Vec<T>,
}

/// A document in a list.
#[derive(Debug, Serialize)]
pub struct Listed<'a> {
    /// Its id.
    pub id: &'a str,
    /// For `If-Match`.
    pub revision: u64,
    /// When it was written last.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: &'a str,
    /// The document.
    pub document: Value,
}

/// Answer to a write.
#[derive(Debug, Serialize)]
pub struct WriteAnswer<'a> {
    /// The document's id.
    pub id: &'a str,
    /// For the next `If-Match`; also the answer's `ETag`.
    pub revision: u64,
    /// False: it was like this already.
    pub changed: bool,
    /// What is probably a mistake and does no harm.
    pub warnings: Vec<ProblemView>,
}

/// Answer to an import.
#[derive(Debug, Default, Serialize)]
pub struct ImportAnswer {
    /// Whether this was only asked, and nothing has changed.
    pub dry_run: bool,
    /// Keys of documents that are new.
    pub created: Vec<String>,
    /// Keys of documents that are other now.
    pub changed: Vec<String>,
    /// Keys of documents that went.
    pub removed: Vec<String>,
    /// What is probably a mistake and does no harm.
    pub warnings: Vec<ProblemView>,
}

/// Something that is wrong with a document.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ProblemView {
    /// Where, as a JSON path.
    pub path: String,
    /// What kind of problem; docs/CONFIGURATION.md lists them.
    pub code: String,
    /// For people.
    pub message: String,
}

/// A refusal, as RFC 9457 has it.
#[derive(Debug, Serialize)]
pub struct Refusal {
    /// One sentence for a developer.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable name.
    pub code: &'static str,
    /// The member of the request that was wrong, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// All that is wrong with the document, or all places that are in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemView>,
}

/// Every word that an entry of the audit log may have for what was done.
pub const AUDITED: [&str; 13] = [
    "created",
    "changed",
    "removed",
    "adopted",
    "token_created",
    "token_revoked",
    "close",
    "say",
    "move",
    "reach",
    "identify",
    "erased",
    "exported",
];

/// One line of the audit log: what is stored, and what is answered.
#[derive(Debug, Deserialize, Serialize)]
pub struct AuditEntry {
    /// Counts, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The token's name.
    pub who: String,
    /// `created`, `changed`, `removed`, `adopted`, `token_created`, `token_revoked`; `close`, `say`, `move`, `identify`, `reach`; `exported`, `erased`.
    pub what: String,
    /// The document's key, or `token:` or `conversation:` and the id. Of a customer only the hub: the log outlives them.
    pub key: String,
    /// What was there, without secrets.
    pub before: Option<Value>,
    /// What is there now, without secrets.
    pub after: Option<Value>,
}

/// A document as the object keeps it.
#[derive(Debug, Deserialize, Serialize)]
pub struct DocumentRow {
    /// See [`Entry`].
    pub revision: u64,
    /// The document.
    pub json: String,
    /// When it was written last.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: String,
}

/// A token as the object keeps it.
#[derive(Debug, Deserialize, Serialize)]
pub struct TokenRow {
    /// Finds it.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// SHA-256 of the token, hex.
    pub sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops being good.
    pub expires_at: Option<Timestamp>,
}

impl From<&Entry> for DocumentRow {
    fn from(entry: &Entry) -> Self {
        Self {
            revision: entry.revision,
            json: entry.json.clone(),
            changed_at: entry.changed,
            changed_by: entry.changed_by.clone(),
        }
    }
}

impl From<DocumentRow> for Entry {
    fn from(row: DocumentRow) -> Self {
        Self {
            revision: row.revision,
            json: row.json,
            changed: row.changed_at,
            changed_by: row.changed_by,
        }
    }
}

/// Problems as they are answered.
#[must_use]
pub fn problems(problems: &Problems) -> Vec<ProblemView> {
    let view = |it: &crate::registry::Problem| ProblemView {
        path: it.path.clone(),
        code: it.code.as_str().to_owned(),
        message: it.message.clone(),
    };
    problems.iter().map(view).collect()
}

/// A body, or a row, as text.
#[must_use]
pub fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("these have string keys and finite numbers only")
}

/// A file of all documents, with a line for each member: made to be compared.
#[must_use]
pub fn file(documents: &Map<String, Value>) -> String {
    let mut text = serde_json::to_string_pretty(documents)
        .expect("documents have string keys and finite numbers only");
    text.push('\n');
    text
}
