// Takes out of the bindings what nothing calls, so that bundler and optimiser can drop what only that kept alive:
// Leptos brings classes for server functions' streams, which this widget does not use.
//
//   node widget/prune.mjs FOLDER NAME        changes FOLDER/NAME.js and FOLDER/NAME_bg.wasm
//
// Run it between wasm-bindgen and the bundler. It fails if it finds none of the classes: then the bindings have
// another form than it knows, and the size budget would be the only one to notice.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";

const [folder, name] = process.argv.slice(2);
const glue = join(folder, `${name}.js`);
const module = join(folder, `${name}_bg.wasm`);

const UNUSED = "IntoUnderlying\\w+";
const before = readFileSync(glue, "utf8");
const script = before
  .replace(new RegExp(`^export class ${UNUSED} \\{\\n[^]*?\\n\\}\\n`, "gm"), "")
  .replace(new RegExp(`^if \\(Symbol\\.dispose\\) ${UNUSED}\\.prototype.*\\n`, "gm"), "")
  .replace(new RegExp(`^const ${UNUSED}Finalization = [^]*?;\\n`, "gm"), "");
if (script === before) throw new Error(`no ${UNUSED} in ${glue}: teach widget/prune.mjs the new form`);
writeFileSync(glue, script);

const wasm = binaryen.readBinary(readFileSync(module));
const exported = Array.from({ length: wasm.getNumExports() }, (_, index) =>
  binaryen.getExportInfo(wasm.getExportByIndex(index)).name);
const unused = exported.filter((name) => !script.includes(`.${name}`));
for (const name of unused) wasm.removeExport(name);
wasm.runPasses(["remove-unused-module-elements"]);
writeFileSync(module, wasm.emitBinary());
console.log(`${unused.length} of ${exported.length} exports pruned`);
