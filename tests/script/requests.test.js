// The link by requests, the look whether a socket gets through, one start for several tabs, and what tabs hear of each
// other: widget/link.js in parts, with time and the network in the test's hands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, Tab, settled, script } from "./browser.js";
import { ours } from "./widget.js";

const OPENED = 1;
const TEXT = 2;
const PASSABLE = 3;

// One document: its script, a clock, and requests that wait until they are answered.
function document(link = ours.link) {
  const browser = new Browser(() => 0);
  browser.lag = () => 1;
  const tab = new Tab(browser);
  const asked = [];
  const told = [];
  const given = {
    fetch: (address, { method, body, signal, headers, cache }) =>
      new Promise((yes, no) => {
        signal.addEventListener("abort", () => {
          it.aborted = true;
          no(new Error("aborted"));
        });
        const it = {
          method, headers, cache, path: address.split("?")[0], ...Object.fromEntries(new URLSearchParams(address.split("?")[1])),
          frames: body && JSON.parse(body).frames,
          answer: (frames = [], close) => yes({ ok: true, json: async () => ({ frames, ...(close && { close }) }) }),
          refuse: (status, wait = null) => yes({ ok: false, status, headers: { get: (name) => (name === "retry-after" ? wait : null) } }),
          break: () => no(new TypeError("Failed to fetch")),
          garble: () => yes({ ok: true, json: () => Promise.reject(new SyntaxError("no JSON")) }),
        };
        asked.push(it);
      }),
  };
  const { dial, ...more } = link(...tab.globals(given));
  return {
    ...more, browser, tab, asked, told,
    // What the test itself has just done takes effect first.
    run: (ms) => settled().then(() => browser.run(browser.now + ms, settled)),
    by: () => dial({ conversation: "c1", token: "t1", requests: true }, (...what) => told.push(what)),
  };
}

const event = (seq) => ({ event: { seq, at: seq, what: { agent: {} } } });
const welcome = (last) => ({ welcome: { version: 1, last } });
const hello = (after) => JSON.stringify({ hello: { version: 1, after } });
const say = (id) => JSON.stringify({ say: { id, text: id } });

// A link by requests that is up, with a question that is held.
async function up(after = 0) {
  const it = document();
  it.link = it.by();
  await it.run(5);
  it.link.send(hello(after));
  await it.run(5);
  it.asked.shift().answer([welcome(after)]);
  await it.run(5);
  assert.deepEqual(it.told.splice(0), [[OPENED], [TEXT, JSON.stringify(welcome(after))]]);
  assert.equal(it.asked.length, 1);
  return it;
}

test("a link by requests is open at once, says hello in its first body, and then asks", async () => {
  const it = document();
  const link = it.by();
  assert.deepEqual(it.told, [], "not before whoever made it has it in hand");
  await it.run(5);
  assert.deepEqual(it.told.splice(0), [[OPENED]]);
  assert.deepEqual(it.asked, [], "nobody asks for what nobody has greeted");
  link.send(hello(3));
  await it.run(5);
  const [first] = it.asked;
  assert.deepEqual([first.method, first.path, first.after], ["POST", "/v1/conversations/c1/frames", "3"]);
  assert.match(first.link, /^[0-9a-f]{1,8}$/);
  assert.equal(first.headers.authorization, "Bearer t1");
  assert.equal(first.cache, "no-store");
  assert.deepEqual(first.frames, [JSON.parse(hello(3))]);
  first.answer([welcome(4), event(4)]);
  await it.run(5);
  assert.deepEqual(it.told, [[TEXT, JSON.stringify(welcome(4))], [TEXT, JSON.stringify(event(4))]]);
  const [, next] = it.asked;
  assert.deepEqual([next.method, next.path, next.after, next.link], ["GET", "/v1/conversations/c1/events", "4", first.link]);
});

test("each question names the newest event that came, by whatever frame", async () => {
  const it = await up();
  it.asked.at(-1).answer([event(1), event(2)]);
  await it.run(5);
  assert.equal(it.asked.at(-1).after, "2");
  it.asked.at(-1).answer([event(1)]);
  await it.run(5);
  assert.equal(it.asked.at(-1).after, "2", "what came late takes nothing back");
  it.asked.at(-1).answer([{ accepted: { id: "m", seq: 3 } }]);
  await it.run(5);
  assert.equal(it.asked.at(-1).after, "3");
  // The log is another one, and begins anew.
  it.asked.at(-1).answer([welcome(1), event(1)]);
  await it.run(5);
  assert.equal(it.asked.at(-1).after, "1");
});

