// A clock that is wrong, a storage that is full or emptied, a token that runs out, a conversation that is gone: what the
// visitor sees of each.
import type { Page, Route } from "@playwright/test";
import { ADMIN_TOKEN, EDGE, SITE, Chat, type Desk, closeLink, expect, frameOf, holdLinks, test } from "./parlor";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WRONG = "The clock of this device is wrong. The times in this chat are right.";
const ZONE = "The clock or time zone of this device is wrong. The times in this chat do not come from its clock.";

/// Sets the clock of the device: of each page that is loaded from now on, and with `now` of what is there.
const setClock = async (page: Page, by: number, now = false) => {
  const set = (by: number) => void ((window as any).wrongBy = by);
  await page.addInitScript(set, by);
  if (now) await frameOf(page).evaluate(set, by);
};

/// A device whose clock can be set.
const device = (page: Page) =>
  page.addInitScript(() => {
    const origin = performance.timeOrigin;
    // What stands still while the page lives stays as the clock was when it was loaded.
    let first: number | undefined;
    Object.defineProperty(Performance.prototype, "timeOrigin", { get: () => origin + (first ??= (window as any).wrongBy ?? 0) });
    const now = Date.now.bind(Date);
    Date.now = () => now() + ((window as any).wrongBy ?? 0);
  });

const aside = (chat: Chat) => chat.panel.locator(".aside");
/// What readers hear, in full.
const heard = (chat: Chat, text: string) => chat.frame.locator("#polite").getByText(text, { exact: true });

for (const [name, by, line] of [
  ["a day fast", DAY, WRONG],
  ["a day slow", -DAY, WRONG],
  ["seven minutes fast", 7 * MINUTE, WRONG],
  ["right for another time zone", 60 * MINUTE, ZONE],
  ["four minutes slow", -4 * MINUTE, ""],
] as const) {
  const what = line ? "is told in a line, and shows nowhere else" : "is left alone";
  test(`a visitor's clock that is ${name} ${what}`, async ({ page, desk, chat, complaints }) => {
    await setClock(page, by);
    await device(page);
    await page.goto(`${SITE}/`);
    await chat.open();
    await expect(aside(chat)).toHaveCount(0); // Nobody knows yet.
    await chat.say("what day is it?");
    const { id } = await desk.waiting();
    // Before the agent speaks: only the newest few of what readers hear stay in the document.
    const told = async () => {
      await expect(aside(chat)).toHaveText(line ? [line] : []);
      if (line) await expect(heard(chat, line)).toHaveCount(1);
    };
    await told();
    await desk.accept(id);
    await desk.say(id, "the same as here");
    await expect(chat.thread.getByText("the same as here")).toBeVisible();
    await chat.say("good");
    await desk.hears(id, ["what day is it?", "good"]);
    await expect(chat.thread.getByText("Today", { exact: true })).toHaveCount(1);
    await expect(chat.thread.getByText("Yesterday")).toHaveCount(0);
    // Nor does the link take it ill.
    await chat.reload();
    await expect(chat.thread.getByText("Today", { exact: true })).toHaveCount(1);
    await expect(chat.thread.getByText("good", { exact: true })).toHaveCount(1);
    await told();
    expect(complaints).toEqual([]);
  });
}

test("the line goes when the clock is put right, and is not said twice", async ({ page, desk, chat }) => {
  await holdLinks(page);
  await setClock(page, -DAY);
  await device(page);
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("before");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(aside(chat)).toHaveText([WRONG]);
  await setClock(page, 0, true);
  await expect(aside(chat)).toHaveCount(0, { timeout: 15_000 });
  // Put wrong again, which the edge's next answer tells.
  await setClock(page, -DAY, true);
  await closeLink(page, 4401);
  await expect(aside(chat)).toHaveText([WRONG]);
  await expect(heard(chat, WRONG)).toHaveCount(1);
  await chat.say("after");
  await desk.hears(id, ["before", "after"]);
});

