// Live Agent's own part of the agents' page: queue, typing, transfer, conference, limits.
"use strict";

const COLLEAGUES = ["Tomás Vidal", "Maha Farouk"];
/** How long an agent who stops writing still counts as typing, in milliseconds. */
const TYPING_LASTS = 5000;

let typing = { chat: null, timer: 0 };

const ICONS_OF_FAULTS = {
  gateway_503: "offline", delay: "clock", half_open: "clock", idle_timeout: "clock", poll_timeout_string: "clock",
  drop_response: "cut", drop_request: "cut", cut_short: "cut", cut_poll: "cut", conflict_closes: "cut",
  repeat_last: "twice", agent_drops_out: "leave", agents_gone: "leave", expire_session: "leave", retired: "leave",
  hand_over: "move", switch_server: "move", switch_server_message: "move", no_reset_field: "move",
  restart_sequence: "move", typing_swapped: "chat", unknown_message: "chat", early_messages: "chat",
  burst_loss: "chat", last_words: "chat", end_once: "chat", late_established: "chat", sneak_peek: "chat",
  footer_menu: "chat", transfer_as: "move", resumed_after_transfer: "move", idle_spelling: "clock",
  no_idle_member: "clock",
};

function about(chat) {
  const minutes = Math.floor((Date.now() - chat.waiting_since_ms) / 60000);
  const lasts = minutes < 1 ? "just now" : minutes === 1 ? "1 minute" : `${minutes} minutes`;
  return (
    `Chat ${short(chat.id)}, ${chat.state === "ended" ? `ended by ${chat.ended_by}` : lasts}` +
    (chat.state === "active" && (chat.agent !== ME || chat.conference.length > 0) ? `, with ${[chat.agent, ...chat.conference].join(" and ")}` : "") +
    (chat.file_asked ? ", waiting for a file" : "") + (chat.visitor_typing ? ", visitor is typing" : "")
  );
}

function talk(chat) {
  const active = chat.state === "active";
  $("transfer").disabled = !active;
  $("more").disabled = chat.state === "ended";
  $("peek").hidden = !chat.peek;
  $("peek").firstElementChild.textContent = chat.peek ?? "";
  showSpeakers(chat, active);
  $("end").disabled = chat.state === "ended";
  $("composer").hidden = !active;
  $("closed").hidden = active;
  $("closed").textContent = chat.state === "ended" ? "This chat has ended." : "Accept this chat to answer.";
  $("typing").hidden = !chat.visitor_typing;
  $("typing").firstElementChild.setAttribute("aria-label", `${name(chat)} is typing`);
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

function details(chat) {
  const pairs = [];
  if (chat.visitor.language) pairs.push(["Language", chat.visitor.language]);
  if (chat.visitor.user_agent) pairs.push(["Browser", chat.visitor.user_agent]);
  return pairs;
}

function say(chat, text) {
  clearTimeout(typing.timer);
  // The desk ends the typing itself when the text is out.
  typing = { chat: null, timer: 0 };
  const speaker = $("speaks").value;
  const said = chat.conference.length > 0 && speaker !== chat.agent ? { text, agent: speaker } : { text };
  return act(`/control/chats/${chat.id}/say`, said);
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

$("available").onclick = () =>
  act("/control/availability", { available: $("available").getAttribute("aria-pressed") !== "true" });
$("end").onclick = () => deed("end");
$("transfer").onclick = () => {
  const chat = current();
  if (!chat) return;
  const hand = (body) => () => {
    stopTyping();
    act(`/control/chats/${chat.id}/transfer`, body);
  };
  const agents = [ME, ...COLLEAGUES].filter((agent) => agent !== chat.agent);
  ask("transfer", [...agents.map((agent) => [agent, hand({ agent })]), ["Back into the queue", hand({})]]);
};
$("transfer-cancel").onclick = () => $("transfer-dialog").close();
$("more").onclick = showMore;
$("more-close").onclick = () => $("more-dialog").close();

showLimits().catch(() => {});
start({
  take: { label: "Accept", name: (visitor) => `Accept ${visitor}`, deed: "accept" },
  headings: { answer: "To the next request", action: "At once, in this chat", next: "Next time", switch: "Until switched off" },
  icons: ICONS_OF_FAULTS,
  news: ({ available }) => {
    $("available").textContent = available ? "Available" : "Not available";
    $("available").setAttribute("aria-pressed", String(available));
  },
  about, talk, details, say, typed: startTyping, leave: stopTyping,
});
