// Full screen on phones: keyboard, safe areas, the page behind.
import type { Page } from "@playwright/test";
import { Chat, expect, test } from "./parlor";
import { call, embed } from "./site";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

const OPEN = { "data-shadow": "open" };
const TALL = '<h1>Shop</h1><div style="height:4000px;background:linear-gradient(#eee,#999)"></div>';

/// A keyboard, as a browser tells of it: the visual viewport shrinks, the layout does not.
async function keyboard(page: Page): Promise<(height: number, offset: number) => Promise<void>> {
  await page.addInitScript(() => {
    if (window !== window.top) return;
    const fake = Object.assign(new EventTarget(), { height: innerHeight, width: innerWidth, offsetTop: 0, offsetLeft: 0, scale: 1 });
    Object.defineProperty(window, "visualViewport", { value: fake });
  });
  return (height, offset) => page.evaluate(([height, offset]) => {
    Object.assign(window.visualViewport!, { height, offsetTop: offset });
    window.visualViewport!.dispatchEvent(new Event("resize"));
  }, [height, offset]);
}

const frame = async (page: Page) => (await page.locator("iframe[title=Chat]").boundingBox())!;

test("the panel fills what the keyboard leaves, and the composer stays above it", async ({ page }) => {
  const show = await keyboard(page);
  await embed(page, { tag: OPEN, body: TALL });
  const chat = new Chat(page);
  await chat.launcher.tap();
  await expect(chat.composer).toBeVisible();
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  await show(500, 0);
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 0, width: 390, height: 500 });
  const composer = (await chat.composer.boundingBox())!;
  expect(composer.y + composer.height).toBeLessThanOrEqual(500);
  // Safari moves the visual viewport instead.
  await show(500, 120);
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 120, width: 390, height: 500 });
  await show(844, 0);
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 0, width: 390, height: 844 });
});

test("a visitor who zooms in is not followed about", async ({ page }) => {
  const show = await keyboard(page);
  await embed(page, { tag: OPEN, body: TALL });
  await new Chat(page).launcher.tap();
  await expect(new Chat(page).composer).toBeVisible();
  await page.evaluate(() => Object.assign(window.visualViewport!, { scale: 2 }));
  await show(422, 100);
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 0, width: 390, height: 844 });
});

test("the page behind stays where it is, and is let go as it was", async ({ page }) => {
  await embed(page, { tag: OPEN, body: TALL });
  await page.evaluate(() => scrollTo(0, 700));
  const state = () => page.evaluate(() => ({
    y: scrollY,
    style: document.documentElement.getAttribute("style"),
    sheets: document.adoptedStyleSheets.length,
    overflow: getComputedStyle(document.documentElement).overflowY,
  }));
  const before = await state();
  expect(before).toEqual({ y: 700, style: null, sheets: 0, overflow: "visible" });
  const chat = new Chat(page);
  await chat.launcher.tap();
  await expect(chat.composer).toBeVisible();
  expect(await state()).toEqual({ y: 700, style: null, sheets: 1, overflow: "hidden" });
  await page.mouse.move(200, 300);
  await page.mouse.wheel(0, 500);
  await chat.button(/Minimise chat/).tap();
  await expect(page.locator("iframe[title=Chat]")).toBeHidden();
  expect(await state()).toEqual(before);
  await page.mouse.wheel(0, 500);
  await expect.poll(async () => (await state()).y).toBeGreaterThan(700);
  // Destroyed while it is open, it lets go too.
  await chat.launcher.tap();
  expect((await state()).overflow).toBe("hidden");
  await call(page, "destroy");
  expect((await state()).overflow).toBe("visible");
});

test("a site can keep its page free", async ({ page }) => {
  await embed(page, { tag: { ...OPEN, "data-scroll-lock": "off" }, body: TALL });
  await new Chat(page).launcher.tap();
  await expect(new Chat(page).composer).toBeVisible();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).overflowY)).toBe("visible");
});

test("turned on its side and back, the panel follows", async ({ page }) => {
  await embed(page, { tag: OPEN, body: TALL });
  await new Chat(page).launcher.tap();
  await expect(new Chat(page).composer).toBeVisible();
  await page.setViewportSize({ width: 844, height: 390 });
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 0, width: 844, height: 390 });
  await page.setViewportSize({ width: 1280, height: 900 });
  await expect.poll(async () => (await frame(page)).width).toBe(400);
  expect(await page.evaluate(() => document.adoptedStyleSheets.length)).toBe(0);
});

test("the frame is told of the notches, and its own parts keep clear of them", async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setSafeAreaInsetsOverride", { insets: { top: 47, bottom: 34, left: 0, right: 0 } });
  const show = await keyboard(page);
  await embed(page, { tag: OPEN, body: TALL, head: '<meta name="viewport" content="width=device-width, viewport-fit=cover">' });
  const chat = new Chat(page);
  await chat.launcher.tap();
  await expect(chat.composer).toBeVisible();
  await expect.poll(() => frame(page)).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  const title = (await chat.button(/Minimise chat/).boundingBox())!;
  expect(title.y).toBeGreaterThanOrEqual(47);
  const composer = (await chat.composer.boundingBox())!;
  expect(composer.y + composer.height).toBeLessThanOrEqual(844 - 34);
  // Above the keyboard there is no notch.
  await show(500, 0);
  await expect.poll(async () => {
    const { y, height } = (await chat.composer.boundingBox())!;
    return 500 - y - height < 34;
  }).toBe(true);
});

test("what cannot be reached does not hold the whole screen: the launcher closes it", async ({ page }) => {
  await embed(page, { tag: OPEN, body: TALL });
  await page.route(/\/frame\?|\/v1\//, (route) => route.abort("connectionrefused"));
  const chat = new Chat(page);
  await chat.launcher.tap();
  await expect(page.getByText("The chat cannot be reached")).toBeVisible();
  await chat.launcher.tap();
  await expect(page.getByText("The chat cannot be reached")).toBeHidden();
  // The frame came and its program did not: the same.
  await page.unroute(/\/frame\?|\/v1\//);
  await page.route(/\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }));
  await chat.launcher.tap();
  await expect(chat.frame.getByText("Check your connection, then load it again.")).toBeVisible();
  await chat.launcher.tap();
  await expect(chat.frame.getByText("Check your connection, then load it again.")).toBeHidden();
  await page.unroute(/\.wasm$/);
  await chat.launcher.tap();
  await expect(chat.composer).toBeVisible();
  await expect(chat.launcher).toBeHidden();
});
