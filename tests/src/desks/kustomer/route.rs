//! The addresses: which call a method and a path are, and which roles it takes, any one of them.

use crate::desks::http::{Request, decode};

/// One call of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    FindCustomer,
    GetCustomer,
    CreateCustomer,
    UpdateCustomer,
    ReplaceCustomer,
    SearchCustomers,
    ListConversations,
    CreateConversation,
    CreateConversationOf,
    FindConversation,
    GetConversations,
    UpdateConversation,
    ReplaceConversation,
    DeleteConversation,
    AddTags,
    RemoveTags,
    ListMessages,
    ListNotes,
    CreateNote,
    ListAttachments,
    CreateMessage,
    CreateMessageIn,
    CreateMessageOf,
    FindMessage,
    GetMessage,
    UpdateMessage,
    RedactMessage,
    GetAttachment,
    CreateDraft,
    CreateAttachment,
    CurrentUser,
    GetUsers,
    ListUsers,
    CurrentOrg,
    CurrentToken,
    ListTeams,
    ListQueues,
    QueueMetrics,
    CreateWorkItem,
    ListWorkItems,
    ListWebhooks,
    WebhookEvents,
    CreateWebhook,
    GetWebhook,
    UpdateWebhook,
    DeleteWebhook,
    GetSatisfaction,
    OpenSession,
    ListSessions,
    ListChatMessages,
    ChatMessage,
    OutboundChatMessage,
    OutboundTyping,
    Handoff,
    RateSatisfaction,
}

/// A line of the table.
#[derive(Debug)]
pub(super) struct Route {
    pub op: Op,
    method: &'static str,
    /// Segments: `{}` is a value, `name={}` a value behind a literal name, all else literal.
    pattern: &'static str,
    /// How faults and the trace call it.
    pub name: &'static str,
    pub group: &'static str,
    pub roles: &'static [&'static str],
}

/// A call that the table knows.
#[derive(Debug)]
pub(super) struct Found {
    pub route: &'static Route,
    /// What stood for each `{}`, decoded; for `name={}` the name comes first.
    pub values: Vec<String>,
}

impl Found {
    pub fn value(&self, place: usize) -> &str {
        self.values.get(place).map_or("", String::as_str)
    }
}

/// Section 3.1: `name=value` is one segment, and only the value is percent-encoded.
pub(super) fn find(request: &Request) -> Option<Found> {
    TABLE.iter().find_map(|route| {
        let values = matching(route.pattern, request.path())?;
        (route.method == request.method).then_some(Found { route, values })
    })
}

fn matching(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut values = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) => match wanted.split_once("{}") {
                None if wanted == given => {}
                Some(("", _)) if !given.is_empty() => values.push(decode(given, false)),
                Some((name, _)) if !name.is_empty() => {
                    let value = given.strip_prefix(name).filter(|value| !value.is_empty())?;
                    values.push(name.trim_end_matches('=').to_owned());
                    values.push(decode(value, false));
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}

const fn route(
    op: Op,
    method: &'static str,
    pattern: &'static str,
    group: &'static str,
    name: &'static str,
    roles: &'static [&'static str],
) -> Route {
    Route { op, method, pattern, name, group, roles }
}

// Section 1.3, with the legacy names beside them.
const CUSTOMER_READ: &[&str] = &["org.permission.customer.read", "org.user.customer.read"];
const CUSTOMER_CREATE: &[&str] = &["org.permission.customer.create", "org.user.customer.write"];
const CUSTOMER_UPDATE: &[&str] = &["org.permission.customer.update", "org.user.customer.write"];
const TALK_READ: &[&str] = &["org.permission.conversation.read", "org.user.conversation.read"];
const TALK_CREATE: &[&str] = &["org.permission.conversation.create", "org.user.conversation.write"];
const TALK_UPDATE: &[&str] = &["org.permission.conversation.update", "org.user.conversation.write"];
const TALK_DELETE: &[&str] = &["org.admin"];
const MESSAGE_READ: &[&str] = &["org.permission.message.read", "org.user.message.read"];
const MESSAGE_CREATE: &[&str] = &["org.permission.message.create", "org.user.message.write"];
const MESSAGE_UPDATE: &[&str] = &["org.permission.message.update", "org.user.message.write"];
const NOTE_READ: &[&str] = &["org.permission.note.read"];
const NOTE_CREATE: &[&str] = &["org.permission.note.create"];
const DRAFT_CREATE: &[&str] = &["org.permission.draft.create"];
const FILE_CREATE: &[&str] = &["org.permission.message.create", "org.permission.note.create"];
const USER_READ: &[&str] = &["org.permission.user.read", "org.user.read"];
const SELF_READ: &[&str] = &["org.permission.user.read", "org.admin.user.read"];
const ROUTING_READ: &[&str] =
    &["org.permission.routing.read", "org.permission.queue.read", "org.user.routing.read"];
