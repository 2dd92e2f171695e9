// What is said on the site's page: the same in every language, and in the one that the frame speaks.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../../widget/loader/panel/words/", import.meta.url);
const of = (language) => JSON.parse(readFileSync(new URL(`${language}.json`, folder), "utf8"));
const languages = readdirSync(folder).map((name) => name.replace(".json", ""));

globalThis.PARLOR_LANGUAGES = languages.join(" ");
const { words } = await import("../../widget/loader/panel/words.js");

/// The words of a page whose browser reads these languages, and whose edge serves what there is.
async function page(read, locale, edge) {
  Object.defineProperty(globalThis, "navigator", { value: { languages: read }, configurable: true });
  // What follows the address of the words is the language; here it ends in a comment.
  globalThis.PARLOR_WORDS = "//";
  const asked = [];
  const set = { locale };
  const place = {
    set,
    get edge() {
      return edge ?? { toString: () => (asked.push(read), `data:text/javascript,export default ${encodeURIComponent(JSON.stringify(of(wanted(read, set.locale))))};`) };
    },
  };
  const said = words(place);
  await said.speak();
  return { ...said, set, asked };
}
const wanted = (read, locale) => [locale, ...read].map((it) => it?.split("-")[0].toLowerCase()).find((it) => languages.includes(it));

test("every language has the keys of English, its arguments, and its own plural forms", () => {
  assert.deepEqual(languages.sort(), ["ar", "de", "en", "es"]);
  const english = of("en");
  for (const language of languages) {
    const own = of(language);
    assert.deepEqual(Object.keys(own), Object.keys(english), language);
    for (const [key, text] of Object.entries(own)) {
      assert.ok(text.trim() && !text.includes("!"), `${language} ${key}`);
      const forms = text.split("|");
      if (!english[key].includes("|")) {
        assert.equal(forms.length, 1, `${language} ${key}`);
        continue;
      }
      const kinds = forms.map((form) => form.split(":")[0]);
      const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
      for (const kind of kinds) assert.ok(pluralCategories.includes(kind), `${language} ${key}: ${kind}`);
      assert.equal(kinds.at(-1), "other", "the last serves what has none");
    }
  }
});

test("numbers take their form", async () => {
  const { word } = await page(["en-GB"]);
  assert.deepEqual([1, 2, 11].map((n) => word("unread", n)), ["1 unread message", "2 unread messages", "11 unread messages"]);
  const arabic = await page(["ar"]);
  assert.equal(arabic.word("unread", 2), "رسالتان غير مقروءتين");
  assert.equal(arabic.word("unread", 3), "3 رسائل غير مقروءة");
  arabic.replace({ unread: "one:a message|other:{n} messages" });
  assert.equal(arabic.word("unread", 3), "3 messages", "the last serves what has none");
});

test("the site's language counts, then the browser's first that there is, then English", async () => {
  assert.equal((await page(["fr-CH", "de-AT"])).word("open_chat"), "Chat öffnen");
  assert.equal((await page(["de"], "es-MX")).word("open_chat"), "Abrir el chat");
  assert.equal((await page(["de"], "pt-BR")).word("open_chat"), "Chat öffnen");
  assert.equal((await page(["DE"])).word("open_chat"), "Chat öffnen");
  assert.equal((await page(["fr", "constructor"])).word("open_chat"), "Open chat");
  const english = await page(["en-US", "de"]);
  assert.deepEqual([english.word("open_chat"), english.asked.length], ["Open chat", 0], "nothing is fetched for it");
});

test("another language may be asked for, and one that does not come leaves what was", async () => {
  const there = await page(["en"]);
  there.set.locale = "es";
  await there.speak();
  assert.equal(there.word("dismiss"), "Descartar");
  there.set.locale = "en";
  await there.speak();
  assert.equal(there.word("dismiss"), "Dismiss");
  const gone = await page(["de"], undefined, "data:text/javascript,throw 1;");
  assert.equal(gone.word("dismiss"), "Dismiss");
});

test("a language that is slow is not waited for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const coming = page(["de"], undefined, "data:text/javascript,await new Promise(() => {});");
  await Promise.resolve();
  t.mock.timers.tick(2_000);
  assert.equal((await coming).word("dismiss"), "Dismiss");
});

test("the resource's own words come before", async () => {
  const { word, replace } = await page(["en"]);
  replace({ open_chat: "Ask the shop", unread: "{n} new" });
  assert.deepEqual([word("open_chat"), word("unread", 2), word("dismiss")], ["Ask the shop", "2 new", "Dismiss"]);
  replace({ open_chat: "Chat: ask the shop" });
  assert.equal(word("open_chat"), "Chat: ask the shop", "what looks like a form and has no number is none");
  replace(undefined);
  assert.equal(word("open_chat"), "Open chat");
});
