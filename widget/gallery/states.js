// Every state of the panel, as one story of one visitor in one shop (look.md, "Real names, times that run forward").
// A state is what the edge has told the widget, what it says beside, and what the visitor then pressed.
// Classic script: the gallery's page lists them, and each frame plays one (edge.js).
const STATES = (() => {
  const maya = { key: 6, name: "Maya Okafor" };
  const tomas = { key: 7, name: "Tomás Vidal" };
  const text = (text) => ({ text });
  const p = (...spans) => ({ paragraph: spans.map((it) => (typeof it === "string" ? text(it) : it)) });

  // What happened, with the time of day at which it did.
  const says = (at, words) => [at, { visitor: { text: words } }];
  const agent = (at, who, ...body) => [
    at,
    { agent: { agent: who, body: body.map((it) => (typeof it === "string" ? p(it) : it)) } },
  ];
  const joined = (at, who) => [at, { joined: { agent: who } }];
  const delivered = (at, back = 1) => [at, { delivered: { back } }];

  const asked = [
    says("09:41", "Hi again, I would like to book it in"),
    says("09:41", "It’s a Tern HSD and the brakes squeal"),
  ];
  const service = agent(
    "09:43",
    maya,
    p("For squealing brakes we"),
    {
      list: {
        ordered: false,
        items: [
          [text("clean the "), { strong: [text("rotors and pads")] }],
          [text("check the pads for glaze")],
          [text("true any rotor that rubs")],
        ],
      },
    },
    p("It is ", { strong: [text("£35")] }, " and takes about an hour. ", {
      link: { href: "https://larkspur.example/brakes", text: "What the brake service covers" },
    }),
  );
  const answered = [
    ...asked,
    joined("09:42", maya),
    delivered("09:42", 2),
    delivered("09:42", 1),
    agent("09:43", maya, "Good to hear from you, Ines."),
    service,
    says("09:44", "Perfect. Is Saturday at 10:30 free?"),
    delivered("09:44"),
  ];
  const booked = [
    joined("09:42", maya),
    says("09:44", "Perfect. Is Saturday at 10:30 free?"),
    delivered("09:44"),
    agent("09:45", maya, "It is, and I have put your name on it."),
    agent("09:45", maya, "Anything else while it is on the stand?"),
  ];
  const over = [
    joined("10:18", maya),
    agent("10:20", maya, "See you on Saturday, Ines."),
    ["10:21", { ended: { by: "visitor" } }],
  ];
  const light = [says("09:46", "Could you look at the rear light too?"), delivered("09:46")];

  const prechat = {
    privacy_url: "https://larkspur.example/privacy",
    fields: [
      { key: "name", kind: "text", label: "Your name", required: true, max_chars: 80 },
      { key: "email", kind: "email", label: "E-mail", required: true, max_chars: 80 },
      { key: "about", kind: "choice", label: "What is it about?", required: true, max_chars: 80,
        choices: ["An order", "A repair", "A new bike"] },
      { key: "order", kind: "text", label: "Order number", required: false, max_chars: 20 },
      { key: "kept", kind: "consent", label: "Larkspur may keep this chat for 30 days.", required: true, max_chars: 3 },
    ],
  };

  // Monday to Friday from nine to six, Saturday from ten to four, in London: Thursday 5 March and the six days after.
  const hour = 3_600_000;
  const on = (day, from, to) => [Date.UTC(2026, 2, day) + from * hour, Date.UTC(2026, 2, day) + to * hour];
  const shop = {
    time_zone: "Europe/London",
    spans: [on(5, 9, 18), on(6, 9, 18), on(7, 10, 16), on(9, 9, 18), on(10, 9, 18), on(11, 9, 18)],
  };
  const closed = {
    open: false,
    leave_message: true,
    hours: { time_zone: "Europe/London", spans: shop.spans.slice(1).concat([on(12, 9, 18)]) },
  };
  const day = (month, of, hours = 10) => Date.UTC(2026, month - 1, of) + hours * hour;
  const earlier = [
    { id: "1".repeat(64), at: day(3, 4), agent: maya, text: "Yes, any make. A full service is £85 and takes about two days." },
    { id: "2".repeat(64), at: day(2, 26), agent: tomas, text: "The refund is on its way to your card and should be there on Monday." },
    { id: "3".repeat(64), at: day(2, 19), text: "Do you ship frames to Portugal?" },
  ];

  return {
    consent: {
      name: "Consent, before anything is kept",
      resource: { consent: { privacy_url: "https://larkspur.example/privacy" } },
      seen: ".points",
    },
    greeting: { name: "Greeting", resource: { reply_minutes: 2, hours: shop }, seen: ".hello p" },
    again: {
      name: "Greeting, earlier conversation",
      resource: { reply_minutes: 2, hours: shop },
      kept: { visitor: "v" },
      earlier,
      seen: ".past",
    },
    prechat: { name: "Pre-chat form", resource: { prechat, reply_minutes: 2 }, seen: ".form" },
    wrong: {
      name: "Pre-chat form, one error",
      resource: { prechat },
      type: [["#f-name", "Ines Keller"], ["#f-email", "ines.keller@example"]],
      press: ["input[value='A repair']", "[type=checkbox]", "[type=submit]"],
      seen: ".err span",
    },
    queue: { name: "Queued", log: [...asked, ["09:41", { queued: { place: 2, wait_s: 170 } }]] },
    busy: { name: "Queued, no figures", log: [...asked, ["09:41", { queued: {} }]] },
    live: { name: "Live, agent typing", log: answered, then: [{ typing: { on: true } }] },
    choices: {
      name: "Quick replies, masked text, unread line",
      read: 6,
      log: [
        joined("09:42", maya),
        agent("09:45", maya, "Saturday at 10:30 is yours."),
        agent("09:45", maya, "A deposit of £10 holds the slot."),
        says("09:46", "Take it from •••• •••• •••• 4242"),
        ["09:46", { hidden: { back: 1 } }],
        delivered("09:46"),
        agent("09:47", maya, "Thanks. Cards are not safe in a chat, so I am sending you a payment link by e-mail."),
        agent("09:47", maya, "How should we remind you on Friday?", {
          choices: ["Text message", "E-mail", "No reminder"],
        }),
      ],
    },
    failed: {
      name: "Message failed",
      log: [
        ...booked,
        ...light,
        says("09:46", "And fit a kickstand if you have one in stock"),
        ["09:47", { failed: { back: 1, reason: "desk_unreachable" } }],
      ],
    },
    offline: {
      name: "Connection lost",
      log: booked,
      unsent: [["09:46", "Could you look at the rear light too?"], ["09:46", "It flickers on cobbles"]],
      draft: "I am on a tr",
      cut: true,
    },
    unreached: { name: "Cannot be reached", unsent: [["09:41", "Is anybody there?"]], refuse: true },
    transfer: {
      name: "Transfer",
      log: [
        joined("09:42", maya),
        says("09:47", "Would a new rotor fit my old hub?"),
        delivered("09:47"),
        agent("09:48", maya, "Tomás in the workshop will know."),
        ["09:48", { transferring: { to: "Tomás Vidal" } }],
        joined("09:49", tomas),
        agent("09:50", tomas, "Hello Ines, I have read along."),
        agent("09:50", tomas, "A 180 mm six-bolt rotor will fit. Is there a number stamped on the hub?"),
      ],
    },
    idle: {
      name: "Idle countdown",
      log: [
        joined("09:42", maya),
        agent("09:45", maya, "It is, and I have put your name on it."),
        ...light,
        agent("09:47", maya, "Of course. It may need a new bracket, £6."),
        agent("09:47", maya, "Shall I order one?"),
      ],
      then: [{ idle: { ends_in_s: 120 } }, { idle: { ends_in_s: 84 } }],
    },
    nobody: {
      name: "Nobody there, message kept",
      log: [
        ...asked,
        ["09:41", { unavailable: { text: "We open on Monday at 09:00.", leave_message: true } }],
      ],
    },
    rich: {
      name: "Automatic, withdrawn, code",
      log: [
        ...asked,
        ["09:41", { agent: { agent: maya, auto: true, body: [p("Thanks for writing. We answer in the order of arrival.")] } }],
        joined("09:42", maya),
        agent("09:43", maya, "A wrong price, sorry"),
        agent("09:43", maya, p("Press ", { code: "SET" }, " twice, ", { emphasis: [text("slowly")] }, ":"),
          { list: { ordered: true, items: [[text("until it blinks")], [text("and once more")]] } },
          { code: "error 12\n  hub: FH-M525" }),
        ["09:44", { redacted: { of: 5 } }],
      ],
    },
    file: { name: "File asked for", log: [...answered, ["09:47", { file_requested: { agent: maya } }]] },
    menu: { name: "Menu", log: answered, press: ["#more"], seen: ".menu" },
    sheet: { name: "End confirmation", log: answered, press: ["#more", ".item.danger"], seen: ".sheet" },
    rating: {
      name: "Ended, rating and transcript",
      resource: { rating: { scale: {} } },
      log: over,
      type: [["#f-note", "Quick and clear, thank you."]],
      press: ["[name=score][value='4']"],
      seen: ".rate",
    },
    unrated: {
      name: "Ended, rating sent without a choice",
      resource: { rating: { scale: {} } },
      log: over,
      press: [".rate .btn"],
      seen: ".rate .err span",
    },
    rated: {
      name: "Rating sent",
      resource: { rating: { scale: {} } },
      log: [...over, ["10:22", { rated: { score: 4 } }]],
      seen: ".thanks",
    },
    rating_there: {
      name: "Ended, rating on a page of the site",
      resource: { rating: { link: { url: "https://larkspur.example/rate" } } },
      log: over,
      seen: ".rate",
    },
    closed: { name: "Closed, leave a message", resource: closed, seen: ".hours" },
    closed_wrong: {
      name: "Closed, errors",
      resource: closed,
      type: [["#f-name", "Ines Keller"], ["#f-email", "ines.keller@example"]],
      press: ["[type=submit]"],
      seen: ".err span",
    },
    left: {
      name: "Message left",
      resource: closed,
      accepts: true,
      type: [["#f-name", "Ines Keller"], ["#f-email", "ines.keller@example.com"],
        ["#f-message", "Is the Wren 9 in medium back in stock? I could pick it up on Tuesday."]],
      press: ["[type=submit]"],
      seen: ".done",
    },
    earlier: { name: "Earlier conversations", log: over, earlier, press: ["#more", ".item:nth-child(2)"], seen: ".past" },
    past: {
      name: "An earlier conversation",
      log: over,
      earlier,
      past: answered,
      press: ["#more", ".item:nth-child(2)", ".past button"],
      seen: ".say",
    },
    not_told: { name: "Earlier conversations, not reached", log: over, press: ["#more", ".item:nth-child(2)"], seen: ".fields .note" },
    menu_ended: { name: "Menu after the end, without sound", log: over, kept: { silent: "1" }, press: ["#more"], seen: ".menu" },
    ended: {
      name: "Ended",
      log: over,
      seen: ".file",
    },
    clock: {
      name: "The device’s clock is slow",
      log: answered,
      // Eight hours and seven minutes.
      answer: { now: Date.UTC(2026, 2, 5, 17, 58) },
      seen: ".aside",
    },
    emptied: { name: "The browser’s storage was emptied", log: answered, read: 4, empties: true, seen: ".aside" },
    long: {
      name: "Hostile text",
      log: [
        joined("09:42", maya),
        says("09:43", `<script>alert(1)</script> ${"endless".repeat(40)}`),
        delivered("09:43"),
        agent("09:44", maya, `Z${"\u0301\u0327\u0336".repeat(400)}algo, and https://${"long.".repeat(30)}example`),
        agent("09:45", { key: 3, name: "An agent whose name is far longer than any header was ever made for" }, "ok"),
      ],
    },
  };
})();
