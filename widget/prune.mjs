// Takes away exports of the wasm that the bundled script never calls, so that the optimiser can drop what only
// they kept alive: Leptos brings bindings for server functions and streams, which this widget does not use.
//
//   node widget/prune.mjs IN.wasm BUNDLE.js OUT.wasm
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const [input, bundle, output] = process.argv.slice(2);
const script = readFileSync(bundle, "utf8");
const wasm = binaryen.readBinary(readFileSync(input));

const unused = [];
for (let index = 0; index < wasm.getNumExports(); index += 1) {
  const { name } = binaryen.getExportInfo(wasm.getExportByIndex(index));
  // The bundler keeps the names of members: an export that is called is written as `.name`.
  if (!script.includes(`.${name}`)) unused.push(name);
}
for (const name of unused) wasm.removeExport(name);
wasm.runPasses(["remove-unused-module-elements"]);
writeFileSync(output, wasm.emitBinary());
console.log(`${unused.length} exports pruned`);
