// Makes the bindings as small as what the widget uses of them.
//
//   node widget/prune.mjs FOLDER NAME        changes FOLDER/NAME.js and FOLDER/NAME_bg.wasm
//
// Run it between wasm-bindgen and the bundler. Four things that neither it nor the optimiser can do, because each
// sees one half only:
// 1. Some exports are called by no line of the script, and keep code alive.
// 2. What the optimiser then drops leaves imports behind, written out in the script as functions.
// 3. The script can start a module in ways that `boot.js` does not use.
// 4. The names that both halves share end in hashes, which no compressor can shorten; here they are numbered.
// Where the bindings have another form than it knows it fails, rather than leave them large or broken.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";

const [folder, name] = process.argv.slice(2);
const glue = join(folder, `${name}.js`);
const module = join(folder, `${name}_bg.wasm`);
const size = () => `${readFileSync(module).length} + ${readFileSync(glue).length} bytes`;
const before = size();

let script = readFileSync(glue, "utf8");
const cut = (what, pattern, replacement = "") => {
  const shorter = script.replace(pattern, replacement);
  if (shorter === script) throw new Error(`no ${what} in ${glue}: teach widget/prune.mjs the new form`);
  script = shorter;
};

// 1. Exports.
const wasm = binaryen.readBinary(readFileSync(module));
const exported = Array.from({ length: wasm.getNumExports() }, (_, index) =>
  binaryen.getExportInfo(wasm.getExportByIndex(index)).name);
for (const name of exported) {
  if (!script.includes(`.${name}`)) wasm.removeExport(name);
}
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
wasm.optimize();

// 3. Ways to start. The rest of the script is about nothing else.
cut("start", /^let wasmModule, wasmInstance, wasm;\n[^]*/m, `let wasm;
export default async function init({ module_or_path }) {
    const { instance } = await WebAssembly.instantiateStreaming(module_or_path, __wbg_get_imports());
    wasm = instance.exports;
    wasm.__wbindgen_start();
}
`);

// 2 and 4. Imports and names, in the module's own sections.
const bytes = wasm.emitBinary();
const used = [];
const short = new Map();
const shorten = (name) => {
  if (!short.has(name)) short.set(name, `_${short.size.toString(36)}`);
  return short.get(name);
};
const OURS = `./${name}_bg.js`;
const renamed = rename(bytes, {
  imported: (from, name) => {
    if (from !== OURS) return [from, name];
    used.push(name);
    return ["a", shorten(name)];
  },
  exported: shorten,
});
cut("module name", `"${OURS}": import0`, "a: import0");
script = script.replace(/^        (__wb\w+): function\([^]*?\n        \}(?:, arguments\); \})?,\n/gm,
  (whole, name) => (used.includes(name) ? whole : ""));
for (const [long, numbered] of short) {
  const place = new RegExp(`(?<=wasm\\.)${long}\\b|(?<=^        )${long}(?=: function)`, "gm");
  if (!place.test(script)) throw new Error(`${long} is not in ${glue}: teach widget/prune.mjs the new form`);
  script = script.replace(place, numbered);
}

writeFileSync(glue, script);
writeFileSync(module, renamed);
console.log(`pruned from ${before} to ${size()}`);

// Rewrites the names in a module's import and export sections
// (https://webassembly.github.io/spec/core/binary/modules.html).
function rename(input, { imported, exported }) {
  const IMPORT = 2;
  const EXPORT = 7;
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = input[at];
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const text = () => {
    const length = leb();
    at += length;
    return Buffer.from(input.slice(at - length, at)).toString();
  };
  // A type of limits: flags, least, and most where the flags say so.
  const limits = () => {
    const flags = leb();
    leb();
    if (flags & 1) leb();
  };
  const writeLeb = (value) => {
    const out = [];
    for (let rest = value; ; rest >>>= 7) {
      if (rest < 0x80) return [...out, rest];
      out.push((rest & 0x7f) | 0x80);
    }
  };
  const writeText = (text) => {
    const bytes = Buffer.from(text);
    return [...writeLeb(bytes.length), ...bytes];
  };
  const out = [...input.slice(0, at)];
  while (at < input.length) {
    const kind = input[at];
    at += 1;
    const length = leb();
    const end = at + length;
    let body;
    if (kind === IMPORT) {
      const count = leb();
      body = [...writeLeb(count)];
      for (let index = 0; index < count; index += 1) {
        const [from, name] = imported(text(), text());
        const start = at;
        const what = input[at];
        at += 1;
        if (what === 0) leb(); // A function: its type.
        else if (what === 2) limits(); // A memory.
        else throw new Error(`import of kind ${what}: teach widget/prune.mjs`);
        body.push(...writeText(from), ...writeText(name), ...input.slice(start, at));
      }
    } else if (kind === EXPORT) {
      const count = leb();
      body = [...writeLeb(count)];
      for (let index = 0; index < count; index += 1) {
        const name = exported(text());
        const start = at;
        at += 1;
        leb();
        body.push(...writeText(name), ...input.slice(start, at));
      }
    } else {
      body = input.slice(at, end);
    }
    if (at > end) throw new Error("a section is longer than it says");
    out.push(kind, ...writeLeb(body.length));
    for (const byte of body) out.push(byte);
    at = end;
  }
  return Uint8Array.from(out);
}