test("one question at a time, and none while something is posted", async () => {
  const it = await up();
  assert.equal(it.asked.length, 1);
  it.link.send(say("m1"));
  await it.run(5);
  assert.equal(it.asked.length, 2);
  const [held, body] = it.asked;
  // The edge lets the held one go for the body.
  held.answer([]);
  await it.run(5);
  assert.equal(it.asked.length, 2, "the body is still on its way");
  body.answer([event(1)]);
  await it.run(5);
  assert.deepEqual(it.asked.slice(2).map(({ method }) => method), ["GET"]);
  // Or it lets it go a little later.
  it.link.send(say("m2"));
  await it.run(5);
  it.asked.at(-1).answer([event(2)]);
  await it.run(5);
  assert.equal(it.asked.length, 4);
  it.asked[2].answer([]);
  await it.run(5);
  assert.deepEqual(it.asked.slice(4).map(({ method, after }) => [method, after]), [["GET", "2"]]);
});

test("bodies go one after another, in order, and eight frames in one at most", async () => {
  const it = await up();
  const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
  for (const id of ids) it.link.send(say(id));
  await it.run(5);
  it.asked[0].answer([]);
  const bodies = () => it.asked.filter(({ method }) => method === "POST");
  for (let count = 1; count <= 3; count += 1) {
    await it.run(50);
    assert.equal(bodies().length, count, "none before the one before it is answered");
    bodies().at(-1).answer([event(count)]);
  }
  await it.run(5);
  assert.deepEqual(bodies().map(({ frames }) => frames.length), [8, 8, 4]);
  assert.deepEqual(bodies().flatMap(({ frames }) => frames.map((frame) => frame.say.id)), ids);
});

test("what is said in one turn goes in one body", async () => {
  const it = await up();
  it.link.send(say("m1"));
  it.link.send(say("m2"));
  await it.run(5);
  assert.deepEqual(it.asked.at(-1).frames.map((frame) => frame.say.id), ["m1", "m2"]);
});

test("an answer without frames is a pong, and a ping a body without frames", async () => {
  const it = await up();
  it.asked.at(-1).answer([]);
  await it.run(5);
  assert.deepEqual(it.told.splice(0), [[TEXT, "pong"]]);
  it.link.send("ping");
  await it.run(5);
  assert.deepEqual(it.asked.at(-1).frames, []);
  it.asked.at(-1).answer([]);
  await it.run(5);
  assert.deepEqual(it.told, [[TEXT, "pong"]]);
  await it.run(5);
  assert.equal(it.asked.filter(({ method }) => method === "POST").length, 1);
});

test("a refusal is the close code that it stands for, with how long to wait", async () => {
  const codes = { 400: 4400, 401: 4401, 403: 4401, 404: 4404, 410: 4410, 429: 4429, 413: 1006, 500: 1006, 502: 1006, 503: 1006 };
  for (const [status, code] of Object.entries(codes)) {
    const it = await up();
    it.asked.at(-1).refuse(Number(status), status === "429" ? "17" : null);
    await it.run(60_000);
    assert.deepEqual(it.told, [[code, "", status === "429" ? "17" : ""]], status);
    assert.equal(it.asked.length, 1, "and nothing is asked any more");
  }
});

test("what breaks, and what cannot be read, is a cut", async () => {
  for (const how of ["break", "garble"]) {
    const it = await up();
    it.asked.at(-1)[how]();
    await it.run(60_000);
    assert.deepEqual(it.told.map(([code]) => code), [1006], how);
    it.link.send(say("m1"));
    await it.run(60_000);
    assert.equal(it.asked.length, 1, how);
  }
});

test("a question that is not answered for forty seconds is a cut, and let go; one in time is not", async () => {
  const it = await up();
  await it.run(39_900);
  assert.deepEqual(it.told, []);
  it.asked.at(-1).answer([]);
  await it.run(39_900);
  assert.deepEqual(it.told.splice(0), [[TEXT, "pong"]]);
  await it.run(200);
  assert.deepEqual(it.told.map(([code]) => code), [1006]);
  assert.ok(it.asked.at(-1).aborted);
});

test("the edge closes the link behind the last frames", async () => {
  const it = await up();
  it.asked.at(-1).answer([event(1)], 4410);
  await it.run(60_000);
  assert.deepEqual(it.told.map(([what]) => what), [TEXT, 4410]);
  assert.equal(it.asked.length, 1);
});

test("a link that is closed is silent, whatever still comes", async () => {
  const it = await up();
  it.link.close();
  assert.ok(it.asked.at(-1).aborted);
  it.asked.at(-1).answer([event(1)]);
  it.link.send(say("m1"));
  await it.run(60_000);
  assert.deepEqual(it.told, []);
  assert.equal(it.asked.length, 1);
  // Closed while an answer is being read, and before it was open.
  const other = await up();
  other.asked.at(-1).answer([event(1)]);
  other.link.close();
  await other.run(5);
  assert.deepEqual(other.told, []);
  const third = document();
  third.by().close();
  await third.run(5);
  assert.deepEqual(third.told, []);
});

