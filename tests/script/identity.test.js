// Whether what the site's server has signed goes along, and what is asked again when it comes late: widget/identity.js,
// with the page and the edge in the test's hands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, Tab, script, settled } from "./browser.js";

// What it imports of page.js is the test's.
const identity = script("identity.js", (text) => text.replace(/^import .*$/m, "const { heed, tell } = globalThis.page;"));

// The frame's document on a site's page. `ask` answers with the status that stands in `answers`, or waits for one.
async function frame() {
  const browser = new Browser(() => 0);
  const tab = new Tab(browser);
  let hear;
  const told = [];
  const document = { documentElement: { dataset: {}, toggleAttribute() {} }, getElementById: () => null };
  const given = { document, parent: {}, window: {}, globalThis: { page: { heed: (it) => (hear = it), tell: (it) => told.push(it) } } };
  const it = identity(...tab.globals(given));
  const asked = []; // Each question: what vouched for it, and how to answer it.
  const ask = (name) => (headers) => new Promise((answer) => asked.push({ name, signed: headers["parlor-identity"], answer }));
  const says = async (data) => {
    hear(data);
    await settled();
  };
  return {
    ...it, asked, told, says,
    run: (ms) => browser.run(browser.now + ms, settled),
    sign: (token) => says({ identity: { token, n: 1 } }),
    async vouch(name) {
      it.vouched(ask(name));
      await settled();
    },
    async answer(status) {
      asked.at(-1).answer(status);
      await settled();
    },
    names: () => asked.map(({ name, signed }) => (signed ? `${name} by ${signed}` : name)),
  };
}

test("what is refused because nobody has signed is asked again when somebody has, once", async () => {
  const it = await frame();
  await it.says({ closed: {} });
  await it.vouch("list");
  assert.deepEqual(it.names(), ["list"]);
  await it.answer(401);
  await it.sign("t1");
  assert.deepEqual(it.names(), ["list", "list by t1"]);
  await it.answer(200);
  await it.sign("t2");
  assert.deepEqual(it.names(), ["list", "list by t1"], "what was answered is not asked again");
});

test("a token that is refused itself is asked again by the next", async () => {
  const it = await frame();
  await it.sign("stale");
  await it.says({ opened: {} });
  await it.vouch("list");
  await it.answer(401);
  await it.sign("stale");
  assert.deepEqual(it.names(), ["list by stale"], "the same one proves no more than before");
  await it.sign("fresh");
  await it.answer(200);
  assert.deepEqual(it.names(), ["list by stale", "list by fresh"]);
});

test("a token that comes while the question is on its way is used at once", async () => {
  const it = await frame();
  await it.says({ opened: {} });
  await it.vouch("list");
  await it.sign("t1");
  assert.deepEqual(it.names(), ["list"]);
  await it.answer(401);
  assert.deepEqual(it.names(), ["list", "list by t1"]);
});

for (const status of [200, 404, 500, undefined]) {
  test(`what is answered with ${status} is not asked again`, async () => {
    const it = await frame();
    await it.says({ opened: {} });
    await it.vouch("list");
    await it.answer(status);
    await it.sign("t1");
    assert.deepEqual(it.names(), ["list"]);
  });
}

test("only what was asked last is asked again", async () => {
  const it = await frame();
  await it.says({ opened: {} });
  await it.vouch("list");
  await it.answer(401);
  await it.vouch("one");
  await it.answer(401);
  await it.sign("t1");
  assert.deepEqual(it.names(), ["list", "one", "one by t1"]);
});

test("nothing is asked before the page has said who the visitor is, or had five seconds for it", async () => {
  const it = await frame();
  await it.vouch("list");
  await it.run(4_900);
  assert.deepEqual(it.names(), []);
  await it.run(200);
  assert.deepEqual(it.names(), ["list"]);
  const quick = await frame();
  await quick.vouch("list");
  await quick.sign("t1");
  assert.deepEqual(quick.names(), []);
  await quick.says({ opened: {} });
  assert.deepEqual(quick.names(), ["list by t1"]);
});
