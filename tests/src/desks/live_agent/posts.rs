//! The visitor's POSTs, read: what each noun's body must hold, and what it asks for.

use serde_json::{Value, json};

use super::messages;
use super::resources::{bad, is_noun};
use super::session::{Session, State};
use super::wire::Reply;
use crate::desks::http::Response;

/// A POST of the visitor's, read and found well-formed.
pub(super) enum Deed {
    Init(Box<Init>),
    Say(String),
    BotLine(String),
    Typing(bool),
    End(String),
    Notice(String),
    Nothing,
}

pub(super) struct Init {
    pub organization: String,
    pub deployment: String,
    pub button: Option<String>,
    pub wants_queue: bool,
    pub is_post: bool,
    pub name: String,
    pub language: String,
    pub user_agent: String,
    pub details: Vec<(String, String)>,
}

/// Reads what a POST wants; nothing has happened if it fails.
pub(super) fn read_post(
    session: &Session,
    noun: &str,
    body: &[u8],
    early: bool,
) -> Result<Vec<Deed>, Reply> {
    let body = match body.is_empty() {
        true => json!({}),
        // Source: "Status Codes": 400, the body is not JSON, or a field is missing.
        false => serde_json::from_slice(body).map_err(|_| bad("body", "is not JSON"))?,
    };
    if noun != "MultiNoun" {
        return Ok(vec![read_deed(session, noun, &body, early)?]);
    }
    // Source: "Request Bodies", MultiNoun; its example names the member `object`, its table `data`.
    let nouns =
        body.get("nouns").and_then(Value::as_array).ok_or_else(|| bad("nouns", "is required"))?;
    nouns
        .iter()
        .map(|part| {
            let text = |name: &str| part.get(name).and_then(Value::as_str);
            let noun = text("noun").ok_or_else(|| bad("noun", "is required"))?;
            let object =
                part.get("object").or(part.get("data")).cloned().unwrap_or_else(|| json!({}));
            let object = match object {
                Value::String(data) => {
                    serde_json::from_str(&data).map_err(|_| bad("data", "is not JSON"))?
                }
                object => object,
            };
            match text("prefix").ok_or_else(|| bad("prefix", "is required"))? {
                "Chasitor" if is_noun("POST", "Chasitor", noun) && noun != "ChasitorInit" => {
                    read_deed(session, noun, &object, early)
                }
                // Seen in one deployed client, which hands over what a bot said before.
                "ChatBot" if noun == "ChatMessage" => Ok(Deed::BotLine(required(&object, "text")?)),
                _ => Err(bad("noun", "is not known")),
            }
        })
        .collect()
}

/// Source: "Request Bodies for Chat REST API", one part per noun.
fn read_deed(session: &Session, noun: &str, body: &Value, early: bool) -> Result<Deed, Reply> {
    let asked = session.state != State::Created;
    match noun {
        "ChasitorInit" if asked => return Err(bad("sessionId", "has asked for a chat already")),
        "ChasitorInit" => return read_init(session, body),
        "ChatEnd" => return Ok(Deed::End(known_reason(&required(body, "reason")?))),
        _ => {}
    }
    // Source: "ChasitorInit": wait for ChatRequestSuccess and ChatEstablished, else the server answers 500.
    if session.state != State::Established && !(early && asked) {
        return Err(Reply::breach("early_post", Response::text(500, "Internal Server Error")));
    }
    Ok(match noun {
        "ChatMessage" => Deed::Say(required(body, "text")?),
        "ChasitorTyping" => Deed::Typing(true),
        "ChasitorNotTyping" => Deed::Typing(false),
        "ChasitorSneakPeek" => {
            required(body, "text")?;
            body.get("position")
                .and_then(Value::as_i64)
                .ok_or_else(|| bad("position", "is required"))?;
            Deed::Nothing
        }
        "CustomEvent" => {
            required(body, "data")?;
            Deed::Notice(format!("Custom event {}", required(body, "type")?))
        }
        "ChasitorIdleTimeoutWarningEvent" => match required(body, "idleTimeoutWarningEvent")?
            .as_str()
        {
            "triggered" => Deed::Notice("The visitor is warned that the chat will end".to_owned()),
            "cleared" => Deed::Notice("The warning is taken back".to_owned()),
            _ => return Err(bad("idleTimeoutWarningEvent", "must be triggered or cleared")),
        },
        "SensitiveDataRuleTriggered" => {
            let rules = body
                .get("rules")
                .and_then(Value::as_array)
                .ok_or_else(|| bad("rules", "is required"))?;
            let names: Vec<&str> =
                rules.iter().filter_map(|rule| rule.get("name")?.as_str()).collect();
            Deed::Notice(format!("Masked by rule: {}", names.join(", ")))
        }
        _ => Deed::Nothing,
    })
}

fn read_init(session: &Session, body: &Value) -> Result<Deed, Reply> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = |name: &str, prefix: &str| {
        Some(required(body, name)?)
            .filter(|id| messages::is_id(id, prefix))
            .ok_or_else(|| bad(name, "is no id of its kind"))
    };
    let routed_otherwise = !text("agentId").is_empty()
        || body
            .get("buttonOverrides")
            .and_then(Value::as_array)
            .is_some_and(|overrides| !overrides.is_empty());
    let button = if routed_otherwise && text("buttonId").is_empty() {
        None
    } else {
        Some(id("buttonId", "573")?)
    };
    // One published client sends null here and works.
    if let Some(Value::String(other)) = body.get("sessionId")
        && *other != session.id
    {
        return Err(bad("sessionId", "is not this session's id"));
    }
    let mut details = Vec::new();
    for detail in body.get("prechatDetails").and_then(Value::as_array).into_iter().flatten() {
        let label = required(detail, "label")?;
        let value = required(detail, "value")?;
        // Source: "Data Types", CustomDetail: transcriptFields is required, and may be empty.
        if !detail.get("transcriptFields").is_some_and(Value::is_array) {
            return Err(bad("transcriptFields", "is required"));
        }
        if detail.get("displayToAgent").and_then(Value::as_bool).unwrap_or(true) {
            details.push((label, value));
        }
    }
    for entity in body.get("prechatEntities").and_then(Value::as_array).into_iter().flatten() {
        required(entity, "entityName")?;
        let maps = entity.get("entityFieldsMaps").and_then(Value::as_array);
        for map in maps.ok_or_else(|| bad("entityFieldsMaps", "is required"))? {
            required(map, "fieldName")?;
            required(map, "label")?;
            for flag in ["doFind", "isExactMatch", "doCreate"] {
                map.get(flag).and_then(Value::as_bool).ok_or_else(|| bad(flag, "is required"))?;
            }
        }
    }
    Ok(Deed::Init(Box::new(Init {
        organization: id("organizationId", "00D")?,
        deployment: id("deploymentId", "572")?,
        button,
        wants_queue: body.get("receiveQueueUpdates").and_then(Value::as_bool).unwrap_or(false),
        is_post: body.get("isPost").and_then(Value::as_bool).unwrap_or(false),
        name: text("visitorName"),
        language: text("language"),
        user_agent: text("userAgent"),
        details,
    })))
}

fn known_reason(reason: &str) -> String {
    let known = ["client", "clientIdleTimeout"].into_iter().find(|known| *known == reason);
    known.unwrap_or("client").to_owned()
}

fn required(body: &Value, name: &str) -> Result<String, Reply> {
    body.get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| bad(name, "is required and a text"))
}
