//! A hand-over to another server, from the client's side: ReconnectSession, session data, ChasitorResyncState.

use serde_json::{Value, json};

use super::Desk;
use super::messages;
use super::resources::{Call, bad, forbidden, geo_location};
use super::rules::Rule;
use super::session::{Move, Session};
use super::view::Speaker;
use super::wire::Reply;
use crate::desks::http::Response;

impl Desk {
    /// Source: "ReconnectSession", <https://developer.salesforce.com/docs/atlas.en-us.230.0.live_agent_rest.meta/live_agent_rest/live_agent_rest_ReconnectSession.htm>:
    /// from API version 37, with affinity `null`, after a 503. Without one a published client saw 405.
    pub(super) fn reconnect(&mut self, call: &Call) -> Reply {
        let rules = self.rules;
        let version = match self.api_version(call) {
            Ok(version) if version >= 37 || !rules.hold(Rule::ReconnectFrom37) => version,
            Ok(_) => return Response::text(404, "Not Found").into(),
            Err(reply) => return reply,
        };
        let key = call.key.as_deref().unwrap_or_default();
        let fresh = self.dice.hex8();
        self.secrets.push(fresh.clone());
        let queue = self.places();
        let started = self.config.started_at_ms;
        let Some(session) = self.sessions.iter_mut().find(|session| session.key == key) else {
            return Reply::breach("unknown_session", forbidden());
        };
        if session.is_closed() {
            return forbidden().into();
        }
        let needless = !session.may_reconnect && rules.hold(Rule::NeedlessReconnect);
        if needless || session.is_over() {
            return Reply::breach("needless_reconnect", Response::text(405, "Method Not Allowed"));
        }
        if call.affinity.as_deref() != Some("null") && rules.hold(Rule::NullAffinity) {
            return Reply::breach("wrong_affinity", Response::text(503, "Service Unavailable"));
        }
        let offset =
            call.param("ReconnectSession.offset").and_then(|offset| offset.parse::<i64>().ok());
        let Some(offset) = offset else {
            return bad("ReconnectSession.offset", "must be a whole number");
        };
        // The guide has the client send the offset of its last answer. An older one means that answers were lost: what
        // came after it is delivered again. One that was never given out is refused.
        if !session.knows_offset(offset) && rules.hold(Rule::KnownOffset) {
            return Reply::breach(
                "unknown_offset",
                bad("ReconnectSession.offset", "was never given out").response,
            );
        }
        let breach = (offset != session.delivered_offset()).then_some("offset_behind");
        session.version = version;
        let position = queue.iter().position(|id| *id == session.id);
        let data = session_data(session, position, started);
        let restart = self.faults.is_on("restart_sequence", Some(&session.id));
        let fresh = if rules.hold(Rule::FreshAffinity) { fresh } else { session.affinity.clone() };
        session.resume(fresh.clone(), offset, data, restart);
        let with_reset = !self.faults.is_on("no_reset_field", Some(&session.id));
        let body = json!({ "messages": [messages::reconnect(&fresh, with_reset)] });
        Reply {
            breach,
            types: vec!["ReconnectSession".to_owned()],
            ..Response::json(200, &body).into()
        }
    }

    /// Source: "ResyncSession", <https://developer.salesforce.com/docs/atlas.en-us.188.0.live_agent_rest.meta/live_agent_rest/live_agent_rest_ResyncSession.htm>:
    /// what API versions 29 to 36 ask in place of ReconnectSession. An answer without `isValid` true means: give up.
    /// The members' names are those of one published client; that the answer is wrapped like others is inferred.
    pub(super) fn resync_session(&mut self, call: &Call) -> Reply {
        let rules = self.rules;
        match self.api_version(call) {
            Ok(version) if version >= 37 && rules.hold(Rule::ResyncSessionBelow37) => {
                return Response::text(404, "Not Found").into();
            }
            Ok(_) => {}
            Err(reply) => return reply,
        }
        let fresh = self.dice.hex8();
        let (key, id) = (call.key.as_deref(), call.param("SessionId"));
        let session = self.sessions.iter_mut().find(|session| {
            Some(session.key.as_str()) == key
                && Some(session.id.as_str()) == id
                && !session.is_over()
        });
        let body = match session {
            Some(session) => {
                let (data, offset) = (
                    session_data(session, None, self.config.started_at_ms),
                    session.delivered_offset(),
                );
                session.resume(fresh.clone(), offset, data, false);
                json!({ "isValid": true, "key": session.key, "affinityToken": fresh })
            }
            None => json!({ "isValid": false }),
        };
        let body = json!({ "messages": [messages::message("ResyncSession", body)] });
        Reply { types: vec!["ResyncSession".to_owned()], ..Response::json(200, &body).into() }
    }

    /// Source: "ReconnectSession" and "Request Bodies", ChasitorResyncState: after ChasitorSessionData, without a
    /// sequence number.
    pub(super) fn resync(&mut self, id: &str, call: &Call) -> Reply {
        let Some(session) = self.session(id) else { return forbidden().into() };
        // Not asked for. A published client (genutility) counts it all the same, and so must we where it is there.
        let number = call.sequence.as_deref().and_then(|number| number.parse::<i64>().ok());
        let counted = number.filter(|number| *number == session.last_post + 1);
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let Some(organization) = body.get("organizationId").and_then(Value::as_str) else {
            return bad("organizationId", "is required");
        };
        let foreign = session
            .chat
            .as_ref()
            .is_some_and(|chat| !messages::same_id(&chat.organization, organization));
        if foreign && session.rules.hold(Rule::ResyncOrganization) {
            return bad("organizationId", "is not this chat's");
        }
        match session.move_stage {
            Move::Resync { data }
                if session.has_delivered(data) || !session.rules.hold(Rule::ResyncAfterData) =>
            {
                session.move_stage = Move::None;
                session.last_post = counted.unwrap_or(session.last_post);
                Response::text(200, "OK").into()
            }
            Move::None => Response::text(200, "OK").into(),
            _ => Reply::breach("resync_before_data", Response::text(500, "Internal Server Error")),
        }
    }
}

/// Source: "Response Bodies", ChasitorSessionData: what a client needs that comes back after a hand-over.
fn session_data(session: &Session, position: Option<usize>, started_at_ms: i64) -> Value {
    let lines = session.chat.iter().flat_map(|chat| &chat.lines).enumerate();
    let entries = lines.filter_map(|(sequence, line)| {
        let chat = session.chat.as_ref()?;
        let (kind, name) = match line.from {
            Speaker::Visitor => ("Chasitor", chat.name.as_str()),
            Speaker::Agent => ("Agent", chat.agent.as_deref().unwrap_or_default()),
            Speaker::Notice => return None,
        };
        let timestamp = line.at_ms.max(started_at_ms);
        Some(json!({ "type": kind, "name": name, "content": line.text, "timestamp": timestamp, "sequence": sequence }))
    });
    let body = json!({
        "queuePosition": position.unwrap_or(0), "geoLocation": geo_location(), "url": "", "oref": "",
        "postChatUrl": "", "sneakPeekEnabled": session.chat.as_ref().is_some_and(|chat| chat.wants_peek), "chatMessages": entries.collect::<Vec<_>>(),
    });
    messages::message("ChasitorSessionData", body)
}
