// destroy(): nodes, listeners, timers, observers, globals, styles, storage: as before.
import type { Page } from "@playwright/test";
import { EDGE, RESOURCE, Chat, expect, test } from "./parlor";
import { call, embed } from "./site";

/// Counts everything that a script can leave in a page, from before the first script.
const count = (page: Page) => page.addInitScript(() => {
  if (window !== window.top) return;
  const held = { listeners: new Map<string, number>(), timers: new Set<number>(), frames: new Set<number>(), observers: new Set<unknown>() };
  const name = (target: unknown, type: string) => `${(target as object)?.constructor?.name} ${type}`;
  // A listener with a signal goes with it; one that was removed goes at once. Elements that are gone take theirs along.
  const add = EventTarget.prototype.addEventListener;
  const remove = EventTarget.prototype.removeEventListener;
  const lasting = (target: unknown) => target === window || target === document || target === document.documentElement
    || target === document.body || target instanceof MediaQueryList || target === window.visualViewport;
  EventTarget.prototype.addEventListener = function (type: string, listener: any, options: any) {
    if (lasting(this)) {
      const key = name(this, type);
      held.listeners.set(key, (held.listeners.get(key) ?? 0) + 1);
      options?.signal && add.call(options.signal, "abort", () => held.listeners.set(key, held.listeners.get(key)! - 1));
    }
    return add.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type: string, listener: any, options: any) {
    if (lasting(this)) held.listeners.set(name(this, type), (held.listeners.get(name(this, type)) ?? 0) - 1);
    return remove.call(this, type, listener, options);
  };
  const wrap = (set: string, clear: string, kept: Set<number>, once: boolean) => {
    const real = (window as any)[set];
    const cancel = (window as any)[clear];
    (window as any)[set] = (run: any, ...rest: any[]) => {
      const id = real((...given: any[]) => {
        if (once) kept.delete(id);
        run(...given);
      }, ...rest);
      kept.add(id);
      return id;
    };
    (window as any)[clear] = (id: number) => {
      kept.delete(id);
      cancel(id);
    };
  };
  wrap("setTimeout", "clearTimeout", held.timers, true);
  wrap("setInterval", "clearInterval", held.timers, false);
  wrap("requestAnimationFrame", "cancelAnimationFrame", held.frames, true);
  for (const kind of ["MutationObserver", "ResizeObserver", "IntersectionObserver", "PerformanceObserver"]) {
    const proto = (window as any)[kind].prototype;
    const { observe, disconnect } = proto;
    proto.observe = function (...given: any[]) {
      held.observers.add(this);
      return observe.apply(this, given);
    };
    proto.disconnect = function () {
      held.observers.delete(this);
      return disconnect.call(this);
    };
  }
  (window as any).held = () => ({
    listeners: [...held.listeners].filter(([, count]) => count).sort(),
    timers: held.timers.size,
    frames: held.frames.size,
    observers: held.observers.size,
    html: document.documentElement.outerHTML,
    title: document.querySelector("title")?.textContent,
    globals: Object.getOwnPropertyNames(window).sort(),
    sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
    style: [document.documentElement, document.body].map((it) => it.getAttribute("style")),
    local: { ...localStorage },
    session: { ...sessionStorage },
    handlers: ["onmessage", "onerror", "onresize", "onstorage"].map((it) => (window as any)[it]),
    active: document.activeElement?.tagName,
    scroll: [scrollX, scrollY],
  });
});

