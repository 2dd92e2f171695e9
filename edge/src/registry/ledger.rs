//! The registry's books: every document there is, with its revision; every write as a decision.
//!
//! A write is checked against all the others: what a document names must be there and of the same hub, and what is named
//! cannot go. Nothing here stores or publishes: a write gives back what has [`Changed`], and whoever keeps the books does
//! the rest with it. The same code checks a file offline (`cargo xtask registry-check`).

use std::{collections::BTreeMap, sync::Arc};

use parlor_shared::Timestamp;
use serde_json::{Map, Value};

use super::{
    key::{Key, Kind},
    problem::{Code, Problem, Problems},
    sheet::{self, Name, Sheet},
    stored::Environment,
};

/// Most documents of one registry. The books are held in memory, and one listing shows them all.
const MAX_DOCUMENTS: usize = 2_000;

/// Most bytes that all documents may have together: an object has 128 MB, and each document is there twice.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// All documents. A copy costs a pointer for each.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: BTreeMap<Key, Arc<Entry>>,
    /// The highest revision of all documents that went: a new one begins above it, so that no revision of one that went
    /// and comes again is ever had twice.
    floor: u64,
    environment: Environment,
}

/// One document as it stands in the books.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Counts its writes, from 1; a document that comes after another went begins above that one's.
    pub revision: u64,
    /// The document, with its members in alphabetical order.
    pub json: String,
    /// When it was written last.
    pub changed: Timestamp,
    /// By whom: the name of a token.
    pub changed_by: String,
}

/// What the caller believes to overwrite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// It does not say: good for a document that is not there yet.
    Unsaid,
    /// Whatever is there (`If-Match: *`).
    Any,
    /// This revision (`If-Match: "3"`).
    Revision(u64),
    /// Nothing is there yet (`If-None-Match: *`).
    Nothing,
}

/// One document that has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed {
    /// Which.
    pub key: Key,
    /// What was there.
    pub before: Option<Arc<Entry>>,
    /// What is there now.
    pub after: Option<Arc<Entry>>,
}

/// What a write came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Written {
    /// Documents that have changed. None, if they were like this already.
    pub changed: Vec<Changed>,
    /// What is probably a mistake and does no harm.
    pub warnings: Problems,
}

/// Why a write is refused. Nothing has changed then.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// The document is not valid, or names what is not there.
    #[error("the document is not valid: {0}")]
    Invalid(Problems),
    /// There is none.
    #[error("there is no such document")]
    Unknown,
    /// Somebody was quicker.
    #[error("the document has another revision than was expected")]
    Stale {
        /// The revision that it has; none if there is no document.
        revision: Option<u64>,
    },
    /// The caller would overwrite what it may not have seen.
    #[error(
        "the document is there already, and the request does not say which revision it replaces"
    )]
    RevisionRequired {
        /// The revision that it has.
        revision: u64,
    },
    /// Others name it, or belong to it.
    #[error("the document is in use")]
    InUse {
        /// Where it is named: the document and the path in it.
        by: Vec<(Key, String)>,
    },
    /// More than one registry may hold.
    #[error("the registry is full: {MAX_DOCUMENTS} documents, {MAX_BYTES} bytes")]
    Full,
}

