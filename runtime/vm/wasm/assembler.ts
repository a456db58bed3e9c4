/**
 * Emits the instructions of one function: knows how many labels are open. {@link OperandBody} adds what arithmetic and
 * conditions need of whoever generates them: where a BPF register is.
 */
import { Type, W } from "./opcodes.js";
import { Writer } from "./writer.js";

export class Assembler extends Writer {
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
}

/** Code over BPF registers, wherever they are kept. */
export abstract class OperandBody extends Assembler {
  /** Locals that one operation may use, 32 and 64 bits wide. */
  abstract readonly scratch32: number;
  abstract readonly scratch64: number;
  /** Pushes BPF register n, 64-bit. */
  abstract reg(n: number): void;
  abstract setReg(n: number): void;
  /** Pushes the low half of a BPF register. */
  abstract reg32(n: number): void;
  /** Sets a BPF register to a 32-bit value, zero-extended (RFC 9669, 4.1). */
  setReg32(n: number): void {
    this.op(W.i64ExtendU);
    this.setReg(n);
  }
}
