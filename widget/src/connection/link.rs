//! The link as `link.js` makes it: a WebSocket, requests, or another tab's. It reports to the machine and decides nothing.

use std::time::Duration;

use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};

use super::{
    http::Done,
    incoming::read,
    machine::{Act, CLOSE_BUSY, Input, Way},
};
use crate::{codec, json::Browser, state::Msg};

#[wasm_bindgen]
extern "C" {
    /// Whom links tell: what happened, a text, and how long to wait.
    #[wasm_bindgen(js_namespace = parlor)]
    fn told(told: &Closure<Done>);

    #[wasm_bindgen(js_namespace = parlor)]
    fn open(conversation: &str, token: &str, requests: bool);

    #[wasm_bindgen(js_namespace = parlor)]
    fn close();

    #[wasm_bindgen(js_namespace = parlor)]
    fn transmit(text: &str);

    #[wasm_bindgen(js_namespace = parlor)]
    fn probe(conversation: &str, token: &str);
}

/// Listens to links for as long as it lives.
pub struct Links {
    _told: Closure<Done>,
}

impl Links {
    /// What happens goes to `send`.
    pub fn new(send: fn(Msg)) -> Self {
        let hear = Closure::new(move |what, text: String, wait: String| {
            send(Msg::Link(match what {
                OPENED => Input::Opened,
                TEXT => Input::Received(read::<Browser>(&text)),
                PASSABLE => Input::Passable,
                CLOSE_BUSY => Input::Busy(Duration::from_secs(wait.parse().unwrap_or(0))),
                code => Input::Closed { code },
            }));
        });
        told(&hear);
        Self { _told: hear }
    }

    /// Performs an act of the link's. What a closing link drops is sent again over the next.
    pub fn act(&self, act: &Act) {
        match act {
            Act::Start(_) => {}
            Act::Open { way, conversation, token } => {
                open(conversation.as_str(), token.expose(), *way == Way::Requests);
            }
            Act::Close => close(),
            Act::Transmit(frame) => transmit(&codec::client_frame(frame)),
            Act::Ping => transmit(parlor_shared::wire::PING),
            Act::Probe { conversation, token } => probe(conversation.as_str(), token.expose()),
        }
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        close();
    }
}

/// The same numbers stand in `link.js`; larger ones are close codes.
const OPENED: u16 = 1;
const TEXT: u16 = 2;
const PASSABLE: u16 = 3;
