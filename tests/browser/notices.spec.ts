// What a visitor who looks elsewhere notices: the badge, the title, a sound, a notification.
import type { Page } from "@playwright/test";
import { Chat, expect, test, type Desk } from "./parlor";
import { call, embed } from "./site";

const OPEN = { "data-shadow": "open" };

/// A chat under way with the panel closed; answers the desk's id of it.
async function underWay(page: Page, desk: Desk): Promise<string> {
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await chat.button(/Minimise chat/).click();
  await expect(page.locator("iframe[title=Chat]")).toBeHidden();
  return id;
}

test("the badge and the title count, stop at nine, and are gone when the panel opens", async ({ page, desk }) => {
  await embed(page, { tag: OPEN, head: "<script>document.querySelector('title').textContent = '  Wren 9\\n | Larkspur '</script>" });
  const chat = new Chat(page);
  const raw = () => page.evaluate(() => document.querySelector("title")!.textContent);
  const before = await raw();
  const id = await underWay(page, desk);
  for (const count of [1, 2]) {
    await desk.say(id, `answer ${count}`);
    await expect(chat.launcher).toHaveAccessibleName(`Open chat, ${count} unread message${count > 1 ? "s" : ""}`);
    await expect(page.locator("[data-parlor] i")).toHaveText(String(count));
    await expect(page).toHaveTitle(`(${count}) Wren 9 | Larkspur`);
  }
  for (let count = 3; count <= 10; count += 1) await desk.say(id, `answer ${count}`);
  await expect(page.locator("[data-parlor] i")).toHaveText("9+");
  await expect(page).toHaveTitle("(9+) Wren 9 | Larkspur");
  await chat.open();
  expect(await raw()).toBe(before);
  await expect(page.locator("[data-parlor] i")).toBeHidden();
});

test("a title that the site changes meanwhile keeps the count, and stays the site's", async ({ page, desk }) => {
  await embed(page, { tag: OPEN });
  const id = await underWay(page, desk);
  await desk.say(id, "answer");
  await expect(page).toHaveTitle("(1) The shop");
  await page.evaluate(() => { document.title = "Another route"; });
  await expect(page).toHaveTitle("(1) Another route");
  await new Chat(page).open();
  await expect(page).toHaveTitle("Another route");
  // And when it is destroyed with messages unread. A press while the panel still grows may miss.
  await expect(async () => {
    await new Chat(page).button(/Minimise chat/).click({ timeout: 2_000 });
    await expect(page.locator("iframe[title=Chat]")).toBeHidden({ timeout: 2_000 });
  }).toPass();
  await desk.say(id, "another");
  await expect(page).toHaveTitle("(1) Another route");
  await call(page, "destroy");
  await expect(page).toHaveTitle("Another route");
});

test("a site can keep its title, and a page without one gets none", async ({ page, desk }) => {
  await embed(page, { tag: { ...OPEN, "data-title-count": "off" } });
  const id = await underWay(page, desk);
  await desk.say(id, "answer");
  await expect(new Chat(page).launcher).toHaveAccessibleName("Open chat, 1 unread message");
  await expect(page).toHaveTitle("The shop");
  await embed(page, { tag: OPEN, path: "/untitled", head: "<script>document.querySelector('title').remove()</script>" });
  await expect.poll(() => page.frames().length).toBe(2);
  await desk.say(id, "another");
  await expect(new Chat(page).launcher).toHaveAccessibleName("Open chat, 2 unread messages");
  expect(await page.evaluate(() => document.querySelector("title"))).toBeNull();
});

/// Counts the sounds that the page plays.
const listen = (page: Page) => page.addInitScript(() => {
  if (window !== window.top) return;
  (window as any).played = 0;
  const real = AudioContext.prototype.createGain;
  AudioContext.prototype.createGain = function () {
    (window as any).played += 1;
    return real.call(this);
  };
});
const played = (page: Page) => page.evaluate(() => (window as any).played);

