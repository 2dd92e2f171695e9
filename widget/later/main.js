// What the panel draws that no visitor waits for: the pages before a conversation (consent, the form, closed hours,
// earlier conversations), the menu and the question before the end, the queue, the countdown, what stands after the end. Each part is drawn into a place of the panel, once, and then
// changed; what it shows and what follows is decided in the wasm.
//
//   draw[name](place, shown, { say, word, resource, announce, locale, reply })
//
// `say` tells the wasm one message, `word` gives a sentence of the locale, its arguments filled in, `resource` is what
// the document says, `announce` speaks to readers at once, `locale` is for times and numbers, `reply` the usual time to an
// answer in words. Where nothing is to be shown any more the place is emptied
// without being asked.
import { after, again } from "./after.js";
import { aside } from "./aside.js";
import { closed, left } from "./closed.js";
import { consent } from "./consent.js";
import { idle, queue } from "./conversation.js";
import { earlier, hello } from "./earlier.js";
import { form } from "./form.js";
import { menu, sheet } from "./layers.js";
import style from "./style.css";

const looks = new CSSStyleSheet();
looks.replaceSync(style);
document.adoptedStyleSheets.push(looks);

export const draw = { aside, form, menu, sheet, queue, idle, after, again, consent, closed, left, hello, earlier };
