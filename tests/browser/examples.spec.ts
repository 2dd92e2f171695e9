// docs/EMBEDDING.md: every example in it runs, and the types in parlor.d.ts are those of the object.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { EDGE, RESOURCE, Chat, expect, test } from "./parlor";
import { call, embed, loaded } from "./site";

const root = path.join(__dirname, "../..");
const document_ = fs.readFileSync(path.join(root, "docs/EMBEDDING.md"), "utf8");
const examples = new Map(
  [...document_.matchAll(/<!-- example: (\w+) -->\n```\w*\n([\s\S]*?)\n```/g)].map(([, name, code]) => [
    name, code.replaceAll("https://EDGE", EDGE).replaceAll("RESOURCE-ID", RESOURCE),
  ]),
);
const example = (name: string): string => {
  const found = examples.get(name);
  if (!found) throw new Error(`docs/EMBEDDING.md has no example ${name}`);
  return found;
};
/// For examples that are about something else, so that the story sees the launcher.
const seen = (html: string) => html.replace("data-resource=", 'data-shadow="open" data-resource=');

test("no example goes untried", () => {
  expect([...examples.keys()].sort()).toEqual(["button", "consent", "events", "into", "policy", "promises", "queue", "tag", "test"]);
});

test("the tag, under the policy", async ({ page, complaints }) => {
  await embed(page, {
    tag: null, head: seen(example("tag")),
    headers: { "content-security-policy": `default-src 'none'; img-src data:; ${example("policy")}` },
  });
  await new Chat(page).open();
  expect(complaints).toEqual([]);
});

test("the button", async ({ page }) => {
  await embed(page, { tag: null, body: seen(example("button")) });
  await loaded(page);
  await page.getByRole("button", { name: "Ask us" }).click();
  await expect(new Chat(page).composer).toBeVisible();
});

test("the element", async ({ page }) => {
  await embed(page, { tag: null, body: seen(example("into")) });
  await expect(new Chat(page).composer).toBeVisible();
  expect((await page.locator("iframe[title=Chat]").boundingBox())!.height).toBe(600);
});

test("the queue, the promises and the events", async ({ page, desk }) => {
  await embed(page, {
    tag: { "data-shadow": "open" },
    head: `<script>${example("queue")}\n${example("events")}</script>`,
  });
  await loaded(page);
  await page.evaluate((code) => new Function(`return (async () => { ${code} })()`)(), example("promises"));
  const waiting = await desk.waiting();
  expect(waiting.visitor.name).toBe("Ines Keller");
  const chat = new Chat(page);
  await expect(chat.thread.getByText("Where is order 1234?")).toBeVisible();
  await desk.accept(waiting.id);
  await chat.button(/Minimise chat/).click();
  await desk.say(waiting.id, "On its way");
  await expect(page).toHaveTitle(/1 new$/);
});

test("consent", async ({ page }) => {
  await embed(page, { tag: null, head: seen(example("consent")) });
  expect(await call(page, "open")).toMatchObject({ code: "consent_required" });
  await page.evaluate(() => document.dispatchEvent(new CustomEvent("my-consent", { detail: { granted: true } })));
  await new Chat(page).launcher.click();
  await expect(new Chat(page).composer).toBeVisible();
});

test("the way in for tests", async ({ page }) => {
  await embed(page, { tag: null, head: example("test") });
  await page.getByRole("button", { name: "Open chat" }).click();
  await expect(page.frameLocator("iframe[title=Chat]").getByRole("textbox")).toBeVisible();
});

test("parlor.d.ts is the object's: the same members, and the examples compile", async ({ page }) => {
  await embed(page, { tag: {} });
  await loaded(page);
  const members: string[] = await page.evaluate(() => Object.keys((window as any).Parlor));
  // Each member of the object must be in the type, and the other way round.
  const source = `import type { ParlorApi, ParlorCommand, ParlorEvents } from "./parlor";
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    const members: Same<keyof ParlorApi, ${members.map((it) => JSON.stringify(it)).join(" | ")}> = true;
    const promises: { [Name in Exclude<keyof ParlorApi, "on" | "push">]: (...given: any[]) => Promise<void> } = null! as ParlorApi;
    ${example("queue")}
    ${example("events")}
    async function promises_() {
      if (!window.Parlor || Array.isArray(window.Parlor)) return;
      const parlor: ParlorApi = window.Parlor;
      await parlor.setTheme("dark");
      // @ts-expect-error there is no such theme
      await parlor.setTheme("blue");
      // @ts-expect-error there is no such event
      parlor.on("open", () => {});
      const stop: () => void = parlor.on("error", ({ code, message }) => console.log(code.length, message.length));
      stop();
      await parlor.post({ eventSourceKey: "basket", payload: { total: 3, gift: true } });
      const command: ParlorCommand = (given) => void given.open();
      parlor.push(command, command);
    }
    export { members, promises, promises_ };
    export type Names = keyof ParlorEvents;`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "parlor-types-"));
  try {
    fs.copyFileSync(path.join(root, "widget/loader/parlor.d.ts"), path.join(folder, "parlor.d.ts"));
    fs.writeFileSync(path.join(folder, "use.ts"), source);
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    let said = "";
    try {
      execFileSync(process.execPath, [tsc, "--noEmit", "--strict", "--lib", "es2022,dom", "--module", "esnext", "--moduleResolution", "bundler", path.join(folder, "use.ts"), path.join(folder, "parlor.d.ts")], { encoding: "utf8" });
    } catch (error: any) {
      said = error.stdout;
    }
    expect(said).toBe("");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  // Events that the second file knows are those that the type has.
  const main = fs.readFileSync(path.join(root, "widget/loader/panel/main.js"), "utf8");
  const known = [...main.match(/const EVENTS = \[([\s\S]*?)\]/)![1].matchAll(/"([\w-]+)"/g)].map(([, name]) => name).sort();
  const types = fs.readFileSync(path.join(root, "widget/loader/parlor.d.ts"), "utf8");
  const typed = [...types.match(/interface ParlorEvents \{([\s\S]*?)\n\}/)![1].matchAll(/^ {2}"?([\w-]+)"?:/gm)].map(([, name]) => name).sort();
  expect(typed).toEqual(known);
});

test("docs/EMBEDDING.md lists every attribute, event and error code there is", () => {
  const read = (name: string) => fs.readFileSync(path.join(root, "widget/loader", name), "utf8");
  const dashed = (name: string) => `data-${name.replace(/[A-Z]/g, (it) => `-${it.toLowerCase()}`)}`;
  const keys = (text: string, start: string) => [...text.slice(text.indexOf(start)).split("\n  };")[0].split("\n};")[0].matchAll(/^ {2,4}(\w+):/gm)].map(([, name]) => name);
  const attributes = [...keys(read("parlor.js"), "const right = {"), ...keys(read("panel/attributes.js"), "const later = {")];
  expect(attributes.length).toBeGreaterThan(20);
  const files = ["parlor.js", ...fs.readdirSync(path.join(root, "widget/loader/panel")).filter((it) => it.endsWith(".js")).map((it) => `panel/${it}`)].map(read).join("\n");
  const codes = [...files.matchAll(/(?:wrong|fault|problem)\("(\w+)"|code: "(\w+)"/g)].map(([, a, b]) => a ?? b);
  expect(codes.length).toBeGreaterThan(10);
  const missing = [...attributes.map(dashed), ...codes].filter((it) => !document_.includes(`\`${it}\``));
  expect(missing).toEqual([]);
});
