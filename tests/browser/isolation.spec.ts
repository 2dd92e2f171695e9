// What the site's own scripts can see of a chat: nothing that was said, and nothing that opens it.
import { EDGE, RESOURCE, SITE, expect, test } from "./parlor";

test("the site's scripts cannot read the conversation or its token", async ({ page, context, desk }) => {
  await page.goto(`${SITE}/`);
  // The launcher's shadow root is closed here, as in production: open by the API, write in the frame.
  // @ts-expect-error the page's own global
  await page.evaluate(() => window.Parlor.open());
  await expect.poll(() => page.frames()[1]?.url()).toMatch(new RegExp(`^${EDGE}/frame`));
  const frame = page.frames()[1];
  const composer = frame.getByRole("textbox", { name: "Write a message" });
  await composer.fill("a secret of the visitor");
  await composer.press("Enter");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "a secret of the agent");
  await expect(frame.getByRole("log").getByText("a secret of the agent")).toBeVisible();

  const seen = await page.evaluate(() => {
    const host = document.querySelector("[data-parlor]");
    return {
      shadow: host?.shadowRoot ?? null,
      // A frame inside a closed shadow root cannot be had from outside, not even as a window.
      frames: window.frames.length,
      text: document.documentElement.outerHTML,
      local: JSON.stringify({ ...localStorage }),
      session: JSON.stringify({ ...sessionStorage }),
      cookies: document.cookie,
    };
  });
  expect(seen.shadow).toBeNull();
  expect(seen.frames).toBe(0);
  const all = Object.values(seen).join();
  expect(all).not.toContain("secret");
  expect(all).not.toMatch(/[\w-]{20,}\.[\w-]{20,}/);
  expect(Object.keys(JSON.parse(seen.local)).sort()).toEqual(["active", "open"].map((name) => `parlor.${RESOURCE}.${name}`));
  expect(await context.cookies()).toEqual([]);
});

test("the token stands in no address", async ({ page, chat, desk }) => {
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  page.on("websocket", (socket) => addresses.push(socket.url()));
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
  expect(addresses.some((it) => it.startsWith("ws:"))).toBe(true);
  for (const address of addresses) expect(address).not.toMatch(/token|[\w-]{20,}\.[\w-]{20,}/);
});

test("a strict policy on the site is enough, and the site keeps one global and no style of ours", async ({
  page,
  chat,
  complaints,
}) => {
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|wasm|\*/);
  await chat.open();
  await chat.button(/Minimise chat/).click();
  const added = await page.evaluate(() => ({
    globals: Object.keys(window).filter((name) => /parlor/i.test(name)),
    sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
    elements: document.querySelectorAll("[data-parlor]").length,
  }));
  expect(added).toEqual({ globals: ["Parlor"], sheets: 1, elements: 1 });
  expect(complaints).toEqual([]);
});

test("before anybody shows intent, the tag has asked for one file", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(EDGE)) asked.push(request.url());
  });
  await page.goto(`${SITE}/`, { waitUntil: "networkidle" });
  expect(asked).toEqual([`${EDGE}/parlor.js`]);
});

test("destroy leaves nothing", async ({ page, chat }) => {
  await chat.open();
  // @ts-expect-error the page's own global
  await page.evaluate(() => window.Parlor.destroy());
  await expect(page.locator("[data-parlor]")).toHaveCount(0);
  expect(await page.evaluate(() => "Parlor" in window)).toBe(false);
  await expect.poll(() => page.frames().length).toBe(1);
});
