// The frame: is it allowed, has it come, and what is said to it. Exactly one attempt is under way at a time; an attempt
// ends in `ready` or in a fault that says what to do.
import { problem } from "./errors.js";

// How long a frame may take to say its first word, from there to be ready, and to answer a command, in ms.
const FIRST_WORD = 15_000;
const READY = 30_000;
const ANSWER = 10_000;

export const frame = (core, words, wrong, greet) => {
  const { edge, set, signal, make } = core;
  const { word } = words;
  let attempt; // { promise, resolve, reject, timer, blocked }
  let ready = false;
  let fatal; // The fault that no other attempt can mend.
  let broken = false; // The frame is there, and shows that it did not start.
  let number = 0;
  const answers = new Map();

  const status = make("section", { role: "status" });
  const say = (kind, ...inside) => {
    status.className = kind;
    status.replaceChildren(...inside);
  };
  const waiting = () => say("wait", make("p", {}, word("opening")));
  const failed = () => {
    const again = make("button", { type: "button", class: "do" }, word("try_now"));
    again.addEventListener("click", () => begin().catch(() => {}), { signal });
    say("failed", make("b", {}, word("unreachable")), make("p", {}, word("check_connection")), again);
  };

  // What has no button of its own to close it, the launcher must close, also where the panel fills the screen.
  const mend = (is = false) => {
    broken = is;
    core.box?.classList.toggle("broken", is);
  };
  const end = () => {
    mend();
    clearTimeout(attempt?.timer);
    attempt = undefined;
    ready = false;
    core.frame?.remove();
    core.frame = undefined;
    core.box?.classList.remove("alive");
    for (const { reject } of answers.values()) reject(problem("frame_gone", "the frame was taken away before it answered"));
    answers.clear();
  };
  const fault = (code, message, isFatal) => {
    const error = wrong(code, message);
    if (isFatal) {
      fatal = error;
      core.host.hidden = true;
    }
    const given = attempt;
    end();
    failed();
    given?.reject(error);
    return error;
  };

  // Asks the edge across origins, where this site's own origin is real.
  const check = async (mine) => {
    let answer;
    try {
      answer = await fetch(`${edge}/v1/resources/${set.resource}`, { credentials: "omit", signal });
    } catch {
      // The policy's event comes with the next task.
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted || attempt !== mine) return;
      if (mine.blocked !== "connect-src") {
        fault("edge_unreachable", `${edge} does not answer. Is it up?`);
      } else {
        wrong("connect_blocked", `this page's policy has no connect-src ${edge}. The chat runs, but where the resource refuses this site its visitors see an empty panel instead of no launcher.`);
      }
      return;
    }
    if (attempt !== mine) return;
    if (answer.ok) {
      const { texts } = await answer.json().catch(() => ({}));
      words.replace(texts);
      core.show();
      return;
    }
    const { code = "edge_failed", title = "The edge cannot serve this resource now." } = await answer.json().catch(() => ({}));
    if (attempt !== mine) return;
    const remedy = { 404: "Check data-resource against the console.", 403: `Add ${location.origin} to the resource's sites.` }[answer.status];
    fault(code, `${title} ${remedy ?? "Try again later."}`, Boolean(remedy));
  };

  const begin = () => {
    if (fatal) return Promise.reject(fatal);
    if (attempt) return attempt.promise;
    if (broken) end();
    core.prepare();
    core.frame.title = word("chat");
    attempt = {};
    attempt.promise = new Promise((resolve, reject) => Object.assign(attempt, { resolve, reject }));
    attempt.promise.catch(() => {});
    core.box.prepend(status);
    waiting();
    attempt.timer = setTimeout(() => {
      fault("frame_silent", `the frame of ${edge} did not start within ${FIRST_WORD / 1000} s. Does an extension block it, or a Cross-Origin-Embedder-Policy of this page?`);
    }, FIRST_WORD);
    check(attempt);
    return attempt.promise;
  };
  signal.addEventListener("abort", () => {
    const given = attempt;
    end();
    given?.reject(problem("destroyed", "the chat was destroyed"));
  });

  const post = (message) => core.frame?.contentWindow?.postMessage(message, edge);
  return {
    begin,
    end,
    post: (message) => ready && post(message),
    isReady: () => ready,
    hopeless: () => fatal,
    // A command that the frame answers.
    async ask(name, detail) {
      await begin();
      number += 1;
      const n = number;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          answers.delete(n);
          reject(problem("no_answer", `the frame does not answer to ${name}`));
        }, ANSWER);
        const stop = (then) => (value) => {
          clearTimeout(timer);
          then(value);
        };
        answers.set(n, { resolve: stop(resolve), reject: stop(reject) });
        post({ [name]: { n, ...detail } });
      });
    },
    answered(n, code) {
      const waits = answers.get(n);
      answers.delete(n);
      if (code) waits?.reject(problem(code, `the chat refuses: ${code}`));
      else waits?.resolve();
    },
    progress(stage) {
      // Also after the frame has loaded itself again.
      ready = false;
      mend();
      if (!attempt) return;
      clearTimeout(attempt.timer);
      attempt.timer = setTimeout(() => {
        wrong("frame_slow", `the frame came as far as "${stage}" and is not ready after ${READY / 1000} s more. It goes on trying.`);
      }, READY);
    },
    failed(code) {
      // The frame shows what to do, and may yet come by itself.
      mend(true);
      clearTimeout(attempt?.timer);
      core.box.classList.add("alive");
      const given = attempt;
      const error = wrong(code, "the widget in the frame did not start or stopped; the frame's own console says why.");
      attempt = undefined;
      given?.reject(error);
    },
    ready() {
      ready = true;
      attempt ??= { promise: Promise.resolve() };
      clearTimeout(attempt.timer);
      core.box.classList.add("alive");
      for (const message of greet()) post(message);
      attempt.resolve?.();
    },
    blocked({ effectiveDirective, disposition }) {
      if (disposition === "report") return;
      if (attempt) attempt.blocked = effectiveDirective;
      if (/^(frame|child|default)-src/.test(effectiveDirective)) {
        fault("frame_blocked", `this page's policy forbids the frame. Add ${edge} to frame-src.`, true);
      }
    },
  };
};
