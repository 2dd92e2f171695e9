// What stands on the site's page beside the frame, in the visitor's language.
import type { Browser } from "@playwright/test";
import { Chat, SITE, expect, seeThrough, test } from "./parlor";
import { embed } from "./site";

/// A visitor whose browser reads this language.
async function visitor(browser: Browser, locale: string): Promise<Chat> {
  const page = await (await browser.newContext({ locale })).newPage();
  await seeThrough(page);
  return new Chat(page);
}

test("a German page says everything in German, and counts as German does", async ({ browser, desk }) => {
  const chat = await visitor(browser, "de-AT");
  const asked: string[] = [];
  chat.page.on("request", (request) => asked.push(request.url()));
  await chat.page.goto(`${SITE}/`);
  // Before anybody wants it, nothing more is fetched: a word that German has too.
  await expect(chat.launcher).toHaveAccessibleName("Chat");
  expect(asked.filter((url) => url.includes("/assets/"))).toEqual([]);
  await chat.launcher.click();
  await expect(chat.launcher).toHaveAccessibleName("Chat minimieren");
  const composer = chat.frame.getByRole("textbox", { name: "Nachricht schreiben" });
  await composer.fill("Guten Tag");
  await composer.press("Enter");
  const { id } = await desk.waiting();
  await desk.accept(id);
  await expect(chat.thread.getByText("Guten Tag")).toBeVisible();
  await chat.launcher.click();
  await expect(chat.launcher).toHaveAccessibleName("Chat öffnen");
  for (const name of ["Chat öffnen, 1 ungelesene Nachricht", "Chat öffnen, 2 ungelesene Nachrichten"]) {
    await desk.say(id, "Guten Tag");
    await expect(chat.launcher).toHaveAccessibleName(name);
  }
  expect(asked.filter((url) => /\/words-/.test(url)).length, "one language, once").toBe(1);
  await chat.page.context().close();
});

test("the question before anything is stored is in the visitor's language", async ({ browser, desk }) => {
  void desk;
  const chat = await visitor(browser, "ar");
  await embed(chat.page, { tag: { "data-consent": "required" } });
  await chat.launcher.click();
  await expect(chat.page.getByText("قبل أن نتصل")).toBeVisible();
  await chat.page.getByRole("button", { name: "أوافق وأتابع" }).click();
  await expect(chat.launcher).toHaveAccessibleName("تصغير المحادثة");
  await expect(chat.page.locator("[data-parlor] iframe")).toHaveAttribute("title", "محادثة");
  await chat.page.context().close();
});

test("the site may ask for another language, at first and later", async ({ page, desk }) => {
  void desk;
  await seeThrough(page);
  await embed(page, { tag: { "data-locale": "es" } });
  const chat = new Chat(page);
  await chat.launcher.hover();
  await expect(chat.launcher).toHaveAccessibleName("Abrir el chat");
  await page.evaluate(() => (window as any).Parlor.setLocale("de"));
  await expect(chat.launcher).toHaveAccessibleName("Chat öffnen");
});

test("a language that does not come leaves English, and the chat works", async ({ browser, desk }) => {
  const chat = await visitor(browser, "de-DE");
  await chat.page.route(/\/words-/, (route) => route.abort());
  await chat.page.goto(`${SITE}/`);
  await chat.launcher.click();
  await expect(chat.launcher).toHaveAccessibleName("Minimise chat");
  const composer = chat.frame.getByRole("textbox", { name: "Nachricht schreiben" });
  await composer.fill("Guten Tag");
  await composer.press("Enter");
  await desk.waiting();
  await chat.page.context().close();
});

test("the resource's own words come before those of the language", async ({ page, chat }) => {
  await page.route(/\/v1\/resources\//, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), texts: { open_chat: "Ask the shop" } } });
  });
  await chat.launcher.hover();
  await expect(chat.launcher).toHaveAccessibleName("Ask the shop");
});
