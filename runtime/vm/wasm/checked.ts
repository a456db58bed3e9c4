/**
 * Which check each load and store of a function needs. A forward analysis (facts.ts) finds what every way to it has
 * checked already; accesses side by side are checked together (groups.ts); what is left in loops asks a range that was
 * found valid before (one comparison), what is left elsewhere asks the bitmap. A check stays good because nothing but a
 * call takes validity away: helpers may resize packets and free records, callees may call helpers.
 */
import { helperById } from "../../facts/helpers/index.js";
import { Alu, accessBytes, Class, Jump, Mode, Op } from "../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";
import type { InlineMap } from "../engine.js";
import { inFrame } from "./access.js";
import { effectsOf } from "./effects.js";
import { Facts, READ, WRITE } from "./facts.js";
import type { Block, Flow } from "./flow.js";
import { accessAt, type Extent, groupsOf, type PlainAccess } from "./groups.js";
import { LOOKUP, mapAt } from "./lookup.js";

/** How an access is checked. */
export interface Check {
  /** Is the place known to be good? */
  readonly known: boolean;
  /** A store to a known place that may be on a stack: its bytes are still to be marked as written. */
  readonly marks: boolean;
  readonly extent: Extent | undefined;
  /** Index of the range that is asked; undefined: the bitmap is. */
  readonly range: number | undefined;
  /** The context field that a 4-byte load surely reads, when that is a pointer. */
  readonly field: number | undefined;
}

/** A valid range that a function keeps, per base register and kind. */
export interface Range {
  readonly base: number;
  readonly kind: 0 | 1;
  /** Longest check that asks it, in bytes. */
  most: number;
}

export interface Plan {
  readonly checks: ReadonlyMap<number, Check>;
  readonly ranges: readonly Range[];
  /** Ranges to look for in front of a loop, by header. */
  readonly before: ReadonlyMap<Block, readonly number[]>;
}

const MOST_RANGES = 8;
const NEEDED: Check = { known: false, marks: false, extent: undefined, range: undefined, field: undefined };

/** What to do for accesses that the plan does not name: atomics and the like. */
export function checkAt(plan: Plan, slot: number): Check {
  return plan.checks.get(slot) ?? NEEDED;
}

/** Helpers that take no byte's validity away. Callbacks, packet and record helpers may. */
export function keepsMemory(id: number): boolean {
  const helper = helperById(id);
  if (helper === undefined || helper.changesPacket || helper.args.includes("func")) return false;
  return /^bpf_(map_(lookup|update|delete)_elem|map_(push|pop|peek)_elem|ktime_get\w*|jiffies64|get_\w+|csum_diff|trace_printk|probe_read\w*|perf_event_output|redirect\w*|fib_lookup|ringbuf_(query|reserve|output))$/.test(
    helper.name,
  );
}

function isWord(code: Code, slot: number): boolean {
  return code.words[slot * STRIDE + Word.op] === (Class.Ldx | Mode.Mem);
}

/** What is known about the machine. */
export interface PlanTarget {
  /** Does the context hold a pointer at an offset? */
  readonly pointers: (offset: number) => boolean;
  readonly inlineMap: (index: number) => InlineMap | undefined;
}

class Analysis {
  readonly extents = new Map<number, Extent>();
  /** Look-ups of maps that are known, by slot. */
  readonly lookups = new Map<number, InlineMap>();
  /** May memory hold the context's address? Then 8-byte loads may give it. */
  spilled: boolean;
  constructor(
    readonly code: Code,
    readonly target: PlanTarget,
    spilled: boolean,
  ) {
    this.spilled = spilled;
  }

  /** The pointer field that a load reads. */
  field(slot: number, access: PlainAccess, facts: Facts): number | undefined {
    const reads = access.kind === READ && isWord(this.code, slot) && access.base < 10 && facts.isContext(access.base);
    return reads && this.target.pointers(access.off) ? access.off : undefined;
  }

  /** Bytes that the check of an access covers besides its own: none near the context, where pointers are no bytes. */
  extent(slot: number, access: PlainAccess, facts: Facts): Extent | undefined {
    return access.kind === WRITE || facts.isOther(access.base) ? this.extents.get(slot) : undefined;
  }

