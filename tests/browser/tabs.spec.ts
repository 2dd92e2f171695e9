// Several tabs of one browser: one conversation, one link, and whoever holds it may go at any time.
import type { BrowserContext, Page } from "@playwright/test";
import { Chat, EDGE, SITE, expect, seeThrough, test } from "./parlor";
import { Plain } from "./plain";

/// Counts the sockets to the edge that are open in all tabs.
function sockets(context: BrowserContext) {
  const open = new Set<unknown>();
  const of: Page[] = [];
  const watch = (page: Page) =>
    page.on("websocket", (socket) => {
      open.add(socket);
      of.push(page);
      socket.on("close", () => open.delete(socket));
      page.on("close", () => open.delete(socket));
      page.on("crash", () => open.delete(socket));
    });
  context.pages().forEach(watch);
  context.on("page", watch);
  return { count: () => open.size, last: () => of.at(-1)! };
}

/// Another tab. Its panel opens by itself where a conversation is under way and it is open elsewhere.
async function tab(context: BrowserContext, { opens = true } = {}): Promise<Chat> {
  const page = await context.newPage();
  await seeThrough(page);
  await page.goto(`${SITE}/`);
  const chat = new Chat(page);
  if (!opens) await chat.open();
  await expect(chat.composer).toBeVisible();
  return chat;
}

const frameOf = (page: Page) => page.frames().find((frame) => frame.url().startsWith(EDGE))!;

test("three tabs hold one link; what is said in each is seen once in all, whoever leaves", async ({ context, desk, chat }) => {
  const links = sockets(context);
  await chat.open();
  await chat.say("from the first tab");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  const [second, third] = [await tab(context), await tab(context)];
  const all = [chat, second, third];
  const said = ["from the first tab"];
  for (const [at, it] of all.entries()) {
    await expect(it.thread.getByText("from the first tab")).toHaveCount(1);
    if (at) await it.say(`from tab ${at + 1}`), said.push(`from tab ${at + 1}`);
  }
  await desk.say(id, "I hear all of you");
  for (const it of all) {
    for (const text of [...said, "I hear all of you"]) await expect(it.thread.getByText(text)).toHaveCount(1);
    await expect(it.panel.getByText("Delivered")).toBeVisible();
  }
  expect(links.count()).toBe(1);
  // What is not kept reaches all as well, and comes from any.
  await desk.typing(id, true);
  for (const it of all) await expect(it.frame.locator(".typing")).toBeVisible();
  await desk.typing(id, false);
  await third.composer.pressSequentially("I am wri");
  await desk.until((it) => it.id === id && it.visitor_typing);
  await third.composer.fill("");

  // The tab with the link is closed.
  await links.last().close();
  await second.say("the first has gone");
  await third.say("we go on");
  await desk.say(id, "so do I");
  for (const it of [second, third]) {
    for (const text of ["the first has gone", "we go on", "so do I"]) await expect(it.thread.getByText(text)).toHaveCount(1);
    await expect(it.panel.getByText("No connection")).toHaveCount(0);
  }
  expect(links.count()).toBe(1);

  // Its successor crashes.
  const leading = links.last();
  const rest = leading === second.page ? third : second;
  await leading.goto("chrome://crash").catch(() => {});
  await rest.say("alone now");
  await desk.say(id, "with me");
  await expect(rest.thread.getByText("with me")).toHaveCount(1);
  await desk.hears(id, [...said, "the first has gone", "we go on", "alone now"]);
  expect(links.count()).toBe(1);
});

test("a leading tab that the browser stops lets the link go, and is there again when it goes on", async ({ desk }) => {
  const browser = await Plain.start();
  try {
    const first = await browser.open(`${SITE}/`);
    await first.parlor("open()");
    await first.parlor('send("hello")');
    const { id } = await desk.waiting();
    await desk.accept(id);
    await first.reads("joined at");
    const second = await browser.open(`${SITE}/`);
    await second.reads("hello");
    await first.inFrame('void document.addEventListener("freeze", () => (window.stopped = true))');
    await first.stop();
    expect(await first.inFrame("window.stopped")).toBe(true);
    // Long before the second tab would notice by itself that nobody answers.
    await desk.say(id, "to whoever is awake");
    await second.reads("to whoever is awake");
    await second.parlor('send("I am")');
    await desk.hears(id, ["hello", "I am"]);
    expect(await first.inFrame("document.body.innerText"), "it does stand still").not.toContain("I am");
    await first.goOn();
    await first.reads("I am");
    await first.parlor('send("I slept")');
    await second.reads("I slept");
    await desk.hears(id, ["hello", "I am", "I slept"]);
  } finally {
    await browser.close();
  }
});