const ROUTING_CREATE: &[&str] = &["org.permission.routing.create", "org.user.routing.write"];
const HOOK_READ: &[&str] = &[
    "org.permission.outbound_webhook.read",
    "org.outbound_webhooks",
    "org.admin.outbound_webhooks",
];
const HOOK_CREATE: &[&str] = &[
    "org.permission.outbound_webhook.create",
    "org.outbound_webhooks",
    "org.admin.outbound_webhooks",
];
const HOOK_UPDATE: &[&str] = &[
    "org.permission.outbound_webhook.update",
    "org.outbound_webhooks",
    "org.admin.outbound_webhooks",
];
const HOOK_DELETE: &[&str] = &[
    "org.permission.outbound_webhook.delete",
    "org.outbound_webhooks",
    "org.admin.outbound_webhooks",
];
const HANDOFF: &[&str] = &["org.permission.conversation.create"];
/// Any valid key: section 1.2.
const ANYBODY: &[&str] = &[];

use Op::*;

/// Sections 3 to 8; the first line that matches counts. Team listing asks for the user role by inference.
#[rustfmt::skip]
static TABLE: &[Route] = &[
    route(FindCustomer, "GET", "/v1/customers/externalId={}", "customers", "find_customer", CUSTOMER_READ),
    route(FindCustomer, "GET", "/v1/customers/email={}", "customers", "find_customer", CUSTOMER_READ),
    route(FindCustomer, "GET", "/v1/customers/phone={}", "customers", "find_customer", CUSTOMER_READ),
    route(SearchCustomers, "POST", "/v1/customers/search", "customers", "search_customers", CUSTOMER_READ),
    route(GetCustomer, "GET", "/v1/customers/{}", "customers", "get_customer", CUSTOMER_READ),
    route(CreateCustomer, "POST", "/v1/customers", "customers", "create_customer", CUSTOMER_CREATE),
    route(UpdateCustomer, "PATCH", "/v1/customers/{}", "customers", "update_customer", CUSTOMER_UPDATE),
    route(ReplaceCustomer, "PUT", "/v1/customers/{}", "customers", "update_customer", CUSTOMER_UPDATE),
    route(ListConversations, "GET", "/v1/customers/{}/conversations", "conversations", "list_conversations", TALK_READ),
    route(CreateConversationOf, "POST", "/v1/customers/{}/conversations", "conversations", "create_conversation", TALK_CREATE),
    route(CreateMessageOf, "POST", "/v1/customers/{}/messages", "messages", "create_message", MESSAGE_CREATE),
    route(CreateDraft, "POST", "/v1/customers/{}/drafts", "drafts", "create_draft", DRAFT_CREATE),
    route(CreateConversation, "POST", "/v1/conversations", "conversations", "create_conversation", TALK_CREATE),
    route(FindConversation, "GET", "/v1/conversations/externalId={}", "conversations", "find_conversation", TALK_READ),
    route(GetConversations, "GET", "/v1/conversations/{}", "conversations", "get_conversation", TALK_READ),
    route(UpdateConversation, "PATCH", "/v1/conversations/{}", "conversations", "update_conversation", TALK_UPDATE),
    route(ReplaceConversation, "PUT", "/v1/conversations/{}", "conversations", "update_conversation", TALK_UPDATE),
    route(DeleteConversation, "DELETE", "/v1/conversations/{}", "conversations", "delete_conversation", TALK_DELETE),
    route(AddTags, "POST", "/v1/conversations/{}/tags", "conversations", "add_tags", TALK_UPDATE),
    route(RemoveTags, "DELETE", "/v1/conversations/{}/tags", "conversations", "remove_tags", TALK_UPDATE),
    route(ListMessages, "GET", "/v1/conversations/{}/messages", "messages", "list_messages", MESSAGE_READ),
    route(CreateMessageIn, "POST", "/v1/conversations/{}/messages", "messages", "create_message", MESSAGE_CREATE),
    route(ListNotes, "GET", "/v1/conversations/{}/notes", "notes", "list_notes", NOTE_READ),
    route(CreateNote, "POST", "/v1/conversations/{}/notes", "notes", "create_note", NOTE_CREATE),
    route(ListAttachments, "GET", "/v1/conversations/{}/attachments", "attachments", "list_attachments", MESSAGE_READ),
    route(CreateMessage, "POST", "/v1/messages", "messages", "create_message", MESSAGE_CREATE),
    route(FindMessage, "GET", "/v1/messages/externalid={}", "messages", "find_message", MESSAGE_READ),
    route(GetMessage, "GET", "/v1/messages/{}", "messages", "get_message", MESSAGE_READ),
    route(UpdateMessage, "PATCH", "/v1/messages/{}", "messages", "update_message", MESSAGE_UPDATE),
    route(UpdateMessage, "PUT", "/v1/messages/{}", "messages", "update_message", MESSAGE_UPDATE),
    route(RedactMessage, "POST", "/v1/messages/{}/redactions", "messages", "redact_message", MESSAGE_UPDATE),
    route(GetAttachment, "GET", "/v1/messages/{}/attachments/{}", "attachments", "get_attachment", MESSAGE_READ),
    route(CreateAttachment, "POST", "/v1/attachments", "attachments", "create_attachment", FILE_CREATE),
    route(CurrentUser, "GET", "/v1/users/current", "users", "current_user", SELF_READ),
    route(GetUsers, "GET", "/v1/users/{}", "users", "get_user", USER_READ),
    route(ListUsers, "GET", "/v1/users", "users", "list_users", USER_READ),
    route(CurrentOrg, "GET", "/v1/orgs/current", "account", "current_org", ANYBODY),
    route(CurrentToken, "GET", "/v1/auth/tokens/current", "account", "current_token", ANYBODY),
    route(ListTeams, "GET", "/v1/teams", "users", "list_teams", USER_READ),
    route(ListQueues, "GET", "/v1/routing/queues", "routing", "list_queues", ROUTING_READ),
    route(QueueMetrics, "GET", "/v1/chat/queues/metrics/{}", "routing", "queue_metrics", ROUTING_READ),
    route(CreateWorkItem, "POST", "/v1/routing/work-items", "routing", "create_work_item", ROUTING_CREATE),
    route(ListWorkItems, "GET", "/v1/routing/conversations/{}/work-items", "routing", "list_work_items", ROUTING_READ),
    route(WebhookEvents, "GET", "/v1/outbound-webhooks/events", "webhooks", "webhook_events", HOOK_READ),
    route(ListWebhooks, "GET", "/v1/outbound-webhooks", "webhooks", "list_webhooks", HOOK_READ),
    route(CreateWebhook, "POST", "/v1/outbound-webhooks", "webhooks", "create_webhook", HOOK_CREATE),
    route(GetWebhook, "GET", "/v1/outbound-webhooks/{}", "webhooks", "get_webhook", HOOK_READ),
    route(UpdateWebhook, "PUT", "/v1/outbound-webhooks/{}", "webhooks", "update_webhook", HOOK_UPDATE),
    route(DeleteWebhook, "DELETE", "/v1/outbound-webhooks/{}", "webhooks", "delete_webhook", HOOK_DELETE),
    route(GetSatisfaction, "GET", "/v1/satisfaction-responses/{}", "satisfaction", "get_satisfaction", TALK_READ),
    route(OpenSession, "POST", "/v2.1/chat/sessions", "chat", "open_session", TALK_CREATE),
    route(ListSessions, "GET", "/v2.1/chat/sessions", "chat", "list_sessions", TALK_READ),
    route(ListChatMessages, "GET", "/v2.1/chat/sessions/{}/messages", "chat", "list_chat_messages", MESSAGE_READ),
    route(ChatMessage, "POST", "/v2.1/chat/messages", "chat", "chat_message", MESSAGE_CREATE),
    route(OutboundChatMessage, "POST", "/v2.1/chat/outbound/messages", "chat", "outbound_chat_message", MESSAGE_CREATE),
    route(OutboundTyping, "POST", "/v2.1/chat/outbound/typing", "chat", "outbound_typing", MESSAGE_CREATE),
    route(Handoff, "POST", "/v2.1/chat/handoff", "chat", "handoff", HANDOFF),
    route(RateSatisfaction, "PUT", "/v2.1/chat/satisfaction-responses/{}", "chat", "rate_satisfaction", MESSAGE_CREATE),
];

