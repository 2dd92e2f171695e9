//! Decides a request: who asks, whether they may, what it changes.

mod tokens;

use std::{collections::BTreeMap, sync::Arc};

use parlor_shared::{Timestamp, id::ConversationId};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    ask::{Ask, Handled, MAX_BODY_BYTES, Outcome, Random, Reply, Row, Settings, Stored},
    limit::Limiter,
    page,
    problem::AdminError,
    routes::{self, Found, Operation, Role, Route},
    token::{self, Hash, Named},
    wire::{self, AUDITED, AuditEntry, DocumentRow, ImportAnswer, Items, Listed, WriteAnswer},
};
use crate::registry::{
    Environment, HubId, Key, Kind, Ledger, MAX_DOCUMENT_BYTES, Problems,
    ledger::{Changed, Entry, Expected, WriteError, Written, sheet_path},
    sealed::NONCE_BYTES,
    secrets,
};

/// Wrong tokens that one address may show in a minute, as a part of a token's own rate: 30.
const WRONG_TOKENS: u32 = 20;

/// So many may always be wrong: a mistake in a script must not lock its admin out.
const LEAST_WRONG_TOKENS: u32 = 5;

/// Requests that one token may make in a minute, where the Worker's variable does not say.
pub const DEFAULT_RATE: u32 = 600;

/// How many lines of the audit log are kept unless a variable says otherwise: years of changes by hand, months of a
/// server that acts on conversations all day. With both documents in each, some tens of megabytes of the ten gigabytes that
/// the object may hold.
pub const DEFAULT_AUDIT: u32 = 10_000;

/// The registry, as far as it decides.
pub struct Office {
    ledger: Ledger,
    tokens: BTreeMap<String, Named>,
    settings: Settings,
    audit: u64,
    limiter: Limiter,
}

/// Who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Who {
    name: String,
    role: Role,
}

impl Office {
    /// The registry from what was stored.
    #[must_use]
    pub fn restore(environment: Environment, stored: Stored, settings: Settings) -> Self {
        let documents = stored.documents.into_iter().filter_map(|(key, row)| {
            let row: DocumentRow = serde_json::from_str(&row).ok()?;
            Some((Key::parse(&key)?, Entry::from(row)))
        });
        let tokens = stored.tokens.iter().filter_map(|row| {
            let token = tokens::named(serde_json::from_str(row).ok()?)?;
            Some((token.id.clone(), token))
        });
        Self {
            ledger: Ledger::restore(environment, documents, stored.floor),
            tokens: tokens.collect(),
            settings,
            audit: stored.audit,
            limiter: Limiter::default(),
        }
    }

    /// Takes over what stood in KV before there were books. The second part is for the log: keys that were left out, with
    /// codes and paths.
    pub fn adopt(
        &mut self,
        now: Timestamp,
        found: impl IntoIterator<Item = (Key, Vec<u8>)>,
    ) -> (Vec<Row>, Vec<String>) {
        let (changed, left_out) = self.ledger.adopt(now, found);
        let rows = changed.iter().flat_map(|it| self.rows(now, "parlor", "adopted", it)).collect();
        (rows, left_out.iter().map(|(key, problems)| format!("{key} {problems}")).collect())
    }

    /// Whether there is anything to serve: for `/healthz`.
    #[must_use]
    pub fn has_hub(&self) -> bool {
        self.ledger.iter().any(|(key, _)| key.kind() == Kind::Hub)
    }

    /// Whether every secret that is kept can be opened, or was written under a Worker secret that is gone: for `/healthz`.
    /// Where there is no Worker secret at all, that is said elsewhere.
    #[must_use]
    pub fn can_open_all(&self) -> bool {
        let Some(keys) = &self.settings.seals else { return true };
        self.ledger.iter().all(|(key, entry)| {
            secrets::seal_anew(key, &mut document(entry), keys, || [0; NONCE_BYTES]).is_ok()
        })
    }

    /// Decides a request.
    pub fn handle(&mut self, now: Timestamp, random: Random, ask: &Ask<'_>) -> Handled {
        self.try_handle(now, random, ask).unwrap_or_else(|error| reply(refused(&error)))
    }