test("a leading tab that stands still without a word has its lock taken", async ({ context, page, desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  // Its script runs no more, as in a tab that hangs; the browser itself goes on.
  await frameOf(page).evaluate(() => {
    setTimeout(() => {
      const until = Date.now() + 12_000;
      while (Date.now() < until);
    });
  });
  const second = await tab(context);
  await expect(second.thread.getByText("hello")).toHaveCount(1);
  await second.say("taken over");
  await desk.hears(id, ["hello", "taken over"]);
  await expect(chat.thread.getByText("taken over")).toHaveCount(1);
});

test("two tabs that begin at once begin one conversation", async ({ context, desk, chat }) => {
  const starts: string[] = [];
  context.on("response", async (response) => {
    if (response.request().method() === "POST" && response.url().endsWith("/v1/conversations")) {
      starts.push((await response.json()).conversation);
    }
  });
  await chat.open();
  const second = await tab(context, { opens: false });
  await Promise.all([chat.composer.fill("one"), second.composer.fill("two")]);
  await Promise.all([chat.composer.press("Enter"), second.composer.press("Enter")]);
  const { id } = await desk.waiting();
  await desk.accept(id);
  for (const it of [chat, second]) {
    await expect(it.thread.getByText("one", { exact: true })).toHaveCount(1);
    await expect(it.thread.getByText("two", { exact: true })).toHaveCount(1);
  }
  expect(new Set(starts).size).toBe(1);
  const visitors = (it: { lines: { from: string; text: string }[] }) =>
    it.lines.filter((line) => line.from === "visitor").map((line) => line.text).sort().join();
  await desk.until((it) => it.id === id && visitors(it) === "one,two");
});

test("a tab in which nothing was said shows what another begins, and forgets with it", async ({ context, page, desk, chat }) => {
  await chat.open();
  const second = await tab(context, { opens: false });
  await chat.say("begun in the first");
  await expect(second.thread.getByText("begun in the first")).toHaveCount(1);
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.end(id);
  await expect(second.button("Start a new chat")).toBeVisible();
  await second.button("Start a new chat").click();
  await second.say("the next one");
  await expect(chat.thread.getByText("the next one")).toHaveCount(1);
  await expect(chat.thread.getByText("begun in the first")).toHaveCount(0);
  // The site logs the visitor out in one tab.
  await page.evaluate(() => (window as any).Parlor.reset());
  await expect(second.thread.getByText("the next one")).toHaveCount(0);
});

test("tabs with different versions of the widget each hold a link, and agree", async ({ context, desk, chat }) => {
  const links = sockets(context);
  await chat.open();
  await chat.say("said in the old one");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  // The other tab's frame is of the next version, whose tabs talk otherwise.
  const changed = await fetch(await frameOf(chat.page).evaluate(() =>
    document.querySelector<HTMLMetaElement>("meta[name=parlor-link]")!.content).then((path) => `${EDGE}${path}`));
  const script = (await changed.text()).replace(/parlor\.(\$\{\w+\}|\d+)\./, "parlor.next.");
  expect(script).toContain("parlor.next.");
  await context.route(/\/assets\/link[^/]*\.js$/, (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  const second = await tab(context);
  await second.say("said in the new one");
  await desk.say(id, "both of you");
  for (const it of [chat, second]) {
    for (const text of ["said in the old one", "said in the new one", "both of you"]) {
      await expect(it.thread.getByText(text)).toHaveCount(1);
    }
  }
  expect(links.count()).toBe(2);
});

test("a tab whose widget is too old for the edge says so, and the other goes on", async ({ context, desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  const page = await context.newPage();
  await seeThrough(page);
  await page.addInitScript(() => {
    // Neither shares a link with others, nor speaks their version.
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (text) {
      send.call(this, typeof text === "string" ? text.replace('{"hello":{"version":1', '{"hello":{"version":99') : text);
    };
  });
  await page.goto(`${SITE}/`);
  const second = new Chat(page);
  await expect(second.frame.getByText("This chat has been updated")).toBeVisible();
  await expect(second.button("Load again")).toBeVisible();
  await desk.say(id, "still here");
  await expect(chat.thread.getByText("still here")).toHaveCount(1);
});

test("where the browser has no locks every tab holds a link of its own", async ({ context, page, desk, chat }) => {
  const links = sockets(context);
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
  await page.reload();
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  const second = await tab(context);
  await second.say("me too");
  await expect(chat.thread.getByText("me too")).toHaveCount(1);
  expect(links.count()).toBe(2);
});

test("unread count and open state agree in all tabs and survive navigation", async ({ context, page, desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  const other = await context.newPage();
  await seeThrough(other);
  await other.goto(`${SITE}/`);
  const second = new Chat(other);
  // It is open there as it is here.
  await expect(second.launcher).toHaveAttribute("aria-expanded", "true");
  await chat.launcher.click();
  await expect(second.launcher).toHaveAttribute("aria-expanded", "false");
  await expect(chat.launcher).toHaveAttribute("aria-expanded", "false");
  await desk.say(id, "one");
  await desk.say(id, "two");
  for (const it of [chat, second]) await expect(it.launcher).toHaveAccessibleName(/2 unread messages/);
  await page.reload();
  await expect(chat.launcher).toHaveAccessibleName(/2 unread messages/);
  await second.launcher.click();
  for (const it of [chat, second]) {
    await expect(it.launcher).toHaveAttribute("aria-expanded", "true");
    await expect(it.thread.getByText("two")).toHaveCount(1);
  }
  await page.reload();
  await expect(chat.launcher).toHaveAttribute("aria-expanded", "true");
  await expect(chat.launcher).not.toHaveAccessibleName(/unread/);
});
