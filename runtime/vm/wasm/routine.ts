/**
 * One function of a program to one WebAssembly function: (r1 to r5, frame) -> r0. Fuel is counted per segment (from a
 * block's begin or a call to the next call or the block's end) and checked where every endless run must come by: at the
 * entry, at loop headers and behind calls that may run BPF code. A check leaves to the interpreter when what is left
 * may not do until the next check; there the run ends at the exact instruction.
 */
import { helperById } from "../../facts/helpers/index.js";
import { accessBytes, Class, Mode, Op } from "../../isa/index.js";
import { FRAME_STRIDE, LAYOUT, MEMORY_TAG, STACK_BYTES } from "../address.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";
import { MAY_GOTO_BUDGET } from "../limits.js";
import { Place } from "../places.js";
import { type Bitmaps, enterFrame, findRange, type Site } from "./access.js";
import { alu, internalAlu } from "./alu.js";
import { Body, LOCALS_32, LOCALS_64, Local, rangeLocal } from "./body.js";
import { condition } from "./branch.js";
import { addressCast } from "./cast.js";
import { checkAt, keepsMemory, type Plan, type Range } from "./checked.js";
import { ARGUMENTS } from "./effects.js";
import { after, type Block, isBranch } from "./flow.js";
import { calleeOf, type Routine, TAIL_CALL } from "./liveness.js";
import { internalAccess, load, store } from "./loads.js";
import { canInline, emitLookup, LOOKUP, mapAt } from "./lookup.js";
import { KFUNC, Type, W } from "./opcodes.js";
import { smallHelper } from "./small-helpers.js";
import { emitFlow } from "./structure.js";
import { canUpdate, emitUpdate, UPDATE } from "./update.js";
import { Writer } from "./writer.js";

/** Registers that functions with tail calls hand on (liveness.ts). */
const KEPT = [0, 6, 7, 8, 9] as const;

/** May nothing behind an operation run, other than by a bail? */
function mayEnd(operation: number): boolean {
  if (operation === Op.Call || operation === Internal.CallLocal || operation === Internal.CallKfunc) return true;
  return operation < 0x100 && (operation & 7) === Class.Ld && operation !== Op.LdImm64;
}

/** Indices of the functions that generated code calls. */
export interface Functions {
  readonly bail: number;
  readonly helper: number;
  readonly packet: number;
  readonly tail: number;
  /** Search functions of hash maps, by map index. */
  readonly searches: ReadonlyMap<number, number>;
  /** By entry slot. */
  readonly routines: ReadonlyMap<number, number>;
}

export class RoutineEmitter {
  readonly #body = new Body(4096);
  readonly #code: Code;
  readonly #routine: Routine;
  readonly #others: ReadonlyMap<number, Routine>;
  readonly #maps: Bitmaps;
  readonly #functions: Functions;
  /** Instructions of the whole function: no way between two checks is longer. */
  readonly #size: number;
  readonly #plan: Plan;
  /** Instructions of the segment so far. */
  #done = 0;

  constructor(
    code: Code,
    routine: Routine,
    others: ReadonlyMap<number, Routine>,
    maps: Bitmaps,
    functions: Functions,
    plan: Plan,
  ) {
    this.#code = code;
    this.#routine = routine;
    this.#others = others;
    this.#maps = maps;
    this.#functions = functions;
    this.#plan = plan;
    this.#size = routine.flow.blocks.reduce((sum, block) => sum + block.slots.length, 0);
  }

