//! What becomes of a write that did not succeed: a table of what a failure means to each job, and what is done by it.

use std::time::Duration;

use parlor_shared::{Timestamp, wire::FailureReason};

use super::{
    answers::Trouble,
    machine::{Machine, RETRY},
    snapshot::{Claim, Head, Job, Note, Stage},
};
use crate::relay::Event;

/// What a failure means to a job.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long it is tried while the desk does not answer as it should.
    pub patience: Duration,
    /// After an unknown outcome it is looked for before it is written again. Else saying it twice does no harm.
    pub looks: bool,
    pub forbidden: Forbidden,
    pub gone: Gone,
    pub refused: Refused,
    /// It is said of the conversation after its end, and the end does not stop it.
    pub outlives_end: bool,
}

/// 403: the key has not the role.
#[derive(Clone, Copy, Debug)]
pub enum Forbidden {
    /// An admin may be changing the key.
    Wait,
    Otherwise,
    GiveUp,
}

/// 404: what it was to be added to is not there.
#[derive(Clone, Copy, Debug)]
pub enum Gone {
    /// The conversation is made again, once, and this with it.
    Anew,
    /// Nobody has to be told.
    Quietly,
    GiveUp,
}

/// Understood and turned down.
#[derive(Clone, Copy, Debug)]
pub enum Refused {
    /// It may be there already: what a duplicate is answered with is not documented.
    Look,
    Otherwise,
    GiveUp,
}

/// The table.
pub const fn rules(job: &Job) -> Rules {
    let usual = Rules {
        patience: PATIENCE,
        looks: true,
        forbidden: Forbidden::Wait,
        gone: Gone::Anew,
        refused: Refused::Look,
        outlives_end: false,
    };
    match job {
        Job::Conversation | Job::NoteMessage | Job::Text(_) => usual,
        Job::Customer => Rules { gone: Gone::GiveUp, ..usual },
        // Whom it is given to is worth less than that it is heard.
        Job::Assign => {
            Rules { looks: false, gone: Gone::GiveUp, refused: Refused::GiveUp, ..usual }
        }
        // Notes are not among the five roles of the set-up.
        Job::Note => Rules { forbidden: Forbidden::Otherwise, gone: Gone::GiveUp, ..usual },
        // A message in the visitor's name, or another conversation, would have agents take it up again.
        Job::Rating => Rules {
            patience: RATING_PATIENCE,
            forbidden: Forbidden::GiveUp,
            gone: Gone::GiveUp,
            outlives_end: true,
            ..usual
        },
        Job::Close { plain } => Rules {
            looks: false,
            gone: Gone::Quietly,
            refused: if *plain { Refused::GiveUp } else { Refused::Otherwise },
            ..usual
        },
    }
}

impl Machine {
    pub(super) fn on_gone(&mut self, now: Timestamp, head: Head) {
        let trouble = Trouble { code: "desk_conversation_gone", status: Some(404), role: None };
        match rules(&head.job).gone {
            Gone::Quietly => self.fail(head, FailureReason::DeskRefused),
            Gone::Anew if !self.state.lost => {
                self.trouble(&head.job, trouble);
                self.make_anew(now, head.job);
            }
            Gone::Anew | Gone::GiveUp => {
                self.trouble(&head.job, trouble);
                self.fail(head, FailureReason::DeskRefused);
            }
        }
    }

    fn make_anew(&mut self, now: Timestamp, job: Job) {
        self.state.lost = true;
        if job == Job::Conversation {
            self.state.customer = None;
        }
        self.state.conversation = None;
        self.state.perhaps = true;
        self.state.assigned = false;
        self.state.claim = Claim { next_at: now, ..Claim::default() };
        self.state.note = if self.state.notes_refused { Note::AsMessage } else { Note::Due };
        if let Job::Text(text) = job {
            self.state.texts.push_front(text);
        }
        if self.state.stage == Stage::Open {
            self.state.stage = Stage::Opening;
        }
    }

    pub(super) fn on_refused(&mut self, now: Timestamp, head: Head, hopeless: bool) {
        match rules(&head.job).refused {
            Refused::Otherwise => self.do_otherwise(now, head),
            Refused::Look if !(head.look || head.clashed || hopeless) => {
                self.state.head = Some(Head { look: true, clashed: true, next_at: now, ..head });
            }
            Refused::Look | Refused::GiveUp => self.fail(head, FailureReason::DeskRefused),
        }
    }

