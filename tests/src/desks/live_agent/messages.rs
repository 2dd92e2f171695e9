//! The JSON that the desk says.
//!
//! Source of all shapes: Chat REST API Developer Guide, "Response Bodies for Chat REST API" and "Chat REST API
//! Data Types", <https://developer.salesforce.com/docs/service/chat-rest/guide/live-agent-rest-data-types.html>.
//! Members that the guide does not print but running clients read are marked.

use serde_json::{Value, json};

/// Every type that the desk says of itself. docs/VENDORS.md has a row for each: a test sees to it.
pub const KINDS: &[&str] = &[
    "AgentDisconnect",
    "AgentJoinedConference",
    "AgentLeftConference",
    "AgentNotTyping",
    "AgentTyping",
    "AsyncResult",
    "Availability",
    "ChasitorSessionData",
    "ChatEnded",
    "ChatEstablished",
    "ChatMessage",
    "ChatRequestFail",
    "ChatRequestSuccess",
    "ChatResumedAfterTransfer",
    "ChatTransferred",
    "CustomEvent",
    "FileTransfer",
    "NewVisitorBreadcrumb",
    "QueueUpdate",
    "ReconnectSession",
    "ResyncSession",
    "RichMessage",
    "SensitiveDataRules",
    "Settings",
    "SwitchServer",
    "TransferToBotInitiated",
    "TransferToButtonInitiated",
    "TransferToQueueInitiated",
    "TransferToSbrSkillInitiated",
    "VisitorId",
];

/// The envelope around every message.
///
/// # Panics
/// If [`KINDS`] does not list the type: then no page would tell of it.
pub(super) fn message(kind: &str, message: Value) -> Value {
    assert!(KINDS.contains(&kind), "{kind} is not in the list of types");
    any_message(kind, message)
}

/// The same for a type that is nobody's.
pub(super) fn any_message(kind: &str, message: Value) -> Value {
    json!({ "type": kind, "message": message })
}

/// What an agent's arrival tells about the button.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// Seconds to the warning and to the end.
    pub idle: Option<(u64, u64)>,
    /// The spelling of the guide's tables instead of that of its examples.
    pub other_spelling: bool,
    /// One published client (Rocket.Chat's) lives without the member.
    pub no_idle: bool,
    pub sneak_peek: bool,
    /// A bot's footer menu. Source: Salesforce's own mobile client.
    pub footer: bool,
}

/// Who answers, as `ChatEstablished` and `ChatTransferred` say it.
pub(super) fn agent(kind: &str, name: &str, id: &str, terms: &Terms) -> Value {
    // `isEnabled` alone is what a button without an idle limit sends; the times are in seconds.
    let idle = match terms.idle {
        Some((warning_s, timeout_s)) => {
            json!({ "isEnabled": true, "warningTime": warning_s, "timeout": timeout_s })
        }
        None => json!({ "isEnabled": false }),
    };
    let mut body = json!({ "name": name, "userId": id, "sneakPeekEnabled": terms.sneak_peek });
    if let Some(body) = body.as_object_mut() {
        let spelling =
            if terms.other_spelling { "chasitorIdletimeout" } else { "chasitorIdleTimeout" };
        if !terms.no_idle {
            body.insert(spelling.to_owned(), idle);
        }
        if terms.footer {
            let item = |id: u32, text: &str| json!({ "id": id.to_string(), "text": text, "value": text, "dialogId": format!("dialog-{id}") });
            let items = json!([item(1, "Opening hours"), item(2, "Returns")]);
            body.insert("items".to_owned(), items);
        }
    }
    message(kind, body)
}

/// A message that holds one name. Source: Salesforce's own mobile client; the member's name is inferred.
pub(super) fn named(kind: &str, name: &str) -> Value {
    message(kind, json!({ "name": name }))
}

/// Where a file is to go, and what became of it. Seen in two published clients and Salesforce's own.
pub(super) fn file_transfer(kind: &str, place: Option<(&str, &str, &str)>) -> Value {
    let mut body = json!({ "type": kind });
    if let (Some((upload, token, origin)), Some(body)) = (place, body.as_object_mut()) {
        body.insert("uploadServletUrl".to_owned(), json!(upload));
        body.insert("fileToken".to_owned(), json!(token));
        body.insert("cdmServletUrl".to_owned(), json!(format!("{origin}/servlet/chat-file")));
    }
    message("FileTransfer", body)
}

/// An agent's text. `agentId` and `schedule` are not in the guide; published clients model them.
pub(super) fn chat_message(name: &str, id: &str, text: &str) -> Value {
    let schedule = json!({ "responseDelayMilliseconds": 0.0 });
    message(
        "ChatMessage",
        json!({ "name": name, "text": text, "agentId": id, "schedule": schedule }),
    )
}