  #access(slot: number, access: PlainAccess, facts: Facts): void {
    const { base, off, bytes, kind } = access;
    if (inFrame(base, off, bytes)) {
      facts.addFrame(off, bytes);
      return;
    }
    if (base > 9) return;
    // A 4-byte load may be of a context's pointer, which passes without the bytes being readable.
    if (kind === READ && isWord(this.code, slot) && !facts.isOther(base)) return;
    const extent = facts.has(base, kind, off, bytes) ? undefined : this.extent(slot, access, facts);
    if (extent === undefined) facts.add(base, kind, off, bytes);
    else facts.add(base, kind, off - extent.before, extent.before + extent.after);
    // What was written may be read: on stacks it is marked, elsewhere nothing is writable only.
    if (kind === WRITE) facts.add(base, READ, off, bytes);
  }

  /** Is what an operation writes surely not the context's address? */
  #other(slot: number, operation: number, facts: Facts): boolean {
    const at = slot * STRIDE;
    const dst = (this.code.words[at + Word.dst] ?? 0) >> 1;
    const src = (this.code.words[at + Word.src] ?? 0) >> 1;
    if (operation >= 0x100) return !this.spilled && facts.isOther(dst) && facts.isOther(src);
    switch (operation & 7) {
      case Class.Ldx:
        return !this.spilled || accessBytes(operation) < 8;
      case Class.Alu:
      case Class.Alu64: {
        const second = (operation & 8) === 0 || facts.isOther(src);
        return (operation & 0xf0) === Alu.Mov ? second : second && facts.isOther(dst);
      }
      default:
        return true;
    }
  }

  /** Goes through one instruction. */
  step(slot: number, facts: Facts): void {
    const { words } = this.code;
    const at = slot * STRIDE;
    const operation = words[at + Word.op] ?? 0;
    if (operation === Op.Call || operation === Internal.CallLocal || operation === Internal.CallKfunc) {
      if (operation !== Op.Call || !keepsMemory(words[at + Word.lo] ?? 0)) facts.forgetMemory();
      for (let reg = 0; reg <= 5; reg++) facts.forget(reg);
      facts.setOther(0, operation === Op.Call);
      const map = operation === Op.Call ? this.lookups.get(slot) : undefined;
      if (map !== undefined) facts.setOrNull(0, map.valueSize, map.writable ? map.valueSize : 0);
      return;
    }
    const access = accessAt(this.code, slot);
    if (access !== undefined) this.#access(slot, access, facts);
    const dst = (words[at + Word.dst] ?? 0) >> 1;
    const src = (words[at + Word.src] ?? 0) >> 1;
    if ((operation & 7) === Class.Stx || operation >= Internal.LoadAcquire) this.spilled ||= !facts.isOther(src);
    if (operation === Op.Mov64Reg) {
      facts.move(dst, src);
      return;
    }
    // r += imm, 64-bit.
    if (operation === Class.Alu64) {
      facts.shift(dst, words[at + Word.lo] ?? 0);
      return;
    }
    const { writes } = effectsOf(this.code, slot);
    if (writes === 0) return;
    const other = this.#other(slot, operation, facts);
    for (let reg = 0; reg < 10; reg++) {
      if ((writes & (1 << reg)) === 0) continue;
      facts.forget(reg);
      facts.setOther(reg, other);
    }
  }
}

/** Blocks of loops, each with the header of the innermost loop around it. */
function loopBlocks({ blocks }: Flow): ReadonlyMap<Block, Block> {
  const found = new Map<Block, Block>();
  // Inner headers come behind outer ones in reverse postorder, so the last one found stays.
  for (const header of blocks) {
    if (!header.header) continue;
    const body = new Set([header]);
    // Everything that leads to a jump back without passing the header again.
    const work = header.predecessors.filter((from) => from.index >= header.index);
    for (let one = work.pop(); one !== undefined; one = work.pop()) {
      if (body.has(one)) continue;
      body.add(one);
      work.push(...one.predecessors);
    }
    for (const one of body) found.set(one, header);
  }
  return found;
}

/**
 * Plans the checks of a program's functions, in their order: the first is the program itself, where r1 is the context.
 */
export function planChecks(code: Code, flows: readonly Flow[], target: PlanTarget): Plan[] {
  const plans = (spilled: boolean): { readonly plans: Plan[]; readonly spilled: boolean } => {
    let any = spilled;
    const list = flows.map((flow, i) => {
      const made = planFunction(new Analysis(code, target, spilled), flow, i === 0);
      any ||= made.spilled;
      return made.plan;
    });
    return { plans: list, spilled: any };
  };
  const first = plans(false);
  return first.spilled ? plans(true).plans : first.plans;
}

