/** Everything one exploration shares: program, rules, current state, work list, counters. */

import { helperById, helperTypeSince } from "../../runtime/facts/helpers/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { older } from "../../runtime/facts/versions.js";
import { CallKind, type Instruction, Op } from "../../runtime/isa/index.js";
import type { Refined } from "./domain/compare.js";
import { Memo } from "./domain/memo.js";
import { Pool } from "./domain/pool.js";
import { NEWEST_RULES, type RangeRules } from "./domain/rules.js";
import { constScalar, type Scalar } from "./domain/scalar.js";
import { BUDGET_STRIDE } from "./explore/budget.js";
import { analyseFlow, type Flow } from "./explore/flow.js";
import { LiveStack } from "./explore/live-stack.js";
import { Loops } from "./explore/loops.js";
import { markEverything, Precision } from "./explore/precision.js";
import type { Stored } from "./explore/visited.js";
import type { Cost, FunctionFacts, MapFacts, Subject } from "./program.js";
import { Reason, reject } from "./rejection.js";
import { IdMap } from "./state/equal.js";
import { NO_REG, type Reg, scalarReg } from "./state/reg.js";
import { isSpecial, Slot } from "./state/slot.js";
import { type Frame, State } from "./state/state.js";
import { type ContextRules, contextRules } from "./tables/context.js";
import { KF, kfuncByName } from "./tables/kfuncs.js";
import { RANGE_SINCE, versionNumber } from "./tables/since.js";
import { TypeSpace } from "./types.js";

/** The kernel's limits (BPF_COMPLEXITY_LIMIT_INSNS, _JMP_SEQ, MAX_CALL_FRAMES). */
export const LIMIT = { processed: 1_000_000, pending: 8192, frames: 8, stack: 512 } as const;

/** Old objects name no inner map, the loader decides: judged by the least that any map asks. */
const UNKNOWN_INNER: MapFacts = {
  name: "inner",
  type: MapTypeId.hash,
  keySize: 1,
  valueSize: 1 << 28,
  maxEntries: 1,
  flags: 0,
  sizesUnknown: true,
};

export interface Pending {
  readonly state: State;
  readonly insn: number;
  readonly previous: number;
}

export class Env {
  readonly flow: Flow;
  readonly rules: ContextRules;
  readonly cost: Cost = { processed: 0, states: 0, stackBytes: 0 };
  readonly pending: Pending[] = [];
  /** Stored states, by place: (slot ^ call site) modulo length (explored_state). */
  readonly explored: Stored[] = [];
  readonly liveStack: LiveStack;
  readonly loops: Loops;
  readonly precision: Precision;
  readonly ids = new IdMap();
  /** Equal scalars as one object. */
  readonly pool = new Pool();
  /** What the predicted kernel's ranges follow. */
  readonly ranges: RangeRules;
  /** Results of arithmetic, and what branches learn, by slot. */
  readonly arithmetic: Memo<Scalar>;
  readonly refined: Memo<Refined>;
  private readonly immediates: (Reg | undefined)[] = [];
  /** Deepest stack byte per subprogram. */
  readonly depths: number[];
  /** Packet type of use at each load or store: one instruction, one kind. */
  readonly kindAt = new Map<number, number>();
  /** Count of instructions at which limits are looked at next; when to give up: time by performance.now(), bytes of heap. */
  lookAt = BUDGET_STRIDE;
  budget: { readonly until: number; readonly bytes: number } | undefined = undefined;
  /** Global functions that were called, by their first slot. */
  readonly called = new Set<number>();
  /** How often each slot was walked. */
  readonly walked: Uint32Array;
  /** Next slot, current slot, and the one before. */
  insn = 0;
  previous = -1;
  jumps = 0;
  lastJumps = 0;
  lastProcessed = 0;
  seen = 0;
  readonly types: TypeSpace;
  readonly noReg = NO_REG;
  private lastId = 0;
  private readonly functionAt: ReadonlyMap<number, FunctionFacts>;

  constructor(
    readonly subject: Subject,
    /** Processors of the machine that is predicted: bounds bpf_get_smp_processor_id. */
    readonly cpus: number,
    public state: State,
  ) {
    const handler = subject.exceptionCallback;
    this.flow = analyseFlow(
      subject.insns,
      (slot) => kfuncByName(subject.kfuncs?.get(slot)),
      handler === undefined ? [] : [handler],
    );
    const rules = contextRules(subject.type, subject.attachType);
    if (rules === undefined) reject(Reason.Unsupported, `program type ${subject.type} is not known to the pre-check`);
    this.rules = rules;
    this.types = new TypeSpace(() => subject.kernel?.(), subject.btf);
    this.maps.push(...subject.maps);
    this.depths = this.flow.subprograms.map(() => 0);
    this.functionAt = new Map(subject.functions.map((f) => [f.start, f]));
    this.walked = new Uint32Array(this.flow.at.length);
    this.ranges = this.rangeRules();
    this.arithmetic = new Memo((s) => this.pool.one(s));
    this.refined = new Memo((r) => this.pool.both(r));
    this.liveStack = new LiveStack(this.flow, (slot) => this.flow.callsBack[slot] === 1);
    this.precision = new Precision(this.flow, this.isGlobal);
    this.loops = new Loops(this.flow, (from, to) => this.precision.propagate(from, to), markEverything);
  }

