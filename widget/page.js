// What the frame's document does with the site's page and the browser's storage by itself, so that no wasm has to:
// where things are kept, the colours, the edges of the screen, and how far the start has come. All other frames are
// the widget's: widget/src/bridge.

// Written by the loader: the site's origin, for how long things are kept, and whether the visitor has agreed to that on
// the site's page.
export const [origin, persistence = "visitor", agreed] = location.hash.slice(1).split(",");
const { id } = JSON.parse(document.querySelector("meta[name=parlor-resource]").content);
const prefix = `parlor.${id}.`;

export const tell = (frame) => {
  try {
    // The browser drops it where the page's origin is another than was claimed.
    if (origin && parent !== window) parent.postMessage(frame, origin);
  } catch {
    // The fragment is no origin: nobody made this frame that it could speak to.
  }
};

let storage; // The frame's own, where the browser grants it.
let lent = false; // Or the page keeps things for the frame.
let all = {};
let arrived = () => {};

let heeded = () => {};
// What else the page says, to whom it may concern.
export const heed = (hear) => (heeded = hear);

addEventListener("message", ({ source, origin: from, data }) => {
  if (source !== parent || from !== origin || !data) return;
  heeded(data);
  const root = document.documentElement;
  if (data.kept) arrived(data.kept);
  if (data.theme) root.dataset.scheme = data.theme.scheme;
  // In an element of the site there is nowhere to minimise to.
  if (data.opened) root.toggleAttribute("data-inline", data.opened.inline === true);
  for (const [edge, px] of Object.entries(data.opened?.safe ?? {})) {
    root.style.setProperty(`--pl-safe-${edge}`, `${Number(px)}px`);
  }
});

const find = () => {
  try {
    return persistence === "tab" ? sessionStorage : localStorage;
  } catch {
    return null; // Refused, as to every frame of another site where the visitor wants it so.
  }
};

// Finds out what is kept, and where. Await it before anything else here.
export const remember = async () => {
  if (persistence === "none") return;
  storage = find();
  if (storage) {
    for (const name of Object.keys(storage)) {
      if (name.startsWith(prefix)) all[name.slice(prefix.length)] = storage.getItem(name);
    }
    return;
  }
  lent = true;
  const answer = new Promise((resolve) => {
    arrived = resolve;
    // An older loader does not know the question.
    setTimeout(resolve, 2_000, {});
  });
  tell({ recall: {} });
  all = await answer;
};

export const kept = () => all;

// What the tabs of this browser share, where they do: what is kept, and so one link. See link.js.
export const shared = () =>
  storage && persistence === "visitor" && navigator.locks && globalThis.BroadcastChannel && { storage, prefix, all };

let heard = () => {};
export const hear = (say) => (heard = say);
let unkept = false;
const trouble = (is) => {
  if (is !== unkept) heard("unkept", (unkept = is));
};

const put = (key, value) => {
  try {
    if (value === undefined) storage?.removeItem(prefix + key);
    else storage?.setItem(prefix + key, value);
    trouble(false);
  } catch {
    // What could not be kept is still sent, and the visitor is told not to leave before.
    trouble(true);
  }
};

const emptied = () => all.visitor && storage?.getItem(`${prefix}visitor`) === null;

export const keep = (key, value) => {
  const gone = emptied();
  all[key] = value;
  if (lent) return tell({ keep: { key, value } });
  if (!gone) return put(key, value);
  // Emptied behind our back, perhaps by somebody who wants nothing left here: only what the visitor herself writes has it
  // all kept again. What another tab has reset is forgotten here too in a moment, and not spoken of.
  if (value && /^(draft|unsent)/.test(key)) {
    Object.entries(all).forEach((entry) => put(...entry));
    heard("emptied");
  } else setTimeout(() => emptied() && heard("emptied"), 500);
};

export const forget = () => {
  all = {};
  for (const name of Object.keys(storage ?? {})) {
    if (name.startsWith(prefix)) storage.removeItem(name);
  }
  if (lent) tell({ forget: {} });
  storage = undefined;
  lent = false;
};
