//! Every sentence that the widget says, by key. The sentences themselves are in `locales/`, outside the wasm.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $key:literal),* $(,)?) => {
        /// A sentence or label of the locale files.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Word {
            $($(#[$doc])* $name,)*
        }

        impl Word {
            /// Every word, in the order of the enum.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The key in the locale files and in a resource's texts.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }
        }
    };
}

words! {
    /// Name of the panel.
    Chat = "chat",
    /// Name of the menu's button.
    MoreOptions = "more_options",
    /// Name of the button that hides the panel.
    Minimise = "minimise",
    /// Second line of the header before anybody has joined.
    Finding = "finding",
    /// Second line of the header before the form is answered.
    NotConnectedYet = "not_connected_yet",
    /// Form: an answer that is missing.
    WrongText = "wrong_text",
    /// Form: an address that is none.
    WrongEmail = "wrong_email",
    /// Form: no choice.
    WrongChoice = "wrong_choice",
    /// Form: a box that is not ticked.
    WrongConsent = "wrong_consent",
    /// Form: too many characters.
    WrongLong = "wrong_long",
    /// Second line of the header where no link was had yet.
    NotConnected = "not_connected",
    /// Second line of the header after the end.
    ChatEnded = "chat_ended",
    /// Under the greeting outside the hub's hours, and second line of the header where nobody takes the conversation.
    ClosedNow = "closed_now",
    /// Greeting before noon.
    Morning = "greeting_morning",
    /// Greeting after noon.
    Afternoon = "greeting_afternoon",
    /// Greeting from six in the evening.
    Evening = "greeting_evening",
    /// Under the greeting.
    GreetingText = "greeting_text",
    /// Name of the thread.
    Conversation = "conversation",
    /// Placeholder and name of the composer.
    Write = "write",
    /// Name of the send button.
    Send = "send",
    /// Name and time of somebody who joined.
    Joined = "joined",
    /// Somebody who joined, announced.
    JoinedSaid = "joined_said",
    /// Name and time of somebody who left.
    Left = "left",
    /// Name of somebody who asked for a file.
    FileRequested = "file_requested",
    /// Card of a transfer: who to whom.
    HandedTo = "handed_to",
    /// Card of a transfer where the desk does not name both.
    HandedOn = "handed_on",
    /// Card of a transfer: what becomes of what was said.
    HandedText = "handed_text",
    /// Under a message that was masked.
    Hidden = "hidden",
    /// Where nobody takes the conversation and the flow has no words for it.
    Nobody = "nobody",
    /// Behind that, where a message may be left.
    WriteItHere = "write_it_here",
    /// Second line of the header then.
    LeaveMessage = "leave_message",
    /// Name of the chips under a message.
    QuickReplies = "quick_replies",
    /// Name of somebody who types.
    IsTyping = "is_typing",
    /// Day separator.
    Today = "today",
    /// Day separator.
    Yesterday = "yesterday",
    /// Line above the first unread message.
    New = "new",
    /// Pill: how many messages are below. Has a form for each of the language's plural categories.
    NewMessages = "new_messages",
    /// Mark.
    Sending = "sending",
    /// Mark.
    Waiting = "waiting",
    /// Mark.
    Sent = "sent",
    /// Mark.
    Delivered = "delivered",
    /// For readers: who wrote a bubble of the visitor's.
    You = "you",
    /// For readers: after a link.
    OpensInNewTab = "opens_in_new_tab",
    /// Under a message that nobody typed.
    Automatic = "automatic",
    /// In place of a message that was withdrawn.
    Withdrawn = "withdrawn",
    /// Failed message.
    FailedDesk = "failed_desk",
    /// Failed message.
    FailedRefused = "failed_refused",
    /// Failed message, and text in the composer.
    FailedLong = "failed_long",
    /// Failed message.
    FailedEnded = "failed_ended",
    /// Failed message: sends it once more.
    TryAgain = "try_again",
    /// Failed message: takes it away.
    Delete = "delete",
    /// Banner.
    NoConnection = "no_connection",
    /// Banner.
    NoConnectionText = "no_connection_text",
    /// Banner.
    TryNow = "try_now",
    /// Banner.
    ConnectedAgain = "connected_again",
    /// Banner where no link was ever had.
    Unreachable = "unreachable",
    /// Banner where no link was ever had.
    UnreachableText = "unreachable_text",
    /// Banner of a widget that is too old.
    Outdated = "outdated",
    /// Banner of a widget that is too old.
    OutdatedText = "outdated_text",
    /// Button of that banner.
    LoadAgain = "load_again",
    /// Queue: heading of the place.
    Place = "place",
    /// Queue: heading of the time.
    Wait = "wait",
    /// Queue: unit of the time.
    Minutes = "minutes",
    /// Queue without figures.
    Busy = "busy",
    /// Queue: what to do meanwhile.
    KeepWriting = "keep_writing",
    /// Menu, and after the end.
    Download = "download",
    /// Queue, announced.
    PlaceSaid = "place_said",
    /// Button in the queue.
    LeaveQueue = "leave_queue",
    /// Card before an idle chat ends.
    StillThere = "still_there",
    /// The same: when.
    EndsIn = "ends_in",
    /// The same: button.
    KeepOpen = "keep_open",
    /// Menu and sheet.
    EndChat = "end_chat",
    /// Sheet.
    EndQuestion = "end_question",
    /// Sheet.
    EndText = "end_text",
    /// Sheet where nobody has joined.
    EndTextNobody = "end_text_nobody",
    /// Sheet.
    KeepChatting = "keep_chatting",
    /// End notice.
    EndedByVisitor = "ended_by_visitor",
    /// End notice.
    EndedByAgent = "ended_by_agent",
    /// End notice.
    EndedIdle = "ended_idle",
    /// End notice.
    EndedNobody = "ended_nobody",
    /// End notice.
    Ended = "ended",
    /// After the end.
    StartNew = "start_new",
    /// A new message, announced.
    Says = "says",
}

