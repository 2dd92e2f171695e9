// The file that a site embeds. It draws the launcher, makes the frame when somebody wants it, and owns
// window.Parlor. It is read as it stands here and served minified; no build step changes what it does.
// docs/EMBEDDING.md tells a site's developer what there is.
(() => {
  "use strict";

  const tag = document.currentScript;
  const warn = (text) => console.warn(`Parlor: ${text}`);
  if (window.Parlor) return warn("the script is on this page twice. This copy does nothing.");
  if (!tag) return warn("load the script by a <script src> of its own, not as a module or inline.");

  // What the tag says ---------------------------------------------------------------------------------------
  const { resource, label } = tag.dataset;
  for (const name of Object.keys(tag.dataset)) {
    if (name !== "resource" && name !== "label") {
      warn(`there is no attribute data-${name}. There are data-resource and data-label.`);
    }
  }
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(resource)) {
    return warn(`data-resource="${resource ?? ""}" is not a resource id. Copy it from the console: 36 characters, a lower-case UUID.`);
  }
  const edge = new URL(tag.src).origin;

  // What is kept for the next page: a flag and a number, nothing that was said -------------------------------
  const key = (name) => `parlor.${resource}.${name}`;
  const recall = (name) => {
    try {
      return localStorage.getItem(key(name));
    } catch {
      return null; // The site or the browser forbids storage.
    }
  };
  const keep = (name, value) => {
    try {
      if (value) localStorage.setItem(key(name), value);
      else localStorage.removeItem(key(name));
    } catch {
      // Then the next page begins without.
    }
  };

  // Events for the site ---------------------------------------------------------------------------------------
  const listeners = new Map();
  const on = (name, listener) => {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(listener);
    return () => listeners.get(name).delete(listener);
  };
  const emit = (name, detail) => {
    for (const listener of listeners.get(name) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error); // The site's mistake must not stop the chat.
      }
    }
  };

  // What is drawn. Lengths are em of the visitor's own text size: the site's rem may be anything --------------
  const FULL = "(max-width:41.66em),(max-height:459.98px)";
  const style = new CSSStyleSheet();
  style.replaceSync(`
:host{all:initial!important;position:fixed!important;inset-block-end:20px!important;inset-inline-end:20px!important;z-index:2147483647!important;display:block!important;color-scheme:light dark!important}
button{all:unset;box-sizing:border-box;position:relative;display:flex;align-items:center;gap:10px;block-size:56px;min-inline-size:56px;padding-inline:14px;border-radius:18px;cursor:pointer;background:light-dark(#175c49,#80c1aa);color:light-dark(#fff,#032018);font:600 16px/24px -apple-system,BlinkMacSystemFont,"Segoe UI Variable Text","Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif;-webkit-tap-highlight-color:transparent;box-shadow:0 0 0 1px light-dark(#0000,rgb(255 255 255/.08)),0 1px 2px light-dark(rgb(13 22 18/.16),#0000),0 8px 20px -6px light-dark(rgb(13 22 18/.36),rgb(0 0 0/.7))}
button:focus-visible{outline:2px solid #fff;box-shadow:0 0 0 4px #15201b}
.text{padding-inline:16px 20px}
svg{inline-size:28px;block-size:28px;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
path{transition:opacity .12s}
.open .chat,.down{opacity:0}
.open .down{opacity:1}
i{position:absolute;inset-block-start:-6px;inset-inline-end:-6px;min-inline-size:22px;box-sizing:border-box;block-size:22px;padding-inline:6px;border-radius:11px;background:#c4281c;color:#fff;font:inherit;font-size:12px;line-height:22px;text-align:center;box-shadow:0 0 0 2px light-dark(#fff,#101413)}
p{position:absolute;inset-block-end:68px;inset-inline-end:0;box-sizing:border-box;inline-size:288px;max-inline-size:calc(100vw - 40px);margin:0;padding:16px;border-radius:16px;background:light-dark(#fff,#232b27);color:light-dark(#15201b,#ecf1ee);font:400 15px/20px -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif;box-shadow:0 0 0 1px light-dark(rgb(13 22 18/.08),rgb(255 255 255/.1)),0 16px 32px -8px light-dark(rgb(13 22 18/.18),rgb(0 0 0/.6))}
[hidden]{display:none!important}
iframe{position:fixed;inset-block-end:88px;inset-inline-end:20px;inline-size:25em;block-size:42.5em;max-block-size:calc(100vh - 112px);max-block-size:calc(100dvh - 112px);border:0;border-radius:20px;background:light-dark(#fff,#161b19);color-scheme:light dark;transform-origin:100% 100%;box-shadow:0 0 0 1px light-dark(rgb(13 22 18/.07),rgb(255 255 255/.08)),0 2px 4px light-dark(rgb(13 22 18/.04),#0000),0 12px 24px -8px light-dark(rgb(13 22 18/.12),rgb(0 0 0/.5)),0 32px 64px -16px light-dark(rgb(13 22 18/.2),rgb(0 0 0/.6));transition:opacity .18s cubic-bezier(.2,.8,.2,1),transform .18s cubic-bezier(.2,.8,.2,1)}
iframe:dir(rtl){transform-origin:0 100%}
iframe:not(.open){visibility:hidden;opacity:0;transform:translateY(8px)scale(.98);transition-duration:.12s;transition-property:opacity,transform,visibility;transition-delay:0s,0s,.12s}
@media ${FULL}{button.open{display:none}iframe{inset:0;inline-size:100%;block-size:100%;max-block-size:none;border-radius:0;box-shadow:none}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
@media (forced-colors:active){button,iframe,p{border:1px solid ButtonText}i{border:1px solid CanvasText}button:focus-visible{outline:3px solid Highlight}}
`);
  const make = (name, attributes, ...inside) => {
    const element = name === "svg" || name === "path"
      ? document.createElementNS("http://www.w3.org/2000/svg", name)
      : document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    element.append(...inside);
    return element;
  };
  const host = make("div", { "data-parlor": "" });
  const root = host.attachShadow({ mode: "closed" });
  root.adoptedStyleSheets = [style];
  const badge = make("i", { "aria-hidden": "true", hidden: "" });
  const hint = make("p", { role: "status", hidden: "" });
  const launcher = make("button", { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
    make("svg", { viewBox: "0 0 28 28", "aria-hidden": "true" },
      make("path", { class: "chat", d: "M9.5 4.5h9a6 6 0 0 1 6 6v4.5a6 6 0 0 1-6 6h-4.3l-5.2 4v-4.1a6 6 0 0 1-5.5-5.9v-4.5a6 6 0 0 1 6-6zM9.5 10.8h9M9.5 15h5" }),
      make("path", { class: "down", d: "M7 11l7 7 7-7" })),
    ...(label ? [make("span", {}, label)] : []), badge);
  if (label) launcher.className = "text";
  root.append(hint, launcher);

  // State -------------------------------------------------------------------------------------------------------
  const until = new AbortController();
  const { signal } = until;
  const full = matchMedia(FULL);
  let frame; // The iframe, once the edge has said that the chat may run here.
  let asked; // The promise of it.
  let ready = false; // The widget listens.
  let opened = false;
  let unread = Number(recall("unread")) || 0;

  const show = () => {
    badge.hidden = opened || !unread;
    badge.textContent = unread > 9 ? "9+" : String(unread);
    const news = unread ? `, ${unread} unread message${unread > 1 ? "s" : ""}` : "";
    launcher.setAttribute("aria-label", opened ? "Minimise chat" : `Open chat${news}`);
    launcher.setAttribute("aria-expanded", String(opened));
    launcher.classList.toggle("open", opened);
    frame?.classList.toggle("open", opened);
  };

  const tell = (message) => ready && frame.contentWindow.postMessage(message, edge);
  const report = (focus) => tell(opened
    ? { opened: { page: location.origin + location.pathname, full: full.matches, focus } }
    : { closed: {} });

  const wrong = (code, message) => {
    console.error(`Parlor: ${message}`);
    emit("error", { code, message });
  };

  // Asks the edge, across origins, where this site's own origin is real; then makes the frame.
  const prepare = () => asked ??= (async () => {
    let answer;
    try {
      answer = await fetch(`${edge}/v1/resources/${resource}`, { credentials: "omit", signal });
    } catch {
      if (signal.aborted) return;
      asked = undefined; // The next attempt asks again.
      wrong("edge_unreachable", `${edge} does not answer. Is it up, and does this page's policy allow it? See connect-src, script-src and frame-src in the documentation.`);
      return;
    }
    if (!answer.ok) {
      const { code = "edge_failed", title = "" } = await answer.json().catch(() => ({}));
      if (answer.status === 404 || answer.status === 403) host.hidden = true;
      else asked = undefined;
      const remedy = answer.status === 404
        ? "Check data-resource against the console."
        : answer.status === 403
          ? `Add ${location.origin} to the resource's sites.`
          : "Try again later.";
      wrong(code, `${title} ${remedy}`);
      return;
    }
    if (signal.aborted) return;
    frame = make("iframe", { title: "Chat", src: `${edge}/frame?resource=${resource}#${location.origin}` });
    root.prepend(frame);
    // What is not laid out once cannot open with a transition.
    frame.getBoundingClientRect();
    show();
  })();

  const open = async () => {
    if (opened || signal.aborted) return;
    opened = true;
    hint.hidden = true;
    show();
    await prepare();
    if (!frame) {
      opened = false;
      hint.textContent = "The chat cannot be reached. Try again in a moment.";
      hint.hidden = false;
      show();
    } else if (opened) {
      frame.focus();
      report(true);
      emit("opened");
    }
  };
  const close = () => {
    if (!opened) return;
    opened = false;
    show();
    if (!frame) return;
    // Only where the focus was inside: a site that closes the panel by script keeps its own.
    if (root.activeElement === frame) launcher.focus();
    report(false);
    emit("closed");
  };
  const toggle = () => (opened ? close() : open());

  const take = {
    ready() {
      ready = true;
      report(opened && root.activeElement === frame);
      emit("ready");
    },
    close,
    unread({ count }) {
      unread = count;
      keep("unread", count && String(count));
      show();
      emit("unread", { count });
    },
    active(detail) {
      keep("active", detail.on && "1");
    },
  };
  addEventListener("message", (event) => {
    if (event.origin !== edge || !frame || event.source !== frame.contentWindow) return;
    for (const [name, detail] of Object.entries(event.data)) {
      if (Object.hasOwn(take, name)) take[name](detail);
    }
  }, { signal });
  for (const name of ["pointerenter", "focus", "touchstart"]) {
    launcher.addEventListener(name, prepare, { signal, passive: true });
  }
  launcher.addEventListener("click", toggle, { signal });
  full.addEventListener("change", () => opened && report(false), { signal });

  const begin = () => {
    document.body.append(host);
    show();
    if (recall("active")) prepare();
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { signal });

  window.Parlor = {
    open,
    close,
    toggle,
    on,
    destroy() {
      until.abort();
      host.remove();
      listeners.clear();
      delete window.Parlor;
    },
  };
})();
