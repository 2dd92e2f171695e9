// What stands after the end.
import { button, icon, make } from "./make.js";

export function again(place, shown, { say, word }) {
  place.replaceChildren(make("div", { class: "foot" },
    make("button", { type: "button", class: "file", onclick: () => say("transcript") },
      icon("download"), make("span", {}, word("download"))),
    button("btn quiet", word("start_new"), () => say("start_new"), { id: "start-new" })));
}
