//! What lies over the panel or pushes into it: the menu, the question before the end, the countdown to it.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent};

use super::{
    ITEM, KEEP, Scene,
    node::{Node, button, el, icon, set, svg, target, write},
    panel::is,
};
use crate::state::{Msg, words::Word};

/// "More options".
pub fn menu(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| is(view.menu_open),
        |scene, view| {
            if !view.menu_open {
                return Vec::new();
            }
            let pressed = move |event: Event| match key(&event).as_str() {
                "Tab" => scene.send(Msg::Back),
                "ArrowDown" | "ArrowUp" | "Home" | "End" => {
                    // There are two items: every one of these keys but the one towards itself means the other.
                    event.prevent_default();
                    to_the_other(&event);
                }
                _ => {}
            };
            let item = |class, drawing, word| {
                button(class)
                    .with("role", "menuitem")
                    .add(icon(drawing, "i flip"))
                    .add(el("span", "").text(scene.word(word)))
            };
            let download = item("item", "#i-download", Word::Download)
                .with("id", ITEM)
                .press(scene, || Msg::Transcript);
            let end = item("item danger", "#i-leave", Word::EndChat).press(scene, || Msg::AskEnd);
            vec![
                el("div", "away").press(scene, || Msg::Back),
                el("div", "menu")
                    .with("role", "menu")
                    .say("aria-label", scene, Word::MoreOptions)
                    .on("keydown", Box::new(pressed))
                    .add(download)
                    .add(end),
            ]
        },
    )
}

/// "Still there?"
pub fn idle(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| is(view.idle.is_some()),
        |scene, view| {
            let Some(idle) = &view.idle else {
                return Vec::new();
            };
            let ring = svg("svg").with("class", "ring").with("viewBox", "0 0 48 48");
            let circle = || svg("circle").with("cx", "24").with("cy", "24").with("r", "20");
            let left = circle().with("transform", "rotate(-90 24 24)").bind(scene, |ring, view| {
                if let Some(idle) = &view.idle {
                    set(ring, "stroke-dasharray", &idle.ring);
                }
            });
            let time = el("strong", "").bind(scene, |time, view| {
                if let Some(idle) = &view.idle {
                    write(time, &idle.time);
                }
            });
            let words = el("div", "")
                .add(el("b", "").text(scene.word(Word::StillThere)))
                .add(el("p", "").text(&idle.before).add(time).text(&idle.behind));
            let stay = button("btn small").text(scene.word(Word::KeepOpen));
            let end = button("btn small quiet").text(scene.word(Word::EndChat));
            vec![
                el("div", "idle")
                    // Its figures change every second; what is to be heard of them is announced.
                    .with("role", "timer")
                    .with("aria-live", "off")
                    .say("aria-label", scene, Word::StillThere)
                    .add(
                        el("div", "row")
                            .add(ring.with("aria-hidden", "true").add(circle()).add(left))
                            .add(words),
                    )
                    .add(
                        el("div", "btns")
                            .add(stay.press(scene, || Msg::Stay))
                            .add(end.press(scene, || Msg::AskEnd)),
                    ),
            ]
        },
    )
}

/// "End this chat?"
pub fn sheet(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| view.sheet.clone().unwrap_or_default(),
        |scene, view| {
            let Some(text) = &view.sheet else {
                return Vec::new();
            };
            let end =
                button("btn danger").text(scene.word(Word::EndChat)).press(scene, || Msg::End);
            let keep = button("btn quiet")
                .with("id", KEEP)
                .text(scene.word(Word::KeepChatting))
                .press(scene, || Msg::Back);
            vec![
                el("div", "scrim"),
                el("div", "sheet")
                    .with("role", "alertdialog")
                    .with("aria-modal", "true")
                    .with("aria-labelledby", "question")
                    .with("aria-describedby", "consequence")
                    .on("keydown", Box::new(stay))
                    .add(el("h2", "").with("id", "question").text(scene.word(Word::EndQuestion)))
                    .add(el("p", "").with("id", "consequence").text(text))
                    .add(el("div", "btns").add(end).add(keep)),
            ]
        },
    )
}

/// Tab goes from either button to the other: the rest of the panel is inert, but the site's page is not.
fn stay(event: Event) {
    if key(&event) != "Tab" {
        return;
    }
    event.prevent_default();
    to_the_other(&event);
}

/// Moves the focus from one of two to the other.
fn to_the_other(event: &Event) {
    let other = target::<HtmlElement>(event).and_then(|button| {
        button.next_element_sibling().or_else(|| button.previous_element_sibling())
    });
    if let Some(other) = other.and_then(|other| other.dyn_into::<HtmlElement>().ok()) {
        let _ = other.focus();
    }
}

fn key(event: &Event) -> String {
    event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key).unwrap_or_default()
}
