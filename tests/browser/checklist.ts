// What can be measured of how the panel is to look, over any state of the gallery: docs/GALLERY.md numbers the points.
// Each function runs in the frame's document and returns what is wrong, in words.

declare global {
  interface Window {
    checklist: typeof tools;
  }
}

// Runs in the page, so it must not use anything outside itself.
const tools = () => {
  const seen = (it: Element) => {
    const box = it.getBoundingClientRect();
    return it.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1 && !it.closest(".hide");
  };
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)].filter(seen);
  const name = (it: Element) => `${it.localName}.${it.getAttribute("class") ?? it.id} "${(it.textContent ?? "").trim().slice(0, 30)}"`;
  const probe = document.createElement("i");
  document.body.append(probe);
  /// A colour as the browser computes it.
  const resolve = (colour: string) => {
    probe.style.color = "";
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
  const numbers = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [r, g, b] = numbers(colour).map((it) => (it / 255 <= 0.03928 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  return { seen, all, name, resolve, contrast, numbers, probe };
};

export const install = `window.checklist = (${tools})()`;

/// 3: only the sizes and the two weights of the scale.
export const type = () => {
  const { all, name } = window.checklist as any;
  const large = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const sizes = [12, 13, 15, 16, 18, 24, 32].map((it) => it * large);
  return all("body *").filter((it: HTMLElement) => [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim()))
    // Letters in place of a picture are drawn to their circle, whatever the text's size.
    .filter((it: HTMLElement) => !it.closest(".av"))
    .map((it: HTMLElement) => [it, getComputedStyle(it)] as const)
    .filter(([, style]: any) => !sizes.some((size) => Math.abs(size - parseFloat(style.fontSize)) < 0.1) || !["400", "600"].includes(style.fontWeight))
    .map(([it, style]: any) => `${name(it)}: ${style.fontSize}, ${style.fontWeight}`);
};

/// 5: at most one solid accent button, apart from send.
export const buttons = () => {
  const { all, name, resolve } = window.checklist as any;
  const accent = resolve("var(--pl-accent)");
  const solid = all("button, a").filter((it: HTMLElement) => getComputedStyle(it).backgroundColor === accent && !it.closest("[inert]"));
  return solid.length > 1 ? solid.map(name) : [];
};

/// 6: no colour but the tokens', and no gradient. Pictures and the six pairs behind letters excepted.
export const colours = () => {
  const { all, name, resolve } = window.checklist as any;
  const names = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .flatMap((rule) => (rule instanceof CSSStyleRule && rule.selectorText === ":root" ? [...rule.style] : []))
    .filter((it) => it.startsWith("--pl-"));
  const allowed = new Set(names.map((it) => resolve(`var(${it})`)));
  allowed.add("rgba(0, 0, 0, 0)");
  const shadow = getComputedStyle(Object.assign(document.body.appendChild(document.createElement("i")), { style: "box-shadow: var(--pl-shadow-pop)" })).boxShadow;
  const wrong: string[] = [];
  for (const it of all("body, body *")) {
    // Letters in place of a picture; what lies invisible over a choice and takes its clicks.
    if (it.closest(".av") || getComputedStyle(it).opacity === "0") continue;
    const style = getComputedStyle(it);
    const used: [string, string][] = [["color", style.color], ["background", style.backgroundColor]];
    for (const side of ["Top", "Right", "Bottom", "Left"] as const) {
      if (parseFloat(style[`border${side}Width`])) used.push([`border ${side}`, style[`border${side}Color`]]);
    }
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth)) used.push(["outline", style.outlineColor]);
    if (it.matches("svg, svg *") && style.stroke !== "none") used.push(["stroke", style.stroke]);
    if (style.boxShadow !== "none" && style.boxShadow !== shadow) {
      for (const colour of style.boxShadow.match(/rgba?\([^)]*\)/g) ?? []) used.push(["shadow", colour]);
    }
    for (const [what, colour] of used) if (!allowed.has(colour)) wrong.push(`${name(it)}: ${what} ${colour}`);
    if (/gradient/.test(style.backgroundImage)) wrong.push(`${name(it)}: a gradient`);
  }
  return [...new Set(wrong)];
};

