//! What the widget knows, and what it does about what happens.
//!
//! It must never wait, ask the clock, or touch the browser: [`Model::update`] takes what happened and answers
//! with [`Effect`]s, which the shell performs without thinking.
//!
//! Start with [`Msg`] and [`Model::update`]; [`view`] says what is shown, [`thread`] keeps what was said,
//! [`rows`] lays it out.

pub mod composer;
pub mod heard;
pub mod idle;
pub mod pages;
pub mod rows;
mod site;
pub mod thread;
pub mod transcript;
pub mod view;
pub mod words;

use std::time::Duration;

use parlor_shared::{
    Timestamp,
    id::{MessageId, ResourceId},
    text::{MAX_CHARS, MessageText, TextError},
    wire::{Capabilities, Event},
};

use crate::{
    bridge::{ToFrame, ToPage},
    connection::machine::{Act, Identity, Input, Machine, Output, Status},
    digits::digits,
    pairs::Pairs,
    snapshot::{Entry, Kept, Unsent},
};
use composer::Composer;
use idle::Idle;
use pages::{Look, Looking};
use rows::Skew;
use thread::{Pending, Progress, Thread};
use view::Stage;
use words::{Word, Words};

#[cfg(test)]
mod tests;

/// What the frame's document says of its resource, but for the texts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Site {
    /// The resource.
    pub id: ResourceId,
    /// What the site calls itself.
    pub name: String,
    /// Something is asked before a conversation.
    pub asks: bool,
    /// Nothing may be kept before the visitor has agreed to it.
    pub consent: bool,
    /// The hub is closed, and a message may be left.
    pub leave_message: bool,
    /// A rating is asked for after the end.
    pub rating: bool,
    /// How soon somebody usually answers, in the visitor's words.
    pub reply: Option<String>,
}

/// What happens.
#[derive(Debug)]
pub enum Msg {
    /// The widget runs.
    Begin,
    /// The site's page said something.
    Page(ToFrame),
    /// The link, its timers, or the network said something.
    Link(Input),
    /// Another tab has read so far.
    Read(u64),
    /// What is to be kept cannot be, or can be again.
    Unkept(bool),
    /// The instant promised by [`Model::deadline`] has come.
    Tick,
    /// The composer's field was changed.
    Draft(String),
    /// The composer's field was left.
    Blur,
    /// Enter, or the button.
    Send,
    /// The form's button, and answers that count.
    Submit(Pairs),
    /// The document asks for something else than the edge.
    Stale,
    /// "Agree and continue".
    Agree,
    /// The button of the form for a message that is left.
    Leave(Pairs),
    /// "Write another message".
    WriteAnother,
    /// "Send rating".
    Rate {
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        note: Option<String>,
    },
    /// The menu's switch.
    Sound {
        /// As it is now.
        on: bool,
    },
    /// "Earlier conversations", or one of them.
    Look(Option<String>),
    /// The list of earlier conversations, as the edge tells it; empty where it did not.
    Listed(String),
    /// An earlier conversation.
    Told(Vec<Event>),
    /// The header's arrow.
    LookAway,
    /// A chip under the newest message.
    Choose(String),
    /// "Keep it open".
    Stay,
    /// A failed message is to be tried again.
    TryAgain(MessageId),
    /// A failed message is to go away.
    Delete(MessageId),
    /// The visitor does not want to wait for the link.
    TryNow,
    /// The visitor wants the newer widget.
    LoadAgain,
    /// The button of the menu.
    Menu,
    /// The visitor wants the conversation as a file.
    Transcript,
    /// The menu's item.
    AskEnd,
    /// The sheet's button.
    End,
    /// Escape, the sheet's other button, or a press beside the menu: the topmost layer goes.
    Back,
    /// The header's button.
    Minimise,
    /// After the end.
    StartNew,
    /// The thread was scrolled: so far is it from its end.
    Scrolled {
        /// Within one screen of the end.
        near: bool,
    },
    /// The pill.
    ToEnd,
}

