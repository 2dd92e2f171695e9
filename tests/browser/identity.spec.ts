// Customers whom the site's own server signs in. The server is docs/IDENTITY.md's: its Node example makes the tokens.
import { execFileSync } from "node:child_process";
import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "@playwright/test";
import { EDGE, SITE, Chat, closeLink, expect, holdLinks, test } from "./parlor";
import { call, embed, hear } from "./site";

const root = path.join(__dirname, "../..");
const guide = fs.readFileSync(path.join(root, "docs/IDENTITY.md"), "utf8");
const example = (name: string): string => {
  const found = new RegExp(`<!-- example: ${name} -->\\n\`\`\`\\w*\\n([\\s\\S]*?)\\n\`\`\``).exec(guide);
  if (!found) throw new Error(`docs/IDENTITY.md has no example ${name}`);
  return found[1];
};

const SHARED = "a secret that the shop and the edge share";
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = (key: typeof ec.publicKey) => key.export({ type: "spki", format: "pem" }) as string;
const pkcs8 = (key: typeof ec.privateKey) => key.export({ type: "pkcs8", format: "pem" }) as string;
const hubs = {
  members: { mode: "required", resource: "b0e9c1de-0000-4000-8000-000000000001" },
  guests: { mode: "optional", resource: "b0e9c1de-0000-4000-8000-000000000002" },
};
const MEMBERS = hubs.members.resource;
const GUESTS = hubs.guests.resource;

