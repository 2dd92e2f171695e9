//! Requests to the edge. They report to the machine and decide nothing.
//!
//! The request itself is made in `boot.js`: a promise that Rust awaits brings an executor, a queue and the state of
//! each wait along, 2 kB of every visitor's first load. One that calls back brings nothing.

use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};

use super::{
    incoming::answered,
    machine::{Input, Start},
};
use crate::{
    codec::{self, Json},
    json::Browser,
    state::{Msg, pages::Look},
};

#[wasm_bindgen]
extern "C" {
    /// Asks for a conversation, and calls `done` once, with the status (0: there was no answer), the text, and what `Retry-After` says.
    #[wasm_bindgen(js_namespace = parlor)]
    fn begin(body: &str, done: &Closure<Done>);

    /// Asks for something of the visitor's own. Calls `done` once: the text is empty where there was no good answer.
    #[wasm_bindgen(js_namespace = parlor)]
    fn look(path: &str, token: &str, done: &Closure<dyn FnMut(String)>);
}

/// A callback from `boot.js`: a number, and two texts.
pub type Done = dyn FnMut(u16, String, String);

/// Asks and tells.
pub struct Http {
    started: Closure<Done>,
    listed: Closure<dyn FnMut(String)>,
    told: Closure<dyn FnMut(String)>,
}

impl Http {
    /// Answers go to `send`.
    pub fn new(send: fn(Msg)) -> Self {
        let started = Closure::new(move |status, text: String, retry_after: String| {
            let answer = answered::<Browser>(status, &text, &retry_after);
            send(Msg::Link(Input::Answered(answer)));
        });
        let listed = Closure::new(move |text| send(Msg::Listed(text)));
        let told = Closure::new(move |text: String| {
            let events = Browser::parse(&text).map(|it| codec::events(&it)).unwrap_or_default();
            send(Msg::Told(events));
        });
        Self { started, listed, told }
    }

    /// Asks for the visitor's earlier conversations, or for one of them.
    pub fn look(&self, wanted: &Look) {
        match &wanted.at {
            None => look(EARLIER, &wanted.token, &self.listed),
            Some(id) => look(&[EARLIER, "/", id].concat(), &wanted.token, &self.told),
        }
    }

    /// Sends the start request.
    pub fn start(&self, request: &Start) {
        begin(&codec::start_request(request), &self.started);
    }
}

const EARLIER: &str = "/v1/visitors/conversations";
