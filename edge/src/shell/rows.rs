//! A conversation's two tables: the state record, and one row per event; and what every object's storage needs.

use std::{cell::RefCell, panic::AssertUnwindSafe};

use js_sys::JsString;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{Result, SqlStorage, Storage};

use super::log;
use crate::conversation::{Change, Output, Stored};
use parlor_shared::Timestamp;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    type RawStorage;

    /// Not wrapped by the crate. Rolls back if the closure fails.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &RawStorage,
        body: &mut dyn FnMut() -> std::result::Result<JsValue, JsValue>,
    ) -> std::result::Result<JsValue, JsValue>;
}

#[derive(Deserialize)]
struct Row {
    json: String,
}

/// Makes the tables. Not before a conversation begins: a stray request must not leave a database.
pub fn create(sql: &SqlStorage) -> Result<()> {
    sql.exec(
        "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL)",
        None,
    )?;
    sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, json TEXT NOT NULL)", None)?;
    Ok(())
}

/// Whether there is such a table. An object that was deleted, or never used, has none.
pub fn has_table(sql: &SqlStorage, name: &str) -> Result<bool> {
    let tables: Vec<Row> = sql
        .exec(
            "SELECT name AS json FROM sqlite_master WHERE type = 'table' AND name = ?",
            vec![name.into()],
        )?
        .to_array()?;
    Ok(!tables.is_empty())
}

/// Everything that is stored; nothing, if nothing ever was.
pub fn read(sql: &SqlStorage) -> Result<Stored> {
    if !has_table(sql, "state")? {
        return Ok(Stored::default());
    }
    let state: Vec<Row> = sql.exec("SELECT json FROM state", None)?.to_array()?;
    let rows: Vec<Row> = sql.exec("SELECT json FROM log ORDER BY seq", None)?.to_array()?;
    Ok(Stored {
        state: state.into_iter().next().map(|row| row.json),
        rows: rows.into_iter().map(|row| row.json).collect(),
    })
}

/// Applies all that a step wants stored: all of it or nothing.
pub fn apply(storage: &Storage, outputs: &[Output]) -> Result<()> {
    let changes: Vec<&Change> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Store(change) => Some(change),
            _ => None,
        })
        .collect();
    if changes.is_empty() {
        return Ok(());
    }
    let sql = storage.sql();
    all_or_nothing(storage, || changes.iter().try_for_each(|change| apply_one(&sql, change)))
}

/// Does what `body` does to the tables, or none of it if it fails.
pub fn all_or_nothing(storage: &Storage, body: impl FnMut() -> Result<()>) -> Result<()> {
    let raw: &JsValue = storage.as_raw().as_ref();
    // Whoever sees this unwind drops what it holds in memory and starts from storage, where nothing has changed.
    let body = AssertUnwindSafe(RefCell::new(body));
    raw.unchecked_ref::<RawStorage>().transaction_sync(&mut || {
        let whole: &AssertUnwindSafe<RefCell<_>> = &body;
        let mut body = whole.borrow_mut();
        body().map_err(|error| JsValue::from(JsString::from(error.to_string())))?;
        Ok(JsValue::UNDEFINED)
    })?;
    Ok(())
}

/// Sets an object's alarm, or takes it away. The write is queued by the call itself and gates what leaves; awaiting it
/// would add nothing.
pub fn arm(storage: &Storage, at: Option<Timestamp>) {
    let set = match at {
        Some(at) => {
            let date = js_sys::Date::new(&JsValue::from_f64(at.as_ms() as f64));
            storage.as_raw().set_alarm(date, js_sys::Object::new())
        }
        None => storage.as_raw().delete_alarm(js_sys::Object::new()),
    };
    if set.is_err() {
        log::line("alarm_not_set", None, None);
    }
}

/// Puts the state record in the place of the one that is there.
pub fn put_state(sql: &SqlStorage, json: &str) -> Result<()> {
    sql.exec(
        "INSERT INTO state (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
        vec![json.into()],
    )?;
    Ok(())
}

fn apply_one(sql: &SqlStorage, change: &Change) -> Result<()> {
    match change {
        Change::Append { seq, json } => {
            #[expect(clippy::cast_possible_wrap, reason = "a log never has 2^63 rows")]
            let seq = *seq as i64;
            sql.exec(
                "INSERT INTO log (seq, json) VALUES (?, ?)",
                vec![seq.into(), json.as_str().into()],
            )?;
        }
        Change::Replace { seq, json } => {
            #[expect(clippy::cast_possible_wrap, reason = "a log never has 2^63 rows")]
            let seq = *seq as i64;
            sql.exec(
                "UPDATE log SET json = ? WHERE seq = ?",
                vec![json.as_str().into(), seq.into()],
            )?;
        }
        Change::State(json) => put_state(sql, json)?,
        Change::Erase(left) => {
            sql.exec("DELETE FROM log", None)?;
            put_state(sql, left)?;
        }
    }
    Ok(())
}
