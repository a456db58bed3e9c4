/** Instructions with labels: what the generators write. Output: instructions with their offsets in place. */
import type { Instruction } from "../../runtime/isa/index.js";

export class Label {
  at = -1;
}

interface Draft {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
  readonly imm2?: number;
  /** Jump target; calls keep theirs in `imm`. */
  readonly label?: Label;
}

const SIZE: Readonly<Record<number, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };

export class Assembler {
  private readonly drafts: Draft[] = [];

  raw(opcode: number, dst = 0, src = 0, off = 0, imm = 0, more: { imm2?: number; label?: Label } = {}): void {
    this.drafts.push({ opcode, dst, src, off, imm, ...more });
  }
  /** `op` is the high four bits; `imm` or another register. */
  alu(op: number, dst: number, imm: number, half = false, off = 0): void {
    this.raw(op | (half ? 4 : 7), dst, 0, off, imm);
  }
  alur(op: number, dst: number, src: number, half = false, off = 0): void {
    this.raw(op | (half ? 12 : 15), dst, src, off);
  }
  mov(dst: number, imm: number, half = false): void {
    this.alu(0xb0, dst, imm, half);
  }
  movr(dst: number, src: number, half = false): void {
    this.alur(0xb0, dst, src, half);
  }
  load(size: number, dst: number, src: number, off: number, signed = false): void {
    this.raw((SIZE[size] ?? 0) | (signed ? 0x81 : 0x61), dst, src, off);
  }
  store(size: number, dst: number, off: number, imm: number): void {
    this.raw((SIZE[size] ?? 0) | 0x62, dst, 0, off, imm);
  }
  storer(size: number, dst: number, off: number, src: number): void {
    this.raw((SIZE[size] ?? 0) | 0x63, dst, src, off);
  }
  imm64(dst: number, low: number, high: number): void {
    this.raw(0x18, dst, 0, 0, low, { imm2: high });
  }
  map(dst: number, index: number): void {
    this.raw(0x18, dst, 1, 0, index, { imm2: 0 });
  }
  call(helper: number): void {
    this.raw(0x85, 0, 0, 0, helper);
  }
  callLocal(label: Label): void {
    this.raw(0x85, 0, 1, 0, 0, { label });
  }
  funcAddress(dst: number, label: Label): void {
    this.raw(0x18, dst, 4, 0, 0, { imm2: 0, label });
  }
  jump(op: number, dst: number, imm: number, label: Label, half = false): void {
    this.raw(op | (half ? 6 : 5), dst, 0, 0, imm, { label });
  }
  jumpr(op: number, dst: number, src: number, label: Label, half = false): void {
    this.raw(op | (half ? 14 : 13), dst, src, 0, 0, { label });
  }
  goto(label: Label): void {
    this.raw(0x05, 0, 0, 0, 0, { label });
  }
  exit(): void {
    this.raw(0x95);
  }
  here(label: Label = new Label()): Label {
    label.at = this.drafts.length;
    return label;
  }

  /** @returns instructions by slot */
  finish(): Instruction[] {
    const slots: number[] = [];
    let slot = 0;
    for (const draft of this.drafts) {
      slots.push(slot);
      slot += draft.opcode === 0x18 ? 2 : 1;
    }
    slots.push(slot);
    return this.drafts.map(({ label, ...draft }, i): Instruction => {
      const own = slots[i] ?? 0;
      if (label === undefined) return { ...draft, slot: own };
      const distance = (slots[label.at] ?? 0) - own - 1;
      const inImm = draft.opcode === 0x85 || draft.opcode === 0x18;
      return { ...draft, slot: own, ...(inImm ? { imm: distance } : { off: distance }) };
    });
  }
}
