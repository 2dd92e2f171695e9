// What is on the screen stays where it is, unless the visitor or somebody else has said something: layout that moves by
// itself is counted by the browser, in the frame.
import type { Page } from "@playwright/test";
import { EDGE, SITE, expect, test } from "./parlor";

const frameOf = (page: Page) => page.frames().find((frame) => frame.url().startsWith(EDGE))!;

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    const shifts: string[] = [];
    (window as any).shifts = shifts;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as any[]) {
        const what = entry.sources.map(({ node }: any) => (node?.className ?? node?.parentElement?.className) || node?.nodeName);
        if (!entry.hadRecentInput) shifts.push(`${entry.value.toFixed(4)} ${what.join(", ")}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
});

/// What has moved since the last look.
const moved = (page: Page) => frameOf(page).evaluate(() => (window as any).shifts.splice(0) as string[]);

test("a panel that opens, a mark that changes and a link that returns move nothing", async ({ page, context, desk, chat }) => {
  await page.goto(`${SITE}/`);
  await chat.open();
  await expect(chat.composer).toBeFocused();
  // What comes a second after the start is part of it.
  await frameOf(page).waitForFunction(() => document.adoptedStyleSheets.length === 1);
  expect(await moved(page), "opening").toEqual([]);

  await chat.say("hello");
  const { id } = await desk.waiting();
  const hello = chat.thread.getByText("hello", { exact: true });
  await expect(chat.panel.getByText("Sent", { exact: true })).toBeVisible();
  // Where it comes to rest.
  const place = async () => {
    await frameOf(page).evaluate(() => Promise.all(document.getAnimations().map((it) => it.finished.catch(() => {}))));
    return hello.boundingBox();
  };
  const first = await place();
  await desk.queue(id, 2, 120);
  await expect(chat.thread.getByText("Your place")).toBeVisible();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await desk.hears(id, ["hello"]);
  await expect(chat.panel.getByText("Delivered")).toBeVisible();
  await desk.say(id, "good morning");
  await expect(chat.thread.getByText("good morning")).toBeVisible();
  expect(await place(), "what was said first").toEqual(first);
  expect((await moved(page)).filter((it) => /\b(say|list|rows)\b/.test(it)), "queue and joining").toEqual([]);

  await context.setOffline(true);
  await expect(chat.panel.getByText("No connection")).toBeVisible();
  await moved(page); // The banner has come, and the thread made room for it.
  await context.setOffline(false);
  await expect(chat.panel.getByText("Connected again")).toBeVisible();
  expect(await moved(page), "from one banner to the other").toEqual([]);
});
