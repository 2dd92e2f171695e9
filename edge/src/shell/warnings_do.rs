//! The Durable Object of what an admin should know: one for all. `GET /healthz` tells its codes.

use std::panic::AssertUnwindSafe;

use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, Stub, durable_object};

use super::{clock, start::post};

/// All warnings.
#[durable_object]
pub struct Warnings {
    state: AssertUnwindSafe<State>,
}

/// Body of `POST /set`.
#[derive(Deserialize, Serialize)]
struct Order {
    subject: String,
    code: String,
    on: bool,
}

#[derive(Deserialize)]
struct Row {
    code: String,
}

impl DurableObject for Warnings {
    fn new(state: State, _env: Env) -> Self {
        Self { state: AssertUnwindSafe(state) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let sql = self.state.storage().sql();
        let table = "CREATE TABLE IF NOT EXISTS warnings (subject TEXT, code TEXT, at INTEGER, PRIMARY KEY (subject, code))";
        if request.path() == "/set" {
            let order: Order = request.json().await?;
            sql.exec(table, None)?;
            let subject = vec![order.subject.into(), order.code.into()];
            if order.on {
                let mut row = subject;
                #[expect(clippy::cast_possible_wrap, reason = "a time of this millennium")]
                row.push((clock::now().as_ms() as i64).into());
                sql.exec(
                    "INSERT OR REPLACE INTO warnings (subject, code, at) VALUES (?, ?, ?)",
                    row,
                )?;
            } else {
                sql.exec("DELETE FROM warnings WHERE subject = ? AND code = ?", subject)?;
            }
            return Response::empty();
        }
        sql.exec(table, None)?;
        let since = clock::now() - KEPT_FOR;
        #[expect(clippy::cast_possible_wrap, reason = "a time of this millennium")]
        let since = vec![(since.as_ms() as i64).into()];
        let rows: Vec<Row> = sql
            .exec("SELECT DISTINCT code FROM warnings WHERE at > ? ORDER BY code", since)?
            .to_array()?;
        Response::from_json(&rows.into_iter().map(|row| row.code).collect::<Vec<_>>())
    }
}

fn stub(env: &Env) -> Result<Stub> {
    env.durable_object("WARNINGS")?.get_by_name("all")
}

/// Raises or clears a warning about `subject`, such as a resource's id.
pub async fn set(env: &Env, subject: &str, code: &str, on: bool) -> Result<()> {
    let order = Order { subject: subject.to_owned(), code: code.to_owned(), on };
    post(&stub(env)?, "https://object/set", &serde_json::to_string(&order)?).await?;
    Ok(())
}

/// The codes of what is wrong now.
pub async fn codes(env: &Env) -> Result<Vec<String>> {
    stub(env)?.fetch_with_str("https://object/").await?.json().await
}

/// A warning that nobody has repeated or taken back for so long is no news any more.
const KEPT_FOR: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);
