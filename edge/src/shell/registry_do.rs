//! The Durable Object of the configuration, of which there is one: restore, decide, store, publish.
//!
//! [`Office`] decides, in one go and without waiting; what it wants kept is in SQLite before anything is published. KV has
//! no order and no transactions, so every key that changed stands in a table of its own until what is current has been
//! put: a put that failed, or that another one overtook, is put again.

use std::{cell::RefCell, collections::HashMap, panic::AssertUnwindSafe, rc::Rc, time::Duration};

use futures_util::StreamExt;
use serde::Deserialize;
use worker::{
    DurableObject, Env, Headers, Request, Response, Result, SqlStorage, State, durable_object,
    kv::KvStore,
};

use super::{
    admin, clock, entropy, environment, log, problem::Refusal, registry_kv, rows, webhook,
};
use crate::{
    admin::{
        ADMIN_TOKEN_MIN_BYTES, Ask, Hash, MAX_BODY_BYTES, Office, Outcome, Random, Reply, Row,
        Settings, Stored, audit_reply,
    },
    registry::Key,
};

/// The name of the one object.
pub const NAME: &str = "registry";

/// The registry.
#[durable_object]
pub struct Registry {
    inner: AssertUnwindSafe<Rc<Inner>>,
}

struct Inner {
    state: State,
    env: Env,
    office: RefCell<Option<Office>>,
    /// How many puts to KV are under way, by key.
    putting: RefCell<HashMap<String, u32>>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    text: String,
}

#[derive(Deserialize)]
struct Number {
    number: Option<u64>,
}

