// The file that a site embeds: all that it takes to paint the launcher with the unread count, to keep what the site's
// script asks for until somebody is there to do it, and to begin loading the rest. That rest is `panel/`, fetched once
// a visitor shows intent, the site's script asks for something, or the tag says what this file does not understand.
// docs/EMBEDDING.md tells a site's developer what there is; `core`, below, is all that the two files share.
(() => {
  "use strict";

  const warn = (text) => console.warn(`Parlor: ${text}`);
  const queue = window.Parlor ?? [];
  if (!Array.isArray(queue)) return warn("the script is on this page twice. This copy does nothing.");
  // A module has no currentScript.
  const tag = document.currentScript ?? document.querySelector('script[src*="/parlor.js"][data-resource]');
  if (!tag?.src) return warn('there is no <script src="https://EDGE/parlor.js" data-resource="ID"> on this page.');
  const edge = new URL(tag.src).origin;

  // What the tag says. A value that is right and asks for nothing now ends here; all else is for panel/attributes.js
  // to do or to complain of -------------------------------------------------------------------------------------
  const yes = /^o(n|ff)$/;
  const right = {
    resource: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
    label: /^.{1,40}$/,
    accent: /^(#[\da-f]{6} ?){4}$/,
    side: /^(start|end)$/,
    offset: /^(1?\d?\d|200)$/,
    theme: /^(light|dark|follow)$/,
    shadow: /^(open|closed)$/,
    persistence: /^(visitor|tab|none)$/,
    consent: /^(required|given)$/,
    locale: /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i,
    scrollLock: yes,
    titleCount: yes,
    sound: yes,
    notifications: yes,
    messageText: yes,
  };
  const set = {};
  let more = false;
  for (const [name, value] of Object.entries(tag.dataset)) {
    if (right[name]?.test?.(value)) set[name] = value;
    else more = true;
  }
  const prefix = `parlor.${set.resource}.`;
  const shelf = () => (set.persistence === "tab" ? sessionStorage : localStorage);
  const recall = (name) => {
    try {
      return set.persistence !== "none" && shelf().getItem(prefix + name);
    } catch {
      return null; // The site or the browser forbids storage.
    }
  };

  // Events for the site -----------------------------------------------------------------------------------------
  const listeners = new Map();
  const on = (name, listener) => {
    if (typeof listener !== "function") throw new TypeError("Parlor.on: listener is not a function");
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(listener);
    return () => listeners.get(name)?.delete(listener);
  };
  const guard = (run, detail) => {
    try {
      run(detail);
    } catch (error) {
      console.error(error); // The site's mistake must not stop the chat.
    }
  };
  const emit = (name, detail) => listeners.get(name)?.forEach((listener) => guard(listener, detail));

  // What is drawn -----------------------------------------------------------------------------------------------
  const scheme = (theme) => (/^[ld]/.test(theme) ? theme : "light dark");
  // Light and dark, each with what is drawn on it. That also rings the launcher, whose ground may be any.
  const [light, onLight, dark, onDark] = (set.accent || recall("accent") || "#175c49 #fff #80c1aa #032018").split(" ");
  const style = new CSSStyleSheet();
  style.replaceSync(`
:host{all:initial!important;position:fixed!important;inset-block-end:${set.offset ?? 20}px!important;inset-inline-${set.side ?? "end"}:${set.offset ?? 20}px!important;z-index:2147483647!important;display:block!important;overflow:visible!important;color-scheme:${scheme(set.theme)}!important}
:host([hidden]),[hidden]{display:none!important}
button{all:unset;box-sizing:border-box;position:relative;display:flex;align-items:center;gap:10px;block-size:56px;min-inline-size:56px;padding-inline:14px;border-radius:18px;cursor:pointer;background:light-dark(${light},${dark});color:light-dark(${onLight},${onDark});font:600 16px/24px -apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;-webkit-tap-highlight-color:transparent;box-shadow:0 0 0 1px,0 1px 2px light-dark(#0d121629,#0000),0 8px 20px -6px light-dark(#0d12165c,#000000b3)}
button:focus-visible{outline:2px solid #fff;box-shadow:0 0 0 4px #15201b}
.text{padding-inline:16px 20px}
svg{inline-size:28px;block-size:28px;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
path{transition:opacity .12s}
.open .chat,.down{opacity:0}
.open .down{opacity:1}
i{position:absolute;inset-block-start:-6px;inset-inline-end:-6px;min-inline-size:22px;box-sizing:border-box;block-size:22px;padding-inline:6px;border-radius:11px;background:#c4281c;color:#fff;font:inherit;font-size:12px;line-height:22px;text-align:center;box-shadow:0 0 0 2px light-dark(#fff,#101413)}
@media (prefers-reduced-motion:reduce){path{transition:none}}
@media (forced-colors:active){button,i{border:1px solid}button:focus-visible{outline:3px solid Highlight}}
`);
  const make = (name, attributes, ...inside) => {
    const element = name === "svg" || name === "path"
      ? document.createElementNS("http://www.w3.org/2000/svg", name)
      : document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    element.append(...inside);
    return element;
  };
  // In the top layer no z-index of the site is above it, and no ancestor's transform or opacity touches it.
  const host = make("div", { "data-parlor": "", popover: "manual" });
  const root = host.attachShadow({ mode: set.shadow ?? "closed" });
  root.adoptedStyleSheets = [style];
  const badge = make("i", { "aria-hidden": "true" });
  const text = make("span", {});
  const launcher = make("button", { type: "button", "aria-haspopup": "dialog" },
    make("svg", { viewBox: "0 0 28 28", "aria-hidden": "true" },
      make("path", { class: "chat", d: "M9.5 4.5h9a6 6 0 0 1 6 6v4.5a6 6 0 0 1-6 6h-4.3l-5.2 4v-4.1a6 6 0 0 1-5.5-5.9v-4.5a6 6 0 0 1 6-6zM9.5 10.8h9M9.5 15h5" }),
      make("path", { class: "down", d: "M7 11l7 7 7-7" })),
    text, badge);
  root.append(launcher);

  const until = new AbortController();
  const { signal } = until;
  const agreed = set.consent !== "required" || recall("consent") === "1";
  const core = {
    data: tag.dataset, set, right, edge, prefix, shelf, recall, warn, emit, listeners, make, scheme, host, root, launcher,
    signal, agreed,
    opened: false,
    unread: (agreed && Number(recall("unread"))) || 0,
    said: set.label, // Beside the launcher's icon.
    // What the launcher does, until panel/words.js says it better: a word that most languages have.
    name: () => (/^en/.test(set.locale ?? navigator.language) ? "Open chat" : "Chat"),
    box: undefined, // The panel, and the frame in it.
    frame: undefined,
    show() {
      const { opened, unread, said } = core;
      badge.hidden = opened || !unread;
      badge.textContent = unread > 9 ? "9+" : unread;
      text.textContent = said ?? "";
      text.hidden = !said;
      launcher.className = `${said ? "text" : ""} ${opened ? "open" : ""}`;
      // What is read aloud begins with what is seen.
      launcher.ariaLabel = `${said ? `${said}. ` : ""}${core.name()}`;
      launcher.ariaExpanded = opened;
    },
    // Makes the frame: what is in it loads while panel/ does.
    prepare() {
      if (core.frame || !core.agreed || !set.resource) return;
      const language = set.locale ? `&lang=${set.locale}` : "";
      const src = `${edge}/frame?resource=${set.resource}${language}#${location.origin},${set.persistence ?? "visitor"}${set.consent ? ",agreed" : ""}`;
      core.frame = make("iframe", { title: "Chat", src });
      if (!core.box) root.prepend(core.box = make("div", { hidden: "" }));
      core.box.append(core.frame);
    },
  };

  // The rest, once. A page that is older than the newest deployment asks for a name that is gone, so whoever does not
  // get it asks again by the name that stays ------------------------------------------------------------------------
  let loading;
  let tries = 0;
  const load = () => (loading ??= import(edge + PARLOR_PANEL)
    .catch(() => import(`${edge}/panel.js?${++tries}`))
    .then((panel) => panel.default(core))
    .catch((cause) => {
      loading = undefined;
      core.frame = core.frame?.remove(); // It will not have come either.
      if (!cause.code) {
        const message = `${edge} does not give its second file. Is it up, and does this page's policy allow script-src ${edge}?`;
        console.error(`Parlor: ${message}`);
        core.said = "The chat cannot be reached";
        core.show();
        emit("error", { code: "edge_unreachable", message });
        cause = Object.assign(new Error(message, { cause }), { code: "edge_unreachable" });
      }
      throw cause;
    }));
  const then = (next) => {
    const done = load().then(next);
    done.catch(() => {}); // Whatever goes wrong stands in the console already.
    return done;
  };
  const api = {
    on,
    push: (...runs) => runs.forEach((run) => guard(run, api)),
    async destroy() {
      until.abort();
      host.remove();
      listeners.clear();
      delete window.Parlor;
      try {
        for (const storage of [localStorage, sessionStorage]) {
          for (const name of Object.keys(storage)) if (name.startsWith(prefix)) storage.removeItem(name);
        }
      } catch {
        // Where storage is forbidden there is nothing in it.
      }
    },
  };
  for (const name of ["open", "close", "toggle", "show", "hide", "consent", "identify", "setAttributes", "setLocale", "setTheme", "send", "post", "reset"]) {
    api[name] = (...given) => then((panel) => panel[name](...given));
  }

  const want = () => {
    if (core.opened) return;
    core.prepare();
    then((panel) => panel.prepare());
  };
  for (const name of ["pointerenter", "focus", "touchstart"]) {
    launcher.addEventListener(name, want, { signal, passive: true });
  }
  launcher.addEventListener("click", () => {
    want();
    // By what the visitor saw: it may open by itself before the second file is there.
    api[core.opened ? "close" : "open"]();
  }, { signal });
  addEventListener("message", ({ origin, source, data }) => {
    if (origin === edge && source && source === core.frame?.contentWindow) then((panel) => panel.take(data));
  }, { signal });
  addEventListener("storage", ({ key }) => {
    if (agreed && key?.startsWith(prefix)) then((panel) => panel.elsewhere(key.slice(prefix.length)));
  }, { signal });
  document.addEventListener("securitypolicyviolation", (event) => {
    if (event.blockedURI.startsWith(edge)) then((panel) => panel.blocked(event));
  }, { signal });

  // In its place at the end of the page, also where the site changes the whole body.
  const place = () => {
    if (!document.body || "into" in tag.dataset || (host.isConnected && core.frame)) return;
    document.body.append(host);
    host.showPopover?.();
  };
  const watch = new MutationObserver(() => host.isConnected || place());
  watch.observe(document.documentElement, { childList: true });
  signal.addEventListener("abort", () => watch.disconnect());
  document.addEventListener("DOMContentLoaded", place, { signal });
  launcher.hidden = !set.resource || "button" in tag.dataset || "into" in tag.dataset;
  core.show();
  place();
  // After the paint: nothing is asked of the edge before the launcher is there.
  const rest = () => signal.aborted || (agreed && recall("active") ? want() : then(() => {}));
  if (more || (agreed && recall("active"))) {
    if (document.hidden) rest();
    else requestAnimationFrame(() => setTimeout(rest));
  }

  window.Parlor = api;
  api.push(...queue);
})();