test("two links of one conversation have names of their own", async () => {
  const [one, other] = [await up(), await up()];
  assert.notEqual(one.asked[0].link, other.asked[0].link);
});

// The look for a socket.
const look = () => {
  const told = [];
  const sockets = [];
  const socket = (options, tell) => {
    const it = { options, tell, said: [], closed: false, send: (text) => it.said.push(text), close: () => (it.closed = true) };
    sockets.push(it);
    return it;
  };
  return { told, sockets, tell: (...what) => told.push(what), socket };
};

test("a socket is passable when a ping comes back, and not because it opened", () => {
  const { told, sockets, tell, socket } = look();
  const { probe } = document();
  probe({ conversation: "c1", token: "t1" }, tell, socket);
  const [it] = sockets;
  it.tell(OPENED);
  assert.deepEqual(it.said, ["ping"]);
  assert.deepEqual(told, []);
  it.tell(TEXT, "pong");
  assert.deepEqual(told, [[PASSABLE, "", ""]]);
  assert.ok(it.closed);
});

test("a socket that breaks, or says something else, is not passable, and nobody is told of it", () => {
  for (const what of [[1006], [4401], [TEXT, "<html>"]]) {
    const { told, sockets, tell, socket } = look();
    const { probe } = document();
    probe({}, tell, socket);
    sockets[0].tell(OPENED);
    sockets[0].tell(...what);
    assert.deepEqual(told, []);
    assert.ok(sockets[0].closed);
  }
});

test("one look at a time", () => {
  const { sockets, tell, socket } = look();
  const { probe } = document();
  probe({}, tell, socket);
  probe({}, tell, socket);
  assert.deepEqual(sockets.map(({ closed }) => closed), [true, false]);
});

// Storage that several tabs share, as far as the scripts see.
const store = (kept = {}) => ({ getItem: (key) => kept[key] ?? null, kept });

test("two tabs that begin at once ask one after another, and the second as whom the first has become", async () => {
  const it = document();
  const other = new Tab(it.browser);
  const theirs = ours.link(...other.globals());
  const storage = store();
  const asked = [];
  const ask = (tab) => (body) => new Promise((done) => asked.push({ tab, body: JSON.parse(body), done }));
  const body = JSON.stringify({ resource: "r", visitor_token: "old" });
  it.begin({ storage, prefix: "p." }, body, ask(1));
  theirs.begin({ storage, prefix: "p." }, body, ask(2));
  await it.run(100);
  assert.deepEqual(asked.map(({ tab, body }) => [tab, body.visitor_token]), [[1, "old"]]);
  storage.kept["p.visitor"] = "new";
  asked[0].done();
  await it.run(100);
  assert.deepEqual(asked.map(({ tab, body }) => [tab, body.visitor_token]), [[1, "old"], [2, "new"]]);
  assert.equal(asked[1].body.resource, "r");
  // Another resource's visitor has no part in it.
  it.begin({ storage, prefix: "q." }, body, ask(3));
  await it.run(100);
  assert.equal(asked.at(-1).tab, 3);
});

test("who waits for another tab's start waits no longer than the widget does, and asks then", async () => {
  const it = document();
  const other = new Tab(it.browser);
  const theirs = ours.link(...other.globals());
  const asked = [];
  const never = (tab) => () => (asked.push(tab), new Promise(() => {}));
  it.begin({ storage: store(), prefix: "p." }, "{}", never(1));
  await it.run(5_000);
  theirs.begin({ storage: store(), prefix: "p." }, "{}", never(2));
  await it.run(9_900);
  assert.deepEqual(asked, [1]);
  await it.run(200);
  assert.deepEqual(asked, [1, 2], "the first has let go");
  // And a tab that crashes holds up nobody.
  const third = new Tab(it.browser);
  ours.link(...third.globals()).begin({ storage: store(), prefix: "q." }, "{}", never(3));
  await it.run(10);
  it.begin({ storage: store(), prefix: "q." }, "{}", never(4));
  third.die();
  await it.run(10);
  assert.deepEqual(asked.slice(2), [3, 4]);
  // Nor does one that hangs, for longer than that.
  await it.run(20_000);
  const fourth = new Tab(it.browser);
  ours.link(...fourth.globals()).begin({ storage: store(), prefix: "q." }, "{}", never(5));
  await it.run(10);
  fourth.hang();
  it.begin({ storage: store(), prefix: "q." }, "{}", never(6));
  await it.run(14_900);
  assert.deepEqual(asked.slice(4), [5]);
  await it.run(200);
  assert.deepEqual(asked.slice(4), [5, 6]);
});

