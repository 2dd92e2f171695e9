//! The last step out: an answer is traced, harmed where a fault says so, and queued.

use std::collections::VecDeque;
use std::time::Duration;

use super::Output;
use super::faults::{Fault, Order};
use super::trace::{Entry, Trace, What};
use crate::desks::http::{ConnId, Output as Answer, Response};

/// A request that still wants its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub conn: ConnId,
    pub call: &'static str,
    pub chat: Option<String>,
    /// What will happen to the answer.
    pub fault: Option<Order>,
}

#[derive(Debug, Default)]
pub(super) struct Wire {
    pub outputs: VecDeque<Output>,
    /// Answers held back by a delay, in order of arrival here.
    late: Vec<(Duration, Answer)>,
    pub trace: Trace<Entry>,
}

impl Wire {
    pub fn answer(&mut self, now: Duration, exchange: Exchange, response: Response) {
        let Exchange { conn, call, chat, fault } = exchange;
        let mut response = response;
        let note = fault.as_ref().map(|order| order.fault.name());
        let mut entry =
            Entry { conn: Some(conn.0), chat, note, ..Entry::new(now, What::Answered, call) };
        let mut delay = None;
        let mut sent_bytes = None;
        if let Some(order) = fault {
            match order.fault {
                Fault::DropResponse => {
                    self.trace.push(Entry { what: What::Unanswered, ..entry });
                    return self.outputs.push_back(Output::Answer(Answer::Close { conn }));
                }
                Fault::HalfOpen => {
                    return self.trace.push(Entry { what: What::Unanswered, ..entry });
                }
                Fault::Delay => delay = Some(Duration::from_millis(order.natural("ms"))),
                Fault::EmptyBody => response.body.clear(),
                Fault::HugeBody => {
                    // Spaces after JSON are still JSON: only the size is wrong.
                    response.body.resize(order.size("bytes").max(response.body.len()), b' ');
                }
                Fault::CutShort => sent_bytes = Some(response.body.len() / 2),
                Fault::NotJson => response = Response::html(200, SIGN_IN_PAGE),
                _ => {}
            }
        }
        entry.status = Some(response.status);
        let answer = match sent_bytes {
            // Without a body there is nothing to cut: the connection closes.
            Some(_) if response.body.is_empty() => Answer::Close { conn },
            Some(sent_bytes) => Answer::CutShort { conn, response, sent_bytes },
            None => Answer::Respond { conn, response },
        };
        if !matches!(answer, Answer::Respond { .. }) {
            entry.what = What::Unanswered;
        }
        match delay {
            Some(delay) => self.late.push((now + delay, answer)),
            None => self.outputs.push_back(Output::Answer(answer)),
        }
        self.trace.push(entry);
    }

    pub fn note(&mut self, now: Duration, what: What, call: &str, note: Option<&'static str>) {
        self.trace.push(Entry { note, ..Entry::new(now, what, call) });
    }

    /// Closes a connection of which nothing came.
    pub fn close(&mut self, now: Duration, exchange: Exchange) {
        let Exchange { conn, call, chat, fault } = exchange;
        let note = fault.map(|order| order.fault.name());
        let entry = Entry::new(now, What::Unanswered, call);
        self.trace.push(Entry { conn: Some(conn.0), chat, note, ..entry });
        self.outputs.push_back(Output::Answer(Answer::Close { conn }));
    }

    /// Drops the trace and closes what was held back.
    pub fn reset(&mut self) {
        let closed = self.late.drain(..).map(|(_, answer)| Answer::Close { conn: answer.conn() });
        self.outputs.extend(closed.map(Output::Answer));
        self.trace = Trace::default();
    }

    /// The client is gone: what was held back for it is dropped.
    pub fn forget(&mut self, now: Duration, conn: ConnId) {
        self.late.retain(|(_, answer)| answer.conn() != conn);
        let entry = Entry::new(now, What::Aborted, "request");
        self.trace.push(Entry { conn: Some(conn.0), ..entry });
    }

    pub fn due(&self) -> Option<Duration> {
        self.late.iter().map(|(due, _)| *due).min()
    }

    /// Lets go what has been held back long enough.
    pub fn release(&mut self, now: Duration) {
        let (mut ready, late): (Vec<_>, Vec<_>) =
            self.late.drain(..).partition(|(due, _)| *due <= now);
        ready.sort_by_key(|(due, _)| *due);
        self.late = late;
        self.outputs.extend(ready.into_iter().map(|(_, answer)| Output::Answer(answer)));
    }
}

/// What a captive portal or a single-sign-on wall puts in place of JSON.
const SIGN_IN_PAGE: &str =
    "<!doctype html><html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>";
