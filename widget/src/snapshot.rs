//! What is kept in the frame's storage across reloads, as the strings that are stored.
//!
//! One entry for each thing, and one for each unsent message: two tabs share this storage, and a tab that
//! writes its draft must not undo what the other keeps. Old entries are read by newer widgets; their form is
//! pinned below.

use parlor_shared::{
    Redacted, Timestamp,
    id::{ConversationId, MessageId},
};

use crate::{connection::machine::Identity, digits::digits};

/// A message that the edge has not acknowledged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unsent {
    /// Minted when it was said.
    pub id: MessageId,
    /// When it was said, by this browser's clock. Unsent messages are sent in this order.
    pub at: Timestamp,
    /// Cleaned.
    pub text: String,
}

/// Everything that an earlier page kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// Who this browser is.
    pub identity: Identity,
    /// Highest sequence number that was seen with the panel open.
    pub read: u64,
    /// What stood in the composer.
    pub draft: String,
    /// In the order of saying.
    pub unsent: Vec<Unsent>,
    /// Failed messages of the log that the visitor deleted.
    pub deleted: Vec<MessageId>,
    /// The visitor has agreed to what the panel's first page says.
    pub agreed: bool,
    /// The visitor wants no sound.
    pub silent: bool,
    /// Until then the network is taken for one that lets no socket through.
    pub walled_until: Option<Timestamp>,
}

/// Something to write, or to remove where the value is absent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Without the prefix that names the resource.
    pub key: String,
    /// What to store.
    pub value: Option<String>,
}

impl Entry {
    /// Who this browser is.
    #[must_use]
    pub fn identity(identity: &Identity) -> [Self; 3] {
        let entry = |key: &str, value: Option<String>| Self { key: key.to_owned(), value };
        let id = |id: &Option<ConversationId>| id.as_ref().map(|id| id.as_str().to_owned());
        [
            entry(VISITOR, identity.visitor.as_ref().map(|t| t.expose().clone())),
            entry(CONVERSATION, id(&identity.conversation)),
            entry(AFTER, id(&identity.after)),
        ]
    }

    /// The visitor has agreed to what the panel's first page says.
    #[must_use]
    pub fn agreed() -> Self {
        Self { key: AGREED.to_owned(), value: Some("1".to_owned()) }
    }

    /// Whether a new message makes a sound. It does, unless the visitor has said otherwise.
    #[must_use]
    pub fn sound(on: bool) -> Self {
        Self { key: SILENT.to_owned(), value: (!on).then(|| "1".to_owned()) }
    }

    /// Until when the network is taken for one that lets no socket through.
    #[must_use]
    pub fn walled(until: Option<Timestamp>) -> Self {
        Self { key: WALLED.to_owned(), value: until.map(|at| digits(at.as_ms())) }
    }

    /// How far the visitor has read.
    #[must_use]
    pub fn read(seq: u64) -> Self {
        Self { key: READ.to_owned(), value: (seq > 0).then(|| digits(seq)) }
    }

    /// What stands in the composer.
    #[must_use]
    pub fn draft(text: &str) -> Self {
        Self { key: DRAFT.to_owned(), value: (!text.is_empty()).then(|| text.to_owned()) }
    }

    /// A message until it is acknowledged.
    #[must_use]
    pub fn unsent(message: &Unsent) -> Self {
        Self {
            key: unsent_key(&message.id),
            value: Some([&digits(message.at.as_ms()), "\n", &message.text].concat()),
        }
    }

    /// A failed message of the log: it stays there, and is not shown any more.
    #[must_use]
    pub fn deleted(id: &MessageId, deleted: bool) -> Self {
        Self { key: [DELETED, id.as_str()].concat(), value: deleted.then(|| "1".to_owned()) }
    }

    /// A message that is acknowledged or deleted.
    #[must_use]
    pub fn sent(id: &MessageId) -> Self {
        Self { key: unsent_key(id), value: None }
    }
}

impl Kept {
    /// Puts together what was found in storage. What cannot be read is left out.
    pub fn from_entries(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut kept = Self::default();
        for (key, value) in entries {
            match key.as_str() {
                VISITOR => kept.identity.visitor = Some(Redacted::new(value)),
                CONVERSATION => kept.identity.conversation = ConversationId::parse(value).ok(),
                AFTER => kept.identity.after = ConversationId::parse(value).ok(),
                READ => kept.read = value.parse().unwrap_or(0),
                DRAFT => kept.draft = value,
                AGREED => kept.agreed = true,
                SILENT => kept.silent = true,
                WALLED => kept.walled_until = value.parse().ok().map(Timestamp::from_ms),
                _ => match key.strip_prefix(DELETED) {
                    Some(id) => kept.deleted.extend(MessageId::parse(id).ok()),
                    None => kept.put(parse_unsent(&key, &value)),
                },
            }
        }
        kept
    }