    fn try_handle(
        &mut self,
        now: Timestamp,
        random: Random,
        ask: &Ask<'_>,
    ) -> Result<Handled, AdminError> {
        let (route, parts) = match routes::find(ask.method, ask.path) {
            Found::Route(route, parts) => (route, parts),
            Found::OtherMethod(methods) => return Err(AdminError::MethodNotAllowed(methods)),
            Found::Nothing => return Err(AdminError::RouteUnknown),
        };
        let who = self.authenticate(now, ask)?;
        if who.role < route.role {
            return Err(AdminError::RoleInsufficient(route.role));
        }
        self.limiter
            .count(now, &format!("token {}", who.name), self.rate())
            .map_err(AdminError::TooMany)?;
        check_query(route, &ask.query)?;
        if route.body {
            check_body(ask)?;
        }
        let id = parts.first().copied().unwrap_or_default();
        match route.operation {
            Operation::List(kind) => Ok(reply(self.list(kind))),
            Operation::Read(kind) => self.read(kind, id),
            Operation::Create(kind) => self.create(now, &who, random, kind, ask),
            Operation::Write(kind) => self.write(now, &who, random, kind, id, ask),
            Operation::Remove(kind) => self.remove(now, &who, kind, id, ask),
            Operation::Export => self.export(ask),
            Operation::SealAnew => self.seal_anew(now, &who, random),
            Operation::Import => self.import(now, &who, random, ask),
            Operation::Audit => {
                let (before, limit) = page::named(&ask.query, page::AUDIT)?;
                let outcome = Outcome::Audit { before, limit };
                Ok(Handled { rows: Vec::new(), publish: Vec::new(), outcome })
            }
            Operation::ListTokens => {
                let items = self.tokens.values().map(|token| tokens::view(token, None)).collect();
                Ok(reply(ok(wire::text(&Items { items }))))
            }
            Operation::MintToken => self.mint(now, &who, random, ask.body),
            Operation::RevokeToken => self.revoke(now, &who, id),
            Operation::LeftMessages => page::named(&ask.query, page::LEFT).map(|_| through(Vec::new())),
            Operation::FlowStats
            | Operation::Find
            | Operation::CheckFlow
            | Operation::CheckAccount
            // What it changes is a flow, whose writing stands in the audit log.
            | Operation::RegisterWebhook
            | Operation::Transcript
            | Operation::Agents => Ok(through(Vec::new())),
            // Which conversation it comes to is not known yet.
            Operation::Reach => {
                let key = "conversation".to_owned();
                Ok(through(vec![self.line(now, &who.name, "reach", key, None, None)]))
            }
            Operation::Identify => Ok(self.order(now, &who, "identify", id)),
            Operation::Close => Ok(self.order(now, &who, "close", id)),
            Operation::Say => Ok(self.order(now, &who, "say", id)),
            Operation::Move => Ok(self.order(now, &who, "move", id)),
            Operation::EraseConversation | Operation::EraseVisitor => {
                Ok(self.order(now, &who, "erased", id))
            }
            Operation::ExportVisitor => Ok(self.order(now, &who, "exported", id)),
            Operation::EraseCustomer => Ok(self.of_a_customer(now, &who, "erased", id)),
            Operation::ExportCustomer => Ok(self.of_a_customer(now, &who, "exported", id)),
        }
    }

    fn authenticate(&mut self, now: Timestamp, ask: &Ask<'_>) -> Result<Who, AdminError> {
        let caller = format!("address {}", ask.address);
        let allowed = (self.rate() / WRONG_TOKENS).max(LEAST_WRONG_TOKENS);
        self.limiter.check(now, &caller, allowed).map_err(AdminError::TooMany)?;
        let text = ask.authorization.and_then(token::bearer).ok_or(AdminError::TokenMissing)?;
        let hash = Hash::of(text);
        let live = |it: &Named| it.expires.is_none_or(|at| now < at);
        let found = match token::id_of(text).and_then(|id| self.tokens.get(id)) {
            Some(it) if it.hash == hash && live(it) => {
                Some(Who { name: it.name.clone(), role: it.role })
            }
            _ => None,
        };
        // The first token serves until somebody has a named one: it stands in no list and cannot be revoked here.
        let named = self.tokens.values().any(|it| it.role == Role::Admin && live(it));
        let first = || match &self.settings.first {
            Some(first) if !named && *first == hash => {
                Some(Who { name: "ADMIN_TOKEN".to_owned(), role: Role::Admin })
            }
            _ => None,
        };
        if let Some(who) = found.or_else(first) {
            return Ok(who);
        }
        let _ = self.limiter.count(now, &caller, allowed);
        if self.settings.first.is_none() && !named {
            return Err(AdminError::NoTokenSet);
        }
        Err(AdminError::TokenUnknown)
    }

