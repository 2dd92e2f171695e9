// A browser in a box: tabs, locks, channels and sockets on one clock that only the test turns, and an edge as
// docs/PROTOCOL.md has it. Nothing here knows how link.js goes about its work.
import { readFileSync } from "node:fs";

const source = (name) => readFileSync(new URL(`../../widget/${name}`, import.meta.url), "utf8");

// A script of the widget's, as a function of what a browser gives it. Each call is another document's own copy.
export const script = (name, change = (text) => text) => {
  const text = change(source(name));
  if (/^import /m.test(text)) throw new Error(`${name} imports something: it can no longer be played alone`);
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, it]) => it);
  const body = `"use strict";\n${text.replace(/^export /gm, "")}\nreturn { ${names} };`;
  return new Function(...GLOBALS, body);
};

const GLOBALS = [
  "addEventListener", "AbortController", "AbortSignal", "BroadcastChannel", "clearTimeout", "crypto", "document", "fetch", "globalThis", "location",
  "navigator", "parent", "removeEventListener", "setTimeout", "WebSocket", "window",
];

// The same dice every time (mulberry32, Tommy Ettinger, public domain).
export const dice = (seed) => (limit) => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
};

// What is to happen, by time, and in the order of asking where times are the same.
export class Clock {
  now = 0;
  #heap = [];
  #count = 0;

  at(time, run) {
    const heap = this.#heap;
    const it = { time: Math.max(time, this.now), order: this.#count++, run };
    let place = heap.push(it) - 1;
    while (place) {
      const above = (place - 1) >> 1;
      if (!before(it, heap[above])) break;
      heap[place] = heap[above];
      place = above;
    }
    heap[place] = it;
    return it;
  }

  // Lets time pass. What promises have brought about happens between any two steps.
  async run(until, settle = soon) {
    const heap = this.#heap;
    while (heap.length && heap[0].time <= until) {
      const it = heap[0];
      const last = heap.pop();
      if (heap.length) this.#sink(last);
      if (!it.run) continue;
      this.now = it.time;
      it.run();
      await settle();
    }
    this.now = until;
  }

  #sink(it) {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1], heap[below])) below += 1;
      if (!before(heap[below], it)) break;
      heap[place] = heap[below];
      place = below;
    }
    heap[place] = it;
  }
}

const before = (one, other) => one.time < other.time || (one.time === other.time && one.order < other.order);
const soon = async () => {
  for (let hop = 0; hop < 4; hop += 1) await undefined;
};
// For what waits for an answer's body, which takes more than a few turns.
export const settled = () => new Promise((done) => setImmediate(done));

// One browser, one network, one edge with one conversation.
export class Browser extends Clock {
  tabs = [];
  wires = new Set();
  wrong = undefined; // The first thing that must not be.
  trace = [];
  loud = false;
  walled = false;
  slow = 0; // How much longer a socket takes to open.
  sockets = 0; // How many were made.
  #locks = new Map();
  #channels = new Set();
  #lanes = new Map();

  constructor(roll) {
    super();
    this.roll = roll;
    this.edge = new Edge(this);
  }

  // For whoever reads how it came about; what crosses a boundary only when asked.
  say(what) {
    this.trace.push(`${(this.now / 1000).toFixed(3)} ${what}`);
  }

  hint(tab, what) {
    if (this.loud) this.say(`    tab ${tab.id} ${what()}`);
  }

  blame(what) {
    this.say(`wrong: ${what}`);
    this.wrong ??= what;
  }

  // How long something is on its way: mostly a few milliseconds, sometimes long enough for everything to change.
  lag = () => 1 + this.roll(this.roll(8) ? 12 : 250);

