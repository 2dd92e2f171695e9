//! The form before a conversation: what a web chat resource asks, and what counts as an answer.

use std::collections::BTreeMap;

use parlor_shared::{
    text::MessageText,
    wire::{Prechat, PrechatField, PrechatKind},
};

use super::{
    flow,
    problem::Code,
    read::{self, MAX_NAME_CHARS, Node, Report},
};

/// A form, and what its consents are about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Form {
    /// What the widget shows.
    pub view: Prechat,
    /// Key of the consent that lets agents see unsent text.
    pub sneak_peek_consent: Option<String>,
}

/// Why an answer does not count. The conversation is not begun.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FormError {
    /// A required field without an answer.
    #[error("`{key}` needs an answer")]
    Missing {
        /// Key of the field.
        key: String,
    },
    /// An answer of another form than the field asks for.
    #[error("the answer to `{key}` is not of the form that is asked for")]
    Malformed {
        /// Key of the field.
        key: String,
    },
    /// An answer with too many characters.
    #[error("the answer to `{key}` has {chars} characters, {max_chars} are allowed")]
    TooLong {
        /// Key of the field.
        key: String,
        /// How many there are.
        chars: usize,
        /// How many are allowed.
        max_chars: u32,
    },
}

impl FormError {
    /// Stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "form_missing",
            Self::Malformed { .. } => "form_malformed",
            Self::TooLong { .. } => "form_too_long",
        }
    }

    /// The field, as a member of the request.
    #[must_use]
    pub fn field(&self) -> String {
        match self {
            Self::Missing { key } | Self::Malformed { key } | Self::TooLong { key, .. } => {
                format!("form.{key}")
            }
        }
    }
}

impl Form {
    /// What is asked of somebody who leaves a message outside the hub's hours.
    #[must_use]
    pub fn left_message() -> Self {
        let field = |key: &str, kind| PrechatField {
            key: key.to_owned(),
            kind,
            label: String::new(), // The widget has words for them.
            required: true,
            choices: Vec::new(),
            max_chars: u32::try_from(DEFAULT_ANSWER_CHARS).unwrap_or(u32::MAX),
        };
        let fields = vec![field("name", PrechatKind::Text), field("email", PrechatKind::Email)];
        Self { view: Prechat { title: None, privacy_url: None, fields }, sneak_peek_consent: None }
    }

