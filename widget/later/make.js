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

export const icon = (id, size = "i") =>
  make("svg:svg", { class: size, "aria-hidden": "true" }, make("svg:use", { href: `#i-${id}` }));

export const button = (look, text, press, more) => make("button", { type: "button", class: look, onclick: press, ...more }, text);