  /** The function's entry of the code section. */
  emit(): Writer {
    const body = this.#body;
    body.open(W.block);
    enterFrame(body, this.#maps);
    this.#prologue();
    emitFlow(body, this.#routine.flow, {
      before: (header) => {
        for (const n of this.#plan.before.get(header) ?? [])
          findRange(body, this.#maps, n, this.#plan.ranges[n] as Range);
      },
      body: (block) => this.#block(block),
      condition: (block) => this.#condition(block),
      exit: () => {
        this.#storeFuel();
        body.reg(0);
        body.op(W.return);
      },
    });
    body.end();
    this.#leave();
    body.byte(W.end);
    const out = new Writer(body.length + 16);
    const ranges = this.#plan.ranges.length * 2;
    out.unsigned(ranges === 0 ? 2 : 3);
    out.unsigned(LOCALS_64);
    out.byte(Type.i64);
    out.unsigned(LOCALS_32);
    out.byte(Type.i32);
    if (ranges > 0) {
      out.unsigned(ranges);
      out.byte(Type.i64);
    }
    out.append(body);
    return out;
  }

  #prologue(): void {
    const body = this.#body;
    body.get(Local.frame);
    body.i32(STACK_BYTES);
    body.op(W.i32Add);
    body.op(W.i64ExtendU);
    body.i64Words(0, MEMORY_TAG);
    body.op(W.i64Or);
    body.set(Local.r10);
    body.i32(MAY_GOTO_BUDGET);
    body.set(Local.budget);
    if (this.#routine.tails) for (const n of KEPT) this.#reload(n);
    this.#loadFuel();
    if (this.#routine.flow.blocks[0]?.header !== true) this.#check(this.#routine.entry);
  }

  /** The end of the bail block: the interpreter runs the rest of the function, its r0 is the function's. */
  #leave(): void {
    const body = this.#body;
    for (let n = 0; n < 10; n++) this.#spill(n);
    this.#storeFuel();
    body.get(Local.pc);
    body.get(Local.frame);
    body.get(Local.budget);
    body.call(this.#functions.bail);
    body.i32(0);
    body.memory(W.i64Load, Place.registers);
  }

  #spill(n: number): void {
    this.#body.i32(0);
    this.#body.reg(n);
    this.#body.memory(W.i64Store, Place.registers + n * 8);
  }
  #reload(n: number): void {
    this.#body.i32(0);
    this.#body.memory(W.i64Load, Place.registers + n * 8);
    this.#body.setReg(n);
  }
  #storeFuel(): void {
    this.#body.i32(0);
    this.#body.get(Local.fuel);
    this.#body.memory(W.i32Store, Place.fuel);
  }
  #loadFuel(): void {
    this.#body.i32(0);
    this.#body.memory(W.i32Load, Place.fuel);
    this.#body.set(Local.fuel);
  }
  /** Leaves at a segment's begin when the fuel may not do. */
  #check(slot: number): void {
    this.#body.get(Local.fuel);
    // With counters one more: a jump that is counted as taken must reach its target, as it does in the interpreter.
    const { counters } = this.#maps;
    this.#body.i32(counters === undefined ? this.#size : this.#size + 1);
    this.#body.op(W.i32LtS);
    this.#body.bailIf(counters === undefined ? slot : ~slot, 0);
  }
  /** Takes the segment's instructions off the fuel. */
  #pay(): void {
    if (this.#done === 0) return;
    const body = this.#body;
    body.get(Local.fuel);
    body.i32(this.#done);
    body.op(W.i32Sub);
    body.set(Local.fuel);
    this.#done = 0;
  }

  #block(block: Block): void {
    this.#done = 0;
    if (block.header) this.#check(block.start);
    this.#segment(block, 0);
    for (const [i, slot] of block.slots.entries()) {
      // In code behind a bail nothing more is needed: the interpreter has taken over.
      this.#instruction(slot, block);
      this.#done++;
      if (mayEnd(this.#word(slot, Word.op))) this.#segment(block, i + 1);
    }
    this.#pay();
    const last = block.slots.at(-1) ?? 0;
    if (block.end === "goto" && this.#word(last, Word.op) === Op.Cond) this.#spendBudget();
    if (block.end === "goto" && isBranch(this.#word(last, Word.op))) this.#maps.counters?.always(this.#body, last);
  }

  /** A counted segment: up to and with the next instruction that may end the run, or the block's end. */
  #segment({ slots }: Block, from: number): void {
    const { counters } = this.#maps;
    if (counters === undefined) return;
    const last = slots.findIndex((slot, i) => i >= from && mayEnd(this.#word(slot, Word.op)));
    counters.segment(this.#body, slots.slice(from, last < 0 ? undefined : last + 1));
  }

  #word(slot: number, word: number): number {
    return this.#code.words[slot * STRIDE + word] ?? 0;
  }

  #condition(block: Block): void {
    const slot = block.slots.at(-1) ?? 0;
    const operation = this.#word(slot, Word.op);
    if (operation === Op.Cond) {
      // may_goto jumps when the budget is used up, else takes one off it.
      this.#body.get(Local.budget);
      this.#body.i32(0);
      this.#body.op(W.i32LeS);
      this.#spendBudget();
      this.#maps.counters?.jump(this.#body, slot);
      return;
    }
    const [dst, src] = [this.#word(slot, Word.dst) >> 1, this.#word(slot, Word.src) >> 1];
    condition(this.#body, operation, dst, src, this.#word(slot, Word.lo));
    this.#maps.counters?.jump(this.#body, slot);
  }

  /** budget -= budget > 0 */
  #spendBudget(): void {
    const body = this.#body;
    body.get(Local.budget);
    body.get(Local.budget);
    body.i32(0);
    body.op(W.i32GtS);
    body.op(W.i32Sub);
    body.set(Local.budget);
  }

  #instruction(slot: number, block: Block): void {
    const body = this.#body;
    const operation = this.#word(slot, Word.op);
    const dst = this.#word(slot, Word.dst) >> 1;
    const src = this.#word(slot, Word.src) >> 1;
    const lo = this.#word(slot, Word.lo);
    const off = this.#word(slot, Word.off);
    const check = checkAt(this.#plan, slot);
    const site: Site = { slot, done: this.#done, check };
    if (operation >= 0x100) {
      const access = { operation, dst, src, off, lo, width: this.#word(slot, Word.extra) };
      if (operation === Internal.CallLocal) this.#callLocal(slot);
      else if (operation === Internal.AddrSpaceCast && this.#maps.arena !== undefined)
        addressCast(body, dst, src, lo, this.#maps.arena);
      else if (operation === Internal.CallKfunc) this.#callOutside(slot, KFUNC, true);
      else if (!internalAlu(body, operation, dst, src, lo) && !internalAccess(body, this.#maps, access, site))
        body.bail(slot, this.#done);
      return;
    }
    const access = { operation, dst, src, off, lo, width: 0 };
    switch (operation & 7) {
      case Class.Alu:
      case Class.Alu64:
        alu(body, (operation & 7) === Class.Alu64, operation & 0xf0, {
          dst,
          src,
          imm: (operation & 8) === 0 ? lo : undefined,
        });
        return;
      case Class.Ldx:
        load(body, this.#maps, access, site);
        return;
      case Class.St:
      case Class.Stx:
        store(body, this.#maps, access, site, (operation & 7) === Class.St);
        return;
      case Class.Ld:
        if (operation !== Op.LdImm64) this.#packetLoad(operation, src, lo);
        else {
          body.i64Words(lo, this.#word(slot, Word.hi));
          body.setReg(dst);
        }
        return;
      default:
        if (operation === Op.Call) this.#call(slot, lo, block);
    }
  }

  /** Behind what may take validity away, no range is known. */
  #forgetRanges(): void {
    for (let n = 0; n < this.#plan.ranges.length; n++) {
      this.#body.i64(0);
      this.#body.set(rangeLocal(n) + 1);
    }
  }

  /** A look-up or update of a map that is known here, else any helper. */
  #call(slot: number, id: number, block: Block): void {
    const body = this.#body;
    const small = this.#maps.inlineHelper(id) ? smallHelper(id) : undefined;
    if (small !== undefined) {
      small(body);
      return;
    }
    const index = id === LOOKUP || id === UPDATE ? mapAt(this.#code, block, slot, 1) : undefined;
    const map = index === undefined ? undefined : this.#maps.inlineMap(index);
    const updates = map !== undefined && id === UPDATE && this.#maps.inlineHelper(UPDATE) && canUpdate(map);
    if (index === undefined || map === undefined || !(updates || (id === LOOKUP && canInline(map.plan)))) {
      this.#callHelper(slot, id);
      return;
    }
    // Paid on both ways at the same place.
    this.#pay();
    const done = body.open(W.block);
    const slow = body.open(W.block);
    if (updates) emitUpdate(body, this.#maps, map, slow);
    else emitLookup(body, this.#maps, map, slow, this.#functions.searches.get(index) ?? 0);
    body.get(Local.fuel);
    body.i32(1);
    body.op(W.i32Sub);
    body.set(Local.fuel);
    body.br(done);
    body.end();
    this.#callHelper(slot, id);
    body.end();
  }

  #callHelper(slot: number, id: number): void {
    if (id === TAIL_CALL) {
      this.#tailCall(slot);
      return;
    }
    this.#callOutside(slot, id, helperById(id)?.args.includes("func") ?? false);
  }

  /** The target, when there is one, runs inside the call and ends this function with its r0. */
  #tailCall(slot: number): void {
    const body = this.#body;
    for (let n = 0; n <= 9; n++) this.#spill(n);
    this.#done++;
    this.#pay();
    this.#storeFuel();
    body.i32(slot);
    body.get(Local.frame);
    body.call(this.#functions.tail);
    body.open(W.if);
    body.i32(0);
    body.memory(W.i64Load, Place.registers);
    body.op(W.return);
    body.end();
    body.i64(-1);
    body.setReg(0);
    // The block's loop counts this instruction, which is paid already.
    this.#done = -1;
  }

  /** @param callsBack it may run functions of the program, as any kernel function may */
  #callOutside(slot: number, id: number, callsBack: boolean): void {
    const body = this.#body;
    const live = (this.#routine.liveAfter.get(slot) ?? 0) & ARGUMENTS;
    // What a callback leaves in r1 to r5 only the interpreter knows.
    if (callsBack && live !== 0) {
      body.bail(slot, this.#done);
      return;
    }
    // A callback is run by the interpreter, where it begins with its caller's r6 to r9.
    for (let n = 0; n <= (callsBack ? 9 : 5); n++) this.#spill(n);
    this.#done++;
    this.#pay();
    this.#storeFuel();
    body.i32(id);
    body.i32(slot);
    body.get(Local.frame);
    body.call(this.#functions.helper);
    this.#reload(0);
    for (let n = 1; n <= 5; n++) if ((live & (1 << n)) !== 0) this.#reload(n);
    if (!keepsMemory(id)) this.#forgetRanges();
    if (callsBack) {
      this.#loadFuel();
      this.#check(after(this.#code, slot));
    }
    // The block's loop counts this instruction, which is paid already.
    this.#done = -1;
  }

  /** LD_ABS, LD_IND: outside the packet the function ends with 0 (kernel: gen_ld_abs). */
  #packetLoad(operation: number, src: number, imm: number): void {
    const body = this.#body;
    if ((operation & 0xe0) === Mode.Ind) {
      body.reg32(src);
      body.i32(imm);
      body.op(W.i32Add);
    } else body.i32(imm);
    body.i32(accessBytes(operation));
    body.call(this.#functions.packet);
    body.setReg32(0);
    body.i32(0);
    body.memory(W.i32Load, Place.outside);
    body.open(W.if);
    body.i32(0);
    body.get(Local.fuel);
    body.i32(this.#done + 1);
    body.op(W.i32Sub);
    body.memory(W.i32Store, Place.fuel);
    body.reg(0);
    body.op(W.return);
    body.end();
  }

  #callLocal(slot: number): void {
    const body = this.#body;
    const entry = calleeOf(this.#code, slot);
    const index = this.#functions.routines.get(entry);
    const callee = this.#others.get(entry);
    // What only the interpreter defines: registers that the calling convention does not hand over (see liveness.ts).
    const odd =
      ((callee?.liveIn ?? 0) & ~ARGUMENTS & ~(1 << 10)) | ((this.#routine.liveAfter.get(slot) ?? 0) & ARGUMENTS);
    if (index === undefined || odd !== 0) {
      body.bail(slot, this.#done);
      return;
    }
    body.get(Local.frame);
    body.i32(0);
    body.memory(W.i32Load, Place.limit);
    body.i32(FRAME_STRIDE);
    body.op(W.i32Mul);
    body.i32(LAYOUT.stack);
    body.op(W.i32Add);
    body.op(W.i32GeU);
    body.bailIf(slot, this.#done);
    this.#done++;
    this.#pay();
    this.#storeFuel();
    if (callee?.tails === true) for (const n of KEPT) this.#spill(n);
    for (let n = 1; n <= 5; n++) body.reg(n);
    body.get(Local.frame);
    body.i32(FRAME_STRIDE);
    body.op(W.i32Add);
    body.call(index);
    body.setReg(0);
    this.#forgetRanges();
    this.#loadFuel();
    this.#check(after(this.#code, slot));
    this.#done = -1;
  }
}
