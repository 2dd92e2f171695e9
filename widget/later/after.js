// What stands after the end: how it was, the transcript, and the way to another conversation.
import { button, icon, leave, make } from "./make.js";

export function after(place, { rated, size }, context) {
  const { say, word, locale, resource } = context;
  if (!place.firstChild) {
    const kB = new Intl.NumberFormat(locale, { style: "unit", unit: "kilobyte" });
    place.append(
      ...(resource.rating ? [make("div", { class: "card rate" }, ...question(context))] : []),
      make("button", { type: "button", class: "file", onclick: () => say("transcript") },
        icon("download"),
        make("span", {}, word("download"),
          make("small", {}, word("text_file", { size: kB.format(Math.max(1, Math.round(size / 1_000))) })))));
  }
  const card = place.querySelector(".rate");
  if (card && rated && !card.rated) {
    card.rated = true;
    const asked = card.contains(document.activeElement);
    const thanks = make("p", { id: "face", class: "thanks", tabindex: "-1", role: "status" }, icon("check"), word("rated"));
    card.replaceChildren(thanks);
    if (asked) thanks.focus();
  }
}

function question({ say, word, resource, announce }) {
  const title = make("h2", { id: "face", tabindex: "-1" }, word("rate"));
  const { link } = resource.rating;
  if (link) return [title, make("div", { class: "center" }, leave(link.url, word("rate_there"), word, "btn"))];
  const score = (n) => make("label", {},
    make("input", { type: "radio", name: "score", value: n, "aria-describedby": "e-score" }), make("span", {}, n));
  const scale = make("div", { class: "scale", role: "radiogroup", "aria-label": word("rate") }, ...[1, 2, 3, 4, 5].map(score));
  const note = make("textarea", { id: "f-note", class: "in-box", dir: "auto", placeholder: " ", rows: 3, maxlength: 4_000 });
  const problem = make("div", { class: "err", id: "e-score" });
  const send = () => {
    const chosen = scale.querySelector(":checked");
    if (chosen) return say("rate", { score: Number(chosen.value), note: note.value.trim() || undefined });
    problem.replaceChildren(icon("alert", "i s"), make("span", {}, word("wrong_choice")));
    announce(word("wrong_choice"));
    scale.querySelector("input").focus();
  };
  return [
    title,
    make("div", { class: "f" }, scale,
      make("div", { class: "ends", "aria-hidden": "true" }, make("span", {}, word("poor")), make("span", {}, word("excellent"))),
      problem),
    make("div", { class: "f" },
      make("label", { class: "lab", for: "f-note" }, word("note"), make("em", {}, ` ${word("optional")}`)), note),
    button("btn", word("send_rating"), send),
  ];
}

export function again(place, { solid }, { say, word }) {
  place.replaceChildren(make("div", { class: "foot" },
    button(solid ? "btn" : "btn quiet", word("start_new"), () => say("start_new"), { id: "start-new" })));
}
