//! The Durable Object of a visitor at a hub: which conversation is theirs now.
//!
//! Asked by two tabs at once, it gives both the same answer, because an object does one thing at a time.

use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use parlor_shared::id::ConversationId;

/// One visitor of one hub.
#[durable_object]
pub struct Customer {
    state: std::panic::AssertUnwindSafe<State>,
}

/// Body of `POST /current`.
#[derive(Deserialize, Serialize)]
pub struct Claim {
    /// What is current from now on, if nothing else is.
    pub candidate: ConversationId,
    /// The conversation that the candidate shall follow. If another one is current, that one stays.
    pub after: Option<ConversationId>,
}

/// Answer to [`Claim`].
#[derive(Deserialize, Serialize)]
pub struct Current {
    /// What is current.
    pub conversation: ConversationId,
}

#[derive(Deserialize)]
struct Row {
    conversation: ConversationId,
}

impl DurableObject for Customer {
    fn new(state: State, _env: Env) -> Self {
        Self { state: std::panic::AssertUnwindSafe(state) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let claim: Claim = request.json().await?;
        // From here on nothing awaits: reading and writing are one.
        let sql = self.state.storage().sql();
        sql.exec(
            "CREATE TABLE IF NOT EXISTS conversations (at INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL)",
            None,
        )?;
        let current: Vec<Row> = sql
            .exec("SELECT conversation FROM conversations ORDER BY at DESC LIMIT 1", None)?
            .to_array()?;
        let conversation = match current.into_iter().next() {
            Some(row) if claim.after.as_ref() != Some(&row.conversation) => row.conversation,
            _ => {
                sql.exec(
                    "INSERT INTO conversations (conversation) VALUES (?)",
                    vec![claim.candidate.as_str().into()],
                )?;
                claim.candidate
            }
        };
        Response::from_json(&Current { conversation })
    }
}
