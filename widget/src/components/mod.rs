//! What is drawn. Components take the scene, return elements, and decide nothing.
//!
//! They never hold text of their own: sentences come from the locale, icons from the frame's document.
//! Colours and sizes are in `style.css`; no markup has a `style` attribute, which the frame's policy forbids.
//!
//! Start with [`panel`]; [`node`] tells why these are not Leptos's own views.

mod composer;
mod follow;
mod header;
mod node;
mod panel;
mod part;
mod thread;

use std::{cell::RefCell, sync::Arc};

use leptos::prelude::{ArcTrigger, Notify};

use web_sys::{
    Document, Element, HtmlElement, HtmlTextAreaElement, ScrollBehavior, ScrollToOptions,
};

use crate::digits::digits;
use crate::state::{
    Msg,
    view::View,
    words::{Word, Words},
};

use follow::Follower;

pub use panel::panel;
pub use part::{download, focus, hear};

/// Id of the composer's field.
pub const FIELD: &str = "field";
/// Id of the header.
pub const HEAD: &str = "head";
/// Id of the button of the menu.
pub const MORE: &str = "more";
/// Id of the menu's first item.
pub const ITEM: &str = "item";
/// Id of the sheet's harmless button.
pub const KEEP: &str = "keep";
/// Id of the button after the end.
pub const START_NEW: &str = "start-new";
/// Id of where the reader of a page begins that is drawn later.
pub const FACE: &str = "face";
/// Id of the thread.
pub const THREAD: &str = "thread";

/// Everything that a component may need.
#[derive(Clone, Copy)]
pub struct Scene(&'static Stage);

struct Stage {
    view: RefCell<View>,
    changed: ArcTrigger,
    building: RefCell<Vec<Arc<Follower>>>,
    words: Words,
    send: fn(Msg),
}

impl Scene {
    /// A scene that shows nothing yet.
    pub fn new(words: Words, send: fn(Msg)) -> Self {
        // A document has one scene, for as long as it lives; counting its users would only take room.
        Self(Box::leak(Box::new(Stage {
            view: RefCell::default(),
            changed: ArcTrigger::new(),
            building: RefCell::default(),
            words,
            send,
        })))
    }

    /// Shows `view`.
    pub fn show(self, view: View) {
        // Whether anything differs is found out where it is drawn: comparing it all here would be done twice.
        self.0.view.replace(view);
        self.0.changed.notify();
    }

    fn send(self, msg: Msg) {
        (self.0.send)(msg);
    }

    fn word(self, word: Word) -> &'static str {
        self.0.words.get(word)
    }
}

/// Makes the field as high as its text; the sheet sets the limit.
pub fn fit(field: &HtmlTextAreaElement) {
    let style = HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let height = [&digits(field.scroll_height().unsigned_abs()), "px"].concat();
    let _ = style.set_property("height", &height);
}

/// Scrolls to the newest message: smoothly within one screen, at once from further away.
pub fn scroll_to_end(thread: &Element) {
    let options = ScrollToOptions::new();
    options.set_top(0.0);
    if !near_end(thread) {
        options.set_behavior(ScrollBehavior::Instant);
    }
    thread.scroll_to_with_scroll_to_options(&options);
}

/// The thread is laid out from its end, so that is where it stands at 0.
fn near_end(thread: &Element) -> bool {
    thread.scroll_top().abs() <= thread.client_height()
}

/// Says something to readers, in the region made for it. The newest few stay, for readers that come late.
pub fn announce(document: &Document, text: &str, urgent: bool) {
    let id = if urgent { "urgent" } else { "polite" };
    let Some(region) = document.get_element_by_id(id) else {
        return;
    };
    let _ = region.append_child(&node::el("p", "").text(text).0);
    if region.child_element_count() > 3
        && let Some(oldest) = region.first_element_child()
    {
        oldest.remove();
    }
}