  /** What an instruction makes each time, made once. */
  fixed(insn: Instruction, make: () => Reg): Reg {
    const known = this.immediates[insn.slot];
    if (known !== undefined) return known;
    const reg = make();
    this.immediates[insn.slot] = reg;
    return reg;
  }

  /** The immediate operand; `half`: its low half only. */
  immediate(insn: Instruction, half: boolean): Reg {
    const known = this.immediates[insn.slot];
    if (known !== undefined) return known;
    const value = BigInt(insn.imm);
    const reg = scalarReg(this.pool.one(constScalar(half ? BigInt.asUintN(32, value) : value)));
    this.immediates[insn.slot] = reg;
    return reg;
  }

  /** The instruction may read the slot (bpf_mark_stack_read). */
  markStackRead(frame: number, spi: number): void {
    this.liveStack.read(this.state, frame, spi, this.state.insn);
  }
  /** The instruction certainly overwrites all of the slot (bpf_mark_stack_write). */
  markStackWrite(frame: number, spi: number): void {
    this.liveStack.write(frame, spi);
  }

  get frame(): Frame {
    return this.state.frame;
  }
  reg(index: number): Reg {
    return this.state.frame.regs[index] ?? NO_REG;
  }
  setReg(index: number, reg: Reg): void {
    this.state.frame.regs[index] = reg;
  }
  nextId(): number {
    return ++this.lastId;
  }
  /** The kernel that is predicted has what came with this one. @example env.since("6.3") */
  since(kernel: string): boolean {
    const { version } = this.subject;
    return version === undefined || versionNumber(kernel) <= version;
  }

  /** Notes that what was walked needs a kernel; the latest is kept with what needs it. */
  need(kernel: string, what: string): void {
    if (this.cost.needs === undefined || older(this.cost.needs.kernel, kernel)) this.cost.needs = { kernel, what };
  }

  private readonly helperTypes = new Map<number, string | undefined>();
  /** Since when programs of this type may call the helper, where that came later than the helper. */
  helperTypeSince(helper: number): string | undefined {
    if (!this.helperTypes.has(helper))
      this.helperTypes.set(helper, helperTypeSince(helper, this.subject.type, this.subject.attachType));
    return this.helperTypes.get(helper);
  }

  private rangeRules(): RangeRules {
    if (this.subject.version === undefined) return NEWEST_RULES;
    const rules = Object.entries(RANGE_SINCE).map(([name, kernel]) => [name, this.since(kernel)] as const);
    return { ...NEWEST_RULES, ...Object.fromEntries(rules) };
  }

  /** @throws Rejection where the kernel that is predicted is older than the feature, or it is not known when it came */
  require(what: string, kernel: string | undefined, reason: Reason = Reason.Helper): void {
    if (kernel !== undefined) this.need(kernel, what);
    if (this.subject.version === undefined) return;
    if (kernel === undefined) reject(Reason.Unsupported, `since which kernel there is ${what} is not known`);
    if (!this.since(kernel)) reject(reason, `${what} exists since Linux ${kernel}`);
  }

  /** Maps of the program, then inner maps as they are met. */
  private readonly maps: MapFacts[] = [];
  private readonly inner = new Map<number, number>();

  /** The number under which the inner map of a map-in-map is known. */
  innerOf(index: number): number {
    const known = this.inner.get(index);
    if (known !== undefined) return known;
    this.maps.push(this.map(index).inner ?? UNKNOWN_INNER);
    this.inner.set(index, this.maps.length - 1);
    return this.maps.length - 1;
  }

  map(index: number): MapFacts {
    const map = this.maps[index];
    if (map === undefined) reject(Reason.Map, `fd ${index} is not pointing to valid bpf_map`);
    return map;
  }
  mapOrNone(index: number): MapFacts | undefined {
    return this.maps[index];
  }
  functionFacts(start: number): FunctionFacts | undefined {
    return this.functionAt.get(start);
  }
  readonly isGlobal = (start: number): boolean => this.functionAt.get(start)?.global === true;

  /** One known path is walked again, for its story: nothing is compared, so nothing need be precise. */
  replays = false;

  precise(index: number): void {
    if (this.replays) return;
    this.precision.mark(this.state, index);
  }

  private readonly sleepers = new Map<number, boolean>();
  private readonly packetChangers = new Map<number, boolean>();

