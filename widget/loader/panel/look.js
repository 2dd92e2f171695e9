// How the panel, the hint and their kind look. Lengths of the panel are em of the visitor's own text size: the site's rem
// may be anything. The launcher's own style stands in parlor.js.

// From here on the panel fills the screen: above 60 % of the width, and where a phone is narrow or lies on its side.
export const FULL = "(max-width:41.66em),(max-height:459.98px)";

const FONT = '-apple-system,BlinkMacSystemFont,"Segoe UI Variable Text","Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif';
const EASE = "cubic-bezier(.2,.8,.2,1)";

export const look = (side, offset) => `
:host{font-family:${FONT}!important}
div{position:fixed;inset-block-end:${offset + 68}px;inset-inline-${side}:${offset}px;inline-size:25em;block-size:42.5em;max-block-size:calc(100vh - 92px - ${offset}px);max-block-size:calc(100dvh - 92px - ${offset}px);overflow:hidden;border-radius:20px;background:light-dark(#fff,#161b19);color:light-dark(#15201b,#ecf1ee);transform-origin:${side === "end" ? "100%" : "0"} 100%;box-shadow:0 0 0 1px light-dark(rgb(13 22 18/.07),rgb(255 255 255/.08)),0 2px 4px light-dark(rgb(13 22 18/.04),#0000),0 12px 24px -8px light-dark(rgb(13 22 18/.12),rgb(0 0 0/.5)),0 32px 64px -16px light-dark(rgb(13 22 18/.2),rgb(0 0 0/.6));transition:opacity .18s ${EASE},transform .18s ${EASE}}
div:dir(rtl){transform-origin:${side === "end" ? "0" : "100%"} 100%}
div:not(.open){visibility:hidden;opacity:0;transform:translateY(8px)scale(.98);transition-duration:.12s;transition-property:opacity,transform,visibility;transition-delay:0s,0s,.12s}
iframe{display:block;inline-size:100%;block-size:100%;border:0;color-scheme:inherit;opacity:0}
.alive iframe{opacity:1}
.alive>section{display:none}
section{position:absolute;inset:0;display:grid;align-content:center;justify-items:center;gap:4px;padding:20px;text-align:center;text-wrap:balance;font:400 15px/22px ${FONT}}
section.wait{animation:late .12s .3s backwards}
@keyframes late{from{opacity:0}}
b{display:block;font-weight:600}
section b{font-size:18px;line-height:24px}
small,section p{display:block;margin:0;color:light-dark(#47534d,#b9c4be)}
aside{position:absolute;inset-block-end:68px;inset-inline-${side}:0;box-sizing:border-box;inline-size:288px;max-inline-size:calc(100vw - ${2 * offset}px);padding:16px;padding-inline-end:48px;border-radius:16px;background:light-dark(#fff,#232b27);color:light-dark(#15201b,#ecf1ee);font:400 15px/20px ${FONT};box-shadow:0 0 0 1px light-dark(rgb(13 22 18/.08),rgb(255 255 255/.1)),0 4px 8px -2px light-dark(rgb(13 22 18/.08),#0000),0 16px 32px -8px light-dark(rgb(13 22 18/.18),rgb(0 0 0/.6));animation:rise .24s ${EASE}}
aside.ask{padding-inline-end:16px}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
small{font-size:13px;line-height:18px;margin-block-start:2px}
aside button,section button{all:unset;box-sizing:border-box;cursor:pointer;color:inherit;border-radius:12px}
aside button:focus-visible,section button:focus-visible{outline:2px solid;outline-offset:2px;box-shadow:none}
aside .x{position:absolute;inset-block-start:4px;inset-inline-end:4px;inline-size:44px;block-size:44px;display:grid;place-items:center;color:light-dark(#47534d,#b9c4be)}
.x svg{inline-size:20px;block-size:20px;stroke-width:1.6}
aside .do,section .do{display:flex;justify-content:center;align-items:center;block-size:44px;padding-inline:16px;font-weight:600;border:1px solid light-dark(#7c8983,#75827c)}
aside .do{margin-block-start:8px;inline-size:100%}
section .do{margin-block-start:16px}
aside .yes{border-color:#0000;background:light-dark(#175c49,#80c1aa);color:light-dark(#fff,#032018)}
aside .do+.do{margin-block-start:8px}
s{position:fixed;visibility:hidden;padding:env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left)}
@media ${FULL}{
.alive:not(.broken)~button.open{display:none}
div{inset:var(--pl-top,0) auto auto 0;inline-size:100%;block-size:var(--pl-height,100%);max-block-size:none;border-radius:0;box-shadow:none}
}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
@media (forced-colors:active){div,aside,.x,.do{border:1px solid ButtonText}aside button:focus-visible,section button:focus-visible{outline:3px solid Highlight}}
`;

// In an element of the site: as large as that is.
export const INLINE = `
:host{position:relative!important;inset:auto!important;inline-size:100%!important;block-size:100%!important;min-block-size:20em!important;z-index:auto!important}
div,div:not(.open){position:absolute;inset:0;inline-size:auto;block-size:auto;max-block-size:none;border-radius:0;box-shadow:none;visibility:visible;opacity:1;transform:none;transition:none}
`;
