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
  const heard = [];
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
  it.hear((kind, is) => heard.push([kind, is]));
  const remembered = it.remember();
  if (answers) tab.hears("message", { source: parent, origin: "https://shop.example", data: answers });
  await settled();
  await browser.run(3_000, settled);
  await remembered;
  return { ...it, told, heard, local, session, run: (ms) => browser.run(browser.now + ms, settled) };
}

test("what an earlier page kept is there, and nothing of others'", async () => {
  const it = await frame({ local: storage({ [`${P}visitor`]: "v1", [`${P}draft`]: "half", "parlor.r2.visitor": "v2", theirs: "x" }).it });
  assert.deepEqual({ ...it.kept() }, { visitor: "v1", draft: "half" });
});

test("a storage that is full is told once, and once that there is room", async () => {
  const { it: local, of } = storage();
  const it = await frame({ local });
  it.keep("draft", "a");
  assert.deepEqual(it.heard, [], "no news is good news");
  of.full = true;
  it.keep("draft", "ab");
  it.keep("draft", "abc");
  assert.deepEqual(it.heard, [["unkept", true]]);
  assert.equal(local[`${P}draft`], "a");
  of.full = false;
  it.keep("draft", "abcd");
  it.keep("draft", "abcde");
  assert.deepEqual(it.heard, [["unkept", true], ["unkept", false]]);
  it.keep("draft", undefined);
  assert.equal(`${P}draft` in local, false);
});

for (const [key, value] of [["unsent.m1", "1\nhello"], ["draft", "hel"]]) {
  test(`a storage that was emptied behind the widget's back is filled again with the visitor's next word, and she is told (${key})`, async () => {
    const { it: local } = storage({ [`${P}visitor`]: "v1", [`${P}conversation`]: "c1" });
    const it = await frame({ local });
    local.clear();
    it.keep(key, value);
    assert.deepEqual({ ...local }, { [`${P}visitor`]: "v1", [`${P}conversation`]: "c1", [`${P}${key}`]: value });
    assert.deepEqual(it.heard, [["emptied", undefined]]);
    it.keep("read", "4");
    assert.equal(local[`${P}read`], "4", "and all of it from there on");
    assert.equal(it.heard.length, 1);
  });
}

test("a storage that was emptied stays empty for as long as the visitor writes nothing, and she is told", async () => {
  const { it: local } = storage({ [`${P}visitor`]: "v1", [`${P}conversation`]: "c1" });
  const it = await frame({ local });
  local.clear();
  // What the agent says is read; what was said is acknowledged; the visitor is given another token.
  for (const [key, value] of [["read", "4"], ["unsent.m1", undefined], ["draft", undefined], ["visitor", "v2"]]) it.keep(key, value);
  assert.deepEqual({ ...local }, {});
  await it.run(500);
  assert.deepEqual(it.heard[0], ["emptied", undefined]);
  // Then she writes.
  it.keep("draft", "h");
  assert.deepEqual({ ...local }, { [`${P}visitor`]: "v2", [`${P}conversation`]: "c1", [`${P}read`]: "4", [`${P}draft`]: "h" });
});

test("a chat that another tab has reset was not emptied", async () => {
  const { it: local } = storage({ [`${P}visitor`]: "v1", [`${P}conversation`]: "c1" });
  const it = await frame({ local });
  for (const key of Object.keys(local)) local.removeItem(key);
  it.keep("read", "4");
  // As link.js does, a moment later.
  Object.assign(it.shared().all, { visitor: undefined, conversation: undefined });
  await it.run(500);
  assert.deepEqual(it.heard, []);
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
