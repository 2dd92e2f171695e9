//! Ids of Salesforce records: what an admin pastes from Setup.
//!
//! A record's id has 15 characters, in which case matters; its first three say what kind of record it is.
//! Three more make it safe where case gets lost: each says which of five characters are capitals, written
//! as A-Z and 0-5 for the numbers 0 to 31.
//!
//! Sources: <https://salesforce.stackexchange.com/questions/1653/what-are-salesforce-ids-composed-of> (both
//! forms, the rule of the last three);
//! <https://developer.salesforce.com/docs/service/chat-rest/guide/live-agent-rest-request-bodies.html> (573 and 572, in
//! the example of ChasitorInit).

use std::fmt;

/// Characters of the form in which case matters.
const SHORT: usize = 15;

/// Characters of the form with a checksum.
const LONG: usize = 18;

/// How many characters of the short form one character of the checksum is about.
const GROUP: usize = 5;

/// The characters of the checksum, by the number that they stand for.
const CHECKSUM_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id of a record, in the form of 15 characters that every Live Agent call takes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SalesforceId(String);

/// Kinds of records whose ids are asked for, or are taken for one of those.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SalesforceIdKind {
    /// A chat button.
    Button,
    /// A chat deployment.
    Deployment,
    /// The organisation.
    Organization,
    /// A person.
    User,
}

/// Why a text is not the id that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SalesforceIdError {
    /// Nothing was given.
    #[error("the id is empty")]
    Empty,
    /// Neither form has this length.
    #[error("a Salesforce id has 15 or 18 characters, this has {chars}")]
    Length {
        /// How many there are.
        chars: usize,
    },
    /// Not a letter or digit.
    #[error("a Salesforce id has letters and digits only, character {at} is none")]
    Character {
        /// Which, counted from 1.
        at: usize,
    },
    /// A known kind that was not asked for.
    #[error("this is {}: it starts with {}", found.title().to_lowercase(), found.prefix())]
    OtherKind {
        /// What it is.
        found: SalesforceIdKind,
    },
    /// Some other record.
    #[error("this is the id of another kind of record")]
    UnknownKind,
    /// The last three characters do not fit the others: capitals were lost, or something was mistyped.
    #[error("the last three characters do not fit the others: copy the id again, capitals matter")]
    Checksum,
}

impl SalesforceId {
    /// Checks an id of the kind that is asked for. White space around it is left out.
    ///
    /// # Errors
    /// The first of [`SalesforceIdError`] that applies.
    pub fn parse(text: &str, kind: SalesforceIdKind) -> Result<Self, SalesforceIdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SalesforceIdError::Empty);
        }
        if let Some(at) = text.chars().position(|it| !it.is_ascii_alphanumeric()) {
            return Err(SalesforceIdError::Character { at: at + 1 });
        }
        let chars = text.len();
        if chars != SHORT && chars != LONG {
            return Err(SalesforceIdError::Length { chars });
        }
        if !text.starts_with(kind.prefix()) {
            let found = SalesforceIdKind::ALL.into_iter().find(|it| text.starts_with(it.prefix()));
            return Err(match found {
                Some(found) => SalesforceIdError::OtherKind { found },
                None => SalesforceIdError::UnknownKind,
            });
        }
        let (short, given) = text.split_at(SHORT);
        if !given.is_empty() && given != checksum(short) {
            return Err(SalesforceIdError::Checksum);
        }
        Ok(Self(short.to_owned()))
    }

    /// The id in 15 characters. Availability documents this form as the only one; the other calls take both.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in 18 characters, for people and systems that lose case.
    #[must_use]
    pub fn long(&self) -> String {
        format!("{}{}", self.0, checksum(&self.0))
    }
}

impl SalesforceIdKind {
    const ALL: [Self; 4] = [Self::Button, Self::Deployment, Self::Organization, Self::User];

