// window.Parlor: a queue before it is there, promises for answers, events, and what it refuses.
import type { Page } from "@playwright/test";
import { EDGE, SITE, Chat, expect, test } from "./parlor";
import { call, embed, hear } from "./site";

const OPEN = { "data-shadow": "open" };
const names = async (heard: () => Promise<[string, any][]>) => (await heard()).map(([name]) => name);

/// Bodies of the start requests that the frame sends.
function starts(page: Page): any[] {
  const found: any[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url() === `${EDGE}/v1/conversations`) found.push(request.postDataJSON());
  });
  return found;
}

test("what is pushed before the script has loaded runs once, in order, and the same line works afterwards", async ({ page, complaints }) => {
  await embed(page, {
    tag: OPEN,
    head: `<script>
      window.ran = [];
      (window.Parlor ||= []).push((parlor) => { ran.push("first"); parlor.on("opened", () => ran.push("opened")); });
      (window.Parlor ||= []).push(() => { throw new Error("the site's own mistake"); });
      (window.Parlor ||= []).push((parlor) => { ran.push("third"); parlor.open().then(() => ran.push("kept")); });
    </script>`,
  });
  await expect(new Chat(page).composer).toBeVisible();
  await expect.poll(() => page.evaluate(() => (window as any).ran)).toEqual(["first", "third", "opened", "kept"]);
  await page.evaluate(() => {
    ((window as any).Parlor ||= []).push((parlor: any) => parlor.close().then(() => (window as any).ran.push("closed")));
  });
  await expect.poll(() => page.evaluate(() => (window as any).ran)).toEqual(["first", "third", "opened", "kept", "closed"]);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain("the site's own mistake");
});

test("open, close, toggle, hide and show, with promises, events and their ends", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  const kept = { value: undefined };
  expect(await call(page, "open")).toEqual(kept);
  await expect(chat.composer).toBeFocused();
  expect(await call(page, "open"), "again").toEqual(kept);
  expect(await call(page, "close")).toEqual(kept);
  expect(await call(page, "close"), "again").toEqual(kept);
  expect(await call(page, "toggle")).toEqual(kept);
  expect(await call(page, "toggle")).toEqual(kept);
  expect(await names(heard)).toEqual(["opened", "ready", "closed", "opened", "closed"]);
  expect(await call(page, "hide")).toEqual(kept);
  await expect(chat.launcher).toBeHidden();
  expect(await call(page, "show")).toEqual(kept);
  await expect(chat.launcher).toBeVisible();

  const counted = await page.evaluate(async () => {
    const parlor = (window as any).Parlor;
    let count = 0;
    const stop = parlor.on("opened", () => { count += 1; });
    parlor.on("opened", () => { throw new Error("a listener's mistake"); });
    await parlor.open();
    await parlor.close();
    stop();
    stop();
    await parlor.open();
    return count;
  });
  expect(counted).toBe(1);
  expect(complaints.every((it) => it.includes("a listener's mistake"))).toBe(true);
});

test("a wrong argument rejects, and names itself and what it may be", async ({ page, complaints }) => {
  await embed(page, { tag: OPEN });
  const wrong: [string, unknown[], string][] = [
    ["send", [], "send: text must be text of 1 to 4000 characters"],
    ["send", ["  "], "send: text"],
    ["send", ["x".repeat(4_001)], "send: text"],
    ["send", [{ text: "x" }], "send: text"],
    ["setTheme", ["blue"], "setTheme: theme must be one of light, dark, follow"],
    ["setLocale", ["german!"], "setLocale: locale must be a language tag"],
    ["identify", ["Ines"], "identify: who must be an object"],
    ["identify", [{ name: { first: "Ines" } }], "identify: who.name must be text, a number, true, false or null"],
    ["identify", [{ token: "ey.ey" }], "identify: who.token must be a signed JWT of at most 4096 characters"],
    ["setAttributes", [null], "setAttributes: attributes must be an object"],
    ["setAttributes", [{ plan: "" }], "setAttributes: attributes.plan must be one line of 1 to 300"],
    ["setAttributes", [{ plan: "a\nb" }], "setAttributes: attributes.plan must be one line"],
    ["setAttributes", [Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, n]))], "at most 50 members"],
    ["setAttributes", [{ ["k".repeat(101)]: "x" }], "named by 1 to 100 characters"],
    ["consent", ["yes"], "consent: given must be true or false"],
    ["post", ["basket"], "post: event must be an object {eventSourceKey, payload}"],
    ["post", [{ payload: {} }], "post: event.eventSourceKey must be"],
    ["post", [{ eventSourceKey: "basket", payload: [1] }], "post: event.payload must be an object"],
  ];
  for (const [name, given, message] of wrong) {
    const answer = await call(page, name, ...given);
    expect(answer, name).toMatchObject({ code: "argument_invalid", message: expect.stringContaining(message) });
    expect(complaints.at(-1)).toBe(answer.message);
  }
  expect(await page.evaluate(() => {
    try {
      (window as any).Parlor.on("opened");
    } catch (error) {
      return String(error);
    }
  })).toBe("TypeError: Parlor.on: listener is not a function");
  // A misspelt event is named once there is somebody to know it.
  await page.evaluate(() => (window as any).Parlor.push(7));
  expect(complaints.at(-1)).toContain("is not a function");
  expect(page.frames(), "misuse loads no frame").toHaveLength(1);
});

