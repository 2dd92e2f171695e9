// When the shop is open, in words. The time zone is set here: a test must not depend on where it runs.
import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Europe/Lisbon";
const { daysTo, foreign, opens, time, until, week, weekday } = await import("../../widget/later/hours.js");

const at = (text) => new Date(text).getTime();
const span = (opens, closes) => [at(opens), at(closes)];
// Wednesday to Saturday; Lisbon's clocks go back on the Sunday after.
const hours = {
  spans: [
    span("2026-10-21T10:00+01:00", "2026-10-21T18:00+01:00"),
    span("2026-10-22T10:00+01:00", "2026-10-22T13:00+01:00"),
    span("2026-10-22T14:00+01:00", "2026-10-22T18:00+01:00"),
    span("2026-10-24T10:00+01:00", "2026-10-25T00:00+01:00"),
    span("2026-10-25T00:00+01:00", "2026-10-25T03:00+00:00"),
  ],
};

test("open until, and opens at, to the minute", () => {
  const first = hours.spans[0];
  assert.equal(until(hours, first[0] - 1), undefined);
  assert.equal(opens(hours, first[0] - 1), first[0]);
  assert.equal(until(hours, first[0]), first[1]);
  assert.equal(opens(hours, first[0]), undefined);
  assert.equal(until(hours, first[1] - 1), first[1]);
  assert.equal(until(hours, first[1]), undefined);
  assert.equal(opens(hours, first[1]), hours.spans[1][0], "not the next day's second span");
  assert.equal(opens(hours, hours.spans[1][1]), hours.spans[2][0], "after the break");
  assert.equal(opens(hours, at("2026-11-01T00:00Z")), undefined, "nobody knows");
});

test("a span that goes on at midnight is one", () => {
  assert.equal(until(hours, at("2026-10-24T23:59+01:00")), at("2026-10-25T03:00+00:00"));
});

test("who is open for as long as is known promises no end", () => {
  const now = at("2026-10-21T00:00+01:00");
  assert.equal(until({ spans: [[now, now + 7 * 86_400_000]] }, now), undefined);
  assert.equal(until(undefined, now), undefined);
  assert.equal(opens(undefined, now), undefined);
  assert.equal(until({ spans: [] }, now), undefined);
});

test("days are the visitor's, also where one has 25 hours", () => {
  assert.equal(daysTo(at("2026-10-24T23:59+01:00"), at("2026-10-25T00:00+01:00")), 1);
  assert.equal(daysTo(at("2026-10-25T00:00+01:00"), at("2026-10-26T00:00+00:00")), 1);
  assert.equal(daysTo(at("2026-10-25T00:00+01:00"), at("2026-10-25T23:59+00:00")), 0);
  assert.equal(daysTo(at("2026-03-28T12:00+00:00"), at("2026-03-30T00:00+01:00")), 2, "23 hours");
});

test("the week is told in lines: today alone, days that are alike as one", () => {
  const word = (key, { day, from, to } = {}) => ({ closed: "Closed", today_day: `Today, ${day}`, days: `${from} to ${to}` })[key];
  const lines = week(hours.spans, at("2026-10-21T12:00+01:00"), "en-GB", word);
  assert.deepEqual(
    lines.map(({ days, times, today }) => [days, times.replace(/\s/g, " "), today]),
    [
      ["Monday to Tuesday", "Closed", false],
      ["Today, Wednesday", "10:00–18:00", true],
      ["Thursday", "10:00–13:00, 14:00–18:00", false],
      ["Friday", "Closed", false],
      ["Saturday", "10:00–00:00", false],
      ["Sunday", "00:00–03:00", false],
    ],
  );
});

test("today stands by itself even where the days beside it are alike", () => {
  const alike = ["20", "21", "22", "23"].map((day) => span(`2026-10-${day}T10:00+01:00`, `2026-10-${day}T18:00+01:00`));
  const word = (key, { day, from, to } = {}) => ({ closed: "-", today_day: day, days: `${from} to ${to}` })[key];
  const lines = week(alike, at("2026-10-20T12:00+01:00"), "en-GB", word).map(({ days }) => days);
  assert.deepEqual(lines, ["Monday", "Tuesday", "Wednesday to Friday", "Saturday to Sunday"]);
});

test("the zone is named only where the clocks differ", () => {
  const now = at("2026-10-21T12:00Z");
  assert.equal(foreign("Europe/Lisbon", now, "en-GB"), undefined);
  assert.equal(foreign("Europe/London", now, "en-GB"), undefined, "another zone with the same clock");
  assert.equal(foreign("Europe/Berlin", now, "en-GB"), "Western European Time");
  assert.equal(foreign("Mars/Olympus", now, "en-GB"), undefined);
});

test("in the visitor's own forms", () => {
  const noon = at("2026-10-21T15:05+01:00");
  assert.equal(time("en-US", noon).replace(/\s/g, " "), "3:05 PM");
  assert.equal(time("de", noon), "15:05");
  assert.equal(weekday("es", noon), "miércoles");
});
