//! Reads JSON member by member, noting every problem with its path and going on.
//!
//! Derived deserialisation stops at the first fault, and says where only in lines and columns. An admin who
//! imports a file wants the whole list.

use parlor_shared::text::{MessageText, TextError};
use serde_json::{Map, Value};

use super::problem::{Code, Parsed, Problems};

/// Longest document, in bytes. The largest believable hub has a tenth of it; KV would take 25 MiB.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// Longest name, in characters: the widget's header shows a resource's, and cuts what is longer than its line.
pub const MAX_NAME_CHARS: usize = 100;

/// Longest value that gets a check of its own, in characters: an origin, an attribute's value.
pub const MAX_VALUE_CHARS: usize = 300;

/// Longest text that is looked at as an id, in characters.
pub const MAX_ID_CHARS: usize = 100;

/// The version of every document that is written today.
pub const VERSION: u64 = 1;

/// What was found so far.
#[derive(Default)]
pub struct Report {
    problems: Problems,
    warnings: Problems,
}

/// An object of the document, and which of its members were asked for.
pub struct Object<'a> {
    members: &'a Map<String, Value>,
    path: String,
    asked: Vec<&'static str>,
}

/// A value of the document with its place.
pub struct Node<'a> {
    value: &'a Value,
    path: String,
}

