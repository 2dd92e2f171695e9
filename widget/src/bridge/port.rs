//! Posts to the site's page and listens to it, with exact origins.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, Window};

use super::ToPage;
use crate::{
    app::window,
    codec::{self, Json},
    json::Browser,
    state::Msg,
};

/// The way to the site's page.
pub struct Port {
    parent: Window,
    origin: String,
    listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Port {
    /// Listens from now on. Nothing where the document is not in a frame, or no origin was given.
    pub fn open(send: fn(Msg)) -> Option<Self> {
        let parent = window().parent().ok()??;
        let fragment = window().location().hash().ok()?;
        let origin = fragment.get(1..)?.split(',').next()?.to_owned();
        let expected = (parent.clone(), origin.clone());
        let listener = Closure::new(move |event: MessageEvent| {
            let (parent, origin) = &expected;
            let from_parent = event.source().is_some_and(|source| source == ***parent);
            if !from_parent || event.origin() != *origin {
                return;
            }
            if let Some(frame) = codec::to_frame(&Browser(event.data())) {
                send(Msg::Page(frame));
            }
        });
        window()
            .add_event_listener_with_callback("message", listener.as_ref().unchecked_ref())
            .ok()?;
        Some(Self { parent, origin, listener })
    }

    /// Says something to the page. The browser drops it where the page's origin is another than was claimed.
    pub fn tell(&self, frame: &ToPage) {
        if let Some(Browser(value)) = Browser::parse(&codec::to_page(frame)) {
            let _ = self.parent.post_message(&value, &self.origin);
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        let _ = window()
            .remove_event_listener_with_callback("message", self.listener.as_ref().unchecked_ref());
    }
}
