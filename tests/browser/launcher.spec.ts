// The launcher on grounds that a site may have (point 26 of docs/GALLERY.md): by the real loader, measured on the picture.
import type { Page } from "@playwright/test";
import { GROUNDS, LAUNCHERS, expect, settle, show, test } from "./gallery";

const LAUNCHER = "[data-parlor] button[aria-haspopup]";
type Point = [number, number];
type Colour = [number, number, number];

/// The colours at these points of what is seen, in px of the page.
async function seen(page: Page, points: Point[]): Promise<Colour[]> {
  const picture = (await page.screenshot({ caret: "hide" })).toString("base64");
  return page.evaluate(async ([picture, points]) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
    pen.drawImage(bitmap, 0, 0);
    const scale = bitmap.width / innerWidth;
    return points.map(([x, y]) => [...pen.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data].slice(0, 3)) as Colour[];
  }, [picture, points] as const);
}

const luminance = (colour: Colour) => {
  const [r, g, b] = colour.map((it) => (it / 255 <= 0.03928 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: Colour, b: Colour) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
const box = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())!;
const centre = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }): Point => [x + width / 2, y + height / 2];
const around = ([x, y]: Point, radius: number, steps = 48): Point[] =>
  Array.from({ length: steps }, (_, n) => {
    const angle = (n / steps) * 2 * Math.PI;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });

test.use({ viewport: { width: 720, height: 480 }, deviceScaleFactor: 4 });

for (const [variant, query] of Object.entries(LAUNCHERS)) {
  for (const ground of GROUNDS) {
    const open = async (page: Page, gallery: string, what: string) => {
      await settle(page, variant);
      await show(page, `${gallery}/launcher.html?ground=${ground}&show=${what}&${query}`);
      await expect(page.locator(LAUNCHER)).toBeVisible();
    };

    test(`the launcher can be seen, ${variant} on ${ground}`, async ({ page, gallery }) => {
      await open(page, gallery, "closed");
      const { x, y, width, height } = await box(page, LAUNCHER);
      // Forced colours add an edge at the sides.
      expect([width, height]).toEqual([variant === "forced" ? 58 : 56, 56]);
      // Along its straight edges, from the outside in: the ground, its ring, what it is filled with.
      const along = [0.3, 0.4, 0.5, 0.6, 0.7];
      const at = (by: number) => along.flatMap((it): Point[] => [
        [x + width * it, y - by], [x + width * it, y + height + by], [x - by, y + height * it], [x + width + by, y + height * it],
      ]);
      // The ground without it: its shadow is no part of the ground.
      const [ring, fill] = [await seen(page, at(variant === "forced" ? -0.5 : 0.5)), await seen(page, at(-4))];
      await page.locator("[data-parlor]").evaluate((it: HTMLElement) => it.style.setProperty("visibility", "hidden", "important"));
      const bare = await seen(page, at(2));
      await page.locator("[data-parlor]").evaluate((it: HTMLElement) => it.style.removeProperty("visibility"));
      const best = bare.map((it, n) => Math.max(contrast(it, ring[n]), contrast(it, fill[n]), contrast(ring[n], fill[n])));
      for (const it of best) expect(it, `${best.map((one) => one.toFixed(1))}`).toBeGreaterThanOrEqual(3);

      // The drawing on it, whatever the ground.
      const [one] = fill;
      const inside = await seen(page, Array.from({ length: 112 }, (_, n): Point => [x + n / 2, y + height / 2]));
      expect(Math.max(...inside.map((it) => contrast(it, one)))).toBeGreaterThanOrEqual(4.5);
    });

    test(`the ring of the focus stands off any ground, ${variant} on ${ground}`, async ({ page, gallery }) => {
      await open(page, gallery, "closed");
      await page.locator("html").press("Tab");
      await expect(page.locator(LAUNCHER)).toBeFocused();
      const { x, y, width } = await box(page, LAUNCHER);
      const across = [0.3, 0.5, 0.7].map((it) => x + width * it);
      // Two rings of 2 px, one light, one dark; forced colours have one of 3.
      const [inner, outer] = [await seen(page, across.map((it) => [it, y - 1])), await seen(page, across.map((it) => [it, y - 3]))];
      const [beyond, fill] = [await seen(page, across.map((it) => [it, y - 5.5])), await seen(page, across.map((it) => [it, y + 4]))];
      for (const n of [0, 1, 2]) {
        // A system's colour is not ours to choose, and a picture has all of them: then it stands off the launcher.
        if (variant === "forced") expect(contrast(inner[n], fill[n])).toBeGreaterThanOrEqual(3);
        else expect(contrast(inner[n], outer[n])).toBeGreaterThanOrEqual(12);
        if (variant !== "forced") expect(Math.max(contrast(outer[n], beyond[n]), contrast(inner[n], beyond[n]))).toBeGreaterThanOrEqual(3);
      }
    });

    test(`the badge's ring is unbroken, ${variant} on ${ground}`, async ({ page, gallery }) => {
      await open(page, gallery, "badge");
      const badge = await box(page, "[data-parlor] i");
      expect([badge.width, badge.height]).toEqual([22, 22]);
      const ring = await seen(page, around(centre(badge), variant === "forced" ? 10.5 : 12));
      const [first] = ring;
      for (const it of ring) {
        const apart = Math.max(...it.map((part, n) => Math.abs(part - first[n])));
        expect(apart, `${it} beside ${first}`).toBeLessThanOrEqual(6);
      }
      // It holds the badge off the launcher behind it, and the figure can be read.
      const fill = await seen(page, around(centre(badge), 9));
      if (variant !== "forced") expect(Math.min(...fill.map((it) => contrast(it, first)))).toBeGreaterThanOrEqual(3);
      expect(await page.locator("[data-parlor] i").textContent()).toBe("2");
    });

    test(`the hint stands clear of the launcher, ${variant} on ${ground}`, async ({ page, gallery }) => {
      await open(page, gallery, "hint");
      const [hint, launcher] = [await box(page, "[data-parlor] aside"), await box(page, LAUNCHER)];
      expect(launcher.y - (hint.y + hint.height)).toBe(12);
      expect(hint.x).toBeGreaterThanOrEqual(20);
      expect(hint.x + hint.width).toBeLessThanOrEqual(700);
      // What is pressed anywhere on the launcher is the launcher.
      const corners: Point[] = [[6, 6], [50, 6], [6, 50], [50, 50], [28, 28]];
      const under = await page.evaluate(([launcher, corners]) => {
        const root = document.querySelector("[data-parlor]")!.shadowRoot!;
        return corners.map(([x, y]) => root.elementFromPoint(launcher.x + x, launcher.y + y)?.closest("button")?.ariaHasPopup);
      }, [launcher, corners] as const);
      expect(under).toEqual(corners.map(() => "dialog"));
      const [fill] = await seen(page, [[hint.x + 4, hint.y + hint.height / 2]]);
      const text = await seen(page, Array.from({ length: 400 }, (_, n): Point => [hint.x + 16 + n / 2, hint.y + 26]));
      expect(Math.max(...text.map((it) => contrast(it, fill)))).toBeGreaterThanOrEqual(4.5);
    });
  }
}
