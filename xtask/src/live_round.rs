//! `cargo xtask live-check --kustomer`: a round through a real Kustomer, or a simulated one. Whose is the key and what can
//! it read, which webhooks are there, and then one conversation: made, a message written, read back, ended.
//!
//! The relay's own machine writes, so what is tried is what an edge does. It is a careful guest: it writes nothing where
//! the key is no good, it uses one customer for all its rounds, and it ends what it has begun, also where something failed.
//! No sentence of its holds the key.

use std::{env, fmt, time::Duration};

use anyhow::{Context, Result, bail};
use parlor_edge::{
    conversation::reach,
    registry::{Account, Environment, SealKeys, Stored},
    relay::{
        self, Command, Effect, Event, Finding, Introduction, Mark,
        call::{Charge, Method, Outcome, Rank, Request},
        kustomer::{self, CONVERSATION_PREFIX, Config, MESSAGE_PREFIX, Mode, Opening, Reach},
    },
};
use parlor_shared::{Redacted, wire::EndedBy};
use serde_json::{Value, json};

use crate::live_check::{self, Carrier, Node};

/// Goes the round for who is named in the environment: `KUSTOMER_API_HOST`, `KUSTOMER_API_KEY`. `false`: no chat can come
/// of this account as it is.
pub fn run(development: bool) -> Result<bool> {
    let environment = if development { Environment::Development } else { Environment::Production };
    let named = |name| {
        env::var(name).ok().filter(|it| !it.is_empty()).with_context(|| format!("set {name}"))
    };
    let host = named("KUSTOMER_API_HOST")?;
    let guest = Guest::new(&host, named("KUSTOMER_API_KEY")?, environment)?;
    Ok(Round { guest: &guest, carrier: &mut Node, tell: &mut live_check::tell, good: true }.go())
}

struct Guest {
    reach: Reach,
    key: Redacted<String>,
}

impl Guest {
    /// The registry's own rules say which hosts may be called.
    fn new(host: &str, key: String, environment: Environment) -> Result<Self> {
        let key = Redacted::new(key);
        // An account's key is sealed wherever it is written down; this one is written down nowhere.
        let seals = SealKeys::new(Some(THROWN_AWAY), None)?;
        let account = json!({
            "version": 1, "id": "live-check", "name": "Live check", "kind": "kustomer",
            "api_host": host, "api_key": seals.seal("", &key, [0; 12]).text(),
        });
        match Account::parse(account.to_string().as_bytes(), environment) {
            Ok(parsed) => Ok(Self { reach: reach(&parsed.value), key }),
            Err(problems) => bail!("KUSTOMER_API_HOST: {problems}"),
        }
    }
}

/// Tells each finding as it comes.
struct Round<'a, C> {
    guest: &'a Guest,
    carrier: &'a mut C,
    tell: &'a mut dyn FnMut(&Finding),
    good: bool,
}

/// What became of the one conversation.
#[derive(Default)]
struct Made {
    /// The desk's id of it.
    conversation: Option<String>,
    delivered: bool,
    ended: bool,
}

