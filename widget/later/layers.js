// What lies over the panel: the menu, and the question before the end.
import { button, icon, make } from "./make.js";

const others = (event) => [...event.currentTarget.querySelectorAll("button")];

export function menu(place, { transcript, earlier, sound, end }, { say, word }) {
  const item = (drawing, text, press, more = {}, ...behind) =>
    make("button", { type: "button", role: "menuitem", class: "item", tabindex: "-1", onclick: press, ...more },
      icon(drawing, drawing === "leave" ? "i flip" : "i"), make("span", {}, text), ...behind);
  const switched = { role: "menuitemcheckbox", "aria-checked": String(sound) };
  const items = [
    transcript && item("download", word("download"), () => say("transcript")),
    earlier && item("history", word("earlier"), () => say("look")),
    sound !== undefined && item("sound", word("sound"), () => {
      place.at = items.findIndex((it) => it === document.activeElement);
      say("sound", { on: !sound });
    }, switched, make("i", { class: sound ? "switch on" : "switch" })),
    end && item("leave", word("end_chat"), () => say("ask_end"), { class: "item danger" }),
  ].filter(Boolean);
  items[0].id = "item";
  const pressed = (event) => {
    const at = items.indexOf(document.activeElement);
    const last = items.length - 1;
    const to = {
      ArrowDown: at < last ? at + 1 : 0,
      ArrowUp: at > 0 ? at - 1 : last,
      Home: 0,
      End: last,
    }[event.key] ?? startsWith(event, items, at);
    if (event.key === "Tab") return say("back");
    if (to < 0) return;
    event.preventDefault();
    items[to].focus();
  };
  place.replaceChildren(
    make("div", { class: "away", onclick: () => say("back") }),
    make("div", { class: "menu", role: "menu", "aria-label": word("more_options"), onkeydown: pressed },
      ...(end ? [...items.slice(0, -1), make("hr", { role: "separator" }), items.at(-1)] : items)));
  // Whatever was switched keeps the focus.
  if (place.at) items[place.at]?.focus();
  place.at = 0;
}

// The next item that begins with the letter that was pressed.
function startsWith({ key, ctrlKey, altKey, metaKey }, items, at) {
  if (key.length !== 1 || key === " " || ctrlKey || altKey || metaKey) return -1;
  const order = items.map((_, n) => (at + 1 + n) % items.length);
  return order.find((n) => items[n].textContent.toLowerCase().startsWith(key.toLowerCase())) ?? -1;
}

export function sheet(place, { name }, { say, word }) {
  const stay = (event) => {
    if (event.key !== "Tab") return;
    event.preventDefault();
    others(event).find((it) => it !== document.activeElement)?.focus();
  };
  place.replaceChildren(
    make("div", { class: "scrim" }),
    make("div", { class: "sheet", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "question",
      "aria-describedby": "consequence", onkeydown: stay },
      make("h2", { id: "question" }, word("end_question")),
      make("p", { id: "consequence" }, name ? word("end_text", { name }) : word("end_text_nobody")),
      make("div", { class: "btns" },
        button("btn danger", word("end_chat"), () => say("end")),
        button("btn quiet", word("keep_chatting"), () => say("back"), { id: "keep" }))));
}
