//! What agents do beside talking: conferences, events, choices and requests for files.

use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
use super::messages;
use super::rules::Rule;
use super::view::Speaker;
use crate::desks::ControlError;

impl Desk {
    /// Source: Salesforce's own mobile client knows both; the member's name is inferred.
    pub(super) fn join_conference(
        &mut self,
        now: Duration,
        id: &str,
        agent: &str,
    ) -> Result<(), ControlError> {
        let (session, first) = self.attended(id)?;
        let chat = session.chat.as_mut().ok_or(ControlError::UnknownChat)?;
        if agent.trim().is_empty() || agent == first || chat.conference.iter().any(|it| it == agent)
        {
            return Err(ControlError::field("agent", "must be another agent"));
        }
        chat.conference.push(agent.to_owned());
        if session.rules.hold(Rule::Conference) {
            session.enqueue(vec![messages::named("AgentJoinedConference", agent)]);
        }
        self.notice(now, id, format!("{agent} joined the conference"));
        Ok(())
    }

    pub(super) fn leave_conference(
        &mut self,
        now: Duration,
        id: &str,
        agent: &str,
    ) -> Result<(), ControlError> {
        let session = self.living(id)?;
        let chat = session.chat.as_mut().ok_or(ControlError::UnknownChat)?;
        let before = chat.conference.len();
        chat.conference.retain(|known| known != agent);
        if chat.conference.len() == before {
            return Err(ControlError::field("agent", "is not in the conference"));
        }
        if session.rules.hold(Rule::Conference) {
            session.enqueue(vec![messages::named("AgentLeftConference", agent)]);
        }
        self.notice(now, id, format!("{agent} left the conference"));
        Ok(())
    }

    /// One of the conference says something, under its own name.
    pub(super) fn say_as(
        &mut self,
        now: Duration,
        id: &str,
        agent: &str,
        text: &str,
    ) -> Result<(), ControlError> {
        if text.is_empty() {
            return Err(ControlError::field("text", "must not be empty"));
        }
        let agent_id = self.agent_id(agent);
        let session = self.living(id)?;
        let chat = session.chat.as_ref().ok_or(ControlError::UnknownChat)?;
        if !chat.conference.iter().chain(&chat.agent).any(|known| known == agent) {
            return Err(ControlError::field("agent", "is not in this chat"));
        }
        session.enqueue(vec![messages::chat_message(agent, &agent_id, text)]);
        self.line(now, id, Speaker::Agent, text);
        Ok(())
    }

    /// Source: "Response Bodies", CustomEvent.
    pub(super) fn custom_event(
        &mut self,
        now: Duration,
        id: &str,
        kind: &str,
        data: &str,
    ) -> Result<(), ControlError> {
        if kind.is_empty() {
            return Err(ControlError::field("type", "must not be empty"));
        }
        let (session, _) = self.attended(id)?;
        let event = json!({ "type": kind, "data": data });
        session.enqueue(vec![messages::message("CustomEvent", event)]);
        self.notice(now, id, format!("Sent the custom event {kind}: {data}"));
        Ok(())
    }

    /// Source: Salesforce's own mobile client: a menu with an optional heading, or buttons.
    pub(super) fn offer(
        &mut self,
        now: Duration,
        id: &str,
        header: Option<&str>,
        items: &[String],
    ) -> Result<(), ControlError> {
        if items.is_empty() || items.iter().any(String::is_empty) {
            return Err(ControlError::field("items", "must be texts, one at least"));
        }
        let (session, _) = self.attended(id)?;
        let listed: Vec<Value> = items.iter().map(|text| json!({ "text": text })).collect();
        let message = match header {
            Some(header) => json!({ "type": "ChatWindowMenu", "header": header, "items": listed }),
            None => json!({ "type": "ChatWindowButton", "items": listed }),
        };
        session.enqueue(vec![messages::message("RichMessage", message)]);
        let heading = header.map(|header| format!("{header} ")).unwrap_or_default();
        self.notice(now, id, format!("Offered: {heading}[{}]", items.join("] [")));
        Ok(())
    }

    /// Source: Help, "Transfer Files": the agent asks first. What the message holds was seen in two published clients.
    pub(super) fn ask_for_file(&mut self, now: Duration, id: &str) -> Result<(), ControlError> {
        let token = self.dice.hex8();
        let origin = self.config.upload_origin.clone();
        let (session, _) = self.attended(id)?;
        let chat = session.chat.as_mut().ok_or(ControlError::UnknownChat)?;
        if chat.file_token.is_some() {
            return Err(ControlError::WrongState { needs: "without an open request for a file" });
        }
        chat.file_token = Some(token.clone());
        session.enqueue(vec![messages::file_transfer(
            "Requested",
            Some((&format!("{origin}{}", super::files::UPLOAD_PATH), &token, &origin)),
        )]);
        self.notice(now, id, "Asked the visitor for a file");
        Ok(())
    }

    pub(super) fn withdraw_file(&mut self, now: Duration, id: &str) -> Result<(), ControlError> {
        let session = self.living(id)?;
        let holds = session.rules.hold(Rule::FileCanceled);
        let chat = session.chat.as_mut().ok_or(ControlError::UnknownChat)?;
        if chat.file_token.is_none() {
            return Err(ControlError::WrongState { needs: "with an open request for a file" });
        }
        if holds {
            chat.file_token = None;
        }
        session.enqueue(vec![messages::file_transfer("Canceled", None)]);
        self.notice(now, id, "Took the request for a file back");
        Ok(())
    }
}
