//! Kustomer's JSON, read leniently: members may be absent, null or of another type, and relationships may hold only
//! links, only data, or neither. What is written is written in `requests`.

use parlor_shared::Timestamp;
use serde_json::Value;

use super::{
    APP, MESSAGE_PREFIX, date,
    snapshot::{Said, Standing},
};
use crate::relay::ReplyError;

/// A resource in an answer or event: `{"type", "id", "attributes", "relationships"}`.
#[derive(Clone, Copy)]
pub struct Resource<'a>(&'a Value);

/// The JSON of an answer.
pub fn json(call: &'static str, body: &[u8]) -> Result<Value, ReplyError> {
    serde_json::from_slice(body).map_err(|_| ReplyError::NotJson { call })
}

/// The one resource of an answer, which must have an id.
pub fn single<'a>(call: &'static str, json: &'a Value) -> Result<Resource<'a>, ReplyError> {
    let resource = json.get("data").map(Resource);
    resource.filter(|it| it.id().is_some()).ok_or(ReplyError::Missing { call, field: "data.id" })
}

/// The resources of a list; those without an id are passed over.
pub fn list<'a>(call: &'static str, json: &'a Value) -> Result<Vec<Resource<'a>>, ReplyError> {
    let items = json.get("data").and_then(Value::as_array);
    let items = items.ok_or(ReplyError::Missing { call, field: "data" })?;
    Ok(items.iter().map(Resource).filter(|it| it.id().is_some()).collect())
}

/// Whether the list goes on.
pub fn has_next(json: &Value) -> bool {
    json.pointer("/links/next").is_some_and(|next| next.is_string())
}

impl<'a> Resource<'a> {
    /// From an event's `data`.
    pub fn of_event(event: &'a Value) -> Option<Self> {
        event.get("data").map(Resource).filter(|it| it.id().is_some())
    }

    pub fn id(self) -> Option<&'a str> {
        filled(self.0.get("id")).filter(|id| is_id(id))
    }

    pub fn attribute(self, name: &str) -> Option<&'a Value> {
        self.0.get("attributes")?.get(name).filter(|value| !value.is_null())
    }

    pub fn text(self, name: &str) -> Option<&'a str> {
        filled(self.attribute(name))
    }

    pub fn flag(self, name: &str) -> bool {
        self.attribute(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn date(self, name: &str) -> Option<Timestamp> {
        self.text(name).and_then(date::read)
    }

    /// Id of a related resource. Its type is never looked at: the vendor's own samples differ in it.
    pub fn related(self, name: &str) -> Option<&'a str> {
        let id = self.0.get("relationships")?.get(name)?.get("data")?.get("id");
        filled(id).filter(|id| is_id(id))
    }

    fn related_count(self, name: &str) -> usize {
        self.0
            .pointer(&format!("/relationships/{name}/data"))
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    }

    /// Whether we made this message.
    pub fn is_ours(self, machine_user: Option<&str>) -> bool {
        self.text("app") == Some(APP)
            || self.text("externalId").is_some_and(|id| id.starts_with(MESSAGE_PREFIX))
            || machine_user.is_some() && self.related("createdBy") == machine_user
    }

    /// A message for the visitor, or nothing if it is none: of the wrong direction, failed, withdrawn or empty.
    pub fn said(self) -> Result<Said, NotSaid> {
        if self.text("direction") != Some("out") {
            return Err(NotSaid::Inbound);
        }
        if self.flag("redacted") {
            return Err(NotSaid::Redacted);
        }
        if self.text("status") == Some("error") {
            return Err(NotSaid::Failed);
        }
        let text = self.body();
        let files = self.related_count("attachments");
        if text.trim().is_empty() && files == 0 {
            return Err(NotSaid::Empty);
        }
        let preview_only = self.body_of_meta().is_none();
        let size = self.attribute("size").and_then(Value::as_u64).unwrap_or(0);
        // Bytes or characters? The vendor does not say: what is longer than both is shortened.
        let shortened = preview_only && size > text.len().max(text.chars().count()) as u64;
        Ok(Said {
            id: self.id().unwrap_or_default().to_owned(),
            author: self.related("createdBy").map(str::to_owned),
            text: bounded(text),
            auto: self.flag("auto"),
            files: u32::try_from(files).unwrap_or(u32::MAX),
            shortened,
        })
    }

    /// `meta.body` before `preview`: the first is whole where it is there.
    pub fn body(self) -> &'a str {
        self.body_of_meta().or_else(|| self.text("preview")).unwrap_or_default()
    }

    fn body_of_meta(self) -> Option<&'a str> {
        filled(self.attribute("meta")?.get("body"))
    }

    /// How a conversation stands.
    pub fn standing(self) -> Standing {
        let status = self.text("status");
        let ended = self.attribute("ended").and_then(Value::as_bool);
        let done = match (status, ended) {
            (_, Some(true)) | (Some("done"), _) => Some(true),
            (Some("open" | "snoozed"), _) => Some(false),
            _ => None,
        };
        let assigned = self.attribute("assignedUsers").and_then(Value::as_array);
        Standing {
            rev: self.attribute("rev").and_then(Value::as_u64),
            done,
            assigned: assigned.map(|users| {
                let ids = users.iter().take(MAX_ASSIGNED).filter_map(Value::as_str);
                ids.filter(|id| is_id(id)).map(str::to_owned).collect()
            }),
        }
    }
}

