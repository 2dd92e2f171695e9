//! The header, and the strip under it.

use leptos::prelude::*;

use super::{HEAD, MORE, Scene, icon};
use crate::state::{Msg, rows::Avatar, view::Action, words::Word};

/// Who is there, and what can be done.
pub fn header(scene: Scene, greeting: Memo<bool>) -> AnyView {
    let picture = scene.memo(|view| view.avatar.clone());
    let menu = scene.memo(|view| view.menu);
    let class = move || if greeting.get() { "head tall" } else { "head line" };
    let more = move || {
        menu.get().then(|| {
            view! {
                <button
                    id=MORE
                    class="icon-btn"
                    type="button"
                    aria-label=scene.word(Word::MoreOptions)
                    aria-haspopup="menu"
                    aria-expanded=move || scene.view.with(|view| view.menu_open.to_string())
                    on:click=scene.on(Msg::Menu)
                >
                    {icon("#i-more", "i")}
                </button>
            }
        })
    };
    view! {
        <header id=HEAD class=class tabindex="-1">
            {move || match picture.get() {
                Some(picture) => avatar(&picture, "av"),
                None => view! { <span class="mark" aria-hidden="true">{icon("#glyph", "glyph")}</span> }.into_any(),
            }}
            <div class="who">
                <Show when=move || !greeting.get()>
                    <h1>{scene.text(|view| &view.title)}</h1>
                    <span>{scene.text(|view| &view.subtitle)}</span>
                </Show>
            </div>
            <div class="acts">
                {more}
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=scene.word(Word::Minimise)
                    on:click=scene.on(Msg::Minimise)
                >
                    {icon("#i-down", "i")}
                </button>
            </div>
        </header>
    }
    .into_any()
}

/// What is wrong with the link. Readers hear it as an announcement.
pub fn banner(scene: Scene) -> AnyView {
    let banner = scene.memo(|view| view.banner.clone());
    (move || {
        banner.get().map(|banner| {
            let (class, drawing) = match banner.action {
                Some(_) => ("banner", "#i-offline"),
                None => ("banner good", "#i-check"),
            };
            let button = banner.action.map(|action| {
                let msg = match action {
                    Action::TryNow => Msg::TryNow,
                    Action::LoadAgain => Msg::LoadAgain,
                };
                view! {
                    <button class="text-btn" type="button" on:click=scene.on(msg)>
                        {scene.word(action.word())}
                    </button>
                }
            });
            view! {
                <div class=class>
                    {icon(drawing, "i")}
                    <div>
                        <b>{banner.title}</b>
                        {banner.text}
                    </div>
                    {button}
                </div>
            }
        })
    })
    .into_any()
}

/// First letters, round. The name stands beside it.
pub fn avatar(avatar: &Avatar, size: &'static str) -> AnyView {
    let class = [size, " p", &avatar.pair.to_string()].concat();
    view! {
        <span class=class aria-hidden="true">
            {avatar.letters.clone()}
        </span>
    }
    .into_any()
}
