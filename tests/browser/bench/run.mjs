// Measures what three widgets cost one and the same page, in one run and one browser. `cargo xtask bench browser` fetches the
// two others from npm, serves site, edge and desk, and names everything in the environment. Prints a table in Markdown.
//
// Bytes are those of the files at Brotli 11, for all three, since servers differ in how well they compress. Times are of
// this machine: only their ratios mean something, so each is also given as a multiple of Parlor's.
import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "playwright-core";

// chromium.sh starts the browser that PARLOR_CHROMIUM names.
const { PARLOR_SITE_URL, PARLOR_EDGE_URL, PARLOR_PEERS, PARLOR_CHROMIUM_LAUNCHER, PARLOR_RUNS = "7" } = process.env;
const SITE = PARLOR_SITE_URL.replace(/\/$/, "");
const RUNS = Number(PARLOR_RUNS);
const TYPES = { js: "text/javascript", mjs: "text/javascript", css: "text/css", json: "application/json" };

const START = `import { createChat } from "/n8n-chat/dist/chat.bundle.es.js";
createChat({ webhookUrl: new URL("/webhook", import.meta.url).href, loadPreviousSession: false });
`;

// The others' files, from an origin of their own, as the edge is one.
const peers = createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-allow-headers", "*");
  if (path === "/start.mjs") {
    // A file of its own, not inline: a browser counts a module's whole evaluation as its first file's.
    response.setHeader("content-type", "text/javascript");
    return response.end(START);
  }
  if (path === "/webhook") {
    response.setHeader("content-type", "application/json");
    return response.end('{"data":[]}');
  }
  try {
    const body = readFileSync(join(PARLOR_PEERS, path));
    response.setHeader("content-type", TYPES[path.split(".").at(-1)] ?? "application/octet-stream");
    response.end(body);
  } catch {
    response.statusCode = 404;
    response.end();
  }
});
await new Promise((resolve) => peers.listen(0, "127.0.0.1", resolve));
const PEERS = `http://127.0.0.1:${peers.address().port}`;

const widgets = [
  {
    name: "Parlor",
    origin: PARLOR_EDGE_URL,
    html: `<script src="${PARLOR_EDGE_URL}/parlor.js" data-resource="a0e9c1de-0000-4000-8000-000000000001" data-shadow="open" async></script>`,
    painted: () => document.querySelector("[data-parlor]")?.shadowRoot.querySelector("button"),
    launcher: (page) => page.locator("[data-parlor] button"),
    composer: (page) => page.frameLocator("iframe[title=Chat]").getByRole("textbox"),
  },
  {
    name: "deep-chat 2.4.2",
    origin: PEERS,
    html: `<script type="module" src="${PEERS}/deep-chat/dist/deepChat.bundle.js"></script><deep-chat></deep-chat>`,
    // It has no launcher: what is painted first is the chat itself.
    painted: () => document.querySelector("deep-chat")?.shadowRoot?.querySelector("#text-input"),
  },
  {
    name: "@n8n/chat 1.37.0",
    origin: PEERS,
    html: `<link rel="stylesheet" href="${PEERS}/n8n-chat/dist/style.css"><script type="module" src="${PEERS}/start.mjs"></script>`,
    painted: () => document.querySelector(".chat-window-toggle"),
    launcher: (page) => page.locator(".chat-window-toggle"),
    composer: (page) => page.locator(".chat-window textarea, #n8n-chat textarea").first(),
  },
];

const shop = readFileSync(new URL("../../../index.html", import.meta.url), "utf8")
  .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "")
  .replace(/<script [^>]*parlor\.js[^>]*><\/script>/, "")
  .replaceAll('"site/', `"${SITE}/site/`);

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const sizes = new Map();
async function brotli(url) {
  if (!sizes.has(url)) {
    // The others' are on the disk; a kept connection to their server may be stale by now.
    const body = url.endsWith("/start.mjs") ? Buffer.from(START) : url.startsWith(PEERS)
      ? readFileSync(join(PARLOR_PEERS, new URL(url).pathname))
      : Buffer.from(await (await fetch(url)).arrayBuffer());
    sizes.set(url, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 } }).length);
  }
  return sizes.get(url);
}

// From a trace: the processor time in which the widget's own files ran or were compiled on the page's main thread, when that
// began, and how many tasks from then on took 50 ms of processor time or more. Not the time on the wall: this machine may
// have other things to do. Events nest, so only the outermost count.
function read(events, origin, { pid, tid }) {
  const main = events.filter((it) => it.ph === "X" && it.pid === pid && it.tid === tid);
  const of = (it) => it.args?.data?.url ?? it.args?.fileName ?? it.args?.url ?? "";
  // The trace does not say whose module is evaluated; the page has none of its own.
  const theirs = (it) => it.name === "v8.evaluateModule" || of(it).startsWith(origin);
  const spans = main.filter((it) => SCRIPT.has(it.name) && theirs(it)).sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  let script = 0;
  let end = 0;
  for (const it of spans) {
    if (it.ts < end) continue;
    script += it.tdur ?? it.dur;
    end = it.ts + it.dur;
  }
  const first = spans[0]?.ts;
  const long = main.filter((it) => it.name === "RunTask" && it.ts + it.dur >= first && (it.tdur ?? it.dur) >= 50_000);
  return { script: script / 1000, first, long: long.length };
}
const SCRIPT = new Set(["EvaluateScript", "FunctionCall", "v8.compile", "v8.compileModule", "v8.evaluateModule"]);