impl<C: Carrier> Round<'_, C> {
    fn go(mut self) -> bool {
        self.whole();
        self.good
    }

    fn whole(&mut self) {
        let check =
            kustomer::LiveCheck::new(self.guest.reach.clone(), kustomer::Named::default(), None);
        let check = relay::LiveCheck::Kustomer(check);
        match live_check::carried_through(check, Some(&self.guest.key), self.carrier) {
            Ok(findings) => findings.into_iter().for_each(|it| self.say(it.mark, it.text)),
            Err(error) => self.say(Mark::Bad, format!("{error:#}.")),
        }
        if !self.good {
            return self.say(Mark::Doubt, "Nothing was written.");
        }
        self.webhooks();
        let now = self.carrier.now();
        let id = format!("{NAME}-{}", now.as_ms());
        let made = self.converse(&id);
        if made.delivered {
            self.read_back(&id);
        }
        match &made.conversation {
            Some(conversation) if made.ended => self.see_the_end(conversation),
            Some(conversation) => self.say(
                Mark::Bad,
                format!("The conversation {conversation} was made and could not be ended: end it by hand."),
            ),
            // Also what was made without our hearing of it can be found by this.
            None => self.say(
                Mark::Bad,
                format!("No conversation was made, as far as is known: its external id would be {CONVERSATION_PREFIX}{id}."),
            ),
        }
    }

    /// Which there are. What they call is not shown: an address may be a secret.
    fn webhooks(&mut self) {
        match self.get("/v1/outbound-webhooks?page=1&pageSize=100") {
            Ok((200, list)) => {
                let hooks = list.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
                let names: Vec<String> = hooks
                    .iter()
                    .map(|hook| {
                        let of = |name: &str| hook.pointer(&format!("/attributes/{name}"));
                        let name =
                            of("name").and_then(Value::as_str).unwrap_or("one without a name");
                        let off = of("enabled") == Some(&Value::Bool(false));
                        format!("{name}{}", if off { " (switched off)" } else { "" })
                    })
                    .collect();
                match names.as_slice() {
                    [] => self.say(
                        Mark::Doubt,
                        "There are no webhooks: no answer of an agent's would come back.",
                    ),
                    names => self.say(Mark::Good, format!("Webhooks: {}.", names.join(", "))),
                }
            }
            Ok((403, _)) => self.say(
                Mark::Doubt,
                format!(
                    "The key may not list webhooks ({}); no chat needs it.",
                    kustomer::Role::WebhookRead.name()
                ),
            ),
            other => self.odd("The list of webhooks", &other),
        }
    }

    /// One conversation by the relay's machine: one message, and the end whatever became of it.
    fn converse(&mut self, id: &str) -> Made {
        let config = Config {
            account: self.guest.reach.account.clone(),
            bucket: self.guest.reach.bucket.clone(),
            base_url: self.guest.reach.base_url.clone(),
            resource: NAME.to_owned(),
            organization: None,
            mode: Mode::Core,
            opening: Opening::Lazy,
            reopen: false,
            team: None,
            queue: None,
            answers: Vec::new(),
        };
        let introduction = Introduction {
            conversation: id.to_owned(),
            visitor: NAME.to_owned(),
            visitor_name: "Parlor live check".to_owned(),
            ..Introduction::default()
        };
        let mut machine = kustomer::Machine::new(config, introduction);
        let mut made = Made::default();
        machine.command(self.carrier.now(), Command::Deliver { seq: 1, text: TEXT.to_owned() });
        let mut ending = false;
        loop {
            while let Some(effect) = machine.poll() {
                match effect {
                    Effect::Call(call, request) => {
                        let outcome = self.ask(request);
                        machine.reply(self.carrier.now(), 0, call, outcome);
                    }
                    Effect::Claim(call, claim) => {
                        self.say(
                            Mark::Good,
                            format!("Conversation {} was made.", claim.desk_conversation),
                        );
                        made.conversation = Some(claim.desk_conversation);
                        let kept = Outcome::Answer { status: 200, body: Vec::new() };
                        machine.reply(self.carrier.now(), 0, call, kept);
                    }
                    Effect::Cancel(_) => {}
                    Effect::Event(event) => {
                        made.delivered |= matches!(event, Event::Delivered { .. });
                        let end = match &event {
                            Event::Delivered { .. } | Event::Failed { .. } => {
                                Some(Command::End(EndedBy::Visitor))
                            }
                            // An edge would wait whether an admin mends it: here the admin is told at once.
                            event if lacks(event) => Some(Command::Leave),
                            _ => None,
                        };
                        self.event(event);
                        if let Some(end) = end.filter(|_| !ending) {
                            ending = true;
                            machine.command(self.carrier.now(), end);
                        }
                    }
                }
            }
            if machine.is_at_rest() {
                made.ended = made.conversation.is_some();
                return made;
            }
            let Some(deadline) = machine.deadline() else { return made };
            // Between two tries of the machine's: it decides how long, and for how long in all.
            self.carrier.wait(deadline);
            machine.tick(self.carrier.now(), 0);
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Delivered { .. } => self.say(Mark::Good, "A message was written into it."),
            Event::Failed { reason, .. } => {
                self.say(Mark::Bad, format!("The message was not taken: {reason:?}."));
            }
            Event::Trouble { call, code: "role_missing", .. } if lacks(&event) => self.say(
                Mark::Bad,
                format!("The key lacks {call}. Roles are fixed when a key is made; make another."),
            ),
            Event::Trouble { call, code: "role_missing", .. } => {
                self.say(Mark::Doubt, format!("The key lacks {call}: notes become messages."));
            }
            Event::Trouble { call, code, status } => {
                let status = status.map(|it| format!(", {it}")).unwrap_or_default();
                self.say(Mark::Doubt, format!("Trouble at {call}: {code}{status}."));
            }
            _ => {}
        }
    }

    fn read_back(&mut self, id: &str) {
        // One path segment; only a colon of it needs to be encoded.
        let name = format!("{MESSAGE_PREFIX}{id}:1").replace(':', "%3A");
        match self.get(&format!("/v1/messages/externalid={name}")) {
            Ok((200, message)) => {
                let of = |name: &str| message.pointer(&format!("/data/attributes/{name}"));
                let same = of("preview").and_then(Value::as_str) == Some(TEXT);
                if same && of("direction").and_then(Value::as_str) == Some("in") {
                    self.say(Mark::Good, "It was read back, word for word.");
                } else {
                    self.say(Mark::Doubt, "It was read back, and is not what was written.");
                }
            }
            other => self.odd("The message that was written", &other),
        }
    }

    fn see_the_end(&mut self, conversation: &str) {
        match self.get(&format!("/v1/conversations/{conversation}")) {
            Ok((200, it)) if it.pointer("/data/attributes/status") == Some(&json!("done")) => self.say(
                Mark::Good,
                "The conversation is done. It stays in Kustomer, with the customer \"Parlor live check\".",
            ),
            Ok((200, _)) => self.say(
                Mark::Bad,
                format!("Kustomer took the end of the conversation {conversation}, and it is not done: end it by hand."),
            ),
            other => self.odd("The conversation's end", &other),
        }
    }

    fn get(&mut self, path: &str) -> Result<(u16, Value), Outcome> {
        let Reach { account, bucket, base_url, .. } = &self.guest.reach;
        let charge = Charge { account: account.clone(), bucket: bucket.clone(), rank: Rank::Read };
        let outcome = self.ask(Request {
            label: "live check",
            method: Method::Get,
            url: format!("{base_url}{path}"),
            headers: vec![("Accept", Redacted::new("application/json".to_owned()))],
            body: None,
            timeout: TIMEOUT,
            max_bytes: MAX_BYTES,
            charge: Some(charge),
        });
        match outcome {
            Outcome::Answer { status, body } => {
                Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
            }
            failed => Err(failed),
        }
    }

    fn ask(&mut self, request: Request) -> Outcome {
        match live_check::carry(self.carrier, request, Some(&self.guest.key)) {
            Ok(outcome) => outcome,
            Err(error) => {
                self.say(Mark::Doubt, format!("{error:#}."));
                Outcome::Failed(relay::call::Failure::Network)
            }
        }
    }

    fn odd(&mut self, what: &str, told: &Result<(u16, Value), Outcome>) {
        let why = match told {
            Ok((status, _)) => format!("Kustomer answers {status}"),
            Err(Outcome::Failed(failure)) => failure.code().to_owned(),
            Err(Outcome::Answer { status, .. }) => status.to_string(),
        };
        self.say(Mark::Doubt, format!("{what} could not be read: {why}."));
    }

    /// Whatever it is made of, the key is not in it.
    fn say(&mut self, mark: Mark, text: impl fmt::Display) {
        self.good &= mark != Mark::Bad;
        let text = text.to_string().replace(self.guest.key.expose().as_str(), "<key>");
        (self.tell)(&Finding { mark, text });
    }
}

