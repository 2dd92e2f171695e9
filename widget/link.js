// The links beside the plain socket: requests, for networks that let no WebSocket through, and another tab's. It carries
// frames and decides nothing: when a link is opened, which way, and what is said over it is decided in the wasm. It
// imports nothing of the first load, which must not be loaded twice; the numbers of what links tell stand in socket.js.
const OPENED = 1;
const TEXT = 2;
const PASSABLE = 3;
const CUT = 1006;
const MOVED = 4000;
const BUSY = 4429;

// What stands for a close code where a request was refused; all else is a cut.
const CODES = { 400: 4400, 401: 4401, 403: 4401, 404: 4404, 410: 4410, 429: BUSY };

// No answer for so long is none; the edge holds a question for 25 s.
const PATIENCE = 40_000;

// Frames in one body: so many of the longest are within what the edge reads.
const BODY = 8;

const requests = ({ conversation, token }, tell) => {
  const link = crypto.getRandomValues(new Uint32Array(1))[0].toString(16);
  const cancel = new AbortController();
  const queue = [];
  let after = 0; // The newest event that came.
  let over = false;
  let posting = false;
  let asking = false;
  let pinged = false;
  const end = (code, wait) => {
    if (over) return;
    over = true;
    cancel.abort();
    tell(code, "", wait);
  };
  const take = (frame) => {
    const { welcome, event, accepted } = frame;
    if (welcome?.last < after) after = 0;
    after = Math.max(after, event?.seq ?? accepted?.seq ?? 0);
    tell(TEXT, JSON.stringify(frame));
  };
  const ask = async (method, path, body) => {
    const timer = setTimeout(end, PATIENCE, CUT);
    try {
      const answer = await fetch(`/v1/conversations/${conversation}/${path}?link=${link}&after=${after}`, {
        method, body, signal: cancel.signal, cache: "no-store", headers: { authorization: `Bearer ${token}` },
      });
      if (!answer.ok) return end(CODES[answer.status] ?? CUT, answer.headers.get("retry-after") ?? "");
      const { frames, close } = await answer.json();
      if (over) return;
      frames.forEach(take);
      if (!frames.length) tell(TEXT, "pong"); // A sign of life all the same.
      if (close) end(close);
    } catch {
      end(CUT);
    } finally {
      clearTimeout(timer);
    }
  };
  // One question at a time, and none while something is posted: the edge lets the held one go for it.
  const listen = async () => {
    if (asking) return;
    asking = true;
    while (!over && !posting) await ask("GET", "events");
    asking = false;
  };
  // One body at a time, so that nothing overtakes.
  const post = async () => {
    if (posting) return;
    posting = true;
    while (!over && (queue.length || pinged)) {
      pinged = false;
      const texts = queue.splice(0, BODY);
      const { hello } = JSON.parse(texts[0] ?? "{}");
      if (hello) after = hello.after;
      await ask("POST", "frames", `{"frames":[${texts}]}`);
    }
    posting = false;
    listen();
  };
  setTimeout(() => over || tell(OPENED));
  return {
    send(text) {
      if (text === "ping") pinged = true;
      else queue.push(text);
      setTimeout(post);
    },
    close() {
      over = true;
      cancel.abort();
    },
  };
};

// One link for all tabs of a conversation: the tab that has the lock holds it, the others speak through that tab. Each
// says its own hello; whatever else comes is for all, and a widget passes over what it has or did not ask for.
let kept; // The lock of a tab that has just got it, until its widget opens the link anew.

