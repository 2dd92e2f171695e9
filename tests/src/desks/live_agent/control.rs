//! The agents' side: what they do, and the scripts that do it for them.

use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
use super::faults::{Fault, Order};
use super::messages;
use super::rules::Rule;
use super::session::{Farewell, Session, State};
use super::view::Speaker;
use crate::desks::ControlError;

/// Who answers where nobody is named.
pub const DEFAULT_AGENT: &str = "Maya Okafor";

/// Something an agent, a script or a person with a bad day does.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Takes a waiting chat; `None` is [`DEFAULT_AGENT`].
    Accept {
        chat: String,
        agent: Option<String>,
    },
    Say {
        chat: String,
        text: String,
    },
    Typing {
        chat: String,
        on: bool,
    },
    /// Ends the chat; the reason is `agent` unless another documented one is named.
    End {
        chat: String,
        reason: Option<String>,
    },
    /// Hands the chat to another agent, or back to the queue.
    Transfer {
        chat: String,
        agent: Option<String>,
    },
    /// Tells a place in the queue and an estimated wait, whatever the truth is.
    Queue {
        chat: String,
        position: usize,
        wait_s: Option<i64>,
    },
    /// Delivers any message of the vendor's: `{"type": kind, "message": message}`.
    Deliver {
        chat: String,
        kind: String,
        message: Value,
    },
    /// Another agent joins beside the first.
    JoinConference {
        chat: String,
        agent: String,
    },
    LeaveConference {
        chat: String,
        agent: String,
    },
    /// One of several agents says something.
    SayAs {
        chat: String,
        agent: String,
        text: String,
    },
    CustomEvent {
        chat: String,
        kind: String,
        data: String,
    },
    /// A menu under a heading, or buttons without one.
    Offer {
        chat: String,
        header: Option<String>,
        items: Vec<String>,
    },
    AskForFile {
        chat: String,
    },
    WithdrawFile {
        chat: String,
    },
    Availability(bool),
    /// A limit of the desk's, from now on: `poll_hold_ms`, `connection_timeout_ms`, `unused_timeout_ms`,
    /// `client_poll_timeout_s`, `wait_per_place_s` (-1: unknown).
    Limit {
        name: String,
        value: i64,
    },
    Fault(Order),
    /// Clears one knob by name, or all.
    ClearFaults(Option<String>),
    /// Forgets chats, faults and trace. Open requests are closed.
    Reset,
}

impl Desk {
    /// Does what an agent or a script asks for.
    ///
    /// # Errors
    /// [`ControlError`] by what is wrong with the order; nothing has happened then.
    pub fn control(&mut self, now: Duration, control: Control) -> Result<(), ControlError> {
        self.tick(now);
        match control {
            Control::Accept { chat, agent } => self.accept(now, &chat, agent)?,
            Control::Say { chat, text } => self.say(now, &chat, &text)?,
            Control::Typing { chat, on } => self.type_on(&chat, on)?,
            Control::End { chat, reason } => self.end_chat(now, &chat, reason)?,
            Control::Transfer { chat, agent } => self.transfer(now, &chat, agent)?,
            Control::Queue { chat, position, wait_s } => {
                self.tell_place(&chat, position, wait_s)?
            }
            Control::Deliver { chat, kind, message } => {
                self.living(&chat)?.enqueue(vec![messages::any_message(&kind, message)]);
            }
            Control::JoinConference { chat, agent } => self.join_conference(now, &chat, &agent)?,
            Control::LeaveConference { chat, agent } => {
                self.leave_conference(now, &chat, &agent)?
            }
            Control::SayAs { chat, agent, text } => self.say_as(now, &chat, &agent, &text)?,
            Control::CustomEvent { chat, kind, data } => {
                self.custom_event(now, &chat, &kind, &data)?
            }
            Control::Offer { chat, header, items } => {
                self.offer(now, &chat, header.as_deref(), &items)?
            }
            Control::AskForFile { chat } => self.ask_for_file(now, &chat)?,
            Control::WithdrawFile { chat } => self.withdraw_file(now, &chat)?,
            Control::Limit { name, value } => {
                self.config.set(&name, value)?;
                self.changed();
            }
            Control::Availability(available) => {
                self.available = available;
                self.changed();
            }
            Control::Fault(order) => self.turn(now, order)?,
            Control::ClearFaults(name) => {
                self.faults.clear(name.as_deref());
                self.changed();
            }
            Control::Reset => self.reset(now),
        }
        self.settle(now);
        Ok(())
    }

    /// A chat that is not over.
    pub(super) fn living(&mut self, id: &str) -> Result<&mut Session, ControlError> {
        let session = self
            .session(id)
            .filter(|session| session.chat.is_some())
            .ok_or(ControlError::UnknownChat)?;
        if session.is_over() {
            Err(ControlError::WrongState { needs: "not ended" })
        } else {
            Ok(session)
        }
    }

