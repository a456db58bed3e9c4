/**
 * Control flow before exploration. Input: instructions. Output: subprograms, prune and jump points, live registers per
 * slot. Rejects what check_subprogs and check_cfg of kernel/bpf/verifier.c (6.18) do.
 */
import { helperById, helpersThat } from "../../../runtime/facts/helpers/index.js";
import { Alu, CallKind, Class, type Instruction, Jump, Mode, Op, Pseudo, slotsOf } from "../../../runtime/isa/index.js";
import { Reason, Rejection } from "../rejection.js";
import { components } from "./components.js";
import { type Runs, runsOf } from "./runs.js";

export interface Subprogram {
  readonly start: number;
  readonly end: number;
}

/** What control flow asks of a kernel function. */
export interface CallRole {
  readonly args: readonly unknown[];
  /** Calls its function argument before it returns (bpf_rbtree_add). */
  readonly syncCallback: boolean;
  /** Keeps its function argument for later (bpf_wq_set_callback). */
  readonly asyncCallback: boolean;
  /** An open-coded iterator's next. */
  readonly iterNext: boolean;
  /** Never returns (bpf_throw). */
  readonly ends: boolean;
}
export type RoleOf = (slot: number) => CallRole | undefined;

export interface Flow {
  /** By slot; the second slot of a 64-bit load is undefined. */
  readonly at: readonly (Instruction | undefined)[];
  readonly subprograms: readonly Subprogram[];
  readonly prune: Uint8Array;
  readonly jump: Uint8Array;
  /** Checkpoints that are always stored. */
  readonly force: Uint8Array;
  /** Registers (bit set) that may be read from here on. */
  readonly live: Uint16Array;
  /** Slots that follow inside the function, -1 for none: the next one (or the only one), and where a branch goes. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Number of the loop that the slot is in, 0 for none. */
  readonly loop: Int32Array;
  readonly hasLoops: boolean;
  /** Calls of helpers that call back before they return. */
  readonly callsBack: Uint8Array;
  readonly runs: Runs;
  subprogramAt(slot: number): number;
  /** Of a call of a kernel function; undefined for other instructions. */
  readonly role: RoleOf;
}

const SYNC_CALLBACKS = helpersThat("callsBack");
const ASYNC_CALLBACKS = helpersThat("callsBackLater");

const isJump = (insn: Instruction): boolean => {
  const cls = insn.opcode & 7;
  return cls === Class.Jmp || cls === Class.Jmp32;
};
/** Slot that a jump goes to. */
export function target(insn: Instruction): number {
  return insn.slot + 1 + (insn.opcode === Op.Ja32 ? insn.imm : insn.off);
}
export const isLocalCall = (insn: Instruction): boolean => insn.opcode === Op.Call && insn.src === CallKind.Local;
export const isFuncAddress = (insn: Instruction): boolean => insn.opcode === Op.LdImm64 && insn.src === Pseudo.Func;

function fail(insn: number, text: string): never {
  throw new Rejection(Reason.Flow, text, insn);
}

