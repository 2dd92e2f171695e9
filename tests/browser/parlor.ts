// What the stories share: the addresses, the desk's control interface, and the chat as a visitor finds it.
import { test as base, expect, type FrameLocator, type Locator, type Page } from "@playwright/test";

function address(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run cargo xtask test --only browser`);
  return value.replace(/\/$/, "");
}

export const SITE = address("PARLOR_SITE_URL");
export const EDGE = address("PARLOR_EDGE_URL");
export const DESK = address("PARLOR_DESK_URL");
export const KUSTOMER = address("PARLOR_KUSTOMER_URL");
export const ADMIN_TOKEN = process.env.PARLOR_ADMIN_TOKEN ?? "";
export const RESOURCE = "a0e9c1de-0000-4000-8000-000000000001";

/// Kills the edge's runtime, as a failing machine would. It comes back by itself, with what it had stored.
/// Resolved when it answers again.
export async function killEdge(): Promise<void> {
  process.kill(Number(address("PARLOR_EDGE_PID")), "SIGUSR2");
  await new Promise((soon) => setTimeout(soon, 100));
  const up = () => fetch(`${EDGE}/healthz`, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok, () => false);
  while (!(await up())) await new Promise((soon) => setTimeout(soon, 100));
}

export interface Line {
  from: "visitor" | "agent" | "notice";
  text: string;
}

export interface DeskChat {
  id: string;
  state: "waiting" | "active" | "ended";
  visitor: { name: string };
  visitor_typing: boolean;
  lines: Line[];
  ended_by: string | null;
}

/// A simulated desk's control interface.
export class Desk {
  constructor(private readonly url = DESK) {}

  private async post(path: string, body: unknown = {}): Promise<void> {
    const answer = await fetch(`${this.url}/control/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  reset = () => this.post("reset");
  accept = (chat: string) => this.post(`chats/${chat}/accept`);
  say = (chat: string, text: string) => this.post(`chats/${chat}/say`, { text });
  typing = (chat: string, on: boolean) => this.post(`chats/${chat}/typing`, { on });
  end = (chat: string) => this.post(`chats/${chat}/end`);
  queue = (chat: string, position: number, wait_s: number | null) =>
    this.post(`chats/${chat}/queue`, { position, ...(wait_s === null ? {} : { wait_s }) });
  /// Back to the queue, for whoever takes it.
  transfer = (chat: string) => this.post(`chats/${chat}/transfer`);
  acceptAs = (chat: string, agent: string) => this.post(`chats/${chat}/accept`, { agent });
  offer = (chat: string, header: string, items: string[]) => this.post(`chats/${chat}/offer`, { header, items });
  fault = (fault: object) => this.post("faults", fault);

  async calm(): Promise<void> {
    await fetch(`${this.url}/control/faults`, { method: "DELETE" });
  }

  /// The first chat of which `is` holds. Waits for the desk to change, not for time to pass.
  async until(is: (chat: DeskChat) => boolean, patience = 30_000): Promise<DeskChat> {
    let since = -1;
    const end = Date.now() + patience;
    while (Date.now() < end) {
      const answer = await fetch(`${this.url}/control/chats${since < 0 ? "" : `?since=${since}`}`);
      const { version, chats } = (await answer.json()) as { version: number; chats: DeskChat[] };
      const found = chats.find(is);
      if (found) return found;
      since = version;
    }
    throw new Error("the desk never came to that");
  }

  waiting = () => this.until((chat) => chat.state === "waiting");

  async texts(chat: string, from: Line["from"]): Promise<string[]> {
    const { lines } = await this.until((it) => it.id === chat);
    return lines.filter((line) => line.from === from).map((line) => line.text);
  }

  /// Waits until the visitor has said exactly these.
  hears = (chat: string, texts: string[], patience?: number) =>
    this.until((it) => {
      const said = it.lines.filter((line) => line.from === "visitor").map((line) => line.text);
      return it.id === chat && JSON.stringify(said) === JSON.stringify(texts);
    }, patience);
}

/// The chat on a page of the shop.
export class Chat {
  readonly launcher: Locator;
  readonly frame: FrameLocator;
  readonly composer: Locator;
  /// What is seen; beside it the frame has only what is read aloud.
  readonly panel: Locator;
  readonly thread: Locator;

  constructor(readonly page: Page) {
    this.launcher = page.locator("[data-parlor] button[aria-haspopup]");
    this.frame = page.frameLocator("iframe[title=Chat]");
    this.composer = this.frame.getByRole("textbox", { name: "Write a message" });
    this.panel = this.frame.getByRole("dialog");
    this.thread = this.frame.getByRole("log");
  }

  /// Also where the panel, open on the page before, is opening by itself: a press would close it.
  async open(): Promise<void> {
    await expect(async () => {
      if ((await this.launcher.getAttribute("aria-expanded")) !== "true") await this.launcher.click();
      await expect(this.composer).toBeVisible({ timeout: 5_000 });
    }).toPass();
  }

  /// Loads the page again. The panel is open as it was on the page before; who presses as well may close it.
  async reload(): Promise<void> {
    await this.page.reload();
    await expect(this.composer).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  button = (name: string | RegExp) => this.frame.getByRole("button", { name });
}

/// A page that opens shadow roots, so that a test can see the launcher. The product keeps it closed; the stories of
/// `isolation.spec.ts` use an ordinary page.
export async function seeThrough(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      return attach.call(this, { ...init, mode: "open" });
    };
  });
}

/// Lets [`closeLink`] close what a page's frame opens from now on.
export async function holdLinks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    (window as any).sockets = [];
    window.WebSocket = new Proxy(Real, {
      construct(target, given) {
        const socket = Reflect.construct(target, given);
        (window as any).sockets.push(socket);
        return socket;
      },
    });
  });
}

export const frameOf = (page: Page) => page.frames().find((frame) => frame.url().startsWith(EDGE))!;

/// Closes the newest link as the edge would, with a code of docs/PROTOCOL.md.
export const closeLink = (page: Page, code: number): Promise<void> =>
  frameOf(page).evaluate((code) => {
    const socket = (window as any).sockets.pop();
    socket.onclose({ code });
    socket.onclose = null;
    socket.close();
  }, code);

export const test = base.extend<{ desk: Desk; chat: Chat; complaints: string[] }>({
  desk: async ({}, use) => {
    const desk = new Desk();
    await desk.reset();
    await desk.calm();
    await use(desk);
  },
  // What the browser complained of. Most stories want none.
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await use(complaints);
  },
  chat: async ({ page, desk, complaints }, use) => {
    void desk;
    void complaints;
    await seeThrough(page);
    await page.goto(`${SITE}/`);
    await use(new Chat(page));
  },
});

export { expect };
