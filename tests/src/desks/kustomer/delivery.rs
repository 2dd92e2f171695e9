//! Webhooks on their way: signed, tried again, and switched off when that does not help (section 8).

use std::collections::VecDeque;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;

use super::faults::Fault;
use super::rules::Rule;
use super::store::{Kind, put};
use super::trace::{Entry, What};
use super::{Desk, Output};

/// Names one attempt to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub u64);

/// A request that the desk makes: `POST`, with JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Sizes only: headers bear secrets, the body what people wrote.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Delivery({} body bytes)", self.body.len())
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// An answer of this status came.
    Status(u16),
    /// No connection, or it broke.
    Unreachable,
}

/// How a delivery is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// With the webhook's token.
    Token,
    /// By somebody who does not know it.
    Forged,
    /// Not at all.
    Absent,
}

/// What is to be delivered.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub id: String,
    pub name: String,
    pub chat: Option<String>,
    pub body: Value,
    /// Bytes that stand in place of `body`.
    pub raw: Option<Vec<u8>>,
    pub sign: Sign,
    /// Not Kustomer's own doing: it is tried once.
    pub mischief: Option<&'static str>,
}

#[derive(Debug)]
struct Parcel {
    id: u64,
    hook: String,
    event: Event,
    failures: usize,
    state: State,
    /// Delivered again when it was taken.
    twice: bool,
    /// Waits for another to overtake it.
    held: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Due(Duration),
    Out { attempt: AttemptId, since: Duration },
}

/// A line of the delivery log: the newest state of one event's delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logged {
    #[serde(skip)]
    parcel: u64,
    /// Unix time in milliseconds of the last change.
    pub at_ms: i64,
    pub event: String,
    pub name: String,
    pub chat: Option<String>,
    /// Attempts made.
    pub attempts: usize,
    /// `waiting`, `sent`, `taken`, `failed` (it will be tried again), `given up`, `dropped` or `lost`.
    pub state: &'static str,
    pub status: Option<u16>,
    /// Why it failed, or what mischief it is.
    pub note: Option<&'static str>,
    /// Unix time in milliseconds of the next attempt.
    pub next_ms: Option<i64>,
}

/// The deliveries under way, and the log.
#[derive(Debug, Default)]
pub(super) struct Courier {
    parcels: Vec<Parcel>,
    log: VecDeque<Logged>,
    last_parcel: u64,
    last_attempt: u64,
    /// The newest message event of each conversation, for a replay.
    pub newest: Vec<Event>,
}

impl Courier {
    pub fn log(&self) -> impl DoubleEndedIterator<Item = &Logged> {
        self.log.iter()
    }

    fn write(&mut self, parcel: u64, write: impl FnOnce(&mut Logged)) {
        if let Some(line) = self.log.iter_mut().rev().find(|line| line.parcel == parcel) {
            write(line);
        }
    }
}