test("an event that does not exist is named", async ({ page, complaints }) => {
  await embed(page, { tag: OPEN, head: '<script>(window.Parlor ||= []).push((parlor) => parlor.on("open", () => {}));</script>' });
  await new Chat(page).open();
  expect(complaints).toEqual([expect.stringContaining('there is no event "open". There are ready, opened')]);
});

test("who the visitor is goes along with the start, agents see the name, and none of it loads the chat", async ({ page, desk }) => {
  const bodies = starts(page);
  await embed(page, { tag: OPEN });
  expect(await call(page, "identify", { name: "Ines Keller", email: "ines@example.com" })).toEqual({ value: undefined });
  expect(await call(page, "setAttributes", { plan: "gold", items: 3, vip: true, old: "x" })).toEqual({ value: undefined });
  expect(await call(page, "setAttributes", { old: null })).toEqual({ value: undefined });
  expect(await call(page, "post", { eventSourceKey: "basket", payload: { total: 1140 } })).toEqual({ value: undefined });
  expect(page.frames()).toHaveLength(1);
  const chat = new Chat(page);
  await chat.open();
  expect(await call(page, "setAttributes", { late: "yes" }), "also to a frame that is there").toEqual({ value: undefined });
  await chat.say("hello");
  const waiting = await desk.waiting();
  expect(waiting.visitor.name).toBe("Ines Keller");
  expect(bodies.map((it) => it.attributes)).toEqual([
    { name: "Ines Keller", email: "ines@example.com", plan: "gold", items: "3", vip: "true", "basket.total": "1140", late: "yes" },
  ]);
});

test("send says something without opening the panel, and a text that the chat does not take is refused", async ({ page, desk }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  expect(await call(page, "send", "Where is order 1234?")).toEqual({ value: undefined });
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.hears(id, ["Where is order 1234?"]);
  expect(await names(heard)).not.toContain("opened");
  await desk.end(id);
  await expect.poll(() => names(heard)).toContain("conversation-ended");
  expect(await call(page, "send", "too late")).toMatchObject({ code: "conversation_ended" });
});

test("the events of a conversation come once each, without a text", async ({ page, desk }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("a secret of the visitor");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect.poll(() => names(heard)).toContain("agent-joined");
  await chat.button(/Minimise chat/).click();
  await desk.say(id, "a secret of the agent");
  await expect.poll(() => names(heard)).toContain("unread");
  await chat.open();
  await desk.end(id);
  await expect.poll(() => names(heard)).toContain("conversation-ended");
  const all = await heard();
  expect(all.map(([name]) => name)).toEqual([
    "opened", "ready", "conversation-started", "message-sent", "agent-joined", "closed", "message-received", "unread", "opened", "unread", "conversation-ended",
  ]);
  expect(all.filter(([name]) => /message|agent|unread/.test(name)).map(([, detail]) => detail)).toEqual([
    {}, { name: "Maya Okafor" }, {}, { count: 1 }, { count: 0 },
  ]);
  // The next page hears none of it again.
  await page.reload();
  await chat.open();
  await expect(chat.thread.getByText("a secret of the agent")).toBeVisible();
  expect((await names(heard)).filter((name) => /message|started|ended|joined/.test(name))).toEqual([]);
});

