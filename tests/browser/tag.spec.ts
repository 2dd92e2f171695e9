// The tag: what it says, where it may stand, and what it costs before anybody wants a chat.
import { EDGE, RESOURCE, SITE, Chat, expect, seeThrough, test } from "./parlor";
import { call, embed, hear, loaded, serve, tag } from "./site";

const OPEN = { "data-shadow": "open" };

test("a wrong value is named with those that are allowed, and is as if it were not there", async ({ page, complaints }) => {
  await embed(page, {
    tag: {
      ...OPEN,
      "data-label": "x".repeat(41),
      "data-side": "left",
      "data-offset": "9999",
      "data-theme": "blue",
      "data-persistence": "forever",
      "data-consent": "yes",
      "data-locale": "german!",
      "data-sound": "loud",
      "data-scroll-lock": "true",
      "data-hint": "",
      "data-hint-after": "soon",
      "data-open-after": "-1",
      "data-button": "##",
      "data-into": "<div>",
    },
  });
  const allowed: [string, string][] = [
    ["data-label", "text of 1 to 40 characters"],
    ["data-side", "start or end"],
    ["data-offset", "0 to 200"],
    ["data-theme", "light, dark or follow"],
    ["data-persistence", "visitor, tab or none"],
    ["data-consent", "required or given"],
    ["data-locale", "a language tag"],
    ["data-sound", "on or off"],
    ["data-scroll-lock", "on or off"],
    ["data-hint", "text of 1 to 200 characters"],
    ["data-hint-after", "0 to 3600"],
    ["data-open-after", "0 to 3600"],
    ["data-button", "a CSS selector"],
    ["data-into", "a CSS selector"],
  ];
  await expect.poll(() => complaints.length).toBe(allowed.length);
  for (const [name, values] of allowed) {
    const said = complaints.filter((it) => it.startsWith(`Parlor: ${name}="`));
    expect(said, name).toHaveLength(1);
    expect(said[0]).toContain(values);
  }
  const chat = new Chat(page);
  await expect(chat.launcher).toBeVisible();
  const box = (await chat.launcher.boundingBox())!;
  expect([box.x + box.width, box.y + box.height]).toEqual([1260, 840]);
  await chat.open();
});

test("a misspelt attribute is answered with the one that was meant, and other people's are left alone", async ({ page, complaints }) => {
  await embed(page, { tag: { "data-lable": "Ask", "data-nscript": "afterInteractive", "data-cfasync": "false" } });
  await expect.poll(() => complaints).toHaveLength(1);
  expect(complaints[0]).toContain("there is no attribute data-lable. Is it data-label?");
});

test("every attribute that is right is taken without a word", async ({ page, complaints }) => {
  await embed(page, {
    tag: {
      ...OPEN, "data-label": "Ask the shop", "data-side": "start", "data-offset": "0", "data-theme": "dark", "data-locale": "pt-BR",
      "data-persistence": "tab", "data-consent": "given", "data-message-text": "on", "data-title-count": "off", "data-sound": "off",
      "data-notifications": "on", "data-scroll-lock": "off", "data-hint": "Between two sizes?", "data-hint-title": "Hello",
      "data-hint-after": "0.5", "data-hint-for": "3600", "data-open-after": "3600",
    },
  });
  const chat = new Chat(page);
  const launcher = page.getByRole("button", { name: "Ask the shop. Open chat" });
  await expect(launcher).toBeVisible();
  expect((await launcher.boundingBox())!.x).toBe(0);
  await expect(page.getByText("Between two sizes?")).toBeVisible();
  await launcher.click();
  await expect(chat.composer).toBeVisible();
  expect(complaints).toEqual([]);
});

for (const [what, resource] of [["no", ""], ["a malformed", "A0E9C1DE"]]) {
  test(`${what} resource: no launcher, a sentence in the console, an error event, rejected calls`, async ({ page, complaints }) => {
    const heard = await hear(page);
    await embed(page, { resource, tag: OPEN });
    await expect.poll(heard).toEqual([["error", { code: "resource_malformed", message: expect.stringContaining("36 characters") }]]);
    await expect(new Chat(page).launcher).toBeHidden();
    expect(complaints.join()).toContain("data-resource");
    expect(await call(page, "open")).toMatchObject({ code: "resource_malformed" });
    expect(await call(page, "send", "x")).toMatchObject({ code: "resource_malformed" });
  });
}

