//! The Durable Object of somebody at a hub: which conversations are theirs, and which is the current one.
//!
//! There is one for each visitor, whom a browser's token makes known and nothing else, and one for each customer, whom the
//! site's server names. A customer has a visitor's number too, the same in every browser, and his conversations stand in
//! both. Asked by two tabs at once, it gives both the same answer, because an object does one thing at a time. It holds ids
//! only, and deletes itself with the last of them.

use std::{panic::AssertUnwindSafe, time::Duration};

use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, State, Stub, durable_object,
};

use super::{clock, rows, start::post};
use crate::{
    access::VisitorId,
    conversation::{list_of_customer, list_of_visitor},
    registry::HubId,
};
use parlor_shared::id::ConversationId;

/// A visitor, or a customer, of one hub.
#[durable_object]
pub struct Customer {
    state: AssertUnwindSafe<State>,
}

/// Body of `POST /current`.
#[derive(Deserialize, Serialize)]
pub struct Claim {
    /// What is current from now on, if nothing else is.
    pub candidate: ConversationId,
    /// The conversation that the candidate shall follow. If another one is current, that one stays.
    pub after: Option<ConversationId>,
    /// The visitor's number that a customer has from now on, if there is no other; none for a visitor's own object.
    pub visitor: Option<VisitorId>,
}

/// Answer to [`Claim`].
#[derive(Deserialize, Serialize)]
pub struct Current {
    /// What is current.
    pub conversation: ConversationId,
    /// The customer's number.
    pub visitor: Option<VisitorId>,
}

/// Answer to `GET /list`, oldest first; body of `POST /add` and of `POST /forget`.
#[derive(Default, Deserialize, Serialize)]
pub struct List {
    /// Which.
    pub conversations: Vec<ConversationId>,
    /// In the answer: the customer's number, if this is a customer's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<VisitorId>,
}

/// Body of `POST /page`.
#[derive(Deserialize, Serialize)]
pub struct Page {
    /// Only those with a smaller number.
    pub before: u64,
    /// How many at most.
    pub limit: u32,
}

/// A conversation in a list, by its number there: the later it was put there, the higher.
#[derive(Deserialize, Serialize)]
pub struct Numbered {
    /// The number.
    pub at: u64,
    /// Which.
    pub conversation: ConversationId,
}

#[derive(Deserialize)]
struct Number {
    visitor: VisitorId,
}

#[derive(Deserialize)]
struct Row {
    conversation: ConversationId,
}