const admin = async (method: string, where: string, body?: unknown, over = {}): Promise<any> => {
  const answer = await fetch(`${EDGE}/v1/admin/${where}`, {
    method,
    headers: { authorization: `Bearer ${process.env.PARLOR_ADMIN_TOKEN}`, "content-type": "application/json", ...over },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  // A demo that was used before has it already.
  if (answer.status === 428) return admin(method, where, body, { "if-match": "*" });
  if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
};

let chatToken: (user: { id: string; name: string; email: string }, pem: string) => string;
/// An edge that was here before knows its customers of then.
const RUN = randomUUID();
const INES = { id: RUN, name: "Ines Keller", email: "ines@example.com" };

test.beforeAll(async () => {
  fs.mkdirSync(path.join(root, ".parlor"), { recursive: true });
  const file = path.join(root, ".parlor/chat-token.mjs");
  fs.writeFileSync(file, example("node"));
  ({ chatToken } = await import(pathToFileURL(file).href));
  const all = await admin("GET", "export");
  const flow = Object.entries<any>(all).find(([key, it]) => key.startsWith("flow:") && it.hub === "shop" && it.relay.type === "live_agent")?.[1]
    ?? Object.entries<any>(all).find(([key, it]) => key.startsWith("flow:") && it.hub === "shop")![1];
  for (const [id, { mode, resource }] of Object.entries(hubs)) {
    const keys = {
      "shop-2026": { alg: "ES256", public_key: spki(ec.publicKey) },
      rsa: { alg: "RS256", public_key: spki(rsa.publicKey) },
      shared: { alg: "HS256", secret: SHARED },
    };
    await admin("PUT", `hubs/${id}`, { version: 1, id, name: id, default_flow: id, identity: { mode, keys } });
    await admin("PUT", `routing-flows/${id}`, { ...flow, id, hub: id });
    await admin("PUT", `resources/${resource}`, { version: 1, id: resource, kind: "web_chat", hub: id, name: "The members' shop", allowed_origins: [SITE] });
  }
});

const visit = (page: Page, resource: string, head = "") =>
  embed(page, { tag: { "data-shadow": "open" }, resource, head, path: `/${resource}` });

/// Another device: nothing of the first is there.
const device = async (browser: Browser, resource: string): Promise<Page> => {
  const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
  await visit(page, resource);
  return page;
};

const strip = (page: Page) => new Chat(page).frame.locator("#sign-in");

test("a customer finds the conversation on another device, and the agent knows who it is", async ({ page, browser, desk }) => {
  await visit(page, MEMBERS);
  expect(await call(page, "identify", { token: chatToken(INES, pkcs8(ec.privateKey)) })).toEqual({ value: undefined });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("My jacket has lost a button");
  const waiting = await desk.waiting();
  expect(waiting.visitor.name).toBe("Ines Keller");
  await desk.accept(waiting.id);
  await desk.say(waiting.id, "We sew it on");
  await expect(chat.thread.getByText("We sew it on")).toBeVisible();

  // The same page again: the site hands a token over, and all is there.
  await page.reload();
  await call(page, "identify", { token: chatToken(INES, pkcs8(ec.privateKey)) });
  await expect(chat.thread.getByText("We sew it on")).toBeVisible();

  const phone = await device(browser, MEMBERS);
  await call(phone, "identify", { token: chatToken(INES, pkcs8(ec.privateKey)) });
  const there = new Chat(phone);
  await there.open();
  await there.say("And from my phone");
  await expect(there.thread.getByText("We sew it on")).toBeVisible();
  await desk.hears(waiting.id, ["My jacket has lost a button", "And from my phone"]);
  await expect(chat.thread.getByText("And from my phone")).toBeVisible();
  await phone.context().close();
});

test("whoever is not signed in is told so, and goes on when the site has signed her in", async ({ page, desk }) => {
  const heard = await hear(page);
  await visit(page, MEMBERS);
  const chat = new Chat(page);
  await chat.open();
  await chat.say("Is anybody there?");
  await expect(strip(page)).toHaveText("To chat here, please sign in on this site.");
  await expect(chat.composer).toBeHidden();
  await page.screenshot({ path: path.join(root, ".parlor/identity-required.png") });
  const errors = async () => (await heard()).filter(([name]) => name === "error").map(([, detail]) => detail.code);
  expect(await errors()).toEqual(["identity_required"]);
  await call(page, "identify", { token: chatToken({ ...INES, id: `${RUN}-4712` }, pkcs8(ec.privateKey)) });
  await expect(strip(page)).toBeHidden();
  const waiting = await desk.waiting();
  await desk.accept(waiting.id);
  await desk.hears(waiting.id, ["Is anybody there?"]);
  await expect(chat.composer).toBeVisible();
  expect(await errors(), "once").toEqual(["identity_required"]);
});

test("an expired token is renewed by the site, as docs/IDENTITY.md shows", async ({ page, desk }) => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", kid: "shared" })}.${part({ sub: `${RUN}-4713`, exp: Math.floor(Date.now() / 1000) - 600 })}`;
  const stale = `${text}.${createHmac("sha256", SHARED).update(text).digest("base64url")}`;
  const tokens = [stale];
  let asked = 0;
  await page.route(`${SITE}/chat-token`, (route) => {
    asked += 1;
    return route.fulfill({ contentType: "text/plain", body: tokens.shift() ?? chatToken({ ...INES, id: `${RUN}-4713` }, pkcs8(ec.privateKey)) });
  });
  await visit(page, MEMBERS, `<script>${example("identify")}</script>`);
  const chat = new Chat(page);
  await chat.open();
  await chat.say("I was away for long");
  const waiting = await desk.waiting();
  await desk.accept(waiting.id);
  await desk.hears(waiting.id, ["I was away for long"]);
  expect(asked).toBe(2);
  await expect(strip(page)).toBeHidden();
});

test("whose sign-in runs out in mid-chat is told to sign in, keeps what she wrote, and goes on from there", async ({ page, desk }) => {
  const token = () => chatToken({ ...INES, id: `${RUN}-4719` }, pkcs8(ec.privateKey));
  await holdLinks(page);
  const heard = await hear(page);
  await visit(page, MEMBERS);
  const first = token();
  await call(page, "identify", { token: first });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("Before it ran out");
  const waiting = await desk.waiting();
  await desk.accept(waiting.id);
  await expect(chat.thread.getByText(/joined at/)).toBeVisible();
  // As the edge answers when it has; the site has no other.
  await page.route(`${EDGE}/v1/conversations`, (route) =>
    route.request().postDataJSON().identity === first
      ? route.fulfill({ status: 403, contentType: "application/problem+json", body: '{"title":"","status":403,"code":"identity_expired"}' })
      : route.continue());
  await closeLink(page, 4401);
  await chat.say("Said too late");
  await expect(strip(page)).toHaveText("To chat here, please sign in on this site.");
  await expect(strip(page)).toHaveAttribute("role", "alert");
  await expect(chat.composer).toBeHidden();
  await expect(chat.thread.getByText("Before it ran out")).toBeVisible();
  await expect(chat.thread.getByText("Said too late")).toBeVisible();
  await expect(chat.thread.getByText("Waiting to send")).toBeVisible();
  expect((await heard()).filter(([name]) => name === "error").map(([, detail]) => detail.code)).toEqual(["identity_expired"]);
  // An ES256 signature is another each time, so this is another token of the same customer.
  await call(page, "identify", { token: token() });
  await expect(strip(page)).toBeHidden();
  await desk.hears(waiting.id, ["Before it ran out", "Said too late"]);
  await expect(chat.composer).toBeVisible();
});

test("the same e-mail address, unsigned, opens nobody's conversation; nor does the browser of somebody who left", async ({ page, browser, desk }) => {
  await visit(page, GUESTS);
  const token = () => chatToken({ ...INES, id: `${RUN}-4714` }, pkcs8(ec.privateKey));
  await call(page, "identify", { token: token() });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("This is between us");
  await desk.accept((await desk.waiting()).id);
  await expect(chat.thread.getByText("This is between us")).toBeVisible();

  const stranger = await device(browser, GUESTS);
  await call(stranger, "identify", { name: INES.name, email: INES.email });
  const other = new Chat(stranger);
  await other.open();
  await other.say("I am Ines, believe me");
  await expect(other.thread.getByText("I am Ines, believe me")).toBeVisible();
  await expect(other.thread.getByText("This is between us")).toBeHidden();
  await stranger.context().close();

  // The site has signed her out and forgotten to say so: the next page shows nothing of hers.
  await page.reload();
  await expect(chat.composer, "open, as it was on the page before").toBeVisible();
  await chat.say("Somebody else at this computer");
  await expect(chat.thread.getByText("Somebody else at this computer")).toBeVisible();
  await expect(chat.thread.getByText("This is between us")).toBeHidden();

  await desk.waiting();

  // She comes back, while that page is open.
  await call(page, "identify", { token: token() });
  await expect(chat.thread.getByText("This is between us")).toBeVisible();
  await expect(chat.thread.getByText("Somebody else at this computer")).toBeHidden();

  // And leaves as she should.
  expect(await call(page, "reset")).toEqual({ value: undefined });
  await chat.open();
  await expect(chat.thread).toBeHidden();
});

test("a page in which somebody begins unsigned and then signs in keeps what was said", async ({ page, desk }) => {
  await visit(page, GUESTS);
  const chat = new Chat(page);
  await chat.open();
  await chat.say("Before I signed in");
  const waiting = await desk.waiting();
  await desk.accept(waiting.id);
  await call(page, "identify", { token: chatToken({ ...INES, id: `${RUN}-4715` }, pkcs8(ec.privateKey)) });
  await expect(chat.thread.getByText("Before I signed in")).toBeVisible();
  await chat.say("And after it");
  await desk.hears(waiting.id, ["Before I signed in", "And after it"]);
  const found = await admin("GET", `hubs/guests/customers/${RUN}-4715/conversations`);
  expect(found.items).toHaveLength(1);
});

test("a customer's earlier conversation is listed and read on another device, and to nobody else", async ({ page, browser, desk }) => {
  const token = (id: string) => chatToken({ ...INES, id: `${RUN}-${id}` }, pkcs8(ec.privateKey));
  await visit(page, GUESTS);
  await call(page, "identify", { token: token("4717") });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("My jacket has lost a button");
  const waiting = await desk.waiting();
  await desk.accept(waiting.id);
  await desk.say(waiting.id, "We sew it on");
  await expect(chat.thread.getByText("We sew it on")).toBeVisible();
  await desk.end(waiting.id);
  await chat.button("Start a new chat").click();
  const line = (at: Chat) => at.button(/Maya Okafor.*We sew it on/);
  await expect(line(chat)).toBeVisible();

  // On the next page the site is late to say who she is: nothing is told, and asked for again when it has.
  const refused = page.waitForResponse((it) => it.url().endsWith("/v1/visitors/conversations") && it.status() === 401);
  await page.reload();
  await chat.open();
  await refused;
  await expect(line(chat)).toBeHidden();
  await call(page, "identify", { token: token("4717") });
  await expect(line(chat)).toBeVisible();

  // Her phone: she begins anew there too, and finds what was said.
  const phone = await device(browser, GUESTS);
  await call(phone, "identify", { token: token("4717") });
  const there = new Chat(phone);
  await there.open();
  await there.say("And a sleeve");
  // Her last chat is over: what she wrote stands in the composer of the next.
  await there.button("Start a new chat").click();
  await expect(there.composer).toHaveValue("And a sleeve");
  await expect(line(there)).toBeVisible();
  await line(there).click();
  await expect(there.thread.getByText("My jacket has lost a button")).toBeVisible();
  await phone.context().close();

  // Somebody else, signed in as well.
  const other = await device(browser, GUESTS);
  await call(other, "identify", { token: token("4718") });
  const ottos = new Chat(other);
  await ottos.open();
  await ottos.say("I am Otto");
  const again = await desk.waiting();
  await desk.accept(again.id);
  await desk.say(again.id, "Hello Otto");
  await expect(ottos.thread.getByText("Hello Otto")).toBeVisible();
  await desk.end(again.id);
  await ottos.button("Start a new chat").click();
  await expect(ottos.button(/Hello Otto/)).toBeVisible();
  await expect(line(ottos)).toBeHidden();
  await other.context().close();
});

test("the Python example signs what the edge takes", async ({ page, desk }) => {
  const python = `import sys, types
${example("python")}
sys.stdout.write(chat_token({"id": "${RUN}-4716", "name": "Otto", "email": "otto@example.com"}, sys.argv[1]))`;
  let token: string;
  try {
    token = execFileSync("python3", ["-c", python, pkcs8(ec.privateKey)], { encoding: "utf8" });
  } catch (error: any) {
    // PyJWT is nothing that the project brings: where it is not, its example is read by people only.
    test.skip(String(error.stderr ?? error).includes("ModuleNotFoundError"), "PyJWT is not installed");
    throw error;
  }
  await visit(page, MEMBERS);
  await call(page, "identify", { token });
  const chat = new Chat(page);
  await chat.open();
  await chat.say("Signed in Python");
  expect((await desk.waiting()).visitor.name).toBe("Otto");
});
