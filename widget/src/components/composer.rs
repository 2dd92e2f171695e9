//! Where the visitor writes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, HtmlTextAreaElement, KeyboardEvent};

use super::{FIELD, Scene, fit, icon};
use crate::state::{Msg, words::Word};

/// Field and button.
pub fn composer(scene: Scene) -> AnyView {
    let problem = scene.memo(|view| view.problem.clone());
    let draft = scene.view.with_untracked(|view| view.draft.clone());
    let changed = move |event: Event| {
        if let Some(field) = field(event.target()) {
            fit(&field);
            (scene.send)(Msg::Draft(field.value()));
        }
    };
    let pressed = move |event: KeyboardEvent| {
        // 229 is what some browsers report for the Enter that ends a composition.
        let composing = event.is_composing() || event.key_code() == 229;
        if event.key() == "Enter" && !event.shift_key() && !composing {
            event.prevent_default();
            (scene.send)(Msg::Send);
        }
    };
    let class = move || if problem.with(Option::is_some) { "composer bad" } else { "composer" };
    let send_class = move || scene.view.with(|view| if view.ready { "send ready" } else { "send" });
    view! {
        <div class="foot">
            <div class=class>
                <textarea
                    id=FIELD
                    rows="1"
                    dir="auto"
                    enterkeyhint="send"
                    aria-label=scene.word(Word::Write)
                    placeholder=scene.word(Word::Write)
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                    aria-describedby="problem"
                    prop:value=draft
                    on:input=changed
                    on:keydown=pressed
                    on:blur=scene.on(Msg::Blur)
                ></textarea>
                <button
                    class=send_class
                    type="button"
                    aria-label=scene.word(Word::Send)
                    on:click=scene.on(Msg::Send)
                >
                    <span>{icon("#i-send", "i")}</span>
                </button>
            </div>
            <div id="problem">
                {move || {
                    problem
                        .get()
                        .map(|problem| {
                            view! { <div class="err">{icon("#i-alert", "i s")} <span>{problem}</span></div> }
                        })
                }}
            </div>
        </div>
    }
    .into_any()
}

fn field(target: Option<EventTarget>) -> Option<HtmlTextAreaElement> {
    target?.dyn_into().ok()
}