    /// 401 or 403.
    pub(super) fn on_key(&mut self, now: Timestamp, head: Head, trouble: Trouble) {
        self.trouble(&head.job, trouble);
        let forbidden = rules(&head.job).forbidden;
        let waited = now.since(head.first_at) >= KEY_PATIENCE;
        match forbidden {
            Forbidden::Otherwise if trouble.status == Some(403) => self.do_otherwise(now, head),
            Forbidden::GiveUp if trouble.status == Some(403) => {
                self.fail(head, FailureReason::DeskRefused);
            }
            _ if waited => self.fail(head, FailureReason::DeskRefused),
            _ => self.state.head = Some(Head { next_at: now + KEY_RETRY, ..head }),
        }
    }

    /// The same in a way that asks less of the key or of the desk, where there is one.
    fn do_otherwise(&mut self, now: Timestamp, head: Head) {
        match head.job {
            Job::Note => {
                self.state.note = Note::AsMessage;
                self.state.notes_refused = true;
            }
            Job::Close { plain: false } => {
                let job = Job::Close { plain: true };
                self.state.head = Some(Head { job, look: false, next_at: now, ..head });
            }
            _ => self.fail(head, FailureReason::DeskRefused),
        }
    }

    /// Nothing was done: the limit's time does not count against the message, up to a point.
    pub(super) fn hold(&mut self, now: Timestamp, head: Head, until: Timestamp) {
        let wait = until.since(now).max(Duration::from_millis(1));
        let held_ms = head.held_ms + u64::try_from(wait.as_millis()).unwrap_or(u64::MAX / 2);
        if u128::from(held_ms) > HELD_PATIENCE.as_millis() {
            return self.fail(head, FailureReason::DeskUnreachable);
        }
        self.state.head = Some(Head {
            held_ms,
            first_at: head.first_at + wait,
            next_at: now + wait,
            tries: head.tries.saturating_sub(1),
            ..head
        });
    }

    /// Whether the desk did it is unknown: look before it is written again.
    pub(super) fn retry(&mut self, now: Timestamp, dice: u64, head: Head, trouble: Trouble) {
        self.trouble(&head.job, trouble);
        let Rules { patience, looks, .. } = rules(&head.job);
        if now.since(head.first_at) >= patience {
            return self.fail(head, FailureReason::DeskUnreachable);
        }
        let look = head.look || looks;
        let next_at = now + RETRY.delay(head.tries.saturating_sub(1), dice);
        self.state.head = Some(Head { look, next_at, ..head });
    }

    /// Gives a job up.
    pub(super) fn fail(&mut self, head: Head, reason: FailureReason) {
        match head.job {
            Job::Customer | Job::Conversation => {
                self.fail_texts(&reason);
                if self.state.stage == Stage::Closing {
                    self.be_over(false);
                } else {
                    self.state.stage = Stage::Idle;
                }
            }
            Job::Assign => self.state.assigned = true,
            Job::Note | Job::NoteMessage => self.state.note = Note::Done,
            Job::Rating => self.state.rating = None,
            Job::Text(text) => {
                self.event(Event::Failed { seq: text.seq, reason: reason.clone() });
                if reason == FailureReason::DeskUnreachable {
                    // What waited behind it has waited as long: tell the visitor now, not one by one.
                    self.fail_texts(&reason);
                }
            }
            Job::Close { .. } => self.be_over(false),
        }
    }

    fn fail_texts(&mut self, reason: &FailureReason) {
        while let Some(text) = self.state.texts.pop_front() {
            self.event(Event::Failed { seq: text.seq, reason: reason.clone() });
        }
    }
}

/// How long a message is tried before the visitor is told that it was not sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a rating is tried: nobody waits for it, and nobody else tells the desk.
const RATING_PATIENCE: Duration = Duration::from_secs(600);

/// How long a key that is refused is tried: an admin may be changing it.
const KEY_PATIENCE: Duration = Duration::from_secs(120);

/// Pause before a refused key is tried again.
const KEY_RETRY: Duration = Duration::from_secs(15);

/// How long the organisation's limit may hold a message up.
const HELD_PATIENCE: Duration = Duration::from_secs(300);
