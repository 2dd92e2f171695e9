//! The thread. Readers walk through it as a log; what is new in it is announced elsewhere, once and in words,
//! so the log itself stays silent: a bubble that changes its mark would be read again.

use std::cell::RefCell;

use parlor_shared::wire::{Block, Span};
use web_sys::Element;

use super::{
    Scene, THREAD,
    follow::follow,
    header::avatar,
    near_end,
    node::{Node, button, el, icon, set, target},
    part::part,
};
use crate::{
    codec,
    state::{
        Msg,
        heard::listed,
        rows::{Body, Content, Look, Mark, Row, Side},
        view::View,
        words::Word,
    },
};

/// Everything that was said.
pub fn thread(scene: Scene) -> Node {
    let log = el("div", "thread")
        .with("id", THREAD)
        .with("role", "log")
        .with("aria-live", "off")
        .say("aria-label", scene, Word::Conversation)
        .with("tabindex", "0")
        .bind(scene, |thread, view| {
            let class = if view.top { "thread top" } else { "thread" };
            set(thread, "class", class);
        })
        .on(
            "scroll",
            Box::new(move |event| {
                if let Some(thread) = target::<Element>(&event) {
                    scene.send(Msg::Scrolled { near: near_end(&thread) });
                }
            }),
        )
        .add(el("div", "rows").add_all(vec![
            list(scene),
            part(scene, "queue", codec::queue_shown),
            chips(scene),
            dots(scene),
            part(scene, "after", codec::after_shown),
        ]));
    el("div", "well").add(log).add(pill(scene))
}

/// The rows. One whose key stays keeps its element, and with it the focus and a selection inside.
fn list(scene: Scene) -> Node {
    let list = el("div", "list");
    let element = list.0.clone();
    let shown: RefCell<Vec<(Row, Element)>> = RefCell::default();
    let draw_all = move |view: &View| {
        let mut old = std::mem::take(&mut *shown.borrow_mut());
        let mut new = Vec::with_capacity(view.rows.len());
        let mut before = element.first_element_child();
        for row in &view.rows {
            // Rows seldom move, so the one that is looked for is nearly always the first.
            let found = old.iter().position(|(known, _)| known.key == row.key);
            let node = match found.map(|at| old.remove(at)) {
                Some((known, node)) if known == *row => node,
                Some((known, node)) => {
                    let new = change(scene, &known, row, node.clone());
                    if before.as_ref() == Some(&node) {
                        // What follows is placed before this one, which must be in the document.
                        before = Some(new.clone());
                    }
                    new
                }
                None => draw(scene, row),
            };
            if before.as_ref() == Some(&node) {
                before = node.next_element_sibling();
            } else {
                let next = before.as_ref().map(AsRef::as_ref);
                let _ = element.insert_before(&node, next);
            }
            new.push((row.clone(), node));
        }
        for (_, gone) in old {
            gone.remove();
        }
        shown.replace(new);
    };
    follow(scene, Box::new(draw_all));
    list
}

/// A row that says something else than before. A bubble whose words stay only changes its looks.
fn change(scene: Scene, known: &Row, row: &Row, node: Element) -> Element {
    if let Content::Bubble { look, body, .. } = &row.content
        && let Content::Bubble { body: before, .. } = &known.content
        && body == before
    {
        if let Some(bubble) = node.last_element_child() {
            set(&bubble, "class", bubble_class(*look));
        }
        return node;
    }
    let new = draw(scene, row);
    let _ = node.replace_with_with_node_1(&new);
    new
}

fn draw(scene: Scene, row: &Row) -> Element {
    let node = match &row.content {
        Content::Day(text) => el("div", "day").text(text),
        Content::New(text) => el("div", "new").text(text),
        Content::Note { text, avatar: picture } => el("div", "note")
            .add_all(picture.iter().map(|picture| avatar(picture, "av s")).collect())
            .add(el("span", "").text(text)),
        Content::Masked(text) => el("div", "masked").add(icon("#i-lock", "i s")).text(text),
        Content::Transfer { title, text, pair } => {
            let faces = pair.iter().map(|(from, to)| {
                el("span", "pair")
                    .add(avatar(from, "av"))
                    .add(icon("#i-arrow", "i s flip"))
                    .add(avatar(to, "av"))
            });
            el("div", "card handover")
                .add_all(faces.collect())
                .add(el("p", "").add(el("b", "").text(title)).text(text))
        }
        Content::Bubble { author, body, look, fresh } => {
            let side = match look {
                Look::In => "in",
                Look::Out | Look::Waiting | Look::Failed => "out",
            };
            let class = ["say ", side, if *fresh { " fresh" } else { "" }].concat();
            let bubble = el("div", bubble_class(*look)).with("dir", "auto");
            let bubble = match body {
                Body::Text(text) => bubble.text(text),
                Body::Withdrawn(text) => bubble.add(el("em", "gone").text(text)),
                Body::Blocks(blocks) => {
                    bubble.add_all(blocks.iter().filter_map(|block| drawn(scene, block)).collect())
                }
            };
            el("div", &class).add(el("span", "hide").text(author)).add(bubble)
        }
        Content::Foot { side, time, auto, mark, avatar: picture } => {
            let foot = el(
                "div",
                match side {
                    Side::In => "meta in",
                    Side::Out => "meta out",
                },
            );
            let foot = match picture {
                Some(picture) => foot.add(avatar(picture, "av m")),
                None => foot,
            };
            let foot = foot.add(el("span", "").text(time));
            let dot = || el("span", "sep").with("aria-hidden", "true").text("·");
            let foot = match auto {
                Some(auto) => foot.add(dot()).add(el("span", "").text(auto)),
                None => foot,
            };
            match mark {
                Some(mark) => {
                    let drawing = match mark {
                        Mark::Sending | Mark::Waiting => "#i-clock",
                        Mark::Sent => "#i-check",
                        Mark::Delivered => "#i-checks",
                    };
                    foot.add(dot())
                        .add(icon(drawing, "i s"))
                        .add(el("span", "").text(scene.word(mark.word())))
                }
                None => foot,
            }
        }
        Content::Failure { id, reason, again } => {
            let (one, other) = (id.clone(), id.clone());
            let retry = el("div", "retry").add(
                button("text-btn plain")
                    .text(scene.word(Word::Delete))
                    .press(scene, move || Msg::Delete(one.clone())),
            );
            let retry = match again {
                true => retry.add(
                    button("text-btn")
                        .add(icon("#i-retry", "i s"))
                        .text(scene.word(Word::TryAgain))
                        .press(scene, move || Msg::TryAgain(other.clone())),
                ),
                false => retry,
            };
            el("div", "fail").add(problem(reason)).add(retry)
        }
    };
    node.0
}