    /// A chat with an agent in it, and that agent's name.
    pub(super) fn attended(&mut self, id: &str) -> Result<(&mut Session, String), ControlError> {
        let session = self.living(id)?;
        let agent = session.chat.as_ref().and_then(|chat| chat.agent.clone());
        let agent = agent.filter(|_| session.state == State::Established);
        agent.map(|agent| (session, agent)).ok_or(ControlError::WrongState { needs: "active" })
    }

    pub(super) fn agent_id(&mut self, name: &str) -> String {
        let place = self.agents.iter().position(|known| known == name).unwrap_or_else(|| {
            self.agents.push(name.to_owned());
            self.agents.len() - 1
        });
        let short = format!("005{:012}", place + 1);
        if self.faults.is_on("long_ids", None) { messages::long_id(&short) } else { short }
    }

    fn terms(&self, id: &str) -> messages::Terms {
        let on = |name| self.faults.is_on(name, Some(id));
        messages::Terms {
            idle: match self.faults.switch("idle_timeout", Some(id)) {
                Some(Fault::IdleTimeout { warning_s, timeout_s }) => Some((*warning_s, *timeout_s)),
                _ => None,
            },
            other_spelling: on("idle_spelling"),
            no_idle: on("no_idle_member"),
            sneak_peek: on("sneak_peek"),
            footer: on("footer_menu"),
        }
    }

    /// How ChatEnded tells of attached records, if at all.
    pub(super) fn records(&self, id: &str) -> Option<String> {
        match self.faults.switch("attached_records", Some(id)) {
            Some(Fault::AttachedRecords { shape }) => Some(shape.clone()),
            _ => None,
        }
    }

    /// Source: "Response Bodies", ChatEstablished, and ChatTransferred for whoever comes after the first agent.
    fn accept(
        &mut self,
        now: Duration,
        id: &str,
        agent: Option<String>,
    ) -> Result<(), ControlError> {
        let agent = agent.unwrap_or_else(|| DEFAULT_AGENT.to_owned());
        if agent.trim().is_empty() {
            return Err(ControlError::field("agent", "must not be empty"));
        }
        let agent_id = self.agent_id(&agent);
        let terms = self.terms(id);
        let session = self.living(id)?;
        let first = session.state == State::Queued || !session.rules.hold(Rule::FirstEstablishes);
        let back = session.chat.as_ref().is_some_and(|chat| chat.transferring);
        let unattended = session.chat.as_ref().is_some_and(|chat| chat.agent.is_none());
        if !unattended {
            return Err(ControlError::WrongState { needs: "waiting" });
        }
        let late = first && self.faults.next("late_established", Some(id)).is_some();
        let resumed = back && self.faults.next("resumed_after_transfer", Some(id)).is_some();
        let kind = if first { "ChatEstablished" } else { "ChatTransferred" };
        let joined = match resumed {
            // Source: Salesforce's own mobile client has a handler for it, which takes one name.
            true => messages::named("ChatResumedAfterTransfer", &agent),
            false => messages::agent(kind, &agent, &agent_id, &terms),
        };
        let session = self.living(id)?;
        session.state = State::Established;
        if let Some(chat) = &mut session.chat {
            chat.agent = Some(agent.clone());
            chat.transferring = false;
            chat.wants_peek = terms.sneak_peek;
        }
        session.enqueue(if late {
            vec![messages::queue_update(0, None), joined]
        } else {
            vec![joined]
        });
        self.notice(now, id, format!("{agent} joined"));
        Ok(())
    }

    /// Source: "Response Bodies", ChatMessage.
    fn say(&mut self, now: Duration, id: &str, text: &str) -> Result<(), ControlError> {
        if text.is_empty() {
            return Err(ControlError::field("text", "must not be empty"));
        }
        let (_, agent) = self.attended(id)?;
        let agent_id = self.agent_id(&agent);
        let (session, agent) = self.attended(id)?;
        let typing =
            session.chat.as_mut().is_some_and(|chat| std::mem::take(&mut chat.agent_typing));
        let mut batch = vec![messages::chat_message(&agent, &agent_id, text)];
        if typing && session.rules.hold(Rule::MessageEndsTyping) {
            batch.push(messages::about_agent("AgentNotTyping", &agent, &agent_id));
        }
        session.enqueue(batch);
        self.line(now, id, Speaker::Agent, text);
        Ok(())
    }

