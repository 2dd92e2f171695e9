// Text that was made to break what shows it: it is shown as text, in its place, and nothing of it runs.
import type { Locator } from "@playwright/test";
import { Chat, expect, test } from "./parlor";

/// The last bubble lies within the thread, and nothing scrolls sideways.
async function inItsPlace(chat: Chat, bubble: Locator): Promise<void> {
  const thread = (await chat.thread.boundingBox())!;
  const box = (await bubble.boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(thread.x);
  expect(box.x + box.width).toBeLessThanOrEqual(thread.x + thread.width);
  const over = await chat.frame.locator("html").evaluate((html) =>
    [html, ...html.querySelectorAll(".thread, .panel, .head")].map((it) => it.scrollWidth - it.clientWidth));
  expect(Math.max(...over)).toBeLessThanOrEqual(0);
}

const last = (chat: Chat, side: "in" | "out") => chat.thread.locator(`.say.${side} .b`).last();

test("whatever a visitor pastes is shown and sent as text", async ({ page, desk, chat, complaints }) => {
  await page.addInitScript(() => ((window as unknown as { ran?: boolean }).ran = false));
  await chat.open();
  const said: string[] = [];
  const say = async (pasted: string, shown: string) => {
    said.push(shown);
    await chat.say(pasted);
    await expect(chat.composer).toHaveValue("");
    // To the letter: what is drawn is what was said.
    await expect.poll(() => last(chat, "out").evaluate((it) => it.textContent)).toBe(shown);
    await inItsPlace(chat, last(chat, "out"));
  };
  await say("<script>parent.ran = ran = true</script><img src=x onerror='ran = true'>", "<script>parent.ran = ran = true</script><img src=x onerror='ran = true'>");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await say("javascript:alert(1) {name} {{text}} ${x}", "javascript:alert(1) {name} {{text}} ${x}");
  // What would turn the line around is not said at all; Arabic and Hebrew are.
  await say("pay \u202e0001\u202c now \u2067x\u2069", "pay 0001 now x");
  await say("مرحبا Wren 9, שלום", "مرحبا Wren 9, שלום");
  const marks = `Z${"\u0301\u0327\u0336".repeat(1_333)}`;
  await say(marks, marks);
  const height = (await last(chat, "out").boundingBox())!.height;
  expect(height, "marks do not pile up beyond their bubble's clip").toBeLessThan(400);
  const word = "endless".repeat(571);
  await say(word, word);
  const most = "four thousand characters, ".repeat(160).slice(0, 3_999) + "!";
  await say(most, most);
  await desk.hears(id, said);
  expect(await page.evaluate(() => (window as unknown as { ran?: boolean }).ran)).toBeFalsy();
  expect(complaints).toEqual([]);
});

test("one character too many stays in the composer, with a sentence", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
  await chat.composer.fill("x".repeat(4_001));
  await chat.composer.press("Enter");
  await expect(chat.panel.getByText("Not sent. It is longer than 4000 characters.")).toBeVisible();
  await expect(chat.composer).toHaveValue("x".repeat(4_001));
  await expect(chat.composer).toHaveAttribute("aria-invalid", "true");
  const box = (await chat.composer.boundingBox())!;
  expect(box.height, "six lines and then it scrolls").toBeLessThan(180);
  await chat.composer.press("End");
  await chat.composer.press("Backspace");
  await chat.composer.press("Enter");
  await expect(chat.composer).toHaveValue("");
});

test("whatever an agent says is shown as text, and leads nowhere by itself", async ({ page, desk, chat, complaints }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  const lines = [
    "<script>ran = true</script><b onclick=1>bold</b>",
    "javascript:alert(1) data:text/html,x https://shop.example/%00?<x>",
    `Z${"\u0301\u0327\u0336".repeat(1_300)}`,
    "endless".repeat(570),
    "\u202eturned around",
    "مرحبا Ines، الدراجة Wren 9 جاهزة (100%).",
  ];
  for (const line of lines) {
    await desk.say(id, line);
    await expect.poll(() => last(chat, "in").textContent()).toContain(line.slice(0, 8));
    await inItsPlace(chat, last(chat, "in"));
  }
  const links = await chat.thread.locator("a").evaluateAll((all) => all.map((it) => (it as HTMLAnchorElement).protocol));
  expect(links.filter((it) => it !== "https:")).toEqual([]);
  await expect(chat.thread.locator("script, b, img[onerror]")).toHaveCount(0);
  await expect(last(chat, "in"), "each bubble has its own direction").toHaveCSS("direction", "rtl");
  expect(await page.evaluate(() => (window as unknown as { ran?: boolean }).ran)).toBeFalsy();
  expect(complaints).toEqual([]);
});
