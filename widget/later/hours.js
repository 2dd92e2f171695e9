// When the shop is open, in words: from the instants that the edge tells, in the visitor's own time zone.

const DAY = 86_400_000;

// The span that holds `now`, with what follows it without a pause; or else the next one.
function around(spans, now) {
  const joined = [];
  for (const [opens, closes] of spans) {
    const last = joined.at(-1);
    if (last && last[1] >= opens) last[1] = closes;
    else joined.push([opens, closes]);
  }
  return joined.find(([, closes]) => closes > now);
}

// Until when the shop is open; nothing where it is closed, or open for as long as is known.
export function until(hours, now) {
  const span = hours && around(hours.spans, now);
  return span && span[0] <= now && span[1] - now < DAY ? span[1] : undefined;
}

// When it opens next; nothing where it is open, or where nobody knows.
export function opens(hours, now) {
  const span = hours && around(hours.spans, now);
  return span && span[0] > now ? span[0] : undefined;
}

const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);

// How many days lie between two instants on the visitor's calendar.
export const daysTo = (from, to) => Math.round((midnight(to) - midnight(from)) / DAY);

const format = (locale, options) => new Intl.DateTimeFormat(locale, options);

export const time = (locale, at) => format(locale, { timeStyle: "short" }).format(at);
export const weekday = (locale, at) => format(locale, { weekday: "long" }).format(at);
export const date = (locale, at) => format(locale, { day: "numeric", month: "long" }).format(at);

// The week as lines: days that are alike are one, and today stands by itself.
export function week(spans, now, locale, word) {
  const ranges = format(locale, { timeStyle: "short" });
  // Over midnight the browser would name both days.
  const range = ([opens, closes]) =>
    daysTo(opens, closes) ? `${time(locale, opens)}–${time(locale, closes)}` : ranges.formatRange(opens, closes);
  const days = [];
  for (let n = 0; n < 7; n += 1) {
    const day = new Date(midnight(now));
    day.setDate(day.getDate() + n);
    const own = spans.filter(([opens]) => midnight(opens) === day.getTime());
    days.push({
      // Monday comes first.
      order: (day.getDay() + 6) % 7,
      name: weekday(locale, day),
      times: own.map(range).join(", ") || word("closed"),
      today: n === 0,
    });
  }
  days.sort((one, other) => one.order - other.order);
  const lines = [];
  for (const { name, times, today } of days) {
    const last = lines.at(-1);
    if (last && !today && !last.today && last.times === times) last.to = name;
    else lines.push({ from: name, to: name, times, today });
  }
  return lines.map(({ from, to, times, today }) => ({
    days: today ? word("today_day", { day: from }) : from === to ? from : word("days", { from, to }),
    times,
    today,
  }));
}

// The visitor's time zone by name, where its clocks show something else than the shop's.
export function foreign(zone, now, locale) {
  const shown = (timeZone) => format("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(now);
  try {
    if (shown(zone) === shown(undefined)) return undefined;
  } catch {
    return undefined; // A zone that this browser does not know.
  }
  const parts = format(locale, { timeZoneName: "longGeneric" }).formatToParts(now);
  return parts.find(({ type }) => type === "timeZoneName")?.value;
}