const shared = (options, tell, direct) => {
  const name = `parlor.${VERSION}.${options.conversation}`;
  const me = crypto.randomUUID();
  const cancel = new AbortController();
  const channel = new BroadcastChannel(name);
  const post = (message) => channel.postMessage({ from: me, plain: !options.requests, ...message });
  let over = false;
  let release; // Lets the lock go.
  let timer;
  // Of a tab that leads.
  let link;
  let open = false;
  let greeting; // Whose welcome has come, and how far the events behind it belong to it.
  const asked = []; // Whose hellos are on the way.
  const waiting = []; // Who joined before the link was open.
  // Of a tab that follows.
  let joined = false;
  let leader; // Whom it follows. One that was left behind may still speak.
  let greeted = false; // Its own welcome has come.

  const leave = () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("freeze", frozen);
    removeEventListener("pagehide", frozen);
    if (link) {
      link.close();
      post({ what: MOVED });
    }
    channel.close();
    release?.();
    cancel.abort();
  };
  const end = (code, wait) => {
    if (over) return;
    leave();
    tell(code, "", wait);
  };
  // A tab that stands still must not hold what others wait for; the browser's cache of pages does not take it with a lock.
  const frozen = () => end(CUT);
  document.addEventListener("freeze", frozen);
  addEventListener("pagehide", frozen);

  const say = (to, what, text) => {
    if (to !== me) post({ to, what, text });
    else if (!over) tell(what, text);
  };
  const send = (from, text) => {
    if (text === "ping" && from !== me) return say(from, TEXT, "pong");
    if (text.startsWith('{"hello"')) asked.push(from);
    link.send(text);
  };
  const heard = (what, text, wait) => {
    if (over) return;
    if (what === OPENED) {
      open = true;
      tell(OPENED);
      for (const from of waiting) say(from, OPENED);
    } else if (what !== TEXT) {
      post({ what });
      link.close();
      link = undefined;
      end(what, wait);
    } else if (text === "pong") {
      tell(TEXT, text);
    } else {
      const { welcome, event } = JSON.parse(text);
      if (welcome) greeting = { to: asked.shift(), last: welcome.last };
      const { to, last } = greeting ?? {};
      if (to && (welcome || event?.seq <= last)) say(to, TEXT, text);
      else {
        tell(TEXT, text);
        post({ what: TEXT, text });
      }
    }
  };
  const lead = () => {
    clearTimeout(timer);
    link = direct(options, heard);
    post({ what: 0 });
  };
  const hold = () => new Promise((resolve) => (release = resolve));
  // The lock is this tab's, and its widget speaks through another. It opens the link anew, and then this tab leads.
  let mine;
  const inherit = () => {
    if (over) return;
    const held = hold();
    mine = kept = { name, release, lost: () => kept === mine && (kept = undefined) };
    release = undefined;
    setTimeout(() => {
      if (kept === mine) kept = mine.release();
    }, 1_000);
    end(MOVED);
    return held;
  };
  const lost = () => (mine ? mine.lost() : end(MOVED));
  const join = () => {
    clearTimeout(timer);
    post({ join: true });
    // Who has the lock and does not answer stands still. Another tab may have thought so a little earlier, and lead by now.
    timer = setTimeout(() => {
      locks.request(name, { steal: true }, () => {
        if (over || joined) return inherit();
        lead();
        return hold();
      }).catch(lost);
    }, SILENCE);
  };
  channel.onmessage = ({ data: { from, to, what, text, plain, join: joins } }) => {
    if (over) return;
    if (link) {
      if (joins) {
        say(from, open ? OPENED : 0);
        if (!open) waiting.push(from);
      } else if (to === me && what === undefined) send(from, text);
      return;
    }
    if (to === undefined && what === 0) {
      // Another tab leads from now on.
      if (joined) return end(MOVED);
      leader = from;
      join();
    } else if (to === me || (to === undefined && (what > TEXT || greeted))) {
      leader ??= from;
      if (from !== leader) return;
      clearTimeout(timer);
      if (what === OPENED) joined = true;
      const first = what === TEXT && to && !greeted;
      greeted ||= first;
      if (what > TEXT) end(what);
      else if (what) tell(what, text);
      // It took the network for one that lets no socket through, and whom it follows has one.
      if (first && plain && options.requests) tell(PASSABLE, "", "");
    }
  };

  const { locks } = navigator;
  const follow = () => {
    join();
    locks.request(name, { signal: cancel.signal }, inherit).catch(lost);
  };
  if (kept?.name === name) {
    ({ release } = kept);
    kept.lost = () => end(MOVED);
    kept = undefined;
    lead();
  } else {
    locks.request(name, { ifAvailable: true }, (lock) => {
      if (over) return;
      if (!lock) return follow();
      lead();
      return hold();
    }).catch(() => {
      // The lock was taken from a tab that stood still; or this browser gives none to the frame.
      if (link) end(MOVED);
      else if (!over) lead();
    });
  }
  return {
    send(text) {
      if (link) send(me, text);
      else post({ to: leader, text });
    },
    close: () => over || leave(),
  };
};

// Which version of this talk between tabs is spoken. Tabs of another have a link of their own.
const VERSION = 2;

// A leading tab answers at once.
const SILENCE = 2_000;

// Tries, beside the link that is there, whether a socket gets through. A network may open one and let nothing through.
let probing;
export const probe = (options, tell, socket) => {
  probing?.close();
  const it = (probing = socket(options, (what, text) => {
    if (what === OPENED) return it.send("ping");
    it.close();
    if (what === TEXT && text === "pong") tell(PASSABLE, "", "");
  }));
};

// Asks for a conversation, one tab after another: who comes second asks as the visitor that the first has become.
export const begin = ({ storage, prefix }, body, ask) => {
  const alone = () => {
    const asked = JSON.parse(body);
    asked.visitor_token = storage.getItem(`${prefix}visitor`) ?? asked.visitor_token;
    return ask(JSON.stringify(asked));
  };
  // The wasm waits no longer for an answer, and so nobody waits longer for another tab's.
  const signal = AbortSignal.timeout(15_000);
  navigator.locks.request(`${prefix}start`, { signal }, () => Promise.race([alone(), new Promise((give) => signal.onabort = give)]))
    .catch(() => ask(body));
};

// What this tab hears of the others: who the visitor is by now, and how far she has read.
export const watch = ({ storage, prefix, all }, said) => {
  let emptied;
  const who = () => {
    const now = {};
    for (const name of ["visitor", "conversation", "after"]) now[name] = storage.getItem(prefix + name) ?? undefined;
    // Who emptied all has not reset the chat that goes on here.
    if ((emptied && !now.visitor) || Object.keys(now).every((name) => now[name] === all[name])) return;
    Object.assign(all, now);
    said("adopt", now);
  };
  let looking;
  addEventListener("storage", ({ key, newValue, storageArea }) => {
    if (storageArea !== storage) return;
    // Emptied, by somebody who knows nothing of us.
    if (key === null) return (emptied = all.visitor) && said("emptied");
    if (key === `${prefix}read` && newValue) said("read", newValue);
    // They change together; only how they are in the end counts.
    clearTimeout(looking);
    looking = setTimeout(who, 50);
  });
  who(); // Something may have changed since this page was loaded.
};

export const dial = (options, tell, socket) => {
  const direct = options.requests ? requests : socket;
  return options.shares ? shared(options, tell, direct) : direct(options, tell);
};