/// The words of one language, with what the resource puts in their place.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Words(Vec<String>);

impl Words {
    /// Takes the locale's texts, and over them the resource's own.
    #[must_use]
    pub fn new(locale: Vec<(String, String)>, own: Vec<(String, String)>) -> Self {
        let mut words = vec![String::new(); Word::ALL.len()];
        for (key, text) in locale.into_iter().chain(own) {
            let place = Word::ALL.iter().position(|word| word.key() == key);
            if let Some(place) = place.and_then(|place| words.get_mut(place)) {
                *place = text;
            }
        }
        Self(words)
    }

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

fn fill(text: &str, arguments: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, behind)) => {
                let value = arguments.iter().find(|(key, _)| *key == name);
                filled.push_str(value.map_or("", |(_, value)| value));
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

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn english() -> BTreeMap<String, String> {
        serde_json::from_str(include_str!("../../locales/en.json")).unwrap()
    }

    pub fn english_words() -> Words {
        Words::new(english().into_iter().collect(), Vec::new())
    }

    #[test]
    fn the_locale_has_every_word_and_no_other() {
        let mut keys: Vec<&str> = Word::ALL.iter().map(|word| word.key()).collect();
        keys.sort_unstable();
        // What is drawn later says its words by their keys.
        let later = include_str!("../../later.js");
        let theirs: Vec<&str> = later
            .split("word(\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"').map(|(key, _)| key))
            .collect();
        keys.extend(theirs);
        keys.sort_unstable();
        keys.dedup();
        let english = english();
        let found: Vec<&str> = english.keys().map(String::as_str).collect();
        assert_eq!(found, keys);
    }

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
        let english = english();
        for (language, text) in [
            ("de", include_str!("../../locales/de.json")),
            ("es", include_str!("../../locales/es.json")),
            ("ar", include_str!("../../locales/ar.json")),
        ] {
            let locale: BTreeMap<String, String> = serde_json::from_str(text).unwrap();
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
        let arabic: BTreeMap<String, String> =
            serde_json::from_str(include_str!("../../locales/ar.json")).unwrap();
        let arabic = Words::new(arabic.into_iter().collect(), Vec::new());
        assert_eq!(arabic.count(Word::NewMessages, "2", "two"), "رسالتان جديدتان");
        assert_eq!(arabic.count(Word::NewMessages, "3", "few"), "3 رسائل جديدة");
        assert_eq!(arabic.count(Word::NewMessages, "100", "other"), "100 رسالة جديدة");
        let own = vec![("new_messages".to_owned(), "{n} more".to_owned())];
        assert_eq!(Words::new(Vec::new(), own).count(Word::NewMessages, "1", "one"), "1 more");
    }

    #[test]
    fn no_text_shouts_or_draws_an_em_dash() {
        for (key, text) in english() {
            assert!(!text.contains(['!', '\u{2014}', '\'']), "{key}: {text}");
        }
    }

    #[test]
    fn a_resource_replaces_single_texts() {
        let own = vec![("write".to_owned(), "Ask away".to_owned())];
        let words = Words::new(english().into_iter().collect(), own);
        assert_eq!(words.get(Word::Write), "Ask away");
        assert_eq!(words.get(Word::Send), "Send");
    }

    #[test]
    fn arguments_are_filled_in_once() {
        let words = Words::new(english().into_iter().collect(), Vec::new());
        assert_eq!(
            words.fill(Word::Says, &[("name", "{text}"), ("text", "{name} }{")]),
            "{text} says: {name} }{"
        );
        assert_eq!(words.fill(Word::Joined, &[]), " joined at ");
    }
}