test("twice on a page, the second copy does nothing and says so", async ({ page, complaints }) => {
  await embed(page, { tag: OPEN, body: `<h1>Shop</h1>${tag(OPEN)}` });
  await expect.poll(() => complaints).toEqual(["Parlor: the script is on this page twice. This copy does nothing."]);
  await expect(page.locator("[data-parlor]")).toHaveCount(1);
  await new Chat(page).open();
});

test("inlined, it says that it needs an address", async ({ page, complaints }) => {
  const source = await (await fetch(`${EDGE}/parlor.js`)).text();
  await embed(page, { tag: null, head: `<script>${source}</script>` });
  await expect.poll(() => complaints.join()).toContain('<script src="https://EDGE/parlor.js" data-resource="ID">');
  expect(await page.evaluate(() => "Parlor" in window)).toBe(false);
});

const ways: [string, () => { head?: string; body?: string; doctype?: boolean }][] = [
  ["as a module", () => ({ head: tag({ ...OPEN, type: "module" }) })],
  ["imported by a module of the site", () => ({
    head: `${tag({ ...OPEN, type: "text/plain" })}<script type="module">import "${EDGE}/parlor.js";</script>`,
  })],
  ["added by a script", () => ({
    head: `<script>addEventListener("load", () => {
      const tag = document.createElement("script");
      Object.assign(tag.dataset, { resource: "${RESOURCE}", shadow: "open" });
      tag.src = "${EDGE}/parlor.js";
      document.head.append(tag);
    });</script>`,
  })],
  ["without async, before the body", () => ({ head: tag(OPEN).replace('async=""', "") })],
  ["deferred", () => ({ head: tag(OPEN).replace('async=""', "defer") })],
  ["in quirks mode", () => ({ head: tag(OPEN), doctype: false })],
];
for (const [way, parts] of ways) {
  test(`it works ${way}`, async ({ page, complaints }) => {
    await embed(page, { tag: null, ...parts() });
    const chat = new Chat(page);
    await expect(chat.launcher).toBeVisible();
    if (way === "in quirks mode") expect(await page.evaluate(() => document.compatMode)).toBe("BackCompat");
    expect(await page.evaluate(() => document.body.lastElementChild!.hasAttribute("data-parlor")), "last in the page's order").toBe(true);
    await chat.open();
    // It grows to its size as it opens.
    await expect.poll(async () => {
      const box = (await page.locator("iframe[title=Chat]").boundingBox())!;
      return [box.width, box.height];
    }).toEqual([400, 680]);
    expect(complaints).toEqual([]);
  });
}

test("before the launcher is painted the edge is asked for one file, of at most 3 kB", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(EDGE)) asked.push(request.url());
  });
  await embed(page, { tag: OPEN });
  await expect(new Chat(page).launcher).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(asked).toEqual([`${EDGE}/parlor.js`]);
  const answer = await page.context().newCDPSession(page);
  await answer.send("Network.enable");
  const sized = new Promise<number>((resolve) => answer.on("Network.loadingFinished", (it) => resolve(it.encodedDataLength)));
  await page.evaluate((url) => fetch(url, { cache: "reload" }).then((it) => it.text()), `${EDGE}/parlor.js`);
  // Headers are counted here, and the local server compresses less than a deployment.
  expect(await sized).toBeLessThan(4_500);
});

