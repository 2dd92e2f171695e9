//! The form before a conversation: whether the answers count, and what is said where they do not.
//!
//! The edge checks them again, by the same rules (`edge/src/registry/prechat.rs`).

use parlor_shared::{
    text::MessageText,
    wire::{Prechat, PrechatField, PrechatKind},
};

use super::words::{Word, Words};
use crate::{digits::digits, pairs::Pairs};

/// What the form shows beside its questions, which stand in the document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shown {
    /// What was answered before.
    pub answers: Pairs,
    /// What is wrong, by the key of the field.
    pub wrong: Pairs,
}

/// The sentences for what is wrong, by the key of the field; empty where the answers count.
#[must_use]
pub fn check(form: &Prechat, answers: &Pairs, words: &Words) -> Pairs {
    let wrong = form.fields.iter().filter_map(|field| {
        let answer = answers.get(&field.key).unwrap_or_default().trim();
        Some((field.key.clone(), wrong(field, answer, words)?))
    });
    Pairs(wrong.collect())
}

/// What is said of a field that the edge found wrong.
#[must_use]
pub fn refused(form: &Prechat, key: &str, code: &str, words: &Words) -> Option<String> {
    let field = form.fields.iter().find(|field| field.key == key)?;
    Some(match code {
        "form_too_long" => too_long(field, words),
        _ => malformed(field, words),
    })
}

fn wrong(field: &PrechatField, answer: &str, words: &Words) -> Option<String> {
    if answer.is_empty() {
        return field.required.then(|| malformed(field, words));
    }
    if answer.chars().count() > field.max_chars as usize {
        return Some(too_long(field, words));
    }
    let line = MessageText::parse(answer).is_ok() && !answer.contains(['\n', '\t']);
    let good = match field.kind {
        PrechatKind::Text => line,
        PrechatKind::Email => line && is_email(answer),
        PrechatKind::Choice => field.choices.iter().any(|choice| choice == answer),
        PrechatKind::Consent => answer == "yes",
    };
    (!good).then(|| malformed(field, words))
}

fn malformed(field: &PrechatField, words: &Words) -> String {
    let word = match field.kind {
        PrechatKind::Text => Word::WrongText,
        PrechatKind::Email => Word::WrongEmail,
        PrechatKind::Choice => Word::WrongChoice,
        PrechatKind::Consent => Word::WrongConsent,
    };
    words.get(word).to_owned()
}

fn too_long(field: &PrechatField, words: &Words) -> String {
    words.fill(Word::WrongLong, &[("n", &digits(field.max_chars))])
}

/// Something on both sides of one `@`, with a dot in the domain. Whether it exists, only a mail tells.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-');
    !local.is_empty()
        && !text.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::words::tests::english_words;

    fn field(kind: PrechatKind, required: bool) -> PrechatField {
        PrechatField {
            key: "k".to_owned(),
            kind,
            label: "Label".to_owned(),
            required,
            choices: vec!["An order".to_owned(), "A repair".to_owned()],
            max_chars: 20,
        }
    }

    fn said(field: &PrechatField, answer: &str) -> Option<String> {
        let form = Prechat { title: None, privacy_url: None, fields: vec![field.clone()] };
        let answers = Pairs(vec![("k".to_owned(), answer.to_owned())]);
        check(&form, &answers, &english_words()).get("k").map(str::to_owned)
    }

    #[test]
    fn each_kind_of_answer_has_its_rule_and_its_sentence() {
        use PrechatKind::{Choice, Consent, Email, Text};
        let email = "Enter a full e-mail address, such as name@example.com.";
        for (kind, answer, wrong) in [
            (Text, "Ines", None),
            (Text, " \t ", Some("Fill this in.")),
            (Text, "two\nlines", Some("Fill this in.")),
            (Text, &"x".repeat(21), Some("This is longer than 20 characters.")),
            (Email, "ines@shop.example", None),
            (Email, "", Some(email)),
            (Email, "ines@example", Some(email)),
            (Email, "@shop.example", Some(email)),
            (Email, "a b@shop.example", Some(email)),
            (Email, "a@b@c.example", Some(email)),
            (Email, "a@b..example", Some(email)),
            (Choice, "A repair", None),
            (Choice, "a repair", Some("Choose one of these.")),
            (Consent, "yes", None),
            (Consent, "on", Some("Tick this to go on.")),
        ] {
            assert_eq!(said(&field(kind, true), answer).as_deref(), wrong, "{kind:?} {answer:?}");
        }
    }

    #[test]
    fn what_is_not_required_may_be_empty_and_must_be_right_where_it_is_not() {
        let optional = field(PrechatKind::Email, false);
        assert_eq!(said(&optional, ""), None);
        assert!(said(&optional, "half@").is_some());
    }
}