function findSubprograms(insns: readonly Instruction[], length: number, roots: readonly number[]): Subprogram[] {
  const starts = new Set([0, ...roots]);
  for (const insn of insns) {
    if (!isLocalCall(insn) && !isFuncAddress(insn)) continue;
    const start = insn.slot + 1 + insn.imm;
    if (start < 0 || start >= length) fail(insn.slot, `invalid destination ${start}`);
    starts.add(start);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  if (sorted.length > 256) fail(0, "too many subprograms");
  return sorted.map((start, i) => ({ start, end: sorted[i + 1] ?? length }));
}

function checkJumps(at: readonly (Instruction | undefined)[], subs: readonly Subprogram[]): void {
  for (const { start, end } of subs) {
    let last: Instruction | undefined;
    for (let slot = start; slot < end; slot++) {
      const insn = at[slot];
      if (insn === undefined) continue;
      last = insn;
      const op = insn.opcode & 0xf0;
      if (!isJump(insn) || op === Jump.Exit || op === Jump.Call) continue;
      const to = target(insn);
      if (to < start || to >= end) fail(slot, `jump out of range from insn ${slot} to ${to}`);
    }
    const op = last === undefined ? 0 : last.opcode;
    if (op !== Op.Exit && op !== Op.Ja && op !== Op.Ja32) fail(end - 1, "last insn is not an exit or jmp");
  }
}

function successors(insn: Instruction): readonly number[] {
  if (!isJump(insn)) return [insn.slot + slotsOf(insn)];
  const op = insn.opcode & 0xf0;
  if (op === Jump.Exit) return [];
  if (op === Jump.Call) return [insn.slot + 1];
  if (op === Jump.Ja) return [target(insn)];
  return [insn.slot + 1, target(insn)];
}

function markPoints(insns: readonly Instruction[], flow: Pick<Flow, "prune" | "jump" | "force" | "role">): void {
  for (const insn of insns) {
    const t = insn.slot;
    if (isFuncAddress(insn)) {
      flow.prune[t + 2] = 1;
      flow.jump[t + 2] = 1;
      flow.prune[t] = 1;
      flow.prune[t + 1 + insn.imm] = flow.jump[t + 1 + insn.imm] = 1;
    }
    if (!isJump(insn)) continue;
    const op = insn.opcode & 0xf0;
    if (op === Jump.Exit) continue;
    if (op === Jump.Call) {
      if (insn.src === CallKind.Helper && ASYNC_CALLBACKS.has(insn.imm)) flow.prune[t] = 1;
      if (insn.src === CallKind.Helper && SYNC_CALLBACKS.has(insn.imm)) {
        flow.prune[t] = flow.jump[t] = flow.force[t] = 1;
      }
      if (insn.src === CallKind.Local) {
        flow.prune[t] = 1;
        flow.prune[t + 1 + insn.imm] = flow.jump[t + 1 + insn.imm] = 1;
      }
      const role = insn.src === CallKind.Kfunc ? flow.role(t) : undefined;
      if (role?.asyncCallback === true) flow.prune[t] = 1;
      if (role?.syncCallback === true || role?.iterNext === true) flow.prune[t] = flow.jump[t] = flow.force[t] = 1;
      flow.prune[t + 1] = flow.jump[t + 1] = 1;
      continue;
    }
    const to = target(insn);
    flow.prune[to] = flow.jump[to] = 1;
    if (op === Jump.Ja) continue;
    flow.prune[t] = 1;
    if (op === Jump.Cond) flow.force[t] = 1;
  }
}

function checkReached(
  at: readonly (Instruction | undefined)[],
  subs: readonly Subprogram[],
  roots: readonly number[],
): void {
  const seen = new Uint8Array(at.length);
  const queue: number[] = [0, ...roots];
  while (queue.length > 0) {
    const slot = queue.pop() ?? 0;
    if (seen[slot] === 1) continue;
    seen[slot] = 1;
    const insn = at[slot];
    if (insn === undefined) fail(slot, `jump into the middle of ldimm64 insn ${slot}`);
    if (isLocalCall(insn) || isFuncAddress(insn)) queue.push(slot + 1 + insn.imm);
    for (const next of successors(insn)) {
      if (next >= at.length) fail(slot, "last insn is not an exit or jmp");
      queue.push(next);
    }
  }
  // Global functions are roots of their own, so all subprograms count as reached only when something refers to them.
  for (const { start } of subs) if (seen[start] === 0) fail(start, `unreachable insn ${start}`);
  at.forEach((insn, slot) => {
    if (insn !== undefined && seen[slot] === 0) fail(slot, `unreachable insn ${slot}`);
  });
}

const CALLER_SAVED = 0b11_1111;

/** Registers read and written by one instruction (compute_insn_live_regs). */
function useAndDef(insn: Instruction, role: RoleOf): readonly [use: number, def: number] {
  const dst = 1 << insn.dst;
  const src = 1 << insn.src;
  const register = (insn.opcode & 8) !== 0;
  switch (insn.opcode & 7) {
    case Class.Ld:
      if ((insn.opcode & 0xe0) === Mode.Imm) return [0, dst];
      // The kernel does not look into LD_ABS and LD_IND: all registers count as read.
      return [0x3ff, 0];
    case Class.Ldx:
      return [src, dst];
    case Class.St:
      return [dst, 0];
    case Class.Stx:
      if ((insn.opcode & 0xe0) !== Mode.Atomic) return [dst | src, 0];
      if (insn.imm === 0x100) return [src, dst];
      if (insn.imm === 0xf1) return [dst | src | 1, 1];
      return [dst | src, (insn.imm & 1) !== 0 ? src : 0];
    case Class.Alu:
    case Class.Alu64: {
      const op = insn.opcode & 0xf0;
      if (op === Alu.Mov) return [register ? src : 0, dst];
      if (op === Alu.End || op === Alu.Neg) return [dst, dst];
      return [dst | (register ? src : 0), dst];
    }
    default: {
      const op = insn.opcode & 0xf0;
      if (op === Jump.Ja || op === Jump.Cond) return [0, 0];
      if (op === Jump.Exit) return [1, 0];
      if (op !== Jump.Call) return [dst | (register ? src : 0), 0];
      const callee =
        insn.src === CallKind.Helper ? helperById(insn.imm) : insn.src === CallKind.Kfunc ? role(insn.slot) : undefined;
      const count = callee?.args.length ?? 5;
      return [((1 << (count + 1)) - 1) & ~1, CALLER_SAVED];
    }
  }
}

function liveRegisters(
  insns: readonly Instruction[],
  first: Int32Array,
  second: Int32Array,
  role: RoleOf,
): Uint16Array {
  const live = new Uint16Array(first.length + 2);
  const use = new Uint16Array(first.length);
  const keep = new Uint16Array(first.length);
  for (const insn of insns) {
    const [used, defined] = useAndDef(insn, role);
    use[insn.slot] = used;
    keep[insn.slot] = ~defined;
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let slot = first.length - 1; slot >= 0; slot--) {
      const a = first[slot] ?? -1;
      const b = second[slot] ?? -1;
      const out = (a < 0 ? 0 : (live[a] ?? 0)) | (b < 0 ? 0 : (live[b] ?? 0));
      const now = (out & (keep[slot] ?? 0)) | (use[slot] ?? 0);
      if (live[slot] !== now) {
        live[slot] = now;
        changed = true;
      }
    }
  }
  return live;
}

