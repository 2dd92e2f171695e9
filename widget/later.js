// What is drawn later than the first message can be written: forms, and what stands after the end. Each part is
// drawn into a place of the panel, once, and then changed; what it shows and what follows is decided in the wasm.
//
//   draw[name](place, shown, { say, word, resource })
//
// `say` tells the wasm one message, `word` gives a sentence of the locale, `resource` is what the document says.
import style from "./later.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets.push(sheet);

const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...inside) {
  const [name, namespace] = tag.split(":").reverse();
  const element = namespace ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside.filter((it) => it !== undefined));
  return element;
}

const icon = (id, size = "i") =>
  make("svg:svg", { class: size, "aria-hidden": "true" }, make("svg:use", { href: `#i-${id}` }));

// The form before a conversation --------------------------------------------------------------------------------

function choice(field, answer, describe) {
  const options = field.choices.map((text, index) => {
    const input = make("input", {
      type: "radio",
      name: `f-${field.key}`,
      value: text,
      checked: text === answer,
      ...(index ? {} : { id: `f-${field.key}` }),
      ...describe,
    });
    return make("label", { class: "opt" }, input, icon("check", "i s"), make("span", { dir: "auto" }, text));
  });
  return make("div", { class: "opts", role: "radiogroup", "aria-labelledby": `l-${field.key}` }, ...options);
}

function question(field, answer, { word, form }) {
  const id = `f-${field.key}`;
  const describe = { "aria-describedby": `e-${field.key}`, "aria-required": field.required ? "true" : undefined };
  const problem = make("div", { class: "err", id: `e-${field.key}` });
  const optional = field.required ? undefined : make("em", {}, ` ${word("optional")}`);
  if (field.kind === "consent") {
    const input = make("input", { type: "checkbox", id, value: "yes", checked: answer === "yes", ...describe });
    const notice = form.privacy_url
      ? make("a", { href: form.privacy_url, target: "_blank", rel: "noopener noreferrer" }, word("privacy_notice"),
          make("span", { class: "hide" }, ` (${word("opens_in_new_tab")})`))
      : undefined;
    return make("div", { class: "f", "data-key": field.key },
      make("div", { class: "check" },
        make("label", {}, input, make("span", { class: "box" }, icon("check", "i s")),
          make("span", { dir: "auto" }, field.label, ...(notice ? [" ", notice] : [])))),
      problem);
  }
  const label = [field.label, optional];
  if (field.kind === "choice") {
    return make("div", { class: "f", "data-key": field.key },
      make("span", { class: "lab", dir: "auto", id: `l-${field.key}` }, ...label.filter(Boolean)),
      choice(field, answer, describe), problem);
  }
  const input = make("input", {
    id,
    class: "in-box",
    dir: "auto",
    type: field.kind === "email" ? "email" : "text",
    autocomplete: field.kind === "email" ? "email" : field.key === "name" ? "name" : "off",
    value: answer,
    ...describe,
  });
  return make("div", { class: "f", "data-key": field.key },
    make("label", { class: "lab", dir: "auto", for: id }, ...label.filter(Boolean)), input, problem);
}

function answers(place) {
  const all = {};
  for (const f of place.querySelectorAll("[data-key]")) {
    const input = f.querySelector("input:checked, input.in-box");
    if (input) all[f.dataset.key] = input.value;
  }
  return all;
}

// The first field that is wrong, or else the first that is empty.
function focusForm(place) {
  const fields = [...place.querySelectorAll("[data-key]")];
  const first = fields.find((f) => f.classList.contains("bad")) ??
    fields.find((f) => !f.querySelector("input:checked") && !f.querySelector("input.in-box")?.value);
  (first?.querySelector("input:checked, input") ?? place.querySelector(".btn")).focus();
}

function form(place, shown, context) {
  const { say, word, resource } = context;
  const asked = resource.prechat;
  if (!place.firstChild) {
    const fields = asked.fields.map((field) =>
      question(field, shown.answers?.[field.key] ?? "", { word, form: asked }));
    place.append(make("form", { class: "form", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      place.asked = true;
      say({ submit: answers(place) });
    } },
      make("div", { class: "fields" },
        make("h2", {}, asked.title ?? word("before_we_start")),
        make("p", {}, word("before_we_start_text")),
        ...fields),
      make("button", { class: "btn", type: "submit" }, word("start_chat"))));
    // The widget moves the focus by this id; which field it is, is known here.
    const target = make("span", { id: "form", tabindex: "-1" });
    target.focus = () => focusForm(place);
    place.append(target);
    if (context.focus) focusForm(place);
  }
  for (const f of place.querySelectorAll("[data-key]")) {
    const sentence = shown.wrong?.[f.dataset.key];
    f.classList.toggle("bad", Boolean(sentence));
    for (const input of f.querySelectorAll("input")) input.setAttribute("aria-invalid", String(Boolean(sentence)));
    f.querySelector(".err").replaceChildren(...(sentence ? [icon("alert", "i s"), make("span", {}, sentence)] : []));
  }
  if (place.asked && shown.wrong) {
    place.asked = false;
    focusForm(place);
  }
}

export const draw = { form };
