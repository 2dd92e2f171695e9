//! What agents see: plain values, also for scripts and the page.

use serde::{Deserialize, Serialize};

use super::Config;
use super::session::{Session, State};

/// One chat as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub id: String,
    /// `waiting`, `active` or `ended`.
    pub state: String,
    pub visitor: Visitor,
    pub agent: Option<String>,
    /// Who has joined beside the agent.
    pub conference: Vec<String>,
    /// What the visitor has typed and not sent, where the desk asked for that.
    pub peek: Option<String>,
    /// An agent has asked for a file, and none has come.
    pub file_asked: bool,
    /// Unix time of the chat request, in milliseconds.
    pub waiting_since_ms: i64,
    pub visitor_typing: bool,
    pub lines: Vec<Line>,
    pub ended_by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub name: String,
    pub details: Vec<Detail>,
    pub language: String,
    pub user_agent: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub label: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unix time in milliseconds.
    pub at_ms: i64,
    pub from: Speaker,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Visitor,
    Agent,
    Notice,
}

impl Chat {
    pub(super) fn of(session: &Session, config: &Config) -> Option<Self> {
        let chat = session.chat.as_ref()?;
        let state = match (&session.state, &chat.agent) {
            (State::Ended { .. }, _) => "ended",
            (State::Established, Some(_)) => "active",
            _ => "waiting",
        };
        let details = chat.details.iter();
        Some(Self {
            id: session.id.clone(),
            state: state.to_owned(),
            visitor: Visitor {
                name: chat.name.clone(),
                details: details
                    .map(|(label, value)| Detail { label: label.clone(), value: value.clone() })
                    .collect(),
                language: chat.language.clone(),
                user_agent: chat.user_agent.clone(),
            },
            agent: chat.agent.clone(),
            conference: chat.conference.clone(),
            peek: chat.peek.as_ref().map(|(_, text)| text.clone()),
            file_asked: chat.file_token.is_some(),
            waiting_since_ms: config.started_at_ms
                + i64::try_from(chat.requested.as_millis()).unwrap_or(0),
            visitor_typing: chat.visitor_typing,
            lines: chat.lines.clone(),
            ended_by: chat.ended_by.clone(),
        })
    }
}
