// Holds one chat through npm's rx-sfliveagent-client, as it is; tells each thing that it sees as a line of JSON.
// The client is not changed and nothing of it is replaced: this file only calls it and reacts to what comes.
"use strict";

const { createRequire } = require("node:module");
const { startSession } = createRequire(process.env.PARLOR_PACKAGES)("rx-sfliveagent-client");

const said = JSON.parse(process.env.PARLOR_SAID);
const tell = (fact) => console.log(JSON.stringify(fact));

const config = {
  host: `http://${process.env.PARLOR_DESK}`,
  organizationId: "00D000000000001",
  deploymentId: "572000000000001",
  buttonId: "573000000000001",
};
const visitor = {
  visitorName: "Ada Example",
  language: "en",
  userAgent: "fidelity",
  screenResolution: "1280x800",
  prechatDetails: [{ label: "E-mail", value: "ada@example.test", transcriptFields: [], displayToAgent: true }],
  prechatEntities: [],
  receiveQueueUpdates: true,
  isPost: true,
};

// What the client reports of its own calls is not the desk's word.
const OWN = new Set(["ChasitorChatMessage", "ChatEnd", "Availability"]);

const session = startSession(config, visitor);
const { api } = session;
let small = true;

/** The calls that carry no talk, once: each must be understood. */
async function smallCalls() {
  const availability = await api.availability();
  tell({ available: availability.message.results[0].isAvailable === true });
  const settings = await api.settings({ Settings: { buttonIds: config.buttonId, updateBreadcrumb: 1 } });
  tell({ buttons: settings.messages[0].message.buttons.length });
  const visitorId = await api.visitorId();
  tell({ visitor: typeof visitorId.messages[0].message.sessionId });
  tell({ breadcrumb: await api.breadcrumb({ location: "https://shop.example/basket" }) });
  tell({ peek: await api.chasitorSneakPeek({ position: 1, text: "Hel" }) });
  tell({ event: await api.customEvent({ type: "cart", data: "3 items" }) });
  const object = { type: "wishlist", data: "1 item" };
  tell({ nouns: await api.multiNoun({ nouns: [{ prefix: "Chasitor", noun: "CustomEvent", object }] }) });
}

let work = Promise.resolve();
const inOrder = (deed) => (work = work.then(deed));

session.all$.subscribe({
  next: (event) => {
    if (event instanceof Error) {
      tell({ error: event.message, status: event.response?.status });
      return;
    }
    if (!event || !event.type || OWN.has(event.type)) return;
    const { text, name, reason } = event.message ?? {};
    tell({ heard: event.type, text, name, reason });
    if (event.type === "ChatMessage" && text.startsWith("Shall I close")) {
      inOrder(() => api.chatEnd());
    } else if ((event.type === "ChatEstablished" || event.type === "ChatMessage") && said.length > 0) {
      inOrder(async () => {
        if (small) {
          small = false;
          await smallCalls();
        }
        const words = said.shift();
        await api.chasitorTyping();
        await api.chasitorNotTyping();
        tell({ said: words });
        await api.chatMessage({ text: words });
      });
    }
  },
  complete: () => inOrder(() => tell({ complete: true })),
});
