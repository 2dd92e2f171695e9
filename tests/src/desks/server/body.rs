//! Answers on the wire, the broken ones included.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use crate::desks::http::{self, Output};

/// Marks a response that must not be sent: the connection closes instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slam;

/// Turns what the desk decided into what is sent; `None` is a desk that stops.
pub(super) fn answer(output: Option<Output>) -> Response {
    match output {
        Some(Output::Respond { response, .. }) => {
            let body = Body::from(response.body.clone());
            with_head(&response, body)
        }
        Some(Output::CutShort { response, sent_bytes, .. }) => {
            let part = response.body.get(..sent_bytes).unwrap_or_default();
            let cut = Cut {
                part: Some(Bytes::copy_from_slice(part)),
                promised: response.body.len(),
                flushed: false,
            };
            with_head(&response, Body::new(cut))
        }
        Some(Output::Close { .. }) | None => {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(Slam);
            response
        }
    }
}

fn with_head(response: &http::Response, body: Body) -> Response {
    let mut answer = Response::new(body);
    *answer.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = response.content_type {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &response.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A body that promises more than it sends, and then breaks the connection.
struct Cut {
    part: Option<Bytes>,
    promised: usize,
    flushed: bool,
}

impl http_body::Body for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if !std::mem::replace(&mut self.flushed, true) {
            // Standing still once lets hyper write the part out before the error throws the rest away.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut short on purpose"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.promised).unwrap_or(u64::MAX))
    }
}
