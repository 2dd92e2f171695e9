//! What the site's page and the frame say to each other.
//!
//! No token and no name of a visitor may cross towards the page, nor the text of a message unless the site has asked
//! for it ([`ToFrame::Texts`]): the site's scripts can listen. Both ends check the other's exact origin; the frame learns the site's from the fragment of its own
//! address, and the browser drops what is posted to an origin that is not there. Colours, the storage and the way
//! to here are the document's own: `widget/boot.js` speaks of them in frames that the widget passes over
//! (`theme`, `kept`, `identity`; `progress`, `failed`, `recall`, `keep`).
//!
//! Their JSON is written and read in [`crate::codec`]; serde is here for its tests only.
//!
//! Start with [`ToFrame`] and [`ToPage`]; `port` (browser only) posts and receives them. The page's end is
//! `widget/loader/parlor.js`.

#[cfg(target_arch = "wasm32")]
pub mod port;

use crate::pairs::Pairs;

/// From the loader to the frame. An object with one member, named after the frame, as on the link.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(test, derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(test, serde(rename_all = "snake_case"))]
pub enum ToFrame {
    /// The panel is shown. Also the answer to `ready` where it is shown already.
    Opened {
        /// Origin and path of the page that the visitor looks at; no query, for those hold secrets.
        page: String,
        /// The panel fills the screen, as on phones.
        full: bool,
        /// The visitor opened it just now: the focus belongs inside.
        focus: bool,
        /// The site has turned sounds off for its page. Older pages do not say.
        #[cfg_attr(test, serde(default, skip_serializing_if = "std::ops::Not::not"))]
        silent: bool,
    },
    /// The panel is hidden. Also the answer to `ready` where it is not shown.
    Closed {},
    /// What the site says of the visitor, in place of what it said before. Nobody has checked it. It goes along
    /// when a conversation is started.
    Attributes {
        /// Names the command in the answer.
        n: u32,
        /// By name.
        set: Pairs,
    },
    /// The site says something in the visitor's place.
    Say {
        /// Names the command in the answer.
        n: u32,
        /// Raw.
        text: String,
    },
    /// Another visitor will use this browser: end what is under way and forget everything. The page takes the
    /// frame away after the answer.
    Reset {
        /// Names the command in the answer.
        n: u32,
    },
    /// Whether the page may hear the texts of messages.
    Texts {
        /// It may.
        on: bool,
    },
}

/// From the frame to the loader.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(test, derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(test, serde(rename_all = "snake_case"))]
pub enum ToPage {
    /// The widget runs and listens.
    Ready {},
    /// The visitor wants the panel hidden.
    Close {},
    /// How many messages came that the visitor has not seen.
    Unread {
        /// 0 takes the badge away.
        count: u32,
    },
    /// Whether a conversation is under way, so that the next page makes the frame at once.
    Active {
        /// It is.
        on: bool,
    },
    /// Whether a new message may make a sound.
    Sound {
        /// It may.
        on: bool,
    },
    /// A command was carried out.
    Done {
        /// Which.
        n: u32,
    },
    /// A command was not carried out, and nothing has changed.
    Refused {
        /// Which.
        n: u32,
        /// Why: `text_empty`, `text_too_long`, `conversation_ended`.
        code: String,
    },
    /// The edge keeps a message of this visitor. Once for each, in the tab that sent it.
    Sent {
        /// What was said, where the site asked for texts.
        #[cfg_attr(test, serde(default, skip_serializing_if = "Option::is_none"))]
        text: Option<String>,
    },
    /// An agent said something just now.
    Received {
        /// What was said, where the site asked for texts.
        #[cfg_attr(test, serde(default, skip_serializing_if = "Option::is_none"))]
        text: Option<String>,
    },
    /// An agent took the conversation just now.
    Joined {
        /// The agent's name, as visitors see it.
        name: String,
    },
    /// The desk has just sent something that is meant for the site's own script.
    PageEvent {
        /// What the desk calls it.
        key: String,
        /// As the desk sent it.
        data: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cached loader talks to a newer frame, and the other way round.
    #[test]
    fn bridge_format_unchanged() {
        let to_frame = [
            ToFrame::Opened {
                page: "https://shop.example/wren".to_owned(),
                full: false,
                focus: true,
                silent: false,
            },
            ToFrame::Closed {},
            ToFrame::Attributes { n: 1, set: [("plan".to_owned(), "gold".to_owned())].into() },
            ToFrame::Say { n: 2, text: "hello".to_owned() },
            ToFrame::Reset { n: 3 },
            ToFrame::Texts { on: true },
        ];
        let to_page = [
            ToPage::Ready {},
            ToPage::Close {},
            ToPage::Unread { count: 2 },
            ToPage::Active { on: true },
            ToPage::Sound { on: false },
            ToPage::Done { n: 1 },
            ToPage::Refused { n: 2, code: "text_empty".to_owned() },
            ToPage::Sent { text: None },
            ToPage::Received { text: Some("hi".to_owned()) },
            ToPage::Joined { name: "Maya".to_owned() },
            ToPage::PageEvent { key: "basket".to_owned(), data: "{}".to_owned() },
        ];
        assert_eq!(
            serde_json::to_string(&to_frame).unwrap(),
            r#"[{"opened":{"page":"https://shop.example/wren","full":false,"focus":true}},{"closed":{}},{"attributes":{"n":1,"set":{"plan":"gold"}}},{"say":{"n":2,"text":"hello"}},{"reset":{"n":3}},{"texts":{"on":true}}]"#
        );
        assert_eq!(
            serde_json::to_string(&to_page).unwrap(),
            r#"[{"ready":{}},{"close":{}},{"unread":{"count":2}},{"active":{"on":true}},{"sound":{"on":false}},{"done":{"n":1}},{"refused":{"n":2,"code":"text_empty"}},{"sent":{}},{"received":{"text":"hi"}},{"joined":{"name":"Maya"}},{"page_event":{"key":"basket","data":"{}"}}]"#
        );
    }
}
