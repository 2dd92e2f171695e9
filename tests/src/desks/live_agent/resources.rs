//! What a visitor's client may ask: every resource, and what is wrong with a request.

use std::time::Duration;

use serde_json::{Value, json};

use super::control::wait_s;
use super::faults::Fault;
use super::messages;
use super::posts::{Deed, Init, read_post};
use super::rules::Rule;
use super::session::{Farewell, Move, Poll, Session, State};
use super::trace::{Entry, What, millis};
use super::view::Speaker;
use super::wire::{Exchange, Reply};
use super::{Desk, session};
use crate::desks::http::{ConnId, Request, Response, decode};

/// A request, read.
pub(super) struct Call {
    pub method: String,
    pub group: String,
    pub noun: String,
    /// What follows the noun: the key of `DELETE SessionId/{key}`.
    pub tail: Option<String>,
    pub query: Vec<(String, String)>,
    pub version: Option<u32>,
    pub affinity: Option<String>,
    pub key: Option<String>,
    pub sequence: Option<String>,
    pub body: Vec<u8>,
}

impl Call {
    /// Source: "Headers for Chat REST API"; header names in any case.
    fn read(request: &Request) -> Option<Self> {
        let mut parts = request.path().strip_prefix("/chat/rest/")?.splitn(3, '/');
        let (group, noun) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let header = |name: &str| request.header_value(name).map(|value| value.trim().to_owned());
        Some(Self {
            method: request.method.to_ascii_uppercase(),
            group,
            noun,
            tail: parts.next().map(|tail| decode(tail, false)),
            query: request.query(),
            version: header("X-LIVEAGENT-API-VERSION").and_then(|version| version.parse().ok()),
            affinity: header("X-LIVEAGENT-AFFINITY"),
            key: header("X-LIVEAGENT-SESSION-KEY"),
            sequence: header("X-LIVEAGENT-SEQUENCE"),
            body: request.body.clone(),
        })
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Desk {
    /// A request has come in. Its answer is an output, at once or later; `conn` must be new.
    pub fn request(&mut self, now: Duration, conn: ConnId, request: Request) {
        self.tick(now);
        let Some(call) = Call::read(&request) else {
            let exchange = Exchange { conn, noun: "?".to_owned(), chat: None, fault: None };
            return self.wire.answer(now, exchange, Response::text(404, "Not Found").into());
        };
        let key = call.key.as_deref().or(call.tail.as_deref());
        let session = self.sessions.iter().find(|session| Some(session.key.as_str()) == key);
        let chat = session.map(|session| session.id.clone());
        let number =
            call.sequence.as_deref().or(call.param("ack")).and_then(|number| number.parse().ok());
        let known =
            NOUNS.iter().find(|(_, _, noun)| *noun == call.noun).map_or("?", |(_, _, noun)| noun);
        self.wire.trace.push(Entry {
            conn: Some(conn.0),
            chat: chat.clone(),
            method: Some(call.method.clone()),
            sequence: number,
            ..Entry::new(now, What::Received, known)
        });
        let fault = self.faults.for_request(&call.group, &call.noun, chat.as_deref());
        if fault.is_some() {
            self.changed();
        }
        let chat_id = chat.clone();
        let exchange = Exchange { conn, noun: known.to_owned(), chat: chat_id, fault };
        if let Some(reply) = self.stopped(&exchange, &call) {
            match reply {
                Some(response) => self.wire.answer(now, exchange, response.into()),
                None => self.wire.close(now, exchange, "drop_request"),
            }
            return;
        }
        let reply = match (call.method.as_str(), call.group.as_str(), call.noun.as_str()) {
            ("GET", "System", "Messages") => return self.poll(now, exchange, &call),
            ("GET", "System", "SessionId") => self.session_id(now, &call),
            ("DELETE", "System", "SessionId") => self.delete(now, &call),
            ("GET", "System", "ReconnectSession") => self.reconnect(&call),
            ("GET", "Visitor", noun) if is_noun("GET", "Visitor", noun) => self.visitor(&call),
            ("GET", "System", "ResyncSession") => self.resync_session(&call),
            ("POST", "Visitor", "Breadcrumb") => self.breadcrumb(now, &call, chat.as_deref()),
            ("POST", group, noun) if is_noun("POST", group, noun) => self.post(now, &call),
            // Source: "Status Codes": 405 for a wrong verb, 404 for an unknown address.
            (_, group, noun)
                if NOUNS.iter().any(|(_, known, name)| (*known, *name) == (group, noun)) =>
            {
                let status = if self.rules.hold(Rule::WrongVerb) { 405 } else { 200 };
                Response::text(status, "Method Not Allowed").into()
            }
            _ => {
                let status = if self.rules.hold(Rule::UnknownAddress) { 404 } else { 200 };
                Response::text(status, "Not Found").into()
            }
        };
        self.wire.answer(now, exchange, reply);
        self.settle(now);
    }

    /// What keeps a request from being executed: a fault before the desk, or a desk that is gone. `Some(None)` closes
    /// the connection.
    #[allow(
        clippy::option_option,
        reason = "two different ways of not answering, used in one place"
    )]
    fn stopped(&mut self, exchange: &Exchange, call: &Call) -> Option<Option<Response>> {
        let chat = exchange.chat.as_deref();
        if let Some(Fault::Retired { status }) = self.faults.switch("retired", chat) {
            return Some(Some(Response::html(*status, RETIRED_PAGE)));
        }
        match exchange.fault.as_ref()? {
            Fault::DropRequest => Some(None),
            Fault::Html502 => Some(Some(Response::html(502, BAD_GATEWAY_PAGE))),
            Fault::Gateway503 => Some(Some(Response::html(503, UNAVAILABLE_PAGE))),
            Fault::Status { status } => Some(Some(Response::text(*status, "simulated"))),
            // Source: "Response Bodies", SwitchServer: the answer to Visitor resources of an org that has moved.
            Fault::SwitchServer { new_url } if call.noun != "Messages" => {
                let switch = messages::message("SwitchServer", json!({ "newUrl": new_url }));
                Some(Some(Response::json(200, &json!({ "messages": [switch] }))))
            }
            _ => None,
        }
    }

