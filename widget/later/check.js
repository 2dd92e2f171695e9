// Whether the answers to a form count. The edge checks them again, by the same rules (edge/src/registry/prechat.rs).

// The code of what is wrong with an answer, as the edge calls it; nothing where it counts.
export function wrong({ kind, required, choices, max_chars }, given) {
  const answer = given.trim();
  if (!answer) return required ? "form_missing" : undefined;
  if ([...answer].length > max_chars) return "form_too_long";
  const good = {
    text: isLine,
    area: (it) => it === clean(it),
    email: (it) => isLine(it) && isEmail(it),
    choice: (it) => choices.includes(it),
    consent: (it) => it === "yes",
  }[kind](answer);
  return good ? undefined : "form_malformed";
}

// Without what nobody sees: whoever pastes from a word processor is not told about it.
export const clean = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}/gu, "").trim();

const isLine = (text) => !/\p{Cc}/u.test(text);

// Something on both sides of one `@`, with a dot in the domain. Whether it exists, only a mail tells.
function isEmail(text) {
  const [local, domain, ...more] = text.split("@");
  const labels = domain?.split(".") ?? [];
  return !more.length && !/\s/.test(text) && Boolean(local) && labels.length > 1
    && labels.every((label) => label && !label.startsWith("-"));
}

// The sentence for a code.
export function sentence({ kind, max_chars }, code, word) {
  if (code === "form_too_long") return word("wrong_long", { n: max_chars });
  return {
    text: word("wrong_text"),
    area: word("wrong_text"),
    email: word("wrong_email"),
    choice: word("wrong_choice"),
    consent: word("wrong_consent"),
  }[kind];
}
