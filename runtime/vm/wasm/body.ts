/**
 * The code of one generated function: emits instructions, knows how many labels are open. Label 0 is the function's
 * bail label: a branch to it leaves the generated code and lets the interpreter go on at the slot in local `pc`.
 */
import { Type, W } from "./opcodes.js";
import { Writer } from "./writer.js";

/** Parameters: r1 to r5 and the start of the frame's stack. Then the locals, 64-bit ones first. */
export const Local = {
  frame: 5,
  r0: 6,
  r10: 11,
  address: 12,
  fuel: 13,
  place: 14,
  pc: 15,
  next: 16,
  bits: 17,
  budget: 18,
} as const;
export const LOCALS_64 = 7;
export const LOCALS_32 = 6;

/** Locals of range n: its start, behind it how many start places it has. They come behind all others. */
export function rangeLocal(n: number): number {
  return FIRST_RANGE + 2 * n;
}
const FIRST_RANGE = 6 + LOCALS_64 + LOCALS_32;

/** BPF register -> local. */
const REGISTER = [6, 0, 1, 2, 3, 4, 7, 8, 9, 10, 11] as const;

export class Body extends Writer {
  /** Open labels. */
  depth = 0;

  op(code: number): void {
    this.byte(code);
  }
  get(local: number): void {
    this.byte(W.get);
    this.unsigned(local);
  }
  set(local: number): void {
    this.byte(W.set);
    this.unsigned(local);
  }
  tee(local: number): void {
    this.byte(W.tee);
    this.unsigned(local);
  }
  /** Pushes BPF register n, 64-bit. */
  reg(n: number): void {
    this.get(REGISTER[n] ?? 0);
  }
  setReg(n: number): void {
    this.set(REGISTER[n] ?? 0);
  }
  /** Pushes the low half of a BPF register. */
  reg32(n: number): void {
    this.reg(n);
    this.op(W.i32Wrap);
  }
  /** Sets a BPF register to a 32-bit value, zero-extended (RFC 9669, 4.1). */
  setReg32(n: number): void {
    this.op(W.i64ExtendU);
    this.setReg(n);
  }
  i32(value: number): void {
    this.byte(W.i32Const);
    this.signed(value);
  }
  /** A sign-extended 32-bit value. */
  i64(value: number): void {
    this.byte(W.i64Const);
    this.signed(value);
  }
  i64Words(lo: number, hi: number): void {
    this.byte(W.i64Const);
    this.signed64(lo, hi);
  }
  /** A load or store; nothing is promised about alignment. */
  memory(code: number, offset: number): void {
    this.byte(code);
    this.byte(0);
    this.unsigned(offset);
  }
  call(index: number): void {
    this.byte(W.call);
    this.unsigned(index);
  }
  /** Opens a block, loop or if; gives its label. */
  open(code: number, type: number = Type.none): number {
    this.byte(code);
    this.byte(type);
    return this.depth++;
  }
  else(): void {
    this.byte(W.else);
  }
  end(): void {
    this.byte(W.end);
    this.depth--;
  }
  br(label: number, code: number = W.br): void {
    this.byte(code);
    this.unsigned(this.depth - 1 - label);
  }
  /** Leaves to the interpreter, which goes on at `slot`; `done` instructions are not yet taken off the fuel. */
  bail(slot: number, done: number): void {
    if (done > 0) {
      this.get(Local.fuel);
      this.i32(done);
      this.op(W.i32Sub);
      this.set(Local.fuel);
    }
    this.i32(slot);
    this.set(Local.pc);
    this.br(0);
  }
  /** The same when the value on the stack is not 0. */
  bailIf(slot: number, done: number): void {
    this.open(W.if);
    this.bail(slot, done);
    this.end();
  }
}