    fn list(&self, kind: Kind) -> Reply {
        let of_kind = self.ledger.iter().filter(|(key, _)| key.kind() == kind);
        let items = of_kind.map(|(key, entry)| Listed {
            id: key.id(),
            revision: entry.revision,
            changed_at: entry.changed,
            changed_by: &entry.changed_by,
            document: secrets::hide(key, document(entry)),
        });
        ok(wire::text(&Items { items: items.collect() }))
    }

    fn read(&self, kind: Kind, id: &str) -> Result<Handled, AdminError> {
        let key = Key::new(kind, id).ok_or(WriteError::Unknown)?;
        let entry = self.ledger.get(&key).ok_or(WriteError::Unknown)?;
        let shown = secrets::hide(&key, document(entry));
        Ok(reply(Reply { revision: Some(entry.revision), ..ok(wire::text(&shown)) }))
    }

    fn write(
        &mut self,
        now: Timestamp,
        who: &Who,
        random: Random,
        kind: Kind,
        id: &str,
        ask: &Ask<'_>,
    ) -> Result<Handled, AdminError> {
        let key = Key::new(kind, id).ok_or(AdminError::IdMalformed)?;
        let expected = expected(ask)?;
        // What is too long, or no JSON, is the ledger's to refuse.
        let document = match ask.body.len() {
            ..=MAX_DOCUMENT_BYTES => serde_json::from_slice::<Value>(ask.body).ok(),
            _ => None,
        };
        let written = match document {
            Some(mut document) => {
                self.take_in(&key, &mut document, &mut nonces(random))
                    .map_err(WriteError::Invalid)?;
                let json = document.to_string();
                self.ledger.put(now, &who.name, &key, json.as_bytes(), expected)?
            }
            None => self.ledger.put(now, &who.name, &key, ask.body, expected)?,
        };
        let revision = self.ledger.get(&key).map_or(0, |it| it.revision);
        let created = written.changed.iter().any(|it| it.before.is_none());
        let answer = WriteAnswer {
            id,
            revision,
            changed: !written.changed.is_empty(),
            warnings: wire::problems(&written.warnings),
        };
        let outcome = Reply {
            status: if created { 201 } else { 200 },
            revision: Some(revision),
            ..ok(wire::text(&answer))
        };
        Ok(self.written(now, who, &written, outcome))
    }

    /// Writes a new document under an id that is made here.
    fn create(
        &mut self,
        now: Timestamp,
        who: &Who,
        random: Random,
        kind: Kind,
        ask: &Ask<'_>,
    ) -> Result<Handled, AdminError> {
        let mut document: Map<String, Value> =
            serde_json::from_slice(ask.body).map_err(malformed)?;
        if document.contains_key("id") {
            let what = "POST makes the id; PUT writes under one of yours".to_owned();
            return Err(AdminError::Body { field: Some("id".to_owned()), what });
        }
        let id = minted(kind, random);
        document.insert("id".to_owned(), id.clone().into());
        let body = Value::Object(document).to_string();
        let ask =
            Ask { if_match: None, if_none_match: Some("*"), body: body.as_bytes(), ..ask.clone() };
        let mut handled = self.write(now, who, random, kind, &id, &ask)?;
        if let Outcome::Reply(reply) = &mut handled.outcome {
            reply.headers.push(("Location", format!("{}/{id}", ask.path)));
        }
        Ok(handled)
    }