test("a full storage is told, and the message is sent all the same", async ({ page, desk, chat, complaints }) => {
  await page.addInitScript((edge) => {
    if (location.origin !== edge) return;
    const set = Storage.prototype.setItem;
    (window as any).full = true;
    Storage.prototype.setItem = function (...given) {
      if ((window as any).full) throw new DOMException("full", "QuotaExceededError");
      set.apply(this, given);
    };
  }, EDGE);
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("is this kept?");
  await expect(chat.panel.getByText("This browser cannot store this chat")).toBeVisible();
  await expect(chat.panel.getByText("Keep this page open until your messages are sent.")).toBeVisible();
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.hears(id, ["is this kept?"]);
  await desk.say(id, "by us it is");
  await expect(chat.thread.getByText("by us it is")).toBeVisible();
  // Room again: everything is kept from there on.
  await frameOf(page).evaluate(() => void ((window as any).full = false));
  await chat.composer.fill("there is room");
  await expect(chat.panel.getByText("This browser cannot store this chat")).toHaveCount(0);
  await chat.composer.press("Enter");
  await desk.hears(id, ["is this kept?", "there is room"]);
  expect(complaints).toEqual([]);
});

const EMPTIED = "This browser’s storage was emptied. The chat is still open here, and is kept again when you write.";
const keys = (page: Page) => frameOf(page).evaluate(() => Object.keys(localStorage));

/// As a visitor does it in the browser's settings.
const emptyStorage = async (page: Page) => {
  const session = await page.context().newCDPSession(frameOf(page));
  const { frameTree } = await session.send("Page.getFrameTree");
  const { storageKey } = await session.send("Storage.getStorageKeyForFrame", { frameId: frameTree.frame.id });
  await session.send("Storage.clearDataForStorageKey", { storageKey, storageTypes: "local_storage" });
};

/// A chat with an agent, in a page that hears by now what becomes of its storage: before that, in its first second, it
/// takes an empty one for a chat that was reset.
async function underWay(page: Page, desk: Desk, chat: Chat): Promise<string> {
  await page.addInitScript(() => {
    const add = window.addEventListener;
    window.addEventListener = (name: string, ...given: [any]) => {
      if (name === "storage") (window as any).watches = true;
      add.call(window, name, ...given);
    };
  });
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("before");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await frameOf(page).waitForFunction(() => (window as any).watches);
  return id;
}

test("a storage that is emptied in mid-chat stays empty until the visitor writes, and she is told", async ({ page, desk, chat }) => {
  const id = await underWay(page, desk, chat);
  await emptyStorage(page);
  await desk.say(id, "are you there?");
  await expect(chat.thread.getByText("are you there?")).toBeVisible();
  await expect(aside(chat)).toHaveText([EMPTIED]);
  await expect(heard(chat, EMPTIED)).toHaveCount(1);
  expect(await keys(page), "nothing is left behind by somebody who emptied it on purpose").toEqual([]);
  await chat.say("after");
  await desk.hears(id, ["before", "after"]);
  await chat.reload();
  await expect(chat.thread.getByText("before", { exact: true })).toHaveCount(1);
  await expect(chat.thread.getByText("after", { exact: true })).toHaveCount(1);
  await expect(aside(chat)).toHaveCount(0);
});

test("whoever empties the storage in mid-chat and writes no more has left nothing", async ({ page, desk, chat }) => {
  const id = await underWay(page, desk, chat);
  // Where the browser says nothing of it, it is noticed when something would be kept.
  await frameOf(page).evaluate(() => localStorage.clear());
  await desk.say(id, "are you there?");
  await expect(aside(chat)).toHaveText([EMPTIED]);
  await chat.reload();
  await expect(chat.panel.getByText(/^Good (morning|afternoon|evening)/)).toBeVisible();
  await expect(chat.thread).toHaveCount(0);
  expect(await keys(page)).toEqual([]);
});