    /// The answers that count, trimmed. Answers to what is not asked are left out: they may come from a form of
    /// yesterday.
    ///
    /// # Errors
    /// The first field, in the form's order, whose answer does not count.
    pub fn check(
        &self,
        answers: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, FormError> {
        let mut checked = BTreeMap::new();
        for field in &self.view.fields {
            let key = field.key.clone();
            let answer = answers.get(&key).map(|it| it.trim()).filter(|it| !it.is_empty());
            let Some(answer) = answer else {
                if field.required {
                    return Err(FormError::Missing { key });
                }
                continue;
            };
            let chars = answer.chars().count();
            if chars > field.max_chars as usize {
                return Err(FormError::TooLong { key, chars, max_chars: field.max_chars });
            }
            let well_formed = match field.kind {
                PrechatKind::Text => is_line(answer),
                PrechatKind::Email => is_line(answer) && is_email(answer),
                PrechatKind::Choice => field.choices.iter().any(|choice| choice == answer),
                PrechatKind::Consent => answer == CONSENT,
            };
            if !well_formed {
                return Err(FormError::Malformed { key });
            }
            checked.insert(key, answer.to_owned());
        }
        Ok(checked)
    }

    /// Whether these checked answers let agents see unsent text.
    #[must_use]
    pub fn consents_to_sneak_peek(&self, checked: &BTreeMap<String, String>) -> bool {
        self.sneak_peek_consent.as_ref().is_some_and(|key| checked.contains_key(key))
    }
}

fn is_line(text: &str) -> bool {
    MessageText::parse(text).is_ok() && !text.contains(['\n', '\t'])
}

/// Something on both sides of one `@`, with a dot in the domain. Whether it exists, only a mail tells.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-');
    !local.is_empty()
        && !text.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// Reads the member `prechat` of a resource.
pub(super) fn form(report: &mut Report, node: &Node<'_>) -> Option<Form> {
    let mut object = node.object(report)?;
    let title = object.take("title").and_then(|it| it.line(report, MAX_NAME_CHARS));
    let privacy_url = object.take("privacy_url").and_then(|it| read::address(report, &it));
    let mut sneak_peek_consent = None;
    let mut fields: Vec<PrechatField> = Vec::new();
    let node = object.need(report, "fields")?;
    for node in node.items(report, MAX_FIELDS)? {
        let Some((field, covers_sneak_peek)) = field(report, &node) else { continue };
        if fields.iter().any(|known| known.key == field.key) {
            node.fail(report, Code::Duplicate, "Another field has this key.");
        }
        if covers_sneak_peek {
            sneak_peek_consent = Some(field.key.clone());
        }
        fields.push(field);
    }
    if fields.is_empty() {
        node.fail(report, Code::Empty, "A form without fields asks nothing.");
    }
    object.finish(report);
    Some(Form { view: Prechat { title, privacy_url, fields }, sneak_peek_consent })
}

fn field(report: &mut Report, node: &Node<'_>) -> Option<(PrechatField, bool)> {
    let mut object = node.object(report)?;
    let key = object.need(report, "key").and_then(|it| flow::prechat::key(report, &it));
    let kinds = [
        ("text", PrechatKind::Text),
        ("email", PrechatKind::Email),
        ("choice", PrechatKind::Choice),
        ("consent", PrechatKind::Consent),
    ];
    let kind = object.need(report, "kind").and_then(|it| it.one_of(report, &kinds));
    let label = object.need(report, "label").and_then(|it| it.line(report, MAX_LABEL_CHARS));
    let required = object.take("required").and_then(|it| it.flag(report)).unwrap_or(false);
    let mut choices = Vec::new();
    if kind == Some(PrechatKind::Choice) {
        let node = object.need(report, "choices");
        let items = node.as_ref().and_then(|it| it.items(report, MAX_CHOICES)).unwrap_or_default();
        choices = items.iter().filter_map(|it| it.line(report, MAX_NAME_CHARS)).collect();
        if let Some(node) = node.filter(|_| items.len() < 2) {
            node.fail(report, Code::Empty, "Less than two choices leave none.");
        }
    }
    let max_chars = match object.take("max_chars") {
        Some(node) => node.number(report, 1..=MAX_ANSWER_CHARS)?,
        None => DEFAULT_ANSWER_CHARS,
    };
    let covers = match (kind, object.take("covers")) {
        (_, None) => false,
        (Some(PrechatKind::Consent), Some(node)) => {
            let items = node.items(report, 1).unwrap_or_default();
            items.iter().filter_map(|it| it.one_of(report, &[("sneak_peek", ())])).count() > 0
        }
        (_, Some(node)) => {
            node.fail(report, Code::UnknownValue, "Only a consent covers something.");
            false
        }
    };
    object.finish(report);
    let max_chars = u32::try_from(max_chars).unwrap_or(u32::MAX);
    let field =
        PrechatField { key: key?, kind: kind?, label: label?, required, choices, max_chars };
    Some((field, covers))
}

/// The answer that a ticked box gives.
const CONSENT: &str = "yes";

/// Most fields: a form that is longer is not filled in.
const MAX_FIELDS: usize = 20;

/// Most choices of one field.
const MAX_CHOICES: usize = 100;

/// Longest label, in characters: a consent is a sentence or two.
const MAX_LABEL_CHARS: usize = 500;

/// Longest answer that a field may allow, and what it allows unless told, in characters.
const MAX_ANSWER_CHARS: u64 = 1_000;
const DEFAULT_ANSWER_CHARS: u64 = 200;

#[cfg(test)]
mod tests;