    fn remove(
        &mut self,
        now: Timestamp,
        who: &Who,
        kind: Kind,
        id: &str,
        ask: &Ask<'_>,
    ) -> Result<Handled, AdminError> {
        let and_flows = match query(ask, "flows") {
            None => false,
            Some("delete") => true,
            Some(_) => return Err(AdminError::Query("flows".to_owned())),
        };
        let expected = expected(ask)?;
        let key = Key::new(kind, id).ok_or(WriteError::Unknown)?;
        let written = self.ledger.delete(&key, expected, and_flows)?;
        Ok(self.written(now, who, &written, Reply { status: 204, ..Reply::default() }))
    }

    fn import(
        &mut self,
        now: Timestamp,
        who: &Who,
        random: Random,
        ask: &Ask<'_>,
    ) -> Result<Handled, AdminError> {
        let replace = match query(ask, "mode") {
            None | Some("merge") => false,
            Some("replace") => true,
            Some(_) => return Err(AdminError::Query("mode".to_owned())),
        };
        let dry_run = match query(ask, "dry_run") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(AdminError::Query("dry_run".to_owned())),
        };
        let mut file: Map<String, Value> = serde_json::from_slice(ask.body).map_err(malformed)?;
        let (mut nonces, mut problems) = (nonces(random), Problems::default());
        for (name, document) in &mut file {
            let Some(key) = Key::parse(name) else { continue };
            if let Err(more) = self.take_in(&key, document, &mut nonces) {
                problems.extend_below(&sheet_path(name), &more);
            }
        }
        if !problems.is_empty() {
            return Err(WriteError::Invalid(problems).into());
        }
        let kept = dry_run.then(|| self.ledger.clone());
        let written = self.ledger.import(now, &who.name, &file, replace)?;
        let mut answer = ImportAnswer {
            dry_run,
            warnings: wire::problems(&written.warnings),
            ..ImportAnswer::default()
        };
        for Changed { key, before, after } in &written.changed {
            let list = match (before, after) {
                (_, None) => &mut answer.removed,
                (None, _) => &mut answer.created,
                _ => &mut answer.changed,
            };
            list.push(key.to_string());
        }
        let outcome = ok(wire::text(&answer));
        if let Some(kept) = kept {
            self.ledger = kept;
            return Ok(reply(outcome));
        }
        Ok(self.written(now, who, &written, outcome))
    }

    fn export(&self, ask: &Ask<'_>) -> Result<Handled, AdminError> {
        let mut file = self.ledger.export();
        match query(ask, "secrets") {
            // Of use only where the same Worker secret is set, and told nobody without it.
            Some("sealed") => {}
            None => {
                for (name, document) in &mut file {
                    if let Some(key) = Key::parse(name) {
                        *document = secrets::hide(&key, document.take());
                    }
                }
            }
            Some(_) => return Err(AdminError::Query("secrets".to_owned())),
        }
        Ok(reply(ok(wire::file(&file))))
    }

    fn seal_anew(
        &mut self,
        now: Timestamp,
        who: &Who,
        random: Random,
    ) -> Result<Handled, AdminError> {
        let keys = self.settings.seals.as_ref().ok_or(AdminError::SealSecret)?;
        let (mut nonces, mut fresh) = (nonces(random), Map::new());
        for (key, entry) in self.ledger.iter() {
            let mut document = document(entry);
            match secrets::seal_anew(key, &mut document, keys, &mut nonces) {
                Ok(false) => {}
                Ok(true) => drop(fresh.insert(key.to_string(), document)),
                Err(member) => return Err(AdminError::CannotOpen(format!("{key} {member}"))),
            }
        }
        let written = self.ledger.import(now, &who.name, &fresh, false)?;
        let changed = written.changed.iter().map(|it| it.key.to_string()).collect();
        let answer = ImportAnswer { changed, ..ImportAnswer::default() };
        Ok(self.written(now, who, &written, ok(wire::text(&answer))))
    }

    fn take_in(
        &self,
        key: &Key,
        document: &mut Value,
        nonces: &mut impl FnMut() -> [u8; NONCE_BYTES],
    ) -> Result<(), Problems> {
        let before = self.ledger.get(key).map(self::document);
        secrets::take_in(key, document, before.as_ref(), self.settings.seals.as_ref(), nonces)
    }

    fn rate(&self) -> u32 {
        self.settings.rate.unwrap_or(DEFAULT_RATE)
    }

    /// An order to a conversation goes on, and stands in the audit log whatever comes of it. What is said does not.
    fn order(&mut self, now: Timestamp, who: &Who, what: &str, id: &str) -> Handled {
        match ConversationId::parse(id) {
            Ok(id) => {
                let line =
                    self.line(now, &who.name, what, format!("conversation:{id}"), None, None);
                through(vec![line])
            }
            // There is none: whoever carries it out says so.
            Err(_) => through(Vec::new()),
        }
    }

    /// What is done with a customer stands in the audit log too, without a word of who that is: the log outlives them.
    fn of_a_customer(&mut self, now: Timestamp, who: &Who, what: &str, hub: &str) -> Handled {
        match HubId::parse(hub) {
            Ok(hub) => {
                let key = format!("customer of hub:{}", hub.as_str());
                through(vec![self.line(now, &who.name, what, key, None, None)])
            }
            Err(_) => through(Vec::new()),
        }
    }

    fn written(&mut self, now: Timestamp, who: &Who, written: &Written, outcome: Reply) -> Handled {
        let mut rows = Vec::new();
        let mut publish = Vec::new();
        for changed in &written.changed {
            let what = match (&changed.before, &changed.after) {
                (None, _) => "created",
                (_, None) => "removed",
                _ => "changed",
            };
            rows.extend(self.rows(now, &who.name, what, changed));
            let json = changed.after.as_ref().map(|it| it.json.clone());
            publish.push((changed.key.to_string(), json));
        }
        if written.changed.iter().any(|it| it.after.is_none()) {
            rows.push(Row::Floor(self.ledger.floor()));
        }
        Handled { rows, publish, outcome: Outcome::Reply(outcome) }
    }

    fn rows(&mut self, now: Timestamp, who: &str, what: &str, changed: &Changed) -> [Row; 2] {
        let key = changed.key.to_string();
        let row =
            changed.after.as_ref().map(|entry| wire::text(&DocumentRow::from(entry.as_ref())));
        let shown = |it: &Arc<Entry>| secrets::hide(&changed.key, document(it));
        let (before, after) =
            (changed.before.as_ref().map(shown), changed.after.as_ref().map(shown));
        [Row::Document(key.clone(), row), self.line(now, who, what, key, before, after)]
    }

    fn line(
        &mut self,
        now: Timestamp,
        who: &str,
        what: &str,
        key: String,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Row {
        debug_assert!(AUDITED.contains(&what), "{what} is no word of the audit log");
        self.audit += 1;
        let (who, what) = (who.to_owned(), what.to_owned());
        let entry = AuditEntry { seq: self.audit, at: now, who, what, key, before, after };
        let kept = self.settings.audit.filter(|it| *it > 0).unwrap_or(DEFAULT_AUDIT);
        let oldest = (self.audit + 1).saturating_sub(u64::from(kept));
        Row::Audit { seq: self.audit, json: wire::text(&entry), oldest }
    }
}

