// What the panel draws that no visitor waits for: the form before a conversation, the menu and the question before the
// end, the queue, the countdown, what stands after the end. Each part is drawn into a place of the panel, once, and then
// changed; what it shows and what follows is decided in the wasm.
//
//   draw[name](place, shown, { say, word, resource, announce })
//
// `say` tells the wasm one message, `word` gives a sentence of the locale, its arguments filled in, `resource` is what
// the document says, `announce` speaks to readers at once. Where nothing is to be shown any more the place is emptied
// without being asked.
import { again } from "./after.js";
import { idle, queue } from "./conversation.js";
import { form } from "./form.js";
import { menu, sheet } from "./layers.js";
import style from "./style.css";

const looks = new CSSStyleSheet();
looks.replaceSync(style);
document.adoptedStyleSheets.push(looks);

export const draw = { form, menu, sheet, queue, idle, again };