/// Why a message is not shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotSaid {
    /// The customer's, or ours.
    Inbound,
    /// Withdrawn.
    Redacted,
    /// The desk could not send it.
    Failed,
    /// Neither text nor a file.
    Empty,
}

/// Ids are 24 hexadecimal digits in every sample, and opaque. They stand in names of objects and in addresses; what
/// has another form is no id.
pub fn is_id(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len())
        && id.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
}

/// Longest id that is believed, in bytes.
const MAX_ID_BYTES: usize = 64;

/// A text that is there and not empty.
fn filled(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT_CHARS).collect()
}

/// Most users of one conversation. Source: the vendor's limit.
const MAX_ASSIGNED: usize = 10;

/// Longest agent's text that is taken, in characters: what one reads in a chat is shorter by far, and all of a
/// conversation's waiting events must fit a row.
const MAX_TEXT_CHARS: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(attributes: Value) -> Result<Said, NotSaid> {
        let data = json!({"id": "m", "attributes": attributes});
        Resource(&data).said()
    }

    #[test]
    fn the_whole_body_goes_before_the_preview() {
        let text = |attributes| said(attributes).map(|said| (said.text, said.shortened));
        assert_eq!(
            text(
                json!({"direction": "out", "preview": "He", "size": 5, "meta": {"body": "Hello"}})
            ),
            Ok(("Hello".to_owned(), false))
        );
        assert_eq!(
            text(json!({"direction": "out", "preview": "He", "size": 5, "meta": {"body": ""}})),
            Ok(("He".to_owned(), true))
        );
        assert_eq!(
            text(json!({"direction": "out", "preview": "Grüße", "size": 5, "meta": {"body": 7}})),
            Ok(("Grüße".to_owned(), false))
        );
        assert_eq!(
            text(json!({"direction": "out", "preview": "Grüße", "size": 7, "meta": null})),
            Ok(("Grüße".to_owned(), false))
        );
    }

    #[test]
    fn what_is_not_for_the_visitor_is_told_apart() {
        let why = |attributes| said(attributes).err();
        assert_eq!(why(json!({"direction": "in", "preview": "x"})), Some(NotSaid::Inbound));
        assert_eq!(why(json!({"preview": "x"})), Some(NotSaid::Inbound));
        assert_eq!(
            why(json!({"direction": "out", "preview": "x", "redacted": true})),
            Some(NotSaid::Redacted)
        );
        assert_eq!(
            why(json!({"direction": "out", "preview": "x", "status": "error"})),
            Some(NotSaid::Failed)
        );
        assert_eq!(why(json!({"direction": "out", "preview": " \n"})), Some(NotSaid::Empty));
        assert_eq!(why(json!({"direction": "out", "preview": "x", "redacted": "no"})), None);
    }

    #[test]
    fn a_conversation_may_say_little_of_itself() {
        let standing = |attributes: Value| {
            let data = json!({"id": "c", "attributes": attributes});
            Resource(&data).standing()
        };
        assert_eq!(standing(json!({})), Standing::default());
        assert_eq!(standing(json!({"status": "done", "ended": false})).done, Some(true));
        assert_eq!(standing(json!({"status": "open", "ended": true})).done, Some(true));
        assert_eq!(standing(json!({"status": "snoozed"})).done, Some(false));
        assert_eq!(standing(json!({"status": 7, "rev": "x"})), Standing::default());
        assert_eq!(standing(json!({"assignedUsers": []})).assigned, Some(vec![]));
        assert_eq!(
            standing(json!({"assignedUsers": ["u1", "u2"]})).assigned,
            Some(vec!["u1".to_owned(), "u2".to_owned()])
        );
    }
}
