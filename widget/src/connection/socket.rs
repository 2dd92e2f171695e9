//! The browser's socket. It reports to the machine and decides nothing.

use js_sys::Array;
use parlor_shared::{
    id::ConversationId,
    wire::{PING, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, client::ClientFrame},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::{incoming::read, machine::Input};
use crate::{app::window, codec, json::Browser, state::Msg};

/// An open or opening socket. Dropped, it is closed and says nothing any more.
pub struct Socket {
    socket: WebSocket,
    _open: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens the link. Nothing where the browser refuses to try, which it does for malformed arguments only.
    pub fn open(conversation: &ConversationId, token: &str, send: fn(Msg)) -> Option<Self> {
        let location = window().location();
        let scheme = match location.protocol().ok()?.as_str() {
            "http:" => "ws://",
            _ => "wss://",
        };
        let host = location.host().ok()?;
        let address =
            [scheme, &host, "/v1/conversations/", conversation.as_str(), "/socket"].concat();
        let protocols =
            Array::of2(&SUBPROTOCOL.into(), &[TOKEN_SUBPROTOCOL_PREFIX, token].concat().into());
        let socket = WebSocket::new_with_str_sequence(&address, &protocols).ok()?;
        let open = Closure::new(move |_: Event| send(Msg::Link(Input::Opened)));
        let message = Closure::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                send(Msg::Link(Input::Received(read::<Browser>(&text))));
            }
        });
        let close = Closure::new(move |event: CloseEvent| {
            send(Msg::Link(Input::Closed { code: event.code() }));
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self { socket, _open: open, _message: message, _close: close })
    }

    /// Sends a frame. What a closing socket drops is sent again over the next.
    pub fn transmit(&self, frame: &ClientFrame) {
        let _ = self.socket.send_with_str(&codec::client_frame(frame));
    }

    /// Asks for a sign of life.
    pub fn ping(&self) {
        let _ = self.socket.send_with_str(PING);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
