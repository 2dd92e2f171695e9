// What can be wrong with a site, a browser or the edge: the console and the `error` event say what to do.
import { chromium } from "@playwright/test";
import path from "node:path";
import { EDGE, RESOURCE, SITE, Chat, expect, test } from "./parlor";
import { call, embed, hear, loaded } from "./site";

const OPEN = { "data-shadow": "open" };
const policy = (text: string) => ({ "content-security-policy": text });
const codes = (heard: [string, any][]) => heard.filter(([name]) => name === "error").map(([, detail]) => detail.code);

const GOOD = `default-src 'none'; script-src ${EDGE}; frame-src ${EDGE}; connect-src ${EDGE}; img-src data:`;

test("the documented policy is enough, with Trusted Types enforced", async ({ page, desk, complaints }) => {
  await embed(page, {
    tag: { ...OPEN, "data-hint": "Ask us", "data-hint-after": "0", "data-title-count": "on" },
    headers: policy(`${GOOD}; require-trusted-types-for 'script'; trusted-types 'none'`),
  });
  await expect(page.getByText("Ask us")).toBeVisible();
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
  await call(page, "setTheme", "dark");
  await call(page, "identify", { name: "Ines" });
  expect(complaints).toEqual([]);
});

test("a nonce is as good as the address, for the second file too", async ({ page, complaints }) => {
  for (const [path, script] of [["/nonce", "'nonce-abc'"], ["/strict", "'nonce-abc' 'strict-dynamic'"]]) {
    await embed(page, {
      tag: { ...OPEN, nonce: "abc" }, path,
      headers: policy(GOOD.replace(`script-src ${EDGE}`, `script-src ${script}`)),
    });
    await new Chat(page).open();
  }
  expect(complaints).toEqual([]);
});

test("frame-src is missing: no launcher is left, and the fault names it", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN, headers: policy(GOOD.replace(`frame-src ${EDGE};`, "").replace("script-src", "script-src 'unsafe-inline'")) });
  const chat = new Chat(page);
  await chat.launcher.click();
  await expect.poll(async () => codes(await heard())).toEqual(["frame_blocked"]);
  expect(complaints.filter((it) => it.startsWith("Parlor")).join()).toContain(`Add ${EDGE} to frame-src`);
  await expect(chat.launcher).toBeHidden();
  await expect(page.locator("iframe")).toHaveCount(0);
  expect(await call(page, "open")).toMatchObject({ code: "frame_blocked" });
});

test("connect-src is missing: the chat runs, and the fault names it", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN, headers: policy(GOOD.replace(`connect-src ${EDGE};`, "")) });
  const chat = new Chat(page);
  await chat.open();
  await expect.poll(async () => codes(await heard())).toEqual(["connect_blocked"]);
  expect(complaints.join()).toContain(`no connect-src ${EDGE}`);
  expect(await call(page, "send", "all the same")).toEqual({ value: undefined });
  await expect(chat.thread.getByText("all the same")).toBeVisible();
});

test("script-src allows the first file alone: the fault names it, and a visitor is told", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN, headers: policy(GOOD.replace(`script-src ${EDGE}`, `script-src ${EDGE}/parlor.js`)) });
  const chat = new Chat(page);
  await chat.launcher.click();
  await expect(page.getByText("The chat cannot be reached")).toBeVisible();
  expect(new Set(codes(await heard()))).toEqual(new Set(["edge_unreachable"]));
  expect(complaints.filter((it) => it.startsWith("Parlor")).join()).toContain(`script-src ${EDGE}`);
  expect(await call(page, "send", "x")).toMatchObject({ code: "edge_unreachable" });
});

test("a policy that only reports is not a fault", async ({ page }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN, headers: { "content-security-policy-report-only": "frame-src 'none'; connect-src 'none'" } });
  await new Chat(page).open();
  expect(codes(await heard())).toEqual([]);
});

