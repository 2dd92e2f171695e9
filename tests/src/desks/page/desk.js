// The agents' page: shows what the control interface tells and sends what the agent does. It decides nothing.
// What visitors write enters the page through textContent only.
"use strict";

const ME = "Maya Okafor";
const COLLEAGUES = ["Tomás Vidal", "Maha Farouk"];
/** How long an agent who stops writing still counts as typing, in milliseconds. */
const TYPING_LASTS = 5000;
/** A pause between two lines of one author that starts a new group, in milliseconds. */
const GROUP_PAUSE = 180000;

const $ = (id) => document.getElementById(id);
const el = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

let chats = [];
let version = 0;
let selected = null;
/** What the thread shows now: whose lines, and how many. */
let shown = { id: null, lines: 0, day: null, group: null };
/** The chat just accepted: once its composer is there, it takes the focus. */
let accepted = null;
let typing = { chat: null, timer: 0 };
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
      const news = await call("GET", `/control/chats?since=${version}`);
      const [faults] = news.version === version ? [] : await Promise.all([call("GET", "/control/faults")]);
      version = news.version;
      chats = news.chats;
      $("offline").hidden = true;
      if (faults) showFaults(faults.faults);
      show(news.available);
    } catch {
      // A desk that was started anew counts from 1 again.
      version = 0;
      $("offline").textContent = "The desk does not answer. Trying again.";
      $("offline").hidden = false;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

const name = (chat) => chat.visitor.name || `Visitor ${chat.id.slice(0, 4).toUpperCase()}`;
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const lastSaid = (chat) => chat.lines.filter((line) => line.from !== "notice").at(-1);
const age = (ms) => {
  const seconds = Math.max(0, Math.floor((Date.now() - ms) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const current = () => chats.find((chat) => chat.id === selected);

function show(available) {
  $("available").textContent = available ? "Available" : "Not available";
  $("available").setAttribute("aria-pressed", String(available));
  if (!current()) selected = chats.find((chat) => chat.state === "active")?.id ?? null;
  const newestFirst = (one, other) => other.waiting_since_ms - one.waiting_since_ms;
  showList("waiting", chats.filter((chat) => chat.state === "waiting"));
  showList("mine", chats.filter((chat) => chat.state === "active"));
  showList("ended", chats.filter((chat) => chat.state === "ended").sort(newestFirst).slice(0, 10));
  $("waiting-none").hidden = chats.some((chat) => chat.state === "waiting");
  $("mine-none").hidden = chats.some((chat) => chat.state === "active");
  $("ended-section").hidden = !chats.some((chat) => chat.state === "ended");
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
    const button = row.querySelector(".row");
    const said = lastSaid(chat);
    const other = chat.agent && chat.agent !== ME && chat.state === "active" ? `${chat.agent}: ` : "";
    row.querySelector("b").textContent = name(chat);
    row.querySelector("bdi").textContent = other + (said?.text ?? chat.visitor.details.at(-1)?.value ?? "Nothing written yet");
    const time = row.querySelector("time");
    time.dataset.since = id === "waiting" ? chat.waiting_since_ms : "";
    time.textContent = id === "waiting" ? age(chat.waiting_since_ms) : clock(said?.at_ms ?? chat.waiting_since_ms);
    button.setAttribute("aria-current", String(chat.id === selected));
  });
  for (const row of rows.values()) row.remove();
}

function newRow(chat, withAccept) {
  const open = el(
    "button",
    { type: "button", className: "row", onclick: () => select(chat.id) },
    el("span", {}, el("b"), el("time")),
    el("span", { className: "last" }, el("bdi")),
  );
  const row = el("li", {}, open);
  row.dataset.chat = chat.id;
  if (withAccept) {
    const accept = el("button", { type: "button", className: "button wide", textContent: "Accept", onclick: () => take(chat.id) });
    accept.setAttribute("aria-label", `Accept ${name(chat)}`);
    row.append(accept);
  }
  return row;
}

async function take(id) {
  select(id);
  accepted = id;
  await act(`/control/chats/${id}/accept`, { agent: ME });
}

function select(id) {
  if (selected === id) return;
  const before = current();
  if (before) drafts.set(before.id, $("text").value);
  stopTyping();
  selected = id;
  $("text").value = drafts.get(id) ?? "";
  grow();
  $("problem").hidden = true;
  show($("available").getAttribute("aria-pressed") === "true");
}

function showTalk() {
  const chat = current();
  $("talk").hidden = !chat;
  $("empty").hidden = Boolean(chat);
  $("visitor").hidden = !chat;
  if (!chat) return;
  const active = chat.state === "active";
  const minutes = Math.floor((Date.now() - chat.waiting_since_ms) / 60000);
  const lasts = minutes < 1 ? "just now" : minutes === 1 ? "1 minute" : `${minutes} minutes`;
  $("talk-name").textContent = name(chat);
  $("talk-about").textContent =
    `Chat ${chat.id.slice(0, 4)}…${chat.id.slice(-4)}, ${chat.state === "ended" ? `ended by ${chat.ended_by}` : lasts}` +
    (active && (chat.agent !== ME || chat.conference.length > 0) ? `, with ${[chat.agent, ...chat.conference].join(" and ")}` : "") +
    (chat.file_asked ? ", waiting for a file" : "") + (chat.visitor_typing ? ", visitor is typing" : "");
  $("transfer").disabled = !active;
  $("more").disabled = chat.state === "ended";
  $("peek").hidden = !chat.peek;
  $("peek").firstElementChild.textContent = chat.peek ?? "";
  showSpeakers(chat, active);
  $("end").disabled = chat.state === "ended";
  $("composer").hidden = !active;
  $("closed").hidden = active;
  $("closed").textContent = chat.state === "ended" ? "This chat has ended." : "Accept this chat to answer.";
  $("text").setAttribute("aria-label", `Answer ${name(chat)}`);
  $("typing").hidden = !chat.visitor_typing;
  $("typing").firstElementChild.setAttribute("aria-label", `${name(chat)} is typing`);
  showDetails(chat);
  showThread(chat);
  ready();
  if (active && accepted === chat.id) {
    accepted = null;
    $("text").focus();
  }
}

/** Who may speak: one agent, unless there is a conference. */
function showSpeakers(chat, active) {
  const speakers = active ? [chat.agent, ...chat.conference] : [];
  $("speaker").hidden = speakers.length < 2;
  const wanted = speakers.join("\n");
  if ($("speaks").dataset.shown === wanted) return;
  $("speaks").dataset.shown = wanted;
  $("speaks").replaceChildren(...speakers.map((name) => el("option", { textContent: name, value: name })));
}

function showDetails(chat) {
  const pairs = [["Name", name(chat)], ...chat.visitor.details.map((detail) => [detail.label, detail.value])];
  if (chat.visitor.language) pairs.push(["Language", chat.visitor.language]);
  if (chat.visitor.user_agent) pairs.push(["Browser", chat.visitor.user_agent]);
  const wanted = JSON.stringify(pairs);
  if ($("details").dataset.shown === wanted) return;
  $("details").dataset.shown = wanted;
  const line = ([label, value]) => el("div", {}, el("dt", { textContent: label }), el("dd", { textContent: value, dir: "auto" }));
  $("details").replaceChildren(...pairs.map(line));
}

/** Only adds: a log that is built anew would be read out anew. */
function showThread(chat) {
  const thread = $("thread");
  if (shown.id !== chat.id || chat.lines.length < shown.lines) {
    thread.replaceChildren();
    shown = { id: chat.id, lines: 0, day: null, group: null };
  }
  const fresh = chat.lines.slice(shown.lines);
  if (fresh.length === 0) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  for (const line of fresh) addLine(thread, line);
  shown.lines = chat.lines.length;
  if (atEnd || fresh.length === chat.lines.length) thread.scrollTop = thread.scrollHeight;
}

function addLine(thread, line) {
  const day = new Date(line.at_ms).toDateString();
  if (day !== shown.day) {
    const today = day === new Date().toDateString();
    const words = today ? "Today" : new Date(line.at_ms).toLocaleDateString([], { day: "numeric", month: "long" });
    thread.append(el("div", { className: "day", textContent: words }));
    [shown.day, shown.group] = [day, null];
  }
  if (line.from === "notice") {
    thread.append(el("div", { className: "note", textContent: line.text }));
    shown.group = null;
    return;
  }
  const group = shown.group;
  const bubble = el("div", { className: "bubble", dir: "auto", textContent: line.text });
  if (group && group.from === line.from && line.at_ms - group.at < GROUP_PAUSE) {
    group.time.before(bubble);
  } else {
    const time = el("time");
    thread.append(el("div", { className: `group ${line.from}` }, bubble, time));
    shown.group = { from: line.from, time };
  }
  shown.group.at = line.at_ms;
  shown.group.time.textContent = clock(line.at_ms);
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

async function send() {
  const chat = current();
  const text = $("text").value.trim();
  if (!chat || chat.state !== "active" || text === "") return;
  clearTimeout(typing.timer);
  // The desk ends the typing itself when the text is out.
  typing = { chat: null, timer: 0 };
  $("text").value = "";
  grow();
  const speaker = $("speaks").value;
  const said = chat.conference.length > 0 && speaker !== chat.agent ? { text, agent: speaker } : { text };
  if (!(await act(`/control/chats/${chat.id}/say`, said)) && $("text").value === "" && selected === chat.id) {
    $("text").value = text;
    grow();
  }
}

function startTyping() {
  const chat = current();
  if (!chat || chat.state !== "active") return;
  if ($("text").value.trim() === "") return stopTyping();
  clearTimeout(typing.timer);
  if (typing.chat !== chat.id) act(`/control/chats/${chat.id}/typing`, { on: true });
  typing = { chat: chat.id, timer: setTimeout(stopTyping, TYPING_LASTS) };
}

function stopTyping() {
  clearTimeout(typing.timer);
  if (typing.chat) act(`/control/chats/${typing.chat}/typing`, { on: false });
  typing = { chat: null, timer: 0 };
}

function ready() {
  $("send").disabled = $("text").value.trim() === "";
}

/** For browsers that do not size the field by its content. */
function grow() {
  const text = $("text");
  ready();
  if (CSS.supports("field-sizing", "content")) return;
  text.rows = Math.min(6, text.value.split("\n").length);
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
  gateway_503: "offline", delay: "clock", half_open: "clock", idle_timeout: "clock", poll_timeout_string: "clock",
  drop_response: "cut", drop_request: "cut", cut_short: "cut", cut_poll: "cut", conflict_closes: "cut",
  repeat_last: "twice", agent_drops_out: "leave", agents_gone: "leave", expire_session: "leave", retired: "leave",
  hand_over: "move", switch_server: "move", switch_server_message: "move", no_reset_field: "move",
  restart_sequence: "move", typing_swapped: "chat", unknown_message: "chat", early_messages: "chat",
  burst_loss: "chat", last_words: "chat", end_once: "chat", late_established: "chat", sneak_peek: "chat",
  footer_menu: "chat", transfer_as: "move", resumed_after_transfer: "move", idle_spelling: "clock",
  no_idle_member: "clock",
};
const HEADINGS = { answer: "To the next request", action: "At once, in this chat", next: "Next time", switch: "Until switched off" };

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
    icon(ICON_OF[fault.name] ?? "alert"), el("span", { textContent: fault.label }), el("small"),
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

const LIMITS = {
  poll_hold_ms: "A poll is held for, in ms", connection_timeout_ms: "A chat lives without polls, in ms",
  unused_timeout_ms: "A session lives without a chat, in ms", client_poll_timeout_s: "Poll timeout told, in s",
  wait_per_place_s: "Wait per place, in s; -1: unknown",
};

async function showLimits() {
  const config = await call("GET", "/control/config");
  const rows = Object.entries(LIMITS).map(([name, label]) => {
    const { row, input } = field(label, "number", config[name] ?? -1);
    input.onchange = () => act("/control/limits", { name, value: Number(input.value) }, "limit-problem");
    return row;
  });
  $("limits").replaceChildren(...rows);
}

/** Everything else that an agent can do, built for the chat as it is now. */
function showMore() {
  const chat = current();
  if (!chat) return;
  const path = (deed) => `/control/chats/${chat.id}/${deed}`;
  const done = async (deed, body) => {
    if (await act(path(deed), body, "more-problem")) $("more-dialog").close();
  };
  const once = (label, deed, body) =>
    el("button", { type: "button", className: "button quiet wide", textContent: label, onclick: () => done(deed, body) });
  const form = (label, verb, deed, fields, body) => {
    const rows = fields.map((it) => it.row);
    const send = el("button", { type: "submit", className: "button wide", textContent: verb });
    const fold = el("form", { className: "fields" }, ...rows, send);
    fold.onsubmit = (event) => {
      event.preventDefault();
      try {
        done(deed, body());
      } catch (error) {
        $("more-problem").textContent = `Not done: ${error.message}.`;
        $("more-problem").hidden = false;
      }
    };
    return el("details", {}, el("summary", { textContent: label }), fold);
  };
  const choices = [];
  if (chat.state === "active") {
    const here = [chat.agent, ...chat.conference];
    for (const agent of [ME, ...COLLEAGUES].filter((name) => !here.includes(name))) {
      choices.push(once(`Let ${agent} join`, "join", { agent }));
    }
    for (const agent of chat.conference) choices.push(once(`Let ${agent} leave`, "leave", { agent }));
    choices.push(chat.file_asked ? once("Take the request for a file back", "withdraw-file", {}) : once("Ask for a file", "ask-file", {}));
    const header = field("Heading; empty: buttons", "text", "Shall I keep it for you?");
    const items = field("Choices, one per line", "textarea", "Yes, please\nNo, thanks");
    choices.push(form("Offer choices", "Offer", "offer", [header, items], () => ({
      items: items.input.value.split("\n").map((item) => item.trim()).filter(Boolean),
      ...(header.input.value ? { header: header.input.value } : {}),
    })));
    const type = field("Type", "text", "coupon");
    const data = field("Data", "text", "10 %");
    choices.push(form("Send a custom event", "Send", "event", [type, data], () => ({ type: type.input.value, data: data.input.value })));
  }
  if (chat.state === "waiting") {
    const position = field("Place, from 0", "number", 3);
    const wait = field("Wait in s; empty: not told", "number", 180);
    choices.push(form("Tell a place in the queue", "Tell", "queue", [position, wait], () => ({
      position: Number(position.input.value),
      ...(wait.input.value === "" ? {} : { wait_s: Number(wait.input.value) }),
    })));
  }
  const reason = field("Reason", "text", "clientIdleTimeout");
  choices.push(form("End for another reason", "End", "end", [reason], () => ({ reason: reason.input.value })));
  const kind = field("Type", "text", "AgentJoinedConference");
  const message = field("Message, as JSON", "textarea", '{ "name": "Kim" }');
  choices.push(form("Deliver any message", "Deliver", "deliver", [kind, message], () => ({ type: kind.input.value, message: JSON.parse(message.input.value) })));
  $("more-problem").hidden = true;
  $("more-choices").replaceChildren(...choices);
  $("more-dialog").showModal();
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

$("available").onclick = () =>
  act("/control/availability", { available: $("available").getAttribute("aria-pressed") !== "true" });
$("clear").onclick = () => call("DELETE", "/control/faults").catch(() => {});
$("end").onclick = () => selected && act(`/control/chats/${selected}/end`, {});
$("composer").onsubmit = (event) => {
  event.preventDefault();
  send();
};
$("text").oninput = () => {
  grow();
  startTyping();
};
$("text").onkeydown = (event) => {
  // An input method that composes text uses Enter for itself.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
};
$("transfer").onclick = () => {
  const chat = current();
  if (!chat) return;
  const choice = (label, body) =>
    el("button", {
      type: "button", className: "button quiet wide", textContent: label,
      onclick: () => {
        $("transfer-dialog").close();
        stopTyping();
        act(`/control/chats/${chat.id}/transfer`, body);
      },
    });
  const agents = [ME, ...COLLEAGUES].filter((agent) => agent !== chat.agent);
  $("transfer-choices").replaceChildren(...agents.map((agent) => choice(agent, { agent })), choice("Back into the queue", {}));
  $("transfer-dialog").showModal();
};
$("transfer-cancel").onclick = () => $("transfer-dialog").close();
$("more").onclick = showMore;
$("more-close").onclick = () => $("more-dialog").close();
$("fault-cancel").onclick = () => $("fault-dialog").close();

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-since]")) {
    if (time.dataset.since) time.textContent = age(Number(time.dataset.since));
  }
}, 1000);
showLimits().catch(() => {});
follow();