    /// Source: "Response Bodies", AgentTyping and AgentNotTyping.
    fn type_on(&mut self, id: &str, on: bool) -> Result<(), ControlError> {
        let (_, agent) = self.attended(id)?;
        let agent_id = self.agent_id(&agent);
        let (session, agent) = self.attended(id)?;
        let was = session.chat.as_mut().map(|chat| std::mem::replace(&mut chat.agent_typing, on));
        if was != Some(on) || !session.rules.hold(Rule::TypingOnce) {
            let kind = if on { "AgentTyping" } else { "AgentNotTyping" };
            session.enqueue(vec![messages::about_agent(kind, &agent, &agent_id)]);
        }
        Ok(())
    }

    /// Source: "Response Bodies", ChatEnded.
    fn end_chat(
        &mut self,
        now: Duration,
        id: &str,
        reason: Option<String>,
    ) -> Result<(), ControlError> {
        let reason = reason.unwrap_or_else(|| "agent".to_owned());
        let records = self.records(id);
        let session = self.living(id)?;
        let ended = messages::chat_ended(&reason, records.as_deref());
        session.end(now, &reason, Farewell::Tell(ended));
        let text = if reason == "agent" {
            "The agent ended the chat".to_owned()
        } else {
            format!("Ended: {reason}")
        };
        self.notice(now, id, text);
        Ok(())
    }

    /// Source: "Response Bodies", ChatTransferred. TransferToButtonInitiated is known from Salesforce's own mobile
    /// client only: the chat is back in a queue until somebody accepts.
    fn transfer(
        &mut self,
        now: Duration,
        id: &str,
        agent: Option<String>,
    ) -> Result<(), ControlError> {
        let (_, from) = self.attended(id)?;
        if agent.as_ref().is_some_and(|agent| agent.trim().is_empty() || *agent == from) {
            return Err(ControlError::field("agent", "must be another agent"));
        }
        let terms = self.terms(id);
        let begun = match agent.is_none().then(|| self.faults.next("transfer_as", Some(id))) {
            Some(Some(Fault::TransferAs { kind })) => kind,
            _ => "TransferToButtonInitiated".to_owned(),
        };
        let to = agent.map(|agent| (self.agent_id(&agent), agent));
        let (session, _) = self.attended(id)?;
        let (message, notice) = match &to {
            Some((id, to)) => (
                messages::agent("ChatTransferred", to, id, &terms),
                format!("{from} handed the chat to {to}"),
            ),
            None => {
                let message = messages::any_message(&begun, json!({}));
                (message, format!("{from} put the chat back into the queue"))
            }
        };
        if to.is_some() || session.rules.hold(Rule::TransferBegins) {
            session.enqueue(vec![message]);
        }
        if let Some(chat) = &mut session.chat {
            chat.transferring = to.is_none();
            chat.conference.retain(|agent| Some(agent) != to.as_ref().map(|(_, to)| to));
            chat.agent = to.map(|(_, to)| to);
            chat.agent_typing = false;
        }
        self.notice(now, id, notice);
        Ok(())
    }

    /// Source: "Response Bodies", QueueUpdate; the estimated wait from API version 47 on.
    fn tell_place(
        &mut self,
        id: &str,
        position: usize,
        wait_s: Option<i64>,
    ) -> Result<(), ControlError> {
        let session = self.living(id)?;
        if session.state != State::Queued {
            return Err(ControlError::WrongState { needs: "waiting for its first agent" });
        }
        let wait_s = wait_s.filter(|_| session.version >= 47);
        session.enqueue(vec![messages::queue_update(position, wait_s)]);
        Ok(())
    }

    /// The truth about the queue, told to whoever asked for it and has moved up.
    pub(super) fn tell_places(&mut self) {
        let wait_per_place = self.config.wait_per_place;
        let waiting = self.sessions.iter_mut().filter(|session| session.state == State::Queued);
        for (position, session) in waiting.enumerate() {
            let rules = session.rules;
            let told = session.version >= 47 || !rules.hold(Rule::WaitFrom47);
            let wait_s = told.then(|| wait_s(position, wait_per_place));
            let Some(chat) = &mut session.chat else { continue };
            let known = chat.position.replace(position);
            let wanted = (chat.wants_queue || !rules.hold(Rule::QueueUpdatesAsked))
                && rules.hold(Rule::QueueUpdates);
            if wanted && known.is_some_and(|known| known != position) {
                session.enqueue(vec![messages::queue_update(position, wait_s)]);
            }
        }
    }
}

/// Seconds to wait at a place in the queue; -1 is the vendor's "unknown".
pub(super) fn wait_s(position: usize, per_place: Option<Duration>) -> i64 {
    let places = i64::try_from(position).unwrap_or(i64::MAX).saturating_add(1);
    per_place.map_or(-1, |per_place| {
        places.saturating_mul(i64::try_from(per_place.as_secs()).unwrap_or(i64::MAX))
    })
}
