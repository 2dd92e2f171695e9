// What a visitor sees when something breaks.
import { EDGE, RESOURCE, SITE, expect, test } from "./parlor";

test("messages typed without a network wait, go out in order, and are not doubled", async ({
  context,
  desk,
  chat,
}) => {
  await chat.open();
  await chat.say("before the tunnel");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();

  await context.setOffline(true);
  await expect(chat.panel.getByText("No connection")).toBeVisible();
  await chat.say("one in the tunnel");
  await chat.say("two in the tunnel");
  await expect(chat.panel.getByText("Waiting to send")).toBeVisible();
  await desk.say(id, "are you still there?");
  await context.setOffline(false);

  await expect(chat.thread.getByText("are you still there?")).toHaveCount(1);
  await desk.hears(id, ["before the tunnel", "one in the tunnel", "two in the tunnel"]);
  await expect(chat.panel.getByText("No connection")).toHaveCount(0);
  await expect(chat.panel.getByText("Delivered")).toBeVisible();
});

test("a message typed without a network survives a reload", async ({ page, context, desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await context.setOffline(true);
  await expect(chat.panel.getByText("No connection")).toBeVisible();
  await chat.say("written in the tunnel");
  await expect(chat.panel.getByText("Waiting to send")).toBeVisible();
  // The page is closed before the network is back.
  await page.goto("about:blank");
  await context.setOffline(false);
  await page.goto(`${SITE}/`);
  await desk.hears(id, ["hello", "written in the tunnel"]);
});

test("a message that the desk refuses is seen to have failed, and tries again when asked", async ({
  desk,
  chat,
}) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.hears(id, ["hello"]);
  await desk.fault({ fault: "status", status: 400, on: "ChatMessage", times: 1 });
  await chat.say("take this");
  await expect(chat.panel.getByText(/^Not sent\./)).toBeVisible();
  await chat.button("Try again").click();
  await desk.hears(id, ["hello", "take this"]);
  await expect(chat.panel.getByText(/^Not sent\./)).toHaveCount(0);
  await expect(chat.panel.getByText("Delivered")).toBeVisible();
});

test("a message that is too long is kept, and says so", async ({ chat }) => {
  await chat.open();
  const long = "x".repeat(4_001);
  await chat.say(long);
  await expect(chat.panel.getByText(/longer than 4,?000 characters/)).toBeVisible();
});

test("nobody at the desk: the visitor is told, and nothing is called sent", async ({ desk, chat }) => {
  await desk.fault({ fault: "fail_request", reason: "Unavailable" });
  await chat.open();
  await chat.say("is anybody there?");
  await expect(chat.panel.getByText(/^Not sent\. This chat has ended\./)).toBeVisible();
  await expect(chat.button("Start a new chat")).toBeVisible();
});

test("a site that is not on the resource's list is told in the console, and gets no frame", async ({
  page,
  complaints,
}) => {
  // The same server under another name is another origin.
  const elsewhere = SITE.replace("localhost", "127.0.0.1");
  await page.goto(`${elsewhere}/`);
  await page.waitForFunction(() => "Parlor" in window);
  const error = page.evaluate(
    () =>
      new Promise((resolve) => {
        // @ts-expect-error the page's own global
        window.Parlor.on("error", resolve);
        // @ts-expect-error the page's own global
        window.Parlor.open();
      }),
  );
  expect(await error).toMatchObject({ code: "origin_not_allowed" });
  expect(complaints.join()).toContain("Parlor:");
  expect(page.frames()).toHaveLength(1);
});

test("a browser refuses to show the frame on a site that is not on the list", async ({ page }) => {
  const framed = async (site: string) => {
    await page.goto(`${site}/`);
    await page.evaluate((src) => {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
    }, `${EDGE}/frame?resource=${RESOURCE}`);
  };
  await framed(SITE);
  await expect(page.frameLocator("body > iframe").locator("#parlor")).toBeAttached();
  // The same server under another name is another origin.
  await framed(SITE.replace("localhost", "127.0.0.1"));
  await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
});

test("an unknown resource is told in the console and in the error event", async ({ page, complaints }) => {
  const unknown = RESOURCE.replace(/1$/, "9");
  await page.addInitScript((id) => {
    new MutationObserver(() => {
      const tag = document.querySelector<HTMLElement>("script[data-resource]");
      if (tag) tag.dataset.resource = id;
    }).observe(document, { childList: true, subtree: true });
  }, unknown);
  await page.goto(`${SITE}/`);
  await page.waitForFunction(() => "Parlor" in window);
  const error = page.evaluate(
    () =>
      new Promise((resolve) => {
        // @ts-expect-error the page's own global
        window.Parlor.on("error", resolve);
        // @ts-expect-error the page's own global
        window.Parlor.open();
      }),
  );
  expect(await error).toMatchObject({ code: "resource_unknown" });
  expect(complaints.join()).toContain("data-resource");
});