/** @throws Rejection `EB5019` for jumps out of a function, unreachable instructions, a missing exit */
export function analyseFlow(
  insns: readonly Instruction[],
  role: RoleOf = () => undefined,
  /** Functions that nothing refers to but that are called: the one that handles exceptions. */
  roots: readonly number[] = [],
): Flow {
  const lastInsn = insns[insns.length - 1];
  const length = lastInsn === undefined ? 0 : lastInsn.slot + slotsOf(lastInsn);
  const at: (Instruction | undefined)[] = new Array(length).fill(undefined);
  for (const insn of insns) at[insn.slot] = insn;
  const subprograms = findSubprograms(insns, length, roots);
  checkJumps(at, subprograms);
  checkReached(at, subprograms, roots);
  const bytes = (): Uint8Array => new Uint8Array(length + 2);
  const first = new Int32Array(length).fill(-1);
  const second = new Int32Array(length).fill(-1);
  const callsBack = bytes();
  for (const insn of insns) {
    const [a, b] = successors(insn);
    first[insn.slot] = a ?? -1;
    second[insn.slot] = b ?? -1;
    if (insn.opcode !== Op.Call) continue;
    const syncHelper = insn.src === CallKind.Helper && SYNC_CALLBACKS.has(insn.imm);
    if (syncHelper || (insn.src === CallKind.Kfunc && role(insn.slot)?.syncCallback === true)) callsBack[insn.slot] = 1;
  }
  const loop = components(first, second, (slot) => callsBack[slot] === 1);
  const owner = new Uint16Array(length + 1);
  subprograms.forEach(({ start, end }, i) => {
    owner.fill(i, start, end);
  });
  const flow = {
    at,
    subprograms,
    prune: bytes(),
    jump: bytes(),
    force: bytes(),
    live: liveRegisters(insns, first, second, role),
    first,
    second,
    loop,
    hasLoops: loop.some((n) => n !== 0),
    callsBack,
    runs: runsOf(at),
    subprogramAt: (slot: number): number => (slot < 0 || slot >= length ? -1 : (owner[slot] ?? -1)),
    role,
  };
  markPoints(insns, flow);
  return flow;
}