test("an answer sounds where the visitor has used the chat and looks elsewhere; not before, and not while it is read", async ({ page, desk, complaints }) => {
  await listen(page);
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  const id = await underWay(page, desk);
  await desk.say(id, "closed panel");
  await expect.poll(() => played(page)).toBe(1);
  await chat.open();
  await page.bringToFront();
  await desk.say(id, "read at once");
  await expect(chat.thread.getByText("read at once")).toBeVisible();
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
  expect(await played(page)).toBe(1);
  // The next page: nobody has touched the chat there, so it is silent, and the browser has nothing to warn of.
  await chat.button(/Minimise chat/).click();
  await page.reload();
  await expect.poll(() => page.frames().length).toBe(2);
  // A press elsewhere would let the page make sounds.
  await page.locator("h1").click();
  await desk.say(id, "on the next page");
  await expect(chat.launcher).toHaveAccessibleName("Open chat, 1 unread message");
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
  expect(await played(page)).toBe(0);
  expect(complaints).toEqual([]);
});

test("a site can turn the sound off", async ({ page, desk }) => {
  await listen(page);
  await embed(page, { tag: { ...OPEN, "data-sound": "off" } });
  const id = await underWay(page, desk);
  await desk.say(id, "answer");
  await expect(new Chat(page).launcher).toHaveAccessibleName("Open chat, 1 unread message");
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
  expect(await played(page)).toBe(0);
});

/// Notifications as the browser has them, but written down, with a visitor who says yes.
const watch = (page: Page, answer: NotificationPermission) => page.addInitScript((answer) => {
  if (window !== window.top) return;
  const log: any[] = [];
  (window as any).notified = log;
  class Fake extends EventTarget {
    static permission = "default";
    static async requestPermission() {
      log.push(["asked", navigator.userActivation.isActive]);
      return (Fake.permission = answer);
    }
    constructor(title: string, options: any) {
      super();
      log.push([title, options.body]);
      (window as any).latest = this;
    }
    close() {
      log.push(["closed"]);
    }
  }
  Object.defineProperty(window, "Notification", { value: Fake });
}, answer);
const notified = (page: Page) => page.evaluate(() => (window as any).notified);

test("notifications: asked for after the first message, shown when the visitor is away, without what was said, and lead back", async ({ page, context, desk }) => {
  await watch(page, "granted");
  await embed(page, { tag: { ...OPEN, "data-notifications": "on" } });
  const chat = new Chat(page);
  await chat.open();
  expect(await notified(page), "opening is no reason to ask").toEqual([]);
  const id = await underWay(page, desk);
  expect(await notified(page), "with the visitor's own key behind it").toEqual([["asked", true]]);
  const elsewhere = await context.newPage();
  await elsewhere.bringToFront();
  await page.evaluate(() => { document.hasFocus = () => false; });
  await desk.say(id, "a secret of the agent");
  await expect.poll(() => notified(page)).toEqual([["asked", true], ["The shop", "1 unread message"]]);
  await page.evaluate(() => (window as any).latest.dispatchEvent(new Event("click")));
  await expect(chat.composer).toBeVisible();
  expect((await notified(page)).slice(2)).toContainEqual(["closed"]);
});

test("nobody is asked for notifications unless the site turns them on, and no means no", async ({ page, desk }) => {
  await watch(page, "denied");
  await embed(page, { tag: OPEN });
  let id = await underWay(page, desk);
  expect(await notified(page)).toEqual([]);
  await desk.end(id);
  await call(page, "reset");
  await embed(page, { tag: { ...OPEN, "data-notifications": "on" }, path: "/on" });
  id = await underWay(page, desk);
  await page.evaluate(() => { document.hasFocus = () => false; });
  await desk.say(id, "answer");
  await expect(new Chat(page).launcher).toHaveAccessibleName("Open chat, 1 unread message");
  expect(await notified(page)).toEqual([["asked", true]]);
});
