// Storms over the tabs of one browser: seeded, and each the same in every run. They are played in a thread of their own,
// where nobody watches each promise: that makes them five times as fast.
import assert from "node:assert/strict";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { Browser, Tab, dice, script } from "./browser.js";
import { Widget, ours, shelf } from "./widget.js";

// One browser, and what is done to it.
class Storm {
  #said = 0;
  unsent = shelf();
  mine = new Map(); // What was said in each tab, in order.

  constructor(seed, scripts) {
    this.roll = dice(seed);
    this.scripts = scripts;
    this.browser = new Browser(this.roll);
  }

  open() {
    const tab = new Tab(this.browser);
    tab.task(0, () => (tab.widget = new Widget(tab, this.unsent, this.scripts)));
    this.browser.say(`tab ${tab.id} opens`);
    return tab;
  }

  say(tab) {
    const id = `m${(this.#said += 1)}`;
    this.mine.set(tab, [...(this.mine.get(tab) ?? []), id]);
    this.browser.say(`tab ${tab.id} says ${id}`);
    tab.widget.say(id);
  }

  answer() {
    this.browser.say("the agent answers");
    this.browser.edge.append({ agent: `a${(this.#said += 1)}` });
  }

  // Something happens to somebody; mostly to the tab that holds the link.
  act() {
    const { browser, roll } = this;
    const living = browser.tabs.filter((tab) => !tab.dead && tab.widget);
    const awake = living.filter((tab) => tab.awake);
    const leaders = [...browser.leaders()];
    const of = (tabs) => tabs[roll(tabs.length)];
    const some = leaders.length && roll(3) ? of(leaders) : of(awake);
    const wires = [...browser.wires];
    const told = (what) => some && browser.say(`tab ${some.id} ${what}`);
    const does = [
      [4, () => living.length < 6 && this.open()],
      [1, () => some && (told("is closed"), some.hide(), some.die())],
      [1, () => some && (told("crashes"), some.die())],
      [1, () => some && (told("is frozen"), some.freeze())],
      [1, () => some && (told("is left, and kept"), some.keep())],
      [2, () => some && (told("hangs"), some.hang())],
      [4, () => {
        const tab = of(living.filter((tab) => !tab.awake));
        if (!tab) return;
        browser.say(`tab ${tab.id} wakes`);
        tab.wake();
        tab.task(0, () => tab.widget.wake());
      }],
      [8, () => awake.length && this.say(of(awake))],
      [4, () => this.answer()],
      [2, () => wires.length && (browser.say("a socket breaks"), browser.lose(of(wires)))],
      [1, () => wires.length && (browser.say("a socket goes silent"), browser.lose(of(wires), true))],
      [1, () => {
        browser.say("the edge restarts");
        wires.forEach((wire) => browser.lose(wire));
      }],
      [1, () => {
        browser.say("there is no network for a while");
        browser.walled = true;
        wires.forEach((wire) => browser.lose(wire));
        browser.at(browser.now + roll(10_000), () => (browser.walled = false));
      }],
    ];
    let face = roll(does.reduce((sum, [weight]) => sum + weight, 0));
    does.find(([weight]) => (face -= weight) < 0)[1]();
  }

  async play() {
    const { browser, roll } = this;
    for (let tabs = 1 + roll(4); tabs > 0; tabs -= 1) browser.at(roll(roll(2) ? 5 : 3_000), () => this.open());
    let at = 1_000;
    for (let acts = 12 + roll(20); acts > 0; acts -= 1) {
      at += roll(4) ? roll(6_000) : roll(60);
      browser.at(at, () => this.act());
    }
    this.watch();
    await browser.run(at + 1);
    // Quiet, but who stands still does so for ever: that must not hold up the others.
    browser.walled = false;
    this.open();
    this.answer();
    await browser.run(browser.now + 90_000);
    this.judge(browser.tabs.filter((tab) => tab.awake));
    for (const tab of browser.tabs) {
      if (tab.dead || tab.awake) continue;
      browser.say(`tab ${tab.id} wakes at last`);
      tab.wake();
      tab.task(0, () => tab.widget.wake());
    }
    this.answer();
    await browser.run(browser.now + 90_000);
    this.judge(browser.tabs.filter((tab) => !tab.dead));
    assert.equal(browser.edge.links.size, 1, "links at the edge");
  }