impl Ledger {
    /// Empty books.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self { entries: BTreeMap::new(), floor: 0, environment }
    }

    /// Books from what was stored. Nothing is checked again: what an older edge took stays until it is written anew.
    #[must_use]
    pub fn restore(
        environment: Environment,
        rows: impl IntoIterator<Item = (Key, Entry)>,
        floor: u64,
    ) -> Self {
        let entries = rows.into_iter().map(|(key, entry)| (key, Arc::new(entry))).collect();
        Self { entries, floor, environment }
    }

    /// Above which the revisions of new documents begin; kept with the documents.
    #[must_use]
    pub const fn floor(&self) -> u64 {
        self.floor
    }

    /// One document.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key).map(AsRef::as_ref)
    }

    /// All documents, by kind and id.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key, entry.as_ref()))
    }

    /// Takes over documents that were published without the books: by hand, or by an edge that had none yet. What is not
    /// valid is left out and listed; it goes on standing in KV, where it is of no use either.
    pub fn adopt(
        &mut self,
        now: Timestamp,
        found: impl IntoIterator<Item = (Key, Vec<u8>)>,
    ) -> (Vec<Changed>, Vec<(Key, Problems)>) {
        let (mut changed, mut left_out) = (Vec::new(), Vec::new());
        for (key, json) in found {
            if self.entries.contains_key(&key) || self.is_full(json.len()) {
                continue;
            }
            match self.read(&key, &json) {
                Ok((_, json, _)) => changed.extend(self.set(now, ADOPTED_BY, &key, json)),
                Err(problems) => left_out.push((key, problems)),
            }
        }
        (changed, left_out)
    }

    /// Writes one document.
    ///
    /// # Errors
    /// [`WriteError`], never [`WriteError::Unknown`].
    pub fn put(
        &mut self,
        now: Timestamp,
        who: &str,
        key: &Key,
        json: &[u8],
        expected: Expected,
    ) -> Result<Written, WriteError> {
        let revision = self.get(key).map(|it| it.revision);
        match (revision, expected) {
            (Some(revision), Expected::Unsaid) => {
                return Err(WriteError::RevisionRequired { revision });
            }
            (None, Expected::Any | Expected::Revision(_)) | (Some(_), Expected::Nothing) => {
                return Err(WriteError::Stale { revision });
            }
            (Some(is), Expected::Revision(wanted)) if is != wanted => {
                return Err(WriteError::Stale { revision });
            }
            _ => {}
        }
        let (sheet, json, mut warnings) = self.read(key, json).map_err(WriteError::Invalid)?;
        let mut problems = Problems::default();
        for name in &sheet.names {
            let Some(problem) = self.wrong(key, &sheet, name, |key| self.hub_of(key)) else {
                continue;
            };
            let missing = problem.code == Code::ReferenceMissing;
            let list = if missing && name.may_come_later { &mut warnings } else { &mut problems };
            list.add(problem);
        }
        if !problems.is_empty() {
            return Err(WriteError::Invalid(problems));
        }
        // Moved to another hub, it may no longer be what those who name it want.
        let by = self.named_by(key, |name| name.of_hub.is_some() && name.of_hub != sheet.hub);
        if !by.is_empty() {
            return Err(WriteError::InUse { by });
        }
        if revision.is_none() && self.is_full(json.len()) {
            return Err(WriteError::Full);
        }
        Ok(Written { changed: self.set(now, who, key, json).into_iter().collect(), warnings })
    }

    /// Removes one document. With `and_flows`, a hub's flows go with it: it names them and they name it, so neither could
    /// go first.
    ///
    /// # Errors
    /// [`WriteError::Unknown`], [`WriteError::Stale`], [`WriteError::InUse`].
    pub fn delete(
        &mut self,
        key: &Key,
        expected: Expected,
        and_flows: bool,
    ) -> Result<Written, WriteError> {
        let revision = self.get(key).ok_or(WriteError::Unknown)?.revision;
        match expected {
            Expected::Unsaid | Expected::Any => {}
            Expected::Revision(wanted) if wanted == revision => {}
            _ => return Err(WriteError::Stale { revision: Some(revision) }),
        }
        let mut going = vec![key.clone()];
        if and_flows && key.kind() == Kind::Hub {
            let flows = self.entries.keys().filter(|it| it.kind() == Kind::Flow);
            let own = flows.filter(|it| self.hub_of(it).flatten().as_deref() == Some(key.id()));
            going.extend(own.cloned());
        }
        let mut by = Vec::new();
        for key in &going {
            let others = self.named_by(key, |_| true);
            by.extend(others.into_iter().filter(|(other, _)| !going.contains(other)));
        }
        if !by.is_empty() {
            return Err(WriteError::InUse { by });
        }
        let changed = going.into_iter().filter_map(|key| self.remove(key)).collect();
        Ok(Written { changed, warnings: Problems::default() })
    }

    /// Writes many documents at once, or none of them: a file of all documents by their keys. With `replace`, what the
    /// file has not goes. Here everything that is named must be there.
    ///
    /// # Errors
    /// [`WriteError::Invalid`], whose paths start with the document (`$["hub:shop"].name`), and [`WriteError::Full`].
    pub fn import(
        &mut self,
        now: Timestamp,
        who: &str,
        file: &Map<String, Value>,
        replace: bool,
    ) -> Result<Written, WriteError> {
        let (mut problems, mut warnings) = (Problems::default(), Problems::default());
        let mut fresh: BTreeMap<Key, (Sheet, String)> = BTreeMap::new();
        for (name, document) in file {
            let at = sheet_path(name);
            let Some(key) = Key::parse(name) else {
                let message = "A key is a kind and an id, such as `hub:shop`; kinds are hub, resource, account, flow.";
                problems.add(Problem { path: at, code: Code::IdForm, message: message.to_owned() });
                continue;
            };
            match self.read(&key, document.to_string().as_bytes()) {
                Ok((sheet, json, more)) => {
                    warnings.extend_below(&at, &more);
                    fresh.insert(key, (sheet, json));
                }
                Err(more) => problems.extend_below(&at, &more),
            }
        }
        let hub_of = |key: &Key| match fresh.get(key) {
            Some((sheet, _)) => Some(sheet.hub.clone()),
            // What is in the file and not valid is there all the same: its own problems are listed.
            None if file.contains_key(&key.to_string()) => Some(None),
            None if replace => None,
            None => self.hub_of(key),
        };
        for (key, (sheet, _)) in &fresh {
            for name in &sheet.names {
                if file.contains_key(&name.key.to_string()) && !fresh.contains_key(&name.key) {
                    continue;
                }
                if let Some(mut problem) = self.wrong(key, sheet, name, hub_of) {
                    problem.path = below(&sheet_path(&key.to_string()), &problem.path);
                    problems.add(problem);
                }
            }
            if !replace {
                let moved = |name: &Name| name.of_hub.is_some() && name.of_hub != sheet.hub;
                for (other, path) in self.named_by(key, moved) {
                    if !fresh.contains_key(&other) {
                        problems
                            .add(of_other_hub(below(&sheet_path(&other.to_string()), &path), key));
                    }
                }
            }
        }
        if !problems.is_empty() {
            return Err(WriteError::Invalid(problems));
        }
        let bytes: usize = fresh.values().map(|(_, json)| json.len()).sum();
        let count = fresh.len() + if replace { 0 } else { self.entries.len() };
        if count > MAX_DOCUMENTS || bytes > MAX_BYTES {
            return Err(WriteError::Full);
        }
        let mut changed = Vec::new();
        if replace {
            let going: Vec<Key> =
                self.entries.keys().filter(|key| !fresh.contains_key(key)).cloned().collect();
            changed.extend(going.into_iter().filter_map(|key| self.remove(key)));
        }
        for (key, (_, json)) in fresh {
            changed.extend(self.set(now, who, &key, json));
        }
        Ok(Written { changed, warnings })
    }

    /// All documents by their keys, for a file: [`Ledger::import`] takes it back.
    #[must_use]
    pub fn export(&self) -> Map<String, Value> {
        let document = |entry: &Entry| serde_json::from_str(&entry.json).unwrap_or_default();
        self.iter().map(|(key, entry)| (key.to_string(), document(entry))).collect()
    }

    /// Checks a document by itself and under its key, and writes it the way the books have it.
    fn read(&self, key: &Key, json: &[u8]) -> Result<(Sheet, String, Problems), Problems> {
        let parsed = sheet::read(key.kind(), json, self.environment)?;
        if parsed.value.id != key.id() {
            let mut problems = Problems::default();
            problems.add(Problem {
                path: "$.id".to_owned(),
                code: Code::IdMismatch,
                message: format!("The document is written as `{key}`; its own id is another."),
            });
            return Err(problems);
        }
        // It was read as JSON a moment ago.
        let value: Value = serde_json::from_slice(json).unwrap_or_default();
        Ok((parsed.value, value.to_string(), parsed.warnings))
    }

    /// What is wrong with one name. `hub_of` knows the hub of a document, or that there is none.
    fn wrong(
        &self,
        key: &Key,
        sheet: &Sheet,
        name: &Name,
        hub_of: impl Fn(&Key) -> Option<Option<String>>,
    ) -> Option<Problem> {
        // A document may name itself, before it is there.
        let hub = if name.key == *key { Some(sheet.hub.clone()) } else { hub_of(&name.key) };
        match hub {
            None => Some(Problem {
                path: name.path.clone(),
                code: Code::ReferenceMissing,
                message: format!("There is no document `{}`.", name.key),
            }),
            Some(hub) if name.of_hub.is_some() && name.of_hub != hub => {
                Some(of_other_hub(name.path.clone(), &name.key))
            }
            Some(_) => None,
        }
    }

    /// The hub of a document that is there.
    fn hub_of(&self, key: &Key) -> Option<Option<String>> {
        self.entries.get(key).map(|entry| self.sheet(key, entry).and_then(|sheet| sheet.hub))
    }

    /// Where others name `key`, as far as `which` asks for.
    fn named_by(&self, key: &Key, which: impl Fn(&Name) -> bool) -> Vec<(Key, String)> {
        let others = self.entries.iter().filter(|(other, _)| *other != key);
        let named = others.flat_map(|(other, entry)| {
            let names = self.sheet(other, entry).map(|sheet| sheet.names).unwrap_or_default();
            names.into_iter().map(|name| (other.clone(), name))
        });
        named
            .filter(|(_, name)| name.key == *key && which(name))
            .map(|(other, name)| (other, name.path))
            .collect()
    }

    /// Read anew each time: writes are rare, and a cache would be a second truth. A document that this edge cannot read any
    /// more names nothing.
    fn sheet(&self, key: &Key, entry: &Entry) -> Option<Sheet> {
        sheet::read(key.kind(), entry.json.as_bytes(), self.environment).ok().map(|it| it.value)
    }

    /// Sets a document that was checked; nothing has changed if it is like that already.
    fn set(&mut self, now: Timestamp, who: &str, key: &Key, json: String) -> Option<Changed> {
        let before = self.entries.get(key).cloned();
        if before.as_ref().is_some_and(|it| it.json == json) {
            return None;
        }
        let revision = before.as_ref().map_or(self.floor, |it| it.revision) + 1;
        let entry = Entry { revision, json, changed: now, changed_by: who.to_owned() };
        let after = Arc::new(entry);
        self.entries.insert(key.clone(), Arc::clone(&after));
        Some(Changed { key: key.clone(), before, after: Some(after) })
    }

    fn remove(&mut self, key: Key) -> Option<Changed> {
        let before = self.entries.remove(&key)?;
        self.floor = self.floor.max(before.revision);
        Some(Changed { key, before: Some(before), after: None })
    }

    fn is_full(&self, more: usize) -> bool {
        let bytes: usize = self.entries.values().map(|entry| entry.json.len()).sum();
        self.entries.len() >= MAX_DOCUMENTS || bytes + more > MAX_BYTES
    }
}

impl WriteError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "document_invalid",
            Self::Unknown => "document_unknown",
            Self::Stale { .. } => "revision_stale",
            Self::RevisionRequired { .. } => "revision_required",
            Self::InUse { .. } => "document_in_use",
            Self::Full => "registry_full",
        }
    }
}

fn of_other_hub(path: String, key: &Key) -> Problem {
    Problem {
        path,
        code: Code::ReferenceOfOtherHub,
        message: format!("`{key}` belongs to another hub."),
    }
}

/// The path of a document in a file of many.
#[must_use]
pub fn sheet_path(key: &str) -> String {
    format!("$[{}]", Value::from(key))
}

/// A path of a document, seen from the file.
fn below(at: &str, path: &str) -> String {
    format!("{at}{}", path.strip_prefix('$').unwrap_or(path))
}

/// Who wrote the documents that were there before the books were.
const ADOPTED_BY: &str = "adopted";

#[cfg(test)]
mod tests;