/// Whether the key lacks a role without which nothing goes on.
fn lacks(event: &Event) -> bool {
    let note = kustomer::Role::Note.name();
    matches!(event, Event::Trouble { call, code: "role_missing", .. } if *call != note)
}

/// Our name for what is made, and how its external ids begin.
const NAME: &str = "live-check";

const TEXT: &str = "This is Parlor's live check. Nobody has to answer it.";

/// Patience with one read.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Longest answer that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// 32 bytes: a document wants its secrets sealed, and nothing is sealed here that outlives the process.
const THROWN_AWAY: &str = "bGl2ZSBjaGVjaywgc2VhbGVkIHdpdGggdGhpcyBrZXk";

#[cfg(test)]
mod tests {
    use parlor_edge::relay::call::Failure;
    use parlor_shared::Timestamp;
    use parlor_tests::desks::{
        http::{ConnId, Output as Answer, Request as HttpRequest},
        kustomer::{
            Chat, Config, Control, Desk, Key, Order, Output, RELAY_TOKEN, Speaker, UMBRELLAS,
        },
        server::kustomer::{Options, serve},
    };

    use super::*;

    /// A desk without a network, in a time of its own.
    struct Simulated {
        desk: Desk,
        now: Timestamp,
        calls: u64,
    }

    impl Simulated {
        fn new(roles: &[&str]) -> Self {
            let keys = vec![Key::new(RELAY_TOKEN, "Parlor", roles)];
            let config = Config { keys, ..Config::default() };
            Self { desk: Desk::new(config, 1), now: START, calls: 0 }
        }