async function once(browser, widget, run) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const asked = [];
  page.on("request", (request) => request.url().startsWith(widget.origin) && asked.push(request.url()));
  await page.addInitScript(({ find }) => {
    if (window !== window.top) return;
    const painted = new Function(`return (${find})()`);
    const look = () => {
      if (!painted()) return requestAnimationFrame(look);
      // The frame in which it is there has been handed over when the next task runs.
      requestAnimationFrame(() => setTimeout(() => {
        performance.mark("widget-painted");
        window.widgetPainted = true;
      }));
    };
    requestAnimationFrame(look);
  }, { find: widget.painted.toString() });
  const url = `${SITE}/bench-${widget.name.replace(/\W/g, "")}-${run}`;
  await page.route(url, (route) => route.fulfill({ contentType: "text/html", body: shop.replace("</body>", `${widget.html}</body>`) }));

  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8", "disabled-by-default-v8.compile", "blink.user_timing"] });
  await page.goto(url);
  await page.waitForFunction(() => window.widgetPainted);
  const before = [...asked];
  await page.waitForTimeout(500);
  let open;
  if (widget.launcher) {
    const launcher = widget.launcher(page);
    const box = await launcher.boundingBox();
    const start = performance.now();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await widget.composer(page).waitFor({ state: "visible" });
    open = performance.now() - start;
  }
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString());
  if (process.env.PARLOR_TRACE) writeFileSync(`${process.env.PARLOR_TRACE}-${run}-${widget.name.replace(/\W/g, "")}.json`, JSON.stringify(events));
  const mark = events.find((it) => it.name === "widget-painted");
  const { script, first, long } = read(events, widget.origin, mark);
  await context.close();
  return { before, script, painted: (mark.ts - first) / 1000, long, open };
}

const browser = await chromium.launch({
  executablePath: PARLOR_CHROMIUM_LAUNCHER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const results = widgets.map(() => []);
// Turn by turn, so that whatever else the machine does falls on all three. The first turn warms it up and does not count.
for (let run = 0; run <= RUNS; run += 1) {
  for (const [at, widget] of widgets.entries()) {
    const result = await once(browser, widget, run);
    if (run) results[at].push(result);
  }
  process.stderr.write(`turn ${run} of ${RUNS}\n`);
}
await browser.close();

const rows = [];
for (const [at, widget] of widgets.entries()) {
  const all = results[at];
  const files = all[0].before;
  let bytes = 0;
  for (const url of files) bytes += await brotli(url);
  const of = (name) => (all[0][name] === undefined ? undefined : median(all.map((it) => it[name])));
  rows.push({
    name: widget.name, bytes, requests: files.length, script: of("script"), long: of("long"),
    painted: of("painted"), open: of("open"),
  });
}
peers.close();
const [ours] = rows;
const number = (value) => value.toLocaleString("en");
const ratio = (name) => (row) => (row[name] === undefined ? "–" : row === ours ? "1" : `${(row[name] / ours[name]).toFixed(1)}`);
const columns = [
  ["widget", (row) => row.name],
  ["requests before the launcher", (row) => String(row.requests)],
  ["bytes before the launcher", (row) => number(row.bytes)],
  ["script time, opening included, ratio", ratio("script")],
  ["script run to launcher painted, ratio", ratio("painted")],
  ["long tasks, opening included", (row) => String(row.long)],
  ["click to composer ready, ratio", ratio("open")],
];
const line = (cells) => `| ${cells.join(" | ")} |`;
console.log(line(columns.map(([head]) => head)));
console.log(line(columns.map(([head]) => (head === "widget" ? "---" : "---:"))));
for (const row of rows) console.log(line(columns.map(([, cell]) => cell(row))));
const ms = (value) => (value === undefined ? "–" : `${value.toFixed(1)} ms`);
console.log(`\nOf this machine, medians of ${RUNS}: ${rows.map((row) => `${row.name}: script ${ms(row.script)}, painted ${ms(row.painted)}, open ${ms(row.open)}`).join("; ")}.`);
const fine = ours.requests === 1 && ours.bytes <= 3000 && ours.long === 0;
if (!fine) console.log("\nParlor is over its promise: one request of at most 3,000 bytes, and no long task.");
process.exit(fine ? 0 : 1);
