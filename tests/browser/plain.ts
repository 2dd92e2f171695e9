// A Chromium that nothing holds awake. Playwright keeps each of its pages in focus, and a page in focus is never frozen;
// this browser is spoken to by its own protocol, as much of it as a story of sleep needs.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "./parlor";

type Told = { id?: number; method?: string; sessionId?: string; params?: any; result?: any; error?: { message: string } };

export class Plain {
  private asked = 0;
  private readonly waiting = new Map<number, (told: Told) => void>();
  /// Sessions of frames from other sites, by the session of their page.
  readonly frames = new Map<string, string[]>();

  private constructor(private readonly process: ChildProcess, private readonly profile: string, private readonly socket: WebSocket) {
    socket.onmessage = ({ data }) => {
      const told = JSON.parse(data) as Told;
      if (told.id) this.waiting.get(told.id)?.(told);
      if (told.method === "Target.attachedToTarget" && told.params.targetInfo.type === "iframe") {
        this.frames.set(told.sessionId!, [...(this.frames.get(told.sessionId!) ?? []), told.params.sessionId]);
      }
    };
  }

  static async start(): Promise<Plain> {
    const profile = await mkdtemp(path.join(tmpdir(), "parlor-plain-"));
    const process_ = spawn(
      process.env.PARLOR_CHROMIUM!,
      ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const address = await new Promise<string>((found, none) => {
      let said = "";
      process_.stderr!.on("data", (more) => {
        const match = /ws:\/\/\S+/.exec((said += more));
        if (match) found(match[0]);
      });
      process_.on("exit", () => none(new Error(`Chromium did not start: ${said}`)));
    });
    const socket = new WebSocket(address);
    await new Promise((open) => (socket.onopen = open));
    return new Plain(process_, profile, socket);
  }

  async send(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = (this.asked += 1);
    const told = new Promise<Told>((done) => this.waiting.set(id, done));
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await told;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async open(url: string): Promise<PlainTab> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    await this.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }, sessionId);
    await this.send("Page.navigate", { url }, sessionId);
    return new PlainTab(this, sessionId);
  }

  async close(): Promise<void> {
    const gone = new Promise((done) => this.process.once("exit", done));
    this.process.kill();
    await gone;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class PlainTab {
  constructor(private readonly browser: Plain, private readonly page: string) {}

  private async run(script: string, session: string): Promise<any> {
    const { result, exceptionDetails } = await this.browser.send(
      "Runtime.evaluate",
      { expression: script, returnByValue: true, awaitPromise: false },
      session,
    );
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /// By the site's script; the tag may not have come yet.
  parlor = (call: string) => this.run(`void (window.Parlor ||= []).push((parlor) => parlor.${call})`, this.page);

  /// In the frame, once it is there.
  async inFrame(script: string): Promise<any> {
    await expect.poll(() => this.browser.frames.get(this.page)?.length ?? 0).toBeGreaterThan(0);
    return this.run(script, this.browser.frames.get(this.page)!.at(-1)!);
  }

  /// What the panel says, sooner or later. At first a frame has no document.
  reads = (text: string) => expect.poll(() => this.inFrame("document.body?.innerText ?? ''"), { message: `a panel that says: ${text}` }).toContain(text);

  /// The browser stops the page with its frames, as it stops tabs that nobody looks at; or lets it go on.
  stop = () => this.browser.send("Page.setWebLifecycleState", { state: "frozen" }, this.page);
  goOn = () => this.browser.send("Page.setWebLifecycleState", { state: "active" }, this.page);
}