/// 1: boxes and free text stand on the keyline, 20 from the edges, agents' bubbles 36 further in.
export const keyline = () => {
  const { all, name } = window.checklist as any;
  const rtl = document.dir === "rtl";
  const width = document.documentElement.clientWidth;
  const edges = (it: Element) => {
    const { left, right } = it.getBoundingClientRect();
    return rtl ? [width - right, left] : [left, width - right];
  };
  const wrong: string[] = [];
  const stands = (selector: string, start: number | null, end: number | null) => {
    for (const it of all(selector)) {
      const [from, to] = edges(it);
      if (start !== null && Math.abs(from - start) > 0.6) wrong.push(`${name(it)} starts at ${from}, not ${start}`);
      if (end !== null && Math.abs(to - end) > 0.6) wrong.push(`${name(it)} ends at ${to}, not ${end}`);
    }
  };
  stands(".composer, .form > .btn, .stack > .btn, .foot > .btn, .fields > .f, .fields > .card, .fields > .past, .points, .idle, .hello > h1, .hello p, .fields:not(.done) > :is(h1, h2), .part > .card, .list > .card, .part > .file, .new", 20, 20);
  stands(".list .say.in .b, .dots .b", 56, null);
  stands(".list .say.out .b", null, 20);
  stands(".say.in ~ .meta.in > .av, .dots > .av", 20, null);
  if (!all(".back").length) stands(".head .mark, .head .av", 20, null);
  stands(".acts > :last-child", null, 8);
  return wrong;
};

/// 21: whatever direction its words are, a label stands where the interface starts, and an empty field runs as that does.
export const sides = () => {
  const { all, name } = window.checklist as any;
  const rtl = document.dir === "rtl";
  const wrong: string[] = [];
  for (const it of all(".lab, .check label > span:last-child, .gist small")) {
    const range = document.createRange();
    range.selectNodeContents(it);
    const [words, box] = [range.getBoundingClientRect(), it.getBoundingClientRect()];
    const off = rtl ? box.right - words.right : words.left - box.left;
    if (off > 1) wrong.push(`${name(it)} is ${off} off its start`);
  }
  for (const it of all("textarea, input.in-box") as (HTMLTextAreaElement | HTMLInputElement)[]) {
    const { direction, paddingLeft, paddingRight } = getComputedStyle(it);
    if (!it.value && (direction === "rtl") !== rtl) wrong.push(`${name(it)} runs ${direction}`);
    if (it.closest(".composer") && parseFloat(rtl ? paddingRight : paddingLeft) !== 16) wrong.push(`${name(it)}: no room at its start`);
  }
  return wrong;
};

/// 2: distances are multiples of 4; inside what holds text (bubbles, fields, buttons, lines beside an icon) of 2.
export const grid = () => {
  const { all, name } = window.checklist as any;
  const text = ".b, .b *, .in-box, .composer, .composer *, .btn, .chip, .opt, .item, .text-btn, .err, .err *, .masked, .lab, .meta, .sep, .hours, .hours *, .typing, .points *, .note, .ends, .switch";
  const large = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const wrong: string[] = [];
  for (const it of all("body *")) {
    if (it.closest("svg")) continue;
    const style = getComputedStyle(it);
    for (const what of ["paddingTop", "paddingRight", "paddingBottom", "paddingLeft", "marginTop", "marginBottom", "rowGap", "columnGap"] as const) {
      const px = parseFloat(style[what]);
      // What is left in the queue is below; bubbles of one group are 2 apart.
      if (!px || it.matches(".thread.top > .rows") || (what === "marginTop" && px === 2 && it.matches(".say + .say"))) continue;
      const step = it.matches(text) ? 1 : 4; // Hairlines take one away, so that what they border does not move.
      if (Math.abs(px / step - Math.round(px / step)) > 0.01 && large === 1) wrong.push(`${name(it)}: ${what} ${px}`);
    }
  }
  return wrong;
};

