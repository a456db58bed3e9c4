/** Statements on numbers: arithmetic in both widths, branches, spills, bounds. */
import { Held, type Scene } from "./scene.js";

const CONSTANTS = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 48, 63, 64, 255, 256, 4095, 65535, -1, -2, -8, -64, 0x7fffffff, -0x80000000,
];
const ALU = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0];
const JUMPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0];

const constant = (g: Scene): number => (g.random.chance(80) ? g.random.pick(CONSTANTS) : g.random.next() | 0);

export function getScalar(g: Scene): void {
  const reg = g.free();
  const { random: r, asm } = g;
  switch (r.below(5)) {
    case 0:
      asm.mov(reg, constant(g), r.chance(40));
      break;
    case 1:
      asm.imm64(reg, r.next() | 0, r.chance(50) ? 0 : r.next() | 0);
      break;
    case 2: {
      if (g.held[6] !== Held.Ctx) return asm.mov(reg, constant(g));
      const [offset, size] = r.pick(g.kind.fields);
      asm.load(size, reg, 6, offset);
      break;
    }
    case 3:
      asm.call(7);
      g.afterCall(Held.Scalar);
      return;
    default:
      asm.call(5);
      g.afterCall(Held.Scalar);
      return;
  }
  g.hold(reg, Held.Scalar);
}

export function arithmetic(g: Scene): void {
  const { random: r, asm } = g;
  const half = r.chance(40);
  const op = r.pick(ALU);
  const src = g.scalar();
  const dst = op === 0xb0 ? g.free() : g.scalar();
  if (op === 0x80) asm.alu(op, dst, 0, half);
  else if (op === 0xb0 && r.chance(35)) asm.alur(op, dst, src, half, r.pick(half ? [8, 16] : [8, 16, 32]));
  else if (r.chance(45)) {
    const by = op === 0x60 || op === 0x70 || op === 0xc0 ? r.between(0, half ? 31 : 63) : constant(g);
    asm.alu(op, dst, (op === 0x30 || op === 0x90) && by === 0 ? 3 : by, half, signedOf(g, op));
  } else asm.alur(op, dst, src, half, signedOf(g, op));
  g.hold(dst, Held.Scalar);
}

/**
 * A mask of 0 or -1 as compilers make it, and as they nearly make it: shifted arithmetically in one width, masked with a constant in the same
 * or the other one, then tested. The kernel walks such a mask once with each value.
 */
export function mask(g: Scene, block: (g: Scene) => void): void {
  const { random: r, asm } = g;
  const reg = g.scalar();
  const half = r.chance(50);
  const bits = half ? 31 : 63;
  if (r.chance(25)) asm.alu(0x50, reg, constant(g), r.chance(50));
  if (r.chance(20)) asm.alu(0x80, reg, 0, r.chance(50));
  asm.alu(0xc0, reg, r.chance(85) ? bits : r.between(0, bits), half);
  if (r.chance(15)) asm.movr(reg, reg, true);
  if (r.chance(15)) spillMask(g, reg);
  const op = r.pick([0x50, 0x50, 0x40, 0x40, 0xa0]);
  const narrow = r.chance(20) ? !half : half;
  if (r.chance(70)) asm.alu(op, reg, constant(g), narrow);
  else {
    const other = g.free();
    if (other === reg) return;
    asm.mov(other, constant(g), r.chance(30));
    g.hold(other, Held.Scalar);
    asm.alur(op, reg, other, narrow);
  }
  g.hold(reg, Held.Scalar);
  if (r.chance(30)) asm.alu(r.pick([0x00, 0x50, 0x40, 0x70, 0xc0]), reg, r.between(0, 15), r.chance(50));
  const skip = g.label();
  asm.jump(r.pick(JUMPS), reg, r.chance(50) ? 0 : constant(g), skip, r.chance(50));
  // One side does what only the other value may reach, as often as not.
  if (r.chance(40)) asm.load(8, g.free(), reg, 0);
  else g.maybe(() => block(g));
  asm.here(skip);
}

