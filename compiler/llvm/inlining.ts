/**
 * Which functions of the user become part of their callers and which stay BPF subprograms. LLVM's own estimate is made
 * for machines where a call is cheap and registers many: here a call clobbers r1 to r5 and spills what lives across it,
 * so that a short function with a few callers is faster, and often smaller, inside them (C for BPF says
 * `__always_inline` for the same reason). Input: a module; output: names of functions to inline. Pure.
 */
import type { HirFunction, HirModule } from "../hir/nodes.js";

/** Nodes that copies of one function may add to the module: some hundred instructions of the kernel's million. */
const GROWTH_LIMIT = 400;

/** Parts of a node that are no code: types, places in the source, declarations of variables. */
const NOT_CODE = new Set(["type", "span", "local", "slot"]);

interface Weight {
  readonly nodes: number;
  /** Callee to number of calls. */
  readonly calls: ReadonlyMap<string, number>;
}

/** Functions that are to be inlined wherever they are called. */
export function functionsToInline(module: HirModule): ReadonlySet<string> {
  const byName = new Map(module.functions.map((f) => [f.name, f]));
  const weights = new Map(module.functions.map((f) => [f.name, weigh(f)]));
  const sites = new Map<string, number>();
  for (const { calls } of weights.values()) {
    for (const [callee, n] of calls) sites.set(callee, (sites.get(callee) ?? 0) + n);
  }
  const inlined = new Set<string>();
  const whole = new Map<string, number>();
  /** Nodes of a function with everything that is inlined into it. */
  const wholeSize = (name: string): number => {
    const known = whole.get(name);
    if (known !== undefined) return known;
    whole.set(name, Number.POSITIVE_INFINITY); // recursion, which the checker refuses, is never inlined
    const { nodes = 0, calls = new Map<string, number>() } = weights.get(name) ?? {};
    let size = nodes;
    for (const [callee, n] of calls) {
      const calleeSize = wholeSize(callee);
      const copies = (sites.get(callee) ?? 1) - 1;
      if (byName.get(callee)?.inline === "free" && calleeSize * copies <= GROWTH_LIMIT) inlined.add(callee);
      if (inlined.has(callee) || byName.get(callee)?.inline === "always") size += calleeSize * n;
    }
    whole.set(name, size);
    return size;
  };
  for (const f of module.functions) wholeSize(f.name);
  return inlined;
}

/** Counts the nodes of a body and the calls in it. */
function weigh(fn: HirFunction): Weight {
  let nodes = 0;
  const calls = new Map<string, number>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
    const kind: unknown = Reflect.get(value, "kind");
    if (kind !== undefined && kind !== "const") nodes++;
    const callee: unknown = kind === "call" ? Reflect.get(value, "callee") : undefined;
    if (typeof callee === "string") calls.set(callee, (calls.get(callee) ?? 0) + 1);
    for (const [key, part] of Object.entries(value)) if (!NOT_CODE.has(key)) visit(part);
  };
  visit(fn.body);
  return { nodes, calls };
}
