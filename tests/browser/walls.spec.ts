// Networks that let no WebSocket through, or swallow it: the conversation goes by requests, and back when it can.
import type { BrowserContext, Page } from "@playwright/test";
import { EDGE, SITE, expect, test } from "./parlor";

/// What the page's links are: sockets that are open, and requests that are under way.
async function watch(page: Page) {
  const seen = { sockets: 0, open: 0, asks: 0, posts: 0 };
  page.on("websocket", (socket) => {
    seen.sockets += 1;
    seen.open += 1;
    socket.on("close", () => (seen.open -= 1));
  });
  page.on("request", (request) => {
    if (/\/events\?/.test(request.url())) seen.asks += 1;
    if (/\/frames\?/.test(request.url())) seen.posts += 1;
  });
  return seen;
}

/// A proxy that opens sockets and lets nothing through.
async function mute(context: BrowserContext) {
  await context.routeWebSocket(/\/socket$/, () => {});
}

/// Sockets that the browser cannot make at all.
const without = (page: Page, how: "fails" | "throws" | "hangs") =>
  page.addInitScript((how) => {
    const Real = window.WebSocket;
    const state = { walled: true, tried: [] as string[] };
    (window as any).wall = state;
    const ask = window.fetch;
    window.fetch = (...given) => {
      if (/\/frames\?/.test(String(given[0]))) state.tried.push("requests");
      return ask(...given);
    };
    window.WebSocket = new Proxy(Real, {
      construct(target, given) {
        state.tried.push("socket");
        if (!state.walled) return Reflect.construct(target, given);
        if (how === "throws") throw new DOMException("refused", "SecurityError");
        const fake: any = new EventTarget();
        fake.readyState = 0;
        fake.send = () => {};
        fake.close = () => {};
        if (how === "fails") setTimeout(() => fake.onclose?.({ code: 1006 }), 5);
        return fake;
      },
    });
  }, how);

const unwall = (page: Page) =>
  page.frames().find((frame) => frame.url().startsWith(EDGE))!.evaluate(() => void ((window as any).wall.walled = false));

/// The ways that this page has tried, in order.
const tried = (page: Page): Promise<string[]> =>
  page.frames().find((frame) => frame.url().startsWith(EDGE))!.evaluate(() => (window as any).wall.tried);

for (const how of ["fails", "throws"] as const) {
  test(`a whole conversation where the socket ${how}, and back on the socket when it does not`, async ({ page, desk, chat, complaints }) => {
    await without(page, how);
    const links = await watch(page);
    await page.goto(`${SITE}/`);
    await chat.open();
    await chat.say("Can you hear me through the wall?");
    const { id } = await desk.waiting();
    await desk.accept(id);
    await expect(chat.thread.getByText(/joined at/)).toBeVisible();
    await expect(chat.panel.getByText("Delivered")).toBeVisible();
    await desk.say(id, "Loud and clear.");
    await expect(chat.thread.getByText("Loud and clear.")).toHaveCount(1);
    // What is not kept goes both ways too.
    await desk.typing(id, true);
    await expect(chat.frame.locator(".typing")).toBeVisible();
    await desk.typing(id, false);
    await chat.composer.pressSequentially("I am wri");
    await desk.until((it) => it.id === id && it.visitor_typing);
    await chat.composer.fill("");
    for (const text of ["one", "two", "three"]) await chat.say(text);
    await desk.hears(id, ["Can you hear me through the wall?", "one", "two", "three"]);
    expect(links.asks).toBeGreaterThan(0);
    expect(links.posts).toBeGreaterThan(0);
    expect(links.open).toBe(0);
    await expect(chat.panel.getByText("No connection")).toHaveCount(0);

    await unwall(page);
    await chat.say("and now?");
    // It looks again by itself, within a quarter of a minute the first time.
    await expect.poll(() => links.open, { timeout: 40_000 }).toBe(1);
    const asked = links.asks;
    await chat.say("back on the socket");
    await desk.say(id, "Even clearer.");
    await expect(chat.thread.getByText("Even clearer.")).toHaveCount(1);
    await desk.hears(id, ["Can you hear me through the wall?", "one", "two", "three", "and now?", "back on the socket"]);
    expect(links.asks).toBe(asked);
    expect(complaints).toEqual([]);
  });
}

