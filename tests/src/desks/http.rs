//! HTTP as plain values, so that a desk can be stepped without a network.

use std::fmt;

/// Names one request until it is answered. The caller picks the number; it must not come twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// A request as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// In capitals: `GET`.
    pub method: String,
    /// Path and query, still percent-encoded: `/chat/rest/System/Messages?ack=-1`.
    pub target: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    pub fn post(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new("POST", target) }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query's pairs, decoded.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let Some((_, query)) = self.target.split_once('?') else { return Vec::new() };
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name, true), decode(value, true))
            })
            .collect()
    }
}

/// Method and size only: target and headers may hold a session key.
impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Request({}, {} body bytes)", self.method, self.body.len())
    }
}

/// An answer as the desk means it; the network may still harm it.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// `None` where there is no body.
    pub content_type: Option<&'static str>,
    /// Further headers: limits and the like. A slice, since answers travel in `Result`s, where a word more is too much.
    pub headers: Box<[(&'static str, String)]>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            content_type: Some("text/plain;charset=UTF-8"),
            headers: Box::default(),
            body: text.into().into_bytes(),
        }
    }

    pub fn html(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            content_type: Some("text/html;charset=UTF-8"),
            headers: Box::default(),
            body: text.into().into_bytes(),
        }
    }

    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self {
            status,
            content_type: Some("application/json;charset=UTF-8"),
            headers: Box::default(),
            body: value.to_string().into_bytes(),
        }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, content_type: None, headers: Box::default(), body: Vec::new() }
    }

    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let more = std::iter::once((name, value.into()));
        self.headers = std::mem::take(&mut self.headers).into_iter().chain(more).collect();
        self
    }

    /// A header's value; the name in any case.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, `Null` where it is none.
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }

    /// The body as text, with replacement characters where it is none.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Status and size only: a body may hold a session key.
impl fmt::Debug for Response {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Response({}, {} body bytes)", self.status, self.body.len())
    }
}

/// What is to be put on the wire. Silence is no output at all: a request that nothing answers stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Respond {
        conn: ConnId,
        response: Response,
    },
    /// The head promises the whole body, `sent_bytes` of it go out, then the connection closes.
    CutShort {
        conn: ConnId,
        response: Response,
        sent_bytes: usize,
    },
    /// The connection closes without a byte.
    Close {
        conn: ConnId,
    },
}

impl Output {
    pub fn conn(&self) -> ConnId {
        match self {
            Self::Respond { conn, .. } | Self::CutShort { conn, .. } | Self::Close { conn } => {
                *conn
            }
        }
    }
}

/// Undoes percent-encoding; a broken escape stands as it came.
pub(super) fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' if plus_is_space => decoded.push(b' '),
            b'%' => {
                let escape: Vec<u8> = bytes.clone().take(2).collect();
                let digits = std::str::from_utf8(&escape).ok().filter(|digits| digits.len() == 2);
                match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    Some(value) => {
                        decoded.push(value);
                        bytes.nth(1);
                    }
                    None => decoded.push(byte),
                }
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Request, decode};

    #[test]
    fn escapes_are_undone_and_broken_ones_left_alone() {
        assert_eq!(decode("a%21b%3D%2b", false), "a!b=+");
        assert_eq!(decode("100%", false), "100%");
        assert_eq!(decode("%zz+", true), "%zz ");
        assert_eq!(decode("%C3%BC", false), "ü");
    }

    #[test]
    fn a_query_is_split_into_decoded_pairs() {
        let request = Request::get("/x?ack=-1&ids=%5Ba%2Cb%5D&flag");
        let pairs = [("ack", "-1"), ("ids", "[a,b]"), ("flag", "")];
        assert_eq!(request.query(), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn printing_a_request_shows_no_key() {
        let request = Request::new("DELETE", "/chat/rest/System/SessionId/topsecret")
            .header("X-KEY", "topsecret");
        assert!(!format!("{request:?}").contains("topsecret"));
    }
}
