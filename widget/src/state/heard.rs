//! What the link tells: events of the log, and what is not kept.

use parlor_shared::{
    id::MessageId,
    wire::{Block, Event, FailureReason, Span, What},
};

use super::{
    Duration, Effect, Input, Layer, Model, Step, Timestamp, ToPage,
    idle::Idle,
    rows::{self, Skew},
    thread::{Nobody, Progress, Refusal},
    words::Word,
};
use crate::{connection::machine::Notice, digits::digits, snapshot::Entry};

impl Model {
    /// Takes what the machine has to say.
    pub(super) fn notice(&mut self, step: &mut Step, notice: Notice) {
        match notice {
            Notice::Reset => {
                self.thread.reset();
                self.past = None;
                self.replay = 0;
                self.typing = None;
                self.idle = None;
                self.new_above = None;
                self.read = 0;
                self.seq = 0;
                step.effects.push(Effect::Keep(Entry::read(0)));
            }
            Notice::Clock(edge) => {
                let skew = Skew { ahead: edge.since(step.now), back: step.now.since(edge) };
                self.skew =
                    if skew.ahead.max(skew.back) > CLOCKS_AGREE { skew } else { Skew::default() };
            }
            Notice::Gone => {
                self.gone = true;
                step.announce(self.words.get(Word::Gone).to_owned(), true);
            }
            Notice::Welcome { last } => {
                self.past.get_or_insert(last);
                self.replay = last;
                self.typing = None;
                self.idle = None;
            }
            Notice::Event(event) => self.event(step, event),
            Notice::Accepted { id, seq } => {
                self.tell_sent(step, &id);
                self.thread.accepted(&id, seq, self.skew);
                self.seq = self.seq.max(seq);
                step.effects.push(Effect::Keep(Entry::sent(&id)));
            }
            Notice::Refused { id, code } => {
                self.thread.refused(&id, Refusal::from_code(&code));
                if let Some(progress) = self.thread.progress_of(&id)
                    && *progress == Progress::Retried
                {
                    *progress = Progress::Failed(FailureReason::Other(code));
                }
            }
            Notice::Form { key, code } => {
                self.form_wanted = true;
                // Not asked yet, it is not wrong yet.
                self.form = self.answered.then_some((key, code));
                self.stale |= !self.site.asks;
            }
            Notice::Typing(on) => {
                self.typing = match self.thread.agent() {
                    Some(agent) if on => {
                        if self.typing.is_none() && self.open {
                            let text = self.words.fill(Word::IsTyping, &[("name", &agent.name)]);
                            step.announce(text, false);
                        }
                        Some(step.now + TYPING_SHOWS_FOR)
                    }
                    _ => None,
                };
            }
            Notice::Idle(ends_in_s) => {
                let before = self.idle.take();
                self.idle = ends_in_s.map(|seconds| Idle::new(step.now, seconds, before));
            }
            Notice::Capabilities(capabilities) => self.capabilities = capabilities,
        }
    }

