//! The header, and the strip under it.

use web_sys::Element;

use super::{
    HEAD, MORE, Scene,
    node::{Node, button, el, icon, set, target, write},
    panel::is,
};
use crate::digits::digits;
use crate::state::{
    Msg,
    rows::Avatar,
    view::{Action, Stage, View},
    words::Word,
};

/// Who is there, and what can be done.
pub fn header(scene: Scene) -> Node {
    let picture = Node::region(
        scene,
        |view| match &view.avatar {
            _ if view.stage == Stage::Earlier => "none".to_owned(),
            Some(avatar) => {
                let picture = avatar.picture.as_deref().unwrap_or_default();
                [&avatar.letters, "/", &digits(avatar.pair), picture].concat()
            }
            None => String::new(),
        },
        |_, view| {
            if view.stage == Stage::Earlier {
                return Vec::new();
            }
            vec![match &view.avatar {
                Some(picture) => avatar(picture, "av"),
                None => el("span", "mark").with("aria-hidden", "true").add(icon("#glyph", "glyph")),
            }]
        },
    );
    let back = Node::region(
        scene,
        |view| is(backs(view)),
        |scene, view| match backs(view) {
            false => Vec::new(),
            true => vec![
                button("icon-btn back")
                    .say("aria-label", scene, Word::Back)
                    .add(icon("#i-back", "i flip"))
                    .press(scene, || Msg::LookAway),
            ],
        },
    );
    let who = Node::region(
        scene,
        |view| is(view.stage == Stage::Greeting),
        |scene, view| match view.stage {
            Stage::Greeting => Vec::new(),
            _ => vec![
                el("h1", "").bind(scene, |line, view| write(line, &view.title)),
                el("span", "").bind(scene, |line, view| write(line, &view.subtitle)),
            ],
        },
    );
    let more = Node::region(
        scene,
        |view| is(view.menu),
        |scene, view| {
            if !view.menu {
                return Vec::new();
            }
            vec![
                button("icon-btn")
                    .with("id", MORE)
                    .say("aria-label", scene, Word::MoreOptions)
                    .with("aria-haspopup", "menu")
                    .bind(scene, |button, view| {
                        let open = if view.menu_open.is_some() { "true" } else { "false" };
                        set(button, "aria-expanded", open);
                    })
                    .add(icon("#i-more", "i"))
                    .press(scene, || Msg::Menu),
            ]
        },
    );
    let minimise = button("icon-btn minimise")
        .say("aria-label", scene, Word::Minimise)
        .add(icon("#i-down", "i"))
        .press(scene, || Msg::Minimise);
    el("div", "head")
        .with("id", HEAD)
        .with("tabindex", "-1")
        .bind(scene, |head, view| {
            let class = match view.stage {
                Stage::Greeting => "head tall",
                Stage::Live | Stage::Ended | Stage::Earlier | Stage::Past => "head line",
                _ => "head",
            };
            set(head, "class", class);
        })
        .add(back)
        .add(picture)
        .add(el("div", "who").add(who))
        .add(el("div", "acts").add(more).add(minimise))
}

/// There is a page to go back to.
fn backs(view: &View) -> bool {
    matches!(view.stage, Stage::Earlier | Stage::Past)
}

/// What is wrong with the link. Readers hear it as an announcement.
pub fn banner(scene: Scene) -> Node {
    Node::region(
        scene,
        |view| view.banner.as_ref().map_or_else(String::new, |banner| banner.title.clone()),
        |scene, view| {
            let Some(banner) = &view.banner else {
                return Vec::new();
            };
            let (class, drawing) = match banner.action {
                Some(_) => ("banner", "#i-offline"),
                None => ("banner good", "#i-check"),
            };
            let words = el("div", "").add(el("b", "").text(&banner.title)).text(&banner.text);
            let action = banner.action.map(|action| {
                button("text-btn").text(scene.word(action.word())).press(
                    scene,
                    move || match action {
                        Action::TryNow => Msg::TryNow,
                        Action::LoadAgain => Msg::LoadAgain,
                    },
                )
            });
            let strip = el("div", class).add(icon(drawing, "i")).add(words);
            vec![strip.add_all(action.into_iter().collect())]
        },
    )
}

/// First letters, round. The name stands beside it.
pub fn avatar(avatar: &Avatar, size: &str) -> Node {
    let class = [size, " p", &digits(avatar.pair)].concat();
    let letters = el("span", &class).with("aria-hidden", "true").text(&avatar.letters);
    let Some(address) = &avatar.picture else {
        return letters;
    };
    // The letters stay underneath until the picture is there, and where it never comes.
    let picture = el("img", "").with("alt", "").with("referrerpolicy", "no-referrer");
    letters.add(
        picture
            .on(
                "error",
                Box::new(|event| {
                    if let Some(picture) = target::<Element>(&event) {
                        picture.remove();
                    }
                }),
            )
            .with("src", address),
    )
}
