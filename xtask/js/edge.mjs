// The edge on this machine: the built Worker in the real runtime (workerd), its bindings read from wrangler.toml.
//
// miniflare is used directly, not `wrangler dev`: one process less, ready four times as fast, and a runtime that was
// killed comes back on its port, which `wrangler dev` cannot do.
//
// A conversation in lines of JSON. The first line on stdin holds the options:
//   {"config": PATH, "build": DIR (a copy of edge/build and dist), "port": N (0: any), "state": DIR, "vars": {NAME: TEXT}, "seed": [[KEY, VALUE], ...], "limits": {NAME: N}}
// It is answered by {"ready": URL} or {"failed": TEXT}. Options come by stdin because arguments can be read by every
// process of the machine, and a variable may be a secret.
// Every later line is a command {"id": N, "do": NAME, ...}, answered by {"id": N, "value": ...} or {"id": N, "error": TEXT}.
// What the Worker logs comes as {"log": {"level": TEXT, "message": TEXT}}.
// The end of stdin is the order to stop, so nothing here outlives the process that started it, however that one ended.

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);

// workerd's process id is needed to kill it, and miniflare does not tell. Replaced before miniflare is loaded.
// On Linux the runtime is also bound to this process: even a SIGKILL of Node then leaves no workerd on the port.
const processes = require("node:child_process");
const spawn = processes.spawn;
const binding = process.platform === "linux" ? bindingCommand() : undefined;
let runtime;
processes.spawn = (command, args, options) => {
  if (!/workerd[^/]*$/.test(command)) return spawn(command, args, options);
  runtime = binding ? spawn(binding, ["--pdeathsig", "KILL", command, ...args], options) : spawn(command, args, options);
  return runtime;
};

const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = require("miniflare");
const { unstable_getMiniflareWorkerOptions } = require("wrangler");

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const text = (error) => (error instanceof Error ? error.message : String(error));

let miniflare;
let state;
let className = () => undefined;

async function start(options) {
  state = options.state;
  const folder = resolve(options.build, "edge/build");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(options.config, undefined, {
    overrides: { assets: { directory: resolve(options.build, "dist") } },
  });
  className = (binding) => workerOptions.durableObjects[binding]?.className;
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: options.port,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: heard,
      // A runtime that died (or was killed by a command) is started anew by miniflare, which then calls this.
      unsafeHandleRuntimeRestart: () => restarted?.(),
      resourcePersistencePath: options.state,
      workers: [
        {
          ...workerOptions,
          ratelimits: limits(workerOptions.ratelimits, options.limits ?? {}),
          name: "parlor",
          modulesRoot: folder,
          modules: [
            { type: "ESModule", path: resolve(folder, "index.js") },
            { type: "CompiledWasm", path: resolve(folder, "index_bg.wasm") },
          ],
          bindings: { ...workerOptions.bindings, ...options.vars },
        },
        { name: MARKER, modules: true, script: MARKER_SCRIPT, compatibilityDate: workerOptions.compatibilityDate },
      ],
    }),
  );
  const url = await miniflare.ready;
  await Promise.all((options.seed ?? []).map(([key, value]) => seed(key, value)));
  return `http://127.0.0.1:${url.port}`;
}

// What is there may be an admin's.
async function seed(key, value) {
  if ((await commands.get({ key })) === null) await put(key, value);
}

// On this machine all visitors have one address: there is no limit but where a test sets one.
function limits(configured, wanted) {
  const limit = (name) => wanted[name] ?? 1_000_000;
  const set = ([name, it]) => [name, { ...it, simple: { ...it.simple, limit: limit(name) } }];
  return Object.fromEntries(Object.entries(configured ?? {}).map(set));
}

async function put(key, value) {
  const store = await miniflare.getKVNamespace("CONFIG");
  if (value === null) await store.delete(key);
  else await store.put(key, JSON.stringify(value));
}

let restarted;

// Log lines come by pipes of their own, later than the answers to which they belong. A second Worker in the same runtime
// writes a line on each pipe: when both are here, so is everything that was logged before.
const MARKER = "marker";
const MARKER_SCRIPT = `export default { async fetch(request) {
  const mark = await request.text();
  console.log(mark + " out");
  console.error(mark + " err");
  return new Response();
} };`;
const marks = new Map();
let lastMark = 0;

function marked(line) {
  return new Promise((done) => marks.set(line, done));
}

function heard({ level, message }) {
  const done = marks.get(message);
  if (!done) return say({ log: { level, message } });
  marks.delete(message);
  done();
}

const commands = {
  // SIGKILL of the runtime, as a machine that fails would do it; answered when the next one listens.
  async kill() {
    const back = new Promise((done) => (restarted = done));
    runtime.kill("SIGKILL");
    await back;
    await miniflare.ready;
  },
  // What the platform does to an idle object: out of memory, storage and (if hibernating) sockets kept.
  async evict({ binding, object, sockets = "hibernate" }) {
    await miniflare.unsafeEvictDurableObject("parlor", className(binding), { ...object, webSockets: sockets });
  },
  async objects({ binding }) {
    return miniflare.listDurableObjectIds(binding, "parlor");
  },
  // Answered when every line that was logged until now has been told.
  async mark() {
    const mark = `mark ${(lastMark += 1)}`;
    const both = Promise.all([marked(`${mark} out`), marked(`${mark} err`)]);
    const marker = await miniflare.getWorker(MARKER);
    await marker.fetch("http://marker/", { method: "POST", body: mark });
    await both;
  },
  async put({ key, value }) {
    await put(key, value);
  },
  async get({ key }) {
    return (await miniflare.getKVNamespace("CONFIG")).get(key, "json");
  },
  // Whether the store fails at a key: what it keeps beside the value is no JSON then, and it answers 500.
  async fail({ key, fails }) {
    const { DatabaseSync } = await import("node:sqlite");
    const folder = resolve(state, "kv/miniflare-KVNamespaceObject");
    let changed = 0;
    for (const name of readdirSync(folder).filter((it) => /^[0-9a-f]{64}\.sqlite$/.test(it))) {
      const store = new DatabaseSync(resolve(folder, name));
      changed += store.prepare("UPDATE _mf_entries SET metadata = ? WHERE key = ?").run(fails ? "{" : null, key).changes;
      store.close();
    }
    if (changed !== 1) throw new Error(`${changed} entries ${key}`);
  },
};

function bindingCommand() {
  const found = processes.spawnSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" });
  return found.status === 0 ? "setpriv" : undefined;
}

async function stop(code) {
  // If the runtime hangs, leaving is enough: it is bound to this process, or its group is killed from outside.
  setTimeout(() => process.exit(code), 2000).unref();
  await miniflare?.dispose().catch(() => {});
  process.exit(code);
}

// Ctrl-C in a terminal reaches every process of the group; the one that started this decides when it ends.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => stop(0));
// For a test in another process, which is told this one's id: the command `kill`.
let killing;
process.on("SIGUSR2", () => (killing ??= commands.kill().finally(() => (killing = undefined))));

const lines = createInterface({ input: process.stdin });
let started = false;
lines.on("line", async (line) => {
  if (line.trim() === "") return;
  const message = JSON.parse(line);
  if (!started) {
    started = true;
    start(message).then(
      (url) => say({ ready: url }),
      (error) => {
        say({ failed: text(error) });
        stop(1);
      },
    );
    return;
  }
  try {
    const command = commands[message.do];
    if (!command) throw new Error(`no command ${message.do}`);
    say({ id: message.id, value: (await command(message)) ?? null });
  } catch (error) {
    say({ id: message.id, error: text(error) });
  }
});
lines.on("close", () => stop(0));
