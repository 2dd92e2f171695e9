//! What goes to the agent, one POST at a time: which is next, under which number, and what its answer means.

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    wire::{EndedBy, FailureReason},
};

use super::{
    answers::{self, Verdict},
    machine::{Machine, RETRY},
    masks,
    opening::OPENING_BUDGET,
    requests,
    snapshot::{Chat, HandOver, Head, LastTaken, Poll, Post, Session, Stage, Text},
};
use crate::relay::{Event, agent_key, call::Outcome};

impl Machine {
    /// Whether there is something to post.
    pub(super) fn has_post(&self, session: &Session) -> bool {
        match session.chat {
            Chat::Requesting | Chat::Waiting => false,
            Chat::Live { .. } => {
                self.state.transcript.is_some()
                    || !session.extras.is_empty()
                    || !self.state.texts.is_empty()
                    || self.typing.is_some()
                    || self.peek.is_some()
            }
            Chat::Closing { .. } => true,
        }
    }

    pub(super) fn open_post(&mut self, now: Timestamp) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if self.post.is_some() {
            return;
        }
        match &mut session.hand_over {
            None => {}
            Some(HandOver::Resync { tries, next_at, .. }) if now >= *next_at => {
                *tries += 1;
                *next_at = now;
                let base_url = self.state.moved_to.as_deref().unwrap_or(&self.config.base_url);
                let request = requests::resync(base_url, &self.config, session);
                self.post = Some(self.call(request));
                return;
            }
            Some(_) => return,
        }
        if session.head.is_none() {
            if now < session.next_post_at {
                return;
            }
            let Some(post) = self.next_post() else { return };
            let Stage::Open(session) = &mut self.state.stage else { return };
            session.head = Some(new_head(session, post, now));
        }
        let Stage::Open(session) = &mut self.state.stage else { return };
        let Some(head) = &mut session.head else { return };
        if now < head.next_at {
            return;
        }
        head.tries += 1;
        head.next_at = now;
        let head = head.clone();
        let base_url = self.state.moved_to.as_deref().unwrap_or(&self.config.base_url);
        let request = requests::post(base_url, &self.config, &self.introduction, session, &head);
        self.post = Some(self.call(request));
    }

    /// What is posted next. The desk's rules are applied here, before anything leaves.
    fn next_post(&mut self) -> Option<Post> {
        let Stage::Open(session) = &mut self.state.stage else { return None };
        match session.chat {
            Chat::Requesting | Chat::Waiting => None,
            Chat::Live { .. } => {
                if let Some(transcript) = self.state.transcript.take() {
                    let masked = masks::mask(&session.rules, &transcript);
                    return Some(Post::Line(masked.text));
                }
                if let Some(extra) = session.extras.pop_front() {
                    return Some(extra);
                }
                if let Some(text) = self.state.texts.pop_front() {
                    return Some(self.masked(text));
                }
                if let Some(on) = self.typing.take() {
                    return Some(Post::Typing(on));
                }
                let text = self.peek.take()?;
                session.peeks += 1;
                let text = masks::mask(&session.rules, &text).text;
                Some(Post::Peek { position: session.peeks, text })
            }
            Chat::Closing { .. } => match self.state.texts.pop_front() {
                Some(text) => Some(self.masked(text)),
                None => Some(Post::End),
            },
        }
    }

    fn masked(&mut self, text: Text) -> Post {
        let Stage::Open(session) = &mut self.state.stage else { return Post::Text(text) };
        let masked = masks::mask(&session.rules, &text.text);
        let seq = text.seq;
        let post = Post::Text(Text { seq, text: masked.text.clone() });
        let unusable = masked.unusable;
        let applied = masked.report();
        if !applied.is_empty() {
            session.extras.push_back(Post::Masked(applied));
            self.event(Event::Hidden { seq });
        }
        if unusable > 0 {
            self.trouble("SensitiveDataRules", "mask_unusable", None);
        }
        post
    }

    pub(super) fn on_post(&mut self, now: Timestamp, dice: u64, outcome: Outcome) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if session.hand_over.is_some() {
            return self.on_resynced(now, dice, &outcome);
        }
        let Some(head) = session.head.take() else { return };
        let call = requests::label(&head.post);
        match answers::verdict(&outcome) {
            Verdict::Taken => self.on_taken(now, head),
            Verdict::OutOfSync(actual) if actual >= head.number && head.tries > 1 => {
                // An earlier try got through and its answer was lost.
                session.sequence = actual;
                self.on_taken(now, Head { number: actual, ..head });
            }
            Verdict::OutOfSync(actual) if now.since(head.first_at) < post_budget(&head.post) => {
                session.sequence = actual;
                session.head = Some(Head {
                    number: actual.saturating_add(1),
                    next_at: now + RETRY.delay(0, dice),
                    tries: 0,
                    ..head
                });
                self.trouble(call, "sequence_mended", Some(409));
            }
            Verdict::Gone if head.post == Post::End => self.be_over(),
            Verdict::Gone => {
                session.head = Some(head);
                self.trouble(call, "session_gone", Some(403));
                self.ended(EndedBy::Desk);
            }
            Verdict::Refused(status) => {
                self.trouble(call, answers::status_code(status), Some(status));
                self.skip(now, head, FailureReason::DeskRefused);
            }
            Verdict::Moved => {
                self.trouble(call, "desk_moved", Some(503));
                self.on_moved(now, dice, head);
            }
            Verdict::Unsure { code, status } | Verdict::Unreadable { code, status } => {
                self.trouble(call, code, status);
                self.retry_or_skip(now, dice, head);
            }
            Verdict::OutOfSync(_) => self.retry_or_skip(now, dice, head),
        }
    }

    /// A POST was answered 503. One alone may be a gateway's, and giving the poll up for it would cost the length of
    /// a hold; a second in a row is the desk's.
    fn on_moved(&mut self, now: Timestamp, dice: u64, head: Head) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if head.post == Post::Init {
            // No chat is there yet that could be carried over.
            return self.retry_or_skip(now, dice, head);
        }
        if head.tries < 2 {
            let next_at = now + RETRY.delay(0, dice);
            session.head = Some(Head { next_at, ..head });
            return;
        }
        session.head = Some(head);
        self.hand_over(now);
    }

    pub(super) fn on_taken(&mut self, now: Timestamp, head: Head) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        session.sequence = head.number;
        session.next_post_at = now + POST_SPACING;
        if let Post::Text(Text { text, .. }) | Post::Line(text) = &head.post {
            let hash = agent_key(text);
            let before = if session.last_taken.hash == hash { session.last_taken.times } else { 0 };
            session.last_taken = LastTaken { hash, times: before.saturating_add(1) };
        }
        match head.post {
            Post::Init => {
                if session.chat == Chat::Requesting {
                    session.chat = Chat::Waiting;
                    session.poll = Poll::Due { at: now, failing_since: None };
                }
            }
            Post::Text(Text { seq, .. }) => self.event(Event::Delivered { seq }),
            Post::Typing(_)
            | Post::Line(_)
            | Post::Warning(_)
            | Post::Masked(_)
            | Post::Peek { .. } => {}
            Post::End => self.be_over(),
        }
    }

    fn retry_or_skip(&mut self, now: Timestamp, dice: u64, head: Head) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        if now.since(head.first_at) >= post_budget(&head.post) {
            return self.skip(now, head, FailureReason::DeskUnreachable);
        }
        let next_at = now + RETRY.delay(head.tries.saturating_sub(1), dice);
        session.head = Some(Head { next_at, ..head });
    }

    /// Gives a POST up. Its number counts as used: whether the desk saw it is unknown, and a number used
    /// twice would have the next message dropped as a repeat. If the desk did not see it, its 409 says so.
    fn skip(&mut self, now: Timestamp, head: Head, reason: FailureReason) {
        let Stage::Open(session) = &mut self.state.stage else { return };
        session.sequence = head.number;
        session.next_post_at = now + POST_SPACING;
        match head.post {
            Post::Init => self.give_up_opening(reason),
            Post::Text(text) => {
                self.event(Event::Failed { seq: text.seq, reason: reason.clone() });
                if reason == FailureReason::DeskUnreachable {
                    // What waited behind it has waited as long: tell the visitor now, not one by one.
                    self.fail_texts(&reason);
                }
            }
            Post::Typing(_)
            | Post::Line(_)
            | Post::Warning(_)
            | Post::Masked(_)
            | Post::Peek { .. } => {}
            Post::End => self.be_over(),
        }
    }
}

pub(super) fn new_head(session: &Session, post: Post, now: Timestamp) -> Head {
    Head { post, number: session.sequence + 1, first_at: now, tries: 0, next_at: now }
}

const fn post_budget(post: &Post) -> Duration {
    match post {
        Post::Init => OPENING_BUDGET,
        Post::Text(_) | Post::Line(_) | Post::Masked(_) | Post::End => POST_BUDGET,
        Post::Warning(_) => WARNING_BUDGET,
        Post::Typing(_) | Post::Peek { .. } => Duration::ZERO,
    }
}

/// Pause between sequenced POSTs. Source: docs/VENDORS.md; messages in quick succession were seen to be
/// answered 200 and lost.
const POST_SPACING: Duration = Duration::from_millis(250);

/// How long a message is tried before the visitor is told that it was not sent.
const POST_BUDGET: Duration = Duration::from_secs(60);

/// How long the agent is told that the visitor is warned. Messages wait behind it.
const WARNING_BUDGET: Duration = Duration::from_secs(5);
