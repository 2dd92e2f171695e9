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
        // What the document notes by itself, and `later/aside.js` draws.
        .add(el("div", "part").with("id", "aside"))
        .add(Node::region(
            scene,
            |view| digits(face(view)),
            |scene, view| {
                vec![match view.stage {
                    Stage::Greeting => hello(scene),
                    Stage::Consent => part(scene, "consent", |_| "{}".to_owned()),
                    Stage::Form => part(scene, "form", codec::form_shown),
                    Stage::Closed => part(scene, "closed", |_| "{}".to_owned()),
                    Stage::Left => part(scene, "left", codec::left_shown),
                    Stage::Earlier => part(scene, "earlier", codec::list_shown),
                    Stage::Past | Stage::Live | Stage::Ended => thread::thread(scene),
                }]
            },
        ))
        .add(part(scene, "idle", codec::idle_shown))
        .add(Node::region(
            scene,
            |view| digits(foot(view)),
            |scene, view| match foot(view) {
                1 => vec![composer::composer(scene, view)],
                2 => vec![part(scene, "again", codec::again_shown)],
                _ => Vec::new(),
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

/// Which face it is. An end changes the one of a conversation, and makes no other.
fn face(view: &View) -> u32 {
    match view.stage {
        Stage::Ended => Stage::Live as u32,
        stage => stage as u32,
    }
}

/// What stands at the foot: 1 for the composer, 2 for another conversation.
fn foot(view: &View) -> u32 {
    match view.stage {
        Stage::Greeting | Stage::Live => 1,
        Stage::Ended => 2,
        Stage::Earlier | Stage::Past if !view.busy => 2,
        _ => 0,
    }
}

/// The key of a region with two faces.
pub fn is(so: bool) -> String {
    if so { "1" } else { "0" }.to_owned()
}

fn hello(scene: Scene) -> Node {
    el("div", "hello")
        .add(el("h1", "").bind(scene, |line, view: &View| write(line, &view.greeting)))
        .add(part(scene, "hello", codec::hello_shown))
}
