// Full screen on phones: the keyboard, the safe areas, and the page behind, which must stay where it is.
import { FULL } from "./look.js";

export const screen = (core, changed) => {
  const { signal } = core;
  const media = matchMedia(FULL);
  const viewport = window.visualViewport;
  const lock = new CSSStyleSheet();
  lock.replaceSync("html{overflow:hidden!important;overscroll-behavior:none!important}");
  let locked; // Where the page stood.

  const unlock = () => {
    if (!locked) return;
    const [x, y] = locked;
    locked = undefined;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== lock);
    if (scrollX !== x || scrollY !== y) scrollTo({ left: x, top: y, behavior: "instant" });
  };
  // The keyboard covers the page without resizing it: the panel follows what is left. Zoomed in by the visitor, it stays.
  const fit = () => {
    const { box } = core;
    if (!box) return;
    const covered = core.opened && media.matches && viewport && viewport.scale < 1.01
      && (innerHeight - viewport.height > 1 || viewport.offsetTop > 0);
    if (covered) {
      box.style.setProperty("--pl-top", `${viewport.offsetTop}px`);
      box.style.setProperty("--pl-height", `${viewport.height}px`);
    } else {
      box.style.removeProperty("--pl-top");
      box.style.removeProperty("--pl-height");
    }
    return covered;
  };
  let covers = false;
  const react = () => {
    const now = Boolean(fit());
    if (now === covers) return;
    covers = now;
    if (core.opened) changed();
  };
  let probe;

  const result = {
    full: () => !core.set.into && media.matches,
    // What the screen's edges take, in px; the frame cannot know.
    safe() {
      if (!result.full()) return { top: 0, right: 0, bottom: 0, left: 0 };
      if (!probe) core.root.append((probe = core.make("s", { "aria-hidden": "true" })));
      const style = getComputedStyle(probe);
      const px = (name) => parseFloat(style[`padding${name}`]) || 0;
      // Under the keyboard there is no edge.
      return { top: px("Top"), right: px("Right"), bottom: fit() ? 0 : px("Bottom"), left: px("Left") };
    },
    // Call it when the panel opens or closes.
    update() {
      const want = core.opened && result.full() && core.set.scrollLock !== "off";
      if (want && !locked) {
        locked = [scrollX, scrollY];
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, lock];
      } else if (!want) {
        unlock();
      }
      fit();
    },
  };
  media.addEventListener("change", () => {
    result.update();
    if (core.opened) changed();
  }, { signal });
  viewport?.addEventListener("resize", react, { signal });
  viewport?.addEventListener("scroll", react, { signal });
  signal.addEventListener("abort", unlock);
  return result;
};
