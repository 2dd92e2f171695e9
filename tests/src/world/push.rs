//! What stands between a desk that pushes and the core: the webhook's door, the index, the organisation's bucket, and
//! the key. The same pure values as in the shell, in the same order; the world only gives them time and a bad network.

use std::{collections::BTreeMap, time::Duration};

use parlor_edge::{
    conversation::{Input, Nobody, Opening},
    registry::Environment,
    relay::{
        self, Claim, Introduction, Route,
        bucket::{Bucket, RateHeaders, Verdict},
        call::{CallId, Charge, Failure, Outcome},
        kustomer::{
            self,
            index::{Fate as Forwarded, Index, Taken},
            webhook,
        },
    },
};
use parlor_shared::{
    Customer, Redacted, Timestamp,
    id::{ConversationId, ResourceId},
};

use serde_json::Value;

use super::{DESK_SEED, GRACE, Happening as Any, RESET_AFTER, START, World};
use crate::desks::{
    ControlError, Machine,
    http::{self, Response},
    kustomer::{
        ADMIN_TOKEN, AttemptId, Chat, Config, Control, Delivery, Desk, Fate, Output, RELAY_TOKEN,
    },
};

/// How a Kustomer flow of the world is set.
#[derive(Clone, Debug)]
pub struct Options {
    pub desk: Config,
    pub mode: kustomer::Mode,
    pub opening: kustomer::Opening,
    pub reopen: bool,
    /// The events that the webhook names; none for the relay's two.
    pub events: Vec<String>,
    /// Who the visitor is, where that was proved.
    pub verified: Option<Customer>,
    /// What the visitor answered to the form.
    pub answers: Vec<(String, String)>,
    /// By name, as the desk has them.
    pub team: Option<&'static str>,
    pub queue: Option<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            desk: Config::default(),
            mode: kustomer::Mode::Core,
            opening: kustomer::Opening::Lazy,
            reopen: false,
            events: Vec::new(),
            verified: None,
            answers: Vec::new(),
            team: None,
            queue: None,
        }
    }
}

/// What stands there.
#[derive(Debug, Default)]
pub struct Push {
    /// The secrets that a webhook may be signed with.
    keys: Vec<webhook::Key>,
    organization: Option<String>,
    token: Option<String>,
    bucket: Bucket,
    indexes: BTreeMap<String, Index>,
    /// Calls that the bucket held back.
    pub held: usize,
    /// What became of the deliveries: counted by verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
}

/// Something of this side that is due.
#[derive(Debug)]
pub(super) enum Happening {
    /// The bucket's answer to a call that must wait.
    Held {
        call: CallId,
        life: u64,
        outcome: Outcome,
    },
    Delivered {
        attempt: AttemptId,
        delivery: Delivery,
        back: Option<Duration>,
    },
    Settled {
        attempt: AttemptId,
        fate: Fate,
    },
    HandOn,
    Claimed {
        call: CallId,
        life: u64,
        claim: Claim,
        back: Option<Duration>,
    },
    ClaimReturns {
        call: CallId,
        life: u64,
        outcome: Outcome,
    },
}

impl World<Desk> {
    /// A visitor who has opened nothing yet, at Kustomer, with the relay's webhook set up.
    #[must_use]
    pub fn at_kustomer(seed: u64, options: Options) -> Self {
        let Options { desk: config, mode, opening, reopen, events, verified, answers, team, queue } =
            options;
        let mut desk = Desk::new(config, seed ^ DESK_SEED);
        let hook = Control::Hook { url: HOOK.to_owned(), token: SECRET.to_owned(), events };
        desk.control(Duration::ZERO, hook).expect("the webhook is well set");
        let organization = Some(desk.org_id().to_owned());
        let known = desk.config_json();
        let named = |list: &str, name: Option<&str>| {
            let items = known.get(list).and_then(Value::as_array).into_iter().flatten();
            let found =
                items.filter(|it| name.is_some() && it.get("name").and_then(Value::as_str) == name);
            found.filter_map(|it| it.get("id")?.as_str().map(str::to_owned)).next()
        };
        let (team, queue) = (named("teams", team), named("queues", queue));
        let route = Route::Kustomer(kustomer::Config {
            account: ACCOUNT.to_owned(),
            bucket: ACCOUNT.to_owned(),
            base_url: super::DESK_URL.to_owned(),
            resource: RESOURCE.to_owned(),
            organization: organization.clone(),
            mode,
            opening,
            reopen,
            team,
            queue,
            answers,
        });
        let opening = Opening {
            conversation: ConversationId::parse(CONVERSATION).expect("64 hexadecimal digits"),
            resource: ResourceId::parse("a0e9c1de-0000-4000-8000-000000000002").expect("a UUID"),
            hub: "workshop".to_owned(),
            flow: "kustomer".to_owned(),
            visitor: "7f2a".to_owned(),
            grace: GRACE,
            route,
            introduction: Introduction {
                conversation: CONVERSATION.to_owned(),
                visitor: "7f2a".to_owned(),
                visitor_name: "Visitor 7F2A".to_owned(),
                language: Some("en-GB".to_owned()),
                page: Some("https://shop.example/wren-9".to_owned()),
                verified,
                turn: 0,
            },
            nobody: Nobody::Closed { text: None },
            nobody_there: false,
            sneak_peek: false,
            waits: false,
            environment: Environment::Production,
            retention: super::RETENTION,
            told: parlor_edge::conversation::Told::default(),
        };
        let key = webhook::Key {
            secret: Redacted::new(SECRET.to_owned()),
            header: None,
            account: ACCOUNT.to_owned(),
        };
        let token = Some(RELAY_TOKEN.to_owned());
        let push = Push { keys: vec![key], organization, token, ..Push::default() };
        Self::begin(seed, opening, desk, push)
    }

