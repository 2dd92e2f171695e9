//! What agents and admins do, one by one (sections 4.5, 5.3 and 7.3).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::control::{DEFAULT_AGENT, Upload};
use super::events::Author;
use super::faults::Fault;
use super::iso;
use super::people::object;
use super::store::{Kind, Record, put};
use crate::desks::ControlError;

impl Desk {
    pub(super) fn talk(&self, id: &str) -> Result<&Record, ControlError> {
        self.store.get(Kind::Conversation, id).ok_or(ControlError::UnknownChat)
    }

    /// Whoever is named, else whoever is assigned, else the default.
    fn author(
        &mut self,
        now: Duration,
        chat: &str,
        agent: Option<String>,
    ) -> Result<Author, ControlError> {
        if agent.as_ref().is_some_and(|agent| agent.trim().is_empty()) {
            return Err(ControlError::field("agent", "must not be empty"));
        }
        let assigned = self.talk(chat)?.texts("assignedUsers").first().map(|id| (*id).to_owned());
        let id = match (agent, assigned) {
            (Some(agent), _) => self.user_named(now, &agent),
            (None, Some(assigned)) => assigned,
            (None, None) => self.user_named(now, DEFAULT_AGENT),
        };
        Ok(Author::agent(&id))
    }

    pub(super) fn reply(
        &mut self,
        now: Duration,
        chat: &str,
        text: &str,
        agent: Option<String>,
        file: Option<Upload>,
    ) -> Result<(), ControlError> {
        if text.is_empty() && file.is_none() {
            return Err(ControlError::field("text", "must not be empty"));
        }
        let author = self.author(now, chat, agent)?;
        if self.faults.is_on(Fault::NeedsSession) && !self.sessions.contains_key(chat) {
            return Err(ControlError::WrongState { needs: "a native chat session to reply in" });
        }
        let customer = self.talk(chat)?.one("customer").unwrap_or_default().to_owned();
        let mut body = object(
            json!({ "channel": "chat", "app": "chat", "direction": "out", "preview": text }),
        );
        if self.faults.next(Fault::FailedReply, Some(chat)).is_some() {
            body.insert("status".to_owned(), json!("error"));
            body.insert(
                "error".to_owned(),
                json!({ "status": 400, "code": "invalid-recipient", "title": "Not sent" }),
            );
            body.insert("errorAt".to_owned(), self.iso(now));
        }
        let files = file.map(|file| self.agent_file(now, &author, file)).into_iter().collect();
        self.add_message(now, &author, Some(chat), &customer, body, files);
        Ok(())
    }

    pub(super) fn autorespond(
        &mut self,
        now: Duration,
        chat: &str,
        text: &str,
    ) -> Result<(), ControlError> {
        if text.is_empty() {
            return Err(ControlError::field("text", "must not be empty"));
        }
        let customer = self.talk(chat)?.one("customer").unwrap_or_default().to_owned();
        let user = self.user_named(now, "Workflows");
        let author = Author { user: Some(user), client: "workflow" };
        let body = json!({ "channel": "chat", "app": "chat", "direction": "out", "preview": text, "auto": true });
        self.add_message(now, &author, Some(chat), &customer, object(body), Vec::new());
        Ok(())
    }

    pub(super) fn agent_note(
        &mut self,
        now: Duration,
        chat: &str,
        text: &str,
        agent: Option<String>,
    ) -> Result<(), ControlError> {
        if text.is_empty() {
            return Err(ControlError::field("text", "must not be empty"));
        }
        let author = self.author(now, chat, agent)?;
        self.add_note(now, &author, chat, object(json!({ "body": text })), Vec::new());
        Ok(())
    }

    pub(super) fn assign(
        &mut self,
        now: Duration,
        chat: &str,
        agent: Option<String>,
    ) -> Result<(), ControlError> {
        let agent = agent.unwrap_or_else(|| DEFAULT_AGENT.to_owned());
        let author = self.author(now, chat, Some(agent.clone()))?;
        let users = json!([author.user]);
        self.change(
            now,
            &author,
            chat,
            json!({ "assignedUsers": users }),
            format!("Assigned to {agent}"),
        )
    }

    pub(super) fn assign_team(
        &mut self,
        now: Duration,
        chat: &str,
        team: &str,
    ) -> Result<(), ControlError> {
        let author = self.author(now, chat, None)?;
        let known = self.store.all(Kind::Team).find(|known| known.text("name") == team);
        let id = known
            .map(|known| known.id.clone())
            .ok_or(ControlError::field("team", "is not known"))?;
        self.change(
            now,
            &author,
            chat,
            json!({ "assignedTeams": [id] }),
            format!("Assigned to the team {team}"),
        )
    }

    pub(super) fn unassign(&mut self, now: Duration, chat: &str) -> Result<(), ControlError> {
        let author = self.author(now, chat, None)?;
        self.change(
            now,
            &author,
            chat,
            json!({ "assignedUsers": [], "assignedTeams": [] }),
            "Nobody is assigned any more".to_owned(),
        )
    }

