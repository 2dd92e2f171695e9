// What the agents' pages share. They show what the control interface tells and send what the agent does; they decide
// nothing. What visitors write enters a page through textContent only.
// A desk's own script comes after this one and calls `start` with what is its own.
"use strict";

const ME = "Maya Okafor";
/** A pause between two lines of one author that starts a new group, in milliseconds. */
const GROUP_PAUSE = 180000;

const $ = (id) => document.getElementById(id);
const el = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** See `start`. */
let own;
let chats = [];
let version = 0;
let selected = null;
/** What the thread shows now: whose lines, and which. */
let shown = { id: null, lines: [], day: null, group: null };
/** The chat just taken: once it is the agent's, its composer takes the focus. */
let taken = null;
const drafts = new Map();

/**
 * Follows the desk for as long as the page lives. A desk gives:
 * `take`: label and deed of the button on a waiting chat; `headings` and `icons` of the faults;
 * `news(news)`: reads what else has changed; `about(chat)`: the second line of the chat's head;
 * `talk(chat)`: shows the rest of the head and the composer; `say(chat, text)`: says it, true if the desk took it;
 * and where it has them `details(chat)`, `beside(chat, line)` (elements beside a bubble), `marks(line)` (words beside its
 * time), `typed()`, `leave()` (another chat is chosen).
 */
function start(desk) {
  own = desk;
  follow();
}

/** Talks to the control interface; throws an error whose message can be shown. */
async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

/** Does something as the agent; says what went wrong where there is room for it. */
async function act(path, body, place = "problem") {
  try {
    await call("POST", path, body);
    $(place).hidden = true;
    return true;
  } catch (error) {
    $(place).textContent = `Not done: ${error.message}.`;
    $(place).hidden = false;
    return false;
  }
}

const deed = (name, body = {}) => selected && act(`/control/chats/${selected}/${name}`, body);