    /// What ids of this kind start with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Button => "573",
            Self::Deployment => "572",
            Self::Organization => "00D",
            Self::User => "005",
        }
    }

    /// The kind's name with its article, as a sentence begins.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Button => "A button id",
            Self::Deployment => "A deployment id",
            Self::Organization => "An organization id",
            Self::User => "A user id",
        }
    }

    /// Where in Salesforce Setup such an id stands.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Button => {
                "Salesforce shows it under Setup, Chat Buttons & Invitations: open the button; it is in the \
                 Chat Button Code, in the call of liveagent.startChat."
            }
            Self::Deployment => {
                "Salesforce shows it under Setup, Deployments (Chat): open the deployment; it is the second \
                 argument of liveagent.init in the Deployment Code."
            }
            Self::Organization => {
                "Salesforce shows it under Setup, Company Information, as Salesforce.com Organization ID."
            }
            Self::User => "Salesforce shows it under Setup, Users.",
        }
    }
}

impl fmt::Display for SalesforceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn checksum(short: &str) -> String {
    short
        .as_bytes()
        .chunks(GROUP)
        .filter_map(|group| {
            let bits = group.iter().enumerate().fold(0_usize, |bits, (at, byte)| {
                bits | usize::from(byte.is_ascii_uppercase()) << at
            });
            CHECKSUM_ALPHABET.get(bits).map(|it| char::from(*it))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use SalesforceIdKind::{Button, Deployment, Organization};

    fn error(text: &str, kind: SalesforceIdKind) -> SalesforceIdError {
        SalesforceId::parse(text, kind).unwrap_err()
    }

    #[test]
    fn both_forms_are_the_same_id() {
        for (short, long) in [
            ("573B0000000005M", "573B0000000005MIAQ"),
            ("00D000000000001", "00D000000000001EAA"),
            ("572ABCDEabcdeFG", "572ABCDEabcdeFGYHY"),
        ] {
            let kind =
                *SalesforceIdKind::ALL.iter().find(|it| short.starts_with(it.prefix())).unwrap();
            let id = SalesforceId::parse(short, kind).unwrap();
            assert_eq!(id.long(), long);
            assert_eq!(SalesforceId::parse(&format!(" {long}\n"), kind), Ok(id));
        }
        // An account's: the rule is the same for all records.
        assert_eq!(checksum("001A0000006Vm9r"), "IAC");
        assert_eq!(checksum("0019000000B98de"), "AAB");
    }

    #[test]
    fn every_lost_capital_is_noticed() {
        let long = "573B0000000005MIAQ";
        for at in 0..SHORT {
            let mut bytes = long.as_bytes().to_vec();
            if bytes[at].is_ascii_alphabetic() {
                bytes[at] ^= 0x20;
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(error(&text, Button), SalesforceIdError::Checksum, "{at}");
            }
        }
        for wrong in ["573B0000000005MIAA", "573B0000000005MiAQ", "573B0000000005M999"] {
            assert_eq!(error(wrong, Button), SalesforceIdError::Checksum, "{wrong}");
        }
    }

    #[test]
    fn a_mistaken_id_is_named() {
        let mistaken = error("572000000000001", Button);
        assert_eq!(mistaken, SalesforceIdError::OtherKind { found: Deployment });
        assert_eq!(mistaken.to_string(), "this is a deployment id: it starts with 572");
        assert_eq!(
            error("573000000000001", Organization).to_string(),
            "this is a button id: it starts with 573"
        );
        assert_eq!(error("001000000000001", Button), SalesforceIdError::UnknownKind);
        assert_eq!(error("00d000000000001", Organization), SalesforceIdError::UnknownKind);
    }

    #[test]
    fn other_texts_are_no_ids() {
        assert_eq!(error("  ", Button), SalesforceIdError::Empty);
        for chars in [1, 14, 16, 17, 19] {
            let text = format!("573{}", "0".repeat(chars))[..chars].to_owned();
            assert_eq!(error(&text, Button), SalesforceIdError::Length { chars });
        }
        assert_eq!(error("573'0000000001", Button), SalesforceIdError::Character { at: 4 });
        assert_eq!(error("573é00000000001", Button), SalesforceIdError::Character { at: 4 });
    }
}
