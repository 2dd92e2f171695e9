// What the visitor agrees to before anything is kept.
import { button, icon, leave, make } from "./make.js";

export function consent(place, shown, { say, word, resource }) {
  const { consent, kept_days: n, name: shop } = resource;
  const point = (drawing, title, text) =>
    make("li", {}, icon(drawing), make("div", {}, make("b", {}, title), make("span", {}, text)));
  place.replaceChildren(make("div", { class: "form" },
    make("div", { class: "fields consent" },
      make("h1", { id: "face", tabindex: "-1" }, word("consent")),
      make("p", {}, word("consent_text", { shop })),
      make("ul", { class: "points" },
        point("history", word("consent_kept", { n }), word("consent_kept_text")),
        point("person", word("consent_read"), word("consent_read_text")),
        point("lock", word("consent_nothing"), word("consent_nothing_text"))),
      consent.privacy_url && make("p", {}, leave(consent.privacy_url, word("consent_notice"), word))),
    make("div", { class: "stack" },
      button("btn", word("agree"), () => say("agree")),
      button("btn quiet", word("not_now"), () => say("close")))));
}
