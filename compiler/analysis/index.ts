/**
 * What the kernel would refuse and the source already shows, told before anything is lowered to LLVM. Input: a typed
 * module. Output: diagnostics with the codes that the pre-check has for the same mistakes (5xxx). Invariant: only what is
 * certain is told here; what depends on values is left to the pre-check, which walks the object as the kernel does.
 */
import type { Diagnostics } from "../diagnostics/diagnostic.js";
import type { HirModule } from "../hir/nodes.js";
import { checkHelpers } from "./helpers.js";
import { checkRecords } from "./records.js";
import { checkStack } from "./stack.js";

export function analyseModule(module: HirModule, diagnostics: Diagnostics): void {
  checkStack(module, diagnostics);
  checkHelpers(module, diagnostics);
  checkRecords(module, diagnostics);
}