        fn fault(mut self, order: Value) -> Self {
            let order = Order::from_json(&order).unwrap();
            self.desk.control(Duration::ZERO, Control::Fault(order)).unwrap();
            self
        }
    }

    impl Carrier for Simulated {
        fn carry(&mut self, request: &Request) -> Result<Outcome> {
            self.calls += 1;
            let method = match request.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Put => "PUT",
                Method::Patch => "PATCH",
            };
            let own = HttpRequest {
                method: method.to_owned(),
                target: request.url.strip_prefix(HOST).unwrap().to_owned(),
                headers: (request.headers.iter())
                    .map(|(name, value)| ((*name).to_owned(), value.expose().clone()))
                    .collect(),
                body: request
                    .body
                    .as_ref()
                    .map(|it| it.expose().clone().into())
                    .unwrap_or_default(),
            };
            let age = self.now.since(START);
            self.desk.request(age, ConnId(self.calls), own);
            let answers = std::iter::from_fn(|| self.desk.poll_output());
            let answer = answers.filter_map(|it| match it {
                Output::Answer(answer) => Some(answer),
                Output::Deliver { .. } => None,
            });
            Ok(match answer.last() {
                Some(Answer::Respond { response, .. }) => {
                    Outcome::Answer { status: response.status, body: response.body }
                }
                _ => Outcome::Failed(Failure::Network),
            })
        }

        fn now(&self) -> Timestamp {
            self.now
        }

