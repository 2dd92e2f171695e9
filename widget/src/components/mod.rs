//! What is drawn. Components take signals and one callback, return markup, and decide nothing.
//!
//! They never hold text of their own: sentences come from the locale, icons from the frame's document.
//! Colours and sizes are in `style.css`; no element has a `style` attribute, which the frame's policy forbids.
//!
//! Start with [`panel`].

mod composer;
mod header;
mod overlay;
mod panel;
mod thread;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{
    Document, Element, HtmlElement, HtmlTextAreaElement, ScrollBehavior, ScrollToOptions,
};

use crate::state::{
    Msg,
    rows::Row,
    view::View,
    words::{Word, Words},
};

pub use panel::panel;

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
/// Id of the thread.
pub const THREAD: &str = "thread";

/// Everything that a component may need.
#[derive(Clone, Copy)]
pub struct Scene {
    /// What is shown, but for the thread's rows.
    pub view: RwSignal<View>,
    /// The thread.
    pub rows: RwSignal<Vec<Handle>>,
    /// The sentences that do not change.
    pub words: StoredValue<Words>,
    /// What the site calls itself.
    pub site: StoredValue<String>,
    /// Where what the visitor does goes.
    pub send: fn(Msg),
}

/// A row that stays the same element while it changes.
#[derive(Clone)]
pub struct Handle {
    key: String,
    row: ArcRwSignal<Row>,
}

impl Scene {
    /// A scene that shows nothing yet.
    pub fn new(words: Words, site: &str, send: fn(Msg)) -> Self {
        Self {
            view: RwSignal::new(View::default()),
            rows: RwSignal::new(Vec::new()),
            words: StoredValue::new(words),
            site: StoredValue::new(site.to_owned()),
            send,
        }
    }

    /// Shows `view`, touching only what differs.
    pub fn show(self, mut view: View) {
        let rows = std::mem::take(&mut view.rows);
        let old = self.rows.get_untracked();
        let same_keys = old.len() == rows.len()
            && old.iter().zip(&rows).all(|(handle, row)| handle.key == row.key);
        let handles: Vec<Handle> = rows
            .into_iter()
            .map(|row| match old.iter().rev().find(|handle| handle.key == row.key) {
                Some(handle) => {
                    if handle.row.with_untracked(|shown| *shown != row) {
                        handle.row.set(row);
                    }
                    handle.clone()
                }
                None => Handle { key: row.key.clone(), row: ArcRwSignal::new(row) },
            })
            .collect();
        if !same_keys {
            self.rows.set(handles);
        }
        if self.view.with_untracked(|shown| *shown != view) {
            self.view.set(view);
        }
    }

    fn word(self, word: Word) -> String {
        self.words.with_value(|words| words.get(word).to_owned())
    }

    /// A piece of the view that rebuilds what hangs on it only when it changes.
    fn memo<T: PartialEq + Send + Sync + 'static>(self, pick: fn(&View) -> T) -> Memo<T> {
        Memo::new(move |_| self.view.with(pick))
    }

    fn text(self, pick: fn(&View) -> &String) -> impl Fn() -> String + Copy + Send {
        move || self.view.with(|view| pick(view).clone())
    }

    fn on<E>(self, msg: Msg) -> impl FnMut(E) {
        move |_| (self.send)(msg.clone())
    }
}

/// An icon from the document's own drawings. The control that holds it carries the name.
fn icon(name: &'static str, class: &'static str) -> AnyView {
    view! {
        <svg class=class aria-hidden="true">
            <use href=name></use>
        </svg>
    }
    .into_any()
}

/// Makes the field as high as its text; the sheet sets the limit.
pub fn fit(field: &HtmlTextAreaElement) {
    let style = HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let height = [&field.scroll_height().to_string(), "px"].concat();
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
    let (Some(region), Ok(line)) = (document.get_element_by_id(id), document.create_element("p"))
    else {
        return;
    };
    line.set_text_content(Some(text));
    let _ = region.append_child(line.unchecked_ref());
    if region.child_element_count() > 3
        && let Some(oldest) = region.first_element_child()
    {
        oldest.remove();
    }
}