    /// Source: "Headers for Chat REST API": the version goes with every request.
    pub(super) fn api_version(&self, call: &Call) -> Result<u32, Reply> {
        let lenient = (!self.rules.hold(Rule::VersionHeader)).then_some(0);
        call.version
            .or(lenient)
            .ok_or_else(|| bad("X-LIVEAGENT-API-VERSION", "header is missing or not a number"))
    }

    /// Finds the session and checks key and affinity.
    ///
    /// Source: "Status Codes": 403, the session is not valid; 503, the affinity token has changed.
    fn authorise(&mut self, call: &Call) -> Result<&mut Session, Reply> {
        let version = self.api_version(call)?;
        let rules = self.rules;
        let key = call.key.as_deref().or(call.tail.as_deref()).unwrap_or_default();
        let Some(session) = self.sessions.iter_mut().find(|session| session.key == key) else {
            let status = if rules.hold(Rule::UnknownKey) { 403 } else { 500 };
            return Err(Reply::breach("unknown_session", Response::text(status, NO_SESSION)));
        };
        session.version = version;
        if session.is_closed() {
            return Err(forbidden().into());
        }
        let moved = session.move_stage == Move::Pending && rules.hold(Rule::MoveFreezes);
        let elsewhere = call.affinity.as_deref() != Some(session.affinity.as_str())
            && rules.hold(Rule::WrongAffinity);
        if moved || elsewhere {
            session.may_reconnect = true;
            let answer = Response::text(503, "Service Unavailable");
            return Err(if moved {
                answer.into()
            } else {
                Reply::breach("wrong_affinity", answer)
            });
        }
        Ok(session)
    }

    /// Source: "SessionId" and "Response Bodies", SessionId. The affinity is `null`, and any other is accepted.
    fn session_id(&mut self, now: Duration, call: &Call) -> Reply {
        if let Err(reply) = self.api_version(call) {
            return reply;
        }
        let id = self.dice.uuid();
        // Not a secret worth guessing: shaped like the real one, with characters that need escaping in a path.
        let own = self.rules.hold(Rule::KeyBeginsWithId);
        let start = if own { id.clone() } else { self.dice.uuid() };
        let key = format!("{start}!{}!{}+/==", self.at_ms(now), self.dice.hex8());
        let affinity = self.dice.hex8();
        let first_offset = i64::try_from(self.dice.next_u64() % 1_000_000_000).unwrap_or(1) + 1;
        let seconds = self.config.client_poll_timeout_s;
        let as_text = self.faults.next("poll_timeout_string", None).is_some();
        let timeout = if as_text { json!(seconds.to_string()) } else { json!(seconds) };
        let body = json!({ "id": id, "key": key, "affinityToken": affinity, "clientPollTimeout": timeout });
        self.secrets.extend([key.clone(), affinity.clone()]);
        self.sessions.push(Session::new(id, key, affinity, first_offset, now, self.rules));
        Response::json(200, &body).into()
    }

