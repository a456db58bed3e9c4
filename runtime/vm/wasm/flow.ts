/**
 * Control flow of one function. Input: prepared code and an entry slot. Output: the blocks that can be reached, in
 * reverse postorder, with successors, dominators, loop headers, and whether every loop has one entry (reducible).
 */

import { Class, Op } from "../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";

export interface Block {
  /** Position in reverse postorder: the entry is 0. */
  index: number;
  /** First slot. */
  readonly start: number;
  /** Slots of its instructions. */
  readonly slots: number[];
  /** What its last instruction is; "fall" when the next block begins behind it. */
  end: "exit" | "goto" | "branch" | "fall";
  /** Slots of successors: target first, then the fall-through. */
  next: readonly number[];
  successors: Block[];
  predecessors: Block[];
  /** Target of a backward edge. */
  header: boolean;
  /** Forward edges that lead here. */
  forward: number;
  dominator: Block | undefined;
  dominated: Block[];
}

export interface Flow {
  readonly blocks: readonly Block[];
  readonly reducible: boolean;
  /** Longest chain of dominators. */
  readonly depth: number;
}

export function operationAt(code: Code, slot: number): number {
  return code.words[slot * STRIDE + Word.op] ?? Internal.Nop;
}

/** Is it a conditional jump, may_goto included? */
export function isBranch(operation: number): boolean {
  const cls = operation & 7;
  return (
    operation < 0x100 &&
    (cls === Class.Jmp || cls === Class.Jmp32) &&
    operation !== Op.Ja &&
    operation !== Op.Call &&
    operation !== Op.Exit
  );
}

function targetAt(code: Code, slot: number): number {
  return (code.words[slot * STRIDE + Word.off] ?? 0) / STRIDE;
}

/** The slot behind an instruction. */
export function after(code: Code, slot: number): number {
  return slot + (operationAt(code, slot) === Op.LdImm64 ? 2 : 1);
}

/** Slots where blocks begin, and the slots that can run, from one entry. */
function leaders(code: Code, entry: number): Set<number> {
  const found = new Set([entry]);
  const work = [entry];
  const seen = new Set<number>();
  const add = (slot: number): void => {
    found.add(slot);
    work.push(slot);
  };
  for (let start = work.pop(); start !== undefined; start = work.pop()) {
    for (let slot = start; !seen.has(slot) && slot < code.slots; slot = after(code, slot)) {
      seen.add(slot);
      const operation = operationAt(code, slot);
      if (operation === Op.Exit) break;
      if (operation === Op.Ja) {
        add(targetAt(code, slot));
        break;
      }
      if (isBranch(operation)) {
        add(targetAt(code, slot));
        add(after(code, slot));
        break;
      }
    }
  }
  return found;
}

function readBlock(code: Code, start: number, starts: ReadonlySet<number>): Block {
  const block: Block = {
    index: -1,
    start,
    slots: [],
    end: "fall",
    next: [],
    successors: [],
    predecessors: [],
    header: false,
    forward: 0,
    dominator: undefined,
    dominated: [],
  };
  for (let slot = start; ; ) {
    block.slots.push(slot);
    const operation = operationAt(code, slot);
    const behind = after(code, slot);
    if (operation === Op.Exit) block.end = "exit";
    else if (operation === Op.Ja) {
      block.end = "goto";
      block.next = [targetAt(code, slot)];
    } else if (isBranch(operation)) {
      const target = targetAt(code, slot);
      // A branch to the next instruction goes there in any case.
      block.end = target === behind && operation !== Op.Cond ? "goto" : "branch";
      block.next = target === behind ? [behind] : [target, behind];
      if (target === behind) block.end = "goto";
    } else if (starts.has(behind)) block.next = [behind];
    else {
      slot = behind;
      continue;
    }
    return block;
  }
}

/** Reverse postorder without recursion: programs may have thousands of blocks in a row. */
function order(entry: Block): Block[] {
  const post: Block[] = [];
  const seen = new Set([entry]);
  const stack: { readonly block: Block; at: number }[] = [{ block: entry, at: entry.successors.length }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.block.successors[--top.at];
    if (next === undefined) {
      post.push(top.block);
      stack.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ block: next, at: next.successors.length });
    }
  }
  return post.reverse();
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
function dominators(blocks: readonly Block[]): void {
  const [entry] = blocks;
  if (entry === undefined) return;
  entry.dominator = entry;
  const meet = (a: Block, b: Block): Block => {
    while (a !== b) {
      while (a.index > b.index) a = a.dominator ?? entry;
      while (b.index > a.index) b = b.dominator ?? entry;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks.slice(1)) {
      let found: Block | undefined;
      for (const p of block.predecessors) {
        if (p.dominator !== undefined) found = found === undefined ? p : meet(p, found);
      }
      if (block.dominator !== found) {
        block.dominator = found;
        changed = true;
      }
    }
  }
  entry.dominator = undefined;
}

function dominates(a: Block, b: Block): boolean {
  let at: Block | undefined = b;
  while (at !== undefined && at.index > a.index) at = at.dominator;
  return at === a;
}

/** The flow of the function that begins at a slot. */
export function flowOf(code: Code, entry: number): Flow {
  const starts = leaders(code, entry);
  const bySlot = new Map([...starts].map((slot) => [slot, readBlock(code, slot, starts)]));
  const first = bySlot.get(entry) as Block;
  for (const block of bySlot.values()) {
    block.successors = block.next.flatMap((slot) => bySlot.get(slot) ?? []);
  }
  const blocks = order(first);
  for (const [index, block] of blocks.entries()) block.index = index;
  for (const block of blocks) for (const next of block.successors) next.predecessors.push(block);
  dominators(blocks);
  let reducible = true;
  let depth = 0;
  const depths = new Map<Block, number>();
  for (const block of blocks) {
    for (const next of block.successors) {
      if (next.index > block.index) next.forward++;
      else {
        next.header = true;
        if (!dominates(next, block)) reducible = false;
      }
    }
    const d = block.dominator === undefined ? 0 : (depths.get(block.dominator) ?? 0) + 1;
    depths.set(block, d);
    depth = Math.max(depth, d);
    block.dominator?.dominated.push(block);
  }
  return { blocks, reducible, depth };
}
