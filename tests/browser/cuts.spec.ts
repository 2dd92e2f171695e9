// A hundred cuts of one link, of every kind there is, with somebody who writes throughout: the browser loses its network,
// the edge dies, sockets break, and the network lets none through for a while.
import type { Page } from "@playwright/test";
import { EDGE, SITE, expect, killEdge, test } from "./parlor";

const CUTS = 100;

/// The same dice every time (mulberry32, Tommy Ettinger, public domain).
function dice(seed: number) {
  return (limit: number) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

const frameOf = (page: Page) => page.frames().find((frame) => frame.url().startsWith(EDGE))!;

test("a hundred cuts, and both ends agree with the log", async ({ page, context, desk, chat }) => {
  test.setTimeout(300_000);
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    const links = { walled: false, sockets: [] as WebSocket[] };
    (window as any).links = links;
    window.WebSocket = new Proxy(Real, {
      construct(target, given) {
        if (links.walled) {
          const fake: any = { readyState: 0, send() {}, close() {} };
          setTimeout(() => fake.onclose?.({ code: 1006 }), 5);
          return fake;
        }
        const socket = Reflect.construct(target, given);
        links.sockets.push(socket);
        return socket;
      },
    });
  });
  await page.goto(`${SITE}/`);
  await chat.open();
  await chat.say("before the first cut");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();

  const frame = frameOf(page);
  const set = (walled: boolean) => frame.evaluate((walled) => void ((window as any).links.walled = walled), walled);
  const breakSockets = () =>
    frame.evaluate(() => {
      for (const socket of (window as any).links.sockets.splice(0)) {
        // As a network breaks it: the page is told nothing but that it is over.
        const over = socket.onclose;
        socket.onclose = socket.onmessage = null;
        socket.close();
        over?.({ code: 1006 });
      }
    });
  // A visitor who looks at the page again does not wait for the next attempt.
  const look = () => frame.evaluate(() => void window.dispatchEvent(new Event("focus")));

  const roll = dice(7);
  const said = ["before the first cut"];
  const answered: string[] = [];
  const kinds = { network: 0, edge: 0, socket: 0, wall: 0 };
  const say = async () => {
    const text = `message ${said.length}`;
    said.push(text);
    await chat.say(text);
  };
  for (let cut = 0; cut < CUTS; cut += 1) {
    const face = roll(20);
    if (face < 7) {
      kinds.network += 1;
      await context.setOffline(true);
      if (roll(2)) await say();
      await context.setOffline(false);
    } else if (face < 9) {
      kinds.edge += 1;
      const back = killEdge();
      await say();
      await back;
    } else if (face < 16) {
      kinds.socket += 1;
      if (roll(2)) await say();
      await breakSockets();
    } else {
      kinds.wall += 1;
      await set(true);
      await breakSockets();
      await say();
      for (let looks = roll(5); looks > 0; looks -= 1) await look();
      await set(false);
    }
    if (roll(3) === 0) await say();
    if (roll(6) === 0) {
      const text = `answer ${answered.length}`;
      answered.push(text);
      await desk.say(id, text);
    }
    await look();
    if (roll(4) === 0) await expect(chat.panel.getByText("Waiting to send")).toHaveCount(0, { timeout: 60_000 });
  }
  await set(false);
  await look();
  expect(Object.values(kinds).every((count) => count > 3), JSON.stringify(kinds)).toBe(true);

  // The desk has everything, once and in order.
  await desk.hears(id, said, 120_000);
  await expect(chat.thread.getByText(answered.at(-1)!, { exact: true })).toHaveCount(1, { timeout: 60_000 });
  await expect(chat.panel.getByText("Delivered")).toBeVisible({ timeout: 60_000 });
  const shown = async () => (await chat.thread.getByText(/^(message|answer) \d+$|^before the first cut$/).allTextContents());
  const seen = await shown();
  expect(seen.filter((text) => !text.startsWith("answer"))).toEqual(said);
  expect(seen.filter((text) => text.startsWith("answer"))).toEqual(answered);
  // A page that is loaded again shows nothing but the log.
  await chat.reload();
  await expect(chat.thread.getByText(said.at(-1)!, { exact: true })).toHaveCount(1);
  await expect.poll(shown).toEqual(seen);
});
