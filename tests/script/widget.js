// What stands behind the link in each tab: as much of the widget's machine as others can see. It says hello with what it
// has, says again what was not acknowledged, pings, and opens the link anew when it is lost. What the machine would
// swallow and a good link never does (a gap, a welcome that nobody asked for) is written down as wrong.
import { script } from "./browser.js";

const OPENED = 1;
const TEXT = 2;
const MOVED = 4000;

const ATTEMPT = 8_000;
const PING_EVERY = 30_000;
const PONG_WITHIN = 10_000;
const STABLE_AFTER = 10_000;

const plain = script("socket.js");
export const ours = { link: script("link.js"), socket: plain };

// What the tabs keep together: messages that are not acknowledged, by id.
export const shelf = () => new Map();

export class Widget {
  shown = [];
  phase = "waiting";
  codes = []; // What its links ended with.
  #told = 0;
  #timer;
  #failures = 0;
  #since;

  constructor(tab, unsent, { link, socket } = ours) {
    this.tab = tab;
    this.unsent = unsent;
    this.outbox = new Map(unsent);
    const globals = tab.globals();
    this.hub = link(...globals);
    this.plain = socket(...globals).socket;
    this.#connect();
  }

  get cursor() {
    return this.shown.length;
  }

  say(id) {
    const frame = JSON.stringify({ say: { id, text: id } });
    this.outbox.set(id, frame);
    this.unsent.set(id, frame);
    if (this.phase === "linked") this.#send(frame);
  }

  // The visitor looks at the page again.
  wake() {
    if (this.phase === "waiting") this.#connect();
    else if (this.phase === "linked") this.#ping();
  }

  // The site takes the widget away, or the visitor is forgotten.
  leave() {
    this.#close();
    this.#after(undefined);
    this.phase = "left";
  }

  #wrong(what) {
    this.tab.browser.blame(`tab ${this.tab.id}: ${what}`);
  }

  #after(delay, run) {
    const { browser } = this.tab;
    if (this.#timer) this.#timer.run = this.#timer.task = undefined;
    this.#timer = delay === undefined ? undefined : this.tab.task(delay, run);
    return browser;
  }

  #close() {
    this.#told += 1;
    this.link?.close();
    this.link = undefined;
  }

  #send(text) {
    this.link?.send(text);
  }

  #connect() {
    this.phase = "connecting";
    this.#close();
    const mine = this.#told;
    this.#after(ATTEMPT, () => this.#hung());
    const tell = (what, text) => mine === this.#told && this.#hear(what, text);
    this.tab.task(this.tab.browser.roll(5), () => {
      if (mine === this.#told) this.link = this.hub.dial({ conversation: "c", token: "t", shares: true }, tell, this.plain);
    });
  }

  #hung() {
    this.#close();
    this.#lost();
  }

  #lost() {
    const { now, roll } = this.tab.browser;
    if (this.phase === "linked" && now - this.#since >= STABLE_AFTER) this.#failures = 0;
    this.phase = "waiting";
    const delay = Math.min(500 * 2 ** this.#failures, 8_000);
    this.#failures += 1;
    this.#after(delay / 2 + roll(delay / 2), () => this.#connect());
  }

  #due() {
    this.#after(PING_EVERY, () => this.#ping());
  }

  #ping() {
    this.#send("ping");
    this.#after(PONG_WITHIN, () => this.#hung());
  }

  #hear(what, text) {
    this.tab.browser.hint(this.tab, () => `is told ${what} ${text}`);
    if (what === OPENED) {
      if (this.phase !== "connecting") return; // Asked twice, answered twice.
      this.phase = "greeting";
      this.#after(ATTEMPT, () => this.#hung());
      this.#send(JSON.stringify({ hello: { version: 1, after: this.cursor } }));
    } else if (what === TEXT) {
      if (this.phase !== "linked" && this.phase !== "greeting") return this.#wrong(`told something while ${this.phase}`);
      if (this.phase === "linked") this.#due();
      if (text !== "pong") this.#frame(JSON.parse(text));
    } else {
      this.codes.push(what);
      if (what === MOVED && !this.#failures) {
        this.#failures = 1;
        return this.#connect();
      }
      // The link is over by itself; nothing of it is heard any more.
      this.#told += 1;
      this.link = undefined;
      this.#lost();
    }
  }

  #frame({ welcome, event, accepted }) {
    if (welcome) {
      if (this.phase !== "greeting") return this.#wrong("a welcome that it did not ask for");
      if (welcome.last < this.cursor) this.#wrong(`a log of ${welcome.last} where it has ${this.cursor}`);
      this.phase = "linked";
      this.#since = this.tab.browser.now;
      this.#due();
      for (const frame of this.outbox.values()) this.#send(frame);
    } else if (event) {
      if (this.phase !== "linked") return this.#wrong("an event before the welcome");
      const { seq, what } = event;
      if (what.visitor) this.#sent(what.visitor.id);
      if (seq === this.cursor + 1) this.shown.push(what.visitor?.id ?? what.agent);
      else if (seq > this.cursor) this.#wrong(`event ${seq} where it has ${this.cursor}`);
    } else {
      if (accepted.seq > this.cursor) this.#wrong(`${accepted.id} acknowledged before it was shown`);
      this.#sent(accepted.id);
    }
  }

  #sent(id) {
    this.outbox.delete(id);
    this.unsent.delete(id);
  }
}
