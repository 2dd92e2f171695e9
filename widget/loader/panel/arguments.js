// What the site's script hands over, checked: a wrong argument rejects the promise and names itself.
import { misuse } from "./errors.js";

const MAX_FACTS = 50;
const MAX_NAME = 100;
const MAX_VALUE = 300;

export const check = {
  boolean(method, argument, value) {
    if (typeof value !== "boolean") throw misuse(method, argument, "true or false");
  },
  oneOf(method, argument, value, allowed) {
    if (!allowed.includes(value)) throw misuse(method, argument, `one of ${allowed.join(", ")}`);
  },
  locale(method, argument, value) {
    if (typeof value !== "string" || !/^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(value)) {
      throw misuse(method, argument, "a language tag such as de or pt-BR");
    }
  },
  text(method, argument, value, most) {
    if (typeof value !== "string" || !value.trim() || [...value.trim()].length > most) {
      throw misuse(method, argument, `text of 1 to ${most} characters`);
    }
  },
  token(method, argument, value) {
    if (typeof value !== "string" || value.length > 4_096 || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(value)) {
      throw misuse(method, argument, "a signed JWT of at most 4096 characters");
    }
  },
  // Names and values; null takes one back. Numbers and booleans become text, as rules compare text.
  facts(method, argument, value) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw misuse(method, argument, "an object");
    const found = {};
    const entries = Object.entries(value);
    if (entries.length > MAX_FACTS) throw misuse(method, argument, `an object of at most ${MAX_FACTS} members`);
    for (const [name, given] of entries) {
      const where = `${argument}.${name}`;
      if (!name || name.length > MAX_NAME) throw misuse(method, where, `named by 1 to ${MAX_NAME} characters`);
      if (given === undefined) continue;
      if (given !== null && !["string", "number", "boolean"].includes(typeof given)) {
        throw misuse(method, where, "text, a number, true, false or null");
      }
      const text = given === null ? null : String(given);
      if (text !== null && (!text || text.length > MAX_VALUE || /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text))) {
        throw misuse(method, where, `one line of 1 to ${MAX_VALUE} characters`);
      }
      found[name] = text;
    }
    return found;
  },
  event(method, value) {
    if (value === null || typeof value !== "object") throw misuse(method, "event", "an object {eventSourceKey, payload}");
    const { eventSourceKey: key } = value;
    if (typeof key !== "string" || !/^[\w.-]{1,60}$/.test(key)) {
      throw misuse(method, "event.eventSourceKey", "1 to 60 letters, digits, dots, dashes or underscores");
    }
  },
};
