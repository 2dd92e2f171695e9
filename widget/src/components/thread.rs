//! The thread. Readers walk through it as a log; what is new in it is announced elsewhere, once and in words,
//! so the log itself stays silent: a bubble that changes its mark would be read again.

use leptos::prelude::*;
use parlor_shared::wire::{Block, Span};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::{Handle, Scene, THREAD, header::avatar, icon, near_end};
use crate::state::{
    Msg,
    rows::{Body, Content, Look, Mark, Side},
    words::Word,
};

/// Everything that was said.
pub fn thread(scene: Scene) -> AnyView {
    let queue = scene.memo(|view| view.queue.clone());
    let typing = scene.memo(|view| view.typing.clone());
    let pill = scene.memo(|view| view.pill.clone());
    let class = move || if queue.with(Option::is_some) { "thread top" } else { "thread" };
    let scrolled = move |event: Event| {
        let thread = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(thread) = thread {
            (scene.send)(Msg::Scrolled { near: near_end(&thread) });
        }
    };
    let card = move || {
        queue.get().map(|queue| {
            let figure = |word, value: String, unit: String| {
                view! {
                    <div>
                        <dt>{scene.word(word)}</dt>
                        <dd>{value} <small>{unit}</small></dd>
                    </div>
                }
            };
            let place = queue.place.map(|place| figure(Word::Place, place, String::new()));
            let wait =
                queue.minutes.map(|minutes| figure(Word::Wait, minutes, scene.word(Word::Minutes)));
            let stats = (place.is_some() || wait.is_some())
                .then(|| view! { <dl class="card stats">{place} {wait}</dl> });
            view! {
                {stats}
                <p class="note">{queue.note}</p>
            }
        })
    };
    let dots = move || {
        typing.get().map(|name| {
            let picture = scene.view.with_untracked(|view| view.avatar.clone());
            view! {
                <div class="say in dots">
                    {picture.map(|picture| avatar(&picture, "av m"))}
                    <div class="b typing" role="img" aria-label=name><i></i><i></i><i></i></div>
                </div>
            }
        })
    };
    let jump = move || {
        pill.get().map(|text| {
            view! {
                <div class="jump">
                    <button class="btn small" type="button" on:click=scene.on(Msg::ToEnd)>
                        {icon("#i-down", "i s")}
                        {text}
                    </button>
                </div>
            }
        })
    };
    view! {
        <main class="well">
            <div
                id=THREAD
                class=class
                role="log"
                aria-live="off"
                aria-label=scene.word(Word::Conversation)
                tabindex="0"
                on:scroll=scrolled
            >
                <div class="rows">
                    <For
                        each=move || scene.rows.get()
                        key=|handle| handle.key.clone()
                        children=move |handle| row(scene, &handle)
                    />
                    {card}
                    {dots}
                </div>
            </div>
            {jump}
        </main>
    }
    .into_any()
}

fn row(scene: Scene, handle: &Handle) -> AnyView {
    let row = handle.row.clone();
    match handle.row.get_untracked().content {
        Content::Day(text) => view! { <div class="day">{text}</div> }.into_any(),
        Content::New(text) => view! { <div class="new">{text}</div> }.into_any(),
        Content::Note(text) => view! { <div class="note">{text}</div> }.into_any(),
        Content::Bubble { author, body, look, fresh } => {
            let side = match look {
                Look::In => "in",
                Look::Out | Look::Waiting | Look::Failed => "out",
            };
            let say = ["say ", side, if fresh { " fresh" } else { "" }].concat();
            let class = move || {
                row.with(|row| match row.content {
                    Content::Bubble { look: Look::Waiting, .. } => "b wait",
                    Content::Bubble { look: Look::Failed, .. } => "b bad",
                    _ => "b",
                })
            };
            let body = match body {
                Body::Text(text) => text.into_any(),
                Body::Blocks(blocks) => blocks
                    .into_iter()
                    .map(|block| self::block(scene, block))
                    .collect_view()
                    .into_any(),
            };
            view! {
                <div class=say>
                    <span class="hide">{author}</span>
                    <div class=class dir="auto">{body}</div>
                </div>
            }
            .into_any()
        }
        Content::Foot { .. } => (move || foot(scene, &row.get().content)).into_any(),
        Content::Failure { .. } => (move || failure(scene, &row.get().content)).into_any(),
    }
}

fn foot(scene: Scene, content: &Content) -> AnyView {
    let Content::Foot { side, time, mark, avatar: picture } = content else {
        return ().into_any();
    };
    let class = match side {
        Side::In => "meta in",
        Side::Out => "meta out",
    };
    let mark = mark.map(|mark| {
        let drawing = match mark {
            Mark::Sending | Mark::Waiting => "#i-clock",
            Mark::Sent => "#i-check",
            Mark::Delivered => "#i-checks",
        };
        view! {
            <span class="sep" aria-hidden="true">"·"</span>
            {icon(drawing, "i s")}
            <span>{scene.word(mark.word())}</span>
        }
    });
    view! {
        <div class=class>
            {picture.as_ref().map(|picture| avatar(picture, "av m"))}
            <span>{time.clone()}</span>
            {mark}
        </div>
    }
    .into_any()
}

fn failure(scene: Scene, content: &Content) -> AnyView {
    let Content::Failure { id, reason, again } = content else {
        return ().into_any();
    };
    let again = again.then(|| {
        view! {
            <button class="text-btn" type="button" on:click=scene.on(Msg::TryAgain(id.clone()))>
                {icon("#i-retry", "i s")}
                {scene.word(Word::TryAgain)}
            </button>
        }
    });
    view! {
        <div class="fail">
            <div class="err">{icon("#i-alert", "i s")} <span>{reason.clone()}</span></div>
            <div class="retry">
                <button class="text-btn plain" type="button" on:click=scene.on(Msg::Delete(id.clone()))>
                    {scene.word(Word::Delete)}
                </button>
                {again}
            </div>
        </div>
    }
    .into_any()
}

fn block(scene: Scene, block: Block) -> AnyView {
    let Block::Paragraph(spans) = block;
    let spans = spans
        .into_iter()
        .map(|span| match span {
            Span::Text(text) => text.into_any(),
            Span::Break {} => view! { <br /> }.into_any(),
            Span::Link { href, text } => link(scene, href, text),
        })
        .collect_view();
    view! { <p>{spans}</p> }.into_any()
}

/// The edge lets four schemes through. Written as a property of data all the same, it is checked here again:
/// this is the one place where an agent's text becomes something that can be pressed.
fn link(scene: Scene, href: String, text: String) -> AnyView {
    let safe = ["https:", "http:", "mailto:", "tel:"].iter().any(|scheme| href.starts_with(scheme));
    if !safe {
        return text.into_any();
    }
    view! {
        <a href=href target="_blank" rel="noopener noreferrer">
            {text}
            <span class="hide">" " {scene.word(Word::OpensInNewTab)}</span>
        </a>
    }
    .into_any()
}