    fn event(&mut self, step: &mut Step, event: Event) {
        let seq = event.seq;
        self.seq = seq;
        let past = self.past.is_some_and(|past| seq <= past);
        let mut ended_now = false;
        match &event.what {
            What::Agent { agent, body, .. } => {
                self.typing = None;
                if !past {
                    let text = plain(body);
                    step.effects.push(Effect::Tell(ToPage::Received {
                        text: self.tells_texts.then(|| text.clone()),
                    }));
                    let said = [("name", agent.name.as_str()), ("text", text.as_str())];
                    step.announce(self.words.fill(Word::Says, &said), false);
                    if !self.near_end {
                        self.below += 1;
                    }
                }
            }
            What::Visitor { id, .. } => {
                // It may come before its acknowledgement, and takes the message from those that wait.
                self.tell_sent(step, id);
                step.effects.push(Effect::Keep(Entry::sent(id)));
            }
            What::Retried { of } => {
                if let Some(id) = self.thread.id_at(*of).cloned() {
                    self.machine_retried(id);
                }
            }
            What::Failed { reason, .. } if !past => {
                let word = match reason {
                    FailureReason::ConversationEnded => Word::FailedEnded,
                    FailureReason::DeskRefused => Word::FailedRefused,
                    _ => Word::FailedDesk,
                };
                step.announce(self.words.get(word).to_owned(), true);
            }
            What::Queued { place: Some(place), .. } if !past => {
                let n = digits(*place);
                step.announce(self.words.fill(Word::PlaceSaid, &[("n", &n)]), false);
            }
            What::Custom { kind, data } if !past => {
                let (key, data) = (kind.clone(), data.clone());
                step.effects.push(Effect::Tell(ToPage::PageEvent { key, data }));
            }
            What::Transferring { to } if !past => {
                let title = rows::transfer_title(self.thread.agent(), to.as_deref(), &self.words);
                step.announce(title, false);
            }
            What::Joined { agent } if !past => {
                let text = self.words.fill(Word::JoinedSaid, &[("name", &agent.name)]);
                step.announce(text, false);
                step.effects.push(Effect::Tell(ToPage::Joined { name: agent.name.clone() }));
            }
            What::FileRequested { agent } if !past => {
                let text = self.words.fill(Word::FileRequested, &[("name", &agent.name)]);
                step.announce(text, false);
            }
            What::Unavailable { text, leave_message, .. } if !past => {
                let nobody = Nobody { text: text.clone(), leave_message: *leave_message };
                step.announce(rows::nobody_text(&nobody, &self.words), false);
            }
            What::Left { .. } => self.typing = None,
            What::Ended { .. } => {
                self.typing = None;
                self.idle = None;
                self.layer = Layer::None;
                if self.open && !past {
                    ended_now = true;
                }
            }
            _ => {}
        }
        self.thread.apply(event, seq > self.replay);
        if ended_now {
            self.focus_inside(step);
        }
        if self.open && past && self.new_above.is_none() {
            // Opened before the past had arrived.
            self.mark_new(self.read);
        }
    }

    fn machine_retried(&mut self, id: MessageId) {
        // Queues nothing, so it may be called while outputs are drained.
        self.machine.handle(Timestamp::default(), 0, Input::Retried(id));
    }

    /// Draws the line above what was not read yet.
    pub(super) fn mark_new(&mut self, read: u64) {
        self.new_above = match read {
            0 => None,
            _ => self.thread.first_unread_after(read),
        };
    }
}

/// An agent's message as readers hear it.
pub fn plain(body: &[Block]) -> String {
    let mut text = String::new();
    for block in body {
        if !text.is_empty() {
            text.push(' ');
        }
        match block {
            Block::Choices(choices) => listed(choices, ", ", &mut text),
            Block::Paragraph(spans) => plain_spans(spans, &mut text),
            Block::List { items, .. } => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        text.push_str(", ");
                    }
                    plain_spans(item, &mut text);
                }
            }
            Block::Code(code) => text.push_str(code),
        }
    }
    text
}

/// Appends texts with something between them.
pub fn listed(texts: &[String], between: &str, to: &mut String) {
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            to.push_str(between);
        }
        to.push_str(text);
    }
}

fn plain_spans(spans: &[Span], text: &mut String) {
    for span in spans {
        match span {
            Span::Text(run) | Span::Link { text: run, .. } | Span::Code(run) => text.push_str(run),
            Span::Break {} => text.push(' '),
            Span::Strong(spans) | Span::Emphasis(spans) => plain_spans(spans, text),
        }
    }
}

/// Clocks that differ by less are right enough for hours and minutes.
const CLOCKS_AGREE: Duration = Duration::from_secs(120);

/// Desks repeat the sign while an agent types; one that is not repeated for so long is forgotten.
pub(super) const TYPING_SHOWS_FOR: Duration = Duration::from_secs(20);