test("with data-message-text the events carry the text", async ({ page, desk }) => {
  const heard = await hear(page);
  await embed(page, { tag: { ...OPEN, "data-message-text": "on" } });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello there");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "hello yourself");
  await expect.poll(() => names(heard)).toContain("message-received");
  const messages = (await heard()).filter(([name]) => name.startsWith("message"));
  expect(messages).toEqual([["message-sent", { text: "hello there" }], ["message-received", { text: "hello yourself" }]]);
});

test("a custom event of the desk reaches the page as a page event", async ({ page, desk }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  await new Chat(page).open();
  // Not every desk can be asked to send one here, so the frame is made to say it.
  const frame = page.frames().find((it) => it.url().startsWith(EDGE))!;
  await frame.evaluate((site) => {
    parent.postMessage({ page_event: { key: "basket", data: '{"open":true}' } }, site);
    parent.postMessage({ page_event: { key: "plain", data: "just text" } }, site);
  }, new URL(SITE).origin);
  await expect.poll(async () => (await heard()).filter(([name]) => name === "page-event")).toEqual([
    ["page-event", { eventSourceKey: "basket", payload: { open: true } }],
    ["page-event", { eventSourceKey: "plain", payload: "just text" }],
  ]);
  void desk;
});

test("theme and locale reach the frame, before it is there and after", async ({ page, complaints }) => {
  await embed(page, { tag: { ...OPEN, "data-theme": "light", "data-locale": "de" } });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/frame?")) asked.push(new URL(request.url()).searchParams.get("lang") ?? "");
  });
  const chat = new Chat(page);
  const field = chat.frame.getByRole("textbox");
  const document_ = (name: string) => chat.frame.locator("html").getAttribute(name);
  await call(page, "setTheme", "dark");
  expect(await call(page, "open")).toEqual({ value: undefined });
  await expect.poll(() => document_("data-scheme")).toBe("dark");
  expect(await document_("lang")).toBe("de");
  expect(await chat.launcher.evaluate((it) => getComputedStyle(it).backgroundColor)).toBe("rgb(128, 193, 170)");
  await call(page, "setTheme", "light");
  await expect.poll(() => document_("data-scheme")).toBe("light");
  expect(await chat.launcher.evaluate((it) => getComputedStyle(it).backgroundColor)).toBe("rgb(23, 92, 73)");
  await field.fill("half a thought");
  expect(await call(page, "setLocale", "es-MX")).toEqual({ value: undefined });
  expect(asked).toEqual(["de", "es-MX"]);
  await expect(field, "what was written stays").toHaveValue("half a thought");
  expect(await document_("lang")).toBe("es");
  await expect.poll(() => document_("data-scheme"), "and so does the theme").toBe("light");
  expect(complaints).toEqual([]);
});

test("reset ends the conversation and leaves nothing of it, also where the frame was not loaded", async ({ page, desk }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("the first visitor's secret");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await chat.composer.fill("an unsent secret");
  expect(await call(page, "reset")).toEqual({ value: undefined });
  await desk.until((it) => it.id === id && it.state === "ended");
  expect(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])).toEqual([]);
  expect((await names(heard)).slice(-1)).toEqual(["conversation-ended"]);
  await chat.open();
  await expect(chat.composer).toHaveValue("");
  await expect(chat.frame.getByText("the first visitor's secret")).toHaveCount(0);
  await chat.say("the second visitor");
  await desk.waiting();
  await expect(chat.panel.getByText("Sent")).toBeVisible();

  // Another page, where nobody has opened anything: an ended or idle conversation is forgotten all the same.
  await page.evaluate(() => localStorage.clear());
  await embed(page, { tag: OPEN, path: "/logout" });
  expect(page.frames()).toHaveLength(1);
  expect(await call(page, "reset")).toEqual({ value: undefined });
  await chat.open();
  await expect(chat.frame.getByText("the second visitor")).toHaveCount(0);
});

test("after destroy every call is refused with a code", async ({ page }) => {
  await embed(page, { tag: OPEN });
  await new Chat(page).open();
  const codes = await page.evaluate(async () => {
    const parlor = (window as any).Parlor;
    const pending = parlor.send("on its way").catch((error: any) => error.code);
    await parlor.destroy();
    const after = await parlor.open().catch((error: any) => error.code);
    return [await pending, after];
  });
  expect(codes[1]).toBe("destroyed");
  expect(["destroyed", "frame_gone"]).toContain(codes[0]);
});
