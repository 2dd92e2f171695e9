// The conversations before this one: the newest under the greeting, all of them on a page of their own.
import { daysTo, date, opens, time, until, weekday } from "./hours.js";
import { button, icon, make } from "./make.js";

// What the edge tells of them, or nothing where it told nothing.
const listed = (shown) => shown?.conversations;

function row({ id, at, agent, text }, { say, word, locale }) {
  const when = daysTo(at, Date.now()) ? date(locale, at) : word("today_at", { time: time(locale, at) });
  return make("li", {}, make("button", { type: "button", onclick: () => say("look", { at: id }) },
    agent ? face(agent) : make("span", { class: "mark", "aria-hidden": "true" }, icon("glyph", "glyph")),
    make("span", { class: "gist" },
      make("span", { class: "top" }, make("b", { dir: "auto" }, agent?.name ?? word("your_message")), make("time", {}, when)),
      make("small", { dir: "auto" }, text))));
}

// First letters on one of six pairs of colours, as in the thread.
function face({ key, name, avatar }) {
  const [first = "", ...more] = name.trim().split(/\s+/).map((part) => [...part][0] ?? "");
  const letters = make("span", { class: `av p${key % 6}`, "aria-hidden": "true" }, first + (more.at(-1) ?? ""));
  if (avatar?.startsWith("https://")) {
    const picture = make("img", { alt: "", referrerpolicy: "no-referrer", src: avatar });
    picture.addEventListener("error", () => picture.remove());
    letters.append(picture);
  }
  return letters;
}

export function hello(place, shown, context) {
  const { word } = context;
  const conversations = listed(shown) ?? [];
  place.replaceChildren(
    make("p", {}, promise(context)),
    ...(conversations.length
      ? [
          make("h2", { class: "sub" }, word("earlier")),
          make("ul", { class: "past" }, row(conversations[0], context)),
        ]
      : []));
}

// Until when somebody is here, and how soon they answer.
function promise({ word, resource, locale, reply }) {
  const own = word("greeting_text");
  if (own) return own;
  const { hours } = resource;
  const now = Date.now();
  const at = until(hours, now);
  if (at && reply) return word("here_until_reply", { time: time(locale, at), reply });
  if (at) return word("here_until", { time: time(locale, at) });
  if (!resource.open) {
    const next = opens(hours, now);
    if (!next) return word("closed_now");
    const given = { day: weekday(locale, next), time: time(locale, next) };
    return daysTo(now, next) ? word("opens", given) : word("opens_today", given);
  }
  return reply ? word("reply", { reply }) : "";
}

export function earlier(place, shown, context) {
  const { word, resource, say } = context;
  const conversations = listed(shown);
  const inside = !shown
    ? [make("p", { class: "note" }, word("unreachable")),
       make("div", { class: "center" }, button("text-btn", word("try_now"), () => say("look")))]
    : [
        conversations.length ? make("ul", { class: "past" }, ...conversations.map((it) => row(it, context))) : undefined,
        make("p", { class: "note" }, word("kept", { n: resource.kept_days })),
      ];
  const top = make("span", { id: "face", tabindex: "-1" });
  place.replaceChildren(make("div", { class: "fields" }, top, ...inside.filter(Boolean)));
  top.focus = () => (place.querySelector(".past button") ?? document.querySelector(".back"))?.focus();
}