/// `AgentTyping`, `AgentNotTyping`, `AgentDisconnect`: documented empty, in published clients with name and id.
pub(super) fn about_agent(kind: &str, name: &str, id: &str) -> Value {
    message(kind, json!({ "name": name, "agentId": id }))
}

/// The guide has `attachedRecords` as a text; running clients read a list.
pub(super) fn chat_ended(reason: &str, records: Option<&str>) -> Value {
    let record = "500000000000001";
    let body = match records {
        Some("list") => {
            let records = json!([{ "fieldName": "CaseId", "fieldValue": record }]);
            json!({ "reason": reason, "attachedRecords": records })
        }
        Some(_) => json!({ "reason": reason, "attachedRecords": format!("CaseId:{record}") }),
        None => json!({ "reason": reason }),
    };
    message("ChatEnded", body)
}

/// Without a reason the member is left out: Salesforce's own mobile client reads that as `Unknown`.
pub(super) fn chat_request_fail(reason: &str) -> Value {
    let body = match reason {
        "" => json!({ "postChatUrl": "" }),
        _ => json!({ "reason": reason, "postChatUrl": "" }),
    };
    message("ChatRequestFail", body)
}

/// Zero-based position; estimated wait in seconds from API version 47.
pub(super) fn queue_update(position: usize, wait_s: Option<i64>) -> Value {
    let mut body = json!({ "position": position });
    if let (Some(wait_s), Some(body)) = (wait_s, body.as_object_mut()) {
        body.insert("estimatedWaitTime".to_owned(), json!(wait_s));
    }
    message("QueueUpdate", body)
}

/// A rule that the client applies before it sends. Source: "Chat REST API Data Types", SensitiveDataRule.
pub(super) fn card_number_rule() -> Value {
    json!({
        "id": "0GO000000000001", "name": "Card numbers", "pattern": "\\b[0-9]{4}([ -]?[0-9]{4}){3}\\b",
        "replacement": "****", "actionType": "Replace",
    })
}

pub(super) fn reconnect(affinity: &str, with_reset_field: bool) -> Value {
    let mut body = json!({ "affinityToken": affinity });
    if let (true, Some(body)) = (with_reset_field, body.as_object_mut()) {
        body.insert("resetSequence".to_owned(), json!(true));
    }
    message("ReconnectSession", body)
}

/// Whether text has the shape of an id: its prefix, 15 characters, or 18 with the right check characters.
///
/// Source: "Request Bodies for Chat REST API" for the prefixes' fields; the last three characters of the long form
/// tell which of the first fifteen are capitals, five each.
pub(super) fn is_id(text: &str, prefix: &str) -> bool {
    if !text.starts_with(prefix) || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    match text.len() {
        15 => true,
        18 => long_id(text.get(..15).unwrap_or_default()) == text,
        _ => false,
    }
}

/// The 18-character form of a 15-character id.
pub fn long_id(short: &str) -> String {
    let checks = short.as_bytes().chunks(5).map(|chunk| {
        let bits = chunk
            .iter()
            .rev()
            .fold(0_u8, |bits, byte| (bits << 1) | u8::from(byte.is_ascii_uppercase()));
        char::from(match bits {
            0..=25 => b'A' + bits,
            _ => b'0' + (bits - 26),
        })
    });
    short.chars().chain(checks).collect()
}

/// Ids match where their first fifteen characters do.
pub(super) fn same_id(one: &str, other: &str) -> bool {
    one.get(..15).is_some_and(|short| other.get(..15) == Some(short))
}

#[cfg(test)]
mod tests {
    use super::{is_id, long_id, same_id};

    #[test]
    fn the_long_form_of_an_id_bears_its_capitals() {
        // 00D: only the D is a capital, third of the first five, so the first check is 'E' (binary 00100).
        assert_eq!(long_id("00D000000000001"), "00D000000000001EAA");
        // Every letter a capital: 26 + 5 = '5'.
        assert_eq!(long_id("ABCDEFGHIJKLMNO"), "ABCDEFGHIJKLMNO555");
    }

    #[test]
    fn an_id_needs_its_prefix_its_length_and_its_checks() {
        assert!(is_id("573000000000001", "573"));
        assert!(is_id("573000000000001AAA", "573"));
        for wrong in [
            "572000000000001",
            "57300000000000",
            "5730000000000011",
            "573000000000001AAB",
            "573-00000000001",
        ] {
            assert!(!is_id(wrong, "573"), "{wrong}");
        }
        assert!(same_id("573000000000001", "573000000000001AAA"));
        assert!(!same_id("573000000000001", "573000000000002"));
    }
}