test("with a conversation under way the rest comes at once, and only after the launcher", async ({ page, desk }) => {
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "one");
  await expect(chat.thread.getByText("one")).toBeVisible();
  await chat.button(/Minimise chat/).click();
  await desk.say(id, "two");
  await expect(chat.launcher).toHaveAccessibleName("Open chat, 1 unread message");

  // On the next page the count is there before anything of the edge is.
  await page.addInitScript(() => {
    if (window !== window.top) return;
    (window as any).order = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name.includes("panel")) (window as any).order.push("panel");
    }).observe({ type: "resource", buffered: true });
  });
  await page.reload();
  await expect(chat.launcher).toHaveAccessibleName("Open chat, 1 unread message");
  await expect.poll(() => page.frames().length).toBe(2);
  await expect.poll(() => page.evaluate(() => (window as any).order)).toEqual(["panel"]);
  await expect(page).toHaveTitle("(1) The shop");
});

test("a body that is exchanged takes the chat along", async ({ page, desk, complaints }) => {
  void desk;
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello from the first route");
  await expect(chat.thread.getByText("hello from the first route")).toBeVisible();
  await page.evaluate(() => {
    const next = document.createElement("body");
    next.innerHTML = "<h1>Another route</h1>";
    document.documentElement.replaceChild(next, document.body);
  });
  await expect(chat.thread.getByText("hello from the first route")).toBeVisible();
  await expect(page.locator("[data-parlor]")).toHaveCount(1);
  expect(complaints).toEqual([]);
});

test("a shadow root is closed unless the tag says open", async ({ page }) => {
  await embed(page);
  await loaded(page);
  expect(await page.evaluate(() => document.querySelector("[data-parlor]")!.shadowRoot)).toBeNull();
  await embed(page, { tag: OPEN, path: "/2" });
  await loaded(page);
  expect(await page.evaluate(() => document.querySelector("[data-parlor]")!.shadowRoot !== null)).toBe(true);
});

test("destroyed, it can be started again", async ({ page, complaints }) => {
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  expect(await call(page, "destroy")).toEqual({ value: undefined });
  await expect(page.locator("[data-parlor]")).toHaveCount(0);
  for (const again of [1, 2]) {
    void again;
    await page.evaluate(([src, resource]) => {
      const script = document.createElement("script");
      Object.assign(script.dataset, { resource, shadow: "open" });
      script.src = src;
      document.head.append(script);
    }, [`${EDGE}/parlor.js`, RESOURCE]);
    await loaded(page);
    await chat.open();
    await call(page, "destroy");
    await expect.poll(() => page.frames().length).toBe(1);
  }
  expect(complaints).toEqual([]);
});

test("a page older than the newest deployment gets the second file by the name that stays", async ({ page, complaints }) => {
  const asked: string[] = [];
  await page.route(`${EDGE}/assets/panel-*.js`, (route) => {
    asked.push(route.request().url());
    return route.fulfill({ status: 404, body: "gone" });
  });
  await embed(page, { tag: OPEN });
  await new Chat(page).open();
  expect(asked).toHaveLength(1);
  // The browser's own word about the 404.
  expect(complaints.filter((it) => it.startsWith("Parlor"))).toEqual([]);
});

test("the launcher of a page that came without a network says that it is not reached, and the next press asks again", async ({ page }) => {
  const url = await serve(page, { tag: OPEN });
  const heard = await hear(page);
  await page.goto(url);
  const chat = new Chat(page);
  await expect(chat.launcher).toBeVisible();
  await page.route(/panel/, (route) => route.abort());
  await page.route(/\/frame\?/, (route) => route.abort());
  await chat.launcher.click();
  await expect(page.getByText("The chat cannot be reached")).toBeVisible();
  await expect(chat.launcher).toHaveAccessibleName("The chat cannot be reached. Open chat");
  const errors = (await heard()).filter(([name]) => name === "error");
  expect(errors.map(([, detail]) => detail.code)).toContain("edge_unreachable");
  await page.unroute(/panel/);
  await page.unroute(/\/frame\?/);
  await chat.launcher.click();
  await expect(chat.composer).toBeVisible();
  await expect(page.locator("[data-parlor] button.text")).toHaveCount(0);
});

test("the demo page's tag is the one of the README", async ({ page }) => {
  await seeThrough(page);
  await page.goto(SITE);
  await expect(new Chat(page).launcher).toHaveAccessibleName("Open chat");
});
