// Whether a device's clock is wrong, by what the edge's clock showed between a question and its answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ahead, zoned } from "../../widget/later/aside.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = 1_800_000_000_000;

test("a clock is wrong by more than five minutes, or it is left alone", () => {
  for (const by of [0, 1, -1, 5 * MINUTE, -5 * MINUTE]) assert.equal(ahead([now + by, now, now + by]), 0, `${by}`);
  for (const by of [5 * MINUTE + 1, -5 * MINUTE - 1, DAY, -DAY]) assert.equal(ahead([now + by, now, now + by]), by, `${by}`);
});

test("an answer that took long, or that the device slept over, says nothing of a clock that is right", () => {
  assert.equal(ahead([now - 8 * HOUR, now, now]), 0, "the question was late to arrive");
  assert.equal(ahead([now, now, now + 8 * HOUR]), 0, "the answer was late to be read");
  assert.equal(ahead([now - HOUR, now, now + 8 * HOUR]), 0);
  assert.equal(ahead([now + DAY, now, now + DAY + 8 * HOUR]), DAY, "and a wrong one stays wrong");
  assert.equal(ahead([now - DAY - 8 * HOUR, now, now - DAY]), -DAY);
});

test("a clock that is put right between the question and its answer is right", () => {
  assert.equal(ahead([now - DAY, now, now]), 0);
  assert.equal(ahead([now + DAY, now, now]), 0);
});

test("a clock that was set to suit a wrong time zone is off by quarters of an hour", () => {
  for (const by of [HOUR, -HOUR, 5.75 * HOUR, -14 * HOUR, HOUR + MINUTE, -HOUR + MINUTE]) assert.ok(zoned(by), `${by}`);
  for (const by of [7 * MINUTE, 8 * HOUR + 7 * MINUTE, DAY, -DAY, 15 * HOUR]) assert.ok(!zoned(by), `${by}`);
});
