/**
 * The hot loop's function while it is written: one handler for each operation of records (record.ts). BPF registers lie
 * in memory; which ones an instruction names, its record says, so DST, SRC and IMM stand for them.
 */
import { Place } from "../../places.js";
import { OperandBody } from "../../wasm/assembler.js";
import { W } from "../../wasm/opcodes.js";
import { Field, RECORD } from "./record.js";

/** Behind r0 to r10: what the record names. */
export const DST = 11;
export const SRC = 12;
export const IMM = 13;

/** Parameters: the program's first record, the one to begin with, calls under way at which `exit` ends. Then locals. */
export const Local = {
  code: 0,
  pc: 1,
  base: 2,
  fuel: 3,
  dst: 4,
  src: 5,
  place: 6,
  bits: 7,
  address: 8,
  value: 9,
} as const;
export const LOCALS_32 = 5;
export const LOCALS_64 = 2;

/** Labels that handlers leave to. */
export interface Labels {
  /** Takes the next record, at `pc`. */
  readonly next: number;
  /** The step-by-step interpreter does this instruction. */
  readonly step: number;
  /** Calls helper `dst`, then goes on behind it. */
  readonly helper: number;
  /** Asks for the context's pointer at `place`, which stands for what DST loads. */
  readonly context: number;
  /** The program, or the callback, has ended. */
  readonly end: number;
}

export class LoopBody extends OperandBody {
  readonly scratch32: number = Local.place;
  readonly scratch64: number = Local.address;

  /** Where a register lies, as an address less {@link Place.registers}. */
  #at(n: number): void {
    if (n === DST) this.get(Local.dst);
    else if (n === SRC) this.get(Local.src);
    else this.i32(n * 8);
  }
  reg(n: number): void {
    if (n === IMM) this.field(W.i64Load, Field.imm);
    else {
      this.#at(n);
      this.memory(W.i64Load, Place.registers);
    }
  }
  reg32(n: number): void {
    if (n === IMM) this.field(W.i32Load, Field.imm);
    else {
      this.#at(n);
      this.memory(W.i32Load, Place.registers);
    }
  }
  setReg(n: number): void {
    this.set(Local.value);
    this.#at(n);
    this.get(Local.value);
    this.memory(W.i64Store, Place.registers);
  }
  /** Pushes a field of the record. */
  field(load: number, at: number): void {
    this.get(Local.pc);
    this.memory(load, at);
  }
  /** Goes on with the record behind `records` of them. */
  next(labels: Labels, records = 1): void {
    this.get(Local.pc);
    this.i32(RECORD * records);
    this.op(W.i32Add);
    this.set(Local.pc);
    this.br(labels.next);
  }
  /** Goes on where the record's displacement leads. */
  jump(labels: Labels): void {
    this.get(Local.pc);
    this.field(W.i32Load, Field.off);
    this.op(W.i32Add);
    this.set(Local.pc);
    this.br(labels.next);
  }
}
