// What the frame's document keeps, and what it says where it cannot: widget/page.js, with storage in the test's hands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, Tab, script, settled } from "./browser.js";

const page = script("page.js");
const P = "parlor.r1.";

// A storage as browsers have it: entries are its properties, and it may be full.
function storage(entries = {}) {
  const of = {
    getItem: (key) => (Object.hasOwn(it, key) ? it[key] : null),
    setItem: (key, value) => {
      if (of.full) throw new Error("QuotaExceededError");
      it[key] = String(value);
    },
    removeItem: (key) => delete it[key],
    clear: () => Object.keys(it).forEach((key) => delete it[key]),
  };
  const it = Object.assign(Object.create(of), entries);
  return { it, of };
}

// What a browser answers a frame that asks for its storage; a browser that gives none throws.
let shelves;
for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, name, { configurable: true, get: () => shelves()[name] });

// The frame's document on a site's page.
async function frame({ hash = "#https://shop.example", local = storage().it, session = storage().it, refused = false, answers } = {}) {
  const browser = new Browser(() => 0);
  browser.lag = () => 1;
  const tab = new Tab(browser);
  const told = [];
  const unkept = [];
  const parent = { postMessage: (frame, origin) => told.push({ ...frame, origin }) };
  const window = {};
  const given = {
    location: { hash },
    document: { querySelector: () => ({ content: '{"id":"r1"}' }), documentElement: { dataset: {}, toggleAttribute() {}, style: { setProperty() {} } } },
    parent, window,
    globalThis: { BroadcastChannel: class {} },
  };
  shelves = () => {
    if (refused) throw new Error("SecurityError");
    return { localStorage: local, sessionStorage: session };
  };
  const it = page(...tab.globals(given));
  it.hear((kind, is) => unkept.push([kind, is]));
  const remembered = it.remember();
  if (answers) tab.hears("message", { source: parent, origin: "https://shop.example", data: answers });
  await settled();
  await browser.run(3_000, settled);
  await remembered;
  return { ...it, told, unkept, local, session };
}

test("what an earlier page kept is there, and nothing of others'", async () => {
  const it = await frame({ local: storage({ [`${P}visitor`]: "v1", [`${P}draft`]: "half", "parlor.r2.visitor": "v2", theirs: "x" }).it });
  assert.deepEqual({ ...it.kept() }, { visitor: "v1", draft: "half" });
});

test("a storage that is full is told once, and once that there is room", async () => {
  const { it: local, of } = storage();
  const it = await frame({ local });
  it.keep("draft", "a");
  assert.deepEqual(it.unkept, [], "no news is good news");
  of.full = true;
  it.keep("draft", "ab");
  it.keep("draft", "abc");
  assert.deepEqual(it.unkept, [["unkept", true]]);
  assert.equal(local[`${P}draft`], "a");
  of.full = false;
  it.keep("draft", "abcd");
  it.keep("draft", "abcde");
  assert.deepEqual(it.unkept, [["unkept", true], ["unkept", false]]);
  it.keep("draft", undefined);
  assert.equal(`${P}draft` in local, false);
});

test("a storage that was emptied behind the widget's back is filled again with the next word", async () => {
  const { it: local } = storage({ [`${P}visitor`]: "v1", [`${P}conversation`]: "c1" });
  const it = await frame({ local });
  local.clear();
  it.keep("unsent.m1", "1\nhello");
  assert.deepEqual({ ...local }, { [`${P}visitor`]: "v1", [`${P}conversation`]: "c1", [`${P}unsent.m1`]: "1\nhello" });
});

test("who is forgotten leaves nothing, and nothing is kept any more", async () => {
  const { it: local } = storage({ [`${P}visitor`]: "v1", [`${P}walled`]: "1", "parlor.r2.visitor": "v2" });
  const it = await frame({ local });
  it.keep("read", "3");
  it.forget();
  it.keep("read", "4");
  assert.deepEqual({ ...local }, { "parlor.r2.visitor": "v2" });
  assert.deepEqual(it.kept().visitor, undefined);
  assert.ok(!it.shared());
});

test("for how long things are kept is the site's to say", async () => {
  const tab = await frame({ hash: "#https://shop.example,tab" });
  tab.keep("read", "3");
  assert.deepEqual([{ ...tab.local }, { ...tab.session }], [{}, { [`${P}read`]: "3" }]);
  assert.ok(!tab.shared(), "tabs that keep things apart share no link");
  const none = await frame({ hash: "#https://shop.example,none" });
  none.keep("read", "3");
  assert.deepEqual([{ ...none.local }, { ...none.session }], [{}, {}]);
  assert.ok(!none.shared());
  assert.ok((await frame()).shared());
});

test("where the frame gets no storage the site's page lends its own", async () => {
  const it = await frame({ refused: true, answers: { kept: { visitor: "v1" } } });
  assert.deepEqual(it.told[0], { recall: {}, origin: "https://shop.example" });
  assert.deepEqual({ ...it.kept() }, { visitor: "v1" });
  it.keep("read", "3");
  assert.deepEqual(it.told.at(-1), { keep: { key: "read", value: "3" }, origin: "https://shop.example" });
  it.forget();
  it.keep("read", "4");
  assert.deepEqual(it.told.at(-1), { forget: {}, origin: "https://shop.example" });
  assert.ok(!it.shared());
});

test("a loader that does not know the question is waited for, and not for long", async () => {
  const it = await frame({ refused: true });
  assert.deepEqual({ ...it.kept() }, {});
});