    fn put(&mut self, message: Option<Unsent>) {
        if let Some(message) = message {
            let place = self.unsent.partition_point(|other| other.at <= message.at);
            self.unsent.insert(place, message);
        }
    }
}

fn unsent_key(id: &MessageId) -> String {
    [UNSENT, id.as_str()].concat()
}

fn parse_unsent(key: &str, value: &str) -> Option<Unsent> {
    let id = MessageId::parse(key.strip_prefix(UNSENT)?).ok()?;
    let (at, text) = value.split_once('\n')?;
    Some(Unsent { id, at: Timestamp::from_ms(at.parse().ok()?), text: text.to_owned() })
}

const VISITOR: &str = "visitor";
const CONVERSATION: &str = "conversation";
const AFTER: &str = "after";
const READ: &str = "read";
const DRAFT: &str = "draft";
const AGREED: &str = "agreed";
const SILENT: &str = "silent";
const WALLED: &str = "walled";
const UNSENT: &str = "unsent.";
const DELETED: &str = "deleted.";

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: u128, at: u64, text: &str) -> Unsent {
        Unsent { id: MessageId::from_random(n), at: Timestamp::from_ms(at), text: text.to_owned() }
    }

    /// Visitors' browsers hold these strings from one version of the widget to the next.
    #[test]
    fn kept_format_unchanged() {
        let identity = Identity {
            visitor: Some(Redacted::new("v.t".to_owned())),
            conversation: ConversationId::parse("a".repeat(64)).ok(),
            after: None,
        };
        let mut lines: Vec<String> = Entry::identity(&identity)
            .into_iter()
            .chain([
                Entry::read(12),
                Entry::draft("half a\nthought"),
                Entry::unsent(&message(1, 1_700_000_000_000, "hello\nthere")),
                Entry::sent(&MessageId::from_random(2)),
                Entry::deleted(&MessageId::from_random(3), true),
                Entry::walled(Some(Timestamp::from_ms(1_700_000_000_000))),
            ])
            .map(|entry| format!("{} {:?}", entry.key, entry.value))
            .collect();
        lines.sort();
        let a = "a".repeat(64);
        assert_eq!(
            lines,
            [
                "after None".to_owned(),
                format!("conversation Some({a:?})"),
                "deleted.00000000-0000-4000-8000-000000000003 Some(\"1\")".to_owned(),
                "draft Some(\"half a\\nthought\")".to_owned(),
                "read Some(\"12\")".to_owned(),
                "unsent.00000000-0000-4000-8000-000000000001 Some(\"1700000000000\\nhello\\nthere\")"
                    .to_owned(),
                "unsent.00000000-0000-4000-8000-000000000002 None".to_owned(),
                "visitor Some(\"v.t\")".to_owned(),
                "walled Some(\"1700000000000\")".to_owned(),
            ]
        );
    }

    #[test]
    fn what_was_kept_comes_back_in_the_order_of_saying() {
        let (first, second) = (message(9, 5, "first"), message(1, 6, "sec\nond"));
        let entries = [Entry::unsent(&second), Entry::unsent(&first), Entry::read(3)];
        let kept = Kept::from_entries(
            entries.into_iter().filter_map(|entry| Some((entry.key, entry.value?))),
        );
        assert_eq!(kept.unsent, [first, second]);
        assert_eq!(kept.read, 3);
        let until = Some(Timestamp::from_ms(7));
        let walled = Entry::walled(until);
        let kept = Kept::from_entries(walled.value.map(|value| (walled.key, value)));
        assert_eq!(kept.walled_until, until);
    }

    #[test]
    fn rubbish_in_storage_is_left_out() {
        let kept = Kept::from_entries(
            [
                ("conversation", "../etc"),
                ("read", "-1"),
                ("unsent.x", "1\na"),
                ("unsent.00000000-0000-4000-8000-000000000001", "no time"),
                ("deleted.x", "1"),
                ("walled", "soon"),
                ("later", "1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        assert_eq!(kept, Kept::default());
    }
}