/// Parses a document: checks size, syntax and version, lets `read` read the rest.
///
/// `read` returns None where it noted a problem that leaves no value.
pub fn document<T>(
    json: &[u8],
    read: impl FnOnce(&mut Report, &mut Object<'_>) -> Option<T>,
) -> Result<Parsed<T>, Problems> {
    let mut report = Report::default();
    let value = root(&mut report, json).and_then(|value| {
        let node = Node { value: &value, path: "$".to_owned() };
        let mut object = node.object(&mut report)?;
        if !version_is_known(&mut report, &mut object) {
            // What another version says would be read wrongly: its problems would be ours.
            return None;
        }
        let value = read(&mut report, &mut object);
        object.finish(&mut report);
        value
    });
    match value {
        Some(value) if report.problems.is_empty() => {
            Ok(Parsed { value, warnings: report.warnings })
        }
        _ => Err(report.problems),
    }
}

fn root(report: &mut Report, json: &[u8]) -> Option<Value> {
    let mut fail = |code, message| report.problems.push("$".to_owned(), code, message);
    if json.len() > MAX_DOCUMENT_BYTES {
        fail(
            Code::TooLarge,
            format!("The document has {} bytes, {MAX_DOCUMENT_BYTES} are allowed.", json.len()),
        );
        return None;
    }
    match serde_json::from_slice(json) {
        Ok(value) => Some(value),
        Err(error) => {
            fail(
                Code::NotJson,
                format!("This is not JSON, from line {}, column {}.", error.line(), error.column()),
            );
            None
        }
    }
}

fn version_is_known(report: &mut Report, object: &mut Object<'_>) -> bool {
    let Some(node) = object.need(report, "version") else {
        return false;
    };
    if node.value.as_u64() == Some(VERSION) {
        return true;
    }
    node.fail(
        report,
        Code::UnknownVersion,
        format!("This edge reads documents of version {VERSION}."),
    );
    false
}

impl<'a> Object<'a> {
    /// A member that may be absent. Null is absence.
    pub fn take(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.asked.push(name);
        let value = self.members.get(name).filter(|it| !it.is_null())?;
        Some(Node { value, path: member(&self.path, name) })
    }

    /// A member that must be there.
    pub fn need(&mut self, report: &mut Report, name: &'static str) -> Option<Node<'a>> {
        let node = self.take(name);
        if node.is_none() {
            report.problems.push(
                member(&self.path, name),
                Code::Missing,
                format!("`{name}` is missing."),
            );
        }
        node
    }

    /// Notes what is doubtful about a member that is absent.
    pub fn warn(&self, report: &mut Report, name: &str, code: Code, message: &str) {
        report.warnings.push(member(&self.path, name), code, message.to_owned());
    }

    /// Whether any of the members that were asked for is there.
    pub fn has_any(&self) -> bool {
        self.asked.iter().any(|it| self.members.get(*it).is_some_and(|it| !it.is_null()))
    }

    /// Notes a problem of the whole object.
    pub fn fail(&self, report: &mut Report, code: Code, message: impl Into<String>) {
        report.problems.push(self.path.clone(), code, message.into());
    }

    /// Warns of the members that nobody asked for.
    pub fn finish(self, report: &mut Report) {
        for name in self.members.keys() {
            if !self.asked.contains(&name.as_str()) {
                report.warnings.push(
                    member(&self.path, name),
                    Code::UnknownMember,
                    format!("Not known here, and ignored. Known: {}.", self.asked.join(", ")),
                );
            }
        }
    }
}

impl<'a> Node<'a> {
    /// Notes a problem here.
    pub fn fail(&self, report: &mut Report, code: Code, message: impl Into<String>) {
        report.problems.push(self.path.clone(), code, message.into());
    }

    /// Notes a warning here.
    pub fn warn(&self, report: &mut Report, code: Code, message: impl Into<String>) {
        report.warnings.push(self.path.clone(), code, message.into());
    }

    /// Whether this is a list.
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// The text, if it is one: for members that are either a text or something else.
    pub fn if_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A text of any content, at most `max_chars` long. For values that get a check of their own.
    pub fn raw_text(&self, report: &mut Report, max_chars: usize) -> Option<&'a str> {
        let Some(text) = self.value.as_str() else {
            self.wrong_type(report, "a text");
            return None;
        };
        let chars = text.chars().count();
        if chars > max_chars {
            self.fail(
                report,
                Code::TooLong,
                format!("The text has {chars} characters, {max_chars} are allowed."),
            );
            return None;
        }
        Some(text)
    }

    /// A text that people will read: trimmed, not empty, without control and bidirectional characters.
    pub fn text(&self, report: &mut Report, max_chars: usize) -> Option<String> {
        let text = self.raw_text(report, max_chars)?;
        let (code, message) = match MessageText::parse(text) {
            Ok(text) => return Some(text.into()),
            Err(TextError::Empty) => (Code::Empty, "The text is empty.".to_owned()),
            Err(TextError::TooLong { chars }) => {
                (Code::TooLong, format!("The text has {chars} characters."))
            }
            Err(TextError::Control { at } | TextError::Bidi { at }) => (
                Code::BadCharacter,
                format!("Character {at} is a control character, which nobody can see."),
            ),
        };
        self.fail(report, code, message);
        None
    }

    /// A text as [`Node::text`], on one line: a name.
    pub fn line(&self, report: &mut Report, max_chars: usize) -> Option<String> {
        let text = self.text(report, max_chars)?;
        if text.contains(['\n', '\t']) {
            self.fail(report, Code::BadCharacter, "The text has a line break or a tab.");
            return None;
        }
        Some(text)
    }

    /// A whole number of the range.
    pub fn number(&self, report: &mut Report, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let Some(number) = self.value.as_number() else {
            self.wrong_type(report, "a number");
            return None;
        };
        let whole = number.as_u64().filter(|it| range.contains(it));
        if whole.is_none() {
            self.fail(
                report,
                Code::OutOfRange,
                format!("A whole number from {} to {} is expected.", range.start(), range.end()),
            );
        }
        whole
    }

    /// True or false.
    pub fn flag(&self, report: &mut Report) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.wrong_type(report, "true or false");
        }
        flag
    }

    /// An object.
    pub fn object(&self, report: &mut Report) -> Option<Object<'a>> {
        let members = self.members(report)?;
        Some(Object { members, path: self.path.clone(), asked: Vec::new() })
    }

    /// The entries of an object whose names are data, at most `max` of them.
    pub fn entries(&self, report: &mut Report, max: usize) -> Option<Vec<(&'a str, Node<'a>)>> {
        let members = self.members(report)?;
        self.bounded(report, members.len(), max)?;
        let entry = |(name, value): (&'a String, &'a Value)| {
            let path = member(&self.path, name);
            (name.as_str(), Node { value, path })
        };
        Some(members.iter().map(entry).collect())
    }

    /// The items of a list, at most `max` of them.
    pub fn items(&self, report: &mut Report, max: usize) -> Option<Vec<Node<'a>>> {
        let Some(items) = self.value.as_array() else {
            self.wrong_type(report, "a list");
            return None;
        };
        self.bounded(report, items.len(), max)?;
        let item = |(at, value)| Node { value, path: format!("{}[{at}]", self.path) };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// One of a few names.
    pub fn one_of<T: Clone>(&self, report: &mut Report, names: &[(&str, T)]) -> Option<T> {
        let text = self.raw_text(report, MAX_ID_CHARS)?;
        let found = names.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            self.fail(
                report,
                Code::UnknownValue,
                format!("One of these is expected: {}.", known.join(", ")),
            );
        }
        found.map(|(_, value)| value.clone())
    }

    /// Notes that another type was expected.
    pub fn wrong_type(&self, report: &mut Report, expected: &str) {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.fail(report, Code::WrongType, format!("Expected {expected}, found {found}."));
    }

    fn members(&self, report: &mut Report) -> Option<&'a Map<String, Value>> {
        let members = self.value.as_object();
        if members.is_none() {
            self.wrong_type(report, "an object");
        }
        members
    }

    fn bounded(&self, report: &mut Report, count: usize, max: usize) -> Option<()> {
        if count > max {
            self.fail(
                report,
                Code::TooMany,
                format!("There are {count} entries, {max} are allowed."),
            );
            return None;
        }
        Some(())
    }
}

