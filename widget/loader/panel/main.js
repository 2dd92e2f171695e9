// All of the loader that is not needed to paint the launcher: what `window.Parlor` can do, and what the panel is. It is
// fetched when somebody wants the chat, when the site's script asks for something, or when the tag says more than
// parlor.js understands. `core` is what parlor.js shares; the object returned here answers its calls by name.
import { RESOURCE, read } from "./attributes.js";
import { problem, reporter } from "./errors.js";
import { check } from "./arguments.js";
import { frame as frameOf } from "./frame.js";
import { bubble } from "./hint.js";
import { INLINE, look } from "./look.js";
import { notices as noticesOf } from "./notices.js";
import { screen as screenOf } from "./screen.js";
import { open as openStore } from "./store.js";
import { words as wordsOf } from "./words.js";

// Events that there are; docs/EMBEDDING.md and parlor.d.ts tell what comes with each.
const EVENTS = ["ready", "opened", "closed", "conversation-started", "conversation-ended", "message-sent",
  "message-received", "unread", "agent-joined", "page-event", "error"];

export default async (core) => {
  const { set, root, launcher, host, emit, signal, edge } = core;
  if (signal.aborted) throw problem("destroyed", "the chat was destroyed");
  read(core);
  const words = wordsOf(core);
  await words.speak();
  if (signal.aborted) throw problem("destroyed", "the chat was destroyed");
  const { word } = words;
  core.name = () => {
    if (core.opened) return word("minimise");
    return [word("open_chat"), core.unread && word("unread", core.unread)].filter(Boolean).join(", ");
  };
  core.show();
  const wrong = reporter(core);
  const store = openStore(core, wrong);
  for (const name of core.listeners.keys()) {
    if (!EVENTS.includes(name)) core.warn(`there is no event "${name}". There are ${EVENTS.join(", ")}.`);
  }
  const side = set.side ?? "end";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look(side, Number(set.offset ?? 20)) + (set.into ? INLINE : ""));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

  // What the site has said, for every frame there will be.
  const facts = {};
  let identity;
  let theme = set.theme;
  let active = core.agreed && core.recall("active") === "1";
  let opener; // What the focus returns to.
  const refused = set.resource ? undefined
    : wrong("resource_malformed", `data-resource="${core.data.resource ?? ""}" must be ${RESOURCE}.`);

  const timers = [];
  signal.addEventListener("abort", () => timers.forEach(clearTimeout));
  const after = (seconds, run) => timers.push(setTimeout(run, seconds * 1000));
  const screen = screenOf(core, () => tell(false));
  const hint = bubble(core, word);
  const notices = noticesOf(core, word, () => panel.open());
  const frame = frameOf(core, words, wrong, () => [
    { texts: { on: set.messageText === "on" } },
    ...(theme ? [{ theme: { scheme: theme } }] : []),
    ...(Object.keys(facts).length ? [{ attributes: { n: 0, set: facts } }] : []),
    ...(identity ? [{ identity: { n: 0, token: identity } }] : []),
    opened(again()),
  ]);

  // The focus was given to a frame whose document had not come. The browser forgets it with the document before, so that
  // the composer has a ring and the keys go elsewhere: it is given again.
  const again = () => {
    const inside = root.activeElement === core.frame;
    if (inside) {
      core.frame.blur();
      core.frame.focus();
    }
    return inside;
  };
  const opened = (focus) => (core.opened
    ? { opened: { page: location.origin + location.pathname, full: screen.full(), focus, inline: Boolean(set.into), silent: set.sound === "off", safe: screen.safe() } }
    : { closed: {} });
  const tell = (focus) => frame.post(opened(focus));

  const show = () => {
    core.show();
    const { box } = core;
    if (box) {
      if (core.opened && box.hidden) {
        box.hidden = false;
        box.getBoundingClientRect(); // What was not laid out once cannot open with a transition.
      }
      box.classList.toggle("open", core.opened);
    }
    if (set.into) host.hidden = !core.opened;
    screen.update();
  };
  const count = (unread) => {
    if (core.unread === unread) return;
    core.unread = unread;
    store.keep("unread", unread && String(unread));
    core.show();
    notices.unread();
    emit("unread", { count: unread });
  };

  // Who has not agreed is asked first.
  const agreed = (asks, focus) => {
    if (core.agreed) return;
    if (asks) {
      hint.consent(focus, (yes) => {
        hint.hide();
        if (yes) panel.consent(true).then(() => panel.open());
        else launcher.focus();
      });
    }
    throw problem("consent_required", "nothing is stored or connected before Parlor.consent(true)");
  };
  const usable = (asks, focus) => {
    if (signal.aborted) throw problem("destroyed", "the chat was destroyed");
    const hopeless = refused ?? frame.hopeless();
    if (hopeless) throw hopeless;
    agreed(asks, focus);
  };

  const appear = async (focus) => {
    if (set.into) place();
    usable(true, focus);
    const begun = frame.begin();
    if (!core.opened) {
      core.opened = true;
      core.said = set.label;
      hint.hide();
      notices.used();
      store.keep("open", "1");
      show();
      if (focus) core.frame.focus();
      tell(focus);
      emit("opened");
    }
    await begun.catch((error) => {
      if (host.hidden) vanish();
      throw error;
    });
  };
  const vanish = () => {
    if (!core.opened) return;
    const inside = root.activeElement;
    core.opened = false;
    show();
    store.keep("open");
    // Only where the focus was inside: a site that closes the panel by script keeps its own.
    if (inside && inside !== launcher) (opener?.isConnected ? opener : launcher).focus();
    tell(false);
    emit("closed");
  };

  // In an element of the site, which may come and go in a single-page app.
  const place = () => {
    const element = document.querySelector(set.into);
    if (!element) throw wrong("into_missing", `there is no element ${set.into} (data-into) on this page now. Call Parlor.open() once there is.`);
    if (host.parentNode === element) return;
    frame.end();
    host.popover = null;
    launcher.hidden = true;
    element.append(host);
  };

  const panel = {
    open: async () => appear(true),
    close: async () => vanish(),
    toggle: async () => (core.opened ? vanish() : appear(true)),
    async show() {
      host.hidden = false;
    },
    async hide() {
      vanish();
      host.hidden = true;
    },

    async consent(given) {
      check.boolean("consent", "given", given);
      if (given === core.agreed) return;
      if (given) {
        core.agreed = true;
        if (set.consent === "required") store.keep("consent", "1");
        hint.hide();
        if (set.into) await appear(false);
        return;
      }
      await panel.reset();
      store.clear();
      core.agreed = false;
      set.consent = "required";
    },
    async identify(who) {
      const { token, ...rest } = Object(who);
      const told = check.facts("identify", "who", token === undefined ? who : rest);
      if (token !== undefined) check.token("identify", "who.token", token);
      await remember(told);
      if (token === undefined) return;
      identity = token;
      if (frame.isReady()) await frame.ask("identity", { token });
    },
    async setAttributes(attributes) {
      await remember(check.facts("setAttributes", "attributes", attributes));
    },
    async setLocale(locale) {
      check.locale("setLocale", "locale", locale);
      set.locale = locale;
      await words.speak();
      core.show();
      if (!core.frame) return;
      // The frame is written in one language: another one is another document.
      frame.end();
      await frame.begin();
    },
    async setTheme(next) {
      check.oneOf("setTheme", "theme", next, ["light", "dark", "follow"]);
      theme = next;
      sheet.insertRule(`:host{color-scheme:${core.scheme(theme)}!important}`, sheet.cssRules.length);
      frame.post({ theme: { scheme: theme } });
    },
    async send(text) {
      check.text("send", "text", text, 4_000);
      usable();
      await frame.ask("say", { text });
    },
    async post(event) {
      check.event("post", event);
      const { eventSourceKey, payload = {} } = event;
      await remember(Object.fromEntries(
        Object.entries(check.facts("post", "event.payload", payload)).map(([name, value]) => [`${eventSourceKey}.${name}`, value]),
      ));
    },
    async reset() {
      if (signal.aborted) throw problem("destroyed", "the chat was destroyed");
      if (refused) throw refused;
      for (const name of Object.keys(facts)) delete facts[name];
      identity = undefined;
      vanish();
      hint.hide();
      try {
        // What the frame keeps only the frame can erase.
        if (core.agreed && (core.frame || set.persistence !== "none")) await frame.ask("reset");
      } finally {
        frame.end();
        hear.active({ on: false });
        count(0);
        hear.forget();
        store.keep("open");
      }
    },

    // Somebody means to: the frame that parlor.js has made is under way, and is watched.
    prepare() {
      if (core.frame) quietly(frame.begin());
    },

    // Something of this chat has changed in another tab, which has stored it: what is unread and open is so everywhere.
    elsewhere(name) {
      const value = core.recall(name);
      if (name === "unread") count(Number(value));
      if (name === "active") hear.active({ on: value === "1" });
      if (name === "open" && active && !set.into && !screen.full()) value ? quietly(appear(false)) : vanish();
    },

    // A message of the frame, from parlor.js, which has checked where it comes from.
    take(data) {
      if (signal.aborted) return;
      for (const [name, detail] of Object.entries(data ?? {})) {
        if (Object.hasOwn(hear, name)) hear[name](detail);
      }
    },
    blocked: (event) => frame.blocked(event),
  };

  const remember = async (told) => {
    if (signal.aborted) throw problem("destroyed", "the chat was destroyed");
    for (const [name, value] of Object.entries(told)) {
      if (value === null) delete facts[name];
      else facts[name] = value;
    }
    if (frame.isReady()) await frame.ask("attributes", { set: facts });
  };

  const quietly = (promise) => promise.catch(() => {});
  const text = ({ text }) => (set.messageText === "on" && typeof text === "string" ? { text } : {});
  const hear = {
    progress: ({ stage }) => frame.progress(stage),
    failed: ({ code }) => frame.failed(code),
    identity: ({ code }) => wrong(code, `the edge does not take who the visitor is: ${code}. docs/IDENTITY.md says what to do.`),
    ready() {
      frame.ready();
      emit("ready");
    },
    // In an element of the site there is nowhere to go.
    close: () => set.into || vanish(),
    unread: ({ count: unread }) => count(unread),
    active({ on }) {
      if (on === active) return;
      active = on;
      store.keep("active", on && "1");
      emit(on ? "conversation-started" : "conversation-ended");
    },
    done: ({ n }) => frame.answered(n),
    refused: ({ n, code }) => frame.answered(n, code),
    sent(detail) {
      notices.used();
      notices.ask();
      emit("message-sent", text(detail));
    },
    received(detail) {
      after(0.05, notices.received); // The count comes in the same breath, behind this.
      emit("message-received", text(detail));
    },
    joined: ({ name }) => emit("agent-joined", { name }),
    page_event({ key, data }) {
      let payload = data;
      try {
        payload = JSON.parse(data);
      } catch {
        // A desk may send plain text.
      }
      emit("page-event", { eventSourceKey: key, payload });
    },
    sound: ({ on }) => notices.mute(!on),
    // For the launcher of the pages to come: this one is painted.
    accent: ({ colours }) => store.keep("accent", colours),
    // The browser gives the frame no storage: this page's is lent to it.
    recall() {
      wrong("frame_storage_blocked", "this browser gives the chat's frame no storage of its own, so this site's storage keeps the conversation's token; scripts of this site can read it. data-persistence=\"none\" turns that off.");
      core.frame?.contentWindow?.postMessage({ kept: store.all("kept.") }, edge);
    },
    keep: ({ key, value }) => store.keep(`kept.${key}`, value),
    forget() {
      for (const name of Object.keys(store.all("kept."))) store.keep(`kept.${name}`);
    },
  };

  // What the tag asks for now -------------------------------------------------------------------------------------
  if (refused) return panel;
  if (core.unread) notices.unread();
  // An attribute that was no selector: then as if it were not there.
  launcher.hidden = Boolean(set.button || set.into);
  if (!set.into && !host.isConnected) {
    document.body.append(host);
    host.showPopover?.();
  }
  panel.prepare();
  if (set.into) quietly(appear(false));
  if (set.button) {
    const pressed = ({ target }) => target instanceof Element && target.closest(set.button);
    document.addEventListener("click", (event) => {
      const button = pressed(event);
      if (!button) return;
      event.preventDefault();
      opener = button;
      quietly(panel.toggle());
    }, { signal });
    for (const name of ["pointerover", "focusin", "touchstart"]) {
      document.addEventListener(name, (event) => {
        if (pressed(event) && core.agreed) quietly(frame.begin());
      }, { signal, passive: true });
    }
  }
  if (!set.into) {
    if (set.openAfter && !store.recallForTab("greeted")) {
      after(Number(set.openAfter), () => {
        store.keepForTab("greeted", "1");
        // Nobody asked for it: it takes neither the focus nor the whole screen.
        if (core.agreed && !core.opened && !screen.full()) quietly(appear(false));
      });
    }
    if (set.hint && !store.recallForTab("hinted")) {
      after(Number(set.hintAfter ?? 3), () => {
        if (core.opened || host.hidden || launcher.hidden) return;
        hint.hint({
          title: set.hintTitle,
          text: set.hint,
          seconds: Number(set.hintFor ?? 0),
          onOpen: () => quietly(panel.open()),
          onDismiss: () => store.keepForTab("hinted", "1"),
        });
      });
    }
    // It was open on the page before.
    if (active && !screen.full() && core.recall("open")) quietly(appear(false));
  }
  return panel;
};