/// What went wrong, with its icon.
pub fn problem(text: &str) -> Node {
    el("div", "err").add(icon("#i-alert", "i s")).add(el("span", "").text(text))
}

fn bubble_class(look: Look) -> &'static str {
    match look {
        Look::In | Look::Out => "b",
        Look::Waiting => "b wait",
        Look::Failed => "b bad",
    }
}

/// Choices are no part of the bubble: they are drawn under it while they can be chosen.
fn drawn(scene: Scene, block: &Block) -> Option<Node> {
    Some(match block {
        Block::Choices(_) => return None,
        Block::Paragraph(spans) => line(scene, el("p", ""), spans),
        Block::List { ordered, items } => {
            items.iter().fold(el(if *ordered { "ol" } else { "ul" }, ""), |list, item| {
                list.add(line(scene, el("li", ""), item))
            })
        }
        Block::Code(text) => el("pre", "").text(text),
    })
}

fn line(scene: Scene, around: Node, spans: &[Span]) -> Node {
    spans.iter().fold(around, |around, span| match span {
        Span::Text(text) => around.text(text),
        Span::Break {} => around.add(el("br", "")),
        Span::Link { href, text } => link(scene, around, href, text),
        Span::Strong(spans) => around.add(line(scene, el("strong", ""), spans)),
        Span::Emphasis(spans) => around.add(line(scene, el("em", ""), spans)),
        Span::Code(text) => around.add(el("code", "").text(text)),
    })
}

/// The edge lets four schemes through. It is checked here again: this is the one place where an agent's text
/// becomes something that can be pressed.
fn link(scene: Scene, paragraph: Node, href: &str, text: &str) -> Node {
    let safe = ["https:", "http:", "mailto:", "tel:"].iter().any(|scheme| href.starts_with(scheme));
    if !safe {
        return paragraph.text(text);
    }
    let hint = [" (", scene.word(Word::OpensInNewTab), ")"].concat();
    paragraph.add(
        el("a", "")
            .with("href", href)
            .with("target", "_blank")
            .with("rel", "noopener noreferrer")
            .text(text)
            .add(el("span", "hide").text(&hint)),
    )
}

/// What may be answered with one press, at the side where the answer will stand.
fn chips(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| {
            let mut key = String::new();
            listed(&view.choices, "\n", &mut key);
            key
        },
        |scene, view| {
            let chip = |choice: &String| {
                let said = choice.clone();
                button("chip")
                    .with("dir", "auto")
                    .text(choice)
                    .press(scene, move || Msg::Choose(said.clone()))
            };
            let chips = el("div", "chips")
                .with("role", "group")
                .say("aria-label", scene, Word::QuickReplies)
                .add_all(view.choices.iter().map(chip).collect());
            if view.choices.is_empty() { Vec::new() } else { vec![chips] }
        },
    )
}

fn dots(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| view.typing.clone().unwrap_or_default(),
        |_, view| {
            let Some(name) = &view.typing else {
                return Vec::new();
            };
            let dots = el("div", "b typing")
                .with("role", "img")
                .with("aria-label", name)
                .add_all((0..3).map(|_| el("i", "")).collect());
            let picture = view.avatar.as_ref().map(|picture| avatar(picture, "av m"));
            vec![el("div", "say in dots").add_all(picture.into_iter().collect()).add(dots)]
        },
    )
}

fn pill(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| view.pill.clone().unwrap_or_default(),
        |scene, view| {
            let Some(text) = &view.pill else {
                return Vec::new();
            };
            let pill = button("btn small")
                .add(icon("#i-down", "i s"))
                .text(text)
                .press(scene, || Msg::ToEnd);
            vec![el("div", "jump").add(pill)]
        },
    )
}
