//! Every sentence that the widget says. The sentences themselves are in `locales/`, outside the wasm, and so are their
//! keys: the shell hands over the texts in the order of their keys, with the resource's own in their places.
//!
//! What the parts say that are drawn in `later/` stands in `locales/*.later.json`, which comes with them.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $key:literal),* $(,)?) => {
        /// A sentence or label of the locale files, in the order of their keys.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Word {
            $($(#[$doc])* $name,)*
        }

        impl Word {
            /// Every word, in the order of the enum.
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// The key in the locale files and in a resource's texts.
            #[cfg(test)]
            const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }
        }
    };
}

words! {
    /// Under a message that nobody typed.
    Automatic = "automatic",
    /// Name of the header's arrow.
    Back = "back",
    /// Name of the panel.
    Chat = "chat",
    /// Second line of the header after the end.
    ChatEnded = "chat_ended",
    /// Second line of the header where nobody takes the conversation.
    ClosedNow = "closed_now",
    /// Banner.
    ConnectedAgain = "connected_again",
    /// Name of the thread.
    Conversation = "conversation",
    /// Failed message: takes it away.
    Delete = "delete",
    /// Mark.
    Delivered = "delivered",
    /// Header, menu and greeting.
    Earlier = "earlier",
    /// End notice.
    Ended = "ended",
    /// End notice.
    EndedByAgent = "ended_by_agent",
    /// End notice.
    EndedByVisitor = "ended_by_visitor",
    /// End notice.
    EndedIdle = "ended_idle",
    /// End notice.
    EndedNobody = "ended_nobody",
    /// The same: when.
    EndsIn = "ends_in",
    /// Failed message.
    FailedDesk = "failed_desk",
    /// Failed message.
    FailedEnded = "failed_ended",
    /// Failed message, and text in the composer.
    FailedLong = "failed_long",
    /// Failed message.
    FailedRefused = "failed_refused",
    /// Name of somebody who asked for a file.
    FileRequested = "file_requested",
    /// Second line of the header before anybody has joined.
    Finding = "finding",
    /// Banner where a conversation was erased or is not kept any more.
    Gone = "gone",
    /// Banner where a conversation was erased or is not kept any more.
    GoneText = "gone_text",
    /// Greeting after noon.
    Afternoon = "greeting_afternoon",
    /// Greeting from six in the evening.
    Evening = "greeting_evening",
    /// Greeting before noon.
    Morning = "greeting_morning",
    /// Card of a transfer where the desk does not name both.
    HandedOn = "handed_on",
    /// Card of a transfer: what becomes of what was said.
    HandedText = "handed_text",
    /// Card of a transfer: who to whom.
    HandedTo = "handed_to",
    /// Under a message that was masked.
    Hidden = "hidden",
    /// Name of somebody who types.
    IsTyping = "is_typing",
    /// Name and time of somebody who joined.
    Joined = "joined",
    /// Somebody who joined, announced.
    JoinedSaid = "joined_said",
    /// Second line of the header then.
    LeaveMessage = "leave_message",
    /// Name and time of somebody who left.
    Left = "left",
    /// Button of that banner.
    LoadAgain = "load_again",
    /// Name of the button that hides the panel.
    Minimise = "minimise",
    /// Name of the menu's button.
    MoreOptions = "more_options",
    /// Line above the first unread message.
    New = "new",
    /// Pill: how many messages are below. Has a form for each of the language's plural categories.
    NewMessages = "new_messages",
    /// Banner.
    NoConnection = "no_connection",
    /// Banner.
    NoConnectionText = "no_connection_text",
    /// Where nobody takes the conversation and the flow has no words for it.
    Nobody = "nobody",
    /// Second line of the header where no link was had yet.
    NotConnected = "not_connected",
    /// Second line of the header before the form is answered.
    NotConnectedYet = "not_connected_yet",
    /// For readers: after a link.
    OpensInNewTab = "opens_in_new_tab",
    /// Banner of a widget that is too old.
    Outdated = "outdated",
    /// Banner of a widget that is too old.
    OutdatedText = "outdated_text",
    /// Queue, announced.
    PlaceSaid = "place_said",
    /// Name of the chips under a message.
    QuickReplies = "quick_replies",
    /// A new message, announced.
    Says = "says",
    /// Name of the send button.
    Send = "send",
    /// Mark.
    Sending = "sending",
    /// Mark.
    Sent = "sent",
    /// Card before an idle chat ends.
    StillThere = "still_there",
    /// Day separator.
    Today = "today",
    /// Failed message: sends it once more.
    TryAgain = "try_again",
    /// Banner.
    TryNow = "try_now",
    /// Banner of a browser whose storage is full.
    Unkept = "unkept",
    /// Banner of a browser whose storage is full.
    UnkeptText = "unkept_text",
    /// Banner where no link was ever had.
    Unreachable = "unreachable",
    /// Banner where no link was ever had.
    UnreachableText = "unreachable_text",
    /// Second line of the header before the form is answered.
    UsuallyAnswers = "usually_answers",
    /// Mark.
    Waiting = "waiting",
    /// In place of a message that was withdrawn.
    Withdrawn = "withdrawn",
    /// Placeholder and name of the composer.
    Write = "write",
    /// Behind that, where a message may be left.
    WriteItHere = "write_it_here",
    /// Day separator.
    Yesterday = "yesterday",
    /// For readers: who wrote a bubble of the visitor's.
    You = "you",
}