/// What the shell is to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Something that the link needs.
    Link(Act),
    /// Write to the frame's storage.
    Keep(Entry),
    /// Empty the frame's storage. Nothing is kept any more.
    Forget,
    /// Say to the site's page.
    Tell(ToPage),
    /// Say to readers.
    Announce {
        /// What.
        text: String,
        /// Assertively.
        urgent: bool,
    },
    /// Move the focus, once the change shows.
    Focus(Target),
    /// Put this into the composer's field.
    Write(String),
    /// Give the conversation to the visitor as a file. The shell knows the calendar that it is written with.
    Transcript,
    /// Scroll to the newest message.
    ToEnd,
    /// Load the frame again.
    Reload,
    /// Ask the edge for earlier conversations.
    Look(Look),
}

/// Where the focus goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// The composer's field.
    Composer,
    /// The header: on phones, so that no keyboard jumps up.
    Header,
    /// The button of the menu.
    Menu,
    /// The menu's first item.
    Item,
    /// The place of a page that is drawn later where its reader begins: a heading, or the first field that is empty.
    Face,
    /// "Keep chatting".
    Sheet,
    /// "Start a new chat".
    StartNew,
}

/// What lies over the panel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layer {
    /// Nothing.
    None,
    /// "More options".
    Menu,
    /// "End this chat?"
    Sheet,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Model {
    words: Words,
    site: Site,
    machine: Machine,
    thread: Thread,
    composer: Composer,
    capabilities: Capabilities,
    /// What is kept may be kept.
    agreed: bool,
    /// A new message makes a sound.
    sound: bool,
    /// On this page none does: the site has said so, and there is nothing to switch.
    silent: bool,
    /// The address of whoever has just left a message.
    left: Option<String>,
    looking: Looking,
    /// The earlier conversations, as the edge tells them.
    list: Option<String>,
    /// The form was answered once.
    answered: bool,
    /// The answer that the edge does not take: the key of its field, and why.
    form: Option<(String, String)>,
    /// The edge did not begin a conversation for want of an answer.
    form_wanted: bool,
    /// The document is older than what the edge asks for.
    stale: bool,
    /// The conversation that was shown is not kept any more, and nothing was said since.
    gone: bool,
    /// The browser keeps nothing of what is said.
    unkept: bool,
    /// How the edge's clock differs from the visitor's.
    skew: Skew,
    layer: Layer,
    /// The panel is shown.
    open: bool,
    /// It fills the screen.
    full: bool,
    /// Highest sequence number seen with the panel open.
    read: u64,
    new_above: Option<u64>,
    /// The thread began at the top, where the greeting stood, and stays there until the panel is opened the next time: who
    /// joins must not move what is being read.
    top: bool,
    /// Highest sequence number taken.
    seq: u64,
    /// Events up to here are the past: not announced. Nothing before the first welcome of this page.
    past: Option<u64>,
    /// Events up to here came in one go with the latest welcome: not animated.
    replay: u64,
    typing: Option<Timestamp>,
    idle: Option<Idle>,
    /// The link's state was said to be bad.
    bad: bool,
    back_until: Option<Timestamp>,
    /// The thread is within a screen of its end.
    near_end: bool,
    /// Messages that came while it was not.
    below: u32,
    told_active: Option<bool>,
    told_unread: u32,
    /// The site asked for the texts of messages.
    tells_texts: bool,
}

impl Model {
    /// A widget that nothing has happened to.
    #[must_use]
    pub fn new(words: Words, site: Site, language: Option<String>, kept: Kept) -> Self {
        Self {
            words,
            machine: Machine::new(site.id.clone(), language, kept.identity, kept.walled_until),
            agreed: kept.agreed || !site.consent,
            sound: !kept.silent,
            silent: false,
            left: None,
            looking: Looking::No,
            list: None,
            site,
            thread: Thread::new(kept.unsent, kept.deleted),
            composer: Composer::new(kept.draft),
            capabilities: Capabilities::default(),
            answered: false,
            form: None,
            form_wanted: false,
            stale: false,
            gone: false,
            unkept: false,
            skew: Skew::default(),
            layer: Layer::None,
            open: false,
            full: false,
            read: kept.read,
            new_above: None,
            top: false,
            seq: 0,
            past: None,
            replay: 0,
            typing: None,
            idle: None,
            bad: false,
            back_until: None,
            near_end: true,
            below: 0,
            told_active: None,
            told_unread: 0,
            tells_texts: false,
        }
    }

