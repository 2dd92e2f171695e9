// What stands in a conversation beside its messages: the queue, and the countdown before the end.
import { button, make } from "./make.js";

export function queue(place, { place: mine, minutes }, { say, word }) {
  const figure = (name, value, unit) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value, ...(unit ? [" ", make("small", {}, unit)] : [])));
  const figures = [
    mine && figure(word("place"), mine),
    minutes && figure(word("wait"), minutes, word("minutes")),
  ].filter(Boolean);
  place.replaceChildren(
    ...(figures.length ? [make("dl", { class: "card stats" }, ...figures)] : []),
    make("p", { class: "note" }, figures.length ? word("keep_writing") : word("busy")),
    make("div", { class: "center" }, button("text-btn plain", word("leave_queue"), () => say("ask_end"))));
}

export function idle(place, { time, ring }, { say, word }) {
  if (!place.firstChild) {
    const circle = (more) => make("svg:circle", { cx: 24, cy: 24, r: 20, ...more });
    const [before, behind] = word("ends_in", { time: "\n" }).split("\n");
    // Its figures change every second; what is to be heard of them is announced.
    place.append(make("div", { class: "idle", role: "timer", "aria-live": "off", "aria-label": word("still_there") },
      make("div", { class: "row" },
        make("svg:svg", { class: "ring", viewBox: "0 0 48 48", "aria-hidden": "true" },
          circle(), circle({ transform: "rotate(-90 24 24)" })),
        make("div", {}, make("b", {}, word("still_there")), make("p", {}, before, make("strong"), behind))),
      make("div", { class: "btns" },
        button("btn small", word("keep_open"), () => say("stay")),
        button("btn small quiet", word("end_chat"), () => say("ask_end")))));
  }
  place.querySelector("circle:last-child").setAttribute("stroke-dasharray", ring);
  place.querySelector("strong").textContent = time;
}
