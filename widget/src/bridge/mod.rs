//! What the site's page and the frame say to each other.
//!
//! No message text, no token and no name of a visitor may cross here: the site's scripts can listen.
//! Both ends check the other's exact origin; the frame learns the site's from the fragment of its own
//! address, and the browser drops what is posted to an origin that is not there.
//!
//! Their JSON is written and read in [`crate::codec`]; serde is here for its tests only.
//!
//! Start with [`ToFrame`] and [`ToPage`]; `port` (browser only) posts and receives them. The page's end is
//! `widget/loader/parlor.js`.

#[cfg(target_arch = "wasm32")]
pub mod port;

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
    },
    /// The panel is hidden. Also the answer to `ready` where it is not shown.
    Closed {},
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
            },
            ToFrame::Closed {},
        ];
        let to_page = [
            ToPage::Ready {},
            ToPage::Close {},
            ToPage::Unread { count: 2 },
            ToPage::Active { on: true },
        ];
        assert_eq!(
            serde_json::to_string(&to_frame).unwrap(),
            r#"[{"opened":{"page":"https://shop.example/wren","full":false,"focus":true}},{"closed":{}}]"#
        );
        assert_eq!(
            serde_json::to_string(&to_page).unwrap(),
            r#"[{"ready":{}},{"close":{}},{"unread":{"count":2}},{"active":{"on":true}}]"#
        );
    }
}
