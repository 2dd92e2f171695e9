// The pages beside a conversation, with the real edge: the document is the demo's, with what an admin would have set.
import type { Page } from "@playwright/test";
import { EDGE, SITE, Chat, expect, seeThrough, test } from "./parlor";

const RESOURCE_META = /name="parlor-resource" content="([^"]*)"/;

/// Opens the shop where the resource says this beside what it says.
async function visit(page: Page, more: object): Promise<Chat> {
  await seeThrough(page);
  await page.route(/\/frame\?/, async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    const body = text.replace(RESOURCE_META, (_, said: string) => {
      const resource = JSON.parse(said.replaceAll("&quot;", '"').replaceAll("&amp;", "&")) as object;
      const json = JSON.stringify({ ...resource, ...more }).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      return `name="parlor-resource" content="${json}"`;
    });
    await route.fulfill({ response: answer, body });
  });
  await page.goto(`${SITE}/`);
  return new Chat(page);
}

const frameStored = (page: Page) =>
  page.frames().find((it) => it.url().startsWith(EDGE))!.evaluate(() => Object.keys(localStorage).length);

async function openPanel(chat: Chat): Promise<void> {
  await chat.launcher.click();
  await expect(chat.panel).toBeVisible();
}

test("the keyboard alone rates a chat, once, and a reload still knows", async ({ page, desk }) => {
  const chat = await visit(page, { rating: { scale: {} } });
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "hi");
  await expect(chat.thread.getByText("hi", { exact: true })).toBeVisible();
  await desk.end(id);
  await expect(chat.frame.getByRole("heading", { name: "How was this chat?" })).toBeFocused();

  // Without a choice the mistake is said, and the focus is where it can be mended.
  const scale = chat.frame.getByRole("radiogroup", { name: "How was this chat?" });
  await chat.button("Send rating").press("Enter");
  await expect(chat.panel.getByText("Choose one of these.")).toBeVisible();
  await expect(scale.getByRole("radio").first()).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(scale.getByRole("radio", { name: "3" })).toBeChecked();
  await page.keyboard.press("Tab");
  await page.keyboard.type("Quick and clear, thank you.");
  await page.keyboard.press("Tab");
  await expect(chat.button("Send rating")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.panel.getByText("Rating sent. Thank you.")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(chat.button(/^Download transcript/)).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(chat.button("Start a new chat")).toBeFocused();

  await page.reload();
  if ((await chat.launcher.getAttribute("aria-expanded")) !== "true") await chat.launcher.click();
  await expect(chat.panel.getByText("Rating sent. Thank you.")).toBeVisible();
  await expect(chat.frame.getByRole("radiogroup")).toHaveCount(0);
});

test("an earlier conversation is found under the greeting and in the menu, and can be read", async ({ page, desk }) => {
  const chat = await visit(page, {});
  await chat.open();
  await chat.say("Do you ship frames?");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "To Portugal too.");
  await expect(chat.thread.getByText("To Portugal too.")).toBeVisible();
  await desk.end(id);
  await chat.button("Start a new chat").click();
  await expect(chat.composer).toBeFocused();
  const line = chat.button(/Maya Okafor.*To Portugal too\./);
  await expect(line).toBeVisible();

  await chat.button("More options").press("Enter");
  await expect(chat.frame.getByRole("menuitem", { name: "Earlier conversations" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.frame.getByRole("heading", { name: "Earlier conversations" })).toBeVisible();
  await expect(line).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.thread.getByText("Do you ship frames?")).toBeVisible();
  await expect(chat.composer).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(line).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(chat.composer).toBeVisible();
  await expect(page.locator("iframe[title=Chat]")).toBeVisible();
});

test("nothing is kept before the visitor agrees, and nobody is asked twice", async ({ page, desk }) => {
  const privacy_url = "https://shop.example/privacy";
  const chat = await visit(page, { consent: { privacy_url } });
  await openPanel(chat);
  const title = chat.frame.getByRole("heading", { name: "Before we connect" });
  await expect(title).toBeFocused();
  await expect(chat.frame.getByText("Kept for 30 days")).toBeVisible();
  await expect(chat.frame.getByRole("link", { name: /^Read the privacy notice/ })).toHaveAttribute("href", privacy_url);
  expect(await frameStored(page)).toBe(0);
  await chat.button("Not now").click();
  await expect(page.locator("iframe[title=Chat]")).not.toBeVisible();
  expect(await frameStored(page)).toBe(0);

  await openPanel(chat);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(chat.button("Agree and continue")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(chat.composer).toBeFocused();
  expect(await frameStored(page)).toBe(1);
  await page.reload();
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
});

test("a message is left while the shop is closed, and whoever comes to the desk reads it", async ({ page, desk }) => {
  // The shop opens in a day, for an hour.
  const opens = Date.now() + 86_400_000;
  const hours = { time_zone: "Europe/London", spans: [[opens, opens + 3_600_000]] };
  const chat = await visit(page, { open: false, leave_message: true, hours });
  await openPanel(chat);
  const name = chat.frame.getByRole("textbox", { name: "Your name" });
  await expect(name).toBeFocused();
  await expect(chat.frame.locator(".hours .now")).toHaveText([/^Today, /, "Closed"]);
  await page.keyboard.type("Ines Keller");
  await page.keyboard.press("Tab");
  await page.keyboard.type("ines@example");
  await page.keyboard.press("Enter");
  const email = chat.frame.getByRole("textbox", { name: "E-mail" });
  await expect(email).toBeFocused();
  await expect(email).toHaveAttribute("aria-invalid", "true");
  await expect(chat.frame.getByText("Enter a full e-mail address, such as name@example.com.").first()).toBeVisible();
  await email.fill("ines@shop.example");
  await chat.frame.getByRole("textbox", { name: "Message" }).fill("Is the Wren 9 back in stock?");
  await chat.button("Leave message").click();
  await expect(chat.frame.getByRole("heading", { name: "Your message is with the shop" })).toBeFocused();
  await expect(chat.panel.getByText(/by e.mail to .*ines@shop\.example/)).toBeVisible();
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.hears(id, ["Is the Wren 9 back in stock?\n\nInes Keller\nines@shop.example"]);
  await chat.button("Write another message").click();
  await expect(chat.composer).toBeFocused();
});

test("the menu's keys go round, and the sound stays off on the next page", async ({ page, desk }) => {
  const chat = await visit(page, {});
  await chat.open();
  await chat.say("hello");
  await desk.waiting();
  const item = (name: string) => chat.frame.getByRole("menuitem", { name });
  const sound = chat.frame.getByRole("menuitemcheckbox", { name: "Sound" });
  await chat.button("More options").press("Enter");
  await expect(item("Download transcript")).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(item("End chat")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(item("Download transcript")).toBeFocused();
  await page.keyboard.press("End");
  await expect(item("End chat")).toBeFocused();
  await page.keyboard.press("s");
  await expect(sound).toBeFocused();
  await expect(sound).toBeChecked();
  await page.keyboard.press("Enter");
  await expect(sound).not.toBeChecked();
  await expect(sound).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.button("More options")).toBeFocused();
  await page.reload();
  await expect(chat.composer, "open, as it was on the page before").toBeVisible();
  await chat.button("More options").click();
  await expect(sound).not.toBeChecked();
});