  // Tabs that are awake never hold two links for longer than it takes to say so.
  watch() {
    const { browser } = this;
    let since;
    const look = () => {
      if (browser.leaders().size < 2) since = undefined;
      else if (browser.now - (since ??= browser.now) > 3_000) browser.blame("two links for three seconds");
      browser.at(browser.now + 500, look);
    };
    look();
  }

  judge(tabs) {
    const { browser } = this;
    const log = browser.edge.log.map(({ what }) => what.visitor?.id ?? what.agent);
    assert.equal(browser.wrong, undefined);
    assert.equal(new Set(log).size, log.length, "nothing stands twice in the log");
    assert.deepEqual([...this.unsent.keys()].filter((id) => !log.includes(id)), [], "nothing is lost");
    for (const said of this.mine.values()) {
      assert.deepEqual(log.filter((id) => said.includes(id)), said, "what is said in one tab stays in order");
    }
    for (const { id, widget } of tabs) {
      assert.equal(widget.phase, "linked", `tab ${id}`);
      assert.deepEqual(widget.shown, log, `tab ${id}`);
      assert.equal(widget.outbox.size, 0, `tab ${id} has nothing left to say`);
    }
    assert.equal(browser.leaders().size, 1, "tabs that hold a link");
  }
}

// Plays one storm; what goes wrong is told with all that led to it.
async function play(seed, scripts) {
  const it = new Storm(seed, scripts);
  await it.play().catch(async (error) => {
    const again = new Storm(seed, scripts);
    again.browser.loud = true;
    await again.play().catch(() => {});
    throw new Error(`seed ${seed}: ${error.message}\n${again.browser.trace.join("\n")}`);
  });
}

