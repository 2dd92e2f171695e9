// Where the chat stands: above everything, in an element, behind the site's own button; and the hint before it.
import type { Page } from "@playwright/test";
import { Chat, expect, test } from "./parlor";
import { call, embed, hear } from "./site";

const OPEN = { "data-shadow": "open" };
const box = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())!;

/// What a reset, a theme, a page builder and an angry developer may do to everything on a page.
const HOSTILE = `<style>
  * { all: unset !important; display: none !important; }
  html, body, h1 { display: block !important; }
  * { color: red !important; font-size: 40px !important; position: static !important; visibility: hidden !important; opacity: 0 !important; }
  div { display: none !important; }
  body > div:last-child, [data-parlor] { display: none !important; transform: scale(.1) !important; inset: 0 !important; width: 1px !important; z-index: -1 !important; clip-path: inset(50%) !important; pointer-events: none !important; filter: blur(9px) !important; margin: 99px !important }
  iframe, button, svg { width: 3px !important; border: 9px solid red !important; }
  html { font-size: 3px !important; transform: translateZ(0) rotate(3deg); filter: grayscale(1); opacity: .5; }
  body { transform: scale(.5); overflow: hidden; contain: strict; perspective: 10px; will-change: transform; isolation: isolate; }
  [popover] { display: none !important; }
  ::backdrop { background: red !important; }
</style>`;

test("hostile styles of the site do not touch it", async ({ page, complaints }) => {
  await embed(page, { tag: { ...OPEN, "data-label": "Ask" } });
  const chat = new Chat(page);
  await expect(chat.launcher).toBeVisible();
  await chat.open();
  const shape = async () => {
    await page.evaluate(() => {
      const all = (window as any).getAnimations ? document.getAnimations() : [];
      for (const it of all) it.finish();
    });
    return {
      launcher: await box(page, "[data-parlor] button"),
      frame: await box(page, "iframe[title=Chat]"),
      style: await page.evaluate(() => {
        const root = document.querySelector("[data-parlor]")!.shadowRoot!;
        const keep = ["color", "fontSize", "opacity", "visibility", "display", "transform", "filter", "clipPath", "pointerEvents", "borderTopWidth", "zIndex"] as const;
        return ["button", "div", "iframe", "svg"].map((name) => {
          const style = getComputedStyle(root.querySelector(name)!);
          return keep.map((it) => `${name} ${it} ${style[it]}`);
        });
      }),
    };
  };
  await expect.poll(async () => (await shape()).style[1].join()).toContain("opacity 1,");
  const calm = await shape();
  await chat.say("hello");
  await embed(page, { tag: { ...OPEN, "data-label": "Ask" }, head: HOSTILE, path: "/hostile" });
  await expect(chat.launcher).toBeVisible();
  await call(page, "open");
  await expect(chat.composer).toBeVisible();
  await expect.poll(async () => (await shape()).style[1].join()).toContain("opacity 1,");
  expect(await shape()).toEqual(calm);
  // It can be pressed where it is seen.
  await page.mouse.click(calm.launcher.x + 20, calm.launcher.y + 20);
  await expect(page.locator("iframe[title=Chat]")).toBeHidden();
  expect(complaints).toEqual([]);
});

test("it lies above whatever z-index the site has, and below a dialog that the site opens", async ({ page }) => {
  await embed(page, {
    tag: OPEN,
    body: `<div style="position:fixed;inset:0;z-index:2147483647;background:#eee">a wall</div>
      <dialog style="inline-size:90%;block-size:90%">a dialog</dialog>`,
  });
  const chat = new Chat(page);
  await expect(chat.launcher).toBeVisible();
  const top = () => page.evaluate(() => document.elementFromPoint(innerWidth - 40, innerHeight - 40)!.localName);
  await page.evaluate(() => document.body.append(Object.assign(document.createElement("div"), {
    style: "position:fixed;inset:0;z-index:2147483647;background:#ddd", textContent: "a later wall",
  })));
  expect(await top()).toBe("div");
  expect(await page.evaluate(() => document.elementFromPoint(innerWidth - 40, innerHeight - 40)!.hasAttribute("data-parlor"))).toBe(true);
  await chat.open();
  await chat.button(/Minimise chat/).click();
  await page.evaluate(() => document.querySelector("dialog")!.showModal());
  expect(await top()).toBe("dialog");
});

