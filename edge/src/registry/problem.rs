//! What is wrong with a document: every problem at once, each with its place.

use std::fmt;

/// Most problems that are listed. Whoever has more mends these first.
const MAX_LISTED: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Where, as a JSON path (RFC 9535): `$.rules[0].when.page`.
    pub path: String,
    /// What kind of problem; stable.
    pub code: Code,
    /// For the admin: what was expected, what was mistaken for it, where the value is found.
    pub message: String,
}

/// All that is wrong with one document, in the order in which it is read.
#[derive(Clone, Debug, Default, Eq, PartialEq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

/// A document that parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parsed<T> {
    /// What it says.
    pub value: T,
    /// What is probably a mistake in it and does no harm, such as members that are not known.
    ///
    /// Unknown members are not refused: after a deploy is taken back, an older edge reads documents that a
    /// newer one wrote, and a chat that works must not stop for a member it can do without.
    pub warnings: Problems,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Kinds of problems.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All there are; docs/CONFIGURATION.md lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, without values.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// Longer than any document may be.
    TooLarge = "too_large",
    /// Not JSON.
    NotJson = "not_json",
    /// Another JSON type than the member has.
    WrongType = "wrong_type",
    /// A required member is absent or null.
    Missing = "missing",
    /// A member that this version does not know. A warning.
    UnknownMember = "unknown_member",
    /// A document version that this edge does not know.
    UnknownVersion = "unknown_version",
    /// A value of a later version: known by name, not built yet.
    Reserved = "reserved",
    /// Not one of the values that the member has.
    UnknownValue = "unknown_value",
    /// Not an id.
    IdForm = "id_form",
    /// Empty where something must be.
    Empty = "empty",
    /// Text with too many characters.
    TooLong = "too_long",
    /// A secret that could be guessed.
    TooShort = "too_short",
    /// Not a public key, or not one of the kind that is wanted.
    KeyForm = "key_form",
    /// List or object with too many entries.
    TooMany = "too_many",
    /// A number outside its range.
    OutOfRange = "out_of_range",
    /// Control or bidirectional characters in a text.
    BadCharacter = "bad_character",
    /// Not an origin.
    OriginForm = "origin_form",
    /// A wildcard at another place than the first label, or over a whole top-level domain.
    OriginWildcard = "origin_wildcard",
    /// A site without TLS. A warning.
    OriginInsecure = "origin_insecure",
    /// Not a colour.
    ColourForm = "colour_form",
    /// Not a language tag.
    LanguageForm = "language_form",
    /// Not a page pattern.
    PageForm = "page_form",
    /// A rule that would match everybody.
    RuleWithoutCondition = "rule_without_condition",
    /// A rule asks for hours in a hub that has none.
    HoursMissing = "hours_missing",
    /// Not a time zone name.
    TimeZoneForm = "time_zone_form",
    /// Not a time span of a day.
    TimeForm = "time_form",
    /// Time spans of a day that overlap or are out of order.
    TimeOverlap = "time_overlap",
    /// Not a date.
    DateForm = "date_form",
    /// Not an address over TLS.
    AddressForm = "address_form",
    /// Something that another entry has already.
    Duplicate = "duplicate",
    /// A flow that names itself as the next.
    NextIsSelf = "next_is_self",
    /// Not a Salesforce id: wrong length or characters.
    SalesforceIdForm = "salesforce_id_form",
    /// A Salesforce id of another kind.
    SalesforceIdKind = "salesforce_id_kind",
    /// An 18-character Salesforce id whose checksum does not fit.
    SalesforceIdChecksum = "salesforce_id_checksum",
    /// Not a host name, or an address with parts that no API hostname has.
    HostForm = "host_form",
    /// A host that is not on the list of desks.
    HostNotAllowed = "host_not_allowed",
    /// A host of the desk that probably does not serve its API. A warning.
    HostDoubtful = "host_doubtful",
    /// Not a sealed secret.
    SealedForm = "sealed_form",
    /// No secret yet where one will be needed. A warning.
    SecretNone = "secret_none",
    /// Not the name of a header.
    HeaderForm = "header_form",
    /// A resource of another kind.
    OtherKind = "other_kind",
    /// Another document is named that is not there.
    ReferenceMissing = "reference_missing",
    /// Another document is named that belongs to another hub.
    ReferenceOfOtherHub = "reference_of_other_hub",
    /// The document says another id than the one that it is written under.
    IdMismatch = "id_mismatch",
    /// There are more problems than are listed.
    MoreProblems = "more_problems",
}

impl Problems {
    /// The problems, in the order in which the document is read.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes one more.
    pub(crate) fn add(&mut self, problem: Problem) {
        self.push(problem.path, problem.code, problem.message);
    }

    /// Notes those of a document that lies at `at` in a larger one.
    pub(crate) fn extend_below(&mut self, at: &str, others: &Self) {
        for Problem { path, code, message } in others {
            let path = format!("{at}{}", path.strip_prefix('$').unwrap_or(path));
            self.push(path, *code, message.clone());
        }
    }

    pub(super) fn push(&mut self, path: String, code: Code, message: String) {
        match self.0.len() {
            listed if listed < MAX_LISTED => self.0.push(Problem { path, code, message }),
            MAX_LISTED => self.0.push(Problem {
                path: "$".to_owned(),
                code: Code::MoreProblems,
                message: format!("There are more than {MAX_LISTED} problems."),
            }),
            _ => {}
        }
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Paths and codes, fit for a log: messages may repeat what the document says.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{} at {}", problem.code, problem.path)?;
        }
        Ok(())
    }
}
