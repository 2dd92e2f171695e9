// An edge that exists in this document only, so that the real widget shows any state without a server behind it.
// Before the widget starts it takes the place of fetch for the start request, of WebSocket, and of the clock.
(() => {
  const query = new URLSearchParams(location.search);
  // A frame that the loader has made (launcher.html) has no state of its own, and a page to speak to.
  const loaded = query.has("resource");
  const name = query.get("state") ?? "greeting";
  const state = STATES[name];
  const DAY = Date.UTC(2026, 2, 5); // A Thursday, without summer time in London.
  const at = (time) => {
    const [hours, minutes] = time.split(":").map(Number);
    return DAY + (hours * 60 + minutes) * 60_000;
  };
  const log = state.log ?? [];
  const now = at("09:51") + (log.some(([time]) => time > "09:51") ? 40 * 60_000 : 0);
  Object.defineProperty(performance, "timeOrigin", { value: now - performance.now() });
  Date.now = () => Math.round(performance.timeOrigin + performance.now());

  const uuid = (n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
  const CONVERSATION = "c".repeat(64);

  // The resource: an id of its own for each state, since all frames of the gallery share one storage.
  const variant = [...location.search].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 2 ** 40, 7);
  const id = uuid(variant);
  const meta = document.querySelector("meta[name=parlor-resource]");
  meta.content = JSON.stringify({
    id,
    name: query.get("lang") === "ar" ? "لاركسبر للدراجات" : "Larkspur Bicycles",
    texts: {},
    open: true,
    kept_days: 30,
    theme: { scheme: query.get("scheme") ?? "follow" },
    ...state.resource,
  });
  if (query.get("zoom")) document.documentElement.style.fontSize = `${query.get("zoom")}%`;

  // What an earlier page kept.
  const keep = (key, value) => sessionStorage.setItem(`parlor.${id}.${key}`, value);
  const empty = () => {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(`parlor.${id}.`)) sessionStorage.removeItem(key);
    }
  };
  empty();
  if (log.length) {
    keep("visitor", "v");
    keep("conversation", CONVERSATION);
    keep("read", String(state.read ?? log.length));
  }
  (state.unsent ?? []).forEach(([time, text], n) => keep(`unsent.${uuid(900 + n)}`, `${at(time) + n}\n${text}`));
  if (state.draft) keep("draft", state.draft);
  for (const [key, value] of Object.entries(state.kept ?? {})) keep(key, value);
  if (!loaded) {
    window.parent = window; // In the gallery's page or by itself, the frame speaks to nobody but this script.
    location.hash = `${location.origin},tab`;
  }

  // The log, as the edge tells it. `back` counts the visitor's messages from the newest.
  const said = [];
  const told = (log) => log.map(([time, what], index) => {
    const [[kind, value]] = Object.entries(what);
    if (kind === "visitor") said.push(index + 1);
    const full = kind === "visitor" ? { id: uuid(index + 1), ...value } : { ...value };
    if (full.back) {
      full.of = said.at(-full.back);
      delete full.back;
    }
    return { seq: index + 1, at: at(time), what: { [kind]: full } };
  });
  const events = told(log);

  const real = window.fetch;
  window.fetch = (input, init) => {
    if (!String(input.url ?? input).includes("/v1/")) return real(input, init);
    const path = new URL(input.url ?? input, location.href).pathname;
    if (path.startsWith("/v1/visitors/")) {
      if (!state.earlier) return Promise.reject(new TypeError("no network"));
      const one = path.split("/").length > 4;
      return Promise.resolve(new Response(JSON.stringify(one ? { events: told(state.past) } : { conversations: state.earlier })));
    }
    if (state.refuse) return Promise.reject(new TypeError("no network"));
    const answer = { conversation: CONVERSATION, token: "t", token_expires_in_s: 900, ...state.answer };
    return Promise.resolve(new Response(JSON.stringify(answer)));
  };
  let sockets = 0;
  window.WebSocket = class {
    readyState = 1;

    constructor() {
      sockets += 1;
      // A link that was cut does not come back.
      if (sockets === 1) setTimeout(() => this.onopen?.(new Event("open")));
    }

    send(text) {
      if (text === "ping") return this.tell("pong");
      const { hello, say } = JSON.parse(text);
      if (say && state.accepts) this.say({ accepted: { id: say.id, seq: (events.length += 1) } });
      if (!hello) return;
      if (state.empties) empty();
      const capabilities = { agent_typing: true, visitor_typing: true, read_receipts: true };
      this.say({ welcome: { version: 1, conversation: CONVERSATION, last: events.length, capabilities } });
      for (const event of events) this.say({ event });
      for (const frame of state.then ?? []) this.say(frame);
      if (state.cut) setTimeout(() => this.onclose?.(new CloseEvent("close", { code: 1006 })));
    }

    say(frame) {
      this.tell(JSON.stringify(frame));
    }

    tell(data) {
      // As from a network: not before whoever sends has returned.
      setTimeout(() => this.onmessage?.(new MessageEvent("message", { data })));
    }

    close() {}
  };

  // The page around it opens the panel; the visitor presses what the state says.
  const until = (find) =>
    new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found) resolve(found);
        else setTimeout(look, 20);
      };
      look();
    });
  const frames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const $ = (selector) => document.querySelector(selector);
  (async () => {
    await until(() => $(".panel"));
    if (!loaded) postMessage({ opened: { page: "https://larkspur.example/", full: false, focus: !state.log } }, location.origin);
    if (log.length) await until(() => $(".rows")?.textContent.trim());
    if (state.cut || state.refuse) await until(() => $(".banner"));
    for (const [selector, text] of state.type ?? []) (await until(() => $(selector))).value = text;
    for (const selector of state.press ?? []) {
      (await until(() => $(selector))).click();
      await frames();
    }
    if (state.seen) await until(() => $(state.seen));
    await frames();
    // A countdown stands still for its picture.
    const stopped = performance.now();
    performance.now = () => stopped;
    document.documentElement.dataset.gallery = "ready";
  })();
})();