impl DurableObject for Customer {
    fn new(state: State, _env: Env) -> Self {
        Self { state: AssertUnwindSafe(state) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        // From the body on nothing awaits: reading and writing are one.
        match path.as_str() {
            "/current" => {
                let claim = request.json().await?;
                self.current(claim)
            }
            "/add" | "/add-oldest" => {
                let List { conversations, .. } = request.json().await?;
                self.add(&conversations, path == "/add-oldest")
            }
            "/list" => Response::from_json(&List {
                conversations: self.all()?,
                visitor: self.known_number()?,
            }),
            "/page" => {
                let page = request.json().await?;
                Response::from_json(&self.page(&page)?)
            }
            "/forget" => {
                let List { conversations, .. } = request.json().await?;
                self.forget(&conversations)?;
                self.leave_if_empty().await
            }
            "/refuse" => self.refuse(),
            "/leave" => self.leave_if_empty().await,
            _ => Response::error("no such operation", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // The one thing that it is set for: tokens of a visitor who was erased have expired by now.
        self.state.storage().delete_all().await?;
        Response::empty()
    }
}

impl Customer {
    fn current(&self, claim: Claim) -> Result<Response> {
        if self.is_refused()? {
            return Response::error("visitor_erased", 410);
        }
        self.create()?;
        let current = self.all()?.pop();
        let conversation = match current {
            Some(current) if claim.after.as_ref() != Some(&current) => current,
            _ => {
                self.insert(&claim.candidate)?;
                claim.candidate
            }
        };
        let visitor = claim.visitor.map(|wanted| self.number(wanted)).transpose()?;
        Response::from_json(&Current { conversation, visitor })
    }

    /// The customer's number, which is `wanted` from now on if there is none.
    fn number(&self, wanted: VisitorId) -> Result<VisitorId> {
        if let Some(known) = self.known_number()? {
            return Ok(known);
        }
        let sql = self.sql();
        sql.exec("CREATE TABLE IF NOT EXISTS number (visitor TEXT NOT NULL)", None)?;
        sql.exec("INSERT INTO number (visitor) VALUES (?)", vec![wanted.to_string().into()])?;
        Ok(wanted)
    }

    fn known_number(&self) -> Result<Option<VisitorId>> {
        if !rows::has_table(&self.sql(), "number")? {
            return Ok(None);
        }
        let known: Vec<Number> = self.sql().exec("SELECT visitor FROM number", None)?.to_array()?;
        Ok(known.into_iter().next().map(|it| it.visitor))
    }

    /// Lists conversations that are not listed yet.
    fn add(&self, conversations: &[ConversationId], oldest: bool) -> Result<Response> {
        self.create()?;
        let known = self.all()?;
        for conversation in conversations.iter().filter(|it| !known.contains(it)) {
            if oldest {
                self.sql().exec(
                    "INSERT INTO conversations (at, conversation) SELECT coalesce(min(at), 1) - 1, ? FROM conversations",
                    vec![conversation.as_str().into()],
                )?;
            } else {
                self.insert(conversation)?;
            }
        }
        Response::empty()
    }

    fn create(&self) -> Result<()> {
        self.sql().exec(
            "CREATE TABLE IF NOT EXISTS conversations (at INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL)",
            None,
        )?;
        Ok(())
    }

    fn insert(&self, conversation: &ConversationId) -> Result<()> {
        self.sql().exec(
            "INSERT INTO conversations (conversation) VALUES (?)",
            vec![conversation.as_str().into()],
        )?;
        Ok(())
    }

    fn all(&self) -> Result<Vec<ConversationId>> {
        if !rows::has_table(&self.sql(), "conversations")? {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = self
            .sql()
            .exec("SELECT conversation FROM conversations ORDER BY at", None)?
            .to_array()?;
        Ok(rows.into_iter().map(|row| row.conversation).collect())
    }

    /// The newest of the list below a number.
    fn page(&self, page: &Page) -> Result<Vec<Numbered>> {
        if !rows::has_table(&self.sql(), "conversations")? {
            return Ok(Vec::new());
        }
        #[expect(clippy::cast_precision_loss, reason = "the API takes no number above 2^53")]
        let before = page.before as f64;
        self.sql()
            .exec(
                "SELECT at, conversation FROM conversations WHERE at < ? ORDER BY at DESC LIMIT ?",
                vec![before.into(), f64::from(page.limit).into()],
            )?
            .to_array()
    }

    fn forget(&self, conversations: &[ConversationId]) -> Result<()> {
        if !rows::has_table(&self.sql(), "conversations")? {
            return Ok(());
        }
        for conversation in conversations {
            self.sql().exec(
                "DELETE FROM conversations WHERE conversation = ?",
                vec![conversation.as_str().into()],
            )?;
        }
        Ok(())
    }

    /// From now on the visitor's tokens open nothing. It is remembered until the last of them has expired.
    fn refuse(&self) -> Result<Response> {
        self.sql().exec("CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY)", None)?;
        rows::arm(&self.state.storage(), Some(clock::now() + REFUSED_FOR));
        Response::empty()
    }

    fn is_refused(&self) -> Result<bool> {
        rows::has_table(&self.sql(), "refused")
    }

    async fn leave_if_empty(&self) -> Result<Response> {
        let has = |table| rows::has_table(&self.sql(), table);
        // What was never used has no database, and gets none by being asked.
        let used = has("conversations")? || has("number")?;
        if used && self.all()?.is_empty() && !self.is_refused()? {
            self.state.storage().delete_all().await?;
        }
        Response::empty()
    }

    fn sql(&self) -> SqlStorage {
        self.state.storage().sql()
    }
}

/// The object of a visitor.
pub fn of_visitor(env: &Env, hub: &HubId, visitor: &VisitorId) -> Result<Stub> {
    env.durable_object("CUSTOMER")?.get_by_name(&list_of_visitor(hub, visitor))
}

/// The object of a customer.
pub fn of_customer(env: &Env, hub: &HubId, identifier: &str) -> Result<Stub> {
    env.durable_object("CUSTOMER")?.get_by_name(&list_of_customer(hub, identifier))
}

/// Puts a conversation at the end of the list of an object, where it is current, or at the beginning if it has ended,
/// unless it stands there. Said twice, it does no harm.
pub async fn add(own: &Stub, conversation: &ConversationId, has_ended: bool) -> Result<()> {
    let body =
        serde_json::to_string(&List { conversations: vec![conversation.clone()], visitor: None })?;
    let url = if has_ended { "https://object/add-oldest" } else { "https://object/add" };
    match post(own, url, &body).await?.status_code() {
        200 => Ok(()),
        _ => Err(worker::Error::RustError("customer_failed".to_owned())),
    }
}

/// The conversations of an object's list, oldest first.
pub async fn list(env: &Env, name: &str) -> Result<Vec<ConversationId>> {
    let stub = env.durable_object("CUSTOMER")?.get_by_name(name)?;
    let mut response = stub.fetch_with_str("https://object/list").await?;
    Ok(response.json::<List>().await?.conversations)
}

/// A page of an object's list, newest first.
pub async fn page(env: &Env, name: &str, page: &Page) -> Result<Vec<Numbered>> {
    let stub = env.durable_object("CUSTOMER")?.get_by_name(name)?;
    post(&stub, "https://object/page", &serde_json::to_string(page)?).await?.json().await
}

/// Tells an object to `refuse` the visitor's tokens, or to `leave` if nothing is in it.
pub async fn tell(env: &Env, name: &str, what: &str) -> Result<()> {
    let stub = env.durable_object("CUSTOMER")?.get_by_name(name)?;
    match stub.fetch_with_str(&format!("https://object/{what}")).await?.status_code() {
        200 => Ok(()),
        _ => Err(worker::Error::RustError("customer_failed".to_owned())),
    }
}

/// Takes a conversation out of the list of an object. Said twice, it does no harm.
pub async fn forget(env: &Env, name: &str, conversation: &ConversationId) -> Result<()> {
    let body =
        serde_json::to_string(&List { conversations: vec![conversation.clone()], visitor: None })?;
    let stub = env.durable_object("CUSTOMER")?.get_by_name(name)?;
    match post(&stub, "https://object/forget", &body).await?.status_code() {
        200 => Ok(()),
        _ => Err(worker::Error::RustError("customer_failed".to_owned())),
    }
}

/// How long a visitor's token is good that was renewed just before the visitor was erased, and a day.
const REFUSED_FOR: Duration = Duration::from_secs(91 * 24 * 60 * 60);
