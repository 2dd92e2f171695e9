//! Joins the model to the browser: takes what happens one thing after another, performs the effects, shows the view.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Document, Element, HtmlElement, HtmlTextAreaElement, Window};

use crate::{
    bridge::port::Port,
    clock::{self, Local},
    codec::{self, Json},
    components::{self, Scene},
    connection::{
        http::Http,
        link::Links,
        machine::{Act, Input},
    },
    json::Browser,
    state::{Effect, Model, Msg, Target, words::Words},
    storage,
};

/// The running widget. Freed, it leaves nothing behind.
#[wasm_bindgen]
pub struct Handle {
    app: Rc<App>,
    root: HtmlElement,
}

/// Starts the widget in `#parlor`. `resource` is what the document says, with the time to an answer as `reply` in the
/// visitor's words; `texts` are those of the locale file with the resource's
/// own in their places, in the order of their keys; `locale` is a language tag for times and dates.
///
/// # Errors
/// A sentence for developers, where the document is not the one that the edge writes.
#[wasm_bindgen]
pub fn start(resource: JsValue, texts: JsValue, locale: &str) -> Result<Handle, JsValue> {
    let root: HtmlElement = element("parlor").ok_or("the document has no #parlor")?;
    let site = codec::site(&Browser(resource)).ok_or("the document names no resource")?;
    let texts = Browser(texts).items().unwrap_or_default();
    let words = Words(texts.iter().map(|text| text.text().unwrap_or_default()).collect());

    let scene = Scene::new(words.clone(), send);
    let app = Rc::new(App {
        model: RefCell::new(Model::new(words, site, Some(locale.to_owned()), storage::read())),
        queue: RefCell::default(),
        busy: Cell::new(false),
        scene,
        calendar: Local::new(locale),
        port: Port::open(send),
        http: Http::new(send),
        links: Links::new(send),
        timer: Cell::new(None),
        on_timer: Closure::new(|| send(Msg::Tick)),
        on_event: Closure::new(happened),
        on_said: Closure::new(|text: String| {
            if let Some(msg) = Browser::parse(&text).and_then(|value| codec::said(&value)) {
                send(msg);
            }
        }),
    });
    components::hear(&app.on_said);
    app.listen(true);
    APP.set(Some(Rc::clone(&app)));
    root.set_text_content(None);
    for part in components::panel(scene) {
        root.append_child(&part.0)?;
    }
    send(Msg::Begin);
    Ok(Handle { app, root })
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.app.listen(false);
        self.app.disarm();
        APP.set(None);
        self.root.set_text_content(None);
    }
}

/// The frame's window.
pub fn window() -> Window {
    web_sys::window().expect_throw("the widget runs in a document")
}

pub fn document() -> Document {
    window().document().expect_throw("the widget runs in a document")
}

fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The only way in. What happens while something is being handled waits its turn: moving the focus, for one,
/// makes the field that loses it speak.
fn send(msg: Msg) {
    let Some(app) = APP.with_borrow(Clone::clone) else {
        return;
    };
    app.queue.borrow_mut().push(msg);
    if app.busy.replace(true) {
        return;
    }
    loop {
        while let Some(msg) = app.next() {
            let effects = app.model.borrow_mut().update(clock::now(), clock::dice(), msg);
            for effect in effects {
                app.perform(effect);
            }
        }
        // Showing makes elements speak too: a field that is taken away with the focus in it is left.
        app.show();
        if app.queue.borrow().is_empty() {
            break;
        }
    }
    app.busy.set(false);
}

struct App {
    model: RefCell<Model>,
    queue: RefCell<Vec<Msg>>,
    busy: Cell<bool>,
    scene: Scene,
    calendar: Local,
    port: Option<Port>,
    http: Http,
    links: Links,
    timer: Cell<Option<i32>>,
    on_timer: Closure<dyn FnMut()>,
    on_event: Closure<dyn FnMut(web_sys::Event)>,
    on_said: Closure<dyn FnMut(String)>,
}

thread_local! {
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

/// What the window may say about network and attention.
const EVENTS: [&str; 4] = ["online", "offline", "pageshow", "focus"];

fn happened(event: web_sys::Event) {
    send(Msg::Link(match event.type_().as_str() {
        "offline" => Input::Offline,
        "visibilitychange" if document().hidden() => Input::Hidden,
        _ => Input::Wake,
    }));
}

impl App {
    fn next(&self) -> Option<Msg> {
        let mut queue = self.queue.borrow_mut();
        (!queue.is_empty()).then(|| queue.remove(0))
    }

    fn listen(&self, on: bool) {
        let callback = self.on_event.as_ref().unchecked_ref();
        for name in EVENTS {
            let _ = match on {
                true => window().add_event_listener_with_callback(name, callback),
                false => window().remove_event_listener_with_callback(name, callback),
            };
        }
        let _ = match on {
            true => document().add_event_listener_with_callback("visibilitychange", callback),
            false => document().remove_event_listener_with_callback("visibilitychange", callback),
        };
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Link(Act::Start(request)) => self.http.start(&request),
            Effect::Link(act) => self.links.act(&act),
            Effect::Keep(entry) => storage::write(&entry),
            Effect::Forget => storage::forget(),
            Effect::Tell(frame) => {
                if let Some(port) = &self.port {
                    port.tell(&frame);
                }
            }
            Effect::Announce { text, urgent } => components::announce(&document(), &text, urgent),
            Effect::Focus(target) => later(move || focus(target)),
            Effect::Write(text) => later(move || {
                if let Some(field) = element::<HtmlTextAreaElement>(components::FIELD) {
                    field.set_value(&text);
                    components::fit(&field);
                }
            }),
            Effect::Transcript => {
                components::download(&self.model.borrow().transcript(&self.calendar));
            }
            Effect::ToEnd => later(|| {
                if let Some(thread) = element::<Element>(components::THREAD) {
                    components::scroll_to_end(&thread);
                }
            }),
            Effect::Look(look) => self.http.look(&look),
            Effect::Reload => {
                let _ = window().location().reload();
            }
        }
    }

    fn show(&self) {
        let now = clock::now();
        let model = self.model.borrow();
        self.scene.show(model.view(now, &self.calendar));
        self.disarm();
        if let Some(at) = model.deadline(now) {
            // Browsers may fire up to a millisecond early; a wait longer than a day is cut short and set again.
            let wait = at.since(now).as_millis().min(86_400_000) + 1;
            let timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(
                self.on_timer.as_ref().unchecked_ref(),
                i32::try_from(wait).unwrap_or(i32::MAX),
            );
            self.timer.set(timer.ok());
        }
    }

    fn disarm(&self) {
        if let Some(timer) = self.timer.take() {
            window().clear_timeout_with_handle(timer);
        }
    }
}

/// Runs `task` once what changed is in the document.
fn later(task: impl FnOnce() + 'static) {
    let task = Closure::once_into_js(task);
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(task.unchecked_ref(), 0);
}

fn focus(target: Target) {
    let id = match target {
        Target::Composer => components::FIELD,
        Target::Header => components::HEAD,
        Target::Menu => components::MORE,
        Target::Item => components::ITEM,
        Target::Face => components::FACE,
        Target::Sheet => components::KEEP,
        Target::StartNew => components::START_NEW,
    };
    components::focus(id);
}
