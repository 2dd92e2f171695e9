// What the visitor would otherwise believe wrongly, in a quiet line above the conversation: that the times in it are off
// where her device's clock is, and that what she has emptied stays empty.
import { icon, make } from "./make.js";

const MINUTE = 60_000;
// Clocks that differ by less are left alone.
const AGREE = 5 * MINUTE;

// By how much a clock is ahead of the edge's, which showed `now` at some time between the question and its answer, by
// that clock `asked` and `at`; 0 where it may be right. However long the answer took, or the device slept over it.
export const ahead = ([asked, now, at]) => {
  // In whichever order: it may have been put right meanwhile.
  const [from, to] = [Math.min(asked, at) - now, Math.max(asked, at) - now];
  return from > AGREE ? from : to < -AGREE ? to : 0;
};

// Whoever lives by a wrong time zone has set the clock to suit: then it is off by quarters of an hour, and the times in
// the chat, right as they are, come out in that zone.
export const zoned = (by) => {
  const over = Math.abs(by) % (15 * MINUTE);
  return Math.abs(by) < 15 * 60 * MINUTE && Math.min(over, 15 * MINUTE - over) < 2 * MINUTE;
};

// Changes when the clock is set, or the device has slept: what was found out does not hold any more.
const gap = () => Date.now() - performance.now();

const told = new Set();
let found; // Which answer of the edge's told of the clock, and the gap then.
let timer;

export function aside(place, shown, context) {
  const { clock, emptied } = shown;
  const { word } = context;
  clearInterval(timer);
  if (clock && found?.clock !== clock[1]) found = { clock: clock[1], gap: gap() };
  const holds = () => Math.abs(gap() - found.gap) < MINUTE;
  const by = clock && holds() && ahead(clock);
  if (by) timer = setInterval(() => holds() || aside(place, shown, context), 5_000);
  const lines = [
    by && (zoned(by) ? word("clock_or_zone") : word("clock_wrong")),
    emptied && word("emptied"),
  ].filter(Boolean);
  place.replaceChildren(...lines.map((line) => make("p", { class: "aside" }, icon("alert", "i s"), line)));
  for (const line of lines) {
    if (!told.has(line)) document.getElementById("polite").append(make("p", {}, line));
    told.add(line);
  }
}
