/**
 * What the verifier knows of an unsigned value from the instructions that make it: loads of small fields, masks, shifts
 * and sums of those. LLVM knows more (dominating tests, remainders) and drops a comparison that it can prove; where the
 * bound found here does not suffice, the value is made opaque to LLVM, so that the comparison stays. Pure, per module.
 */

import type { Expr, HirFunction, HirModule, Local } from "../hir/nodes.js";
import { intOf } from "../hir/types.js";
import { returnedValues, visitStatements } from "../hir/visit.js";

/** Above, bounds mean nothing to any caller. */
const MAX = 0xffff_ffffn;

export class KernelBounds {
  private readonly functions: ReadonlyMap<string, HirFunction>;
  private readonly assigned = new Map<Local, readonly Expr[]>();
  private readonly known = new Map<Local | HirFunction, bigint | undefined>();
  private readonly open = new Set<Local | HirFunction>();

  constructor(module: HirModule) {
    this.functions = new Map(module.functions.map((f) => [f.name, f]));
    for (const fn of module.functions) this.collect(fn);
  }

  private collect(fn: HirFunction): void {
    const found = new Map<Local, Expr[]>();
    visitStatements(fn.body, (e) => {
      if (e.kind !== "assign" || e.place.kind !== "local") return;
      const { local } = e.place;
      const values = found.get(local) ?? [];
      values.push(e.value);
      found.set(local, values);
    });
    for (const param of fn.params) found.delete(param);
    for (const [local, values] of found) this.assigned.set(local, values);
  }

  /** The largest that `e` can be, as far as the verifier sees it; undefined when it sees no bound, or a negative one. */
  atMost(e: Expr): bigint | undefined {
    const bound = this.bound(e);
    return bound !== undefined && bound >= 0n && bound <= MAX ? bound : undefined;
  }

  private bound(e: Expr): bigint | undefined {
    switch (e.kind) {
      case "const":
        return e.value >= 0n ? e.value : undefined;
      case "read":
        return e.place.kind === "local" ? this.ofLocal(e.place.local) : typeBound(e);
      case "convert":
        return this.converted(e.value, e.to.signed ? undefined : (1n << BigInt(e.to.bits)) - 1n);
      case "bswap":
        return (1n << BigInt(e.bits)) - 1n;
      case "conditional":
        return larger(this.atMost(e.whenTrue), this.atMost(e.whenFalse));
      case "sequence":
      case "opaque":
        return this.atMost(e.value);
      case "call":
        return this.ofFunction(e.callee);
      case "binary":
        return this.ofBinary(e.op, e.left, e.right);
      default:
        return undefined;
    }
  }

  private converted(value: Expr, range: bigint | undefined): bigint | undefined {
    const inner = this.atMost(value);
    if (range === undefined) return undefined;
    return inner !== undefined && inner < range ? inner : range;
  }

  private ofBinary(op: string, left: Expr, right: Expr): bigint | undefined {
    const a = this.atMost(left);
    const b = this.atMost(right);
    switch (op) {
      case "and":
        return a === undefined ? b : b === undefined ? a : a < b ? a : b;
      case "add":
        return a === undefined || b === undefined ? undefined : a + b;
      case "mul":
        return a === undefined || b === undefined ? undefined : a * b;
      case "or":
      case "xor":
        return a === undefined || b === undefined ? undefined : filled(a | b);
      case "shl":
        return a === undefined || right.kind !== "const" || right.value > 32n ? undefined : a << right.value;
      case "lshr":
        return a === undefined || right.kind !== "const" ? undefined : a >> right.value;
      default:
        return undefined;
    }
  }

  private ofLocal(local: Local): bigint | undefined {
    if (local.below !== undefined) return local.below - 1n;
    const values = this.assigned.get(local);
    if (!values) return undefined;
    return this.once(local, () => values.map((v) => this.atMost(v)).reduce(larger));
  }

  private ofFunction(name: string): bigint | undefined {
    const fn = this.functions.get(name);
    if (!fn || fn.inline === "never") return undefined;
    return this.once(fn, () => {
      let all: bigint | undefined = 0n;
      const returns = returnedValues(fn.body);
      for (const value of returns) all = larger(all, this.atMost(value));
      return returns.length > 0 ? all : undefined;
    });
  }

  /** Computes an answer once; what depends on itself (a counter) has no bound. */
  private once(key: Local | HirFunction, compute: () => bigint | undefined): bigint | undefined {
    if (this.known.has(key)) return this.known.get(key);
    if (this.open.has(key)) return undefined;
    this.open.add(key);
    const answer = compute();
    this.open.delete(key);
    this.known.set(key, answer);
    return answer;
  }
}

const larger = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : a > b ? a : b;

/** All bits up to the highest of `a`. */
function filled(a: bigint): bigint {
  return (1n << BigInt(a.toString(2).length)) - 1n;
}

/** A load of an unsigned field of at most 32 bits is zero-extended by the instruction itself. */
function typeBound(e: Expr): bigint | undefined {
  const int = intOf(e.type);
  return int && !int.signed && int.bits < 64 ? (1n << BigInt(int.bits)) - 1n : undefined;
}
