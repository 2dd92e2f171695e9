//! The panel: which of its faces is shown, and what lies over it.

use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};

use super::{
    Scene, composer, header,
    node::{Node, el, write},
    part::part,
    thread,
};
use crate::{
    codec,
    digits::digits,
    state::{
        Msg,
        view::{Stage, View},
    },
};

/// The whole panel, and the regions in which it speaks to readers.
pub fn panel(scene: Scene) -> Vec<Node> {
    let escape = move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            scene.send(Msg::Back);
        }
    };
    let room = el("div", "room")
        .bind(scene, |room, view| {
            // Under the sheet nothing may be reached.
            let _ = room.toggle_attribute_with_force("inert", view.sheet.is_some());
        })
        .add(header::header(scene))
        .add(header::banner(scene))
        .add(Node::region(
            scene,
            |view| digits(u32::from(view.stage == Stage::Greeting) + 2 * asks(view)),
            |scene, view| {
                vec![match view.stage {
                    Stage::Greeting => hello(scene),
                    Stage::Form => part(scene, "form", codec::form_shown),
                    Stage::Live | Stage::Ended => thread::thread(scene),
                }]
            },
        ))
        .add(part(scene, "idle", codec::idle_shown))
        .add(Node::region(
            scene,
            |view| digits(u32::from(view.stage == Stage::Ended) + 2 * asks(view)),
            |scene, view| match view.stage {
                Stage::Form => Vec::new(),
                Stage::Ended => vec![part(scene, "again", |_| "{}".to_owned())],
                Stage::Greeting | Stage::Live => vec![composer::composer(scene, view)],
            },
        ));
    let panel = el("section", "panel")
        .with("role", "dialog")
        .bind(scene, |panel, view| {
            super::node::set(panel, "aria-label", &view.name);
        })
        .on("keydown", Box::new(escape))
        .add(room)
        .add(part(scene, "menu", codec::menu_shown))
        .add(part(scene, "sheet", codec::sheet_shown));
    let said = |id, role| el("div", "hide").with("id", id).with("role", role);
    vec![panel, said("polite", "status"), said("urgent", "alert")]
}

fn asks(view: &View) -> u32 {
    u32::from(view.stage == Stage::Form)
}

/// The key of a region with two faces.
pub fn is(so: bool) -> String {
    if so { "1" } else { "0" }.to_owned()
}

fn hello(scene: Scene) -> Node {
    el("div", "hello")
        .add(el("h1", "").bind(scene, |line, view: &View| write(line, &view.greeting.0)))
        .add(el("p", "").bind(scene, |line, view: &View| write(line, &view.greeting.1)))
}