test("the edge is down: a visitor is told in the panel, tries again, and gets through", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await expect(chat.launcher).toBeVisible();
  // The loader's files were cached; nothing else answers.
  await page.route(/\/frame\?|\/v1\//, (route) => route.abort("connectionrefused"));
  await chat.launcher.click();
  await expect(page.getByText("The chat cannot be reached")).toBeVisible();
  await expect.poll(async () => codes(await heard())).toEqual(["edge_unreachable"]);
  expect(complaints.filter((it) => it.startsWith("Parlor")).join()).toContain("Is it up?");
  expect(await call(page, "send", "x")).toMatchObject({ code: "edge_unreachable" });
  await page.unroute(/\/frame\?|\/v1\//);
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(chat.composer).toBeVisible();
});

test("the edge answers that it is not well: the fault has its code, and the visitor may try again", async ({ page }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  const problem = { title: "The platform failed.", status: 503, code: "platform_failed" };
  await page.route(/\/v1\/resources/, (route) => route.fulfill({
    status: 503, json: problem, headers: { "access-control-allow-origin": "*" },
  }));
  const chat = new Chat(page);
  await chat.launcher.click();
  await expect(page.getByText("The chat cannot be reached")).toBeVisible();
  expect(codes(await heard())).toEqual(["platform_failed"]);
  await expect(chat.launcher).toBeVisible();
  await page.unroute(/\/v1\/resources/);
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(chat.composer).toBeVisible();
});

for (const [what, code, remedy, parts] of [
  ["an unknown resource", "resource_unknown", "Check data-resource", { resource: RESOURCE.replace(/1$/, "9") }],
  ["a site that the resource does not name", "origin_not_allowed", "to the resource's sites", { site: SITE.replace("localhost", "127.0.0.1") }],
] as const) {
  test(`${what}: the launcher goes at the first intent, and no frame stays`, async ({ page, complaints }) => {
    const heard = await hear(page);
    await embed(page, { tag: OPEN, ...parts });
    const chat = new Chat(page);
    await chat.launcher.hover();
    await expect.poll(async () => codes(await heard())).toEqual([code]);
    expect(complaints.filter((it) => it.startsWith("Parlor")).join()).toContain(remedy);
    await expect(chat.launcher).toBeHidden();
    await expect.poll(() => page.frames().length).toBe(1);
    expect(await call(page, "open")).toMatchObject({ code });
  });
}

test("the frame never says a word: that is told after a while, and can be tried again", async ({ page }) => {
  const heard = await hear(page);
  await page.clock.install();
  await embed(page, { tag: OPEN });
  await page.route(/\/frame\?/, (route) => route.fulfill({ contentType: "text/html", body: "<p>an extension's page" }));
  const chat = new Chat(page);
  await chat.launcher.click();
  await expect(page.getByText("Opening the chat")).toBeVisible();
  await page.clock.runFor(16_000);
  await expect(page.getByText("The chat cannot be reached")).toBeVisible();
  expect(codes(await heard())).toEqual(["frame_silent"]);
  await page.unroute(/\/frame\?/);
  await page.clock.resume();
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(chat.composer).toBeVisible();
});

test("the widget does not start: the frame says what to do, and the site is told", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN });
  await page.route(/\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }));
  const chat = new Chat(page);
  await chat.launcher.click();
  await expect(chat.frame.getByText("Check your connection, then load it again.")).toBeVisible();
  await expect.poll(async () => codes(await heard())).toEqual(["widget_failed"]);
  expect(complaints.join()).toContain("the widget in the frame did not start");
  await page.unroute(/\.wasm$/);
  await chat.frame.getByRole("button", { name: "Try now" }).click();
  await expect(chat.composer).toBeVisible();
});

test("the page may not use its storage: the chat runs, and says what will be missing", async ({ page, desk, complaints }) => {
  const heard = await hear(page);
  await page.addInitScript(() => {
    if (window !== window.top) return;
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
    }
  });
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
  await expect.poll(async () => codes(await heard())).toEqual(["storage_blocked"]);
  expect(complaints.filter((it) => it.startsWith("Parlor"))).toHaveLength(1);
  expect(await call(page, "destroy")).toEqual({ value: undefined });
});

test("the browser gives frames of other sites no storage: the site's is lent, and the fault says what that means", async ({ desk }) => {
  const browser = await chromium.launch({
    executablePath: path.join(__dirname, "chromium.sh"),
    args: ["--no-sandbox", "--disable-gpu"],
    env: { ...process.env, PARLOR_NO_FRAME_STORAGE: "1" } as Record<string, string>,
  });
  try {
    const context = await browser.newContext({ locale: "en-GB" });
    // Chromium gives such frames partitioned storage; a browser or a visitor may refuse it.
    await context.addInitScript(() => {
      if (window === window.top) return;
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
      }
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (it) => complaints.push(it.text()));
    const heard = await hear(page);
    await embed(page, { tag: OPEN });
    const chat = new Chat(page);
    await chat.open();
    await expect.poll(async () => codes(await heard())).toEqual(["frame_storage_blocked"]);
    expect(complaints.join()).toContain('data-persistence="none" turns that off');
    await chat.say("said before the reload");
    await desk.waiting();
    const kept = () => page.evaluate((start) => Object.keys(localStorage).filter((it) => it.startsWith(start)).sort(), `parlor.${RESOURCE}.kept.`);
    await expect.poll(async () => (await kept()).join()).toContain("kept.visitor");
    await chat.reload();
    await expect(chat.thread.getByText("said before the reload")).toBeVisible();

    expect(await call(page, "reset")).toEqual({ value: undefined });
    expect(await kept()).toEqual([]);

    // And with persistence turned off nothing is lent.
    await embed(page, { tag: { ...OPEN, "data-persistence": "none" }, path: "/none" });
    await chat.open();
    await chat.say("for this page only");
    await expect(chat.panel.getByText("Sent")).toBeVisible();
    expect(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])).toEqual([]);
    expect(codes(await heard())).toEqual([]);
  } finally {
    await browser.close();
  }
});

test("nothing is said to another origin, and nothing is taken from one", async ({ page }) => {
  const heard = await hear(page);
  await embed(page, { tag: OPEN, body: `<iframe name="evil" srcdoc="<script>
    parent.postMessage({ ready: {} }, '*'); parent.postMessage({ unread: { count: 9 } }, '*');
  </script>"></iframe>` });
  const chat = new Chat(page);
  await chat.open();
  // The page itself and another frame claim to be the chat.
  await page.evaluate(() => {
    postMessage({ unread: { count: 7 } }, "*");
    (window.frames as any).evil.eval?.("1");
  });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  expect((await heard()).filter(([name]) => name === "unread")).toEqual([]);
  // A frame of the edge takes nothing from a page that is not the one it was made for.
  const inner = page.frames().find((it) => it.url().startsWith(EDGE))!;
  await inner.evaluate(() => {
    postMessage({ reset: { n: 1 } }, "*");
    postMessage({ theme: { scheme: "dark" } }, "*");
  });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  expect(await inner.evaluate(() => document.documentElement.dataset.scheme)).toBe("follow");
  await loaded(page);
});
