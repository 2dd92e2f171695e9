//! The panel: which of its faces is shown, and what lies over it.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{START_NEW, Scene, composer, header, overlay, thread};
use crate::state::{Msg, view::Stage, words::Word};

/// The whole panel.
pub fn panel(scene: Scene) -> AnyView {
    let name = scene.words.with_value(|words| {
        scene.site.with_value(|site| words.fill(Word::Chat, &[("name", site)]))
    });
    let greeting = scene.memo(|view| view.stage == Stage::Greeting);
    let ended = scene.memo(|view| view.stage == Stage::Ended);
    let covered = scene.memo(|view| view.sheet.is_some());
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            (scene.send)(Msg::Back);
        }
    };
    view! {
        <section class="panel" role="dialog" aria-label=name on:keydown=escape>
            <div class="room" inert=move || covered.get()>
                {header::header(scene, greeting)}
                {header::banner(scene)}
                {move || if greeting.get() { hello(scene) } else { thread::thread(scene) }}
                {move || if ended.get() { again(scene) } else { composer::composer(scene) }}
            </div>
            {overlay::menu(scene)}
            {overlay::sheet(scene)}
        </section>
        <div id="polite" class="hide" role="status"></div>
        <div id="urgent" class="hide" role="alert"></div>
    }
    .into_any()
}

fn hello(scene: Scene) -> AnyView {
    view! {
        <main class="hello">
            <h2>{scene.text(|view| &view.greeting.0)}</h2>
            <p>{scene.text(|view| &view.greeting.1)}</p>
        </main>
    }
    .into_any()
}

fn again(scene: Scene) -> AnyView {
    view! {
        <div class="foot">
            <button id=START_NEW class="btn quiet" type="button" on:click=scene.on(Msg::StartNew)>
                {scene.word(Word::StartNew)}
            </button>
        </div>
    }
    .into_any()
}
