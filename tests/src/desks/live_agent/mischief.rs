//! Knobs that do something at once, and the reset that undoes them all.

use std::time::Duration;

use serde_json::json;

use super::Desk;
use super::faults::{Fault, Kind, Order};
use super::messages;
use super::session::{Farewell, Session};
use super::trace::What;
use super::wire::Wire;
use crate::desks::ControlError;
use crate::desks::http::Response;

impl Desk {
    /// Turns a knob: does it at once, or arms it.
    pub(super) fn turn(&mut self, now: Duration, order: Order) -> Result<(), ControlError> {
        if let Some(chat) = &order.chat
            && self.session(chat).is_none()
        {
            return Err(ControlError::UnknownChat);
        }
        if order.fault.knob().kind == Kind::Action {
            let all =
                self.sessions.iter().filter(|session| session.chat.is_some() && !session.is_over());
            let all: Vec<String> = match &order.chat {
                Some(chat) => vec![chat.clone()],
                None => all.map(|session| session.id.clone()).collect(),
            };
            let mut refusal = Some(ControlError::WrongState { needs: "there" });
            for id in all {
                match self.act(now, &id, &order.fault) {
                    Ok(()) => refusal = None,
                    Err(error) => refusal = refusal.map(|_| error),
                }
            }
            if let Some(error) = refusal {
                return Err(error);
            }
        } else {
            self.faults.arm(order);
        }
        self.changed();
        Ok(())
    }

    fn act(&mut self, now: Duration, id: &str, fault: &Fault) -> Result<(), ControlError> {
        let agent = self.session(id).and_then(|session| session.chat.as_ref()?.agent.clone());
        let agent_id = agent.as_ref().map(|agent| self.agent_id(agent));
        let who = agent.zip(agent_id);
        match fault {
            Fault::HandOver => {
                let affinity = self.dice.hex8();
                self.secrets.push(affinity.clone());
                let (session, wire) = self.living_and_wire(id)?;
                session.hand_over(affinity);
                // Source: "ReconnectSession": 503 on any request, so also on the one that is held.
                if let Some(poll) = session.poll.take() {
                    session.may_reconnect = true;
                    session.answer_poll(
                        now,
                        poll,
                        Response::text(503, "Service Unavailable").into(),
                        wire,
                    );
                }
            }
            Fault::CutPoll => {
                let (session, wire) = self.living_and_wire(id)?;
                if let Some(poll) = session.poll.take() {
                    session.last_poll_end = now;
                    if !poll.ghost {
                        wire.close(now, poll.exchange, "cut_poll");
                    }
                }
            }
            Fault::RepeatLast => self.living(id)?.repeat = true,
            Fault::TypingSwapped => {
                let (name, agent_id) = who.ok_or(ControlError::WrongState { needs: "active" })?;
                // Source: seen by a published client, which therefore ignores AgentTyping where both are in a batch.
                let kinds = ["AgentNotTyping", "AgentTyping"];
                let batch =
                    kinds.map(|kind| messages::about_agent(kind, &name, &agent_id)).to_vec();
                self.living(id)?.enqueue(batch);
            }
            Fault::UnknownMessage => {
                let unknown = json!({ "surprise": true, "list": [1, 2, 3] });
                let breadcrumb = json!({ "location": "https://shop.example/" });
                self.living(id)?.enqueue(vec![
                    messages::any_message("FutureMessage", unknown),
                    messages::message("NewVisitorBreadcrumb", breadcrumb),
                ]);
            }
            Fault::AsyncError => {
                let failed = json!({ "isSuccess": false, "error": "simulated failure" });
                self.living(id)?.enqueue(vec![messages::message("AsyncResult", failed)]);
            }
            Fault::SwitchServerMessage { new_url } => {
                let body = json!({ "newUrl": new_url });
                self.living(id)?.enqueue(vec![messages::message("SwitchServer", body)]);
            }
            Fault::SensitiveRulesMessage => {
                let body = json!({ "sensitiveDataRules": [messages::card_number_rule()] });
                self.living(id)?.enqueue(vec![messages::message("SensitiveDataRules", body)]);
            }
            Fault::AgentDropsOut => {
                let (name, agent_id) = who.ok_or(ControlError::WrongState { needs: "active" })?;
                let session = self.living(id)?;
                session.enqueue(vec![messages::about_agent("AgentDisconnect", &name, &agent_id)]);
                if let Some(chat) = &mut session.chat {
                    (chat.agent, chat.agent_typing) = (None, false);
                }
                self.notice(now, id, format!("{name} lost the connection"));
            }
            // Source: seen by a published client: ChatRequestFail also comes when the only agent leaves in mid-chat.
            Fault::AgentsGone => {
                let farewell = Farewell::Tell(messages::chat_request_fail("Unavailable"));
                self.living(id)?.end(now, "agentsUnavailable", farewell);
                self.notice(now, id, "All agents left");
            }
            Fault::ExpireSession => {
                self.living(id)?.end(now, "expired", Farewell::Silence);
                self.notice(now, id, "The session was forgotten");
            }
            // The others are armed, not done.
            _ => {}
        }
        self.wire.note(now, What::Fault, "*", Some(id), fault.name());
        Ok(())
    }

    fn living_and_wire(&mut self, id: &str) -> Result<(&mut Session, &mut Wire), ControlError> {
        self.living(id)?;
        let Self { sessions, wire, .. } = self;
        let session = sessions
            .iter_mut()
            .find(|session| session.id == id)
            .ok_or(ControlError::UnknownChat)?;
        Ok((session, wire))
    }

    pub(super) fn reset(&mut self, now: Duration) {
        for session in &mut self.sessions {
            if let Some(poll) = session.poll.take().filter(|poll| !poll.ghost) {
                self.wire.close(now, poll.exchange, "reset");
            }
        }
        self.sessions.clear();
        self.faults.clear(None);
        self.available = true;
        self.wire.reset();
        self.changed();
    }
}
