// The desk that pushes, from both ends: a visitor on the shop page, an agent on the desk's own page.
import type { Browser, Locator, Page } from "@playwright/test";
import AxeBuilder from "@axe-core/playwright";
import { Chat, Desk, KUSTOMER, SITE, expect, seeThrough, test as base } from "./parlor";

/// An agent at the Kustomer desk's page.
class Agent {
  readonly thread: Locator;
  readonly text: Locator;
  readonly log: Locator;

  constructor(readonly page: Page) {
    this.thread = page.getByRole("log", { name: "Conversation" });
    this.text = page.getByRole("textbox", { name: /^Answer / });
    this.log = page.getByRole("list", { name: "Deliveries, newest first" });
  }

  static async at(browser: Browser): Promise<Agent> {
    const context = await browser.newContext({ locale: "en-GB" });
    const page = await context.newPage();
    page.on("pageerror", (error) => {
      throw error;
    });
    await page.goto(`${KUSTOMER}/`);
    return new Agent(page);
  }

  press = (name: string | RegExp) => this.page.getByRole("button", { name, exact: true }).click();
  take = () => this.page.getByRole("button", { name: /^Assign Visitor .* to me$/ }).click();
  write = (what: "Reply" | "Note" | "Autoresponse") => this.page.getByText(what, { exact: true }).click();

  async say(text: string): Promise<void> {
    await this.text.fill(text);
    await this.text.press("Enter");
    await expect(this.text).toHaveValue("");
  }
}

const test = base.extend<{ agent: Agent }>({
  // Before the shop page, which is to be opened with this desk.
  desk: async ({}, use) => {
    const desk = new Desk(KUSTOMER);
    await desk.reset();
    await desk.calm();
    await use(desk);
    await desk.calm();
  },
  chat: async ({ page, desk }, use) => {
    void desk;
    await seeThrough(page);
    await page.goto(`${SITE}/`);
    await page.getByRole("link", { name: "Kustomer" }).press("Enter");
    await expect(page.getByRole("link", { name: "Kustomer" })).toHaveAttribute("aria-current", "page");
    await use(new Chat(page));
  },
  agent: async ({ browser, desk }, use) => {
    void desk;
    const agent = await Agent.at(browser);
    await use(agent);
    await agent.page.context().close();
  },
});

