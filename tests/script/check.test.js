// Whether an answer to a form counts: the rules of edge/src/registry/prechat.rs, on the visitor's side of the wire.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, sentence, wrong } from "../../widget/later/check.js";

const field = (kind, more = {}) => ({ kind, required: true, choices: ["Orders", "Repairs"], max_chars: 20, ...more });

test("what is asked for must be answered, and what is not need not", () => {
  for (const kind of ["text", "area", "email", "choice", "consent"]) {
    for (const empty of ["", " ", "\n\t", "\u00a0"]) {
      assert.equal(wrong(field(kind), empty), "form_missing", kind);
      assert.equal(wrong(field(kind, { required: false }), empty), undefined, kind);
    }
  }
});

test("a line has no control character, and is counted in characters", () => {
  assert.equal(wrong(field("text"), "Ines Keller"), undefined);
  assert.equal(wrong(field("text"), "  Ines  "), undefined);
  for (const control of ["\u0000", "\n", "\t", "\u0085"]) {
    assert.equal(wrong(field("text"), `a${control}b`), "form_malformed", JSON.stringify(control));
  }
  assert.equal(wrong(field("text"), "ü".repeat(20)), undefined);
  assert.equal(wrong(field("text"), "\u{1f6b2}".repeat(20)), undefined, "twenty characters in forty units");
  assert.equal(wrong(field("text"), "ü".repeat(21)), "form_too_long");
});

test("an area may have lines, and nothing that turns text around", () => {
  assert.equal(wrong(field("area"), "one\n\ttwo"), undefined);
  for (const it of ["a\u202eb", "a\u2067b\u2069", "a\u0007b", "a\rb"]) {
    assert.equal(wrong(field("area"), it), "form_malformed", JSON.stringify(it));
    assert.equal(wrong(field("area"), clean(it)), undefined, "and cleaned it counts");
  }
  assert.equal(clean(" a\r\nb\u202e\u0000 "), "a\nb");
});

test("an address has something on both sides of one @, and a dot", () => {
  const of = (it) => wrong(field("email", { max_chars: 254 }), it);
  for (const good of ["a@b.c", "ines.keller+shop@example.co.uk", "ü@bücher.example", "'o@x-y.example"]) {
    assert.equal(of(good), undefined, good);
  }
  for (const bad of ["ines", "@example.com", "ines@", "ines@example", "a@@b.c", "a@b@c.d", "a@b.c@d", "a b@c.d", "a@b..c", "a@.c", "a@b.", "a@-b.c", "a\u0000@b.c"]) {
    assert.equal(of(bad), "form_malformed", bad);
  }
});

test("a choice is one of those, and consent is yes", () => {
  assert.equal(wrong(field("choice"), "Orders"), undefined);
  for (const bad of ["orders", "Orders, Repairs", "constructor"]) assert.equal(wrong(field("choice"), bad), "form_malformed");
  assert.equal(wrong(field("consent"), "yes"), undefined);
  for (const bad of ["no", "on", "true", "YES"]) assert.equal(wrong(field("consent"), bad), "form_malformed");
});

test("each has a sentence that says the remedy", () => {
  const word = (key, given) => (given ? `${key} ${given.n}` : key);
  for (const kind of ["text", "area", "email", "choice", "consent"]) {
    const own = { text: "wrong_text", area: "wrong_text" }[kind] ?? `wrong_${kind}`;
    for (const code of ["form_missing", "form_malformed"]) assert.equal(sentence(field(kind), code, word), own);
    assert.equal(sentence(field(kind), "form_too_long", word), "wrong_long 20");
  }
});
