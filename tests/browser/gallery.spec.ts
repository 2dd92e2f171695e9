// Every state of the panel, played by the real widget against an edge that is a script (widget/gallery): what can be
// pressed is large enough, nothing scrolls sideways, axe finds nothing, what docs/GALLERY.md numbers and a machine can
// measure holds, and each board looks as it did.
//
// PARLOR_SCREENSHOTS=1 cargo xtask test --only browser makes the boards of docs/images/gallery anew. They are compared
// only where the fonts are installed that they were made with: others have other widths, and lines break elsewhere.
import { execFileSync } from "node:child_process";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import * as checklist from "./checklist";
import { LAUNCHERS, VARIANTS, expect, frame, settle, show, states, test } from "./gallery";

/// Everything that can be pressed is 44 by 44 or more, links within text excepted.
async function targetsAreLarge(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, input, textarea, [role=radio], [role=menuitem]")]
      .filter((it) => it.checkVisibility() && !it.closest("[inert]"))
      .map((it) => [it.getAttribute("aria-label") ?? it.textContent, it.closest("label, .composer") ?? it] as const)
      .map(([name, it]) => ({ name, box: it.getBoundingClientRect() }))
      .filter(({ box }) => Math.min(box.width, box.height) < 44)
      .map(({ name, box }) => `${name}: ${box.width} by ${box.height}`),
  );
}

/// Nothing sticks out at the sides, neither of the panel nor of anything in it.
async function nothingScrollsSideways(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".panel, .thread, .form, .foot, .sheet, .menu")]
      .filter((it) => it.scrollWidth > it.clientWidth + 1)
      .map((it) => `${it.className || it.tagName}: ${it.scrollWidth} in ${it.clientWidth}`),
  );
}

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${JSON.stringify(node.target)} ${node.html}`));
}

for (const [variant, options] of Object.entries(VARIANTS)) {
  const forced = variant === "forced";
  // The system's colours and edges are not the theme's.
  const { install, rings, edges, ...points } = checklist;
  const { colours, buttons, ...others } = points;
  const measured = forced ? { ...others, edges } : variant === "large" ? { ...others, colours, buttons } : points;

  test(`anyone can use every state, ${variant}`, async ({ page, gallery }) => {
    test.setTimeout(240_000);
    await settle(page, variant);
    await page.setViewportSize(options.viewport);
    for (const id of Object.keys(states)) {
      await test.step(id, async () => {
        await show(page, gallery + frame(id, options));
        const wrong: Record<string, string[]> = {
          targets: await targetsAreLarge(page),
          sideways: await nothingScrollsSideways(page),
          axe: await violations(page),
        };
        await page.evaluate(install);
        for (const [name, measure] of Object.entries(measured)) wrong[name] = await page.evaluate(measure as () => string[]);
        wrong.rings = await page.evaluate(rings, forced);
        const found = Object.entries(wrong).flatMap(([name, all]) => all.map((it) => `${id}, ${name}: ${it}`));
        expect.soft(found).toEqual([]);
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

const BOARDS = [...Object.keys(VARIANTS), ...Object.keys(LAUNCHERS).map((it) => `launcher-${it}`)];
for (const variant of BOARDS) {
  test(`the board looks as it did, ${variant}`, async ({ page, gallery }) => {
    test.skip(!hasFonts(), "the boards were made with Noto Sans and Noto Sans Arabic, which are not installed here");
    test.setTimeout(180_000);
    await settle(page, variant.replace("launcher-", ""));
    await page.setViewportSize({ width: 1880, height: 900 });
    await page.goto(`${gallery}/?variant=${variant}`);
    for (const board of await page.locator("iframe").all()) {
      await board.contentFrame().locator("html[data-gallery=ready]").waitFor({ state: "attached" });
    }
    await expect(page).toHaveScreenshot(`${variant}.png`, { fullPage: true, maxDiffPixelRatio: 0.002 });
  });
}
