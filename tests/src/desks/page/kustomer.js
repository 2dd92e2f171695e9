// Kustomer's own part of the agents' page: assign, snooze, done; notes, Markdown and automatic answers; the webhook.
"use strict";

/** How long a snooze from this page lasts, in seconds. */
const SNOOZE_S = 60;
const SAMPLE = [
  "**Yes**, one in green. It comes with:", "", "1. a *rear rack*", "2. `Shimano` brakes", "",
  "See [the page](https://larkspur.example/wren-9) for more.",
].join("\n");
const WRITING = { say: "Write an answer", note: "Write a note for colleagues", autoresponse: "Answer automatically" };

/** Why an attempt has failed; any other note is what mischief the delivery is. */
const FAILURES = ["status", "timeout", "unreachable"];
/** The first attempt, and seven more. */
const TRIES = 8;

let agents = [ME];

const ICONS_OF_FAULTS = {
  html_502: "offline", webhook_unreachable: "offline", webhook_silent: "offline", switch_off_webhook: "offline",
  delay: "clock", half_open: "clock", limit_429: "clock", delayed_delivery: "clock", webhook_timeout: "clock",
  hurried_retries: "clock", org_busy: "clock", org_limit: "clock", object_limit: "clock", retry_after: "clock",
  drop_response: "cut", drop_request: "cut", cut_short: "cut", lost_delivery: "cut", truncated_preview: "cut",
  duplicate_delivery: "twice", twice_always: "twice", duplicates: "twice", replay_event: "twice",
  swapped_delivery: "move", scatter: "move", newest_first: "move", wrong_pod: "move",
  forget_conversation: "leave", key_expired: "leave", missing_role: "leave", links_expired: "leave",
  body_in_meta: "chat", failed_reply: "chat", needs_session: "chat",
};

const kind = () => document.querySelector("input[name=kind]:checked").value;
const isOver = (chat) => chat.state === "ended" || chat.state === "snoozed";

function about(chat) {
  const states = { waiting: "waiting", active: `with ${chat.agent}`, snoozed: "snoozed", ended: `done, ended by ${chat.ended_by}` };
  return `Conversation ${short(chat.id)}, ${states[chat.state]}` + (chat.native ? ", native chat session" : "");
}

function talk(chat) {
  $("snooze").disabled = isOver(chat);
  $("done").textContent = isOver(chat) ? "Reopen" : "Done";
}

function redact(chat, line) {
  if (line.from !== "agent" || line.redacted) return [];
  const onclick = () => act(`/control/chats/${chat.id}/redact`, { message: line.id });
  return [el("button", { type: "button", className: "link", textContent: "Redact", onclick })];
}

function writing() {
  $("text").placeholder = WRITING[kind()];
  $("composer").classList.toggle("aside", kind() === "note");
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

/** Name and fate in one line; what went wrong, and when it is tried again, in a second. */
function deliveryLine(line) {
  const what = line.note && !FAILURES.includes(line.note) ? line.note.replaceAll("_", " ") : line.name.replace("kustomer.", "");
  const time = (ms) => new Date(ms).toLocaleTimeString([], { hourCycle: "h23" });
  const state = el("b", { textContent: line.status ? `${line.state} ${line.status}` : line.state });
  if (["given up", "dropped", "lost", "refused"].includes(line.state)) state.className = "bad-news";
  if (["failed", "waiting", "sent"].includes(line.state)) state.className = "waits";
  const row = el("li", {}, el("span", { textContent: `${time(line.at_ms)} ${what}` }), state);
  const more = [
    line.attempts > 1 || line.state === "failed" ? `try ${line.attempts} of ${TRIES}` : null,
    FAILURES.includes(line.note) && line.note !== "status" ? line.note : null,
    line.next_ms ? `again at ${time(line.next_ms)}` : null,
  ].filter(Boolean);
  if (more.length > 0) row.append(el("small", { textContent: more.join(", ") }));
  return row;
}

$("hooks-on").onclick = () => act("/control/webhooks/switch", { on: $("hooks-on").getAttribute("aria-pressed") !== "true" });
$("snooze").onclick = () => deed("snooze", { seconds: SNOOZE_S });
$("done").onclick = () => current() && deed(isOver(current()) ? "reopen" : "done");
$("file").onclick = () => deed("say", { text: "", agent: ME, file: { name: "gear-chart.txt", content_type: "text/plain", text: "Front 44, rear 11 to 34\n" } });
$("markdown").onclick = () => {
  $("text").value = SAMPLE;
  ready();
  $("text").focus();
};
$("kinds").onchange = writing;
$("assign").onclick = () => {
  const chat = current();
  if (!chat) return;
  const others = agents.filter((agent) => agent !== chat.agent).map((agent) => [agent, () => deed("assign", { agent })]);
  ask("assign", chat.agent ? [...others, ["Nobody", () => deed("unassign")]] : others);
};
$("assign-cancel").onclick = () => $("assign-dialog").close();

start({
  take: { label: "Assign to me", name: (visitor) => `Assign ${visitor} to me`, deed: "assign" },
  headings: { answer: "To the next request", action: "At once", next: "To the next event", switch: "Until switched off" },
  icons: ICONS_OF_FAULTS,
  news: async () => {
    showHooks(await call("GET", "/control/webhooks"));
    agents = (await call("GET", "/control/config")).agents.map((agent) => agent.name);
  },
  about, talk, beside: redact,
  marks: (line) => [line.from === "note" ? "internal note" : null, line.auto ? "automatic" : null].filter(Boolean),
  say: (chat, text) => act(`/control/chats/${chat.id}/${kind()}`, kind() === "autoresponse" ? { text } : { text, agent: ME }),
});
