// What is said on the site's page beside the frame, in the language that the frame's document is written in. English is
// here; another language is one file more, and where it does not come English serves.
import english from "./words/en.json" with { type: "json" };

// How long it is waited for, in ms: whoever reads another language than the page's is not kept waiting for it.
const PATIENCE = 2_000;

export const words = ({ edge, set }) => {
  let own = english;
  let language = "en";
  let replaced = {};

  return {
    // In its form for the number `n` where it has several.
    word(key, n) {
      const forms = (replaced[key] ?? own[key]).split("|");
      if (n === undefined) return forms[0];
      const kind = `${new Intl.PluralRules(language).select(n)}:`;
      const form = forms.find((it) => it.startsWith(kind)) ?? forms.at(-1);
      return form.replace(/^\w+:/, "").replace("{n}", n);
    },
    // As the edge chooses it: what the site asks for, else the first of the browser's that there is.
    async speak() {
      const known = PARLOR_LANGUAGES.split(" ");
      const wanted = [set.locale, ...navigator.languages].map((it) => it?.split("-")[0].toLowerCase());
      const next = wanted.find((it) => known.includes(it)) ?? "en";
      if (next === "en") own = english;
      else {
        const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
        try {
          own = (await Promise.race([import(`${edge}${PARLOR_WORDS}${next}.js`), late])).default;
        } catch {
          return; // As it was.
        }
      }
      language = next;
    },
    // The resource's own.
    replace(texts) {
      replaced = texts ?? {};
    },
  };
};
