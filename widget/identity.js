// Who the visitor is, where the site's own server has signed it: the token that the page hands over goes along when a
// conversation is started or found, and a refusal becomes a sentence for the visitor and a code for the page. No token
// is kept: the page hands it over each time.
import { heed, tell } from "./page.js";

const root = document.documentElement;
let token;
let begun; // Whose conversation this document shows: a subject, or null for an unsigned visitor's.
let told; // What the page was told last, so that it hears each thing once.

const subject = (token) => {
  if (!token) return null;
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return undefined; // The edge will say what is wrong with it.
  }
};

// The page's first words end with `opened` or `closed`, and who the visitor is stands before. Without a page there is
// nobody to wait for.
let greeted;
const greeting = new Promise((resolve) => {
  greeted = resolve;
  setTimeout(resolve, parent === window ? 0 : 5_000);
});

// Asks for something of the visitor's own, vouched for where the page has handed a token over. What is refused is asked
// again when there is another. `ask` takes headers and answers with a status.
let refused;
export const vouched = async (ask) => {
  await greeting;
  const sent = token;
  const status = await ask(sent ? { "parlor-identity": sent } : {});
  refused = status === 401 ? ask : undefined;
  if (refused && sent !== token) vouched(ask);
};

heed(({ identity, opened, closed }) => {
  if (opened || closed) greeted();
  if (!identity) return;
  const isNew = identity.token !== token;
  token = identity.token;
  tell({ done: { n: identity.n } });
  if (!isNew) return;
  // Somebody else's conversation is shown, or nobody's: what is here belongs to it.
  if (begun !== undefined && begun !== subject(token)) return location.reload();
  if (refused) vouched(refused);
  if ("unsigned" in root.dataset) dispatchEvent(new Event("online"));
});

// `post` sends a body and answers status, text and more. `word` gives the sentence for the visitor.
export const signed = async (body, post, word) => {
  await greeting;
  let sent;
  let answer;
  do {
    sent = token;
    answer = await post(sent ? JSON.stringify({ ...JSON.parse(body), identity: sent }) : body);
    // Somebody signed in meanwhile: the answer is another's.
  } while (subject(sent) !== subject(token));
  const [status, text] = answer;
  const [, code] = (status !== 200 && /"code":"(identity_\w+)"/.exec(text)) || [];
  if (status === 200) begun = subject(sent);
  const news = code && `${code} ${sent}`;
  if (news && told !== news) tell({ identity: { code } });
  told = news;
  // What is wrong otherwise is the site's to mend, and to the visitor the chat is not to be had.
  const unsigned = /required|expired/.test(code);
  root.toggleAttribute("data-unsigned", unsigned);
  document.getElementById("sign-in")?.remove();
  if (unsigned) {
    const line = Object.assign(document.createElement("p"), { id: "sign-in", role: "alert" });
    document.body.append(line);
    word().then((text) => (line.textContent = text), () => {});
  }
  return answer;
};