/// The words of one language, with what the resource puts in their place; in the order of [`Word`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Words(pub Vec<String>);

impl Words {
    /// A text without arguments.
    #[must_use]
    pub fn get(&self, word: Word) -> &str {
        self.0.get(word as usize).map_or("", String::as_str)
    }

    /// A text with forms for numbers, `one:1 thing|other:{n} things`: the one for the category (`one`, `two`, `few`,
    /// `many`, as CLDR has them), or else the last.
    #[must_use]
    pub fn count(&self, word: Word, n: &str, category: &str) -> String {
        let mut form = self.get(word);
        for one in form.split('|') {
            match one.split_once(':') {
                Some((name, text)) => {
                    form = text;
                    if name == category {
                        break;
                    }
                }
                // A resource's own text may have one form for all.
                None => form = one,
            }
        }
        fill(form, &[("n", n)])
    }

    /// A text with `{name}` and the like replaced. What stands in for one is not looked at again.
    #[must_use]
    pub fn fill(&self, word: Word, arguments: &[(&str, &str)]) -> String {
        fill(self.get(word), arguments)
    }
}

/// [`Words::fill`] of a text that is made up.
pub(super) fn fill(text: &str, arguments: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let right_to_left = text.chars().any(is_right_to_left);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, behind)) => {
                let value = arguments.iter().find(|(key, _)| *key == name);
                if let Some((_, value)) = value {
                    insert(value, right_to_left, &mut filled);
                }
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Puts a name or a figure into a sentence so that neither turns the other around: where one of them runs from right to
/// left, it is isolated, and what could turn the rest of the line around does not come along.
fn insert(value: &str, in_right_to_left: bool, to: &mut String) {
    let isolated = in_right_to_left || value.chars().any(is_right_to_left);
    if isolated {
        to.push('\u{2068}');
    }
    let harmless = |c: &char| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    to.extend(value.chars().filter(harmless));
    if isolated {
        to.push('\u{2069}');
    }
}

/// Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms.
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

#[cfg(test)]
pub mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn locale(text: &str) -> BTreeMap<String, String> {
        serde_json::from_str(text).unwrap()
    }

    fn english() -> BTreeMap<String, String> {
        locale(include_str!("../../locales/en.json"))
    }

    /// As `boot.js` hands them over.
    fn words(locale: &BTreeMap<String, String>) -> Words {
        Words(locale.values().cloned().collect())
    }

    pub fn english_words() -> Words {
        words(&english())
    }

    /// The order is what names a text to the wasm.
    #[test]
    fn the_locale_has_every_word_in_the_order_of_the_keys_and_no_other() {
        let keys: Vec<&str> = Word::ALL.iter().map(|word| word.key()).collect();
        assert!(keys.is_sorted());
        let english = english();
        assert_eq!(english.keys().map(String::as_str).collect::<Vec<_>>(), keys);
    }

    /// What is drawn later says its words by their keys: its own, or those of the first load.
    #[test]
    fn what_comes_later_has_every_word_that_it_says_and_no_other() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/later");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let script: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let said: BTreeSet<&str> = script
            .split("word(\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"').map(|(key, _)| key))
            .collect();
        // Said by `boot.js` itself, seldom enough to come later.
        let said: BTreeSet<&str> = said.into_iter().chain(["sign_in"]).collect();
        let (first, later) = (english(), locale(LATER[0].1));
        for key in &said {
            assert!(first.contains_key(*key) || later.contains_key(*key), "{key}");
        }
        for key in later.keys() {
            assert!(!first.contains_key(key), "{key} is in both");
            let in_boot = include_str!("../../boot.js").contains(&[".", key].concat());
            assert!(said.contains(key.as_str()) || in_boot, "{key} is said nowhere");
        }
    }

    const LATER: [(&str, &str); 4] = [
        ("en", include_str!("../../locales/en.later.json")),
        ("de", include_str!("../../locales/de.later.json")),
        ("es", include_str!("../../locales/es.later.json")),
        ("ar", include_str!("../../locales/ar.later.json")),
    ];

    #[test]
    fn every_locale_has_the_words_of_english_with_the_same_arguments() {
        let arguments = |text: &str| {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
                .collect();
            found.sort();
            found.dedup();
            found
        };
        let first = [
            ("de", include_str!("../../locales/de.json")),
            ("es", include_str!("../../locales/es.json")),
            ("ar", include_str!("../../locales/ar.json")),
        ];
        let first = first.map(|(language, text)| (language, text, english()));
        let later = LATER.map(|(language, text)| (language, text, locale(LATER[0].1)));
        for (language, text, english) in first.into_iter().chain(later) {
            let locale = locale(text);
            assert!(locale.keys().eq(english.keys()), "{language} has other words");
            for (key, text) in &english {
                assert_eq!(arguments(&locale[key]), arguments(text), "{language} {key}");
                assert_eq!(locale[key].is_empty(), text.is_empty(), "{language} {key}");
                assert!(!locale[key].contains(['!', '\u{2014}', '\'']), "{language} {key}");
            }
        }
    }

    #[test]
    fn numbers_have_the_forms_of_their_language() {
        let english = english_words();
        assert_eq!(english.count(Word::NewMessages, "1", "one"), "1 new message");
        assert_eq!(english.count(Word::NewMessages, "5", "other"), "5 new messages");
        let arabic = words(&locale(include_str!("../../locales/ar.json")));
        assert_eq!(arabic.count(Word::NewMessages, "2", "two"), "رسالتان جديدتان");
        assert_eq!(arabic.count(Word::NewMessages, "3", "few"), "\u{2068}3\u{2069} رسائل جديدة");
        assert_eq!(
            arabic.count(Word::NewMessages, "100", "other"),
            "\u{2068}100\u{2069} رسالة جديدة"
        );
        let mut own = super::tests::english();
        own.insert("new_messages".to_owned(), "{n} more".to_owned());
        assert_eq!(words(&own).count(Word::NewMessages, "1", "one"), "1 more");
        own.insert("new_messages".to_owned(), "new|{n} more".to_owned());
        assert_eq!(words(&own).count(Word::NewMessages, "1", "one"), "1 more", "the last");
    }

    #[test]
    fn no_text_shouts_or_draws_an_em_dash() {
        for (key, text) in english().into_iter().chain(locale(LATER[0].1)) {
            assert!(!text.contains(['!', '\u{2014}', '\'']), "{key}: {text}");
        }
    }

    #[test]
    fn arguments_are_filled_in_once() {
        let words = english_words();
        assert_eq!(
            words.fill(Word::Says, &[("name", "{text}"), ("text", "{name} }{")]),
            "{text} says: {name} }{"
        );
        assert_eq!(words.fill(Word::Joined, &[]), " joined at ");
    }

    #[test]
    fn a_name_does_not_turn_its_sentence_around() {
        let joined =
            |words: &Words, name| words.fill(Word::Joined, &[("name", name), ("time", "09:42")]);
        let english = english_words();
        assert_eq!(joined(&english, "Maya"), "Maya joined at 09:42");
        assert_eq!(joined(&english, "مها"), "\u{2068}مها\u{2069} joined at 09:42");
        assert_eq!(joined(&english, "a\u{202e}b\u{2067}c\u{2069}"), "abc joined at 09:42");
        let arabic = words(&locale(include_str!("../../locales/ar.json")));
        let sentence = joined(&arabic, "Maya");
        assert!(sentence.contains("\u{2068}Maya\u{2069}"), "{sentence}");
        assert!(sentence.contains("\u{2068}09:42\u{2069}"), "{sentence}");
    }
}