    /// An agent does something.
    ///
    /// # Errors
    /// What the desk says of it.
    pub fn control(&mut self, control: Control) -> Result<(), ControlError> {
        self.desk.control(self.now, control)?;
        self.drain_desk();
        Ok(())
    }

    /// Somebody else's call, with a key that may do everything: status and body.
    pub fn elsewhere(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.elsewhere_as(ADMIN_TOKEN, method, path, body)
    }

    /// The same with another key.
    pub fn elsewhere_as(
        &mut self,
        key: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let mut request =
            http::Request::new(method, path).header("authorization", format!("Bearer {key}"));
        if !body.is_null() {
            request.body = body.to_string().into_bytes();
        }
        self.desk.request(self.now, ELSEWHERE, request);
        let mut answer = (0, Value::Null);
        while let Some(output) = self.desk.poll_output() {
            match output {
                Output::Answer(http::Output::Respond { conn: ELSEWHERE, response, .. }) => {
                    let body = serde_json::from_slice(&response.body).unwrap_or_default();
                    answer = (response.status, body);
                }
                Output::Answer(_) => {}
                Output::Deliver { attempt, delivery } => self.deliver_webhook(attempt, delivery),
            }
        }
        answer
    }

    /// The newest conversation at the desk.
    #[must_use]
    pub fn chat(&self) -> Option<Chat> {
        self.desk.chats().pop()
    }
}

impl Push {
    /// The header's value for a call on somebody's account.
    pub(super) fn key(&self, charge: Option<&Charge>) -> Option<String> {
        charge?;
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    /// Until when the bucket holds a call back.
    pub(super) fn held(&mut self, now: Timestamp, charge: Option<&Charge>) -> Option<Timestamp> {
        match self.bucket.ask(now, charge?.rank) {
            Verdict::Go => None,
            Verdict::Wait(until) => {
                self.held += 1;
                Some(until)
            }
        }
    }

    /// What the bucket learns from an answer; until when it was turned away.
    pub(super) fn report(
        &mut self,
        now: Timestamp,
        dice: impl FnOnce() -> u64,
        charge: Option<&Charge>,
        response: &Response,
    ) -> Option<Timestamp> {
        charge?;
        let headers = RateHeaders::read(|name| response.header_value(name).map(str::to_owned));
        self.bucket.report(now, dice(), response.status, &headers)
    }

    /// When an index has something to do.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let deadlines = self.indexes.values().filter_map(Index::deadline);
        deadlines.min().map(|at| at.since(START))
    }

    /// The process died: what was not stored is gone. An index stores itself with every change.
    pub(super) fn forget_cache(&mut self) {
        self.bucket = Bucket::default();
        for index in self.indexes.values_mut() {
            let restored = Index::restore(Some(&index.state()));
            assert_eq!(restored, *index, "the stored index is another");
            *index = restored;
        }
    }

    /// The webhook's route: check, read, keep, answer.
    fn receive(&mut self, now: Timestamp, delivery: &Delivery) -> (u16, &'static str) {
        let header = |name: &str| {
            let found = delivery.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        let signature = header(webhook::SIGNATURE_HEADER);
        let arrived = webhook::Arrived { body: &delivery.body, signature: signature.as_deref() };
        match webhook::check(&self.keys, arrived, header, webhook::hmac_sha256) {
            webhook::Verdict::TooLarge => return (413, "too_large"),
            webhook::Verdict::Unsigned => return (401, "unsigned"),
            webhook::Verdict::Signed(_) => {}
        }
        let organization = self.organization.as_deref();
        let push = match kustomer::read(now, RESOURCE, organization, &delivery.body) {
            Ok(push) => push,
            Err(dropped) => return (200, dropped.code()),
        };
        let name = index_name(&push.resource, &push.conversation);
        match self.indexes.entry(name).or_default().take(now, push) {
            Taken::Kept => (200, "kept"),
            Taken::Known => (200, "known"),
            Taken::Unwanted => (200, "unwanted"),
            Taken::Full => (503, "full"),
        }
    }
}

impl<D: Machine> World<D> {
    /// The desk makes a request.
    pub(super) fn deliver_webhook(&mut self, attempt: AttemptId, delivery: Delivery) {
        let fate = self.network.fate();
        let (after, happening) = match fate.there {
            Some(way) => (way, Happening::Delivered { attempt, delivery, back: fate.back }),
            None => (RESET_AFTER, Happening::Settled { attempt, fate: Fate::Unreachable }),
        };
        self.later(self.now + after, Any::Pushed(happening));
    }

