// A clock that is wrong, a storage that is full or emptied, a token that runs out, a conversation that is gone: what the
// visitor sees of each.
import type { Page } from "@playwright/test";
import { ADMIN_TOKEN, EDGE, SITE, expect, test } from "./parlor";

const DAY = 86_400_000;
const frameOf = (page: Page) => page.frames().find((frame) => frame.url().startsWith(EDGE))!;

for (const [name, by] of [["fast", DAY], ["slow", -DAY]] as const) {
  test(`a visitor's clock that is a day ${name} shows nowhere`, async ({ page, desk, chat, complaints }) => {
    await page.addInitScript((by) => {
      const origin = performance.timeOrigin;
      Object.defineProperty(Performance.prototype, "timeOrigin", { get: () => origin + by });
      const now = Date.now.bind(Date);
      Date.now = () => now() + by;
    }, by);
    await page.goto(`${SITE}/`);
    await chat.open();
    await chat.say("what day is it?");
    const { id } = await desk.waiting();
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
    expect(complaints).toEqual([]);
  });
}

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

test("a storage that is emptied in mid-chat is filled again, and nothing is lost", async ({ page, desk, chat }) => {
  await chat.open();
  await chat.say("before");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await frameOf(page).evaluate(() => localStorage.clear());
  await chat.say("after");
  await desk.hears(id, ["before", "after"]);
  await chat.reload();
  await expect(chat.thread.getByText("before", { exact: true })).toHaveCount(1);
  await expect(chat.thread.getByText("after", { exact: true })).toHaveCount(1);
});

test("a token that runs out in mid-chat is renewed without a word", async ({ page, desk, chat }) => {
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    (window as any).sockets = [];
    window.WebSocket = new Proxy(Real, {
      construct(target, given) {
        const socket = Reflect.construct(target, given);
        (window as any).sockets.push(socket);
        return socket;
      },
    });
  });
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("before");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  let starts = 0;
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/v1/conversations")) starts += 1;
  });
  await frameOf(page).evaluate(() => {
    const socket = (window as any).sockets.pop();
    socket.onclose({ code: 4401 });
    socket.onclose = null;
    socket.close();
  });
  await chat.say("after");
  await desk.hears(id, ["before", "after"]);
  expect(starts).toBe(1);
  await expect(chat.panel.getByText(/No connection|no longer kept/)).toHaveCount(0);
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
