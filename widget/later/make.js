// Elements, made in one expression.
const SVG = "http://www.w3.org/2000/svg";

export function make(tag, attributes = {}, ...inside) {
  const [name, namespace] = tag.split(":").reverse();
  const element = namespace ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside.filter((it) => it !== undefined));
  return element;
}

// Drawings that stand in none of the first parts; all others are symbols of the document.
const DRAWINGS = {
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  leave: "M8 3.5H4.5v13H8M8.5 10H17M13.5 6.5L17 10l-3.5 3.5",
  history: "M3.6 6.8A7 7 0 1 1 3 10.4M3.4 3.4v3.6H7M10 6.5v3.7l2.6 1.6",
  person: "M6.7 7a3.3 3.3 0 1 0 6.6 0 3.3 3.3 0 1 0-6.6 0M3.8 16.8c.8-3.3 3.2-5 6.2-5s5.4 1.7 6.2 5",
  sound: "M3.5 8v4h2.8L10 15.2V4.8L6.3 8H3.5zM13 7.6a3.4 3.4 0 0 1 0 4.8M15.3 5.4a6.5 6.5 0 0 1 0 9.2",
};

export const icon = (id, size = "i") =>
  DRAWINGS[id]
    ? make("svg:svg", { class: size, viewBox: "0 0 20 20", "aria-hidden": "true" }, make("svg:path", { d: DRAWINGS[id] }))
    : make("svg:svg", { class: size, "aria-hidden": "true" },
        make("svg:use", { href: id === "glyph" ? "#glyph" : `#i-${id}` }));

export const button = (look, text, press, more) => make("button", { type: "button", class: look, onclick: press, ...more }, text);

// A link that leaves the chat, and says so to readers.
export const leave = (href, text, word, look) =>
  make("a", { href, class: look, target: "_blank", rel: "noopener noreferrer" }, text,
    make("span", { class: "hide" }, ` (${word("opens_in_new_tab")})`));
