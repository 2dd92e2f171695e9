//! Streams that are always at their end, in place of the crate `wasm-streams`.
//!
//! Leptos brings that crate for server functions that stream. The widget has none; but the crate exports classes
//! to JavaScript, exports are never dropped, and behind them hang promises, tasks and a part of the standard library:
//! 4 kB of every visitor's first load, after compression. What is here has the same names and exports nothing.
//!
//! Only Leptos's `server_fn` sees it: the edge's `worker` uses another version, which stays what it is.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use wasm_bindgen::JsValue;

/// A stream of the browser's.
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Wraps a stream of the browser's.
    #[must_use]
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// The stream of the browser's.
    #[must_use]
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// A stream without anything of `stream` in it.
    ///
    /// # Panics
    /// Where the browser knows no streams.
    pub fn from_stream(stream: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        drop(stream);
        Self(web_sys::ReadableStream::new().expect("every browser that runs wasm has streams"))
    }

    /// A stream without anything of this one in it.
    #[must_use]
    pub fn into_stream(self) -> Ended {
        Ended
    }
}

/// A stream that is at its end.
pub struct Ended;

impl Stream for Ended {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