/// A chat with an agent, whose link the edge then closes because its token has run out. What answers the renewal?
async function untilTheTokenRunsOut(page: Page, desk: Desk, chat: Chat, answer: (route: Route) => unknown): Promise<string> {
  await holdLinks(page);
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("before");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await page.route(`${EDGE}/v1/conversations`, answer);
  await closeLink(page, 4401);
  return id;
}

const refuse = (route: Route, status: number, code: string) =>
  route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ title: code, status, code }) });

test("a token that runs out in mid-chat is renewed without a word", async ({ page, desk, chat }) => {
  let starts = 0;
  const id = await untilTheTokenRunsOut(page, desk, chat, (route) => {
    starts += 1;
    return route.continue();
  });
  await chat.say("after");
  await desk.hears(id, ["before", "after"]);
  expect(starts).toBe(1);
  await expect(chat.panel.getByText(/No connection|no longer kept/)).toHaveCount(0);
});

test("a token that takes long to be renewed is no connection meanwhile, and what is written waits", async ({ page, desk, chat }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const id = await untilTheTokenRunsOut(page, desk, chat, async (route) => {
    await released;
    await route.continue();
  });
  await chat.say("after");
  await expect(chat.panel.getByText("No connection")).toBeVisible();
  await expect(chat.panel.getByText("Messages wait here and go out in order.")).toBeVisible();
  await expect(chat.thread.getByText("Waiting to send")).toBeVisible();
  release();
  await desk.hears(id, ["before", "after"]);
  await expect(chat.panel.getByText("No connection")).toHaveCount(0);
});

test("a renewal that the edge cannot grant for now is no connection, and goes on by itself", async ({ page, desk, chat }) => {
  let grant = false;
  const id = await untilTheTokenRunsOut(page, desk, chat, (route) => (grant ? route.continue() : refuse(route, 503, "secret_missing")));
  await chat.say("after");
  await expect(chat.panel.getByText("No connection")).toBeVisible();
  grant = true;
  await chat.button("Try now").click();
  await desk.hears(id, ["before", "after"]);
  await expect(chat.panel.getByText("No connection")).toHaveCount(0);
});

test("whose own token is not good any more is told that the conversation is gone, and what she writes begins another", async ({ page, desk, chat }) => {
  let refused = 0;
  const id = await untilTheTokenRunsOut(page, desk, chat, (route) => {
    if (!route.request().postData()?.includes("visitor_token")) return route.continue();
    refused += 1;
    return refuse(route, 401, "token_expired");
  });
  await expect(chat.panel.getByText("This conversation is no longer kept")).toBeVisible();
  await expect(chat.panel.getByText("Write a message to begin a new one.")).toBeVisible();
  await expect(chat.thread.getByText("before")).toHaveCount(0);
  await chat.say("after");
  await expect(chat.panel.getByText("This conversation is no longer kept")).toHaveCount(0);
  const next = await desk.until((it) => it.state === "waiting");
  expect(next.id).not.toBe(id);
  await desk.accept(next.id);
  await desk.hears(next.id, ["after"]);
  expect(refused).toBe(1);
});

test("a conversation that the admin erases is gone with a sentence, and another may begin", async ({ page, desk, chat }) => {
  await chat.open();
  await chat.say("forget this");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  const conversation = await frameOf(page).evaluate(() =>
    Object.entries(localStorage).find(([key]) => key.endsWith(".conversation"))![1]);
  const answer = await fetch(`${EDGE}/v1/admin/conversations/${conversation}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect(answer.ok, `${answer.status}`).toBe(true);
  await expect(chat.panel.getByText("This conversation is no longer kept")).toBeVisible();
  await expect(chat.panel.getByText("Write a message to begin a new one.")).toBeVisible();
  await expect(chat.thread.getByText("forget this")).toHaveCount(0);
  await chat.say("a new one");
  await expect(chat.panel.getByText("This conversation is no longer kept")).toHaveCount(0);
  const next = await desk.waiting();
  expect(next.id).not.toBe(id);
  await chat.reload();
  await expect(chat.thread.getByText("a new one")).toHaveCount(1);
  await expect(chat.thread.getByText("forget this")).toHaveCount(0);
});
