// The gallery's pages, as `cargo xtask gallery` serves them: every state of the panel, and the launcher on its grounds.
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";
import vm from "node:vm";
import { test as base, expect, type Page } from "@playwright/test";

const FOLDER = process.env.PARLOR_GALLERY!;
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

export const states = vm.runInNewContext(`${readFileSync(path.join(FOLDER, "states.js"), "utf8")}; STATES`) as Record<
  string,
  { name: string }
>;

export interface Variant {
  query: string;
  viewport: { width: number; height: number };
}

const panel = { width: 400, height: 680 };
export const VARIANTS: Record<string, Variant> = {
  light: { query: "lang=en&scheme=light", viewport: panel },
  dark: { query: "lang=en&scheme=dark", viewport: panel },
  rtl: { query: "lang=ar&scheme=light", viewport: panel },
  phone: { query: "lang=en&scheme=light", viewport: { width: 390, height: 844 } },
  large: { query: "lang=en&scheme=light&zoom=200", viewport: panel },
  forced: { query: "lang=en&scheme=light", viewport: panel },
};

export const LAUNCHERS: Record<string, string> = {
  light: "scheme=light&dir=ltr",
  dark: "scheme=dark&dir=ltr",
  rtl: "scheme=light&dir=rtl",
  forced: "scheme=light&dir=ltr",
};
export const GROUNDS = ["white", "black", "photo"];

/// What the browser is told before a page of a variant is opened.
export async function settle(page: Page, variant: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce", forcedColors: variant === "forced" ? "active" : "none" });
}

/// Opens a page of the gallery and waits until it shows what it is to show.
export async function show(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator("html[data-gallery=ready]").waitFor({ state: "attached" });
}

export const frame = (id: string, { query }: Variant) => {
  const language = new URLSearchParams(query).get("lang");
  return `/frame-${language}.html?state=${id}&${query}`;
};

export const test = base.extend<{}, { gallery: string }>({
  gallery: [
    async ({}, use) => {
      const server: Server = createServer((request, answer) => {
        const url = new URL(request.url!, "http://gallery");
        // What the loader asks an edge for.
        if (url.pathname.startsWith("/v1/resources/")) return answer.writeHead(200).end("{}");
        const pathname = url.pathname === "/frame"
          ? `/frame-${url.searchParams.get("lang") === "ar" ? "ar" : "en"}.html`
          : path.normalize(url.pathname).replace(/\/$/, "/index.html");
        const file = path.join(FOLDER, pathname);
        if (!existsSync(file)) return answer.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
        answer.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "text/plain" });
        answer.end(readFileSync(file));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address() as { port: number };
      await use(`http://127.0.0.1:${address.port}`);
      server.close();
    },
    { scope: "worker" },
  ],
});

export { expect };
