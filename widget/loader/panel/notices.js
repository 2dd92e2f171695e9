// What tells a visitor who looks elsewhere that somebody has answered: the page's title, a sound, a notification of the
// browser. None of them shows what was said.

const PREFIX = /^\(\d+\+?\) /;

export const notices = (core, word, open) => {
  const { set, signal } = core;
  let used = false; // The visitor has opened the panel or written, on this page.
  let muted = false;
  let before; // The title's exact text while it is ours.
  let ours;
  let notification;

  const element = () => document.querySelector("head > title");
  const title = () => {
    const place = element();
    if (!place || set.titleCount === "off") return;
    const now = place.textContent;
    // The site changed it meanwhile: that is the title now.
    if (now !== ours) before = now.replace(PREFIX, "");
    if (core.unread) {
      ours = `(${core.unread > 9 ? "9+" : core.unread}) ${before}`;
      if (now !== ours) place.textContent = ours;
    } else if (ours !== undefined) {
      if (now === ours) place.textContent = before;
      ours = undefined;
    }
  };
  // A site that changes its title while messages wait keeps the count.
  const watch = new MutationObserver(() => ours !== undefined && title());
  const follow = () => {
    watch.disconnect();
    const place = element();
    if (place && core.unread) watch.observe(place, { childList: true, characterData: true, subtree: true });
  };

  const away = () => document.hidden || !document.hasFocus();

  // Two soft notes, made here: no file, no request, nothing for the site's media-src.
  const sound = () => {
    if (!used || muted || set.sound === "off" || navigator.userActivation?.hasBeenActive === false) return;
    const context = new AudioContext();
    const level = context.createGain();
    level.connect(context.destination);
    level.gain.value = 0.08;
    const start = context.currentTime;
    for (const [at, hertz] of [[0, 660], [0.12, 880]]) {
      const note = context.createOscillator();
      note.frequency.value = hertz;
      note.connect(level);
      note.start(start + at);
      note.stop(start + at + 0.1);
      if (at) note.addEventListener("ended", () => context.close(), { once: true });
    }
  };

  const notify = () => {
    if (set.notifications !== "on" || !away() || globalThis.Notification?.permission !== "granted") return;
    try {
      notification = new Notification(document.title.replace(PREFIX, ""), {
        body: word("unread", core.unread),
        tag: core.prefix,
      });
    } catch {
      return; // Android wants a service worker for it, which is the site's to have.
    }
    notification.addEventListener("click", () => {
      window.focus();
      notification?.close();
      open();
    }, { signal });
  };

  signal.addEventListener("abort", () => {
    core.unread = 0;
    title();
    watch.disconnect();
    notification?.close();
  });
  return {
    unread() {
      title();
      follow();
      if (!core.unread) notification?.close();
    },
    used() {
      used = true;
    },
    mute(on) {
      muted = on;
    },
    // The visitor's click or key in the frame counts as one on the page for a few seconds.
    ask() {
      if (set.notifications === "on" && globalThis.Notification?.permission === "default") {
        Notification.requestPermission().catch(() => {});
      }
    },
    // After the count: a notification names it.
    received() {
      if (!core.opened || away()) sound();
      notify();
    },
  };
};
