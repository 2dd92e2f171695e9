// The agents' page of the Kustomer desk: shows what the control interface tells and sends what the agent does. It
// decides nothing. What visitors write enters the page through textContent only.
"use strict";

const ME = "Maya Okafor";
/** A pause between two lines of one author that starts a new group, in milliseconds. */
const GROUP_PAUSE = 180000;
/** How long a snooze from this page lasts, in seconds. */
const SNOOZE_S = 60;
const SAMPLE = [
  "**Yes**, one in green. It comes with:", "", "1. a *rear rack*", "2. `Shimano` brakes", "",
  "See [the page](https://larkspur.example/wren-9) for more.",
].join("\n");

const $ = (id) => document.getElementById(id);
const el = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

let chats = [];
let agents = [ME];
let version = 0;
let selected = null;
let shown = "";
const drafts = new Map();

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

/** Follows the desk for as long as the page lives. */
async function follow() {
  for (;;) {
    try {
      if (version === 0) agents = (await call("GET", "/control/config")).agents.map((agent) => agent.name);
      const news = await call("GET", `/control/chats?since=${version}`);
      if (news.version !== version) {
        const [faults, hooks] = await Promise.all([call("GET", "/control/faults"), call("GET", "/control/webhooks")]);
        showFaults(faults.faults);
        showHooks(hooks);
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
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const lastSaid = (chat) => chat.lines.filter((line) => line.from !== "notice").at(-1);
const age = (ms) => {
  const seconds = Math.max(0, Math.floor((Date.now() - ms) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const current = () => chats.find((chat) => chat.id === selected);

function show() {
  if (!current()) selected = chats.find((chat) => chat.state === "active")?.id ?? null;
  const newestFirst = (one, other) => other.waiting_since_ms - one.waiting_since_ms;
  const of = (state) => chats.filter((chat) => chat.state === state);
  showList("waiting", of("waiting"));
  showList("active", of("active"));
  showList("snoozed", of("snoozed"));
  showList("ended", of("ended").sort(newestFirst).slice(0, 10));
  $("waiting-none").hidden = of("waiting").length > 0;
  $("active-none").hidden = of("active").length > 0;
  $("snoozed-section").hidden = of("snoozed").length === 0;
  $("ended-section").hidden = of("ended").length === 0;
  showTalk();
}

/** Keeps the rows that are there, so that focus stays where it was. */
function showList(id, wanted) {
  const list = $(id);
  $(`${id}-count`).textContent = String(wanted.length);
  const rows = new Map([...list.children].map((row) => [row.dataset.chat, row]));
  wanted.forEach((chat, place) => {
    const row = rows.get(chat.id) ?? newRow(chat, id === "waiting");
    rows.delete(chat.id);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    const said = lastSaid(chat);
    const other = chat.agent && chat.agent !== ME && chat.state === "active" ? `${chat.agent}: ` : "";
    row.querySelector("b").textContent = name(chat);
    row.querySelector("bdi").textContent = other + (said?.text ?? "Nothing written yet");
    const time = row.querySelector("time");
    time.dataset.since = id === "waiting" ? chat.waiting_since_ms : "";
    time.textContent = id === "waiting" ? age(chat.waiting_since_ms) : clock(said?.at_ms ?? chat.waiting_since_ms);
    row.querySelector(".row").setAttribute("aria-current", String(chat.id === selected));
  });
  for (const row of rows.values()) row.remove();
}

function newRow(chat, withAssign) {
  const open = el(
    "button",
    { type: "button", className: "row", onclick: () => select(chat.id) },
    el("span", {}, el("b"), el("time")),
    el("span", { className: "last" }, el("bdi")),
  );
  const row = el("li", {}, open);
  row.dataset.chat = chat.id;
  if (withAssign) {
    const take = () => {
      select(chat.id);
      act(`/control/chats/${chat.id}/assign`, { agent: ME }).then(() => $("text").focus());
    };
    const assign = el("button", { type: "button", className: "button wide", textContent: "Assign to me", onclick: take });
    assign.setAttribute("aria-label", `Assign ${name(chat)} to me`);
    row.append(assign);
  }
  return row;
}

function select(id) {
  if (selected === id) return;
  if (selected) drafts.set(selected, $("text").value);
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
  const states = { waiting: "waiting", active: `with ${chat.agent}`, snoozed: "snoozed", ended: `done, ended by ${chat.ended_by}` };
  $("talk-name").textContent = name(chat);
  $("talk-about").textContent = `Conversation ${chat.id.slice(0, 4)}…${chat.id.slice(-4)}, ${states[chat.state]}` + (chat.native ? ", native chat session" : "");
  $("snooze").disabled = chat.state === "snoozed" || chat.state === "ended";
  $("done").textContent = chat.state === "ended" || chat.state === "snoozed" ? "Reopen" : "Done";
  $("text").setAttribute("aria-label", `Write to ${name(chat)}`);
  const pairs = [["Name", name(chat)], ...chat.visitor.details.map((detail) => [detail.label, detail.value])];
  const line = ([label, value]) => el("div", {}, el("dt", { textContent: label }), el("dd", { textContent: value, dir: "auto" }));
  $("details").replaceChildren(...pairs.map(line));
  showThread(chat);
  ready();
}

/** Draws the thread anew when anything in it changed: a redaction changes old lines too. */
function showThread(chat) {
  const wanted = JSON.stringify([chat.id, chat.lines]);
  if (shown === wanted) return;
  shown = wanted;
  const thread = $("thread");
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40;
  const drawn = [];
  let group = null;
  let day = null;
  for (const line of chat.lines) {
    const date = new Date(line.at_ms).toDateString();
    if (date !== day) {
      const words = date === new Date().toDateString() ? "Today" : new Date(line.at_ms).toLocaleDateString([], { day: "numeric", month: "long" });
      drawn.push(el("div", { className: "day", textContent: words }));
      [day, group] = [date, null];
    }
    if (line.from === "notice") {
      drawn.push(el("div", { className: "note", textContent: line.text }));
      group = null;
      continue;
    }
    const said = el("div", { className: "said" }, bubble(line), ...redactButton(chat, line));
    if (group && group.from === line.from && line.at_ms - group.at < GROUP_PAUSE) {
      group.time.before(said);
    } else {
      const time = el("time");
      drawn.push(el("div", { className: `group ${line.from}` }, said, time));
      group = { from: line.from, time };
    }
    group.at = line.at_ms;
    const marks = [line.from === "note" ? "internal note" : null, line.auto ? "automatic" : null].filter(Boolean);
    group.time.textContent = [clock(line.at_ms), ...marks].join(" · ");
  }
  thread.replaceChildren(...drawn);
  if (atEnd) thread.scrollTop = thread.scrollHeight;
}

function bubble(line) {
  const text = line.redacted ? "Redacted" : line.text;
  const it = el("div", { className: line.redacted ? "bubble redacted" : "bubble", dir: "auto", textContent: text });
  for (const file of line.files) it.append(el("small", { textContent: `File: ${file}` }));
  return it;
}

function redactButton(chat, line) {
  if (line.from !== "agent" || line.redacted) return [];
  const redact = () => act(`/control/chats/${chat.id}/redact`, { message: line.id });
  return [el("button", { type: "button", className: "link", textContent: "Redact", onclick: redact })];
}

/** Does something as the agent; says what went wrong under the thread. */
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

const kind = () => document.querySelector("input[name=kind]:checked").value;

async function send() {
  const chat = current();
  const text = $("text").value.trim();
  if (!chat || text === "") return;
  $("text").value = "";
  ready();
  const as = kind() === "autoresponse" ? {} : { agent: ME };
  if (!(await act(`/control/chats/${chat.id}/${kind()}`, { text, ...as })) && $("text").value === "" && selected === chat.id) {
    $("text").value = text;
    ready();
  }
}

function ready() {
  $("send").disabled = $("text").value.trim() === "";
  const words = { say: "Write an answer", note: "Write a note for colleagues", autoresponse: "Answer automatically" };
  $("text").placeholder = words[kind()];
  $("text").closest(".composer").classList.toggle("aside", kind() === "note");
  if (!CSS.supports("field-sizing", "content")) $("text").rows = Math.min(6, $("text").value.split("\n").length);
}

/** The webhook's state and its log. */
function showHooks({ webhooks, deliveries }) {
  const on = webhooks.some((hook) => hook.enabled);
  const toggle = $("hooks-on");
  toggle.textContent = webhooks.length === 0 ? "No webhook" : on ? "Webhook on" : "Webhook off";
  toggle.disabled = webhooks.length === 0;
  toggle.setAttribute("aria-pressed", String(on));
  toggle.classList.toggle("off", webhooks.length > 0 && !on);
  $("hook-none").hidden = webhooks.length > 0;
  $("hook-url").textContent = webhooks.map((hook) => hook.url).join(", ");
  $("log").replaceChildren(...deliveries.map(deliveryLine));
  $("log").hidden = deliveries.length === 0;
}

function deliveryLine(line) {
  const tries = line.attempts > 1 ? `, try ${line.attempts}` : "";
  const status = line.status ? ` ${line.status}` : line.note && line.state === "failed" ? ` ${line.note}` : "";
  const next = line.next_ms ? `, again ${clock(line.next_ms)}` : "";
  const state = el("span", { textContent: `${line.state}${status}${tries}${next}` });
  if (["given up", "dropped", "lost", "refused"].includes(line.state)) state.className = "bad-news";
  if (["failed", "waiting", "sent"].includes(line.state)) state.className = "waits";
  const what = line.note && !["status", "timeout", "unreachable"].includes(line.note) ? line.note.replaceAll("_", " ") : line.name.replace("kustomer.", "");
  const time = new Date(line.at_ms).toLocaleTimeString([], { hourCycle: "h23" });
  return el("li", {}, el("span", { textContent: `${time} ${what}` }), state);
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
const ICON_OF = {
  html_502: "offline", webhook_unreachable: "offline", webhook_silent: "offline", switch_off_webhook: "offline",
  delay: "clock", half_open: "clock", limit_429: "clock", delayed_delivery: "clock", webhook_timeout: "clock",
  hurried_retries: "clock", org_busy: "clock", org_limit: "clock", object_limit: "clock", retry_after: "clock",
  drop_response: "cut", drop_request: "cut", cut_short: "cut", lost_delivery: "cut", truncated_preview: "cut",
  duplicate_delivery: "twice", twice_always: "twice", duplicates: "twice", replay_event: "twice",
  swapped_delivery: "move", scatter: "move", newest_first: "move", wrong_pod: "move",
  forget_conversation: "leave", key_expired: "leave", missing_role: "leave", links_expired: "leave",
  body_in_meta: "chat", failed_reply: "chat", needs_session: "chat",
};
const HEADINGS = { answer: "To the next request", action: "At once", next: "To the next event", switch: "Until switched off" };

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
    for (const [kind, heading] of Object.entries(HEADINGS)) {
      const title = el("h3", { textContent: heading, id: `faults-${kind}` });
      const ofKind = faults.filter((fault) => fault.kind === kind);
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
  return el(
    "button",
    { type: "button", className: "bad", id: `fault-${fault.name}`, title: fault.about, onclick: () => turn(fault) },
    icon(ICON_OF[fault.name] ?? "alert"), el("span", { textContent: fault.label }), el("small"),
  );
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

const deed = (name, body = {}) => selected && act(`/control/chats/${selected}/${name}`, body);

$("hooks-on").onclick = () => act("/control/webhooks/switch", { on: $("hooks-on").getAttribute("aria-pressed") !== "true" });
$("clear").onclick = () => call("DELETE", "/control/faults").catch(() => {});
$("snooze").onclick = () => deed("snooze", { seconds: SNOOZE_S });
$("done").onclick = () => deed($("done").textContent === "Done" ? "done" : "reopen");
$("file").onclick = () => deed("say", { text: "", agent: ME, file: { name: "gear-chart.txt", content_type: "text/plain", text: "Front 44, rear 11 to 34\n" } });
$("markdown").onclick = () => {
  $("text").value = SAMPLE;
  ready();
  $("text").focus();
};
$("composer").onsubmit = (event) => {
  event.preventDefault();
  send();
};
$("composer").onchange = ready;
$("text").oninput = ready;
$("text").onkeydown = (event) => {
  // An input method that composes text uses Enter for itself.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
};
$("assign").onclick = () => {
  const chat = current();
  if (!chat) return;
  const choice = (label, name, body) =>
    el("button", {
      type: "button", className: "button quiet wide", textContent: label,
      onclick: () => {
        $("assign-dialog").close();
        deed(name, body);
      },
    });
  const others = agents.filter((agent) => agent !== chat.agent).map((agent) => choice(agent, "assign", { agent }));
  $("assign-choices").replaceChildren(...others, ...(chat.agent ? [choice("Nobody", "unassign", {})] : []));
  $("assign-dialog").showModal();
};
$("assign-cancel").onclick = () => $("assign-dialog").close();

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-since]")) {
    if (time.dataset.since) time.textContent = age(Number(time.dataset.since));
  }
}, 1000);
follow();