// A tab that shares its link, and what its widget is told.
function sharing(browser, requests) {
  const tab = new Tab(browser);
  const { socket } = ours.socket(...tab.globals());
  const told = [];
  // By requests each hello is answered, and nothing else.
  const fetch = async (address, { body }) =>
    body?.includes("hello") ? { ok: true, json: async () => ({ frames: [welcome(0)] }) } : new Promise(() => {});
  const { dial } = ours.link(...tab.globals({ fetch }));
  const link = dial({ conversation: "c", token: "t", requests, shares: true }, (...what) => told.push(what), socket);
  return { tab, told, link };
}

for (const [leads, follows, passable] of [[false, true, 1], [false, false, 0], [true, true, 0]]) {
  const way = (requests) => (requests ? "goes by requests" : "has a socket");
  test(`whoever follows a tab that ${way(leads)} and ${way(follows)} itself is ${passable ? "" : "not "}told that a socket gets through`, async () => {
    const browser = new Browser(() => 0);
    browser.lag = () => 1;
    const first = sharing(browser, leads);
    await browser.run(50, settled);
    first.link.send(hello(0));
    await browser.run(100, settled);
    const { told, link } = sharing(browser, follows);
    await browser.run(200, settled);
    assert.deepEqual(told, [[OPENED, undefined]]);
    link.send(hello(0));
    await browser.run(300, settled);
    assert.match(told[1][1], /^{"welcome"/);
    browser.edge.append({ agent: "a1" });
    await browser.run(400, settled);
    const news = told.filter(([what]) => what === PASSABLE);
    assert.equal(news.length, passable, "once, and after the welcome");
    if (passable) assert.equal(told.indexOf(news[0]), 2);
    assert.equal(first.told.filter(([what]) => what === PASSABLE).length, 0);
  });
}

// What a tab hears of the others.
function watcher(kept) {
  const it = document();
  const storage = store(kept);
  const all = Object.fromEntries(Object.entries(kept).filter(([key]) => key.startsWith("p.")).map(([key, value]) => [key.slice(2), value]));
  const said = [];
  it.watch({ storage, prefix: "p.", all }, (...what) => said.push(what));
  const change = (key, value, area = storage) => {
    if (key === null) for (const name of Object.keys(kept)) delete kept[name];
    else if (value === null) delete kept[key];
    else kept[key] = value;
    it.tab.hears("storage", { key, newValue: value, storageArea: area });
  };
  return { ...it, storage, all, said, change };
}

test("whom another tab has become this one is told once, when all of it is there", async () => {
  const it = watcher({});
  it.change("p.visitor", "v1");
  it.change("p.conversation", "c1");
  assert.deepEqual(it.said, []);
  await it.run(100);
  assert.deepEqual(it.said, [["adopt", { visitor: "v1", conversation: "c1", after: undefined }]]);
  assert.equal(it.all.conversation, "c1", "and keeps it");
  it.change("p.draft", "half a");
  await it.run(100);
  assert.equal(it.said.length, 1, "what is nobody else's is nobody's news");
  it.change("p.visitor", null);
  it.change("p.conversation", null);
  await it.run(100);
  assert.deepEqual(it.said[1], ["adopt", { visitor: undefined, conversation: undefined, after: undefined }]);
});

test("how far the visitor has read in another tab is told at once", () => {
  const it = watcher({ "p.visitor": "v1" });
  it.change("p.read", "7");
  assert.deepEqual(it.said, [["read", "7"]]);
  it.change("p.read", null);
  it.change("other.read", "9");
  it.change("p.read", "8", {});
  assert.equal(it.said.length, 1, "another resource's, another storage's, and what is gone");
});

test("what changed while the page was loaded is told when it begins to listen", async () => {
  const it = document();
  const said = [];
  it.watch({ storage: store({ "p.conversation": "c2" }), prefix: "p.", all: { conversation: "c1" } }, (...what) => said.push(what));
  assert.deepEqual(said.map(([kind, { conversation }]) => [kind, conversation]), [["adopt", "c2"]]);
});

test("a storage that somebody empties is spoken of, and nobody becomes another for it", async () => {
  const it = watcher({ "p.visitor": "v1", "p.conversation": "c1", "p.read": "3" });
  it.change(null, null);
  assert.deepEqual(it.said, [["emptied"]]);
  // Another page writes something of its own, and it is empty all the same.
  it.change("p.draft", "half a");
  await it.run(100);
  assert.deepEqual(it.said, [["emptied"]]);
  assert.equal(it.all.conversation, "c1");
  // Another chat that is begun there is this tab's too.
  it.change("p.visitor", "v2");
  it.change("p.conversation", "c2");
  await it.run(100);
  assert.deepEqual(it.said.slice(1), [["adopt", { visitor: "v2", conversation: "c2", after: undefined }]]);
});

test("whoever has no chat here is not told that none is kept", async () => {
  const it = watcher({});
  it.change(null, null);
  await it.run(100);
  assert.deepEqual(it.said, []);
});