  /** The function, or one that it calls, may sleep (might_sleep of struct bpf_subprog_info). */
  mightSleep(start: number): boolean {
    const known = this.sleepers.get(start);
    if (known !== undefined) return known;
    this.sleepers.set(start, false);
    const sub = this.flow.subprograms.find((s) => s.start === start);
    const found = this.subject.insns.some((insn) => {
      if (sub === undefined || insn.slot < sub.start || insn.slot >= sub.end || insn.opcode !== Op.Call) return false;
      if (insn.src === CallKind.Helper) return helperById(insn.imm)?.sleeps === true;
      if (insn.src === CallKind.Kfunc)
        return kfuncByName(this.subject.kfuncs?.get(insn.slot))?.has(KF.Sleepable) === true;
      return this.mightSleep(insn.slot + 1 + insn.imm);
    });
    this.sleepers.set(start, found);
    return found;
  }

  /** The function, or one that it calls, invalidates packet pointers. */
  changesPacket(start: number): boolean {
    const known = this.packetChangers.get(start);
    if (known !== undefined) return known;
    this.packetChangers.set(start, false);
    const sub = this.flow.subprograms.find((s) => s.start === start);
    const found = this.subject.insns.some((insn) => {
      if (sub === undefined || insn.slot < sub.start || insn.slot >= sub.end || insn.opcode !== Op.Call) return false;
      if (insn.src === CallKind.Helper) return helperById(insn.imm)?.changesPacket === true;
      if (insn.src === CallKind.Kfunc) return this.subject.kfuncs?.get(insn.slot) === "bpf_xdp_pull_data";
      return this.changesPacket(insn.slot + 1 + insn.imm);
    });
    this.packetChangers.set(start, found);
    return found;
  }

  preciseSlot(frame: number, spi: number): void {
    if (this.replays) return;
    this.precision.markSlot(this.state, frame, spi);
  }

  /** A register that must have been written (check_reg_arg SRC_OP). */
  source(index: number): Reg {
    if (index > 10) reject(Reason.Encoding, `R${index} is invalid`);
    const reg = this.state.frame.regs[index] ?? NO_REG;
    if (reg.kind === 0) reject(Reason.Uninitialised, `R${index} !read_ok`);
    return reg;
  }

  /** A register that may be written (check_reg_arg DST_OP). */
  destination(index: number): void {
    if (index === 10) reject(Reason.Encoding, "frame pointer is read only");
    if (index > 10) reject(Reason.Encoding, `R${index} is invalid`);
  }

  /** Remembers how this instruction was reached, for precision (push_jmp_history). */
  remember(spi = -1, frame = 0): void {
    if (this.replays) return;
    const last = this.state.history;
    // The same instruction's entry may be refined (a jump target that accesses the stack).
    if (
      last !== undefined &&
      this.remembered === this.cost.processed &&
      last.insn === this.insn &&
      last.previous === this.previous
    ) {
      if (spi >= 0) {
        last.spi = spi;
        last.frame = frame;
      }
      return;
    }
    this.state.history = {
      insn: this.insn,
      previous: this.previous,
      spi,
      frame,
      linked: undefined,
      before: last,
      count: last === undefined ? 1 : last.count + 1,
    };
    this.remembered = this.cost.processed;
  }
  /** The instruction, counted, that the last history entry belongs to. */
  private remembered = -1;

  /** Applies a change to every register and spilled register of a state. */
  mapRegs(state: State, change: (reg: Reg) => Reg): void {
    for (let f = 0; f < state.frames.length; f++) {
      const { regs, stack } = state.frames[f] ?? state.frame;
      for (let r = 0; r < 10; r++) {
        const reg = regs[r];
        if (reg === undefined || reg.kind === 0) continue;
        const next = change(reg);
        if (next !== reg) regs[r] = next;
      }
      for (let i = 0; i < stack.length; i++) {
        const slot = stack[i];
        if (slot?.spilled === undefined || isSpecial(slot)) continue;
        const next = change(slot.spilled);
        // Of the same class as all slots: V8 would read two kinds of object slowly.
        if (next !== slot.spilled) stack[i] = new Slot(slot.types, next);
      }
    }
  }

  /** Another path to walk later (push_stack). @returns its state */
  push(insn: number, previous: number): State {
    const copy = this.state.copy();
    this.wait(copy, insn, previous, "");
    if (copy.parent !== undefined) copy.parent.branches++;
    return copy;
  }

  /** A walk for later that begins with nothing of this one (push_async_cb). */
  pushAlone(frame: Frame, insn: number, previous: number): State {
    const state = new State(frame);
    this.wait(state, insn, previous, " for async cb");
    return state;
  }

  private wait(state: State, insn: number, previous: number, whose: string): void {
    if (this.pending.length >= LIMIT.pending) {
      reject(Reason.Complexity, `The sequence of ${LIMIT.pending + 1} jumps is too complex${whose}.`);
    }
    this.pending.push({ state, insn, previous });
  }

  /** Stack in use, rounded as the kernel rounds; rejects frames and chains that are too large at the end. */
  useStack(frame: Frame, bytes: number): void {
    const depth = this.depths[frame.subprogram] ?? 0;
    if (bytes > depth) this.depths[frame.subprogram] = bytes;
  }
}