impl DurableObject for Registry {
    fn new(state: State, env: Env) -> Self {
        let inner =
            Inner { state, env, office: RefCell::new(None), putting: RefCell::new(HashMap::new()) };
        Self { inner: AssertUnwindSafe(Rc::new(inner)) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        // No address of the Worker's leads here.
        if request.path() == HEALTH {
            return self.inner.health().await;
        }
        match Rc::clone(&self.inner).answer(request).await {
            Ok(response) => Ok(response),
            Err(error) => {
                // What was decided may not be what is stored: the next request starts from storage.
                self.inner.office.borrow_mut().take();
                log::line("registry_failed", None, None);
                Refusal::from(error).into_response()
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        if self.inner.publish().await.is_err() {
            log::line("registry_failed", None, None);
            self.inner.come_back();
        }
        Response::empty()
    }
}

impl Inner {
    async fn health(&self) -> Result<Response> {
        self.restore().await?;
        let can_open_all = self.office.borrow().as_ref().is_none_or(Office::can_open_all);
        Response::from_json(&can_open_all)
    }

    async fn answer(self: Rc<Self>, mut request: Request) -> Result<Response> {
        let body = body(&mut request).await?;
        let url = request.url()?;
        let header = |name: &str| request.headers().get(name).ok().flatten();
        let authorization = header("Authorization");
        let (if_match, if_none_match) = (header("If-Match"), header("If-None-Match"));
        let content_type = header("Content-Type");
        let address = header("CF-Connecting-IP").unwrap_or_default();
        // Not `request.method()`, for which every method that it does not know is a GET.
        let method = request.inner().method();
        let ask = Ask {
            method: &method,
            path: url.path(),
            query: admin::query_of(&url),
            authorization: authorization.as_deref(),
            if_match: if_match.as_deref(),
            if_none_match: if_none_match.as_deref(),
            content_type: content_type.as_deref(),
            address: &address,
            body: &body,
        };
        self.restore().await?;
        let outcome = self.decide(&ask)?;
        let reply = match outcome {
            Outcome::Reply(reply) => reply,
            Outcome::Audit { before, limit } => audit_reply(&self.audit(before, limit)?),
            Outcome::Through => {
                let mut response = Response::empty()?;
                response.headers_mut().set(THROUGH, "1")?;
                return Ok(response);
            }
        };
        if (200..300).contains(&reply.status) && method != "GET" && self.publish().await.is_err() {
            // It is stored, and will be published: the answer stands.
            log::line("publishing_failed", None, None);
            self.come_back();
        }
        response(reply)
    }

    /// Decides and stores. There is no await in here.
    fn decide(&self, ask: &Ask<'_>) -> Result<Outcome> {
        let mut slot = self.office.borrow_mut();
        let office = slot.as_mut().ok_or_else(|| worker::Error::from("not restored"))?;
        let random =
            Random { id: entropy::dice(), secret: [entropy::bits128(), entropy::bits128()] };
        let handled = office.handle(clock::now(), random, ask);
        self.store(&handled.rows, true)?;
        Ok(handled.outcome)
    }

    fn store(&self, changes: &[Row], publish: bool) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let sql = self.sql();
        rows::all_or_nothing(&self.state.storage(), || {
            changes.iter().try_for_each(|row| store_row(&sql, row, publish))
        })
    }

    /// Reads the books, unless they are here already; the first time ever, takes over what KV has.
    async fn restore(&self) -> Result<()> {
        if self.office.borrow().is_some() {
            return Ok(());
        }
        let sql = self.sql();
        create(&sql)?;
        let adopted: Vec<Text> =
            sql.exec("SELECT text FROM facts WHERE name = 'adopted'", None)?.to_array()?;
        let found = match adopted.as_slice() {
            [] => Some(registry_kv::everything(&self.env).await?),
            _ => None,
        };
        // Another request may have been quicker.
        if self.office.borrow().is_some() {
            return Ok(());
        }
        let mut office = self.read()?;
        if let Some(found) = found {
            let found = found.into_iter().filter_map(|(key, json)| Some((Key::parse(&key)?, json)));
            let (adopted, left_out) = office.adopt(clock::now(), found);
            for key in left_out {
                log::line("document_not_adopted", Some(&key), None);
            }
            self.store(&adopted, false)?;
            sql.exec("INSERT OR REPLACE INTO facts (name, text) VALUES ('adopted', 'yes')", None)?;
        }
        *self.office.borrow_mut() = Some(office);
        Ok(())
    }

    fn read(&self) -> Result<Office> {
        let sql = self.sql();
        let documents: Vec<Pair> =
            sql.exec("SELECT key AS name, json AS text FROM documents", None)?.to_array()?;
        let tokens: Vec<Text> = sql.exec("SELECT json AS text FROM tokens", None)?.to_array()?;
        let audit: Vec<Number> =
            sql.exec("SELECT max(seq) AS number FROM audit", None)?.to_array()?;
        let floor: Vec<Text> =
            sql.exec("SELECT text FROM facts WHERE name = 'floor'", None)?.to_array()?;
        let stored = Stored {
            documents: documents.into_iter().map(|row| (row.name, row.text)).collect(),
            tokens: tokens.into_iter().map(|row| row.text).collect(),
            floor: floor.into_iter().find_map(|row| row.text.parse().ok()).unwrap_or_default(),
            audit: audit.into_iter().find_map(|row| row.number).unwrap_or_default(),
        };
        let secret = self.env.secret("ADMIN_TOKEN").ok().map(|it| it.to_string());
        let first = secret.filter(|it| it.len() >= ADMIN_TOKEN_MIN_BYTES).map(|it| Hash::of(&it));
        let number = |name: &str| self.env.var(name).ok()?.to_string().parse::<u32>().ok();
        let (rate, audit) = (number("ADMIN_REQUESTS_PER_MINUTE"), number("AUDIT_LINES"));
        let seals = webhook::seals(&self.env).ok();
        let settings = Settings { first, seals, rate, audit };
        Ok(Office::restore(environment(&self.env), stored, settings))
    }

    fn audit(&self, before: u64, limit: u32) -> Result<Vec<String>> {
        #[expect(clippy::cast_precision_loss, reason = "the API takes no number above 2^53")]
        let before = before as f64;
        let lines: Vec<Text> = self
            .sql()
            .exec(
                "SELECT json AS text FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                vec![before.into(), f64::from(limit).into()],
            )?
            .to_array()?;
        Ok(lines.into_iter().map(|line| line.text).collect())
    }

    /// Puts to KV what is not there yet as it is here.
    async fn publish(&self) -> Result<()> {
        let kv = self.env.kv(registry_kv::BINDING)?;
        loop {
            let pending: Vec<Text> =
                self.sql().exec("SELECT key AS text FROM unpublished LIMIT 1", None)?.to_array()?;
            let Some(Text { text: key }) = pending.into_iter().next() else { return Ok(()) };
            *self.putting.borrow_mut().entry(key.clone()).or_default() += 1;
            let put = self.put(&kv, &key).await;
            let others = {
                let mut putting = self.putting.borrow_mut();
                let count = putting.entry(key.clone()).or_default();
                *count -= 1;
                *count
            };
            let sent = put?;
            // Not while another put of the key is under way: if this process dies, theirs may be the last that lands.
            if others == 0 && self.current(&key)? == sent {
                self.sql()
                    .exec("DELETE FROM unpublished WHERE key = ?", vec![key.as_str().into()])?;
            } else if others > 0 {
                // They will look again when theirs has ended.
                return Ok(());
            }
        }
    }

    /// Puts what is current, and says what that was.
    async fn put(&self, kv: &KvStore, key: &str) -> Result<Option<String>> {
        let current = self.current(key)?;
        let json = current.as_deref().map(serde_json::from_str::<crate::admin::wire::DocumentRow>);
        match json {
            Some(Ok(row)) => kv.put(key, row.json)?.execute().await?,
            Some(Err(_)) => log::line("stored_row_unreadable", None, None),
            None => kv.delete(key).await?,
        }
        Ok(current)
    }

    fn current(&self, key: &str) -> Result<Option<String>> {
        let rows: Vec<Text> = self
            .sql()
            .exec("SELECT json AS text FROM documents WHERE key = ?", vec![key.into()])?
            .to_array()?;
        Ok(rows.into_iter().next().map(|row| row.text))
    }

    /// Sets the alarm for another try.
    fn come_back(&self) {
        rows::arm(&self.state.storage(), Some(clock::now() + AGAIN));
    }

    fn sql(&self) -> SqlStorage {
        self.state.storage().sql()
    }
}

fn create(sql: &SqlStorage) -> Result<()> {
    for table in [
        "documents (key TEXT PRIMARY KEY, json TEXT NOT NULL)",
        "tokens (id TEXT PRIMARY KEY, json TEXT NOT NULL)",
        "audit (seq INTEGER PRIMARY KEY, json TEXT NOT NULL)",
        "unpublished (key TEXT PRIMARY KEY)",
        "facts (name TEXT PRIMARY KEY, text TEXT NOT NULL)",
    ] {
        sql.exec(&format!("CREATE TABLE IF NOT EXISTS {table}"), None)?;
    }
    Ok(())
}

fn store_row(sql: &SqlStorage, row: &Row, publish: bool) -> Result<()> {
    match row {
        Row::Document(key, json) => {
            replace(sql, "documents", "key", key, json.as_deref())?;
            if publish {
                let key = key.as_str().into();
                sql.exec("INSERT OR IGNORE INTO unpublished (key) VALUES (?)", vec![key])?;
            }
        }
        Row::Floor(floor) => {
            sql.exec(
                "INSERT OR REPLACE INTO facts (name, text) VALUES ('floor', ?)",
                vec![floor.to_string().into()],
            )?;
        }
        Row::Token(id, json) => replace(sql, "tokens", "id", id, json.as_deref())?,
        Row::Audit { seq, json, oldest } => {
            #[expect(clippy::cast_precision_loss, reason = "a log never has 2^53 lines")]
            let (seq, oldest) = (*seq as f64, *oldest as f64);
            sql.exec(
                "INSERT INTO audit (seq, json) VALUES (?, ?)",
                vec![seq.into(), json.as_str().into()],
            )?;
            sql.exec("DELETE FROM audit WHERE seq < ?", vec![oldest.into()])?;
        }
    }
    Ok(())
}

fn replace(sql: &SqlStorage, table: &str, name: &str, key: &str, json: Option<&str>) -> Result<()> {
    match json {
        Some(json) => sql.exec(
            &format!("INSERT OR REPLACE INTO {table} ({name}, json) VALUES (?, ?)"),
            vec![key.into(), json.into()],
        )?,
        None => sql.exec(&format!("DELETE FROM {table} WHERE {name} = ?"), vec![key.into()])?,
    };
    Ok(())
}

/// The body, or the beginning of one that is too long.
async fn body(request: &mut Request) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    let Ok(mut chunks) = request.stream() else { return Ok(body) };
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > MAX_BODY_BYTES {
            break;
        }
    }
    Ok(body)
}

fn response(reply: Reply) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Cache-Control", "no-store")?;
    if let Some(revision) = reply.revision {
        headers.set("ETag", &format!("\"{revision}\""))?;
    }
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    let response = match reply.body {
        Some(body) => {
            let kind =
                if reply.is_problem { "application/problem+json" } else { "application/json" };
            headers.set("Content-Type", kind)?;
            Response::from_bytes(body.into_bytes())?
        }
        None => Response::empty()?,
    };
    Ok(response.with_status(reply.status).with_headers(headers))
}

/// Whether every secret that is kept can be opened, as far as it is known.
pub async fn can_open_all(env: &Env) -> Result<bool> {
    let stub = env.durable_object("REGISTRY")?.get_by_name(NAME)?;
    stub.fetch_with_str(&format!("https://object{HEALTH}")).await?.json().await
}

const HEALTH: &str = "/health";

/// Marks the answer that lets a request through. It never leaves the Worker.
pub const THROUGH: &str = "Parlor-Through";

/// When publishing is tried again after KV refused: it takes one write a second for each key.
const AGAIN: Duration = Duration::from_secs(5);