test("with an element of the site, it stands in that, as large as it is, without a launcher", async ({ page, desk, complaints }) => {
  const heard = await hear(page);
  await embed(page, {
    tag: { ...OPEN, "data-into": "#help" },
    body: '<h1>Help</h1><section id="help" style="width:500px;height:550px;margin:30px"></section><p>after</p>',
  });
  const chat = new Chat(page);
  await expect(chat.composer).toBeVisible();
  await expect(chat.launcher).toBeHidden();
  const [place, frame] = [await box(page, "#help"), await box(page, "iframe[title=Chat]")];
  expect(frame).toEqual(place);
  await chat.say("from the page");
  await desk.waiting();
  expect((await heard()).map(([name]) => name)).toContain("opened");
  // There is nowhere to go.
  await expect(chat.button(/Minimise chat/)).toBeHidden();
  await chat.composer.press("Escape");
  await expect(chat.composer).toBeVisible();
  await call(page, "close");
  await expect(chat.composer).toBeHidden();
  await call(page, "open");
  await expect(chat.thread.getByText("from the page")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("an element that comes later is found when the site opens the chat; until then the console says so", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: { ...OPEN, "data-into": "#later" } });
  await expect.poll(heard).toEqual([["error", { code: "into_missing", message: expect.stringContaining("#later") }]]);
  expect(complaints.join()).toContain("Parlor.open()");
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", '<section id="later" style="height:400px"></section>');
  });
  expect(await call(page, "open")).toEqual({ value: undefined });
  const chat = new Chat(page);
  await expect(chat.composer).toBeVisible();
  // A route that goes and comes back.
  await page.evaluate(() => document.querySelector("#later")!.remove());
  await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", '<section id="later" style="height:400px"></section>'));
  expect(await call(page, "open")).toEqual({ value: undefined });
  await expect(chat.composer).toBeVisible();
});

test("the site's own button opens and closes it, also one that comes later, and gets the focus back", async ({ page, complaints }) => {
  const heard = await hear(page);
  await embed(page, { tag: { ...OPEN, "data-button": ".ask" }, body: '<h1>Shop</h1><a class="ask" href="/elsewhere"><b>Ask us</b></a>' });
  const chat = new Chat(page);
  await expect(chat.launcher).toBeHidden();
  const ours = page.locator(".ask").first();
  await ours.hover();
  await expect.poll(() => page.frames().length, "intent loads").toBe(2);
  await ours.click();
  await expect(chat.composer).toBeVisible();
  await expect(chat.composer).toBeFocused();
  await chat.composer.press("Escape");
  await expect(chat.composer).toBeHidden();
  await expect(ours).toBeFocused();
  expect(page.url()).toContain("/embed");
  await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", '<button class="ask" id="second">Ask here</button>'));
  await page.locator("#second").click();
  await expect(chat.composer).toBeVisible();
  await page.locator("#second").click();
  await expect(chat.composer).toBeHidden();
  expect((await heard()).map(([name]) => name).filter((name) => name !== "ready")).toEqual(["opened", "closed", "opened", "closed"]);
  expect(complaints).toEqual([]);
});

