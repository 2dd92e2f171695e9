// Consent and persistence: what is stored, where, and when nothing is.
import type { Page } from "@playwright/test";
import { EDGE, RESOURCE, Chat, expect, test } from "./parlor";
import { call, embed, hear } from "./site";

const OPEN = { "data-shadow": "open" };
const ASKS = { ...OPEN, "data-consent": "required" };

const stored = (page: Page) => page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].map((it) => it.split(".").slice(2).join(".")).sort());
const frameStored = (page: Page) => page.frames().find((it) => it.url().startsWith(EDGE))!
  .evaluate(() => ({ local: Object.keys(localStorage).length, session: Object.keys(sessionStorage).length }));

function asked(page: Page): string[] {
  const found: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(EDGE)) found.push(new URL(request.url()).pathname.replace(/-[\da-f]{10}/, ""));
  });
  page.on("websocket", (socket) => found.push(new URL(socket.url()).pathname));
  return found;
}

test("before consent nothing is stored and nothing is asked for but the loader's files; the visitor is asked where she presses", async ({ page, context, desk, complaints }) => {
  const requests = asked(page);
  await embed(page, { tag: { ...ASKS, "data-hint": "Ask us", "data-hint-after": "0", "data-open-after": "0" } });
  const chat = new Chat(page);
  await page.getByText("Ask us").click();
  const question = page.getByText("Before we connect");
  await expect(question).toBeVisible();
  await expect(page.getByRole("button", { name: "Agree and continue" })).toBeFocused();
  await page.getByRole("button", { name: "Not now" }).click();
  await expect(question).toHaveCount(0);
  await expect(chat.launcher).toBeFocused();
  await chat.launcher.hover();
  for (const [name, ...given] of [["open"], ["send", "x"], ["toggle"]]) {
    expect(await call(page, name, ...given)).toMatchObject({ code: "consent_required" });
  }
  expect(await call(page, "reset"), "there is nothing").toEqual({ value: undefined });
  expect(await call(page, "identify", { name: "Ines" }), "kept for later").toEqual({ value: undefined });
  expect(await stored(page)).toEqual([]);
  expect(await context.cookies()).toEqual([]);
  expect(requests).toEqual(["/parlor.js", "/assets/panel.js"]);

  await chat.launcher.click();
  await page.getByRole("button", { name: "Agree and continue" }).click();
  await expect(chat.composer).toBeVisible();
  await chat.say("hello");
  expect((await desk.waiting()).visitor.name).toBe("Ines");
  await expect.poll(() => stored(page)).toEqual(["active", "consent", "open"]);

  // The next page knows.
  await page.reload();
  await expect(chat.thread.getByText("hello")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("a site answers for its visitors; taken back, everything is erased", async ({ page, desk }) => {
  const heard = await hear(page);
  await embed(page, { tag: ASKS });
  const chat = new Chat(page);
  expect(await call(page, "consent", true)).toEqual({ value: undefined });
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect.poll(() => stored(page)).toEqual(["active", "consent", "open"]);
  expect((await frameStored(page)).local).toBeGreaterThan(0);

  // Taken back on another page, where the frame has not been loaded.
  await page.evaluate((key) => localStorage.removeItem(key), `parlor.${RESOURCE}.active`);
  await embed(page, { tag: ASKS, path: "/settings" });
  expect(page.frames()).toHaveLength(1);
  expect(await call(page, "consent", false)).toEqual({ value: undefined });
  expect(await stored(page)).toEqual([]);
  await expect.poll(() => page.frames().length).toBe(1);
  expect(await call(page, "open")).toMatchObject({ code: "consent_required" });
  await page.reload();
  expect(await call(page, "open")).toMatchObject({ code: "consent_required" });
  expect(await call(page, "consent", true)).toEqual({ value: undefined });
  await chat.open();
  await expect(chat.frame.getByText("hello")).toHaveCount(0);
  // Of what it keeps, the frame has nothing yet.
  expect(await frameStored(page)).toEqual({ local: 0, session: 0 });
  void heard;
});

test("in an element of the site the question stands there, and takes no focus", async ({ page }) => {
  await embed(page, { tag: { ...ASKS, "data-into": "#help" }, body: '<input id="field" autofocus><section id="help" style="height:500px"></section>' });
  await expect(page.getByText("Before we connect")).toBeVisible();
  await expect(page.locator("#field")).toBeFocused();
  await page.getByRole("button", { name: "Agree and continue" }).click();
  await expect(new Chat(page).composer).toBeVisible();
});

for (const persistence of ["tab", "none"]) {
  test(`persistence ${persistence}`, async ({ page, context, desk }) => {
    const tag = { ...OPEN, "data-persistence": persistence };
    await embed(page, { tag });
    const chat = new Chat(page);
    await chat.open();
    await chat.say("hello");
    const { id } = await desk.waiting();
    await desk.accept(id);
    await expect(chat.thread.getByText(/joined at/)).toBeVisible();
    const keeps = persistence === "tab";
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    expect(await page.evaluate(() => Object.keys(sessionStorage).length > 0)).toBe(keeps);
    const frame = await frameStored(page);
    expect([frame.local, frame.session > 0]).toEqual([0, keeps]);

    await page.reload();
    await chat.open();
    await expect(chat.frame.getByText("hello")).toHaveCount(keeps ? 1 : 0);
    const other = await context.newPage();
    await embed(other, { tag });
    await new Chat(other).open();
    await expect(new Chat(other).frame.getByText("hello"), "another tab").toHaveCount(0);
  });
}
