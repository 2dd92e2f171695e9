// What a desk does beside answering, as the visitor sees it: queue, join, transfer, choices, idle warning, end.
import { expect, test } from "./parlor";

test("queue, join, typing, transfer and end show on the page", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.queue(id, 1, 170);
  await expect(chat.panel.getByText("Your place")).toBeVisible();
  // The desk counts from nought.
  await expect(chat.panel.locator(".stats dd").first()).toHaveText("2");
  await expect(chat.panel.locator(".stats dd").last()).toHaveText("3 min");
  await expect(chat.button("Leave the queue")).toBeVisible();

  await desk.accept(id);
  await expect(chat.thread.getByText(/^Maya Okafor joined at/)).toBeVisible();
  await expect(chat.panel.getByText("Your place")).toHaveCount(0);
  await desk.typing(id, true);
  await expect(chat.frame.locator(".typing")).toBeVisible();
  await desk.say(id, "My colleague will know");
  await expect(chat.frame.locator(".typing")).toHaveCount(0);

  await desk.transfer(id);
  await expect(chat.thread.locator(".handover")).toContainText("Everything above goes along");
  await desk.acceptAs(id, "Tomás Vidal");
  await expect(chat.thread.getByText(/^Tomás Vidal joined at/)).toBeVisible();
  await expect(chat.frame.getByRole("heading", { name: "Tomás Vidal" })).toBeVisible();
  await chat.say("still here");
  await desk.hears(id, ["hello", "still here"]);

  await desk.end(id);
  await expect(chat.thread.getByText(/ended the chat at/)).toBeVisible();
  await expect(chat.button("Start a new chat")).toBeVisible();
});

test("what the desk offers is pressed and said", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.offer(id, "How should we remind you?", ["E-mail", "Not at all"]);
  const chips = chat.frame.getByRole("group", { name: "Quick replies" });
  await expect(chips.getByRole("button")).toHaveText(["E-mail", "Not at all"]);
  await chips.getByRole("button", { name: "E-mail" }).click();
  await expect(chips).toHaveCount(0);
  await expect(chat.thread.locator(".say.out .b", { hasText: "E-mail" })).toHaveCount(1);
});

test("an idle chat warns, and stays open when asked", async ({ desk, chat }) => {
  await desk.fault({ fault: "idle_timeout", warning_s: 2, timeout_s: 120 });
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await desk.say(id, "anything else?");
  const card = chat.frame.getByRole("timer", { name: "Still there?" });
  await expect(card).toContainText(/Ends in \d:\d\d unless somebody writes/, { timeout: 30_000 });
  await expect(chat.frame.locator("#polite").getByText(/^Still there\?/).first()).toBeAttached();
  await chat.button("Keep it open").click();
  await expect(card).toHaveCount(0);
});

test("nobody there: the visitor leaves the queue", async ({ desk, chat }) => {
  await chat.open();
  await chat.say("hello");
  const { id } = await desk.waiting();
  await desk.queue(id, 4, null);
  await chat.button("Leave the queue").click();
  await chat.button("End chat").click();
  await expect(chat.thread.getByText(/^You ended the chat at/)).toBeVisible();
  await desk.until((it) => it.id === id && it.state === "ended");
});