test("the hint comes after its delay, goes by itself, and opens the chat", async ({ page, complaints }) => {
  await page.clock.install();
  await embed(page, {
    tag: { ...OPEN, "data-hint": "Tell us your height. Maya in the shop answers in about two minutes.", "data-hint-title": "Between two sizes?", "data-hint-after": "5", "data-hint-for": "20" },
  });
  const hint = page.getByText("Between two sizes?");
  await expect(page.locator("[data-parlor] button.text")).toHaveCount(0);
  // The second file has come once the sheet of the hint is there.
  await page.waitForFunction(() => document.querySelector("[data-parlor]")!.shadowRoot!.adoptedStyleSheets.length === 2);
  await page.clock.runFor(3_000);
  await expect(hint).toHaveCount(0);
  await page.clock.runFor(2_100);
  await expect(hint).toBeVisible();
  await expect.poll(async () => {
    const [bubble, launcher] = [await box(page, "[data-parlor] aside"), await box(page, "[data-parlor] button[aria-haspopup]")];
    return { width: bubble.width, gap: launcher.y - bubble.y - bubble.height };
  }).toEqual({ width: 288, gap: 12 });
  await page.clock.runFor(20_000);
  await expect(hint).toHaveCount(0);
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[data-parlor]")!.shadowRoot!.adoptedStyleSheets.length === 2);
  await page.clock.runFor(5_100);
  await page.clock.resume();
  await hint.click();
  await expect(new Chat(page).composer).toBeVisible();
  await expect(hint).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("a hint that was dismissed does not come again in this tab; the Tab key goes hint, dismiss, launcher", async ({ page }) => {
  await embed(page, { tag: { ...OPEN, "data-hint": "Ask us", "data-hint-after": "0" } });
  await expect(page.getByText("Ask us")).toBeVisible();
  const focused = () => page.evaluate(() => {
    const it = document.querySelector("[data-parlor]")!.shadowRoot!.activeElement;
    return it?.getAttribute("aria-label") ?? it?.textContent;
  });
  const order = [];
  for (let n = 0; n < 3; n += 1) {
    await page.keyboard.press("Tab");
    order.push(await focused());
  }
  expect(order).toEqual(["Ask us", "Dismiss", "Open chat"]);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText("Ask us")).toHaveCount(0);
  expect(await focused()).toBe("Open chat");
  const stored = await page.evaluate(() => Object.keys(sessionStorage));
  expect(stored).toEqual([expect.stringMatching(/\.hinted$/)]);
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[data-parlor]")!.shadowRoot!.adoptedStyleSheets.length === 2);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  await expect(page.getByText("Ask us")).toHaveCount(0);
});

test("it opens by itself once in a tab, without taking the focus", async ({ page }) => {
  await embed(page, { tag: { ...OPEN, "data-open-after": "0.2" }, body: '<input id="field" autofocus>' });
  const chat = new Chat(page);
  await expect(chat.composer).toBeVisible();
  await expect(page.locator("#field")).toBeFocused();
  await call(page, "close");
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[data-parlor]")!.shadowRoot!.adoptedStyleSheets.length === 2);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 400)));
  await expect(page.locator("iframe[title=Chat]")).toHaveCount(0);
});

test("open on one page, it is open on the next, without taking the focus", async ({ page, desk }) => {
  await embed(page, { tag: OPEN });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
  await embed(page, { tag: OPEN, path: "/next", body: '<input id="field" autofocus>' });
  await expect(chat.thread.getByText("hello")).toBeVisible();
  await expect(page.locator("#field")).toBeFocused();
  await chat.button(/Minimise chat/).click();
  await embed(page, { tag: OPEN, path: "/third" });
  await expect.poll(() => page.frames().length).toBe(2);
  await expect(page.locator("iframe[title=Chat]")).toBeHidden();
});

test("right to left, it stands at the left and the panel with it", async ({ page }) => {
  await embed(page, { tag: OPEN, head: "<script>document.documentElement.dir = 'rtl'</script>" });
  const chat = new Chat(page);
  expect((await chat.launcher.boundingBox())!.x).toBe(20);
  await chat.open();
  await expect.poll(async () => (await box(page, "iframe[title=Chat]")).x).toBe(20);
});
