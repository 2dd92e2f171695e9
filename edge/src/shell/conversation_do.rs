//! The Durable Object of a conversation: restore, step, store, perform, rearm. It decides nothing.
//!
//! Every event of the object steps the core under [`Inner::step`], which never awaits. Calls to the desk run
//! detached and come back as another step; the alarm is a clock and a watchdog and never waits for a desk,
//! because an object has one alarm and one run of it at a time.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    panic::AssertUnwindSafe,
    rc::Rc,
};

use futures_channel::oneshot;
use serde::{Deserialize, Serialize};
use worker::{
    AbortController, DurableObject, Env, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, durable_object,
};

use super::{
    clock, customer_do, desk_http, desk_index_do, entropy, is_development, log, rows, warnings_do,
};
use crate::{
    admin::wire::{LeftView, Transcript},
    conversation::{
        Answer, AskId, Core, Erasure, Input, LinkId, Obeyed, Opening, Order, Output, Tell,
    },
    relay::{
        Push,
        call::{CallId, Failure, Outcome},
        kustomer,
    },
};
use parlor_shared::{Timestamp, id::ConversationId, wire};

/// One conversation.
#[durable_object]
pub struct Conversation {
    inner: AssertUnwindSafe<Rc<Inner>>,
}

struct Inner {
    state: State,
    env: Env,
    development: bool,
    core: RefCell<Option<Core>>,
    /// What is left of a conversation that was erased.
    erasure: RefCell<Option<Erasure>>,
    armed: Cell<Option<Timestamp>>,
    /// Handles of the calls that are under way.
    calls: RefCell<HashMap<CallId, AbortController>>,
    /// Requests of links without a socket, which wait for their answer.
    asks: RefCell<HashMap<AskId, oneshot::Sender<Answer>>>,
    asked: Cell<u64>,
    /// The development flag: the next step panics after it has stored and before it has performed.
    panic_next: Cell<bool>,
}

/// Kept with each socket, so that it outlives hibernation. At most 16 KiB; this is a few bytes.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct Attachment {
    link: u32,
    greeted: bool,
}

/// Body of `POST /ask`.
#[derive(Deserialize, Serialize)]
pub struct Ask {
    /// The link's number, made up by its widget.
    pub link: u32,
    /// Highest sequence number that the widget has.
    pub after: u64,
    /// Whether to wait until there is something to say.
    pub hold: bool,
    /// As they came.
    pub frames: Vec<String>,
}

/// Answer to `POST /ask`.
#[derive(Serialize)]
struct Told {
    frames: Vec<wire::ServerFrame>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<u16>,
}

/// Answer to `POST /order`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOutcome {
    /// It was done now.
    Done {
        /// The message's number, if there is one.
        seq: Option<u64>,
    },
    /// It was done before.
    Already {
        /// The message's number, if there is one.
        seq: Option<u64>,
    },
    /// It was not done.
    Refused {
        /// Stable name.
        code: String,
        /// For people.
        why: String,
    },
}

/// Answer to `POST /erase`.
#[derive(Deserialize, Serialize)]
pub struct Erased {
    /// False: the desk is being told that the chat is over; the rest follows by itself.
    pub done: bool,
}

/// Answer to `GET /state`.
#[derive(Deserialize, Serialize)]
pub struct Standing {
    /// Whether the conversation is over.
    pub ended: bool,
}

