// Starts the widget: the wasm and the texts come at the same time, and neither can fail in silence.
import { signed, vouched } from "./identity.js";
import { agreed, forget, hear, keep, kept, remember, shared, tell } from "./page.js";
import { socket } from "./socket.js";
import init, { start } from "./parlor_widget.js";

const byId = (id) => document.getElementById(id);
const get = async (id) => {
  const answer = await fetch(byId(id).href);
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  return answer;
};

// Parts of the panel that are drawn by a module which comes after the wasm, with words of its own; see later/main.js.
const meta = (name) => document.querySelector(`meta[name=parlor-${name}]`).content;
const resource = JSON.parse(meta("resource"));
// Nobody is asked twice.
if (agreed) delete resource.consent;
const { scheme, launcher, light, dark } = resource.theme;
const root = document.documentElement;
if (scheme) root.dataset.scheme = scheme;
for (const name of Object.keys(light ?? {})) {
  root.style.setProperty(`--pl-${name}`, `light-dark(${light[name]}, ${dark[name]})`);
}
// Times and numbers in the visitor's own variety of the language that the texts are in.
const locale = navigator.languages.find((tag) => tag.split("-")[0] === root.lang) ?? root.lang;
const minutes = resource.reply_minutes;
if (minutes) resource.reply = new Intl.NumberFormat(locale, { style: "unit", unit: "minute", unitDisplay: "long" }).format(minutes);
let words;
let say;
let later;
const bring = () =>
  (later ??= Promise.all([import(meta("later")), fetch(meta("words")).then((answer) => answer.json())]).catch((error) => {
    later = undefined;
    throw error;
  }));
let wanted; // What has the focus once it is there.
const focus = (id) => {
  const element = byId(id);
  wanted = element ? undefined : id;
  element?.focus();
};
// What stands beside the conversation, and is drawn without the wasm.
const beside = {};
const note = (more) => part("aside", byId("aside"), JSON.stringify(Object.assign(beside, more)));
const said = (kind, value = {}) => (kind === "emptied" ? note({ emptied: true }) : say(JSON.stringify({ [kind]: value })));
hear(said);

// The link: the newest that was opened, and nobody else, tells the wasm. All but the plain socket comes after the wasm.
let bringing;
const ways = () =>
  (bringing ??= import(meta("link")).catch((error) => {
    bringing = undefined;
    throw error;
  }));
// What is slow to come is not waited for: the plain socket does meanwhile.
const soon = () => Promise.race([ways(), new Promise((_, late) => setTimeout(late, 3_000))]);
let told;
let link;
let newest = 0;
const leave = () => {
  newest += 1;
  link?.close();
  link = undefined;
};
const part = async (name, place, shown) => {
  place.shown = shown;
  if (!shown) return place.replaceChildren();
  try {
    const [{ draw }, more] = await bring();
    // Only the newest counts, and only where it is still wanted.
    if (place.shown !== shown || !place.isConnected) return;
    // A text, in its form for the number `n` where it has several, its arguments filled in.
    const word = (key, given = {}) => {
      const forms = (resource.texts?.[key] ?? more[key] ?? words[key] ?? "").split("|");
      const kind = forms[1] && `${new Intl.PluralRules(locale).select(given.n)}:`;
      const form = forms.find((it) => it.startsWith(kind)) ?? forms.at(-1);
      return (forms[1] ? form.replace(/^\w+:/, "") : form).replace(/{(\w+)}/g, (_, name) => given[name] ?? "");
    };
    draw[name](place, JSON.parse(shown), {
      resource,
      locale,
      reply: resource.reply,
      say: said,
      announce: (text) => byId("urgent").append(Object.assign(document.createElement("p"), { textContent: text })),
      word,
    });
    if (wanted) focus(wanted);
  } catch (error) {
    // Without a network it comes when there is one.
    if (later) throw error;
    addEventListener("online", () => part(name, place, shown), { once: true });
  }
};

if (launcher) tell({ accent: { colours: launcher } });

// The page knows from it that the frame was not blocked.
const reach = (stage) => tell({ progress: { stage } });
reach("document");

const fail = (error) => {
  tell({ failed: { code: error instanceof WebAssembly.RuntimeError ? "widget_stopped" : "widget_failed" } });
  console.error("Parlor: the widget did not start or stopped.", error);
  byId("parlor").hidden = true;
  byId("parlor-failed").hidden = false;
};
byId("parlor-again").addEventListener("click", () => location.reload());
// A trap in the wasm leaves a panel that does not answer; a sentence is better than that.
addEventListener("error", (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) fail(event.error);
});

// What the wasm asks for and would have to bring more code for than stands here.
globalThis.parlor = {
  part,
  focus,
  download(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    link.download = `chat-${new Date().toISOString().slice(0, 10)}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
  hear: (said) => (say = said),
  forget,
  keep,
  kept,
  look(path, token, done) {
    vouched(async (identity) => {
      try {
        const answer = await fetch(path, { headers: { authorization: `Bearer ${token}`, ...identity } });
        const { ok, status } = answer;
        // Whoever is told nothing has none.
        done(ok ? await answer.text() : status < 500 ? '{"conversations":[]}' : "");
        return status;
      } catch {
        done("");
      }
    });
  },
  told: (tell) => (told = tell),
  open(conversation, token, requests) {
    leave();
    const mine = newest;
    const tell = (what, text = "", wait = "") => mine === newest && told(what, text, wait);
    soon().catch(() => {}).then((it) => {
      if (mine !== newest) return;
      const options = { conversation, token, requests, shares: shared() };
      link = it ? it.dial(options, tell, socket) : socket(options, tell);
    });
  },
  close: leave,
  transmit: (text) => link?.send(text),
  probe: (conversation, token) => ways().then((it) => it.probe({ conversation, token }, told, socket), () => {}),
  // Calls `done` once: with the status (0: there was no answer), the text, and what Retry-After says.
  begin(body, done) {
    const post = async (body) => {
      const asked = Date.now();
      try {
        const answer = await fetch("/v1/conversations", { method: "POST", body, headers: { "content-type": "application/json" } });
        const text = await answer.text();
        // The edge's time. What that means is decided in `later/`, which nobody else needs by now.
        const now = /"now":(\d+)/.exec(text)?.[1];
        const at = Date.now();
        if (beside.clock || Math.abs(now - at) > 300_000) note({ clock: [asked, +now, at] });
        return [answer.status, text, answer.headers.get("retry-after") ?? ""];
      } catch {
        return [0, "", ""];
      }
    };
    const signIn = async () => resource.texts?.sign_in ?? (await bring())[1].sign_in;
    const ask = (body) => signed(body, post, signIn).then((told) => done(...told));
    soon().then((it) => (shared() ? it.begin(shared(), body, ask) : ask(body)), () => ask(body));
  },
};

try {
  const [texts] = await Promise.all([
    get("parlor-locale").then((answer) => answer.json()),
    init({ module_or_path: get("parlor-wasm") }),
    remember(),
  ]);
  reach("program");
  words = texts;
  // Held for as long as the document lives: a handle that is collected takes the widget with it.
  window.parlorWidget = start(resource, Object.values({ ...texts, ...resource.texts }), locale);
  // Before anybody needs it, and after everything that is needed at once.
  setTimeout(() => {
    bring().catch(() => {});
    ways().then(({ watch }) => shared() && watch(shared(), said), () => {});
  }, 1_000);
} catch (error) {
  fail(error);
}
