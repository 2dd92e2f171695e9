// One conversation, all the way: shop page, widget, edge, desk, and back.
import { Chat, DESK, SITE, expect, seeThrough, test } from "./parlor";

test("a visitor writes in the shop, an agent answers at the desk, and a reload keeps it", async ({
  page,
  context,
  chat,
  complaints,
}) => {
  await expect(chat.launcher).toHaveAccessibleName("Open chat");
  await chat.open();
  await chat.say("Would a 180 mm rotor fit my old hub?");
  await expect(chat.thread.getByText("Would a 180 mm rotor fit my old hub?")).toBeVisible();

  const desk = await context.newPage();
  await desk.goto(`${DESK}/`);
  await desk.getByRole("button", { name: /^Accept/ }).click();
  const conversation = desk.getByRole("log", { name: "Conversation" });
  await expect(conversation.getByText("Would a 180 mm rotor fit my old hub?")).toBeVisible();
  await expect(chat.thread.getByText(/^Maya Okafor joined at/)).toBeVisible();
  await expect(chat.panel.getByText("Delivered")).toBeVisible();

  const answer = desk.getByRole("textbox", { name: /^Answer/ });
  await answer.fill("Hello, Maya here. Which hub is it? See https://shop.example/hubs");
  await answer.press("Enter");
  await expect(chat.thread.getByText("Hello, Maya here.")).toBeVisible();
  const link = chat.thread.getByRole("link", { name: /shop\.example\/hubs/ });
  await expect(link).toHaveAttribute("href", "https://shop.example/hubs");
  await expect(link).toHaveAttribute("rel", /noopener/);

  await chat.say("It says FH-M525 on it");
  await expect(conversation.getByText("It says FH-M525 on it")).toBeVisible();

  await page.reload();
  await chat.open();
  await expect(chat.thread.getByText("Would a 180 mm rotor fit my old hub?")).toBeVisible();
  await expect(chat.thread.getByText("Hello, Maya here.")).toBeVisible();
  await expect(chat.thread.getByText("It says FH-M525 on it")).toHaveCount(1);
  await expect(chat.frame.getByRole("heading", { name: "Maya Okafor" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("two tabs show the same conversation", async ({ context, desk, chat }) => {
  await chat.open();
  await chat.say("said in the first tab");
  const { id } = await desk.waiting();
  await desk.accept(id);

  const page = await context.newPage();
  await seeThrough(page);
  await page.goto(`${SITE}/`);
  const second = new Chat(page);
  await second.open();
  await expect(second.thread.getByText("said in the first tab")).toBeVisible();
  await second.say("said in the second tab");
  await expect(chat.thread.getByText("said in the second tab")).toHaveCount(1);
  await desk.say(id, "I see both");
  await expect(chat.thread.getByText("I see both")).toHaveCount(1);
  await expect(second.thread.getByText("I see both")).toHaveCount(1);
  await desk.hears(id, ["said in the first tab", "said in the second tab"]);
});

test("typing is seen at both ends", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await chat.composer.pressSequentially("I am wri");
  await desk.until((it) => it.id === id && it.visitor_typing);
  await chat.composer.press("Enter");
  await desk.until((it) => it.id === id && !it.visitor_typing);
  await desk.typing(id, true);
  await expect(chat.frame.locator(".typing")).toBeVisible();
  await desk.say(id, "done");
  await expect(chat.frame.locator(".typing")).toHaveCount(0);
});

test("the visitor ends the chat and starts another", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  await chat.button("More options").click();
  await chat.frame.getByRole("menuitem", { name: "End chat" }).click();
  await expect(chat.panel.getByText("End this chat?")).toBeVisible();
  await chat.button("Keep chatting").click();
  await expect(chat.panel.getByText("End this chat?")).toHaveCount(0);
  await chat.button("More options").click();
  await chat.frame.getByRole("menuitem", { name: "End chat" }).click();
  await chat.button("End chat").click();
  await expect(chat.thread.getByText(/^You ended the chat at/)).toBeVisible();
  await desk.until((it) => it.id === id && it.ended_by === "client");

  await chat.button("Start a new chat").click();
  await chat.say("one more question");
  const next = await desk.waiting();
  expect(next.id).not.toBe(id);
  await expect(chat.thread.getByText("hello", { exact: true })).toHaveCount(0);
});

test("the agent ends the chat, and a reload still shows it", async ({ page, desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "goodbye");
  await desk.end(id);
  await expect(chat.thread.getByText(/^Maya Okafor ended the chat at/)).toBeVisible();
  await page.reload();
  await chat.launcher.click();
  await expect(chat.thread.getByText("goodbye")).toBeVisible();
  await expect(chat.button("Start a new chat")).toBeVisible();
});

test("what an agent writes is text, whatever it looks like", async ({ desk, chat, complaints }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, '<img src=x onerror="parent.hacked=1"><b>bold</b> javascript:alert(1)');
  await expect(chat.thread.getByText('<img src=x onerror="parent.hacked=1">')).toBeVisible();
  await expect(chat.thread.locator("img, b, a[href^=javascript]")).toHaveCount(0);
  expect(complaints).toEqual([]);
});