test("after destroy the page is as it was before the tag", async ({ page, desk, complaints }) => {
  await count(page);
  await embed(page, { tag: null, body: '<h1>Shop</h1><a class="ask" href="#">Ask</a><div style="height:3000px"></div>' });
  await page.evaluate(() => {
    localStorage.setItem("site", "its own");
    sessionStorage.setItem("site", "its own");
  });
  const state = () => page.evaluate(() => (window as any).held());
  // Playwright has listeners of its own once it has waited for something in the page.
  await page.waitForFunction(() => true);
  const before = await state();
  await page.setViewportSize({ width: 1280, height: 860 });

  await page.evaluate(([src, resource]) => {
    const script = document.createElement("script");
    Object.assign(script.dataset, {
      resource, shadow: "open", hint: "Ask us", hintAfter: "0", openAfter: "3000", notifications: "on", label: "Ask the shop",
    });
    script.src = src;
    script.id = "tag";
    document.head.append(script);
  }, [`${EDGE}/parlor.js`, RESOURCE]);
  const chat = new Chat(page);
  await expect(page.getByText("Ask us")).toBeVisible();
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await chat.button(/Minimise chat/).click();
  await desk.say(id, "an answer");
  await expect(page).toHaveTitle("(1) The shop");
  // Full screen, so that the page is locked, in the middle of a call.
  await page.setViewportSize({ width: 400, height: 860 });
  await chat.launcher.click();
  await expect(chat.composer).toBeVisible();
  await desk.say(id, "another answer");
  await page.evaluate(() => {
    const parlor = (window as any).Parlor;
    parlor.on("unread", () => {});
    parlor.send("on its way").catch(() => {});
    parlor.setAttributes({ plan: "gold" }).catch(() => {});
    return parlor.destroy();
  });
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.evaluate(() => {
    document.querySelector("#tag")!.remove();
    return new Promise((resolve) => setTimeout(resolve, 200));
  });
  await page.evaluate(() => (document.activeElement as HTMLElement)?.blur?.());
  const after = await state();
  expect(after).toEqual(before);
  await expect.poll(() => page.frames().length).toBe(1);
  expect(complaints).toEqual([]);
});

test("destroyed before the second file has come, it leaves nothing either", async ({ page, complaints }) => {
  await count(page);
  await embed(page, { tag: null });
  await page.waitForFunction(() => true);
  const before = await page.evaluate(() => (window as any).held());
  let release = () => {};
  const gate = new Promise<void>((resolve) => { release = resolve; });
  await page.route(`${EDGE}/assets/panel*`, async (route) => {
    await gate;
    await route.continue();
  });
  await page.evaluate(([src, resource]) => {
    const script = document.createElement("script");
    Object.assign(script.dataset, { resource, shadow: "open", hint: "Ask us" });
    script.src = src;
    script.id = "tag";
    document.head.append(script);
  }, [`${EDGE}/parlor.js`, RESOURCE]);
  await new Chat(page).launcher.click();
  const refused = page.evaluate(() => (window as any).Parlor.open().catch((error: any) => error.code));
  await call(page, "destroy");
  release();
  expect(await refused).toBe("destroyed");
  await page.evaluate(() => {
    document.querySelector("#tag")!.remove();
    return new Promise((resolve) => setTimeout(resolve, 200));
  });
  expect(await page.evaluate(() => (window as any).held())).toEqual(before);
  expect(complaints).toEqual([]);
});

test("while it is there, it adds one element, one global, and no style", async ({ page }) => {
  await count(page);
  await embed(page, { tag: null });
  await page.waitForFunction(() => true);
  const before = await page.evaluate(() => (window as any).held());
  await page.evaluate(([src, resource]) => {
    const script = document.createElement("script");
    Object.assign(script.dataset, { resource, shadow: "open" });
    script.src = src;
    document.head.append(script);
  }, [`${EDGE}/parlor.js`, RESOURCE]);
  const chat = new Chat(page);
  await chat.open();
  const during = await page.evaluate(() => (window as any).held());
  expect(during.globals.filter((name: string) => !before.globals.includes(name))).toEqual(["Parlor"]);
  expect([during.sheets, during.style, during.handlers]).toEqual([before.sheets, before.style, before.handlers]);
  const html = await page.evaluate(() => document.body.innerHTML);
  expect(html).toBe('<h1>The shop</h1><div data-parlor="" popover="manual"></div>');
});
