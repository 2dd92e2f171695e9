//! The Durable Object between a desk's conversation and ours: keeps what a webhook brought until the conversation
//! has it. It steps `relay::kustomer::index` and decides nothing.

use std::{
    cell::{Cell, RefCell},
    panic::AssertUnwindSafe,
    rc::Rc,
};

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{DurableObject, Env, Request, Response, Result, State, Stub, durable_object};

use super::{clock, entropy, log, rows, start::post, warnings_do};
use crate::relay::{
    Claim,
    kustomer::{
        Push,
        index::{Fate, Index, Taken},
    },
};

/// One conversation at a desk.
#[durable_object]
pub struct DeskIndex {
    inner: AssertUnwindSafe<Rc<Inner>>,
}

struct Inner {
    state: State,
    env: Env,
    index: RefCell<Option<Index>>,
    /// A run hands events on; a second one beside it would overtake it.
    handing_on: Cell<bool>,
}

/// Body of `POST /claim`.
#[derive(Deserialize, Serialize)]
struct ClaimOrder {
    resource: String,
    desk_conversation: String,
    organization: Option<String>,
    conversation: String,
}

#[derive(Deserialize)]
struct Row {
    json: String,
}

impl DurableObject for DeskIndex {
    fn new(state: State, env: Env) -> Self {
        let inner = Inner { state, env, index: RefCell::new(None), handing_on: Cell::new(false) };
        Self { inner: AssertUnwindSafe(Rc::new(inner)) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        let body = request.text().await?;
        match path.as_str() {
            "/take" => {
                let push: Push = serde_json::from_str(&body)?;
                self.inner.take(push)
            }
            "/claim" => {
                let order: ClaimOrder = serde_json::from_str(&body)?;
                self.inner.claim(order)
            }
            "/release" => {
                self.inner.step(|index| index.release(&body))?;
                Response::empty()
            }
            _ => Response::error("no such operation", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // First the next time, then the work: whatever happens below, the object wakes again.
        self.inner.arm(Some(clock::now() + WATCHDOG));
        let ticked = self.inner.step(|index| index.tick(clock::now()));
        if ticked.is_err() {
            log::line("index_failed", None, None);
        }
        self.inner.hand_on();
        Response::empty()
    }
}

impl Inner {
    fn take(self: &Rc<Self>, push: Push) -> Result<Response> {
        let resource = push.resource.clone();
        let (taken, tells) = self.step(|index| {
            let taken = index.take(clock::now(), push);
            (taken, taken == Taken::Kept && index.tells_alive(clock::now()))
        })?;
        if tells {
            let me = Rc::clone(self);
            self.state.wait_until(async move {
                let cleared = warnings_do::set(&me.env, &resource, "webhook_silent", false).await;
                if cleared.is_err() {
                    log::line("warning_not_cleared", None, None);
                }
            });
        }
        self.hand_on();
        match taken {
            Taken::Kept | Taken::Known | Taken::Unwanted => Response::empty(),
            Taken::Full => Response::error("index_full", 503),
        }
    }

    fn claim(self: &Rc<Self>, order: ClaimOrder) -> Result<Response> {
        let claim = Claim {
            resource: order.resource,
            desk_conversation: order.desk_conversation,
            organization: order.organization,
            conversation: order.conversation,
        };
        self.step(|index| index.claim(clock::now(), &claim))?;
        self.hand_on();
        Response::empty()
    }

    /// Steps the index and stores it. There is no await in here.
    fn step<T>(&self, step: impl FnOnce(&mut Index) -> T) -> Result<T> {
        let mut slot = self.index.borrow_mut();
        let index = match slot.take() {
            Some(index) => index,
            None => Index::restore(self.read()?.as_deref()),
        };
        let mut next = index.clone();
        let result = step(&mut next);
        if next != index {
            self.write(&next)?;
        }
        let deadline = next.deadline();
        *slot = Some(next);
        drop(slot);
        self.arm(deadline);
        Ok(result)
    }

    /// Hands on what can be handed on, one by one, detached: whoever brought an event has had his answer.
    fn hand_on(self: &Rc<Self>) {
        if self.handing_on.replace(true) {
            return;
        }
        let me = Rc::clone(self);
        self.state.wait_until(async move {
            loop {
                let next = me.step(|index| index.next(clock::now()));
                let Ok(Some((conversation, number, push))) = next else { break };
                let fate = me.give(&conversation, &push).await;
                let told =
                    me.step(|index| index.forwarded(clock::now(), entropy::dice(), number, fate));
                if told.is_err() || fate != Fate::Taken {
                    break;
                }
            }
            me.handing_on.set(false);
        });
    }

    async fn give(&self, conversation: &str, push: &Push) -> Fate {
        let given = async {
            let stub = self
                .env
                .durable_object("CONVERSATION")?
                .id_from_string(conversation)?
                .get_stub()?;
            let answer = post(&stub, "https://object/desk", &serde_json::to_string(push)?).await?;
            Ok::<u16, worker::Error>(answer.status_code())
        };
        match given.await {
            Ok(200) => Fate::Taken,
            Ok(404) => Fate::Gone,
            _ => Fate::Failed,
        }
    }

    fn read(&self) -> Result<Option<String>> {
        let sql = self.state.storage().sql();
        if !rows::has_table(&sql, "state")? {
            return Ok(None);
        }
        let rows: Vec<Row> = sql.exec("SELECT json FROM state", None)?.to_array()?;
        Ok(rows.into_iter().next().map(|row| row.json))
    }

    fn write(&self, index: &Index) -> Result<()> {
        let sql = self.state.storage().sql();
        sql.exec(
            "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL)",
            None,
        )?;
        if index.is_empty() {
            sql.exec("DROP TABLE state", None)?;
            return Ok(());
        }
        sql.exec(
            "INSERT INTO state (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
            vec![index.state().into()],
        )?;
        Ok(())
    }

    fn arm(&self, deadline: Option<parlor_shared::Timestamp>) {
        let storage = self.state.storage();
        let set = match deadline {
            Some(at) => {
                let date = js_sys::Date::new(&JsValue::from_f64(at.as_ms() as f64));
                storage.as_raw().set_alarm(date, js_sys::Object::new())
            }
            None => storage.as_raw().delete_alarm(js_sys::Object::new()),
        };
        if set.is_err() {
            log::line("alarm_not_set", None, None);
        }
    }
}

/// The index of one conversation at a desk.
fn stub(env: &Env, resource: &str, desk_conversation: &str) -> Result<Stub> {
    env.durable_object("DESK_INDEX")?.get_by_name(&format!("{resource}/{desk_conversation}"))
}

/// Keeps a verified event; answers the status that the desk should get.
pub async fn take(env: &Env, push: &Push) -> Result<u16> {
    let stub = stub(env, &push.resource, &push.conversation)?;
    let body = serde_json::to_string(push)?;
    Ok(post(&stub, "https://object/take", &body).await?.status_code())
}

/// Says whose a desk's conversation is.
pub async fn claim(env: &Env, claim: Claim) -> Result<u16> {
    let stub = stub(env, &claim.resource, &claim.desk_conversation)?;
    let body = serde_json::to_string(&ClaimOrder {
        resource: claim.resource,
        desk_conversation: claim.desk_conversation,
        organization: claim.organization,
        conversation: claim.conversation,
    })?;
    Ok(post(&stub, "https://object/claim", &body).await?.status_code())
}

/// Says that a conversation is no longer kept, so that nothing waits for it.
pub async fn release(
    env: &Env,
    resource: &str,
    desk_conversation: &str,
    conversation: &str,
) -> Result<()> {
    let stub = stub(env, resource, desk_conversation)?;
    match post(&stub, "https://object/release", conversation).await?.status_code() {
        200 => Ok(()),
        _ => Err(worker::Error::RustError("index_failed".to_owned())),
    }
}

/// When the alarm comes back if a step failed to say.
const WATCHDOG: std::time::Duration = std::time::Duration::from_secs(10);
