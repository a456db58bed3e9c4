/**
 * The account of stack that a function's own variables need, before LLVM: what a user can change. The limit is the
 * kernel's for a whole call chain (include/linux/filter.h, MAX_BPF_STACK).
 */
import type { Diagnostics } from "../diagnostics/diagnostic.js";
import type { HirFunction, HirModule, Slot } from "../hir/nodes.js";

const MAX_BPF_STACK = 512;

export function checkStack(module: HirModule, diagnostics: Diagnostics): void {
  for (const fn of module.functions) checkFrame(fn, diagnostics);
}

function checkFrame(fn: HirFunction, diagnostics: Diagnostics): void {
  const named = fn.slots.filter((s) => s.named);
  const rounded = (s: Slot): number => Math.ceil(s.size / 8) * 8;
  const total = named.reduce((sum, s) => sum + rounded(s), 0);
  // LLVM itself refuses 512 and more (llvm/lib/Target/BPF, BPFRegisterInfo).
  if (total < MAX_BPF_STACK) return;
  const largest = [...named].sort((a, b) => b.size - a.size);
  const account = largest.slice(0, 5).map((s) => `${s.name} ${s.size}`);
  const rest = largest.length > 5 ? `, ${largest.length - 5} more` : "";
  const span = largest[0]?.span ?? fn.span;
  diagnostics.report(
    "EB5006",
    span,
    `${fn.name} needs ${total} bytes of stack, the most is ${MAX_BPF_STACK - 1}: ${account.join(", ")}${rest}`,
  );
}