        fn wait(&mut self, until: Timestamp) {
            self.now = self.now.max(until);
            self.desk.tick(self.now.since(START));
        }
    }

    /// Goes the round. What was told, and whether all is good.
    fn round(host: &str, carrier: &mut impl Carrier) -> (bool, String) {
        let key = RELAY_TOKEN.to_owned();
        let guest = Guest::new(host, key, Environment::Development).unwrap();
        let mut told = String::new();
        let tell = &mut |it: &Finding| told.push_str(&format!("{:?} {}\n", it.mark, it.text));
        let good = Round { guest: &guest, carrier, tell, good: true }.go();
        assert!(!told.contains(RELAY_TOKEN), "the key was told: {told}");
        (good, told)
    }

    /// Every conversation there is, and that each has ended with so many lines of the visitor's.
    #[track_caller]
    fn ended(chats: &[Chat], wanted: usize, told: &str) {
        assert_eq!(chats.len(), wanted, "{told}{chats:#?}");
        assert!(chats.iter().all(|chat| chat.state == "ended"), "{told}{chats:#?}");
    }

    #[tokio::test]
    async fn a_round_over_the_loopback_makes_one_conversation_and_ends_it() {
        let desk = serve(Options::default()).await.unwrap();
        let host = format!("http://{}", desk.addr());
        let (good, told) =
            tokio::task::spawn_blocking(move || round(&host, &mut Node)).await.unwrap();
        assert!(good, "{told}");
        for wanted in ["takes the key", "was made", "written into it", "word for word", "is done"] {
            assert!(told.contains(wanted), "{wanted}: {told}");
        }
        ended(&desk.handle().step(|desk, _| desk.chats()), 1, &told);
        desk.shutdown().await;
    }

    #[test]
    fn the_next_round_uses_the_same_customer() {
        let mut at = Simulated::new(&UMBRELLAS);
        for rounds in 1..=2 {
            let (good, told) = round(HOST, &mut at);
            assert!(good, "{told}");
            ended(&at.desk.chats(), rounds, &told);
            at.wait(at.now + Duration::from_secs(60));
        }
        let made = at.desk.trace().iter().filter(|it| it.call == "create_customer").count();
        assert_eq!(made, 2, "a question and its answer");
    }

    #[test]
    fn nothing_is_written_with_a_key_that_is_no_good() {
        let mut at = Simulated::new(&[]);
        let (good, told) = round(HOST, &mut at);
        assert!(!good && told.contains("Nothing was written"), "{told}");
        assert!(at.desk.trace().iter().all(|it| !it.call.starts_with("create")), "{told}");
    }

    #[test]
    fn what_was_begun_is_ended_where_a_role_is_missing() {
        let roles = [
            "org.permission.customer",
            "org.permission.conversation",
            "org.permission.message.read",
        ];
        let mut at = Simulated::new(&roles);
        let (good, told) = round(HOST, &mut at);
        assert!(!good && told.contains("Bad The key lacks org.permission.message"), "{told}");
        assert!(at.now.since(START) < Duration::from_secs(1), "waited for an admin");
        ended(&at.desk.chats(), 1, &told);
    }

    #[test]
    fn a_message_whose_answer_was_lost_is_found_and_not_written_twice() {
        let mut at = Simulated::new(&UMBRELLAS).fault(json!({ "fault": "drop_response" }));
        let (good, told) = round(HOST, &mut at);
        assert!(good && told.contains("Trouble at note_as_message: network"), "{told}");
        ended(&at.desk.chats(), 1, &told);
        // What agents should know, and the one message.
        let lines = &at.desk.chats()[0].lines;
        let written = lines.iter().filter(|line| line.from == Speaker::Visitor).count();
        assert_eq!(written, 2, "{lines:#?}");
    }

    #[test]
    fn a_host_that_an_edge_may_not_call_is_not_called() {
        for host in ["example.com", "http://127.0.0.1:8790", "acme.api.kustomerapp.com.example.com"]
        {
            let guest = Guest::new(host, RELAY_TOKEN.to_owned(), Environment::Production);
            let error = guest.map(|_| ()).unwrap_err().to_string();
            assert!(error.contains("api_host") && !error.contains(RELAY_TOKEN), "{error}");
        }
        Guest::new("acme.api.kustomerapp.com", RELAY_TOKEN.to_owned(), Environment::Production)
            .unwrap();
    }

    const HOST: &str = "http://127.0.0.1:1";
    const START: Timestamp = Timestamp::from_ms(1_790_000_000_000);
}
