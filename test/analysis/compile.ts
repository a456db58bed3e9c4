/** Compiles a text as the pipeline does, but goes on where the analysis complains: what would the kernel say? */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyseModule } from "../../compiler/analysis/index.js";
import { compileToObject } from "../../compiler/backend.js";
import { Diagnostics } from "../../compiler/diagnostics/diagnostic.js";
import { buildModule } from "../../compiler/hir/build/module.js";
import { emitModule } from "../../compiler/llvm/module.js";
import type { ProgramHost } from "../../compiler/source/program.js";

export interface Analysed {
  /** What the analysis says, "CODE line". */
  readonly told: readonly string[];
  readonly object: Uint8Array;
}

export function compileAnyway(text: string, host: ProgramHost): Analysed {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-test-"));
  try {
    const file = join(dir, "p.ts");
    writeFileSync(file, text);
    const source = host.load([file]);
    const root = source.roots[0];
    if (root === undefined || source.errors.length > 0) throw new Error(`${text}\ndoes not type-check`);
    const diagnostics = new Diagnostics();
    const module = buildModule(source, root, diagnostics, { cpu: 3 });
    if (diagnostics.errors > 0) throw new Error(`${text}\n${diagnostics.all()[0]?.message}`);
    analyseModule(module, diagnostics);
    const told = diagnostics.all().map((d) => `${d.code} ${d.span?.line ?? 0}`);
    const ir = emitModule(module, { cpu: 3, sources: () => text });
    const backend = new Diagnostics();
    const object = compileToObject(ir, { cpu: "v3", asm: false, files: [file], name: "p.ts" }, backend)?.object;
    if (object === undefined) throw new Error(`${text}\n${backend.all()[0]?.message}`);
    return { told, object };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