/// Section 8.4: lower-case hexadecimal HMAC-SHA256, the token's UTF-8 bytes as key, over the raw body.
pub fn signature(token: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Desk {
    /// What became of an attempt. One that was given up for lost is passed over.
    pub fn settled(&mut self, now: Duration, attempt: AttemptId, fate: Fate) {
        self.tick(now);
        let out = |parcel: &Parcel| matches!(parcel.state, State::Out { attempt: its, .. } if its == attempt);
        if let Some(at) = self.courier.parcels.iter().position(out) {
            let strict = self.rules.hold(Rule::OnlyTwoHundred);
            match fate {
                Fate::Status(status) if (200..300).contains(&status) || !strict => {
                    self.taken(now, at, status)
                }
                Fate::Status(status) => self.failed(now, at, Some(status), "status"),
                Fate::Unreachable => self.failed(now, at, None, "unreachable"),
            }
        }
        self.send_due(now);
    }

    /// Puts an event on its way to every webhook that wants it.
    pub(super) fn post(&mut self, now: Duration, event: Event) {
        if event.name == "kustomer.message.create" && event.mischief.is_none() {
            self.courier.newest.retain(|known| known.chat != event.chat);
            self.courier.newest.push(event.clone());
        }
        let hooks = self.store.all(Kind::Webhook).filter(|hook| {
            let wants = hook.texts("events").contains(&event.name.as_str())
                || event.mischief.is_some()
                || !self.rules.hold(Rule::Subscription);
            wants && (hook.flag("enabled") || !self.rules.hold(Rule::OffIsSilent))
        });
        let hooks: Vec<String> = hooks.map(|hook| hook.id.clone()).collect();
        for hook in hooks {
            self.parcel(now, hook, event.clone());
        }
    }

    fn parcel(&mut self, now: Duration, hook: String, event: Event) {
        let chat = event.chat.clone();
        let chat = chat.as_deref();
        let lost = event.mischief.is_none()
            && (self.faults.is_on(Fault::WebhookSilent)
                || self.faults.next(Fault::LostDelivery, chat).is_some());
        self.courier.last_parcel += 1;
        let id = self.courier.last_parcel;
        if self.courier.log.len() == LONGEST_LOG {
            self.courier.log.pop_front();
        }
        self.courier.log.push_back(Logged {
            parcel: id,
            at_ms: self.at_ms(now),
            event: event.id.clone(),
            name: event.name.clone(),
            chat: event.chat.clone(),
            attempts: 0,
            state: if lost { "lost" } else { "waiting" },
            status: None,
            note: event.mischief,
            next_ms: None,
        });
        if lost {
            return;
        }
        let mut due = now + self.config.webhook_lag;
        if let Some(order) = self.faults.switch(Fault::Scatter) {
            let most = order.natural("ms");
            due += Duration::from_millis(self.dice.next_u64() % (most + 1));
        }
        if let Some(order) = self.faults.next(Fault::DelayedDelivery, chat) {
            due += Duration::from_millis(order.natural("ms"));
        }
        let swapped = self.faults.next(Fault::SwappedDelivery, chat);
        if let Some(order) = &swapped {
            due += Duration::from_millis(order.natural("ms"));
        }
        let twice = self.faults.is_on(Fault::TwiceAlways)
            || self.faults.next(Fault::DuplicateDelivery, chat).is_some();
        let held = swapped.is_some();
        let state = State::Due(due);
        self.courier.parcels.push(Parcel { id, hook, event, failures: 0, state, twice, held });
    }

    /// Sends what is due, and lets what was held follow it.
    pub(super) fn send_due(&mut self, now: Duration) {
        let is_due = |parcel: &Parcel| matches!(parcel.state, State::Due(due) if due <= now);
        while let Some(at) = self.courier.parcels.iter().position(is_due) {
            let overtakes = self.courier.parcels.get(at).is_some_and(|parcel| !parcel.held);
            self.attempt(now, at);
            if overtakes {
                for parcel in self.courier.parcels.iter_mut().filter(|parcel| parcel.held) {
                    parcel.held = false;
                    parcel.state = State::Due(now);
                }
            }
        }
    }

    /// When the next delivery is due, or an open one has taken too long.
    pub(super) fn delivery_due(&self) -> Option<Duration> {
        let patience = self.patience();
        let parcels = self.courier.parcels.iter();
        parcels
            .filter_map(|parcel| match parcel.state {
                State::Due(due) => Some(due),
                State::Out { since, .. } => patience.map(|patience| since + patience),
            })
            .min()
    }

    /// Attempts that were not answered in time have failed.
    pub(super) fn give_up_waiting(&mut self, now: Duration) {
        let Some(patience) = self.patience() else { return };
        let late = |parcel: &Parcel| matches!(parcel.state, State::Out { since, .. } if since + patience <= now);
        while let Some(at) = self.courier.parcels.iter().position(late) {
            self.failed(now, at, None, "timeout");
        }
    }

    /// Section 8.8: "within a few seconds"; the exact time is not established.
    fn patience(&self) -> Option<Duration> {
        if !self.rules.hold(Rule::Patience) {
            return None;
        }
        let order = self.faults.switch(Fault::WebhookTimeout);
        Some(order.map_or(self.config.webhook_timeout, |order| {
            Duration::from_millis(order.natural("ms").max(1))
        }))
    }

    fn attempt(&mut self, now: Duration, at: usize) {
        let Some(parcel) = self.courier.parcels.get(at) else { return };
        let hook = self.store.get(Kind::Webhook, &parcel.hook);
        let on = hook.filter(|hook| hook.flag("enabled") || !self.rules.hold(Rule::OffIsSilent));
        let Some(hook) = on else {
            let parcel = self.courier.parcels.remove(at);
            let at_ms = self.at_ms(now);
            self.courier.write(parcel.id, |line| {
                (line.at_ms, line.state, line.next_ms) = (at_ms, "dropped", None);
            });
            return;
        };
        let mut event = parcel.event.clone();
        let fresh = self.faults.is_on(Fault::FreshEventIds) || !self.rules.hold(Rule::SameEventId);
        let again = parcel.failures > 0;
        let body = match &event.raw {
            Some(raw) => raw.clone(),
            None => {
                if fresh && again {
                    event.id = self.ids.next(self.config.started_at_ms);
                    put(&mut event.body, "id", event.id.as_str());
                }
                event.body.to_string().into_bytes()
            }
        };
        let token = match self.faults.switch(Fault::OldSignature) {
            Some(order) => order.text("token"),
            None => hook.text("token").to_owned(),
        };
        let signed = match event.sign {
            Sign::Token => Some(signature(&token, &body)),
            Sign::Forged => Some(signature("not the secret", &body)),
            Sign::Absent => None,
        };
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if self.rules.hold(Rule::EventHeader) {
            headers.push(("x-kustomer-webhook-event".to_owned(), event.name.clone()));
        }
        if let Some(signed) = signed.filter(|_| self.rules.hold(Rule::Signature)) {
            headers.push(("x-kustomer-webhook-signature".to_owned(), signed));
        }
        let listed = hook.attributes.get("headers").and_then(Value::as_array).into_iter().flatten();
        for header in listed {
            let text = |name| header.get(name).and_then(Value::as_str).unwrap_or_default();
            headers.push((text("name").to_ascii_lowercase(), text("value").to_owned()));
        }
        if let Some(order) = self.faults.switch(Fault::StaticHeader) {
            headers.push((order.text("name").to_ascii_lowercase(), order.text("value")));
        }
        let delivery = Delivery { url: hook.text("url").to_owned(), headers, body };
        self.courier.last_attempt += 1;
        let attempt = AttemptId(self.courier.last_attempt);
        let (name, chat, mischief) = (event.name, event.chat, event.mischief);
        let Some(parcel) = self.courier.parcels.get_mut(at) else { return };
        parcel.state = State::Out { attempt, since: now };
        let id = parcel.id;
        let at_ms = self.at_ms(now);
        self.courier.write(id, |line| {
            (line.at_ms, line.state, line.next_ms) = (at_ms, "sent", None);
            line.attempts += 1;
        });
        let entry = Entry { chat, note: mischief, ..Entry::new(now, What::Sent, &name) };
        self.wire.trace.push(entry);
        self.changed();
        if self.faults.is_on(Fault::WebhookUnreachable) && mischief.is_none() {
            return self.failed(now, at, None, "unreachable");
        }
        self.wire.outputs.push_back(Output::Deliver { attempt, delivery });
    }

    fn taken(&mut self, now: Duration, at: usize, status: u16) {
        let Some(parcel) = self.courier.parcels.get_mut(at) else { return };
        let (id, name, chat) = (parcel.id, parcel.event.name.clone(), parcel.event.chat.clone());
        if std::mem::take(&mut parcel.twice) {
            parcel.state = State::Due(now);
        } else {
            self.courier.parcels.remove(at);
        }
        let at_ms = self.at_ms(now);
        self.courier.write(id, |line| {
            (line.at_ms, line.state, line.status) = (at_ms, "taken", Some(status));
        });
        let entry = Entry::new(now, What::Taken, &name);
        self.wire.trace.push(Entry { chat, status: Some(status), ..entry });
        self.changed();
    }

    fn failed(&mut self, now: Duration, at: usize, status: Option<u16>, why: &'static str) {
        let Some(parcel) = self.courier.parcels.get_mut(at) else { return };
        let (id, name, chat) = (parcel.id, parcel.event.name.clone(), parcel.event.chat.clone());
        parcel.failures += 1;
        let delay =
            RETRY_DELAYS.get(parcel.failures - 1).filter(|_| parcel.event.mischief.is_none());
        let delay = delay.filter(|_| self.rules.hold(Rule::Retries));
        let hurry =
            self.faults.switch(Fault::HurriedRetries).map_or(1, |order| order.natural("by"));
        let by = u32::try_from(hurry.max(1)).unwrap_or(u32::MAX);
        let next = delay.map(|delay| now + *delay / by / self.config.retry_divisor.max(1));
        let mut off = None;
        let state = match next {
            Some(next) => {
                parcel.state = State::Due(next);
                "failed"
            }
            None => {
                let parcel = self.courier.parcels.remove(at);
                // Somebody else's mischief says nothing about the webhook.
                off = parcel.event.mischief.is_none().then_some(parcel.hook);
                if parcel.event.mischief.is_some() { "refused" } else { "given up" }
            }
        };
        let (at_ms, next_ms) = (self.at_ms(now), next.map(|next| self.at_ms(next)));
        self.courier.write(id, |line| {
            (line.at_ms, line.state, line.status, line.next_ms) = (at_ms, state, status, next_ms);
            line.note = line.note.or(Some(why));
        });
        let entry = Entry::new(now, What::Failed, &name);
        self.wire.trace.push(Entry { chat, status, note: Some(why), ..entry });
        self.changed();
        if let Some(hook) = off.filter(|_| self.rules.hold(Rule::SwitchOff)) {
            self.switch(now, &hook, false);
            self.wire.note(now, What::SwitchedOff, "webhook", None);
        }
    }

    /// Switches a webhook on or off. What waits for one that is off is dropped when its time comes.
    pub(super) fn switch(&mut self, _now: Duration, hook: &str, on: bool) {
        if let Some(hook) = self.store.get_mut(Kind::Webhook, hook) {
            hook.set("enabled", on);
        }
        self.changed();
    }
}

/// Section 8.8: seven retries, about 64 minutes in all.
pub const RETRY_DELAYS: [Duration; 7] = [
    Duration::from_secs(60),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
    Duration::from_secs(900),
    Duration::from_secs(1_800),
];

/// Lines of the delivery log.
const LONGEST_LOG: usize = 200;

#[cfg(test)]
mod tests {
    use super::signature;

    /// The vectors of section 8.9.
    #[test]
    fn signatures_are_those_of_the_reference() {
        for (token, body, wanted) in [
            (
                "test-token-1",
                r#"{"name":"kustomer.message.create","data":{"id":"1"}}"#,
                "a7bbbe1bc86302613df7be0d3c2103d702b4405ef1e6585d31ab6d4365198629",
            ),
            (
                "test-token-1",
                "",
                "6c83d16baf05f909b0bfd453fb17411b580d4829842190970bfb0e0b14320c25",
            ),
            (
                "s3crét",
                r#"{"preview":"café ☕"}"#,
                "d1d9ed63fe7ed084b6147aa3bbcd7844b79d25cf0df99616752eca351041da95",
            ),
        ] {
            assert_eq!(signature(token, body.as_bytes()), wanted);
        }
    }
}