    /// Source: "SessionId", DELETE: ends the chat.
    fn delete(&mut self, now: Duration, call: &Call) -> Reply {
        let id = match self.authorise(call) {
            Ok(session) => session.id.clone(),
            Err(reply) => return reply,
        };
        if self.rules.hold(Rule::DeleteEnds) {
            self.leave(now, &id, "client", true);
        }
        Response::text(200, "OK").into()
    }

    /// The visitor ends the chat.
    fn leave(&mut self, now: Duration, id: &str, reason: &str, at_once: bool) {
        let records = self.records(id);
        let Some(session) = self.session(id) else { return };
        let confirmed = session.rules.hold(Rule::EndConfirmed);
        let tell = match confirmed {
            true => Farewell::Tell(messages::chat_ended(reason, records.as_deref())),
            false => Farewell::Remaining,
        };
        session.end(now, reason, if at_once { Farewell::Silence } else { tell });
        self.notice(
            now,
            id,
            if reason == "client" {
                "The visitor left".to_owned()
            } else {
                format!("Ended: {reason}")
            },
        );
    }

    /// Source: "Messages" and "Your Message Long Polling Loop".
    fn poll(&mut self, now: Duration, exchange: Exchange, call: &Call) {
        let ack = match call.param("ack").map(str::parse::<i64>) {
            None => None,
            Some(Ok(ack)) => Some(ack),
            Some(Err(_)) => {
                return self.wire.answer(now, exchange, bad("ack", "must be a whole number"));
            }
        };
        let id = match self.authorise(call) {
            Ok(session) => session.id.clone(),
            Err(reply) => return self.wire.answer(now, exchange, reply),
        };
        let closes = self.faults.is_on("conflict_closes", Some(&id));
        let Self { sessions, wire, rules, .. } = self;
        let Some(session) = sessions.iter_mut().find(|session| session.id == id) else { return };
        if !rules.hold(Rule::SecondPoll)
            && let Some(old) = session.poll.take()
        {
            session.answer_poll(now, old, Response::empty(204).into(), wire);
        }
        // Source: "Status Codes": 409, a duplicate long poll was opened and the chat was terminated.
        if let Some(Poll { exchange: old, ghost, .. }) = session.poll.take() {
            let conflict = || Response::text(409, "Duplicate long polling");
            match (ghost, closes) {
                (true, _) => {}
                (false, true) => wire.close(now, old, "duplicate_poll"),
                (false, false) => wire.answer(now, old, conflict().into()),
            }
            session.end(now, "duplicatePoll", Farewell::Silence);
            wire.answer(now, exchange, Reply::breach("duplicate_poll", conflict()));
            self.notice(now, &id, "The visitor vanished: a second poll was opened");
            return self.settle(now);
        }
        if let Some(Fault::SwitchServer { new_url }) = &exchange.fault {
            session.enqueue(vec![messages::message("SwitchServer", json!({ "newUrl": new_url }))]);
        }
        session.open_poll(now, exchange, ack);
        self.settle(now);
    }

    /// Ids of those who wait for their first agent, in order.
    pub(super) fn places(&self) -> Vec<String> {
        let waiting = self.sessions.iter().filter(|session| session.state == State::Queued);
        waiting.map(|session| session.id.clone()).collect()
    }

