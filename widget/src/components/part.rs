//! Parts that are drawn in JavaScript, from `later/`, which comes after everything that a first message needs.
//!
//! What they show is decided here as everything is, and what they say is a message as any other; but a form or a
//! menu drawn in Rust would be a kilobyte each of every visitor's first load, and most visitors never see one.

use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};
use web_sys::Element;

use super::{
    Scene,
    node::{Node, el},
};
use crate::state::view::View;

#[wasm_bindgen]
extern "C" {
    /// Draws a part into a place, or changes what is there.
    #[wasm_bindgen(js_namespace = parlor, js_name = part)]
    fn draw(name: &str, place: &Element, shown: &str);

    /// Moves the focus to the element with this id, now or once a part has drawn it.
    #[wasm_bindgen(js_namespace = parlor)]
    pub fn focus(id: &str);

    /// Saves a text file on the visitor's machine.
    #[wasm_bindgen(js_namespace = parlor)]
    pub fn download(text: &str);

    /// Where the parts' messages go, as JSON.
    #[wasm_bindgen(js_namespace = parlor)]
    pub fn hear(said: &Closure<dyn FnMut(String)>);
}

/// A part that shows what `shown` makes of the view; nothing where that is empty.
pub fn part(scene: Scene, name: &'static str, shown: fn(&View) -> String) -> Node {
    let place = el("div", "part");
    let (element, last) = (place.0.clone(), std::cell::RefCell::new(String::new()));
    super::follow::follow(
        scene,
        Box::new(move |view| {
            let shown = shown(view);
            if *last.borrow() != shown {
                draw(name, &element, &shown);
                last.replace(shown);
            }
        }),
    );
    place
}