/// The answer to [`Outcome::Audit`], from rows of the log, newest first.
#[must_use]
pub fn audit_reply(rows: &[String]) -> Reply {
    let items =
        rows.iter().filter_map(|row| serde_json::from_str::<AuditEntry>(row).ok()).collect();
    ok(wire::text(&Items { items }))
}

/// The answer that refuses.
#[must_use]
pub fn refused(error: &AdminError) -> Reply {
    let headers = match error {
        AdminError::TokenMissing | AdminError::TokenUnknown => {
            vec![("WWW-Authenticate", "Bearer realm=\"parlor\"".to_owned())]
        }
        AdminError::TooMany(seconds) => vec![("Retry-After", seconds.to_string())],
        AdminError::MethodNotAllowed(methods) => {
            let names: Vec<&str> = methods.iter().map(|it| it.as_str()).collect();
            vec![("Allow", names.join(", "))]
        }
        _ => Vec::new(),
    };
    let revision = match error {
        AdminError::Write(error) => match error {
            WriteError::Stale { revision } => *revision,
            WriteError::RevisionRequired { revision } => Some(*revision),
            _ => None,
        },
        _ => None,
    };
    Reply {
        status: error.status(),
        is_problem: true,
        revision,
        headers,
        body: Some(wire::text(&error.refusal())),
    }
}

