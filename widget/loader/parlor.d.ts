// The types of `window.Parlor`, for sites that use TypeScript. Copy the file, or refer to it by path; it has no imports.
// `cargo xtask test --only browser` holds it against the object itself.

/** What has gone wrong; docs/EMBEDDING.md lists the codes and what to do about each. */
export interface ParlorError extends Error {
  readonly code: string;
}

/** What the site says of its visitor. Nobody checks it. `null` takes a value back. */
export type ParlorFacts = Record<string, string | number | boolean | null | undefined>;

/** A page event, in either direction. */
export interface ParlorPageEvent {
  eventSourceKey: string;
  payload?: unknown;
}

/** The detail that comes with each event. */
export interface ParlorEvents {
  /** The widget in the frame runs. */
  ready: undefined;
  /** The panel was shown. */
  opened: undefined;
  /** The panel was hidden. */
  closed: undefined;
  /** A conversation is under way that was not before. */
  "conversation-started": undefined;
  /** It is over. */
  "conversation-ended": undefined;
  /** The edge keeps a message of the visitor. `text` only with `data-message-text="on"`. */
  "message-sent": { text?: string };
  /** An agent has said something. `text` only with `data-message-text="on"`. */
  "message-received": { text?: string };
  /** The number of unread messages has changed. */
  unread: { count: number };
  /** An agent took the conversation. */
  "agent-joined": { name: string };
  /** The desk sent something that is meant for the page. */
  "page-event": { eventSourceKey: string; payload: unknown };
  /** Something is wrong; the same message stands in the console. */
  error: { code: string; message: string };
}

/** What runs once the script is there. */
export type ParlorCommand = (parlor: ParlorApi) => void;

export interface ParlorApi {
  /** Shows the panel and moves the focus into it. Kept when the chat is ready to be written in. */
  open(): Promise<void>;
  /** Hides the panel. */
  close(): Promise<void>;
  /** Either. */
  toggle(): Promise<void>;
  /** Shows the launcher again after `hide`. */
  show(): Promise<void>;
  /** Hides launcher and panel. The conversation goes on. */
  hide(): Promise<void>;
  /** The visitor has agreed, or takes it back: then everything that was kept in this browser is erased. */
  consent(given: boolean): Promise<void>;
  /** Who the visitor is, as far as the site knows. Agents see `name`; nobody has checked any of it. */
  identify(who: { token?: string; name?: string | null; email?: string | null } & ParlorFacts): Promise<void>;
  /** More about the visitor: rules of a hub may choose a desk by it. It counts when a conversation starts. */
  setAttributes(attributes: ParlorFacts): Promise<void>;
  /** The chat's language, where the edge has it. Loads the frame again if it is there. */
  setLocale(locale: string): Promise<void>;
  /** The chat's colours, whatever the tag or the console says. */
  setTheme(theme: "light" | "dark" | "follow"): Promise<void>;
  /** Says something in the visitor's place; 1 to 4,000 characters. */
  send(text: string): Promise<void>;
  /** A page event for the chat: its payload's members become attributes named `KEY.MEMBER`. */
  post(event: { eventSourceKey: string; payload?: ParlorFacts }): Promise<void>;
  /** Another visitor will use this browser: ends the conversation and forgets everything. */
  reset(): Promise<void>;
  /** Calls `listener` at each event, until the function that it returns is called. */
  on<Name extends keyof ParlorEvents>(name: Name, listener: (detail: ParlorEvents[Name]) => void): () => void;
  /** Runs commands; what `(window.Parlor ||= []).push(...)` means once the script is there. */
  push(...commands: ParlorCommand[]): void;
  /** Takes everything away: elements, listeners, timers, the global, and what the site's storage keeps. */
  destroy(): Promise<void>;
}

declare global {
  interface Window {
    /** An array until the script is there. */
    Parlor?: ParlorApi | ParlorCommand[];
  }
}
