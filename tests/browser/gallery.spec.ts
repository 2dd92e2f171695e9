// Every state of the panel, played by the real widget against an edge that is a script (widget/gallery): what can be
// pressed is large enough, nothing scrolls sideways, axe finds nothing, and each board looks as it did.
//
// PARLOR_SCREENSHOTS=1 cargo xtask test --only browser makes the boards of docs/images/gallery anew. They are compared
// only where the fonts are installed that they were made with: others have other widths, and lines break elsewhere.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";
import vm from "node:vm";
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

const FOLDER = process.env.PARLOR_GALLERY!;
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

const states = vm.runInNewContext(`${readFileSync(path.join(FOLDER, "states.js"), "utf8")}; STATES`) as Record<
  string,
  { name: string }
>;

const test = base.extend<{}, { gallery: string }>({
  gallery: [
    async ({}, use) => {
      const server: Server = createServer((request, answer) => {
        const { pathname } = new URL(request.url!, "http://gallery");
        const file = path.join(FOLDER, path.normalize(pathname).replace(/\/$/, "/index.html"));
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

const VARIANTS = {
  light: { query: "lang=en&scheme=light", viewport: { width: 400, height: 680 } },
  dark: { query: "lang=en&scheme=dark", viewport: { width: 400, height: 680 } },
  rtl: { query: "lang=ar&scheme=light", viewport: { width: 400, height: 680 } },
  phone: { query: "lang=en&scheme=light", viewport: { width: 390, height: 844 } },
  large: { query: "lang=en&scheme=light&zoom=200", viewport: { width: 400, height: 680 } },
};

/// Everything that can be pressed is 44 by 44 or more, links within text excepted.
async function targetsAreLarge(page: Page): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, input, textarea, [role=radio], [role=menuitem]")]
      .filter((it) => it.checkVisibility() && !it.closest("[inert]"))
      .map((it) => [it.getAttribute("aria-label") ?? it.textContent, it.closest("label, .composer") ?? it] as const)
      .map(([name, it]) => ({ name, box: it.getBoundingClientRect() }))
      .filter(({ box }) => Math.min(box.width, box.height) < 44)
      .map(({ name, box }) => `${name}: ${box.width} by ${box.height}`),
  );
  expect(small).toEqual([]);
}

/// Nothing sticks out at the sides, neither of the panel nor of anything in it.
async function nothingScrollsSideways(page: Page): Promise<void> {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".panel, .thread, .form, .foot, .sheet, .menu")]
      .filter((it) => it.scrollWidth > it.clientWidth + 1)
      .map((it) => `${it.className || it.tagName}: ${it.scrollWidth} in ${it.clientWidth}`),
  );
  expect(wide).toEqual([]);
}

async function noViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${JSON.stringify(node.target)} ${node.html}`));
  expect(found).toEqual([]);
}

for (const [variant, { query, viewport }] of Object.entries(VARIANTS)) {
  test(`anyone can use every state, ${variant}`, async ({ page, gallery }) => {
    test.setTimeout(180_000);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    for (const id of Object.keys(states)) {
      await test.step(id, async () => {
        const language = new URLSearchParams(query).get("lang");
        await page.goto(`${gallery}/frame-${language}.html?state=${id}&${query}`);
        await page.locator("html[data-gallery=ready]").waitFor({ state: "attached" });
        await targetsAreLarge(page);
        await nothingScrollsSideways(page);
        await noViolations(page);
      });
    }
  });
}

function hasFonts(): boolean {
  try {
    const fonts = execFileSync("fc-list", [":", "family"], { encoding: "utf8" });
    return ["Noto Sans", "Noto Sans Arabic"].every((font) => fonts.split(/[\n,]/).includes(font));
  } catch {
    return false;
  }
}

for (const variant of Object.keys(VARIANTS)) {
  test(`the board looks as it did, ${variant}`, async ({ page, gallery }) => {
    test.skip(!hasFonts(), "the boards were made with Noto Sans and Noto Sans Arabic, which are not installed here");
    test.setTimeout(180_000);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.setViewportSize({ width: 1880, height: 900 });
    await page.goto(`${gallery}/?variant=${variant}`);
    for (const frame of page.frames().slice(1)) {
      await frame.locator("html[data-gallery=ready]").waitFor({ state: "attached" });
    }
    await expect(page).toHaveScreenshot(`${variant}.png`, { fullPage: true, maxDiffPixelRatio: 0.002 });
  });
}
