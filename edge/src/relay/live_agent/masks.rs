//! The desk's rules about what must not leave the visitor's side: card numbers and their like.
//!
//! The patterns are the desk's, so they are treated as anybody's: `regex-lite` takes time in proportion to pattern
//! and text, and both are bounded. Its classes are those of ASCII, as they are in the browsers for which the vendor's
//! patterns are written; look-around it does not know, and a rule that needs it is reported and not applied.

use regex_lite::{Regex, RegexBuilder};

use super::snapshot::{Applied, Rule};

/// A text with its sensitive parts masked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Masked {
    pub text: String,
    /// The rules that found something.
    pub applied: Vec<(String, String)>,
    /// How many rules are of no use.
    pub unusable: usize,
}

impl Masked {
    /// The rules, as they are reported.
    pub fn report(self) -> Vec<Applied> {
        self.applied.into_iter().map(|(id, name)| Applied { id, name }).collect()
    }
}

/// Applies every rule, in order.
pub fn mask(rules: &[Rule], text: &str) -> Masked {
    let mut masked = Masked { text: text.to_owned(), applied: Vec::new(), unusable: 0 };
    for rule in rules {
        let Some(regex) = compile(&rule.pattern) else {
            masked.unusable += 1;
            continue;
        };
        if let Some(text) = replace(&regex, &masked.text, &rule.replacement) {
            masked.text = text;
            masked.applied.push((rule.id.clone(), rule.name.clone()));
        }
    }
    if masked.text.trim().is_empty() {
        // A message of nothing is refused by the desk; that there was one, the agent may know.
        NOTHING_LEFT.clone_into(&mut masked.text);
    }
    masked
}

fn compile(pattern: &str) -> Option<Regex> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return None;
    }
    RegexBuilder::new(pattern).size_limit(MAX_COMPILED_BYTES).build().ok()
}

fn replace(regex: &Regex, text: &str, replacement: &str) -> Option<String> {
    let mut masked = String::new();
    let mut end = 0;
    for (count, found) in regex.find_iter(text).filter(|found| !found.is_empty()).enumerate() {
        masked.push_str(text.get(end..found.start()).unwrap_or_default());
        masked.push_str(replacement);
        end = found.end();
        if count + 1 == MAX_FOUND {
            // Each search may read to the end: what follows so many finds is masked unread.
            end = text.len();
            break;
        }
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    (end > 0).then_some(masked)
}

/// Longest pattern that is looked at, in bytes.
const MAX_PATTERN_BYTES: usize = 1_000;

/// Largest compiled pattern, in bytes: some hundred states, each of which may look at each character.
const MAX_COMPILED_BYTES: usize = 64 * 1024;

/// Most places of one text that a rule masks one by one.
const MAX_FOUND: usize = 50;

/// Stands for a message of which a rule left nothing.
const NOTHING_LEFT: &str = "***";

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, replacement: &str) -> Rule {
        Rule {
            id: "0GO000000000001".into(),
            name: "R".into(),
            pattern: pattern.into(),
            replacement: replacement.into(),
        }
    }

    #[test]
    fn what_is_found_is_replaced_and_the_rule_is_named() {
        let rules = [rule(r"\b[0-9]{4}([ -]?[0-9]{4}){3}\b", "****"), rule("rotor", "$1")];
        let masked = mask(&rules, "4111 1111 1111 1111 or 4111111111111111");
        assert_eq!(masked.text, "**** or ****");
        assert_eq!(masked.applied.len(), 1);
        assert_eq!(mask(&rules, "a rotor").text, "a $1", "a replacement is no pattern");
        assert_eq!(mask(&rules, "nothing to hide").applied, []);
    }

    #[test]
    fn a_message_of_which_nothing_is_left_still_says_that_there_was_one() {
        assert_eq!(mask(&[rule(".+", "")], "secret").text, "***");
    }

    #[test]
    fn a_pattern_of_no_use_is_counted_and_harms_nobody() {
        let rules = [
            rule("(", "x"),
            rule("(?=look)ahead", "x"),
            rule(&"a".repeat(2_000), "x"),
            rule("((((x{100}){100}){100}){100})", "x"),
            rule("", "x"),
            rule("b*", "x"),
        ];
        let masked = mask(&rules, "abc");
        assert_eq!((masked.text.as_str(), masked.unusable), ("axc", 4));
    }

    #[test]
    fn a_pattern_that_would_take_for_ever_elsewhere_comes_to_an_end() {
        let long = "a".repeat(4_000);
        assert_eq!(mask(&[rule("(a+)+$", "x"), rule("(a|a)*b", "x")], &long).text, "x");
        assert_eq!(mask(&[rule("a", "xy")], &long).text, "xy".repeat(MAX_FOUND));
    }
}