/// A new id: a UUID for a resource, which must not be guessed, and a short one for what is named in documents only.
fn minted(kind: Kind, random: Random) -> String {
    let [one, two] = random.secret;
    let digest = Sha256::new()
        .chain_update(b"parlor document id")
        .chain_update(random.id.to_le_bytes())
        .chain_update(one.to_le_bytes())
        .chain_update(two.to_le_bytes())
        .finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    match kind {
        // RFC 9562, version 4.
        Kind::Resource => format!(
            "{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 15),
            part(15, 18),
            part(18, 30)
        ),
        Kind::Hub | Kind::Account | Kind::Flow => format!("{}-{}", kind.prefix(), part(0, 12)),
    }
}

/// Nonces, each other than all before it: from random bits and a count, which a digest mixes.
fn nonces(random: Random) -> impl FnMut() -> [u8; NONCE_BYTES] {
    let mut count = 0_u64;
    move || {
        count += 1;
        let [one, two] = random.secret;
        let digest = Sha256::new()
            .chain_update(b"parlor nonce")
            .chain_update(one.to_le_bytes())
            .chain_update(two.to_le_bytes())
            .chain_update(count.to_le_bytes())
            .finalize();
        let mut nonce = [0; NONCE_BYTES];
        nonce.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        nonce
    }
}

fn through(rows: Vec<Row>) -> Handled {
    Handled { rows, publish: Vec::new(), outcome: Outcome::Through }
}

fn reply(reply: Reply) -> Handled {
    Handled { rows: Vec::new(), publish: Vec::new(), outcome: Outcome::Reply(reply) }
}

fn ok(body: String) -> Reply {
    Reply { status: 200, body: Some(body), ..Reply::default() }
}

fn document(entry: &Entry) -> Value {
    serde_json::from_str(&entry.json).unwrap_or_default()
}

fn check_query(route: &Route, query: &[(String, String)]) -> Result<(), AdminError> {
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in query {
        if !route.query.contains(&name.as_str()) || seen.contains(&name.as_str()) {
            return Err(AdminError::Query(name.clone()));
        }
        seen.push(name);
    }
    Ok(())
}

fn query<'a>(ask: &'a Ask<'_>, name: &str) -> Option<&'a str> {
    page::find(&ask.query, name)
}

fn check_body(ask: &Ask<'_>) -> Result<(), AdminError> {
    let kind = ask.content_type.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(AdminError::ContentType);
    }
    if ask.body.len() > MAX_BODY_BYTES {
        return Err(AdminError::BodyTooLong(MAX_BODY_BYTES));
    }
    Ok(())
}

/// Reads a body, and says which member is wrong with it.
///
/// # Errors
/// [`AdminError::Body`].
pub fn read_body<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read: T =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| AdminError::Body {
            field: Some(error.path().to_string()).filter(|it| it != "."),
            what: what_is_wrong(error.inner()),
        })?;
    reader.end().map_err(malformed)?;
    Ok(read)
}

fn malformed(error: serde_json::Error) -> AdminError {
    AdminError::Body { field: None, what: what_is_wrong(&error) }
}

/// The reader's words quote what came in, which may be a secret that stands in the wrong place.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "a member is missing, unknown or of another type",
        _ => "it is not JSON",
    };
    format!("{kind}, at line {}, column {}", error.line(), error.column())
}

fn expected(ask: &Ask<'_>) -> Result<Expected, AdminError> {
    match (ask.if_match.map(str::trim), ask.if_none_match.map(str::trim)) {
        (None, None) => Ok(Expected::Unsaid),
        (Some("*"), None) => Ok(Expected::Any),
        (None, Some("*")) => Ok(Expected::Nothing),
        (Some(tag), None) => tag
            .strip_prefix('"')
            .and_then(|it| it.strip_suffix('"'))
            .and_then(|it| it.parse().ok())
            .map(Expected::Revision)
            .ok_or(AdminError::Precondition),
        _ => Err(AdminError::Precondition),
    }
}

#[cfg(test)]
mod tests;