impl DurableObject for Conversation {
    fn new(state: State, env: Env) -> Self {
        let inner = Inner {
            state,
            development: is_development(&env),
            env,
            core: RefCell::new(None),
            erasure: RefCell::new(None),
            armed: Cell::new(None),
            calls: RefCell::new(HashMap::new()),
            asks: RefCell::default(),
            asked: Cell::new(0),
            panic_next: Cell::new(false),
        };
        Self { inner: AssertUnwindSafe(Rc::new(inner)) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match request.path().as_str() {
            "/state" => self.inner.describe(),
            "/begin" => {
                let opening = request.text().await?;
                self.inner.begin(&opening)
            }
            "/socket" => self.inner.accept(),
            "/ask" => {
                let ask = request.json().await?;
                self.inner.ask(ask).await
            }
            "/desk" => {
                let push = request.json().await?;
                self.inner.push(push)
            }
            "/transcript" => self.inner.transcript(),
            "/left" => self.inner.left(),
            "/erase" => self.inner.erase(),
            "/order" => {
                let order = request.text().await?;
                self.inner.order(&order)
            }
            "/panic" if self.inner.development => {
                self.inner.panic_next.set(true);
                self.inner.step(Input::Tick)?;
                Response::empty()
            }
            "/panic-next" if self.inner.development => {
                self.inner.panic_next.set(true);
                Response::empty()
            }
            _ => Response::error("no such operation", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // First the next time, then the work: whatever happens below, the object wakes again.
        self.inner.armed.set(None);
        self.inner.arm(Some(clock::now() + WATCHDOG));
        if let Err(error) = self.inner.step(Input::Tick).and_then(|()| self.inner.tell()) {
            log::line("alarm_failed", Some(&error_name(&error)), None);
        }
        // Never an error: the platform's own retry would delay every deadline.
        Response::empty()
    }

    async fn websocket_message(
        &self,
        ws: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        let Some(Attachment { link, .. }) = attachment(&ws) else { return Ok(()) };
        let text = match message {
            WebSocketIncomingMessage::String(text) => text,
            // A binary frame is none, also if its bytes would read as one: nothing stands for it, which is no JSON.
            WebSocketIncomingMessage::Binary(_) => String::new(),
        };
        self.inner.step(Input::Frame { link: LinkId::Socket(link), text })
    }

    async fn websocket_close(
        &self,
        ws: WebSocket,
        code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        // "No code" may not be sent back; "cut" has nobody to send to.
        let code = match u16::try_from(code) {
            Ok(code @ 1000..=4999) if !matches!(code, 1005 | 1006 | 1015) => code,
            _ => 1000,
        };
        let _ = ws.close(Some(code), Some(""));
        self.inner.unlink(&ws)
    }

    async fn websocket_error(&self, ws: WebSocket, _error: worker::Error) -> Result<()> {
        self.inner.unlink(&ws)
    }
}

impl Inner {
    fn describe(&self) -> Result<Response> {
        self.restore()?;
        match &*self.core.borrow() {
            Some(core) => Response::from_json(&Standing { ended: core.ended() }),
            None => self.absent(),
        }
    }

    /// The answer where no conversation is: there never was one, or it was erased.
    fn absent(&self) -> Result<Response> {
        match &*self.erasure.borrow() {
            Some(_) => Response::error("conversation_erased", 410),
            None => Response::error("conversation_unknown", 404),
        }
    }

    /// Erases the conversation. Said twice, it says how far that is.
    fn erase(self: &Rc<Self>) -> Result<Response> {
        self.restore()?;
        if self.core.borrow().is_some() {
            // Ordered before or now: either way it goes.
            let order = |core: &mut Core| {
                let _ = core.order(clock::now(), Order::Erase);
            };
            self.guarded(|| self.carry_out(order))?;
        }
        if self.core.borrow().is_none() && self.erasure.borrow().is_none() {
            return self.absent();
        }
        Response::from_json(&Erased { done: self.erasure.borrow().is_some() })
    }

    /// Tells those who do not know yet that the conversation was erased; when all do, nothing is left to keep.
    fn tell(self: &Rc<Self>) -> Result<()> {
        let (tells, conversation) = {
            let mut slot = self.erasure.borrow_mut();
            let Some(erasure) = slot.as_mut() else { return Ok(()) };
            if erasure.is_over(clock::now()) {
                slot.take();
                self.armed.set(None);
                let me = Rc::clone(self);
                self.state.wait_until(async move {
                    // The alarm goes too. If this fails, the one that the shell set before comes back to it.
                    if me.state.storage().delete_all().await.is_err() {
                        log::line("erasing_failed", None, None);
                    }
                });
                return Ok(());
            }
            let tells = erasure.due(clock::now());
            self.arm(Some(erasure.deadline()));
            (tells, erasure.conversation().clone())
        };
        for tell in tells {
            let (me, conversation) = (Rc::clone(self), conversation.clone());
            self.state.wait_until(async move {
                let heard = match &tell {
                    Tell::Customer { name } => {
                        customer_do::forget(&me.env, name, &conversation).await
                    }
                    Tell::DeskIndex { resource, desk_conversation } => {
                        let ours = conversation.as_str();
                        desk_index_do::release(&me.env, resource, desk_conversation, ours).await
                    }
                };
                if me.told(&tell, heard.is_ok()).is_err() {
                    log::line("erasing_failed", None, None);
                }
            });
        }
        Ok(())
    }

    fn told(self: &Rc<Self>, tell: &Tell, heard: bool) -> Result<()> {
        let state = {
            let mut slot = self.erasure.borrow_mut();
            let Some(erasure) = slot.as_mut() else { return Ok(()) };
            erasure.told(clock::now(), entropy::dice(), tell, heard);
            erasure.state()
        };
        rows::put_state(&self.sql(), &state)?;
        self.tell()
    }

    /// Begins the conversation. Said twice, it begins once.
    fn begin(self: &Rc<Self>, opening: &str) -> Result<Response> {
        self.restore()?;
        if self.core.borrow().is_none() && self.erasure.borrow().is_none() {
            let opening = Opening::read(opening)
                .map_err(|_| worker::Error::RustError("opening_unreadable".to_owned()))?;
            rows::create(&self.sql())?;
            *self.core.borrow_mut() = Some(Core::begin(clock::now(), opening));
            self.step(Input::Tick)?;
        }
        self.describe()
    }

    fn transcript(&self) -> Result<Response> {
        self.restore()?;
        let slot = self.core.borrow();
        let Some(core) = &*slot else { return self.absent() };
        let it = core.describe();
        Response::from_json(&Transcript {
            conversation: it.conversation.to_owned(),
            resource: it.resource.to_owned(),
            hub: it.hub.to_owned(),
            flow: it.flow.to_owned(),
            visitor: it.visitor.to_owned(),
            visitor_name: it.visitor_name.to_owned(),
            language: it.language.map(str::to_owned),
            page: it.page.map(str::to_owned),
            customer: it.verified.map(Into::into),
            form: it.told.form.clone(),
            attributes: it.told.attributes.clone(),
            ended: it.ended,
            began_at: it.began_at,
            kept_until: it.kept_until,
            facts: it.facts,
            events: it.events.to_vec(),
        })
    }

    /// What waits here for somebody, if anything does.
    fn left(&self) -> Result<Response> {
        self.restore()?;
        let slot = self.core.borrow();
        let Some(core) = &*slot else { return self.absent() };
        Response::from_json(&core.left().map(|it| LeftView {
            conversation: self.state.id().to_string(),
            flow: it.flow.to_owned(),
            customer: it.identifier.map(str::to_owned),
            since: it.since,
            messages: it.messages,
        }))
    }

    /// Carries out an order of the site's server.
    fn order(self: &Rc<Self>, order: &str) -> Result<Response> {
        let order = Order::read(order)
            .map_err(|_| worker::Error::RustError("order_unreadable".to_owned()))?;
        self.restore()?;
        if self.core.borrow().is_none() {
            return self.absent();
        }
        let obeyed = Cell::new(None);
        self.guarded(|| self.carry_out(|core| obeyed.set(Some(core.order(clock::now(), order)))))?;
        let (status, outcome) = match obeyed.into_inner() {
            Some(Ok(Obeyed::Done { seq })) => (200, OrderOutcome::Done { seq }),
            Some(Ok(Obeyed::Already { seq })) => (200, OrderOutcome::Already { seq }),
            Some(Err(error)) => (
                409,
                OrderOutcome::Refused { code: error.code().to_owned(), why: error.to_string() },
            ),
            None => return self.absent(),
        };
        Ok(Response::from_json(&outcome)?.with_status(status))
    }

    fn accept(self: &Rc<Self>) -> Result<Response> {
        self.restore()?;
        if self.core.borrow().is_none() {
            return self.absent();
        }
        let pair = WebSocketPair::new()?;
        let link = entropy::bits32();
        self.state.accept_websocket_with_tags(&pair.server, &[LINK_TAG]);
        pair.server.serialize_attachment(Attachment { link, greeted: false })?;
        self.state.set_websocket_auto_response(
            &worker::worker_sys::WebSocketRequestResponsePair::new(wire::PING, wire::PONG)?,
        );
        self.step(Input::Linked(LinkId::Socket(link)))?;
        let mut response = Response::from_websocket(pair.client)?;
        response.headers_mut().set("Sec-WebSocket-Protocol", wire::SUBPROTOCOL)?;
        Ok(response)
    }

    /// Takes what the desk pushed. The answer says that it is stored.
    fn push(self: &Rc<Self>, push: kustomer::Push) -> Result<Response> {
        self.restore()?;
        if self.core.borrow().is_none() {
            return Response::error("conversation_unknown", 404);
        }
        self.step(Input::Desk(Push::Kustomer(push)))?;
        Response::empty()
    }

    /// A link without a socket: steps like every other, and waits outside the step for what it is told.
    async fn ask(self: &Rc<Self>, ask: Ask) -> Result<Response> {
        self.restore()?;
        if self.core.borrow().is_none() {
            return self.absent();
        }
        let Ask { link, after, hold, frames } = ask;
        let id = AskId(self.asked.replace(self.asked.get() + 1));
        let (sender, answer) = oneshot::channel();
        self.asks.borrow_mut().insert(id, sender);
        self.step(Input::Asked { link: LinkId::Polled(link), ask: id, hold, after, frames })?;
        match answer.await {
            Ok(Answer { frames, close }) => Response::from_json(&Told { frames, close }),
            // The conversation starts over from storage; the link asks again, and gets what it lacks.
            Err(_) => Response::error("conversation_failed", 503),
        }
    }

    fn unlink(self: &Rc<Self>, ws: &WebSocket) -> Result<()> {
        match attachment(ws) {
            Some(Attachment { link, .. }) => self.step(Input::Unlinked(LinkId::Socket(link))),
            None => Ok(()),
        }
    }

    /// Steps the core and never thinks. There is no await in here: nothing half-decided outlives it.
    fn step(self: &Rc<Self>, input: Input) -> Result<()> {
        self.restore()?;
        self.guarded(|| self.carry_out(|core| core.handle(clock::now(), entropy::dice(), input)))
    }

    fn guarded(&self, step: impl FnOnce() -> Result<()>) -> Result<()> {
        let step = AssertUnwindSafe(step);
        let result = std::panic::catch_unwind(step).unwrap_or_else(|_| Err(self.panicked()));
        if result.is_err() {
            // What was decided may not be what is stored: the next event starts from storage.
            self.core.borrow_mut().take();
            self.erasure.borrow_mut().take();
            self.asks.borrow_mut().clear();
        }
        result
    }

    /// After a panic half-way through a step. What it stored may not have been sent, and no later frame would show
    /// that to a link: so every link is closed, and learns what it lacks when it returns. Calls that were not made are
    /// made by the next life.
    fn panicked(&self) -> worker::Error {
        log::line("step_panicked", None, None);
        for ws in self.state.get_websockets_with_tag(LINK_TAG) {
            let _ = ws.close(Some(CLOSE_PANICKED), Some("step_panicked"));
        }
        self.arm(Some(clock::now() + WATCHDOG));
        worker::Error::RustError("step_panicked".to_owned())
    }

    fn carry_out(self: &Rc<Self>, step: impl FnOnce(&mut Core)) -> Result<()> {
        let (outputs, deadline, erased): (Vec<Output>, _, _) = {
            let mut slot = self.core.borrow_mut();
            let Some(core) = slot.as_mut() else { return Ok(()) };
            step(core);
            (std::iter::from_fn(|| core.poll()).collect(), core.deadline(), core.erased())
        };
        rows::apply(&self.state.storage(), &outputs)?;
        self.arm(deadline);
        assert!(!self.panic_next.take(), "asked to, by the development flag");
        for output in outputs {
            self.perform(output);
        }
        if erased {
            self.core.borrow_mut().take();
            self.restore()?;
            self.tell()?;
        }
        Ok(())
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Store(_) => {}
            Output::Send { link, frame } => {
                if let (Some(ws), Ok(json)) = (self.socket(link), serde_json::to_string(&frame)) {
                    // A socket that is closing refuses; its close event follows.
                    let _ = ws.send_with_str(json);
                }
            }
            Output::Answer { ask, answer } => {
                // Nobody may be waiting any more. What was not heard is asked for again.
                let waits = self.asks.borrow_mut().remove(&ask);
                let _ = waits.map(|waits| waits.send(answer));
            }
            Output::Greeted(link) => {
                if let Some(ws) = self.socket(link)
                    && let Some(it) = attachment(&ws)
                {
                    let _ = ws.serialize_attachment(Attachment { greeted: true, ..it });
                }
            }
            Output::Close { link, code, reason } => {
                if let Some(ws) = self.socket(link) {
                    let _ = ws.close(Some(code), Some(reason));
                }
            }
            Output::Call { call, request } => {
                let me = Rc::clone(self);
                let cancel = AbortController::default();
                let signal = cancel.signal();
                self.calls.borrow_mut().insert(call, cancel);
                self.state.wait_until(async move {
                    let outcome = desk_http::perform(&me.env, request, &signal).await;
                    me.calls.borrow_mut().remove(&call);
                    if let Err(error) = me.step(Input::Reply { call, outcome }) {
                        log::line("reply_failed", Some(&error_name(&error)), None);
                    }
                });
            }
            Output::Cancel(call) => {
                // Its outcome still comes, and the core knows it for an old call's.
                if let Some(cancel) = self.calls.borrow_mut().remove(&call) {
                    cancel.abort();
                }
            }
            Output::Claim { call, claim } => {
                let me = Rc::clone(self);
                self.state.wait_until(async move {
                    let outcome = match desk_index_do::claim(&me.env, claim).await {
                        Ok(status) => Outcome::Answer { status, body: Vec::new() },
                        Err(_) => Outcome::Failed(Failure::Network),
                    };
                    if let Err(error) = me.step(Input::Reply { call, outcome }) {
                        log::line("reply_failed", Some(&error_name(&error)), None);
                    }
                });
            }
            Output::List { name, on } => {
                let me = Rc::clone(self);
                self.state.wait_until(async move {
                    let heard = me.list(&name, on).await.is_ok();
                    if let Err(error) = me.step(Input::Listed { on, heard }) {
                        log::line("reply_failed", Some(&error_name(&error)), None);
                    }
                });
            }
            Output::Warn { subject, code, on } => {
                let me = Rc::clone(self);
                self.state.wait_until(async move {
                    if warnings_do::set(&me.env, &subject, code, on).await.is_err() {
                        log::line("warning_not_kept", Some(code), None);
                    }
                });
            }
            Output::Log(note) => log::note(&self.state.id().to_string(), &note),
        }
    }

    /// Puts the conversation on a list, or takes it off.
    async fn list(&self, name: &str, on: bool) -> Result<()> {
        let id = ConversationId::parse(self.state.id().to_string())
            .map_err(|_| worker::Error::RustError("id_malformed".to_owned()))?;
        if on {
            let list = self.env.durable_object("CUSTOMER")?.get_by_name(name)?;
            customer_do::add(&list, &id, false).await
        } else {
            customer_do::forget(&self.env, name, &id).await
        }
    }

    /// Reads the conversation from storage, unless it is here already or was never begun.
    fn restore(&self) -> Result<()> {
        if self.core.borrow().is_some() || self.erasure.borrow().is_some() {
            return Ok(());
        }
        let stored = rows::read(&self.sql())?;
        if let Some(erasure) = Erasure::read(&stored) {
            *self.erasure.borrow_mut() = Some(erasure);
            return Ok(());
        }
        if stored.state.is_none() {
            return Ok(());
        }
        let links = self
            .state
            .get_websockets_with_tag(LINK_TAG)
            .iter()
            .filter_map(attachment)
            .map(|it| (LinkId::Socket(it.link), it.greeted))
            .collect::<Vec<_>>();
        match Core::restore(clock::now(), &stored, links) {
            Ok(core) => {
                *self.core.borrow_mut() = Some(core);
                Ok(())
            }
            Err(error) => {
                log::line(error.code(), None, None);
                Err(worker::Error::RustError(error.code().to_owned()))
            }
        }
    }

    fn arm(&self, deadline: Option<Timestamp>) {
        if deadline == self.armed.get() {
            return;
        }
        self.armed.set(deadline);
        rows::arm(&self.state.storage(), deadline);
    }

    fn socket(&self, link: LinkId) -> Option<WebSocket> {
        self.state
            .get_websockets_with_tag(LINK_TAG)
            .into_iter()
            .find(|ws| attachment(ws).is_some_and(|it| LinkId::Socket(it.link) == link))
    }

    fn sql(&self) -> worker::SqlStorage {
        self.state.storage().sql()
    }
}

fn attachment(ws: &WebSocket) -> Option<Attachment> {
    ws.deserialize_attachment().ok().flatten()
}

/// The kind of an error, without its text, which may quote what came in.
fn error_name(error: &worker::Error) -> String {
    match error {
        worker::Error::RustError(code) => code.clone(),
        worker::Error::JsError(_) => "js_error".to_owned(),
        _ => "platform_error".to_owned(),
    }
}

const LINK_TAG: &str = "link";

/// Close code of links whose conversation starts over from storage: a server's fault, come back.
const CLOSE_PANICKED: u16 = 1011;

/// When the alarm comes back if a step, its own or another, failed to say.
const WATCHDOG: std::time::Duration = std::time::Duration::from_secs(10);
