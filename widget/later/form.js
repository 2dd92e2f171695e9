// Questions and their answers: the form before a conversation, and what a page of its own asks in the same way.
import { clean, sentence, wrong } from "./check.js";
import { icon, leave, make } from "./make.js";

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
      ? leave(form.privacy_url, word("privacy_notice"), word)
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
  const input = make(field.kind === "area" ? "textarea" : "input", {
    id,
    class: "in-box",
    dir: "auto",
    placeholder: " ", // An empty field runs as the interface does: see :placeholder-shown.
    type: field.kind === "area" ? undefined : field.kind === "email" ? "email" : "text",
    autocomplete: field.kind === "email" ? "email" : field.key === "name" ? "name" : "off",
    value: answer,
    ...describe,
  });
  return make("div", { class: "f", "data-key": field.key },
    make("label", { class: "lab", dir: "auto", for: id }, ...label.filter(Boolean)), input, problem);
}

const all = (place) => [...place.querySelectorAll("[data-key]")];

function answers(place) {
  const given = {};
  for (const f of all(place)) {
    const input = f.querySelector("input:checked, .in-box");
    if (input) given[f.dataset.key] = clean(input.value);
  }
  return given;
}

// The first field that is wrong, or else the first that is empty.
function focusForm(place) {
  const fields = all(place);
  const first = fields.find((f) => f.classList.contains("bad")) ??
    fields.find((f) => !f.querySelector("input:checked") && !f.querySelector(".in-box")?.value);
  (first?.querySelector("input:checked, .in-box, input") ?? place.querySelector(".btn")).focus();
}

// Says at each field what is wrong there: sentences by the keys of the fields.
function scold(place, sentences, announce) {
  for (const f of all(place)) {
    const text = sentences[f.dataset.key];
    f.classList.toggle("bad", Boolean(text));
    for (const input of f.querySelectorAll("input, textarea")) input.setAttribute("aria-invalid", String(Boolean(text)));
    f.querySelector(".err").replaceChildren(...(text ? [icon("alert", "i s"), make("span", {}, text)] : []));
  }
  const [first] = Object.values(sentences);
  if (!first) return;
  announce(first);
  focusForm(place);
}

// A form in a place: `asked.fields`, above them `above`, and a button that gives the answers to `send` once they count.
export function ask(place, asked, above, label, given, context, send) {
  const { word, announce } = context;
  const submit = (event) => {
    event.preventDefault();
    const told = answers(place);
    const sentences = {};
    for (const field of asked.fields) {
      const code = wrong(field, told[field.key] ?? "");
      if (code) sentences[field.key] = sentence(field, code, word);
    }
    scold(place, sentences, announce);
    if (!Object.keys(sentences).length) send(told);
  };
  place.replaceChildren(make("form", { class: "form", novalidate: true, onsubmit: submit },
    make("div", { class: "fields" }, ...above,
      ...asked.fields.map((field) => question(field, given[field.key] ?? "", { word, form: asked }))),
    make("button", { class: "btn", type: "submit" }, label)));
  // The widget moves the focus by this id; which field it is, is known here.
  const target = make("span", { id: "face", tabindex: "-1" });
  target.focus = () => focusForm(place);
  place.append(target);
}

// What was answered, for a form that comes back because the edge wants another answer.
let answered = {};

export function form(place, { key, code }, context) {
  const { say, word, resource, announce } = context;
  const asked = resource.prechat;
  const field = asked.fields.find((it) => it.key === key);
  // The document asks for something else than the edge.
  if (key && !field) return say("stale");
  if (!place.firstChild) {
    const above = [
      make("h2", {}, asked.title ?? word("before_we_start")),
      make("p", {}, word("before_we_start_text")),
    ];
    ask(place, asked, above, word("start_chat"), answered, context, (told) => {
      answered = told;
      say("submit", told);
    });
  }
  if (field) scold(place, { [key]: sentence(field, code, word) }, announce);
}
