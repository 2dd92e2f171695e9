//! The last step out: an answer is traced, harmed where a fault says so, and queued.

use std::collections::VecDeque;
use std::time::Duration;

use super::Output;
use super::faults::Fault;
use super::trace::{Entry, Trace, What};
use crate::desks::http::{ConnId, Response};

/// A request that still wants its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub conn: ConnId,
    pub noun: String,
    pub chat: Option<String>,
    /// What will happen to the answer.
    pub fault: Option<Fault>,
}

/// An answer and what the trace may say about it.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub response: Response,
    pub sequence: Option<i64>,
    pub types: Vec<String>,
    /// A rule that the client broke and that this answer is due to.
    pub breach: Option<&'static str>,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self { response, sequence: None, types: Vec::new(), breach: None }
    }
}

impl Reply {
    pub fn breach(code: &'static str, response: Response) -> Self {
        Self { breach: Some(code), ..response.into() }
    }
}

#[derive(Debug, Default)]
pub(super) struct Wire {
    pub outputs: VecDeque<Output>,
    /// Answers held back by a delay, in order of arrival here.
    late: Vec<(Duration, Output)>,
    pub trace: Trace<Entry>,
}

impl Wire {
    pub fn answer(&mut self, now: Duration, exchange: Exchange, reply: Reply) {
        let Exchange { conn, noun, chat, fault } = exchange;
        if let Some(code) = reply.breach {
            self.note(now, What::Breach, &noun, chat.as_deref(), code);
        }
        let mut response = reply.response;
        let mut entry = Entry {
            conn: Some(conn.0),
            sequence: reply.sequence,
            types: reply.types,
            chat,
            note: fault.as_ref().map(Fault::name),
            ..Entry::new(now, What::Answered, &noun)
        };
        let mut delay = None;
        let mut sent_bytes = None;
        match fault {
            Some(Fault::DropResponse) => {
                self.trace.push(Entry { what: What::Unanswered, ..entry });
                return self.outputs.push_back(Output::Close { conn });
            }
            Some(Fault::HalfOpen) => {
                return self.trace.push(Entry { what: What::Unanswered, ..entry });
            }
            Some(Fault::Delay { ms }) => delay = Some(Duration::from_millis(ms)),
            Some(Fault::EmptyBody) => {
                // What was refused stays refused.
                let status = if response.status < 400 { 200 } else { response.status };
                response = Response { body: Vec::new(), status, ..response }
            }
            Some(Fault::HugeBody { bytes }) => {
                // Spaces after JSON are still JSON: only the size is wrong.
                let size = bytes.max(response.body.len());
                response.body.resize(size, b' ');
                response.content_type = response.content_type.or(Some("text/plain;charset=UTF-8"));
                response.status = if response.status == 204 { 200 } else { response.status };
            }
            Some(Fault::CutShort { sent_bytes: wanted }) => {
                let half = response.body.len() / 2;
                sent_bytes =
                    Some(wanted.unwrap_or(half).min(response.body.len().saturating_sub(1)));
            }
            // What was refused stays refused.
            Some(Fault::Accepted202) if response.status == 200 => {
                response = Response { status: 202, ..response }
            }
            Some(Fault::NotJson) => response = Response::html(200, SIGN_IN_PAGE),
            _ => {}
        }
        entry.status = Some(response.status);
        let output = match sent_bytes {
            // Without a body there is nothing to cut: the connection closes.
            Some(_) if response.body.is_empty() => Output::Close { conn },
            Some(sent_bytes) => Output::CutShort { conn, response, sent_bytes },
            None => Output::Respond { conn, response },
        };
        if !matches!(output, Output::Respond { .. }) {
            entry.what = What::Unanswered;
        }
        match delay {
            Some(delay) => self.late.push((now + delay, output)),
            None => self.outputs.push_back(output),
        }
        self.trace.push(entry);
    }

    pub fn note(
        &mut self,
        now: Duration,
        what: What,
        noun: &str,
        chat: Option<&str>,
        code: &'static str,
    ) {
        let chat = chat.map(str::to_owned);
        self.trace.push(Entry { chat, note: Some(code), ..Entry::new(now, what, noun) });
    }

    /// Closes a connection of which nothing came.
    pub fn close(&mut self, now: Duration, exchange: Exchange, why: &'static str) {
        let Exchange { conn, noun, chat, .. } = exchange;
        let entry = Entry::new(now, What::Unanswered, &noun);
        self.trace.push(Entry { conn: Some(conn.0), chat, note: Some(why), ..entry });
        self.outputs.push_back(Output::Close { conn });
    }

    /// Drops the trace and closes what was held back.
    pub fn reset(&mut self) {
        let closed = self.late.drain(..).map(|(_, output)| Output::Close { conn: output.conn() });
        self.outputs.extend(closed);
        self.trace = Trace::default();
    }

    /// The client is gone: what was held back for it is dropped.
    pub fn forget(&mut self, conn: ConnId) {
        self.late.retain(|(_, output)| output.conn() != conn);
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
        self.outputs.extend(ready.into_iter().map(|(_, output)| output));
    }
}

/// What a captive portal or a single-sign-on wall puts in place of JSON.
const SIGN_IN_PAGE: &str =
    "<!doctype html><html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>";
