/**
 * The code of one generated function: emits instructions, knows how many labels are open. Label 0 is the function's
 * bail label: a branch to it leaves the generated code and lets the interpreter go on at the slot in local `pc`.
 */
import { OperandBody } from "./assembler.js";
import { W } from "./opcodes.js";

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

export class Body extends OperandBody {
  readonly scratch32: number = Local.place;
  readonly scratch64: number = Local.address;

  reg(n: number): void {
    this.get(REGISTER[n] ?? 0);
  }
  setReg(n: number): void {
    this.set(REGISTER[n] ?? 0);
  }
  reg32(n: number): void {
    this.reg(n);
    this.op(W.i32Wrap);
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
