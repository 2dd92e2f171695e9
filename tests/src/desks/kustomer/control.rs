//! The agents' side, as orders: what they do on the page, and what scripts do for them.

use std::time::Duration;

use super::Desk;
use super::faults::Order;
use crate::desks::ControlError;

/// Who answers where nobody is named.
pub const DEFAULT_AGENT: &str = "Maya Okafor";

/// A file that an agent sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// Something an agent, an admin, a script or a person with a bad day does. `agent: None` is whoever is assigned, else
/// [`DEFAULT_AGENT`].
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Text is Markdown, section 5.3.
    Reply {
        chat: String,
        text: String,
        agent: Option<String>,
        file: Option<Upload>,
    },
    /// A workflow answers: `auto` is true.
    Autoresponse {
        chat: String,
        text: String,
    },
    /// Internal; the visitor must never see it.
    Note {
        chat: String,
        text: String,
        agent: Option<String>,
    },
    /// Gives the conversation to an agent.
    Assign {
        chat: String,
        agent: Option<String>,
    },
    AssignTeam {
        chat: String,
        team: String,
    },
    /// Nobody has it any more.
    Unassign {
        chat: String,
    },
    /// For so long, or until somebody opens it.
    Snooze {
        chat: String,
        seconds: Option<u64>,
    },
    Done {
        chat: String,
    },
    Reopen {
        chat: String,
    },
    /// `ended: true`, with or without `done`; by an agent.
    End {
        chat: String,
        done: bool,
    },
    /// Takes a message's text; `None` is the newest of an agent.
    Redact {
        chat: String,
        message: Option<String>,
    },
    /// An admin adds a webhook; no events means the relay's two. One with the same address is replaced.
    Hook {
        url: String,
        token: String,
        events: Vec<String>,
    },
    /// An admin switches all webhooks on or off.
    SwitchHooks(bool),
    Fault(Order),
    /// Clears one knob by name, or all.
    ClearFaults(Option<String>),
    /// Forgets conversations, faults, log and trace; keys, people and webhooks stay.
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
            Control::Reply { chat, text, agent, file } => {
                self.reply(now, &chat, &text, agent, file)?
            }
            Control::Autoresponse { chat, text } => self.autorespond(now, &chat, &text)?,
            Control::Note { chat, text, agent } => self.agent_note(now, &chat, &text, agent)?,
            Control::Assign { chat, agent } => self.assign(now, &chat, agent)?,
            Control::AssignTeam { chat, team } => self.assign_team(now, &chat, &team)?,
            Control::Unassign { chat } => self.unassign(now, &chat)?,
            Control::Snooze { chat, seconds } => self.snooze(now, &chat, seconds)?,
            Control::Done { chat } => self.done(now, &chat)?,
            Control::Reopen { chat } => self.reopen(now, &chat)?,
            Control::End { chat, done } => self.end(now, &chat, done)?,
            Control::Redact { chat, message } => self.agent_redacts(now, &chat, message)?,
            Control::Hook { url, token, events } => self.hook(now, url, token, events)?,
            Control::SwitchHooks(on) => self.switch_all(now, on),
            Control::Fault(order) => self.turn(now, order)?,
            Control::ClearFaults(name) => {
                self.faults.clear(name.as_deref());
                self.changed();
            }
            Control::Reset => self.reset(),
        }
        self.send_due(now);
        Ok(())
    }
}
