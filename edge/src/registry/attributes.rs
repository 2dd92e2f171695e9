//! What a site says of its visitor, as far as it is taken.

use std::collections::BTreeMap;

use super::read::{MAX_ID_CHARS, MAX_VALUE_CHARS};

/// Most attributes that are taken.
const MAX_ATTRIBUTES: usize = 50;

/// The attribute that names the visitor to agents.
const NAME: &str = "name";

/// Longest name of a visitor, in characters: a line in an agent's list.
const MAX_VISITOR_NAME_CHARS: usize = 80;

/// The attributes within the limits that rules can name; the others are dropped. A site's slip must not keep its
/// visitors from the chat: the loader tells the site's developer.
#[must_use]
pub fn attributes(given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let fits = |text: &str, most| (1..=most).contains(&text.chars().count()) && is_line(text);
    given
        .into_iter()
        .filter(|(key, value)| fits(key, MAX_ID_CHARS) && fits(value, MAX_VALUE_CHARS))
        .take(MAX_ATTRIBUTES)
        .collect()
}

/// The name that the site gave the visitor, for agents' lists. Nobody has checked it.
#[must_use]
pub fn visitor_name(attributes: &BTreeMap<String, String>) -> Option<String> {
    line_of_name(attributes.get(NAME)?)
}

/// A name as it fits a line in an agent's list; none, if nothing of it is left.
#[must_use]
pub fn line_of_name(name: &str) -> Option<String> {
    let name = name.trim();
    if !is_line(name) {
        return None;
    }
    let name: String = name.chars().take(MAX_VISITOR_NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

/// No control characters, and none that make text read in another order than it is stored.
pub(crate) fn is_line(text: &str) -> bool {
    !text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_over_the_limits_is_dropped_and_the_rest_stays() {
        let (long, value) = ("k".repeat(101), "v".repeat(301));
        let given = map(&[
            ("plan", "gold"),
            (&long, "x"),
            ("long", &value),
            ("", "x"),
            ("empty", ""),
            ("line", "a\nb"),
            ("turned", "a\u{202e}b"),
        ]);
        assert_eq!(attributes(given), map(&[("plan", "gold")]));
        let many = (0..60).map(|n| (format!("a{n:02}"), "x".to_owned())).collect();
        assert_eq!(attributes(many).len(), 50);
    }

    #[test]
    fn the_site_may_name_the_visitor() {
        assert_eq!(
            visitor_name(&map(&[("name", " Ines Keller ")])).as_deref(),
            Some("Ines Keller")
        );
        assert_eq!(visitor_name(&map(&[("name", "  ")])), None);
        assert_eq!(visitor_name(&map(&[("plan", "gold")])), None);
        let long = "n".repeat(200);
        assert_eq!(visitor_name(&map(&[("name", &long)])).unwrap().len(), 80);
    }
}