    pub(super) fn snooze(
        &mut self,
        now: Duration,
        chat: &str,
        seconds: Option<u64>,
    ) -> Result<(), ControlError> {
        let author = self.author(now, chat, None)?;
        let until =
            seconds.map(|seconds| iso::text(self.at_ms(now + Duration::from_secs(seconds))));
        let body =
            json!({ "status": "snoozed", "snooze": { "status": "scheduled", "time": until } });
        self.change(now, &author, chat, body, "Snoozed".to_owned())
    }

    pub(super) fn done(&mut self, now: Duration, chat: &str) -> Result<(), ControlError> {
        let author = self.author(now, chat, None)?;
        self.change(now, &author, chat, json!({ "status": "done" }), "Done".to_owned())
    }

    pub(super) fn reopen(&mut self, now: Duration, chat: &str) -> Result<(), ControlError> {
        if self.talk(chat)?.text("status") == "open" {
            return Err(ControlError::WrongState { needs: "done or snoozed" });
        }
        let author = self.author(now, chat, None)?;
        self.change(now, &author, chat, json!({ "status": "open" }), "Opened again".to_owned())
    }

    pub(super) fn end(
        &mut self,
        now: Duration,
        chat: &str,
        done: bool,
    ) -> Result<(), ControlError> {
        let author = self.author(now, chat, None)?;
        let mut body =
            json!({ "ended": true, "endedByType": "user", "endedReason": "agent_ended" });
        if done {
            put(&mut body, "status", "done");
        }
        self.change(now, &author, chat, body, "Ended by the agent".to_owned())
    }

    pub(super) fn agent_redacts(
        &mut self,
        now: Duration,
        chat: &str,
        message: Option<String>,
    ) -> Result<(), ControlError> {
        let author = self.author(now, chat, None)?;
        let mut said = self.store.of(Kind::Message, "conversation", chat).rev();
        let found = said.find(|record| match &message {
            Some(id) => record.id == *id,
            None => record.text("direction") == "out" && !record.flag("redacted"),
        });
        let found = found.map(|record| record.id.clone());
        drop(said);
        let id = found.ok_or(ControlError::field("message", "is not in this conversation"))?;
        self.redact(now, &author, &id);
        Ok(())
    }

    fn change(
        &mut self,
        now: Duration,
        author: &Author,
        chat: &str,
        body: Value,
        notice: String,
    ) -> Result<(), ControlError> {
        self.talk(chat)?;
        self.change_conversation(now, author, chat, false, None, object(body));
        self.notice(now, chat, notice);
        Ok(())
    }

    /// Sections 8.1 and 8.2: what an admin enters under Settings > Platform > Outbound webhooks.
    pub(super) fn hook(
        &mut self,
        now: Duration,
        url: String,
        token: String,
        events: Vec<String>,
    ) -> Result<(), ControlError> {
        if token.is_empty() {
            return Err(ControlError::field("token", "must not be empty"));
        }
        if let Some(stray) =
            events.iter().find(|name| !super::hooks::EVENTS.contains(&name.as_str()))
        {
            return Err(ControlError::field(stray, "is no event"));
        }
        let events =
            if events.is_empty() { RELAY_EVENTS.map(str::to_owned).to_vec() } else { events };
        let known = self.store.all(Kind::Webhook).find(|hook| hook.text("url") == url);
        if let Some(id) = known.map(|hook| hook.id.clone()) {
            self.store.remove(&id);
        }
        let body = object(json!({ "name": "Parlor", "url": url, "events": events }));
        self.add_webhook(now, &Author::SYSTEM, token, body);
        Ok(())
    }

    pub(super) fn switch_all(&mut self, now: Duration, on: bool) {
        let ids: Vec<String> = self.store.all(Kind::Webhook).map(|hook| hook.id.clone()).collect();
        for id in ids {
            self.switch(now, &id, on);
        }
    }

    pub(super) fn reset(&mut self) {
        let kinds = [
            Kind::Conversation,
            Kind::Customer,
            Kind::Message,
            Kind::Note,
            Kind::Draft,
            Kind::Attachment,
            Kind::WorkItem,
            Kind::Satisfaction,
        ];
        let ids =
            kinds.into_iter().flat_map(|kind| self.store.all(kind)).map(|record| record.id.clone());
        for id in ids.collect::<Vec<_>>() {
            self.store.remove(&id);
        }
        self.files.clear();
        self.sessions.clear();
        self.notices.clear();
        self.told_to_wait.clear();
        self.faults.clear(None);
        self.limits = super::limits::Limits::default();
        self.courier = super::delivery::Courier::default();
        self.wire.reset();
        self.changed();
    }
}

/// Section 8.2: what the relay subscribes to.
const RELAY_EVENTS: [&str; 2] = ["kustomer.message.create", "kustomer.conversation.update"];

/// Members of an agent's message, for events that no message stands behind.
pub(super) fn strange_message(text: &str, time: &Value) -> Map<String, Value> {
    object(json!({
        "channel": "chat", "app": "chat", "size": text.chars().count(), "direction": "out",
        "directionType": "response-out", "preview": text, "meta": {}, "status": "sent", "auto": false,
        "redacted": false, "assignedTeams": [], "assignedUsers": [], "createdByTeams": [], "sentAt": time,
        "createdAt": time, "updatedAt": time, "modifiedAt": time, "rev": 1, "reactions": [], "intentDetections": [],
    }))
}