/// Reads the address of a page that visitors may be sent to.
pub fn address(report: &mut Report, node: &Node<'_>) -> Option<String> {
    let url = node.line(report, MAX_VALUE_CHARS)?;
    let good = url.starts_with("https://") && !url.contains(char::is_whitespace);
    if !good {
        node.fail(report, Code::AddressForm, "An address that begins with https:// is expected.");
    }
    good.then_some(url)
}

/// An error's text as a sentence of its own: errors are written lower case and without a full stop.
pub fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|it| it.to_ascii_uppercase());
    let rest = chars.as_str();
    first.into_iter().chain(rest.chars()).chain(['.']).collect()
}

/// The path of a member: `$.name` where the name allows it, else `$["na me"]`.
fn member(path: &str, name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|it| !it.is_ascii_digit());
    if plain { format!("{path}.{name}") } else { format!("{path}[{}]", Value::from(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> String {
        let parsed = document(json.as_bytes(), |report, object| {
            let list = object.need(report, "list")?.items(report, 2)?;
            for node in &list {
                node.number(report, 1..=9);
            }
            object.need(report, "name")?.line(report, 5)
        });
        match parsed {
            Ok(parsed) => format!("ok; {}", parsed.warnings),
            Err(problems) => problems.to_string(),
        }
    }

    #[test]
    fn every_problem_is_listed_with_its_path() {
        assert_eq!(
            problems(r#"{"version":1,"list":["x",10],"name":7,"more":1}"#),
            "wrong_type at $.list[0], out_of_range at $.list[1], wrong_type at $.name"
        );
        assert_eq!(problems(r#"{"version":1,"list":[1,2,3]}"#), "too_many at $.list");
        assert_eq!(
            problems(r#"{"version":1,"list":[1.5,-1],"name":null}"#),
            "out_of_range at $.list[0], out_of_range at $.list[1], missing at $.name"
        );
    }

    #[test]
    fn unknown_members_are_warnings_with_a_path_that_can_be_read_back() {
        assert_eq!(
            problems(r#"{"version":1,"list":[],"name":"x","a\"b c":{},"nmae":1}"#),
            r#"ok; unknown_member at $["a\"b c"], unknown_member at $.nmae"#
        );
    }

    #[test]
    fn what_is_no_document_says_so_once() {
        assert_eq!(problems(""), "not_json at $");
        assert_eq!(problems("{\"version\":1,"), "not_json at $");
        assert_eq!(problems("[]"), "wrong_type at $");
        assert_eq!(problems("{}"), "missing at $.version");
        assert_eq!(problems(r#"{"version":2}"#), "unknown_version at $.version");
        assert_eq!(problems(r#"{"version":"1"}"#), "unknown_version at $.version");
        assert_eq!(problems(&"[".repeat(10_000)), "not_json at $");
        let large = format!(r#"{{"version":1,"name":"{}"}}"#, "x".repeat(MAX_DOCUMENT_BYTES));
        assert_eq!(problems(&large), "too_large at $");
        let not_text = document(b"{\"version\":1,\"name\":\"\xff\"}", |_, _| Some(()));
        assert_eq!(not_text.unwrap_err().to_string(), "not_json at $");
    }

    #[test]
    fn texts_are_fit_to_be_shown() {
        let name = |name: &str| {
            let name = Value::from(name);
            problems(&format!(r#"{{"version":1,"list":[],"name":{name}}}"#))
        };
        assert_eq!(name(" Äpfel "), "too_long at $.name", "counted as sent");
        assert_eq!(name("Äpfel"), "ok; ");
        assert_eq!(name("  "), "empty at $.name");
        assert_eq!(name("a\u{0}"), "bad_character at $.name");
        assert_eq!(name("a\u{202e}b"), "bad_character at $.name");
        assert_eq!(name("a\nb"), "bad_character at $.name");
    }

    #[test]
    fn the_list_of_problems_is_bounded() {
        let members: String = (0..500).map(|at| format!(",\"m{at}\":1")).collect();
        let json = format!(r#"{{"version":1{members}}}"#);
        let warnings = document(json.as_bytes(), |_, _| Some(())).unwrap().warnings;
        assert_eq!(warnings.iter().count(), 101);
        assert_eq!(warnings.iter().last().map(|it| it.code), Some(Code::MoreProblems));
    }
}