// What storms are too long for: that it goes at once. Each is told what it has to do with, and how fast the network is.
const drills = {
  async "who follows takes over at once, however the leading tab goes"(scripts) {
    for (const how of ["die", "freeze", "keep", "leave"]) {
      const { browser, tabs, leader } = await three(scripts);
      if (how === "leave") leader.widget.leave();
      else leader[how]();
      await browser.run(browser.now + 400);
      const rest = tabs.filter((tab) => tab !== leader);
      assert.deepEqual(rest.map(({ widget }) => widget.phase), ["linked", "linked"], how);
      browser.edge.append({ agent: "here" });
      await browser.run(browser.now + 100);
      for (const { widget } of rest) assert.deepEqual(widget.shown, ["here"], how);
      assert.equal(browser.edge.links.size, 1, how);
      assert.equal(browser.wrong, undefined, how);
    }
  },
  async "who opens beside a tab that hangs waits for two seconds, and who opens at the same time as well"(scripts) {
    for (let seed = 0; seed < 100; seed += 1) {
      const { browser, leader, storm } = await three(scripts, seed);
      leader.hang();
      const more = [storm.open(), storm.open(), storm.open()];
      await browser.run(browser.now + 6_000);
      browser.edge.append({ agent: "here" });
      await browser.run(browser.now + 2_000);
      for (const { widget } of more) assert.deepEqual(widget.shown, ["here"], `seed ${seed}`);
      assert.equal(browser.leaders().size, 1, `seed ${seed}`);
      assert.equal(browser.wrong, undefined, `seed ${seed}`);
      // And who took the lock may hang in turn, and wake when another has it.
      const next = [...browser.leaders()][0];
      next.hang();
      const last = storm.open();
      await browser.run(browser.now + 6_000);
      next.wake();
      await browser.run(browser.now + 4_000);
      assert.equal(browser.leaders().size, 1, `seed ${seed}`);
      assert.deepEqual(last.widget.shown, ["here"], `seed ${seed}`);
    }
  },
  async "who asks before the link is open is told when it is"(scripts) {
    const storm = calm(scripts);
    const { browser } = storm;
    browser.slow = 1_000;
    const tabs = [storm.open(), storm.open(), storm.open()];
    await browser.run(1_500);
    assert.deepEqual(tabs.map(({ widget }) => widget.phase), ["linked", "linked", "linked"]);
    assert.equal(browser.sockets, 1);
  },
  async "a link that nothing happens to stays, and only its own tab asks the edge whether it is there"(scripts) {
    const { browser, tabs } = await three(scripts);
    await browser.run(300_000);
    assert.deepEqual(tabs.map(({ widget }) => widget.codes), [[], [], []]);
    assert.equal(browser.sockets, 1);
    assert.equal(browser.edge.pings, 9);
  },
  async "who inherits the lock and goes away does not keep it"(scripts) {
    const { browser, tabs, leader } = await three(scripts);
    browser.roll = (limit) => limit - 1; // It takes its time to open another.
    leader.die();
    const rest = tabs.filter((tab) => tab !== leader);
    const heir = () => rest.find(({ widget }) => widget.codes.length);
    while (!heir()) await browser.run(browser.now + 1);
    heir().widget.leave();
    assert.equal(browser.sockets, 1, "it has not opened the link yet");
    await browser.run(browser.now + 1_400);
    browser.edge.append({ agent: "here" });
    await browser.run(browser.now + 100);
    assert.deepEqual(rest.map(({ widget }) => widget.shown).sort(), [[], ["here"]]);
  },
  async "what the edge closes a link with is told to all"(scripts) {
    const { browser, tabs } = await three(scripts);
    for (const wire of browser.wires) wire.onclose({ code: 4410 });
    await browser.run(browser.now + 100);
    assert.deepEqual(tabs.map(({ widget }) => widget.codes[0]), [4410, 4410, 4410]);
  },
};

function calm(scripts) {
  const storm = new Storm(0, scripts);
  storm.browser.lag = () => 3;
  return storm;
}

// Three tabs of a quiet browser, and the one that holds the link.
async function three(scripts, seed) {
  const storm = seed === undefined ? calm(scripts) : new Storm(seed, scripts);
  const { browser } = storm;
  const tabs = [storm.open()];
  await browser.run(1_500);
  tabs.push(storm.open(), storm.open());
  await browser.run(5_000);
  const [leader] = browser.leaders();
  assert.equal(browser.leaders().size, 1);
  return { storm, browser, tabs, leader };
}

// Plays the drills and so many storms, with link.js changed where `change` says what is to stand in place of what. Returns
// what goes wrong first, if any does: which, and what was seen.
export const storms = (seeds, change, first = 0) =>
  new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seeds, change, first } });
    worker.once("message", done);
    worker.once("error", fail);
  });

async function all({ seeds, change, first }) {
  const scripts = change ? { ...ours, link: script("link.js", changed(change)) } : ours;
  for (const [name, drill] of Object.entries(drills)) {
    try {
      await drill(scripts);
    } catch (error) {
      return { which: name, message: `${name}: ${error.message}` };
    }
  }
  for (let seed = first; seed < first + seeds; seed += 1) {
    try {
      await play(seed, scripts);
    } catch ({ message }) {
      return { which: `seed ${seed}`, message };
    }
  }
}

const changed = ([from, to]) => (text) => {
  assert.equal(text.split(from).length, 2, `what is to be changed stands there once: ${from}`);
  return text.replace(from, () => to);
};

if (!isMainThread && workerData?.seeds !== undefined) all(workerData).then((found) => parentPort.postMessage(found));
