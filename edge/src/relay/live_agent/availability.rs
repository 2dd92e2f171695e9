//! What can be asked without a chat: whether somebody is there, and what the desk knows of the button.

use std::time::Duration;

use parlor_shared::Redacted;
use serde_json::Value;

use super::{
    Config, answers,
    requests::{self, MAX_POST_ANSWER_BYTES},
    wire,
};
use crate::relay::{
    ReplyError,
    call::{Failure, Method, Outcome, Request},
};

/// What the desk says about a button.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It says whether somebody is there.
    Told {
        /// Whether.
        available: bool,
        /// Expected wait in seconds, where it is known.
        wait_s: Option<u32>,
    },
    /// The organisation has moved: ask there, if the address is allowed.
    Elsewhere {
        /// In the desk's words: anything.
        address: String,
    },
}

/// Why it does not say.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AskError {
    /// An answer that is no success.
    #[error("the desk answered {status}")]
    Status {
        /// Which.
        status: u16,
    },
    /// A success that cannot be used.
    #[error("the desk's answer cannot be used")]
    Reply(#[from] ReplyError),
    /// No answer.
    #[error("the desk did not answer")]
    Failed(Failure),
}

impl AskError {
    /// Stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Status { status } => answers::status_code(*status),
            Self::Reply(error) => error.code(),
            Self::Failed(failure) => failure.code(),
        }
    }

    /// The status, if there was an answer.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status } => Some(*status),
            Self::Reply(_) => Some(200),
            Self::Failed(_) => None,
        }
    }
}

/// Asks whether somebody is there for the flow's button.
#[must_use]
pub fn availability(base_url: &str, config: &Config) -> Request {
    // Source: "Availability": the ids in brackets are what the vendor's own script sends.
    let query =
        format!("Availability.ids=[{}]&Availability.needEstimatedWaitTime=1", config.button_id);
    visitor(base_url, config, "Availability", &query)
}

/// Asks what the desk knows of the flow's button.
#[must_use]
pub fn settings(base_url: &str, config: &Config) -> Request {
    let query =
        format!("Settings.buttonIds=[{}]&Settings.needEstimatedWaitTime=1", config.button_id);
    visitor(base_url, config, "Settings", &query)
}

fn visitor(base_url: &str, config: &Config, label: &'static str, query: &str) -> Request {
    Request {
        label,
        method: Method::Get,
        url: format!(
            "{base_url}/chat/rest/Visitor/{label}?org_id={}&deployment_id={}&{query}",
            config.organization_id, config.deployment_id
        ),
        headers: vec![
            requests::version(),
            ("Accept", Redacted::new("application/json; charset=utf-8".to_owned())),
        ],
        body: None,
        timeout: PATIENCE,
        max_bytes: MAX_POST_ANSWER_BYTES,
        charge: None,
    }
}

/// Reads the answer to [`availability`].
///
/// # Errors
/// [`AskError`], where nothing can be learnt from it.
pub fn answer(outcome: &Outcome, config: &Config) -> Result<Answer, AskError> {
    let body = success(outcome)?;
    if let Some(address) = wire::switched(body) {
        return Ok(Answer::Elsewhere { address });
    }
    let message = wire::enveloped(body, "Availability")?;
    let results = message.get("results").and_then(Value::as_array);
    let ours = results.into_iter().flatten().find(|result| {
        let id = result.get("id").and_then(Value::as_str);
        id.is_some_and(|id| same_id(id, &config.button_id))
    });
    // Source: "Data Types", Result: `isAvailable` is left out where it is false. A button that is not listed is not
    // there for anybody either.
    let flag = |name| ours.and_then(|ours| ours.get(name)).and_then(Value::as_bool);
    Ok(Answer::Told {
        available: flag("isAvailable").unwrap_or(false),
        wait_s: ours.and_then(|ours| wire::wait_s(ours.get("estimatedWaitTime"))),
    })
}

/// The body of a success.
pub(super) fn success(outcome: &Outcome) -> Result<&[u8], AskError> {
    match outcome {
        Outcome::Answer { status: 200, body } => Ok(body),
        Outcome::Answer { status, .. } => Err(AskError::Status { status: *status }),
        Outcome::Failed(failure) => Err(AskError::Failed(*failure)),
    }
}

/// Ids are the same where their first fifteen characters are: the others are a checksum.
pub(super) fn same_id(one: &str, other: &str) -> bool {
    one.get(..15).is_some_and(|short| other.get(..15) == Some(short))
}

/// A visitor waits meanwhile, and an agent may be there without an answer.
const PATIENCE: Duration = Duration::from_secs(4);
