//! An element, made at once and bound to the scene where it changes.
//!
//! Leptos's own views are typed: each distinct element is a type with its own code for building, rebuilding,
//! mounting and dropping. For this panel's sixty elements that came to 60 kB after compression. Here every
//! element is of one type and one code; `follow` makes it follow the view, which is a node of Leptos's graph.

use std::{cell::RefCell, sync::Arc};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event};

use super::{
    Scene,
    follow::{Follower, follow},
};
use crate::{
    app::document,
    state::{Msg, view::View, words::Word},
};

/// An element under construction.
#[derive(Clone)]
pub struct Node(pub Element);

/// An element of HTML.
pub fn el(tag: &str, class: &str) -> Node {
    let element =
        document().create_element(tag).expect("tag names are written in this folder and are valid");
    Node(element).with("class", class)
}

/// A button.
pub fn button(class: &str) -> Node {
    el("button", class).with("type", "button")
}

/// An element of a drawing.
pub fn svg(tag: &str) -> Node {
    document()
        .create_element_ns(Some("http://www.w3.org/2000/svg"), tag)
        .map(Node)
        .expect("tag names are written in this folder and are valid")
}

/// An icon from the document's own drawings. The control that holds it carries the name.
pub fn icon(name: &str, class: &str) -> Node {
    svg("svg").with("class", class).with("aria-hidden", "true").add(svg("use").with("href", name))
}

impl Node {
    /// Sets an attribute.
    pub fn with(self, name: &str, value: &str) -> Self {
        set(&self.0, name, value);
        self
    }

    /// Sets an attribute to a sentence.
    pub fn say(self, name: &str, scene: Scene, word: Word) -> Self {
        self.with(name, scene.word(word))
    }

    /// Appends text.
    pub fn text(self, text: &str) -> Self {
        let _ = self.0.append_with_str_1(text);
        self
    }

    /// Appends an element.
    pub fn add(self, child: Self) -> Self {
        let _ = self.0.append_child(&child.0);
        self
    }

    /// Appends elements.
    pub fn add_all(self, children: Vec<Self>) -> Self {
        children.into_iter().fold(self, Self::add)
    }

    /// Listens. The browser collects the closure with the element.
    pub fn on(self, event: &str, listener: Box<dyn FnMut(Event)>) -> Self {
        let listener = Closure::wrap(listener).into_js_value();
        let _ = self.0.add_event_listener_with_callback(event, listener.unchecked_ref());
        self
    }

    /// Says something when pressed.
    pub fn press(self, scene: Scene, say: impl Fn() -> Msg + 'static) -> Self {
        self.on("click", Box::new(move |_| scene.send(say())))
    }

    /// Follows the view: `draw` runs whenever it changes.
    pub fn bind(self, scene: Scene, draw: fn(&Element, &View)) -> Self {
        let element = self.0.clone();
        follow(scene, Box::new(move |view| draw(&element, view)));
        self
    }

    /// Holds what `build` makes, made anew whenever `key` changes. The element itself takes no part in the layout.
    pub fn region(
        scene: Scene,
        key: fn(&View) -> String,
        build: fn(Scene, &View) -> Vec<Self>,
    ) -> Self {
        let place = el("div", "at");
        let element = place.0.clone();
        let shown: RefCell<Option<(String, Vec<Arc<Follower>>)>> = RefCell::new(None);
        let draw = move |view: &View| {
            let key = key(view);
            let mut shown = shown.borrow_mut();
            if shown.as_ref().is_some_and(|(shown, _)| *shown == key) {
                return;
            }
            *shown = None; // What hangs on the old elements stops following.
            element.replace_children_with_node_0();
            let followers = scene.followers(|| {
                for child in build(scene, view) {
                    let _ = element.append_child(&child.0);
                }
            });
            *shown = Some((key, followers));
        };
        follow(scene, Box::new(draw));
        place
    }
}

/// Sets an attribute, if it differs: an attribute that is written wakes readers even where nothing changes.
pub fn set(element: &Element, name: &str, value: &str) {
    if element.get_attribute(name).as_deref() != Some(value) {
        let _ = element.set_attribute(name, value);
    }
}

/// Sets the text, if it differs.
pub fn write(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// The element that an event is about.
pub fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}
