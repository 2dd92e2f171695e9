// Outside the shop's hours: when it opens, a form for a message, and what stands there once one was left.
import { ask } from "./form.js";
import { daysTo, foreign, opens, time, week, weekday } from "./hours.js";
import { button, icon, make } from "./make.js";

export function closed(place, shown, context) {
  if (place.firstChild) return;
  const { say, word, resource, locale } = context;
  const { hours } = resource;
  const now = Date.now();
  const above = [make("h2", {}, word("leave_message")), make("p", {}, opening(hours, now, context))];
  if (hours?.spans.length) {
    const lines = week(hours.spans, now, locale, word).flatMap(({ days, times, today }) => {
      const look = today ? { class: "now" } : {};
      return [make("dt", look, days), make("dd", look, times)];
    });
    const zone = foreign(hours.time_zone, now, locale);
    above.push(make("div", { class: "card hours" }, make("dl", {}, ...lines),
      zone && make("p", {}, word("your_time", { zone }))));
  }
  const field = (key, kind, label, max_chars) => ({ key, kind, label, max_chars, required: true });
  const fields = [
    field("name", "text", word("your_name"), 200),
    field("email", "email", word("email"), 200),
    field("message", "area", word("message"), 3_500),
  ];
  ask(place, { fields }, above, word("leave_it"), {}, context, (told) => say("leave", told));
}

function opening(hours, now, { word, locale }) {
  const at = opens(hours, now);
  if (!at) return word("closed_text_unknown");
  const given = { day: weekday(locale, at), time: time(locale, at) };
  return daysTo(now, at) ? word("closed_text", given) : word("closed_text_today", given);
}

export function left(place, { address }, { say, word, resource, locale }) {
  const now = Date.now();
  const at = opens(resource.hours, now);
  const given = { address: `\u2068${address}\u2069`, when: at && weekday(locale, at) };
  const sentence = !at ? word("left_text_unknown", given)
    : daysTo(now, at) ? word("left_text", given) : word("left_text_today", given);
  place.replaceChildren(make("div", { class: "form" },
    make("div", { class: "fields done" },
      make("span", { class: "badge", "aria-hidden": "true" }, icon("check")),
      make("h1", { id: "face", tabindex: "-1" }, word("left_title")),
      // An address that is longer than a line breaks before its @.
      make("p", {}, ...sentence.split(/(?=@)/).flatMap((part, n) => (n ? [make("wbr"), part] : [part])))),
    make("div", { class: "stack" },
      button("btn quiet", word("write_another"), () => say("write_another")),
      button("btn quiet", word("close"), () => say("close")))));
}