    /// The core says whose a desk's conversation is.
    pub(super) fn claim(&mut self, call: CallId, claim: Claim) {
        let (fate, life) = (self.network.fate(), self.life);
        let (after, happening) = match fate.there {
            Some(way) => (way, Happening::Claimed { call, life, claim, back: fate.back }),
            None => (RESET_AFTER, Happening::ClaimReturns { call, life, outcome: LOST }),
        };
        self.later(self.now + after, Any::Pushed(happening));
    }

    /// A conversation that was erased lets go of what a desk's index has for it.
    pub(super) fn release(&mut self, resource: &str, desk_conversation: &str, ours: &str) {
        if let Some(index) = self.push.indexes.get_mut(&index_name(resource, desk_conversation)) {
            index.release(ours);
        }
    }

    pub(super) fn pushed(&mut self, happening: Happening) {
        match happening {
            Happening::Held { call, life, outcome }
            | Happening::ClaimReturns { call, life, outcome } => {
                if life == self.life {
                    self.step(Input::Reply { call, outcome });
                }
            }
            Happening::Delivered { attempt, delivery, back } => {
                let (status, verdict) = self.push.receive(START + self.now, &delivery);
                *self.push.verdicts.entry(verdict).or_default() += 1;
                let event = delivery.headers.iter().find(|(name, _)| name == EVENT_HEADER);
                let event = event.map_or("", |(_, event)| event.trim_start_matches("kustomer."));
                if !UNREMARKABLE.contains(&verdict) {
                    let line = format!("{event} {status} {verdict}");
                    self.trace.add(self.now, "webhook ->", &line);
                }
                let (after, fate) = match back {
                    Some(way) => (way, Fate::Status(status)),
                    None => (RESET_AFTER, Fate::Unreachable),
                };
                let settled = Happening::Settled { attempt, fate };
                self.later(self.now + after, Any::Pushed(settled));
                self.later(self.now, Any::Pushed(Happening::HandOn));
            }
            Happening::Settled { attempt, fate } => {
                self.desk.settled(self.now, attempt, fate);
                self.drain_desk();
            }
            Happening::HandOn => self.hand_on(),
            Happening::Claimed { call, life, claim, back } => {
                let name = index_name(&claim.resource, &claim.desk_conversation);
                self.push.indexes.entry(name).or_default().claim(START + self.now, &claim);
                let (after, outcome) = match back {
                    Some(way) => (way, Outcome::Answer { status: 200, body: Vec::new() }),
                    None => (RESET_AFTER, LOST),
                };
                let returns = Happening::ClaimReturns { call, life, outcome };
                self.later(self.now + after, Any::Pushed(returns));
                self.later(self.now, Any::Pushed(Happening::HandOn));
            }
        }
    }

    /// Gives the conversation what waits for it, one by one. The way between the two objects is as bad as any other.
    pub(super) fn hand_on(&mut self) {
        let now = START + self.now;
        let names: Vec<String> = self.push.indexes.keys().cloned().collect();
        for name in names {
            if let Some(index) = self.push.indexes.get_mut(&name) {
                index.tick(now);
            }
            while let Some((conversation, number, push)) =
                self.push.indexes.get(&name).and_then(|index| index.next(now))
            {
                let fate = self.network.fate();
                let known = conversation == CONVERSATION;
                if fate.there.is_some() && known {
                    self.step(Input::Desk(relay::Push::Kustomer(push)));
                }
                let forwarded = match (fate.back, known) {
                    (_, false) => Forwarded::Gone,
                    (Some(_), true) => Forwarded::Taken,
                    (None, true) => Forwarded::Failed,
                };
                let dice = self.dice.next_u64();
                if let Some(index) = self.push.indexes.get_mut(&name) {
                    index.forwarded(now, dice, number, forwarded);
                }
            }
        }
    }
}

fn index_name(resource: &str, conversation: &str) -> String {
    format!("{resource}/{conversation}")
}

/// Verdicts that every message causes: the story is told without them.
const UNREMARKABLE: [&str; 3] = ["webhook_inbound", "webhook_echo", "webhook_unremarkable"];

/// Calls that are not the core's.
const ELSEWHERE: http::ConnId = http::ConnId(u64::MAX);

const EVENT_HEADER: &str = "x-kustomer-webhook-event";

const LOST: Outcome = Outcome::Failed(Failure::Network);

const ACCOUNT: &str = "larkspur";

/// Our own conversation, as the core was begun.
const CONVERSATION: &str = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

/// The Kustomer resource, and the address and secret of its webhook.
const RESOURCE: &str = "b1e9c1de-0000-4000-8000-000000000002";
const HOOK: &str = "https://edge.example/v1/resources/kustomer/b1e9c1de-0000-4000-8000-000000000002/receive-message";
const SECRET: &str = "a secret of the world";