    /// Every POST with a session.
    fn post(&mut self, now: Duration, call: &Call) -> Reply {
        let id = match self.authorise(call) {
            Ok(session) => session.id.clone(),
            Err(reply) => return reply,
        };
        if call.noun == "ChasitorResyncState" {
            return self.resync(&id, call);
        }
        let strict = self.faults.is_on("strict_sequence", Some(&id));
        let early = self.faults.is_on("early_messages", Some(&id));
        let Some(session) = self.session(&id) else { return forbidden().into() };
        // Source: "ReconnectSession": nothing may be posted before ChasitorResyncState.
        if session.move_stage != Move::None && session.rules.hold(Rule::PostsWaitForResync) {
            return Reply::breach(
                "post_before_resync",
                Response::text(500, "Internal Server Error"),
            );
        }
        let number = match call.sequence.as_deref().map(str::parse::<i64>) {
            Some(Ok(number)) => Some(number),
            Some(Err(_)) => return bad("X-LIVEAGENT-SEQUENCE", "must be a whole number"),
            None if strict => return bad("X-LIVEAGENT-SEQUENCE", "header is missing"),
            None => None,
        };
        if let Some(number) = number {
            // Source: "Headers for Chat REST API", X-LIVEAGENT-SEQUENCE: so that the server drops duplicates.
            let again = number == session.last_post && number > 0;
            if again && session.rules.hold(Rule::DuplicateDropped) {
                return Response::text(200, "OK").into();
            }
            // Source: seen by a published client, which reads the second number and goes on from there.
            if number != session.last_post + 1 && !again && session.rules.hold(Rule::OutOfSync) {
                let told = session.rules.hold(Rule::OutOfSyncNumber);
                let last = if told { session.last_post } else { number };
                let text = format!("Out of sync Ack. Expected {number}. Actual {last}");
                return Reply::breach("out_of_sync", Response::text(409, text));
            }
        }
        // Source: seen in Salesforce's own client, which takes the 403 after the agent's end as success.
        if session.is_over() {
            let holds = session.rules.hold(Rule::PostAfterEnd);
            return if holds { forbidden() } else { Response::text(200, "OK") }.into();
        }
        let deeds = match read_post(session, &call.noun, &call.body, early) {
            Ok(deeds) => deeds,
            // A request that was not executed does not use up its number: the same one is expected again.
            Err(reply) => {
                if !session.rules.hold(Rule::RefusedKeepsNumber) {
                    session.last_post = number.unwrap_or(session.last_post);
                }
                return reply;
            }
        };
        if let Some(number) = number {
            session.last_post = number;
        }
        let single = call.noun != "MultiNoun";
        for deed in deeds {
            self.perform(now, &id, deed, single);
        }
        Response::text(200, "OK").into()
    }

    fn perform(&mut self, now: Duration, id: &str, deed: Deed, single: bool) {
        match deed {
            Deed::Init(init) => self.begin(now, id, *init),
            Deed::Say(text) => {
                // Source: seen by a published client: messages in rapid succession are answered 200 and yet lost.
                let window = match self.faults.switch("burst_loss", Some(id)) {
                    Some(Fault::BurstLoss { window_ms }) if single => {
                        Some(Duration::from_millis(*window_ms))
                    }
                    _ => None,
                };
                let Some(session) = self.session(id) else { return };
                let last = session.last_said.replace(now);
                if let Some(chat) = &mut session.chat {
                    chat.visitor_typing = false;
                }
                if window.zip(last).is_some_and(|(window, last)| now < last + window) {
                    return self.wire.note(now, What::Fault, "ChatMessage", Some(id), "burst_loss");
                }
                self.line(now, id, Speaker::Visitor, text);
            }
            Deed::BotLine(text) | Deed::Notice(text) => self.notice(now, id, text),
            Deed::Typing(on) => {
                if let Some(chat) = self.session(id).and_then(|session| session.chat.as_mut()) {
                    chat.visitor_typing = on;
                }
                self.changed();
            }
            Deed::Peek { position, text } => self.peek(now, id, position, text),
            Deed::End(reason) => self.leave(now, id, &reason, false),
            Deed::Nothing => {}
        }
    }

    /// Source: "Request Bodies", ChasitorSneakPeek: a rising number, and only where the desk asked for it.
    fn peek(&mut self, now: Duration, id: &str, position: i64, text: String) {
        let rules = self.rules;
        let Some(chat) = self.session(id).and_then(|session| session.chat.as_mut()) else { return };
        if !chat.wants_peek && rules.hold(Rule::PeekAsked) {
            return self.wire.note(
                now,
                What::Breach,
                "ChasitorSneakPeek",
                Some(id),
                "peek_unasked",
            );
        }
        let older = chat.peek.as_ref().is_some_and(|(last, _)| position <= *last);
        if !older || !rules.hold(Rule::PeekRises) {
            chat.peek = Some((position, text));
        }
        self.changed();
    }

