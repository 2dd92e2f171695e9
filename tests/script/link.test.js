// One link for all tabs of a browser: what no tab can see alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { storms } from "./storm.js";

const SEEDS = 1_500;

test(`${SEEDS} storms over the tabs of a browser: nothing lost, doubled or reordered, and one link`, async () => {
  const found = await storms(SEEDS);
  assert.equal(found, undefined, found?.message);
});

// Each rule of link.js, taken out: somebody must notice. A number is where to begin, for a rule that seldom counts.
const rules = {
  "a tab that does not answer has its lock taken": ["}, SILENCE);", "}, 1e9);"],
  "who gets the lock opens the link anew": ["    end(MOVED);\n    return held;", "    return held;"],
  "a tab that the browser stops lets the link go": ['document.addEventListener("freeze", frozen);', ""],
  "a tab that is left lets the link go": ['addEventListener("pagehide", frozen);\n\n', "\n"],
  "who leaves gives the lock back": ["    release?.();", ""],
  "who has left wants no lock": ["    if (over) return;\n    const held", "    const held"],
  "who asked before the link was open is told when it is": ["if (!open) waiting.push(from);", ""],
  "a welcome is for whoever said hello": ["say(to, TEXT, text);\n", "say(to, TEXT, text), welcome && post({ what: TEXT, text });\n"],
  "hellos are answered in their order": ["asked.shift()", "asked.pop()"],
  "what is said to a leading tab goes over its link alone": ["to === me && what === undefined", "text && what === undefined"],
  "who follows one tab hears no other": ["      if (from !== leader) return;\n", "", 1_200],
  "who inherited a lock and lost it lets the link go": ["    kept.lost = () => end(MOVED);\n", ""],
  "who takes a lock and follows by then opens the link anew": ["if (over || joined) return inherit();", "if (over) return;"],
  "who loses a lock that it took lets the link go": ["}).catch(lost);\n    }, SILENCE", "}).catch(() => {});\n    }, SILENCE"],
  "who loses its lock lets the link go": ["if (link) end(MOVED);", "if (link);"],
  "a leading tab answers for its link": ['if (text === "ping" && from !== me) return say(from, TEXT, "pong");', ""],
  "who follows a tab that leads no more asks the next": ["if (joined) return end(MOVED);", "if (joined) return;"],
  "what ends a link is told to all": ["      post({ what });\n", ""],
  "what is for all is told to all": ["    post({ what: TEXT, text });\n", ""],
  "who is not greeted yet hears nothing of what is for all": ["(what > TEXT || greeted)", "true"],
  "a lock that no link came for is given back": ["if (kept === mine) kept = mine.release();", ""],
};

for (const [rule, [from, to, first]] of Object.entries(rules)) {
  test(`it is noticed where this does not hold: ${rule}`, async (t) => {
    const found = await storms(SEEDS, [from, to], first);
    assert.ok(found, "nobody noticed");
    t.diagnostic(found.which);
  });
}
