//! The visitor's POSTs, read: what each noun's body must hold, and what it asks for.

use serde_json::{Value, json};

use super::messages;
use super::resources::{bad, is_noun};
use super::rules::{Rule, Rules};
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
    Peek { position: i64, text: String },
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
        false => match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(_) if !session.rules.hold(Rule::BrokenJson) => json!({}),
            Err(_) => return Err(bad("body", "is not JSON")),
        },
    };
    if noun != "MultiNoun" {
        return Ok(vec![read_deed(session, noun, &body, early)?]);
    }
    // Source: "Request Bodies", MultiNoun; its example names the member `object`, its table `data`.
    let nouns =
        body.get("nouns").and_then(Value::as_array).ok_or_else(|| bad("nouns", "is required"))?;
    let rules = session.rules;
    let deeds = nouns.iter().map(|part| {
        let text = |name: &str| part.get(name).and_then(Value::as_str);
        let noun = text("noun").ok_or_else(|| bad("noun", "is required"))?;
        let member = |name: &str, rule| part.get(name).filter(|_| rules.hold(rule));
        let object = member("object", Rule::NounObject).or(member("data", Rule::NounData));
        let object = object.cloned().unwrap_or_else(|| json!({}));
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
    });
    if rules.hold(Rule::AllOrNone) { deeds.collect() } else { Ok(deeds.flatten().collect()) }
}

/// Source: "Request Bodies for Chat REST API", one part per noun.
fn read_deed(session: &Session, noun: &str, body: &Value, early: bool) -> Result<Deed, Reply> {
    let (asked, rules) = (session.state != State::Created, session.rules);
    match noun {
        "ChasitorInit" if asked && rules.hold(Rule::OneRequest) => {
            return Err(bad("sessionId", "has asked for a chat already"));
        }
        "ChasitorInit" => return read_init(session, body),
        "ChatEnd" => {
            let reason = required(body, "reason");
            let reason = if rules.hold(Rule::EndReason) { reason? } else { "client".to_owned() };
            return Ok(Deed::End(known_reason(&reason)));
        }
        _ => {}
    }
    // Source: "ChasitorInit": wait for ChatRequestSuccess and ChatEstablished, else the server answers 500.
    let early = early || !rules.hold(Rule::EarlyPost);
    if session.state != State::Established && !(early && asked) {
        return Err(Reply::breach("early_post", Response::text(500, "Internal Server Error")));
    }
    Ok(match noun {
        "ChatMessage" if rules.hold(Rule::TextRequired) => Deed::Say(required(body, "text")?),
        "ChatMessage" => Deed::Say(required(body, "text").unwrap_or_default()),
        "ChasitorTyping" => Deed::Typing(true),
        "ChasitorNotTyping" => Deed::Typing(false),
        "ChasitorSneakPeek" => {
            let position = body.get("position").and_then(Value::as_i64);
            match (position, required(body, "text")) {
                (Some(position), Ok(text)) => Deed::Peek { position, text },
                _ if !rules.hold(Rule::WholePeek) => Deed::Nothing,
                (_, Err(reply)) => return Err(reply),
                _ => return Err(bad("position", "is required")),
            }
        }
        "CustomEvent" => {
            let whole = (required(body, "type"), required(body, "data"));
            match whole {
                (Ok(kind), Ok(data)) => Deed::Notice(format!("Custom event {kind}: {data}")),
                _ if !rules.hold(Rule::WholeCustomEvent) => Deed::Nothing,
                (Err(reply), _) | (_, Err(reply)) => return Err(reply),
            }
        }
        "ChasitorIdleTimeoutWarningEvent" => match required(body, "idleTimeoutWarningEvent")?
            .as_str()
        {
            "triggered" => Deed::Notice("The visitor is warned that the chat will end".to_owned()),
            "cleared" => Deed::Notice("The warning is taken back".to_owned()),
            _ if !rules.hold(Rule::IdleWarningWords) => Deed::Nothing,
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
            .filter(|id| is_id(session.rules, id, prefix))
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
    let overrides = body.get("buttonOverrides").and_then(Value::as_array).into_iter().flatten();
    let named = Some(text("agentId")).filter(|agent| !agent.is_empty());
    let targets = overrides
        .map(|target| ("buttonOverrides", target.as_str().unwrap_or_default().to_owned()))
        .chain(named.map(|agent| ("agentId", agent)));
    for (field, target) in targets {
        if !is_target(session.rules, field, &target) && session.rules.hold(Rule::TargetShape) {
            return Err(bad(field, "is no target of its kind"));
        }
    }
    // One published client sends null here and works.
    if let Some(Value::String(other)) = body.get("sessionId")
        && *other != session.id
        && session.rules.hold(Rule::OwnSession)
    {
        return Err(bad("sessionId", "is not this session's id"));
    }
    let rules = session.rules;
    let mut details = Vec::new();
    for detail in body.get("prechatDetails").and_then(Value::as_array).into_iter().flatten() {
        let (label, value) = match (required(detail, "label"), required(detail, "value")) {
            (Ok(label), Ok(value)) => (label, value),
            _ if !rules.hold(Rule::WholeDetails) => continue,
            (Err(reply), _) | (_, Err(reply)) => return Err(reply),
        };
        // Source: "Data Types", CustomDetail: transcriptFields is required, and may be empty.
        let with_fields = detail.get("transcriptFields").is_some_and(Value::is_array);
        if !with_fields && rules.hold(Rule::WholeDetails) {
            return Err(bad("transcriptFields", "is required"));
        }
        let shown = detail.get("displayToAgent").and_then(Value::as_bool).unwrap_or(true);
        if shown || !rules.hold(Rule::HiddenDetails) {
            details.push((label, value));
        }
    }
    let entities = body.get("prechatEntities").and_then(Value::as_array).into_iter().flatten();
    for entity in entities.filter(|_| rules.hold(Rule::WholeEntities)) {
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

/// Source: "Request Bodies for Chat REST API", ChasitorInit: an override is a button, an agent, or `agent_button`.
fn is_target(rules: Rules, field: &str, target: &str) -> bool {
    let is = |prefix: &str, text: &str| is_id(rules, text, prefix);
    match target.split_once('_') {
        _ if field == "agentId" => is("005", target),
        Some((agent, button)) => is("005", agent) && is("573", button),
        None => is("573", target) || is("005", target),
    }
}

/// Source: "Request Bodies for Chat REST API", the prefixes.
pub(super) fn is_id(rules: Rules, text: &str, prefix: &str) -> bool {
    let whole = messages::is_id(text, prefix);
    let unchecked = !rules.hold(Rule::IdChecks)
        && text.len() == 18
        && messages::is_id(text.get(..15).unwrap_or_default(), prefix);
    whole || unchecked || !rules.hold(Rule::IdShape)
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
