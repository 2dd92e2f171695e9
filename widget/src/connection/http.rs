//! Requests to the edge. They report to the machine and decide nothing.
//!
//! The request itself is made in `boot.js`: a promise that Rust awaits brings an executor, a queue and the state of
//! each wait along, 2 kB of every visitor's first load. One that calls back brings nothing.

use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};

use super::{
    incoming::answered,
    machine::{Input, Start},
};
use crate::{codec, json::Browser, state::Msg};

#[wasm_bindgen]
extern "C" {
    /// Asks for a conversation, and calls `done` once, with the status (0: there was no answer), the text, and what `Retry-After` says.
    #[wasm_bindgen(js_namespace = parlor)]
    fn begin(body: &str, done: &Closure<Done>);
}

/// A callback from `boot.js`: a number, and two texts.
pub type Done = dyn FnMut(u16, String, String);

/// Asks and tells.
pub struct Http {
    started: Closure<Done>,
}

impl Http {
    /// Answers go to `send`.
    pub fn new(send: fn(Msg)) -> Self {
        let started = Closure::new(move |status, text: String, retry_after: String| {
            let answer = answered::<Browser>(status, &text, &retry_after);
            send(Msg::Link(Input::Answered(answer)));
        });
        Self { started }
    }

    /// Sends the start request.
    pub fn start(&self, request: &Start) {
        begin(&codec::start_request(request), &self.started);
    }
}
