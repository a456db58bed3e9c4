/**
 * Random programs that the kernel's verifier accepts: every ALU and jump form of v4, stack, packet and map memory of all
 * sizes, atomics, bounded loops, local calls, helpers (fuzz/sections.ts has what is about memory). At the end the whole state (r0 to r8, 64 bytes of stack) lies in
 * the first map's value, behind it 64 bytes that the program worked on.
 */
import type { Instruction } from "../../runtime/isa/index.js";

/** Bytes of the state map's value: 9 registers, stack, work area. */
export const STATE_BYTES = 72 + 64 + 64;
export const WORK = 136;
export const STACK = -64;

export type Insn = Omit<Instruction, "slot">;
type Random = (below: number) => number;

/** xorshift32 */
export function generator(seed: number): Random {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const insn = (opcode: number, fields: Partial<Insn> = {}): Insn => ({
  opcode,
  dst: 0,
  src: 0,
  off: 0,
  imm: 0,
  ...fields,
});
const CONSTANTS = [0, 1, -1, 2, 7, 31, 32, 63, 0x7fffffff, -0x80000000, 0xff, 0xffff, -256, 0x12345678];
export const SIZES = [0x00, 0x08, 0x10, 0x18];
export const bytesOf = (size: number): number => ({ 0: 4, 8: 2, 16: 1, 24: 8 })[size] ?? 8;

export class Generator {
  readonly out: Insn[] = [];
  constructor(
    readonly random: Random,
    /** Registers that hold scalars and may be changed. */
    readonly registers: readonly number[],
    readonly main: boolean,
    /** More kinds of parts for the main function's own level. */
    readonly sections: readonly ((g: Generator) => void)[] = [],
  ) {}
  pick<T>(list: readonly T[]): T {
    return list[this.random(list.length)] as T;
  }
  reg(): number {
    return this.pick(this.registers);
  }
  imm(): number {
    return this.random(3) === 0 ? (this.random(0x7fffffff) ^ (this.random(2) ? -1 : 0)) | 0 : this.pick(CONSTANTS);
  }
  /** A generator whose code leaves some registers alone. */
  inner(without: readonly number[]): Generator {
    return new Generator(
      this.random,
      this.registers.filter((r) => !without.includes(r)),
      this.main,
    );
  }
  alu(): void {
    const wide = this.random(2) === 1;
    const cls = wide ? 7 : 4;
    const op = this.pick([0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0]);
    const [dst, src] = [this.reg(), this.reg()];
    const signed = (op === 0x30 || op === 0x90) && this.random(2) === 1 ? 1 : 0;
    if (this.random(2) === 1) {
      const off = op === 0xb0 && this.random(2) === 1 ? this.pick(wide ? [8, 16, 32] : [8, 16]) : signed;
      this.out.push(insn(cls | op | 8, { dst, src, off }));
      return;
    }
    let imm = this.imm();
    if (op === 0x60 || op === 0x70 || op === 0xc0) imm = this.random(wide ? 64 : 32);
    if (op === 0x30 || op === 0x90) imm ||= 3;
    this.out.push(insn(cls | op, { dst, imm, off: signed }));
  }
  unary(): void {
    const dst = this.reg();
    const imm = this.pick([16, 32, 64]);
    this.out.push(
      this.pick([
        insn(0x84, { dst }),
        insn(0x87, { dst }),
        insn(0xd4, { dst, imm }),
        insn(0xdc, { dst, imm }),
        insn(0xd7, { dst, imm }),
      ]),
    );
  }
  wide(): void {
    this.out.push(insn(0x18, { dst: this.reg(), imm: this.imm(), imm2: this.imm() } as Insn));
  }
  memory(): void {
    const size = this.pick(SIZES);
    const bytes = bytesOf(size);
    const stack = !this.main || this.random(2) === 1;
    const base = stack ? 10 : 9;
    const off = (stack ? STACK : WORK) + this.random(64 / bytes) * bytes;
    const kind = this.random(4);
    if (kind === 0) this.out.push(insn(0x61 | size, { dst: this.reg(), src: base, off }));
    else if (kind === 1 && bytes < 8) this.out.push(insn(0x81 | size, { dst: this.reg(), src: base, off }));
    else if (kind === 2) this.out.push(insn(0x62 | size, { dst: base, off, imm: this.imm() }));
    else this.out.push(insn(0x63 | size, { dst: base, src: this.reg(), off }));
  }
  atomic(): void {
    const wide = this.random(2) === 1;
    const base = !this.main || this.random(2) === 1 ? 10 : 9;
    const off = (base === 10 ? STACK : WORK) + this.random(wide ? 8 : 16) * (wide ? 8 : 4);
    const imm = this.pick([0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1]);
    this.out.push(insn(wide ? 0xdb : 0xc3, { dst: base, src: this.reg(), off, imm }));
  }
  jump(depth: number): void {
    const op = this.pick([0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0]);
    const cls = this.random(2) === 1 ? 5 : 6;
    const at = this.out.length;
    const useReg = this.random(2) === 1;
    this.out.push(
      useReg
        ? insn(cls | op | 8, { dst: this.reg(), src: this.reg() })
        : insn(cls | op, { dst: this.reg(), imm: this.imm() }),
    );
    this.block(1 + this.random(4), depth + 1);
    const skipped = slots(this.out.slice(at + 1));
    this.out[at] = { ...(this.out[at] as Insn), off: skipped };
  }
  /** A loop that runs 2 to 5 times; r8 counts, the body leaves it alone. */
  loop(): void {
    const body = this.inner([8]);
    for (let n = 2 + this.random(4); n > 0; n--) body.simple();
    this.out.push(insn(0xb7, { dst: 8, imm: 2 + this.random(4) }), ...body.out, insn(0x17, { dst: 8, imm: 1 }));
    this.out.push(insn(0x55, { dst: 8, imm: 0, off: -(slots(body.out) + 2) }));
  }
  /** Looks a random key of the second map up; r0 is its value or 0. r1 to r5 are set anew. */
  helper(): void {
    const key = this.random(6);
    const update = this.random(2) === 1;
    this.out.push(
      insn(0x62, { dst: 10, off: -72, imm: key }),
      insn(0xbf, { dst: 2, src: 10 }),
      insn(0x07, { dst: 2, imm: -72 }),
    );
    if (update) {
      this.out.push(
        insn(0x7b, { dst: 10, src: 6, off: -80 }),
        insn(0xbf, { dst: 3, src: 10 }),
        insn(0x07, { dst: 3, imm: -80 }),
      );
      this.out.push(insn(0xb7, { dst: 4, imm: this.random(4) }));
    }
    this.out.push(insn(0x18, { dst: 1, src: 1, imm: 1, imm2: 0 } as Insn), insn(0x85, { imm: update ? 2 : 1 }));
    if (!update) this.out.push(insn(0x15, { dst: 0, imm: 0, off: 1 }), insn(0x79, { dst: 0, src: 0 }));
    for (const dst of [1, 2, 3, 4, 5]) this.out.push(insn(0xb7, { dst, imm: this.imm() }));
  }
  call(): void {
    // The offset is filled in when the function has its place.
    this.out.push(insn(0x85, { src: 1, imm: 1 }));
    for (const dst of [1, 2, 3, 4, 5]) this.out.push(insn(0xb7, { dst, imm: this.imm() }));
  }
  simple(): void {
    const kind = this.random(10);
    if (kind < 5) this.alu();
    else if (kind < 6) this.unary();
    else if (kind < 7) this.wide();
    else if (kind < 9) this.memory();
    else this.atomic();
  }
  block(count: number, depth: number): void {
    for (let i = 0; i < count; i++) {
      const kind = this.random(24);
      if (kind < 2 && depth < 3) this.jump(depth);
      else if (kind === 2 && this.main && depth === 0) this.loop();
      else if (kind === 3 && this.main && depth === 0) this.helper();
      else if (kind === 4 && this.main && depth === 0) this.call();
      else if (kind > 18 && this.sections.length > 0 && depth === 0) this.pick(this.sections)(this);
      else this.simple();
    }
  }
}

export const slots = (list: readonly Insn[]): number => list.reduce((n, i) => n + (i.opcode === 0x18 ? 2 : 1), 0);