async function follow() {
  for (;;) {
    try {
      const news = await call("GET", `/control/chats?since=${version}`);
      if (news.version !== version) {
        showFaults((await call("GET", "/control/faults")).faults);
        await own.news(news);
      }
      version = news.version;
      chats = news.chats;
      $("offline").hidden = true;
      show();
    } catch {
      // A desk that was started anew counts from 1 again.
      version = 0;
      $("offline").textContent = "The desk does not answer. Trying again.";
      $("offline").hidden = false;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

const name = (chat) => chat.visitor.name || `Visitor ${chat.id.slice(-4).toUpperCase()}`;
const short = (id) => `${id.slice(0, 4)}…${id.slice(-4)}`;
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const lastSaid = (chat) => chat.lines.filter((line) => line.from === "visitor" || line.from === "agent").at(-1);
const age = (ms) => {
  const seconds = Math.max(0, Math.floor((Date.now() - ms) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const current = () => chats.find((chat) => chat.id === selected);

function show() {
  if (!current()) selected = chats.find((chat) => chat.state === "active")?.id ?? null;
  const newestFirst = (one, other) => other.waiting_since_ms - one.waiting_since_ms;
  for (const list of document.querySelectorAll(".list ul")) {
    const wanted = chats.filter((chat) => chat.state === list.id);
    showList(list, list.id === "ended" ? wanted.sort(newestFirst).slice(0, 10) : wanted);
  }
  showTalk();
}

/** Keeps the rows that are there, so that focus stays where it was. A list says that it is empty, or is not there. */
function showList(list, wanted) {
  const waits = list.id === "waiting";
  $(`${list.id}-count`).textContent = String(wanted.length);
  const none = $(`${list.id}-none`);
  if (none) none.hidden = wanted.length > 0;
  else list.closest("section").hidden = wanted.length === 0;
  const rows = new Map([...list.children].map((row) => [row.dataset.chat, row]));
  wanted.forEach((chat, place) => {
    const row = rows.get(chat.id) ?? newRow(chat, waits);
    rows.delete(chat.id);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    const said = lastSaid(chat);
    const other = chat.agent && chat.agent !== ME && chat.state === "active" ? `${chat.agent}: ` : "";
    row.querySelector("b").textContent = name(chat);
    row.querySelector("bdi").textContent = other + (said?.text ?? chat.visitor.details.at(-1)?.value ?? "Nothing written yet");
    const time = row.querySelector("time");
    time.dataset.since = waits ? chat.waiting_since_ms : "";
    time.textContent = waits ? age(chat.waiting_since_ms) : clock(said?.at_ms ?? chat.waiting_since_ms);
    row.querySelector(".row").setAttribute("aria-current", String(chat.id === selected));
  });
  for (const row of rows.values()) row.remove();
}

function newRow(chat, withTake) {
  const open = el(
    "button",
    { type: "button", className: "row", onclick: () => select(chat.id) },
    el("span", {}, el("b"), el("time")),
    el("span", { className: "last" }, el("bdi")),
  );
  const row = el("li", {}, open);
  row.dataset.chat = chat.id;
  if (withTake) {
    const take = el("button", { type: "button", className: "button wide", textContent: own.take.label, onclick: () => takeOn(chat.id) });
    take.setAttribute("aria-label", own.take.name(name(chat)));
    row.append(take);
  }
  return row;
}

function takeOn(id) {
  select(id);
  taken = id;
  act(`/control/chats/${id}/${own.take.deed}`, { agent: ME });
}

function select(id) {
  if (selected === id) return;
  if (selected) drafts.set(selected, $("text").value);
  own.leave?.();
  selected = id;
  $("text").value = drafts.get(id) ?? "";
  $("problem").hidden = true;
  ready();
  show();
}

function showTalk() {
  const chat = current();
  $("talk").hidden = !chat;
  $("empty").hidden = Boolean(chat);
  $("visitor").hidden = !chat;
  if (!chat) return;
  $("talk-name").textContent = name(chat);
  $("talk-about").textContent = own.about(chat);
  $("text").setAttribute("aria-label", `Answer ${name(chat)}`);
  showDetails(chat);
  showThread(chat);
  own.talk(chat);
  ready();
  if (chat.state === "active" && taken === chat.id) {
    taken = null;
    $("text").focus();
  }
}

function showDetails(chat) {
  const pairs = [["Name", name(chat)], ...chat.visitor.details.map((detail) => [detail.label, detail.value]), ...(own.details?.(chat) ?? [])];
  const wanted = JSON.stringify(pairs);
  if ($("details").dataset.shown === wanted) return;
  $("details").dataset.shown = wanted;
  const line = ([label, value]) => el("div", {}, el("dt", { textContent: label }), el("dd", { textContent: value, dir: "auto" }));
  $("details").replaceChildren(...pairs.map(line));
}

/** Only adds, unless an old line has changed: a log that is built anew would be read out anew. */
function showThread(chat) {
  const thread = $("thread");
  const lines = chat.lines.map((line) => JSON.stringify(line));
  if (shown.id !== chat.id || shown.lines.some((line, place) => line !== lines[place])) {
    thread.replaceChildren();
    shown = { id: chat.id, lines: [], day: null, group: null };
  }
  const fresh = chat.lines.slice(shown.lines.length);
  if (fresh.length === 0) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  for (const line of fresh) addLine(thread, chat, line);
  shown.lines = lines;
  if (atEnd || fresh.length === lines.length) thread.scrollTop = thread.scrollHeight;
}

function addLine(thread, chat, line) {
  const day = new Date(line.at_ms).toDateString();
  if (day !== shown.day) {
    const today = day === new Date().toDateString();
    const words = today ? "Today" : new Date(line.at_ms).toLocaleDateString([], { day: "numeric", month: "long" });
    thread.append(el("div", { className: "day", textContent: words }));
    [shown.day, shown.group] = [day, null];
  }
  if (line.from === "notice") {
    thread.append(el("div", { className: "notice", textContent: line.text }));
    shown.group = null;
    return;
  }
  const bubble = el("div", { className: line.redacted ? "bubble redacted" : "bubble", dir: "auto", textContent: line.redacted ? "Redacted" : line.text });
  for (const file of line.files ?? []) bubble.append(el("small", { textContent: `File: ${file}` }));
  const said = el("div", { className: "said" }, bubble, ...(own.beside?.(chat, line) ?? []));
  const marks = own.marks?.(line) ?? [];
  const group = shown.group;
  if (group && group.from === line.from && group.marks === marks.join() && line.at_ms - group.at < GROUP_PAUSE) {
    group.time.before(said);
  } else {
    const time = el("time");
    thread.append(el("div", { className: `group ${line.from}` }, said, time));
    shown.group = { from: line.from, marks: marks.join(), time };
  }
  shown.group.at = line.at_ms;
  shown.group.time.textContent = [clock(line.at_ms), ...marks].join(" · ");
}

async function send() {
  const chat = current();
  const text = $("text").value.trim();
  if (!chat || text === "" || $("composer").hidden) return;
  $("text").value = "";
  ready();
  if (!(await own.say(chat, text)) && $("text").value === "" && selected === chat.id) {
    $("text").value = text;
    ready();
  }
}

function ready() {
  $("send").disabled = $("text").value.trim() === "";
  // For browsers that do not size the field by its content.
  if (!CSS.supports("field-sizing", "content")) $("text").rows = Math.min(6, $("text").value.split("\n").length);
}

/** Choices in a dialog of this name; one that is taken closes it. */
function ask(dialog, choices) {
  const button = ([label, onclick]) =>
    el("button", { type: "button", className: "button quiet wide", textContent: label, onclick: () => ($(`${dialog}-dialog`).close(), onclick()) });
  $(`${dialog}-choices`).replaceChildren(...choices.map(button));
  $(`${dialog}-dialog`).showModal();
}

const ICONS = {
  offline: "M3 3.5l14 13M2.8 8.4a10.6 10.6 0 0 1 3-2M8.7 5.2a10.6 10.6 0 0 1 8.5 3.2M5.6 11.4a6.6 6.6 0 0 1 2.6-1.5M12.6 10.4c.7.3 1.3.6 1.8 1M10 15.4v.01",
  clock: "M3 10a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M10 6v4.2l2.8 1.8",
  twice: "M3.5 8.5a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2h-6a2 2 0 0 1-2-2zM7 3.5h7.5a2 2 0 0 1 2 2V13",
  cut: "M3.5 10h4M12.5 10h4M8.5 7l3 6M11.5 7l-3 6",
  leave: "M8 3.5H4.5v13H8M8.5 10H17M13.5 6.5L17 10l-3.5 3.5",
  alert: "M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0 -14.4 0M10 6.4v4.2M10 13.4v.01",
  move: "M4 10h12M11.5 5.5L16 10l-4.5 4.5",
  chat: "M6.5 4h7A3.5 3.5 0 0 1 17 7.5v3a3.5 3.5 0 0 1-3.5 3.5H10l-3.6 3v-3A3.5 3.5 0 0 1 3 10.5v-3A3.5 3.5 0 0 1 6.5 4z",
};
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** One button per fault. Built once from the desk's own list; later only the marks change. */
function showFaults(faults) {
  if (!$("faults").firstChild) {
    for (const [kind, heading] of Object.entries(own.headings)) {
      const ofKind = faults.filter((fault) => fault.kind === kind);
      const title = el("h3", { textContent: heading, id: `faults-${kind}` });
      const group = el("div", { className: "bads" }, ...ofKind.map(faultButton));
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", title.id);
      $("faults").append(title, group);
    }
  }
  for (const fault of faults) {
    const button = $(`fault-${fault.name}`);
    const armed = fault.armed.length > 0;
    const times = fault.armed.reduce((sum, order) => sum + (order.times ?? 0), 0);
    button.classList.toggle("armed", armed);
    button.querySelector("small").textContent = armed ? armedWords(fault, times) : "";
    if (fault.kind === "switch") button.setAttribute("aria-pressed", String(armed));
  }
  $("clear").hidden = !faults.some((fault) => fault.armed.length > 0);
}

function armedWords(fault, times) {
  if (fault.kind === "switch") return "on";
  if (fault.armed.some((order) => order.times === null)) return "always";
  return times === 1 ? "next" : `next ${times}`;
}

function faultButton(fault) {
  const button = el(
    "button",
    // Without a word about more: a click takes what is preset, once.
    { type: "button", className: "bad", id: `fault-${fault.name}`, title: fault.about, onclick: () => turn(fault) },
    icon(own.icons[fault.name] ?? "alert"), el("span", { textContent: fault.label }), el("small"),
  );
  // What happens at once and has nothing to choose needs no second button.
  const plain = Object.keys(fault.args).length === 0 && fault.kind === "action";
  if (plain) return button;
  const more = el("button", { type: "button", className: "bad-more", textContent: "…", onclick: () => choose(fault) });
  more.setAttribute("aria-label", `${fault.label}: choose`);
  more.setAttribute("aria-haspopup", "dialog");
  return el("div", { className: "bad-row" }, button, more);
}

/** A labelled field; `kind` is an input's type, or `textarea`. */
function field(label, kind, value = "") {
  const input = kind === "textarea" ? el("textarea", { value }) : el("input", { type: kind });
  if (kind === "checkbox") input.checked = value;
  else input.value = value;
  const row = el("label", { className: kind === "checkbox" ? "field check" : "field" });
  row.append(...(kind === "checkbox" ? [input, label] : [label, input]));
  return { row, input };
}

/** The same knob with its arguments, for as often and as narrowly as wanted. */
function choose(fault) {
  const args = Object.entries(fault.args).map(([name, value]) => {
    const text = typeof value === "string";
    return { name, text, ...field(name, text ? "text" : "number", value ?? "") };
  });
  const on = fault.on ? field("Which calls: a noun, a group, or * for all", "text", fault.on) : null;
  const counted = fault.kind === "answer" || fault.kind === "next";
  const times = counted ? field("How many times; empty: until cleared", "number", 1) : null;
  const mine = field("Only this chat", "checkbox", fault.kind === "action");
  mine.row.hidden = !selected;
  $("fault-title").textContent = fault.label;
  $("fault-about").textContent = fault.about;
  $("fault-form-problem").hidden = true;
  $("fault-form").replaceChildren(...[...args, on, times, mine].filter(Boolean).map((it) => it.row));
  $("fault-form").onsubmit = async (event) => {
    event.preventDefault();
    const order = { fault: fault.name };
    for (const arg of args) {
      if (arg.text) order[arg.name] = arg.input.value;
      else if (arg.input.value !== "") order[arg.name] = Number(arg.input.value);
    }
    if (on) order.on = on.input.value;
    if (times) order.times = times.input.value === "" ? null : Number(times.input.value);
    if (selected && mine.input.checked) order.chat = selected;
    if (await act("/control/faults", order, "fault-form-problem")) $("fault-dialog").close();
  };
  $("fault-dialog").showModal();
}

async function turn(fault) {
  const isOn = $(`fault-${fault.name}`).getAttribute("aria-pressed") === "true";
  if (fault.kind === "switch" && isOn) {
    await call("DELETE", `/control/faults/${fault.name}`).catch(() => {});
    return;
  }
  const chat = fault.kind === "action" && selected ? { chat: selected } : {};
  await act("/control/faults", { fault: fault.name, ...chat }, "fault-problem");
}

$("clear").onclick = () => call("DELETE", "/control/faults").catch(() => {});
$("composer").onsubmit = (event) => {
  event.preventDefault();
  send();
};
$("text").oninput = () => {
  ready();
  own.typed?.();
};
$("text").onkeydown = (event) => {
  // An input method that composes text uses Enter for itself.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
};
$("fault-cancel").onclick = () => $("fault-dialog").close();

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-since]")) {
    if (time.dataset.since) time.textContent = age(Number(time.dataset.since));
  }
}, 1000);