/// 9: no text is cut but where an ellipsis says so, and what stands below the thread lies on nothing.
export const whole = () => {
  const { all, name } = window.checklist as any;
  const wrong = all("body *")
    .filter((it: HTMLElement) => /hidden|clip/.test(getComputedStyle(it).overflowX) && it !== document.body)
    .filter((it: HTMLElement) => !it.matches(".gist small, .av, .b"))
    .filter((it: HTMLElement) => it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1)
    .map((it: HTMLElement) => `${name(it)} is cut`);
  // Whatever scrolls can be scrolled to its first and to its last.
  for (const it of all(".thread, .fields, .hello, .sheet")) {
    const was = it.scrollTop;
    const inside = [...it.querySelectorAll("*")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height && !one.closest(".hide, svg"));
    const box = it.getBoundingClientRect();
    it.style.scrollBehavior = "auto";
    it.scrollTop = -1e6;
    const top = Math.min(...inside.map((one) => one.getBoundingClientRect().top));
    it.scrollTop = 1e6;
    const bottom = Math.max(...inside.map((one) => one.getBoundingClientRect().bottom));
    it.scrollTop = was;
    it.style.scrollBehavior = "";
    if (top < box.top - 1) wrong.push(`${name(it)}: its first cannot be scrolled to (${top} above ${box.top})`);
    if (bottom > box.bottom + 1) wrong.push(`${name(it)}: its last cannot be scrolled to (${bottom} below ${box.bottom})`);
  }
  return wrong;
};

/// 10: no label wraps at 100 %.
export const labels = () => {
  const { all, name } = window.checklist as any;
  const large = parseFloat(getComputedStyle(document.documentElement).fontSize) > 16;
  if (large) return [];
  return all(".btn, .chip, .text-btn, .item > span, .opt > span, .lab, .file > span, .top b").filter((it: HTMLElement) => {
    const range = document.createRange();
    range.selectNodeContents(it);
    const tops = new Set([...range.getClientRects()].filter((box) => box.width > 1).map((box) => Math.round(box.top / 12)));
    return tops.size > (it.matches(".file > span") ? 3 : 2);
  }).map((it: HTMLElement) => `${name(it)} wraps`);
};

/// 11: only corners tuck that meet another bubble of the same group.
export const corners = () => {
  const { all, name } = window.checklist as any;
  const wrong: string[] = [];
  for (const bubble of all(".list .say .b")) {
    const row = bubble.closest(".say")!;
    const side = row.classList.contains("in") ? "in" : "out";
    const meets = (it: Element | null) => it?.matches(`.say.${side}`) ?? false;
    const style = getComputedStyle(bubble);
    const [above, below] = side === "in"
      ? [style.borderStartStartRadius, style.borderEndStartRadius]
      : [style.borderStartEndRadius, style.borderEndEndRadius];
    for (const [what, radius, met] of [["above", above, meets(row.previousElementSibling)], ["below", below, meets(row.nextElementSibling)]] as const) {
      if (parseFloat(radius) !== (met ? 6 : 18)) wrong.push(`${name(bubble)}: ${radius} ${what}`);
    }
  }
  return wrong;
};

/// 17: an error stands under its field, with its icon, and the field has a border of 2 px.
export const errors = () => {
  const { all, name } = window.checklist as any;
  const wrong: string[] = [];
  for (const f of all(".f.bad")) {
    const error = f.querySelector(".err")!;
    const field = f.querySelector(".in-box, .opts, .check")!;
    if (!error.querySelector("svg") || !error.textContent!.trim()) wrong.push(`${name(f)} says nothing`);
    if (error.getBoundingClientRect().top < field.getBoundingClientRect().bottom) wrong.push(`${name(f)}: the error is not below`);
    if (field.matches(".in-box") && parseFloat(getComputedStyle(field).borderTopWidth) < 2) wrong.push(`${name(f)}: thin border`);
  }
  return wrong;
};

