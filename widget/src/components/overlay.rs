//! What lies over the panel: the menu, and the question before the end.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::{ITEM, KEEP, Scene, icon};
use crate::state::{Msg, words::Word};

/// "More options".
pub fn menu(scene: Scene) -> AnyView {
    let open = scene.memo(|view| view.menu_open);
    (move || {
        open.get().then(|| {
            let left = move |event: KeyboardEvent| {
                if event.key() == "Tab" {
                    (scene.send)(Msg::Back);
                }
            };
            view! {
                <div class="away" on:click=scene.on(Msg::Back)></div>
                <div class="menu" role="menu" aria-label=scene.word(Word::MoreOptions) on:keydown=left>
                    <button id=ITEM class="item danger" role="menuitem" type="button" on:click=scene.on(Msg::AskEnd)>
                        {icon("#i-leave", "i flip")}
                        <span>{scene.word(Word::EndChat)}</span>
                    </button>
                </div>
            }
        })
    })
    .into_any()
}

/// "End this chat?"
pub fn sheet(scene: Scene) -> AnyView {
    let text = scene.memo(|view| view.sheet.clone());
    (move || {
        text.get().map(|text| {
            view! {
                <div class="scrim"></div>
                <div
                    class="sheet"
                    role="alertdialog"
                    aria-modal="true"
                    aria-labelledby="question"
                    aria-describedby="consequence"
                    on:keydown=stay
                >
                    <h2 id="question">{scene.word(Word::EndQuestion)}</h2>
                    <p id="consequence">{text}</p>
                    <div class="btns">
                        <button class="btn danger" type="button" on:click=scene.on(Msg::End)>
                            {scene.word(Word::EndChat)}
                        </button>
                        <button id=KEEP class="btn quiet" type="button" on:click=scene.on(Msg::Back)>
                            {scene.word(Word::KeepChatting)}
                        </button>
                    </div>
                </div>
            }
        })
    })
    .into_any()
}

/// Tab goes from either button to the other: the rest of the panel is inert, but the site's page is not.
fn stay(event: KeyboardEvent) {
    if event.key() != "Tab" {
        return;
    }
    event.prevent_default();
    let button = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let other = button.and_then(|button| {
        button.next_element_sibling().or_else(|| button.previous_element_sibling())
    });
    if let Some(other) = other.and_then(|other| other.dyn_into::<HtmlElement>().ok()) {
        let _ = other.focus();
    }
}