function planFunction(analysis: Analysis, flow: Flow, entry: boolean): { readonly plan: Plan; spilled: boolean } {
  const { blocks } = flow;
  const { code } = analysis;
  for (const block of blocks) {
    groupsOf(code, block, analysis.extents);
    for (const slot of block.slots) {
      if (code.words[slot * STRIDE + Word.op] !== Op.Call || code.words[slot * STRIDE + Word.lo] !== LOOKUP) continue;
      const index = mapAt(code, block, slot, 1);
      const map = index === undefined ? undefined : analysis.target.inlineMap(index);
      if (map !== undefined) analysis.lookups.set(slot, map);
    }
  }
  const loops = loopBlocks(flow);
  // A store in a loop asks a range by itself: what its neighbours may do is not known while the stack is being filled.
  for (const block of loops.keys())
    for (const slot of block.slots) if (accessAt(code, slot)?.kind === WRITE) analysis.extents.delete(slot);
  const atBegin = new Map<Block, Facts>();
  const start = new Facts();
  start.setContext(1, entry);
  // A program begins with zeros beside its context.
  if (entry) for (const reg of [0, 2, 3, 4, 5, 6, 7, 8, 9]) start.setOther(reg, true);
  const [first] = blocks;
  if (first !== undefined) atBegin.set(first, start);
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      const facts = atBegin.get(block)?.copy();
      if (facts === undefined) continue;
      for (const slot of block.slots) analysis.step(slot, facts);
      const tested = nullTest(code, block);
      for (const next of block.successors) {
        let there = facts;
        if (tested?.notNull === next) {
          there = facts.copy();
          there.notNull(tested.reg);
        }
        const old = atBegin.get(next);
        if (old === undefined) atBegin.set(next, there.copy());
        if (old === undefined || old.meet(there)) changed = true;
      }
    }
  }
  const checks = new Map<number, Check>();
  const ranges: Range[] = [];
  const before = new Map<Block, number[]>();
  for (const block of blocks) {
    const facts = atBegin.get(block)?.copy();
    if (facts === undefined) continue;
    for (const slot of block.slots) {
      const access = accessAt(code, slot);
      if (access !== undefined) {
        const header = loops.get(block);
        const check = decide(analysis, slot, access, facts, header !== undefined, ranges);
        checks.set(slot, check);
        if (check.range !== undefined && header !== undefined) {
          const list = before.get(header) ?? [];
          if (!list.includes(check.range)) list.push(check.range);
          before.set(header, list);
        }
      }
      analysis.step(slot, facts);
    }
  }
  return { plan: { checks, ranges, before }, spilled: analysis.spilled };
}

/** The register that a block's last instruction compares with 0, and where it goes on when that is not so. */
function nullTest(code: Code, block: Block): { readonly reg: number; readonly notNull: Block | undefined } | undefined {
  const at = (block.slots.at(-1) ?? 0) * STRIDE;
  const operation = code.words[at + Word.op];
  const [target, behind] = block.successors;
  if (code.words[at + Word.lo] !== 0 || behind === undefined || target === behind) return undefined;
  const reg = (code.words[at + Word.dst] ?? 0) >> 1;
  if (operation === (Class.Jmp | Jump.Eq)) return { reg, notNull: behind };
  return operation === (Class.Jmp | Jump.Ne) ? { reg, notNull: target } : undefined;
}

function decide(
  analysis: Analysis,
  slot: number,
  access: PlainAccess,
  facts: Facts,
  loop: boolean,
  ranges: Range[],
): Check {
  const { base, off, bytes, kind } = access;
  if (inFrame(base, off, bytes)) return { ...NEEDED, known: facts.hasFrame(off, bytes) };
  if (base > 9) return NEEDED;
  if (facts.has(base, kind, off, bytes))
    return { ...NEEDED, known: true, marks: kind === WRITE && !facts.has(base, READ, off, bytes) };
  const field = analysis.field(slot, access, facts);
  const extent = analysis.extent(slot, access, facts);
  let range: number | undefined;
  const maybeField =
    kind === READ && isWord(analysis.code, slot) && !facts.isOther(base) && analysis.target.pointers(off);
  if (loop && !maybeField) {
    const length = extent === undefined ? bytes : extent.before + extent.after;
    range = ranges.findIndex((r) => r.base === base && r.kind === kind);
    if (range < 0 && ranges.length < MOST_RANGES) range = ranges.push({ base, kind, most: 0 }) - 1;
    const found = ranges[range];
    if (found === undefined) range = undefined;
    else found.most = Math.max(found.most, length);
  }
  return { ...NEEDED, extent, range, field };
}
