// What a resource says of its looks and of consent, from the admin API to the pages of a site.
import type { Page } from "@playwright/test";
import { ADMIN_TOKEN, EDGE, SITE, Chat, expect, test } from "./parlor";
import { call, embed } from "./site";

const RESOURCE = "b0e9c1de-0000-4000-8000-000000000003";
const OPEN = { "data-shadow": "open" };

async function put(more: object, condition: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(`${EDGE}/v1/admin/resources/${RESOURCE}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json", ...condition },
    body: JSON.stringify({ version: 1, id: RESOURCE, kind: "web_chat", hub: "shop", name: "Larkspur Bicycles", allowed_origins: [SITE], ...more }),
  });
  // A demo that was used before has it already.
  if (answer.status === 428) return put(more, { "if-match": "*" });
  expect(answer.ok, await answer.text()).toBe(true);
  // The edge may read what it has read before for a short while: asked until it says the same.
  await expect.poll(async () => {
    const told = await (await fetch(`${EDGE}/v1/resources/${RESOURCE}`, { headers: { origin: SITE } })).text();
    return Object.entries(more).every(([name, value]) => name !== "theme" || told.includes((value as { accent: string }).accent));
  }).toBe(true);
}

/// The launcher's fill and what is drawn on it.
const paint = (page: Page) => page.evaluate(() => {
  const style = getComputedStyle(document.querySelector("[data-parlor]")!.shadowRoot!.querySelector("button")!);
  return [style.backgroundColor, style.color];
});
const rgb = (hex: string) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;

test("the launcher takes the resource's accent, light and dark, from the second page on or at once from the tag", async ({ page, desk }) => {
  void desk;
  await put({ theme: { accent: "#1f3a8a", scheme: "follow" } });
  const { theme } = await (await fetch(`${EDGE}/v1/resources/${RESOURCE}`, { headers: { origin: SITE } })).json();
  const [light, onLight, dark, onDark] = theme.launcher.split(" ");
  expect(light, "white on it can be read as it is").toBe("#1f3a8a");
  expect(dark).not.toBe(light);

  // Painted before anything is asked of the edge: a first page cannot know.
  await embed(page, { tag: OPEN, resource: RESOURCE });
  const chat = new Chat(page);
  expect(await paint(page)).toEqual([rgb("#175c49"), rgb("#ffffff")]);
  await chat.open();
  // The panel does.
  const out = await chat.frame.locator("html").evaluate((it) => getComputedStyle(it).getPropertyValue("--pl-accent"));
  expect(out).toContain(light);
  await expect.poll(() => page.evaluate((id) => localStorage.getItem(`parlor.${id}.accent`), RESOURCE)).toBe(theme.launcher);

  await embed(page, { tag: OPEN, resource: RESOURCE, path: "/next" });
  await expect(chat.launcher).toBeVisible();
  expect(await paint(page)).toEqual([rgb(light), rgb(onLight)]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await paint(page)).toEqual([rgb(dark), rgb(onDark)]);

  // The tag says so on a visitor's first page.
  await page.evaluate(() => localStorage.clear());
  await embed(page, { tag: { ...OPEN, "data-accent": theme.launcher }, resource: RESOURCE, path: "/tag" });
  await expect(chat.launcher).toBeVisible();
  expect(await paint(page)).toEqual([rgb(dark), rgb(onDark)]);
});

const kept = (page: Page) => page.frames().find((it) => it.url().startsWith(EDGE))!
  .evaluate(() => ({ local: Object.keys(localStorage).length, session: Object.keys(sessionStorage).length }));

test("who has agreed on the site's page is not asked again; who has not is, and nothing is kept before", async ({ page, context, desk }) => {
  await put({ consent: {}, theme: { accent: "#1f3a8a" } });
  // The site does not ask: the panel does.
  await embed(page, { tag: OPEN, resource: RESOURCE });
  const chat = new Chat(page);
  await chat.launcher.click();
  await expect(chat.frame.getByRole("heading", { name: "Before we connect" })).toBeVisible();
  await expect(chat.composer).toHaveCount(0);
  await expect(chat.button("Agree and continue")).toBeVisible();
  expect(await kept(page)).toEqual({ local: 0, session: 0 });
  expect(await call(page, "send", "said by the page")).toMatchObject({ code: "consent_required" });
  expect(await kept(page)).toEqual({ local: 0, session: 0 });

  // The site asks: the panel does not ask once more, and has kept nothing before the answer.
  const other = await context.newPage();
  await embed(other, { tag: { ...OPEN, "data-consent": "required" }, resource: RESOURCE, path: "/asks" });
  const again = new Chat(other);
  await again.launcher.click();
  await expect(other.getByText("Before we connect")).toBeVisible();
  expect(other.frames()).toHaveLength(1);
  await other.getByRole("button", { name: "Agree and continue" }).click();
  await expect(again.composer).toBeVisible();
  await expect(again.frame.getByRole("heading", { name: "Before we connect" })).toHaveCount(0);
  await again.say("hello");
  await desk.waiting();
  await expect.poll(async () => (await kept(other)).local).toBeGreaterThan(0);
});

test("where the site has turned sounds off there is no switch for them, and no menu for nothing", async ({ page, desk }) => {
  void desk;
  await embed(page, { tag: { ...OPEN, "data-sound": "off" } });
  const chat = new Chat(page);
  await chat.open();
  const more = chat.button("More options");
  await expect(more).toBeHidden();
  await chat.say("hello");
  await desk.waiting();
  await more.click();
  await expect(chat.frame.getByRole("menuitem", { name: "Download transcript" })).toBeVisible();
  await expect(chat.frame.getByRole("menuitemcheckbox")).toHaveCount(0);

  await page.evaluate(() => localStorage.clear());
  await embed(page, { tag: OPEN, path: "/loud" });
  await chat.open();
  await more.click();
  await expect(chat.frame.getByRole("menuitemcheckbox", { name: "Sound" })).toBeVisible();
});