function spillMask(g: Scene, reg: number): void {
  const slot = -8 * g.random.between(1, 8);
  g.asm.storer(8, 10, slot, reg);
  g.asm.load(8, reg, 10, slot);
}

const signedOf = (g: Scene, op: number): number => ((op === 0x30 || op === 0x90) && g.random.chance(25) ? 1 : 0);

export function swapBytes(g: Scene): void {
  const dst = g.scalar();
  // BPF_END: to little, to big (ALU), unconditional swap (ALU64).
  g.asm.raw(g.random.pick([0xd4, 0xdc, 0xd7]), dst, 0, 0, g.random.pick([16, 32, 64]));
}

/** `if (cond) { ... }` */
export function branch(g: Scene, block: (g: Scene) => void): void {
  const { random: r, asm } = g;
  const dst = g.scalar();
  const skip = g.label();
  const half = r.chance(35);
  if (r.chance(60)) asm.jump(r.pick(JUMPS), dst, constant(g), skip, half);
  else asm.jumpr(r.pick(JUMPS), dst, g.scalar(), skip, half);
  g.maybe(() => block(g));
  asm.here(skip);
}

/** A copy, perhaps moved by a constant, is tested; the original is used later. */
export function linked(g: Scene, block: (g: Scene) => void): void {
  const { random: r, asm } = g;
  const from = g.scalar();
  const to = g.free();
  const half = r.chance(30);
  asm.movr(to, from, half);
  g.hold(to, Held.Scalar);
  if (r.chance(60)) asm.alu(r.pick([0x00, 0x10]), to, r.between(-16, 64), r.chance(30));
  const skip = g.label();
  asm.jump(
    r.pick([0x20, 0x30, 0xa0, 0xb0, 0x60, 0xc0]),
    r.chance(50) ? to : from,
    r.between(0, 80),
    skip,
    r.chance(30),
  );
  g.maybe(() => block(g));
  asm.here(skip);
}

/** Stores a number and loads it again, in the same or another width. */
export function spill(g: Scene): void {
  const { random: r, asm } = g;
  const size = r.pick([8, 8, 8, 4, 4, 2, 1]);
  const slot = -8 * r.between(1, 8);
  const off = r.chance(75) ? slot : slot + size * r.below(8 / size);
  if (r.chance(80)) asm.storer(size, 10, off, g.scalar());
  else asm.store(size, 10, off, constant(g));
  if (r.chance(30)) return;
  const reg = g.free();
  const width = r.chance(70) ? size : r.pick([1, 2, 4, 8]);
  asm.load(width, reg, 10, width === 8 ? slot : off - (off % width), width < 8 && r.chance(20));
  g.hold(reg, Held.Scalar);
}

/** Leaves a number between 0 and about `limit` in a register; now and then not quite. */
export function bounded(g: Scene, limit: number): number {
  const { random: r, asm } = g;
  const reg = g.scalar();
  const near = limit + (r.chance(75) ? 0 : r.between(-2, 3));
  switch (r.below(4)) {
    case 0:
      asm.alu(0x50, reg, (1 << Math.floor(Math.log2(Math.max(1, near)))) - 1, r.chance(40));
      break;
    case 1: {
      const after = g.label();
      asm.jump(0xb0, reg, near, after, r.chance(20));
      asm.mov(reg, 0);
      asm.here(after);
      break;
    }
    case 2:
      asm.alu(0x50, reg, 0xffff, true);
      asm.alu(0x70, reg, 16 - Math.floor(Math.log2(Math.max(1, near))), r.chance(50));
      break;
    default: {
      const after = g.label();
      asm.jump(r.chance(50) ? 0xd0 : 0xb0, reg, near, after);
      asm.mov(reg, near);
      asm.here(after);
      if (r.chance(80)) {
        const positive = g.label();
        asm.jump(0x70, reg, 0, positive);
        asm.mov(reg, 0);
        asm.here(positive);
      }
    }
  }
  return reg;
}
