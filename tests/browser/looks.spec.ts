// How it looks, and that anybody can use it. The pictures of docs/images are made here, by
// PARLOR_SCREENSHOTS=1 cargo xtask test --only browser.
import { mkdirSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Chat, SITE, expect, seeThrough, test } from "./parlor";

const IMAGES = path.join(__dirname, process.env.PARLOR_SCREENSHOTS ? "../../docs/images" : "../../.parlor/images");
mkdirSync(IMAGES, { recursive: true });

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`), animations: "disabled", caret: "hide" });
}

async function noViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${JSON.stringify(node.target)} ${node.html}`));
  expect(found).toEqual([]);
}

/// Everything that can be pressed is 44 by 44 or more, links within text excepted.
async function targetsAreLarge(chat: Chat): Promise<void> {
  for (const button of await chat.frame.getByRole("button").all()) {
    if (!(await button.isVisible())) continue;
    const box = (await button.boundingBox())!;
    const name = (await button.getAttribute("aria-label")) ?? (await button.textContent());
    expect(Math.min(box.width, box.height), `${name} is ${box.width} by ${box.height}`).toBeGreaterThanOrEqual(44);
  }
}

async function nothingScrollsSideways(chat: Chat): Promise<void> {
  const over = await chat.frame
    .locator("html")
    .evaluate((html) => html.scrollWidth - html.clientWidth);
  expect(over).toBeLessThanOrEqual(0);
}

for (const scheme of ["light", "dark"] as const) {
  test(`closed, open, offline and ended, ${scheme}`, async ({ page, context, desk, chat }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const launcher = (await chat.launcher.boundingBox())!;
    expect([launcher.width, launcher.height]).toEqual([56, 56]);
    expect([1280 - launcher.x - launcher.width, 860 - launcher.y - launcher.height]).toEqual([20, 20]);
    await picture(page, `closed-${scheme}`);
    await noViolations(page);

    await chat.open();
    const panel = (await page.locator("iframe[title=Chat]").boundingBox())!;
    expect([panel.width, panel.height]).toEqual([400, 680]);
    await picture(page, `greeting-${scheme}`);
    await noViolations(page);

    await chat.say("Would a 180 mm rotor fit my old hub?");
    const { id } = await desk.waiting();
    await expect(chat.panel.getByText("Your place")).toBeVisible();
    await picture(page, `queue-${scheme}`);
    await desk.accept(id);
    await expect(chat.thread.getByText(/joined at/)).toBeVisible();
    await desk.say(id, "Hello, Maya here.\nWhich hub is it? There is a list at https://shop.example/hubs");
    await chat.say("It says FH-M525 on it");
    await chat.say("The rim is a 26 inch one");
    await desk.hears(id, ["Would a 180 mm rotor fit my old hub?", "It says FH-M525 on it", "The rim is a 26 inch one"]);
    await expect(chat.panel.getByText("Delivered")).toBeVisible();
    await desk.typing(id, true);
    await expect(chat.frame.locator(".typing")).toBeVisible();
    await picture(page, scheme === "light" ? "open" : "open-dark");
    await noViolations(page);
    await targetsAreLarge(chat);
    await nothingScrollsSideways(chat);

    await context.setOffline(true);
    await expect(chat.panel.getByText("No connection")).toBeVisible();
    await chat.say("Does that help?");
    await expect(chat.panel.getByText("Waiting to send")).toBeVisible();
    await picture(page, `offline-${scheme}`);
    await noViolations(page);
    await targetsAreLarge(chat);
    await context.setOffline(false);
    await expect(chat.panel.getByText("No connection")).toHaveCount(0);
    await desk.until((it) => it.id === id && it.lines.some((line) => line.text === "Does that help?"));

    await desk.fault({ fault: "status", status: 400, on: "ChatMessage", times: 1 });
    await chat.say("And a kickstand?");
    await expect(chat.panel.getByText(/^Not sent\./)).toBeVisible();
    await picture(page, `failed-${scheme}`);
    await noViolations(page);
    await targetsAreLarge(chat);

    await desk.end(id);
    await expect(chat.button("Start a new chat")).toBeVisible();
    await picture(page, `ended-${scheme}`);
    await noViolations(page);
    await targetsAreLarge(chat);
  });
}

test("on a phone the panel fills the screen", async ({ browser, desk }) => {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    locale: "en-GB",
  });
  const page = await context.newPage();
  await seeThrough(page);
  await page.goto(`${SITE}/`);
  const chat = new Chat(page);
  await chat.launcher.tap();
  await expect(chat.composer).toBeVisible();
  const panel = (await page.locator("iframe[title=Chat]").boundingBox())!;
  expect([panel.x, panel.y, panel.width, panel.height]).toEqual([0, 0, 390, 844]);
  await chat.say("Do you have it in green?");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "Yes, one in size M.");
  await expect(chat.thread.getByText("Yes, one in size M.")).toBeVisible();
  // The panel has a button of its own to minimise it; the launcher would lie on top of the composer.
  await expect(chat.launcher).toBeHidden();
  await picture(page, "phone");
  await targetsAreLarge(chat);
  await nothingScrollsSideways(chat);
  const size = await chat.composer.evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
  expect(size, "smaller fields make phones zoom").toBeGreaterThanOrEqual(16);
  await context.close();
});

test("in forced colours every bubble and field keeps an edge", async ({ page, desk, chat }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "hi");
  await expect(chat.thread.getByText("hi", { exact: true })).toBeVisible();
  for (const bubble of await chat.frame.locator(".b").all()) {
    const width = await bubble.evaluate((it) => parseFloat(getComputedStyle(it).borderTopWidth));
    expect(width).toBeGreaterThanOrEqual(1);
  }
  await picture(page, "forced-colours");
});

test("the keyboard alone gets through a conversation", async ({ page, desk, chat }) => {
  await chat.launcher.focus();
  await page.keyboard.press("Enter");
  await expect(chat.composer).toBeFocused();
  // In its own document the field has the focus before the page has given it to the frame.
  await expect(page.locator("iframe[title=Chat]")).toBeFocused();
  await page.keyboard.type("written without a mouse");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("on two lines");
  await page.keyboard.press("Enter");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.hears(id, ["written without a mouse\non two lines"]);
  await page.keyboard.press("Escape");
  await expect(page.locator("iframe[title=Chat]")).not.toBeVisible();
  await expect(chat.launcher).toBeFocused();
  await expect(chat.launcher).toHaveAttribute("aria-expanded", "false");
  await desk.say(id, "an answer while it is closed");
  await expect(chat.launcher).toHaveAccessibleName(/1 unread message/);
});

test("readers hear what was said once", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await desk.say(id, "listen to this");
  const polite = chat.frame.locator("#polite");
  await expect(polite.getByText("Maya Okafor says: listen to this")).toHaveCount(1);
});
