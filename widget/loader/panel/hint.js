// The bubble above the launcher: the site's hint, or the question that comes before anything is stored.

export const bubble = (core, word) => {
  const { make, signal } = core;
  let shown;
  let timer;
  const hide = () => {
    shown?.remove();
    shown = undefined;
    clearTimeout(timer);
  };
  signal.addEventListener("abort", hide);

  const button = (name, words, run) => {
    const made = make("button", { type: "button", class: name }, words);
    made.addEventListener("click", run, { signal });
    return made;
  };
  const put = (name, ...inside) => {
    hide();
    shown = make("aside", { role: "status", class: name }, ...inside);
    // Before the launcher: hint, dismiss, launcher is the order of the Tab key.
    core.launcher.before(shown);
  };

  return {
    hide,
    hint({ title, text, seconds, onOpen, onDismiss }) {
      const words = [...(title ? [make("b", {}, title)] : []), title ? make("small", {}, text) : text];
      const dismiss = button("x", make("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" },
        make("path", { d: "M5 5l10 10M15 5L5 15" })), () => {
        hide();
        onDismiss();
        core.launcher.focus();
      });
      dismiss.ariaLabel = word("dismiss");
      put("", button("", make("span", { dir: "auto" }, ...words), onOpen), dismiss);
      if (seconds) timer = setTimeout(hide, seconds * 1000);
    },
    consent(focus, answer) {
      put("ask",
        make("b", {}, word("consent")),
        make("small", {}, word("site_consent_text")),
        button("do yes", word("agree"), () => answer(true)),
        button("do", word("not_now"), () => answer(false)));
      if (focus) shown.querySelector("button").focus();
    },
  };
};