test("a network that swallows sockets is noticed before the visitor is told anything is wrong", async ({ page, desk, chat }) => {
  await without(page, "hangs");
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("hello?");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.panel.getByText("Delivered")).toBeVisible();
  await expect(chat.panel.getByText(/cannot be reached|No connection/)).toHaveCount(0);
});

test("the next page does not wait for sockets again, until one gets through", async ({ page, desk, chat }) => {
  await without(page, "hangs");
  const links = await watch(page);
  const kept = () =>
    page.frames().find((frame) => frame.url().startsWith(EDGE))
      ?.evaluate(() => Object.keys(localStorage).some((key) => key.endsWith(".walled")))
      .catch(() => undefined); // It is being loaded anew.
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("hello?");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.panel.getByText("Delivered")).toBeVisible();
  expect((await tried(page)).slice(0, 2)).toEqual(["socket", "requests"]);
  await chat.reload();
  await expect(chat.thread.getByText("hello?")).toHaveCount(1);
  expect((await tried(page))[0]).toBe("requests");
  // The network lets sockets through again: the next look finds out, and the page after that begins with one.
  await unwall(page);
  await page.frames().find((frame) => frame.url().startsWith(EDGE))!.evaluate(() => void window.dispatchEvent(new Event("focus")));
  await expect.poll(() => links.open, { timeout: 40_000 }).toBe(1);
  await chat.say("better");
  await desk.hears(id, ["hello?", "better"]);
  await chat.reload();
  await expect.poll(async () => (await tried(page))[0]).toBe("socket");
  // It is walled again, and that goes with everything else when the visitor is to be forgotten.
  await expect.poll(kept).toBe(true);
  await page.evaluate(() => (window as any).Parlor.reset());
  await chat.open();
  await expect.poll(kept).toBe(false);
});

test("a proxy that opens sockets and lets nothing through is gone around", async ({ page, context, desk, chat }) => {
  await mute(context);
  const links = await watch(page);
  await page.reload();
  await chat.open();
  await chat.say("hello?");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "I am here");
  await expect(chat.thread.getByText("I am here")).toHaveCount(1);
  expect(links.asks).toBeGreaterThan(0);
});

test("a link by requests outlives its token, the edge's death, and a cut network", async ({ page, context, desk, chat }) => {
  await without(page, "fails");
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("first");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  // The next request is told that its token has run out.
  let refused = 0;
  // Whoever looks at the page does not wait for the next attempt.
  const look = () =>
    page.frames().find((frame) => frame.url().startsWith(EDGE))!.evaluate(() => void window.dispatchEvent(new Event("focus")));
  const spoilt = /\/(events|frames)\?/;
  await context.route(spoilt, async (route) => {
    refused += 1;
    await route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"code":"token_expired"}' });
  }, { times: 1 });
  await chat.say("second");
  await desk.hears(id, ["first", "second"]);
  expect(refused).toBe(1);
  // Busy, and how long.
  await context.route(spoilt, (route) => route.fulfill({ status: 429, headers: { "retry-after": "1" }, body: "" }), { times: 1 });
  await chat.say("third");
  await desk.hears(id, ["first", "second", "third"]);
  for (const status of [500, 502, 503]) {
    await context.route(spoilt, (route) => route.fulfill({ status, body: "<html>" }), { times: 1 });
    await chat.say(`after ${status}`);
    await look();
    await expect(chat.panel.getByText("Delivered")).toBeVisible();
  }
  await context.setOffline(true);
  await chat.say("in the tunnel");
  await expect(chat.panel.getByText("Waiting to send")).toBeVisible();
  await desk.say(id, "are you there?");
  await context.setOffline(false);
  await expect(chat.thread.getByText("are you there?")).toHaveCount(1);
  await desk.hears(id, ["first", "second", "third", "after 500", "after 502", "after 503", "in the tunnel"]);
});