    /// The words in use.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// How many frames and events were of kinds that this widget does not know.
    #[must_use]
    pub fn skipped(&self) -> u32 {
        self.machine.skipped()
    }

    /// Takes what happened. `dice` is any random number; message ids are made of it.
    pub fn update(&mut self, now: Timestamp, dice: u128, msg: Msg) -> Vec<Effect> {
        let mut step = Step { now, dice, effects: Vec::new() };
        self.take(&mut step, msg);
        self.settle(&mut step);
        if !self.agreed {
            step.effects.retain(|effect| !matches!(effect, Effect::Keep(_)));
        }
        step.effects
    }

    /// When [`Msg::Tick`] is wanted.
    #[must_use]
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let missing = match self.machine.status(now) {
            Status::Coming => self.machine.worth_a_word_at(),
            _ => None,
        };
        let sending = self
            .thread
            .pending
            .iter()
            .map(|pending| pending.message.at + rows::SENDING_SHOWS_AFTER)
            .find(|at| *at > now);
        [
            self.machine.deadline(),
            self.composer.deadline(),
            self.typing,
            // Figures that nobody sees need not change.
            self.idle.as_ref().filter(|_| self.open).and_then(|idle| idle.deadline(now)),
            self.back_until,
            missing,
            sending,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn take(&mut self, step: &mut Step, msg: Msg) {
        match msg {
            Msg::Begin => self.begin(step),
            Msg::Page(frame) => self.page(step, frame),
            Msg::Link(Input::Adopt(identity)) => self.adopt(step, identity),
            Msg::Link(input) => self.drive(step, input),
            Msg::Read(seq) => self.read = self.read.max(seq),
            Msg::Unkept(unkept) => {
                if unkept && !self.unkept {
                    step.announce(self.words.get(Word::Unkept).to_owned(), false);
                }
                self.unkept = unkept;
            }
            Msg::Tick => {
                self.drive(step, Input::Tick);
                let told = self.composer.tick(step.now);
                self.tell_typing(step, told);
                if self.typing.is_some_and(|until| until <= step.now) {
                    self.typing = None;
                }
                if self.back_until.is_some_and(|until| until <= step.now) {
                    self.back_until = None;
                }
            }
            Msg::Draft(text) => {
                step.effects.push(Effect::Keep(Entry::draft(&text)));
                let told = self.composer.changed(step.now, text);
                self.tell_typing(step, told);
            }
            Msg::Blur => {
                let told = self.composer.rest();
                self.tell_typing(step, told);
            }
            Msg::Send => self.send(step),
            Msg::Submit(answers) => self.submit(step, answers),
            Msg::Stale => self.stale = true,
            Msg::Agree => self.agree(step),
            Msg::Leave(answers) => self.leave(step, answers),
            Msg::WriteAnother => self.write_another(step),
            Msg::Rate { score, note } => self.rate(step, score, note),
            Msg::Sound { on } => self.set_sound(step, on),
            Msg::Look(at) => self.look(step, at),
            Msg::Listed(list) => self.listed(list),
            Msg::Told(events) => self.told(events),
            Msg::LookAway => self.look_away(step),
            Msg::Choose(text) => {
                if self.thread.choices().contains(&text) {
                    self.say(step, text);
                    self.focus_inside(step);
                }
            }
            Msg::Stay => {
                self.idle = None; // The edge says so too, or that it runs on.
                self.drive(step, Input::Stay);
                self.focus_inside(step);
            }
            Msg::TryAgain(id) => self.try_again(step, id),
            Msg::Delete(id) => self.delete(step, id),
            Msg::TryNow => self.drive(step, Input::Wake),
            Msg::LoadAgain => step.effects.push(Effect::Reload),
            Msg::Menu => {
                if self.layer == Layer::Menu {
                    self.back(step);
                } else {
                    self.layer = Layer::Menu;
                    step.effects.push(Effect::Focus(Target::Item));
                }
            }
            Msg::Transcript => {
                if self.layer == Layer::Menu {
                    self.back(step);
                }
                step.effects.push(Effect::Transcript);
            }
            Msg::AskEnd => {
                self.layer = Layer::Sheet;
                step.effects.push(Effect::Focus(Target::Sheet));
            }
            Msg::End => {
                self.layer = Layer::None;
                self.drive(step, Input::End);
                self.focus_inside(step);
            }
            Msg::Back => self.back(step),
            Msg::Minimise => step.effects.push(Effect::Tell(ToPage::Close {})),
            Msg::StartNew => self.start_new(step),
            Msg::Scrolled { near } => {
                self.near_end = near;
                if near {
                    self.below = 0;
                }
            }
            Msg::ToEnd => self.scroll_to_end(step),
        }
    }

    fn begin(&mut self, step: &mut Step) {
        let queued: Vec<(MessageId, String)> = self
            .thread
            .pending
            .iter()
            .map(|pending| (pending.message.id.clone(), pending.message.text.clone()))
            .collect();
        for (id, text) in queued {
            self.drive(step, Input::Say { id, text });
        }
        if self.machine.can_resume() {
            self.drive(step, Input::Resume);
        }
        if !self.composer.text.is_empty() {
            step.effects.push(Effect::Write(self.composer.text.clone()));
        }
        step.effects.push(Effect::Tell(ToPage::Ready {}));
        if !self.sound {
            step.effects.push(Effect::Tell(ToPage::Sound { on: false }));
        }
    }

    /// What this browser is to the edge has changed, in another tab.
    fn adopt(&mut self, step: &mut Step, identity: Identity) {
        if identity == Identity::default() && self.machine.has_identity() {
            // The site has reset the chat there: nothing of this visitor's stays here either.
            self.thread.pending.clear();
            self.composer.text.clear();
            step.effects.push(Effect::Write(String::new()));
        }
        self.drive(step, Input::Adopt(identity));
    }

    fn page(&mut self, step: &mut Step, frame: ToFrame) {
        match frame {
            ToFrame::Opened { page, full, focus, silent } => {
                self.machine.set_page(page);
                self.full = full;
                self.silent = silent;
                if !self.open {
                    self.open = true;
                    self.top = false;
                    if !self.can_end() {
                        self.look_back(step);
                    }
                    self.mark_new(self.read);
                    self.below = 0;
                    step.effects.push(Effect::ToEnd);
                }
                if focus {
                    self.focus_inside(step);
                }
            }
            ToFrame::Closed {} => {
                self.open = false;
                self.new_above = None;
                self.layer = Layer::None;
                self.looking = Looking::No;
            }
            asked => self.site_asks(step, asked),
        }
    }

    fn focus_inside(&mut self, step: &mut Step) {
        let target = match self.stage() {
            Stage::Greeting | Stage::Live if self.full => Target::Header,
            Stage::Greeting | Stage::Live => Target::Composer,
            Stage::Ended if !self.site.rating || self.thread.rated => Target::StartNew,
            _ => Target::Face,
        };
        step.effects.push(Effect::Focus(target));
    }

    fn back(&mut self, step: &mut Step) {
        match self.layer {
            Layer::None if !matches!(self.looking, Looking::No) => self.look_away(step),
            Layer::None => step.effects.push(Effect::Tell(ToPage::Close {})),
            Layer::Menu | Layer::Sheet => {
                self.layer = Layer::None;
                step.effects.push(Effect::Focus(Target::Menu));
            }
        }
    }

    fn scroll_to_end(&mut self, step: &mut Step) {
        self.near_end = true;
        self.below = 0;
        step.effects.push(Effect::ToEnd);
    }

    fn can_end(&self) -> bool {
        !self.thread.ended && self.machine.is_wanted()
    }

    fn tell_typing(&mut self, step: &mut Step, told: Option<bool>) {
        if let Some(on) = told
            && self.capabilities.visitor_typing
        {
            self.drive(step, Input::Typing(on));
        }
        if told.is_some() && self.capabilities.sneak_peek {
            self.drive(step, Input::Peek(self.composer.text.clone()));
        }
    }

    /// The form is asked for, and nothing has begun.
    fn asks(&self) -> bool {
        let first = self.thread.pending.is_empty() && !self.can_end();
        self.site.asks && !self.thread.ended && (first || self.form_wanted)
    }

    fn submit(&mut self, step: &mut Step, answers: Pairs) {
        if !self.asks() {
            return;
        }
        self.answered = true;
        self.form = None;
        self.form_wanted = false;
        self.drive(step, Input::Begin { answers, leave_message: false });
        self.focus_inside(step);
    }

    fn send(&mut self, step: &mut Step) {
        if self.thread.ended {
            return;
        }
        let text = match MessageText::parse(&MessageText::clean(&self.composer.text)) {
            Ok(text) => String::from(text),
            Err(TextError::TooLong { .. }) => {
                self.composer.too_long = true;
                let text = self.too_long();
                step.announce(text, true);
                return;
            }
            // Nothing is left after cleaning: there is nothing to say, and nothing to complain of.
            Err(_) => return,
        };
        let told = self.composer.rest();
        self.tell_typing(step, told);
        self.composer.text.clear();
        step.effects.push(Effect::Write(String::new()));
        step.effects.push(Effect::Keep(Entry::draft("")));
        self.say(step, text);
    }

    /// Shows, keeps and sends a message.
    fn say(&mut self, step: &mut Step, text: String) {
        let id = MessageId::from_random(step.dice);
        // Kept messages are put in order by their times, so two of one millisecond must differ.
        let at = match self.thread.pending.last() {
            Some(last) if last.message.at >= step.now => last.message.at + Duration::from_millis(1),
            _ => step.now,
        };
        self.gone = false;
        let message = Unsent { id: id.clone(), at, text: text.clone() };
        step.effects.push(Effect::Keep(Entry::unsent(&message)));
        self.thread.pending.push(Pending { message, refused: None });
        self.scroll_to_end(step);
        self.drive(step, Input::Say { id, text });
    }

    fn too_long(&self) -> String {
        let n = digits(MAX_CHARS as u64);
        self.words.fill(Word::FailedLong, &[("n", &n)])
    }

    fn try_again(&mut self, step: &mut Step, id: MessageId) {
        if self.thread.ended {
            return;
        }
        if let Some(progress) = self.thread.progress_of(&id) {
            if matches!(progress, Progress::Failed(_)) {
                *progress = Progress::Retried;
                self.drive(step, Input::Retry(id));
            }
        } else if let Some(at) =
            self.thread.pending.iter().position(|p| p.message.id == id && p.refused.is_some())
        {
            // It goes behind what was said since, as everything that is said again.
            let mut pending = self.thread.pending.remove(at);
            pending.refused = None;
            let text = pending.message.text.clone();
            self.thread.pending.push(pending);
            self.drive(step, Input::Say { id, text });
        }
        step.effects.push(Effect::Focus(Target::Composer));
    }

    fn delete(&mut self, step: &mut Step, id: MessageId) {
        let pending = &mut self.thread.pending;
        let before = pending.len();
        pending.retain(|p| p.message.id != id || p.refused.is_none());
        if pending.len() < before {
            step.effects.push(Effect::Keep(Entry::sent(&id)));
            self.drive(step, Input::Discard(id));
        } else if matches!(self.thread.progress_of(&id), Some(Progress::Failed(_))) {
            step.effects.push(Effect::Keep(Entry::deleted(&id, true)));
            self.thread.deleted.push(id);
        }
        step.effects.push(Effect::Focus(if self.thread.ended {
            Target::StartNew
        } else {
            Target::Composer
        }));
    }

    fn start_new(&mut self, step: &mut Step) {
        self.looking = Looking::No;
        if !self.thread.ended {
            return self.focus_inside(step);
        }
        self.list = None;
        self.left = None;
        self.look_back(step);
        // What the ended conversation did not take is not lost: it stands in the composer of the next.
        let mut draft = String::new();
        for pending in std::mem::take(&mut self.thread.pending) {
            step.effects.push(Effect::Keep(Entry::sent(&pending.message.id)));
            if !draft.is_empty() {
                draft.push('\n');
            }
            draft.push_str(&pending.message.text);
        }
        for id in std::mem::take(&mut self.thread.deleted) {
            step.effects.push(Effect::Keep(Entry::deleted(&id, false)));
        }
        self.drive(step, Input::Follow);
        self.composer.text = draft;
        step.effects.push(Effect::Keep(Entry::draft(&self.composer.text)));
        step.effects.push(Effect::Write(self.composer.text.clone()));
        self.focus_inside(step);
    }

    fn drive(&mut self, step: &mut Step, input: Input) {
        #[expect(clippy::cast_possible_truncation, reason = "any 64 bits of the dice will do")]
        self.machine.handle(step.now, step.dice as u64, input);
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Do(act) => step.effects.push(Effect::Link(act)),
                Output::Keep(identity) => {
                    step.effects.extend(Entry::identity(&identity).map(Effect::Keep))
                }
                Output::Walled(until) => step.effects.push(Effect::Keep(Entry::walled(until))),
                Output::Notice(notice) => self.notice(step, notice),
            }
        }
    }

    /// What follows from where things stand, whatever happened.
    fn settle(&mut self, step: &mut Step) {
        match self.machine.status(step.now) {
            Status::Down | Status::Unreached if !self.bad => {
                self.bad = true;
                self.back_until = None;
                self.typing = None;
                step.announce(self.words.get(Word::NoConnection).to_owned(), false);
            }
            Status::Up if self.bad => {
                self.bad = false;
                self.back_until = Some(step.now + BACK_SHOWS_FOR);
                step.announce(self.words.get(Word::ConnectedAgain).to_owned(), false);
            }
            Status::Unwanted => self.bad = false,
            _ => {}
        }
        if self.open
            && let Some(idle) = &mut self.idle
            && let Some(urgent) = idle.due(step.now)
        {
            let text = idle.said(step.now, &self.words);
            step.announce(text, urgent);
        }
        self.top |= self.can_end() && self.has_arrived() && self.thread.waits();
        if self.open {
            self.see_all(step);
        }
        let unread = match self.open {
            true => 0,
            false => u32::try_from(self.thread.unread_after(self.read)).unwrap_or(u32::MAX),
        };
        if unread != self.told_unread {
            self.told_unread = unread;
            step.effects.push(Effect::Tell(ToPage::Unread { count: unread }));
        }
        let active = self.can_end();
        // A conversation that is taken up again may have ended meanwhile: what the page was told before holds until
        // its log has come, or something waits to be said.
        let known =
            !self.machine.is_wanted() || self.has_arrived() || !self.thread.pending.is_empty();
        if known && self.told_active != Some(active) {
            self.told_active = Some(active);
            step.effects.push(Effect::Tell(ToPage::Active { on: active }));
        }
    }

    /// The log has come as far as it went when the link was up.
    fn has_arrived(&self) -> bool {
        self.past.is_some_and(|past| self.seq >= past)
    }

    fn see_all(&mut self, step: &mut Step) {
        // While the past still arrives, what was read before must stay known.
        if self.has_arrived() && self.seq > self.read {
            self.read = self.seq;
            step.effects.push(Effect::Keep(Entry::read(self.seq)));
        }
    }
}

struct Step {
    now: Timestamp,
    dice: u128,
    effects: Vec<Effect>,
}

impl Step {
    fn announce(&mut self, text: String, urgent: bool) {
        self.effects.push(Effect::Announce { text, urgent });
    }
}

/// Long enough to read two words.
const BACK_SHOWS_FOR: Duration = Duration::from_secs(2);