    /// Source: "ChasitorInit" and "Response Bodies", ChatRequestSuccess and ChatRequestFail.
    fn begin(&mut self, now: Duration, id: &str, init: Init) {
        let config = &self.config;
        let wait_per_place = config.wait_per_place;
        let connection_timeout = millis(config.connection_timeout);
        let rules = self.rules;
        let same = |one: &str, other: &str| match rules.hold(Rule::IdForms) {
            true => messages::same_id(one, other),
            false => one == other,
        };
        let own = config.any_ids
            || (same(&init.organization, &config.organization)
                && same(&init.deployment, &config.deployment));
        let button = config.any_ids
            || init.button.as_deref().is_none_or(|button| same(button, &config.button));
        let refusal = match self.faults.next("fail_request", Some(id)) {
            Some(Fault::FailRequest { reason }) => Some(reason),
            _ if !init.is_post && rules.hold(Rule::NoPost) => Some("NoPost".to_owned()),
            _ if !own && rules.hold(Rule::ForeignIds) => Some("InternalFailure".to_owned()),
            _ if (!self.available || !button) && rules.hold(Rule::Unavailable) => {
                Some("Unavailable".to_owned())
            }
            _ => None,
        };
        let masked = self.faults.is_on("sensitive_rules", Some(id));
        let first_place = usize::from(!rules.hold(Rule::PlaceFromZero));
        let position = self.places().len() + first_place;
        let Some(session) = self.session(id) else { return };
        session.chat = Some(session::Chat {
            organization: init.organization,
            name: init.name,
            details: init.details,
            language: init.language,
            user_agent: init.user_agent,
            wants_queue: init.wants_queue,
            requested: now,
            agent: None,
            conference: Vec::new(),
            transferring: false,
            agent_typing: false,
            visitor_typing: false,
            peek: None,
            wants_peek: false,
            file_token: None,
            position: Some(position),
            lines: Vec::new(),
            ended_by: None,
        });
        session.last_poll_end = now;
        if let Some(reason) = refusal {
            session.end(now, &reason, Farewell::Tell(messages::chat_request_fail(&reason)));
            return self.notice(now, id, format!("The chat was refused: {reason}"));
        }
        session.state = State::Queued;
        let mut success = json!({
            "queuePosition": position, "geoLocation": geo_location(), "url": "", "oref": "", "postChatUrl": "",
            "customDetails": [], "visitorId": session.id,
            // Not in the guide; Salesforce's own client reads these. The timeout is in milliseconds.
            "connectionTimeout": connection_timeout, "transcriptSaveEnabled": false,
            "sensitiveDataRules": if masked { vec![messages::card_number_rule()] } else { Vec::new() },
        });
        if let Some(success) = success.as_object_mut() {
            if session.version >= 47 || !rules.hold(Rule::WaitFrom47) {
                let wait = json!(wait_s(position, wait_per_place));
                success.insert("estimatedWaitTime".to_owned(), wait);
            }
            if !rules.hold(Rule::ConnectionTimeoutTold) {
                success.remove("connectionTimeout");
            }
        }
        session.enqueue(vec![messages::message("ChatRequestSuccess", success)]);
        self.changed();
    }
}

pub(super) fn geo_location() -> Value {
    json!({ "countryCode": "XX", "countryName": "Simulated" })
}

/// 400 in the shape that one published client reads.
pub(super) fn bad(property: &str, why: &str) -> Reply {
    let details = json!([{ "property": property, "message": why }]);
    Reply::breach(
        "bad_request",
        Response::json(400, &json!({ "message": "Bad Request", "details": details })),
    )
}

pub(super) fn forbidden() -> Response {
    Response::text(403, NO_SESSION)
}

pub(super) fn is_noun(method: &str, group: &str, noun: &str) -> bool {
    NOUNS.contains(&(method, group, noun))
}

/// Every resource, as (verb, group, noun). Source: "Understanding Chat REST API Resources". docs/VENDORS.md has a row
/// for each: a test sees to it.
pub const NOUNS: &[(&str, &str, &str)] = &[
    ("GET", "System", "SessionId"),
    ("DELETE", "System", "SessionId"),
    ("GET", "System", "Messages"),
    ("GET", "System", "ReconnectSession"),
    ("GET", "System", "ResyncSession"),
    ("POST", "System", "MultiNoun"),
    ("POST", "Chasitor", "ChasitorInit"),
    ("POST", "Chasitor", "ChasitorResyncState"),
    ("POST", "Chasitor", "ChatMessage"),
    ("POST", "Chasitor", "ChasitorTyping"),
    ("POST", "Chasitor", "ChasitorNotTyping"),
    ("POST", "Chasitor", "ChasitorSneakPeek"),
    ("POST", "Chasitor", "ChatEnd"),
    ("POST", "Chasitor", "CustomEvent"),
    ("POST", "Chasitor", "ChasitorIdleTimeoutWarningEvent"),
    ("POST", "Chasitor", "SensitiveDataRuleTriggered"),
    ("POST", "Agent", "SensitiveDataRuleTriggered"),
    ("GET", "Visitor", "Settings"),
    ("GET", "Visitor", "Availability"),
    ("GET", "Visitor", "VisitorId"),
    ("POST", "Visitor", "Breadcrumb"),
];

const NO_SESSION: &str = "Session required but was invalid or not found";

const BAD_GATEWAY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>";
const UNAVAILABLE_PAGE: &str =
    "<html><head><title>503</title></head><body>Service Unavailable</body></html>";
const RETIRED_PAGE: &str =
    "<html><head><title>Gone</title></head><body>This service has been retired.</body></html>";
