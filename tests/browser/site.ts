// Pages of a site, as the stories want them: any tag, any policy, any style, at the shop's own origin.
import type { Page } from "@playwright/test";
import { EDGE, RESOURCE, SITE } from "./parlor";

export interface Embedding {
  /// Attributes of the tag, without `data-resource`. `null` instead of a tag: none at all.
  tag?: Record<string, string> | null;
  resource?: string;
  head?: string;
  body?: string;
  /// Response headers, such as a policy.
  headers?: Record<string, string>;
  doctype?: boolean;
  lang?: string;
  /// Where, below the site's address.
  path?: string;
  /// Another origin than the shop's.
  site?: string;
}

export const escape = (text: string) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;");

/// The tag as HTML.
export function tag(attributes: Record<string, string> = {}, resource = RESOURCE): string {
  const all = Object.entries({ "data-resource": resource, async: "", ...attributes });
  return `<script src="${EDGE}/parlor.js" ${all.map(([name, value]) => `${name}="${escape(value)}"`).join(" ")}></script>`;
}

/// Serves such a page. It can be reloaded.
export async function serve(page: Page, embedding: Embedding = {}): Promise<string> {
  const { tag: attributes = {}, resource, head = "", body = "", headers = {}, doctype = true } = embedding;
  const url = `${embedding.site ?? SITE}/embed${embedding.path ?? ""}`;
  const html = `${doctype ? "<!doctype html>" : ""}<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>The shop</title>${attributes ? tag(attributes, resource) : ""}${head}</head>
<body>${body || "<h1>The shop</h1>"}</body></html>`;
  await page.route(url, (route) => route.fulfill({ contentType: "text/html", headers, body: html }));
  return url;
}

/// Serves it and goes there. The launcher is not waited for.
export async function embed(page: Page, embedding: Embedding = {}): Promise<void> {
  await page.goto(await serve(page, embedding));
}

/// Waits until the script has run.
export const loaded = (page: Page) =>
  page.waitForFunction(() => "Parlor" in window && !Array.isArray((window as any).Parlor));

/// Calls `window.Parlor`; a rejection comes back as its code and message.
export async function call(page: Page, name: string, ...given: unknown[]): Promise<any> {
  await loaded(page);
  return page.evaluate(
    async ([name, given]) => {
      try {
        const value = await (window as any).Parlor[name](...given);
        return { value };
      } catch (error: any) {
        return { code: error.code, message: error.message };
      }
    },
    [name, given] as const,
  );
}

/// Keeps every event that the site hears from now on, in order; also across `destroy`.
export async function hear(page: Page): Promise<() => Promise<[string, any][]>> {
  await page.addInitScript(() => {
    const heard: unknown[] = [];
    (window as any).heard = heard;
    const names = ["ready", "opened", "closed", "conversation-started", "conversation-ended", "message-sent",
      "message-received", "unread", "agent-joined", "page-event", "error"];
    if (window !== window.top) return;
    ((window as any).Parlor ||= []).push((parlor: any) => {
      for (const name of names) parlor.on(name, (detail: unknown) => heard.push([name, detail ?? null]));
    });
  });
  return () => page.evaluate(() => (window as any).heard);
}
