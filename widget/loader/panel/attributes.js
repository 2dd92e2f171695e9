// What the tag says beyond what parlor.js understands by itself, and a word to the site's developer for every value that
// is none. Wrong ones are as if they were not there.

const text = (most) => ({
  is: (value) => value.length > 0 && value.length <= most,
  may: `text of 1 to ${most} characters`,
});
const seconds = {
  is: (value) => /^\d{1,4}(\.\d+)?$/.test(value) && Number(value) <= 3600,
  may: "seconds, a number from 0 to 3600",
};
const selector = {
  is(value) {
    try {
      return value !== "" && document.querySelector(value) !== undefined;
    } catch {
      return false;
    }
  },
  may: "a CSS selector",
};

const later = {
  button: selector,
  into: selector,
  hint: text(200),
  hintTitle: text(60),
  hintAfter: seconds,
  hintFor: seconds,
  openAfter: seconds,
};

// The words for what parlor.js checks.
const words = {
  resource: "a resource's id, 36 characters, a lower-case UUID. Copy it from the console",
  label: "text of 1 to 40 characters",
  side: "start or end",
  offset: "pixels, a whole number from 0 to 200",
  accent: "four colours as #rrggbb, small letters, with spaces between: copy them from theme.launcher of GET /v1/resources/{id}",
  theme: "light, dark or follow",
  shadow: "open or closed",
  persistence: "visitor, tab or none",
  consent: "required or given",
  locale: "a language tag such as de or pt-BR",
};

// Other people's attributes on the same tag: frameworks, caches and consent managers write them there.
const FOREIGN = /^(nscript|cf|turbo|rocket|wp|no|cookie|category|consent[A-Z]|usercentrics|cmp|iub|gtm|hs|astro|svelte|vue|test|cy)/;

const dashed = (name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

// How many letters differ, about: insertions, deletions and exchanges.
const distance = (a, b) => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
};

export const read = ({ data, set, right, warn }) => {
  const known = [...Object.keys(right), ...Object.keys(later)];
  for (const [name, value] of Object.entries(data)) {
    if (name in set) continue;
    if (Object.hasOwn(later, name)) {
      if (later[name].is(value)) set[name] = value;
      else warn(`${dashed(name)}="${value}" is passed over: it must be ${later[name].may}.`);
    } else if (Object.hasOwn(right, name)) {
      if (name !== "resource") warn(`${dashed(name)}="${value}" is passed over: it must be ${words[name] ?? "on or off"}.`);
    } else if (!FOREIGN.test(name)) {
      const [near] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
      const hint = distance(name, near) < 4 ? ` Is it ${dashed(near)}?` : "";
      warn(`there is no attribute ${dashed(name)}.${hint} There are ${known.map(dashed).join(", ")}.`);
    }
  }
};

export const RESOURCE = words.resource;