test("a conversation goes to Kustomer's page and back, ends, and goes on", async ({ page, chat, agent, complaints }) => {
  await chat.open();
  await chat.say("Which frame size do I need?");
  await agent.take();
  await expect(agent.text).toBeFocused();
  await expect(chat.thread.getByText(/^Maya Okafor joined at/)).toBeVisible();
  await expect(chat.frame.getByRole("heading", { name: "Maya Okafor" })).toBeVisible();
  await expect(agent.thread.getByText("internal note")).toBeVisible();

  await agent.say("Between two of ours.");
  await expect(chat.thread.getByText("Between two of ours.")).toBeVisible();
  await agent.press("Fill in Markdown");
  await agent.press("Send");
  await expect(chat.thread.locator("strong", { hasText: "Yes" })).toBeVisible();
  await expect(chat.thread.locator("ol > li")).toHaveText(["a rear rack", "Shimano brakes"]);
  await expect(chat.thread.locator("em", { hasText: "rear rack" })).toBeVisible();
  await expect(chat.thread.getByRole("link", { name: /the page/ })).toHaveAttribute("href", "https://larkspur.example/wren-9");
  await expect(chat.thread.getByText("**")).toHaveCount(0);

  await agent.write("Note");
  await agent.say("She is 178 cm tall.");
  await expect(agent.thread.getByText("She is 178 cm tall.")).toBeVisible();
  await agent.write("Autoresponse");
  await agent.say("We are open until 18:00.");
  await expect(chat.thread.getByText("We are open until 18:00.")).toBeVisible();
  await expect(chat.thread.getByText("Automatic message")).toBeVisible();
  await agent.write("Reply");
  await chat.say("Then M & in green, please <with> a rack.");
  await expect(agent.thread.getByText("Then M & in green, please <with> a rack.")).toBeVisible();
  await expect(chat.panel.getByText("Delivered")).toBeVisible();

  await page.reload();
  await expect(chat.thread.locator("ol > li")).toHaveCount(2);
  await expect(chat.thread.getByText("We are open until 18:00.")).toHaveCount(1);
  await agent.thread.locator(".said", { hasText: "Between two of ours." }).getByRole("button", { name: "Redact" }).click();
  await expect(chat.thread.getByText("Between two of ours.")).toHaveCount(0);
  await expect(chat.thread.getByText("This message was withdrawn")).toBeVisible();

  await agent.press("Assign");
  await agent.press("Tomás Vidal");
  await expect(chat.thread.getByText(/^Tomás Vidal joined at/)).toBeVisible();
  await agent.press("Snooze");
  await expect(agent.page.getByRole("heading", { name: "Snoozed" })).toBeVisible();
  await expect(chat.composer).toBeVisible();
  await agent.press("Reopen");
  await agent.press("Done");
  await expect(chat.thread.getByText(/ended the chat at/)).toBeVisible();
  await expect(chat.button("Start a new chat")).toBeVisible();

  await agent.press("Reopen");
  await expect(chat.composer).toBeVisible();
  await chat.say("One more thing: a bell?");
  await expect(agent.thread.getByText("One more thing: a bell?")).toBeVisible();
  await agent.say("It has one.");
  await expect(chat.thread.getByText("It has one.")).toHaveCount(1);
  await expect(chat.thread.getByText("She is 178 cm tall.")).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("a bad day from the page shows nothing twice, nothing out of order, and nothing forged", async ({ chat, agent }) => {
  await chat.open();
  await chat.say("Hello");
  await agent.take();
  await expect(chat.thread.getByText(/^Maya Okafor joined at/)).toBeVisible();
  const said = chat.thread.locator(".say:not(.out) .b");

  await agent.press("Deliver everything twice");
  await agent.press("Lose a message’s answer");
  await chat.say("Was this one taken?");
  await agent.say("one");
  await agent.say("two");
  await expect(said).toHaveText(["one", "two"]);
  await expect(agent.page.locator("#fault-twice_always")).toHaveAttribute("aria-pressed", "true");
  await expect(chat.panel.getByText("Delivered")).toBeVisible({ timeout: 30_000 });
  await expect(agent.thread.getByText("Was this one taken?")).toHaveCount(1);

  // The webhook does not get through: whoever comes back reads it all the same, and what is delivered later is known.
  await agent.press("Clear all faults");
  await agent.press("Retry 60 times faster");
  await agent.press("Webhook cannot connect");
  await agent.say("three");
  await expect(agent.log).toContainText(/try \d of 8, unreachable, again at/);
  await chat.page.reload();
  await expect(said).toHaveText(["one", "two", "three"]);
  await agent.press(/^Webhook cannot connect ?on$/);
  await expect(agent.log.locator("li").filter({ hasText: "failed" })).toHaveCount(0, { timeout: 40_000 });
  await agent.press("Clear all faults");

  for (const name of ["Replay an old event", "Forge an event", "Deliver an unsigned event", "Deliver garbage", "Event of another company"]) {
    await agent.press(name);
  }
  await agent.press("Next event 10 seconds late: choose");
  await agent.page.getByRole("spinbutton", { name: "ms" }).fill("1500");
  await agent.press("Turn it");
  // Nothing is written behind it, and it closes when the desk has answered.
  await expect(agent.page.getByRole("dialog")).toBeHidden();
  await agent.say("four");
  await agent.say("five");
  await expect(said).toHaveCount(5);
  await expect(said.filter({ hasText: "four" })).toHaveCount(1);
  await chat.page.reload();
  for (const text of ["one", "two", "three", "four", "five"]) await expect(said.filter({ hasText: text })).toHaveCount(1);
  await expect(said).toHaveCount(5);
});

test("a webhook that Kustomer has switched off is seen on the page, and switched on again there", async ({ chat, agent }) => {
  await chat.open();
  await chat.say("Hello");
  await agent.take();
  await agent.press("Switch the webhook off");
  await expect(agent.page.getByRole("button", { name: "Webhook off", exact: true })).toBeVisible();
  await agent.press("Webhook off");
  await expect(agent.page.getByRole("button", { name: "Webhook on", exact: true })).toBeVisible();
  await agent.say("Here again.");
  await expect(chat.thread.getByText("Here again.")).toHaveCount(1);
});

test("each desk's conversation is its own", async ({ page, chat, agent }) => {
  await chat.open();
  await chat.say("For the workshop");
  await agent.take();
  await expect(chat.thread.getByText(/^Maya Okafor joined at/)).toBeVisible();
  await page.getByRole("link", { name: "Live Agent" }).press("Enter");
  await expect(page).toHaveURL(`${SITE}/`);
  await chat.open();
  await expect(chat.thread.getByText("For the workshop")).toHaveCount(0);
  await page.getByRole("link", { name: "Kustomer" }).press("Enter");
  await chat.open();
  await expect(chat.thread.getByText("For the workshop")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`anybody can use the agents' page, ${scheme}`, async ({ chat, agent }) => {
    await agent.page.emulateMedia({ colorScheme: scheme });
    await chat.open();
    await chat.say("Hello");
    await agent.take();
    await agent.say("Hello, Maya here.");
    await agent.press("Webhook cannot connect");
    await agent.write("Note");
    await agent.say("A note.");
    await expect(agent.log).toContainText("try 1 of 8");
    const { violations } = await new AxeBuilder({ page: agent.page }).analyze();
    expect(violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html}`))).toEqual([]);
    await agent.page.setViewportSize({ width: 390, height: 844 });
    expect(await agent.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
}