  // What goes one way between two ends, each behind the one before.
  lane(name, run) {
    const time = Math.max(this.now + this.lag(), this.#lanes.get(name) ?? 0);
    this.#lanes.set(name, time);
    return this.at(time, run);
  }

  // The locks of all tabs, as the Web Locks specification has them.
  request(tab, name, options, callback) {
    this.hint(tab, () => `asks for the lock ${Object.keys(options)}`);
    let state = this.#locks.get(name);
    if (!state) this.#locks.set(name, (state = { held: undefined, queue: [] }));
    const asked = { tab, callback, options, state };
    const promise = new Promise((yes, no) => Object.assign(asked, { yes, no }));
    options.signal?.addEventListener("abort", () => {
      if (asked.given) return;
      asked.gone = true;
      state.queue = state.queue.filter((it) => it !== asked);
      asked.no(new Error("aborted"));
    });
    this.lane(`locks of ${tab.id}`, () => {
      if (tab.dead || asked.gone) return;
      const { held } = state;
      if (options.steal) {
        if (held) held.tab.task(0, () => (this.hint(held.tab, () => "has lost the lock"), held.no(new Error("stolen"))));
        this.#grant(asked);
      } else if (!held && !state.queue.length) {
        this.#grant(asked);
      } else if (options.ifAvailable) {
        tab.task(this.lag(), () => this.#call(asked, null));
      } else state.queue.push(asked);
    });
    return promise;
  }

  #grant(asked) {
    asked.state.held = asked;
    asked.tab.task(this.lag(), () => {
      if (asked.gone) return this.#release(asked);
      asked.given = true;
      this.#call(asked, { mode: "exclusive" });
    });
  }

  #call(asked, lock) {
    this.hint(asked.tab, () => (lock ? "has the lock" : "does not get the lock"));
    const done = () => this.lane(`locks of ${asked.tab.id}`, () => this.#release(asked));
    Promise.resolve(asked.callback(lock)).then((value) => {
      asked.yes(value);
      done();
    }, (error) => {
      asked.no(error);
      done();
    });
  }

  #release(asked) {
    const { state } = asked;
    if (state.held !== asked) return;
    state.held = undefined;
    const next = state.queue.shift();
    if (next) this.#grant(next);
  }

  channel(tab, name) {
    const it = {
      onmessage: undefined,
      postMessage: (data) => {
        if (it.closed) throw new Error("said over a channel that is closed");
        this.hint(tab, () => `tells the tabs ${JSON.stringify(data)}`);
        for (const other of this.#channels) {
          if (other === it || other.name !== name) continue;
          this.lane(`${tab.id} to ${other.tab.id}`, () => {
            // A page that stands still by the browser's will hears nothing; one that hangs hears it later.
            if (other.tab.frozen) return;
            other.tab.task(0, () => other.closed || other.onmessage?.({ data: { ...data } }));
          });
        }
      },
      close: () => {
        it.closed = true;
        this.#channels.delete(it);
      },
    };
    Object.assign(it, { tab, name });
    this.#channels.add(it);
    return it;
  }

