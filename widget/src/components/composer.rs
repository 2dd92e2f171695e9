//! Where the visitor writes.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlTextAreaElement, KeyboardEvent};

use super::{
    FIELD, Scene, fit,
    node::{Node, button, el, icon, set, target},
    thread::problem,
};
use crate::state::{Msg, view::View, words::Word};

/// Field and button.
pub fn composer(scene: Scene, view: &View) -> Node {
    let changed = move |event: Event| {
        if let Some(field) = target::<HtmlTextAreaElement>(&event) {
            fit(&field);
            scene.send(Msg::Draft(field.value()));
        }
    };
    let pressed = move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        // 229 is what some browsers report for the Enter that ends a composition.
        let composing = event.is_composing() || event.key_code() == 229;
        if event.key() == "Enter" && !event.shift_key() && !composing {
            event.prevent_default();
            scene.send(Msg::Send);
        }
    };
    let field = el("textarea", "")
        .with("id", FIELD)
        .with("rows", "1")
        .with("dir", "auto")
        .with("enterkeyhint", "send")
        .say("aria-label", scene, Word::Write)
        .say("placeholder", scene, Word::Write)
        .with("aria-describedby", "problem")
        .bind(scene, |field, view| {
            let wrong = if view.problem.is_some() { "true" } else { "false" };
            set(field, "aria-invalid", wrong);
        })
        // What stands in a new field is its text; what is typed later is not in the markup.
        .text(&view.draft)
        .on("input", Box::new(changed))
        .on("keydown", Box::new(pressed))
        .on("blur", Box::new(move |_| scene.send(Msg::Blur)));
    let send = button("send")
        .say("aria-label", scene, Word::Send)
        .bind(scene, |button, view| {
            set(button, "class", if view.ready { "send ready" } else { "send" });
        })
        .add(el("span", "").add(icon("#i-send", "i")))
        .press(scene, || Msg::Send);
    let row = el("div", "composer")
        .bind(scene, |row, view| {
            let class = match view.problem {
                Some(_) => "composer bad",
                None => "composer",
            };
            set(row, "class", class);
        })
        .add(field)
        .add(send);
    let complaint = Node::region(
        scene,
        |view| view.problem.clone().unwrap_or_default(),
        |_, view| view.problem.iter().map(|text| problem(text)).collect(),
    );
    el("div", "foot").add(row).add(el("div", "").with("id", "problem").add(complaint))
}