/// 18: where one can write, the composer is in view.
export const composer = () => {
  const { all, name } = window.checklist as any;
  return all(".composer").filter((it: HTMLElement) => {
    const box = it.getBoundingClientRect();
    return box.top < 0 || box.bottom > innerHeight;
  }).map((it: HTMLElement) => `${name(it)} is out of view`);
};

/// 19: figures that change are all as wide.
export const figures = () => {
  const { all, name } = window.checklist as any;
  return all(".stats dd, .idle strong, .hours dd, .scale span, .meta")
    .filter((it: HTMLElement) => !getComputedStyle(it).fontVariantNumeric.includes("tabular-nums")).map(name);
};

/// 8: a ring of `width` px around whatever has the focus, where it is not cut off. Focuses each thing in turn.
export const rings = (forced: boolean) => {
  const { all, name, resolve, contrast } = window.checklist as any;
  const before = document.activeElement as HTMLElement | null;
  const highlight = resolve("Highlight");
  const wrong: string[] = [];
  for (const it of all("button, a, input, textarea, [tabindex='0']")) {
    if (it.closest("[inert]") || it.tabIndex < 0 && !it.matches("[role=menuitem]")) continue;
    it.focus({ preventScroll: true, focusVisible: true } as FocusOptions);
    if (document.activeElement !== it) continue;
    const holders = [it, it.closest(".composer"), it.closest(".opt"), it.nextElementSibling].filter(Boolean) as Element[];
    const ringed = holders.map((one) => getComputedStyle(one)).filter((style) => style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= (forced ? 3 : 2));
    if (!ringed.length) wrong.push(`${name(it)} has no ring`);
    for (const style of ringed) {
      const ground = getComputedStyle(document.body).backgroundColor;
      if (forced ? style.outlineColor !== highlight : contrast(style.outlineColor, ground) < 4.5) wrong.push(`${name(it)}: ring ${style.outlineColor}`);
    }
  }
  before?.focus({ preventScroll: true });
  return wrong;
};

/// 24: in forced colours every bubble, field, button and card has an edge, and every icon can be seen.
export const edges = () => {
  const { all, name, resolve, contrast } = window.checklist as any;
  const canvas = resolve("Canvas");
  const highlight = resolve("Highlight");
  const wrong: string[] = [];
  const things = ".b, .in-box, .composer, .btn, .chip, .text-btn, .icon-btn, .send span, .card, .sheet, .menu, .idle, .scale span, .switch, .opt, .box, .file, .past, .badge, .mark";
  for (const it of all(things)) {
    const style = getComputedStyle(it);
    for (const side of ["Top", "Right", "Bottom", "Left"] as const) {
      const width = parseFloat(style[`border${side}Width`]);
      if (width < 1 || contrast(style[`border${side}Color`], canvas) < 3) wrong.push(`${name(it)}: no edge ${side}`);
    }
    if (it.matches(".out .b.bad")) {
      if (style.borderTopStyle !== "dashed" || style.borderTopWidth !== "2px") wrong.push(`${name(it)}: not 2 px dashed`);
    } else if (it.matches(".out .b") && (style.borderTopWidth !== "2px" || style.borderTopColor !== highlight)) {
      wrong.push(`${name(it)}: not 2 px Highlight`);
    }
  }
  const ground = (it: Element | null): string => {
    const colour = it ? getComputedStyle(it).backgroundColor : canvas;
    return it && /, 0\)$/.test(colour) ? ground(it.parentElement) : colour;
  };
  for (const it of all("svg:not(.ring)")) {
    const { stroke } = getComputedStyle(it);
    if (contrast(stroke, ground(it)) < 4.5) wrong.push(`${name(it.parentElement!)}: icon ${stroke} on ${ground(it)}`);
  }
  for (const it of all(".switch")) {
    const thumb = getComputedStyle(it, "::after").backgroundColor;
    if (contrast(thumb, ground(it)) < 3) wrong.push(`switch: its knob ${thumb} on ${ground(it)}`);
  }
  return wrong;
};