/// Whether faults and the trace know this name.
pub(super) fn is_name(name: &str) -> bool {
    name == "*"
        || matches!(name, "upload" | "download")
        || TABLE.iter().any(|route| route.name == name || route.group == name)
}

#[cfg(test)]
mod tests {
    use super::{Op, find};
    use crate::desks::http::Request;

    #[test]
    fn a_value_behind_a_name_is_decoded_and_the_sign_stays_literal() {
        let found = find(&Request::get("/v1/customers/email=jane%40example.com")).expect("known");
        assert_eq!(found.route.op, Op::FindCustomer);
        assert_eq!(found.values, ["email", "jane@example.com"]);
        let encoded = find(&Request::get("/v1/customers/email%3Djane")).expect("an id");
        assert_eq!(encoded.route.op, Op::GetCustomer);
        let lower = find(&Request::get("/v1/messages/externalid=a%2Fb?x=1")).expect("known");
        assert_eq!(lower.values, ["externalid", "a/b"]);
        assert_eq!(
            find(&Request::get("/v1/messages/externalId=a")).map(|it| it.route.op),
            Some(Op::GetMessage)
        );
        assert!(find(&Request::get("/v1/nothing")).is_none());
        assert!(find(&Request::get("/v1/customers/")).is_none());
    }
}