  // Everything that a browser does for a tab that is no more.
  bury(tab) {
    for (const state of this.#locks.values()) {
      state.queue = state.queue.filter((it) => it.tab !== tab);
      if (state.held?.tab === tab) this.at(this.now + this.lag(), () => state.held?.tab === tab && this.#release(state.held));
    }
    for (const channel of this.#channels) if (channel.tab === tab) this.#channels.delete(channel);
    for (const wire of this.wires) if (wire.tab === tab) this.lose(wire);
  }

  socket(tab) {
    const wire = { tab, readyState: 0 };
    this.sockets += 1;
    wire.send = (text) => {
      if (wire.readyState !== 1) throw new Error("said over a socket that is not open");
      this.hint(tab, () => `sends ${text}`);
      this.lane(wire.up, () => wire.broken || this.edge.hear(wire, text));
    };
    wire.close = () => {
      wire.readyState = 3;
      this.wires.delete(wire);
      this.lane(wire.up, () => this.edge.links.delete(wire));
    };
    wire.up = { wire };
    wire.down = { wire };
    this.lane(wire.up, () => {
      if (wire.readyState === 3 || tab.dead) return;
      if (this.walled) return this.lose(wire);
      this.wires.add(wire);
      this.edge.links.set(wire, false);
      this.lane(wire.down, () => tab.task(this.slow, () => {
        if (wire.readyState) return;
        wire.readyState = 1;
        wire.onopen?.();
      }));
    });
    return wire;
  }

  // From the edge to the browser.
  tell(wire, text) {
    this.lane(wire.down, () => wire.broken || wire.tab.task(0, () => wire.readyState === 1 && wire.onmessage?.({ data: text })));
  }

  // A link that breaks; or one of which nobody is told that it has.
  lose(wire, quietly = false) {
    if (wire.broken) return;
    wire.broken = true;
    this.at(this.now + (quietly ? 60_000 : this.lag()), () => this.edge.links.delete(wire));
    if (quietly) return;
    this.wires.delete(wire);
    wire.tab.task(this.lag(), () => {
      if (wire.readyState === 3) return;
      wire.readyState = 3;
      wire.onclose?.({ code: 1006 });
    });
  }

  // The tabs that are awake and have a socket open.
  leaders() {
    const found = new Set();
    for (const { tab, readyState } of this.wires) if (readyState === 1 && tab.awake) found.add(tab);
    return found;
  }
}

// The conversation: its log is what counts.
class Edge {
  log = [];
  pings = 0;
  links = new Map(); // By wire: whether it has said hello.
  #seqs = new Map();
  #browser;

  constructor(browser) {
    this.#browser = browser;
  }

  append(what) {
    this.log.push({ seq: this.log.length + 1, at: this.#browser.now, what });
    for (const [wire, greeted] of this.links) if (greeted) this.#send(wire, { event: this.log.at(-1) });
    return this.log.length;
  }

  hear(wire, text) {
    if (text === "ping") {
      this.pings += 1;
      return this.#browser.tell(wire, "pong");
    }
    const { hello, say } = JSON.parse(text);
    if (hello) {
      this.links.set(wire, true);
      this.#send(wire, { welcome: { version: 1, conversation: "c", last: this.log.length, capabilities: {} } });
      for (const event of this.log.slice(hello.after)) this.#send(wire, { event });
    } else if (!this.links.get(wire)) {
      this.#browser.blame(`${say.text} came before a hello`);
    } else {
      let seq = this.#seqs.get(say.id);
      if (!seq) this.#seqs.set(say.id, (seq = this.append({ visitor: say })));
      this.#send(wire, { accepted: { id: say.id, seq } });
    }
  }

  #send(wire, frame) {
    this.#browser.tell(wire, JSON.stringify(frame));
  }
}

let names = 0;

// A tab: what its scripts are given, and what becomes of it.
export class Tab {
  state = "awake";
  #backlog = [];
  #heard = { freeze: new Set(), message: new Set(), pagehide: new Set(), storage: new Set() };

  constructor(browser) {
    this.browser = browser;
    this.id = browser.tabs.push(this);
  }

  get awake() {
    return this.state === "awake";
  }

  get dead() {
    return this.state === "dead";
  }

  get frozen() {
    return this.state === "frozen";
  }

  task(delay, run) {
    const it = this.browser.at(this.browser.now + delay, () => {
      if (this.awake) run();
      else if (!this.dead) this.#backlog.push(it);
    });
    it.task = run;
    return it;
  }

  // What its scripts are given; `more` is what a test gives besides.
  globals(more) {
    const { browser } = this;
    const tab = this;
    const on = (name, run) => this.#heard[name]?.add(run);
    const off = (name, run) => this.#heard[name]?.delete(run);
    let ids = 0;
    const given = {
      addEventListener: on,
      removeEventListener: off,
      document: { addEventListener: on, removeEventListener: off },
      AbortController,
      AbortSignal: { timeout: (ms) => this.#timeout(ms) },
      BroadcastChannel: function (name) {
        return browser.channel(tab, name);
      },
      clearTimeout: (it) => it && (it.run = it.task = undefined),
      setTimeout: (run, delay = 0, ...rest) => this.task(delay, () => run(...rest)),
      crypto: { randomUUID: () => `tab ${this.id}, ${(ids += 1)}`, getRandomValues: (it) => it.fill((names += 1)) },
      location: { origin: "https://edge.example" },
      navigator: { locks: { request: (name, options, callback) => browser.request(this, name, options, callback) } },
      WebSocket: function () {
        return browser.socket(tab);
      },
      ...more,
    };
    return GLOBALS.map((name) => given[name]);
  }

  // Something happens to its document.
  hears(name, event) {
    for (const heard of this.#heard[name]) heard(event);
  }

  #timeout(ms) {
    const cancel = new AbortController();
    this.task(ms, () => cancel.abort());
    return cancel.signal;
  }

  // The page is left; what may still run in it does not run long.
  hide() {
    this.hears("pagehide");
  }

  // It is left, and kept as it is until somebody comes back. Not every browser has another word for that.
  keep() {
    this.hide();
    this.state = "frozen";
  }

  // The browser stops the page, and says so before.
  freeze() {
    this.hears("freeze");
    this.state = "frozen";
  }

  // It does nothing for a while, and nobody was told.
  hang() {
    this.state = "hung";
  }

  wake() {
    this.state = "awake";
    for (const { task } of this.#backlog.splice(0)) if (task) this.task(0, task);
  }

  die() {
    this.state = "dead";
    this.browser.bury(this);
  }
}
