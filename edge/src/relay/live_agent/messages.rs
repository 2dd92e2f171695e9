//! What each message of the desk means for the conversation.

use parlor_shared::{
    Timestamp,
    wire::{Agent, Block, EndedBy, UnavailableReason},
};

use super::{
    CAPABILITIES,
    machine::{Machine, agent},
    snapshot::{Chat, KnownAgent, Post, Rule, Session, Stage},
    wire::Message,
};
use crate::relay::{Event, IdleLimit, richtext};

impl Machine {
    pub(super) fn on_message(&mut self, now: Timestamp, message: Message) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        match message {
            Message::ChatRequestSuccess { place, wait_s, connection_timeout_ms, rules } => {
                session.connection_timeout_ms = connection_timeout_ms;
                if !rules.is_empty() {
                    session.rules = rules;
                }
                self.queued(place, wait_s);
            }
            Message::QueueUpdate { place, wait_s } => self.queued(place, wait_s),
            Message::Taken { name, user_id, idle, sneak_peek } => {
                self.taken(agent(name, user_id.as_deref()), idle, sneak_peek);
            }
            Message::ChatResumedAfterTransfer { name } => self.joined(agent(name, None)),
            Message::Transferring { to } => {
                if let Chat::Live { agent, others } = &mut session.chat {
                    *agent = None;
                    others.clear();
                    self.event(Event::Typing(false));
                    self.event(Event::Transferring { to });
                }
            }
            Message::AgentJoinedConference { name } => self.conference_joined(agent(name, None)),
            Message::AgentLeftConference { name } => self.conference_left(&name),
            Message::ChatMessage { name, agent_id, text } => {
                let agent = speaker(session, name, agent_id.as_deref());
                self.said(agent, richtext::from_plain(&text));
            }
            Message::RichMessage { header, choices } => {
                let mut body = header.map(|text| richtext::from_plain(&text)).unwrap_or_default();
                if !choices.is_empty() {
                    body.push(Block::Choices(choices));
                }
                let agent = speaker(session, None, None);
                self.said(agent, body);
            }
            Message::AgentTyping => self.event(Event::Typing(true)),
            Message::AgentNotTyping => self.event(Event::Typing(false)),
            Message::AgentDisconnect => {
                if let Chat::Live { agent, .. } = &mut session.chat
                    && let Some(left) = agent.take()
                {
                    self.event(Event::Typing(false));
                    self.event(Event::Left(left.into()));
                }
            }
            Message::ChatRequestFail { reason } => match session.chat {
                // After an agent had joined this reads as the agent's end, not as "nobody there".
                Chat::Live { agent: Some(_), .. } => self.ended(EndedBy::Agent),
                _ => self.unavailable(reason),
            },
            Message::ChatEnded { reason } => self.chat_ended(reason.as_deref()),
            Message::FileRequested => {
                let agent = speaker(session, None, None);
                session.extras.push_back(Post::Line(NO_FILES.to_owned()));
                self.event(Event::FileRequested(agent));
            }
            Message::CustomEvent { kind, data } => self.event(Event::Custom { kind, data }),
            Message::SensitiveDataRules(rules) => self.learn(rules),
            Message::ChasitorSessionData(data) => self.on_session_data(now, &data),
            Message::SwitchServer { new_url } => self.elsewhere(now, new_url),
            Message::AsyncResult { succeeded: false } => self.failed_after_all(),
            Message::AsyncResult { succeeded: true } | Message::Ignored => {}
            Message::Unrecognised { kind } => self.event(Event::Unrecognised { kind }),
        }
    }

    fn queued(&mut self, place: Option<u32>, wait_s: Option<u32>) {
        if matches!(self.state.stage, Stage::Open(Session { chat: Chat::Waiting, .. })) {
            self.event(Event::Queued { place, wait_s });
        }
    }

    /// `ChatEstablished` or `ChatTransferred`.
    fn taken(&mut self, agent: Agent, idle: Option<IdleLimit>, sneak_peek: bool) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if matches!(session.chat, Chat::Closing { .. }) {
            return;
        }
        let changed = session.sneak_peek != sneak_peek;
        session.sneak_peek = sneak_peek;
        self.joined(agent);
        self.event(Event::IdleLimit(idle));
        if changed {
            self.event(Event::Capabilities(parlor_shared::wire::Capabilities {
                sneak_peek,
                ..CAPABILITIES
            }));
        }
    }

    /// This agent has the chat now; the one before, if there was one, has left.
    fn joined(&mut self, agent: Agent) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        let known = Some(KnownAgent { key: agent.key, name: agent.name.clone() });
        let left = match &mut session.chat {
            Chat::Closing { .. } => return,
            Chat::Live { agent: present, .. } if *present == known => return,
            Chat::Live { agent: present, .. } => std::mem::replace(present, known),
            chat => {
                *chat = Chat::Live { agent: known, others: Vec::new() };
                None
            }
        };
        if let Some(left) = left {
            self.event(Event::Left(left.into()));
        }
        self.event(Event::Joined(agent));
    }

    fn conference_joined(&mut self, joined: Agent) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if let Chat::Live { agent, others } = &mut session.chat {
            let present = agent.iter().chain(others.iter()).any(|it| it.name == joined.name);
            if !present {
                others.push(KnownAgent { key: joined.key, name: joined.name.clone() });
                self.event(Event::Joined(joined));
            }
        }
    }

    fn conference_left(&mut self, name: &str) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if let Chat::Live { agent, others } = &mut session.chat {
            let left = match others.iter().position(|other| other.name == name) {
                Some(at) => Some(others.remove(at)),
                // Whoever had the chat leaves it to the others.
                None if agent.as_ref().is_some_and(|it| it.name == name) => agent.take(),
                None => None,
            };
            if agent.is_none() && !others.is_empty() {
                *agent = Some(others.remove(0));
            }
            if let Some(left) = left {
                self.event(Event::Left(left.into()));
            }
        }
    }

    fn said(&mut self, agent: Agent, body: Vec<Block>) {
        self.event(match body.is_empty() {
            true => Event::Typing(false),
            false => Event::Said { agent, body, auto: false },
        });
    }

    fn chat_ended(&mut self, reason: Option<&str>) {
        let Stage::Open(session) = &self.state.stage else { return };
        let attended = matches!(session.chat, Chat::Live { agent: Some(_), .. });
        match reason {
            Some("client") => self.ended(EndedBy::Visitor),
            Some("clientIdleTimeout") => self.ended(EndedBy::Idle),
            Some("agentsUnavailable" | "agentPushTimeout") if !attended => {
                self.unavailable(UnavailableReason::Unavailable);
            }
            Some("NoPost") if !attended => self.unavailable(UnavailableReason::Failed),
            Some("agentsUnavailable" | "agentPushTimeout") => self.ended(EndedBy::Nobody),
            Some("agent") | None => self.ended(EndedBy::Agent),
            Some(_) => self.ended(EndedBy::Desk),
        }
    }

    /// The rules as they are from now on.
    fn learn(&mut self, rules: Vec<Rule>) {
        if let Stage::Open(session) = &mut self.state.stage {
            session.rules = rules;
        }
    }
}

/// Who says something: by name among those who are there, else somebody new.
fn speaker(session: &Session, name: Option<String>, agent_id: Option<&str>) -> Agent {
    let Chat::Live { agent: present, others } = &session.chat else {
        return agent(name.unwrap_or_default(), agent_id);
    };
    let mut there = present.iter().chain(others);
    let known = match &name {
        None => there.next(),
        Some(name) => there.find(|known| known.name == *name),
    };
    match known {
        Some(known) => known.clone().into(),
        None => agent(name.unwrap_or_default(), agent_id),
    }
}

impl From<KnownAgent> for Agent {
    fn from(agent: KnownAgent) -> Self {
        Self { key: agent.key, name: agent.name, avatar: None }
    }
}

/// What an agent reads who has asked for a file.
const NO_FILES: &str = "(Automatic note: files cannot be sent in this chat.)";
