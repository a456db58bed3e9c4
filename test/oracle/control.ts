/** Statements on control flow: loops, functions, callbacks, may_goto, code that constants make dead. */
import type { Random } from "./random.js";
import { Held, type ProgramKind, Scene } from "./scene.js";

type Block = (g: Scene) => void;

/** A loop over a register that calls keep, with a constant bound; now and then it never ends. */
export function loop(g: Scene, block: Block): void {
  const { random: r, asm } = g;
  if (g.loops > 1) return;
  const counter = g.kept();
  const spilled = r.chance(25);
  asm.mov(counter, 0);
  if (spilled) asm.storer(8, 10, -72, counter);
  const top = asm.here();
  const bound = r.pick([1, 2, 3, 5, 8, 17, 40]);
  g.hold(counter, Held.None);
  for (let x = 0; x <= 5; x++) g.hold(x, Held.None);
  g.loops++;
  const before = g.held.slice();
  g.maybe(() => block(g));
  g.loops--;
  // What the body left in other kept registers differs from round to round.
  for (let x = 0; x < 10; x++) if (before[x] !== g.held[x]) g.hold(x, Held.None);
  if (spilled) asm.load(8, counter, 10, -72);
  if (r.chance(97)) asm.alu(0x00, counter, 1, r.chance(30));
  if (spilled) asm.storer(8, 10, -72, counter);
  asm.jump(r.pick([0xa0, 0xa0, 0xc0, 0x50]), counter, bound, top, r.chance(25));
  g.hold(counter, Held.Scalar);
}

export function mayGoto(g: Scene, block: Block): void {
  const { asm } = g;
  if (g.loops > 0) return;
  const out = g.label();
  const top = asm.here();
  for (let x = 0; x <= 5; x++) g.hold(x, Held.None);
  asm.raw(0xe5, 0, 0, 0, 0, { label: out });
  g.loops++;
  g.maybe(() => block(g));
  g.loops--;
  asm.goto(top);
  asm.here(out);
}

/** Branches on what is a constant: one side is never walked. */
export function dead(g: Scene, block: Block): void {
  const { random: r, asm } = g;
  const reg = g.free();
  const value = r.between(0, 8);
  asm.mov(reg, value);
  g.hold(reg, Held.Scalar);
  const skip = g.label();
  asm.jump(r.pick([0x10, 0x50, 0x20, 0xa0]), reg, r.between(0, 8), skip, r.chance(30));
  g.maybe(() => block(g));
  asm.here(skip);
}

/** A call of a function of the program that gets numbers and perhaps a pointer to the caller's stack. */
export function localCall(g: Scene, block: Block): void {
  const { random: r, asm } = g;
  if (g.functions.length >= 3 || g.inFunction) return;
  const pointer = r.chance(50);
  asm.mov(1, r.between(0, 9));
  asm.movr(2, g.scalar());
  if (pointer) {
    asm.movr(3, 10);
    asm.alu(0x00, 3, -16);
  }
  const label = g.label();
  asm.callLocal(label);
  g.functions.push({
    label,
    write: (f) => {
      f.hold(1, Held.Scalar);
      f.hold(2, Held.Scalar);
      if (pointer) {
        f.asm.movr(7, 3);
        f.asm.store(8, 7, f.random.chance(70) ? 0 : 8, 5);
        if (f.random.chance(50)) f.asm.load(8, 8, 7, 0);
      }
      for (let i = 8; i <= 64; i += 8) f.asm.store(8, 10, -i, 0);
      block(f);
      f.asm.movr(0, f.scalar());
      f.asm.exit();
    },
  });
  g.afterCall(Held.Scalar);
}

/** bpf_loop with a callback that changes the caller's stack through its context. */
export function callback(g: Scene, block: Block): void {
  const { random: r, asm } = g;
  if (g.functions.length >= 3 || g.inFunction || g.loops > 0) return;
  const label = g.label();
  if (r.chance(70)) asm.mov(1, r.pick([0, 1, 2, 5, 100, 5000]));
  else asm.movr(1, g.scalar());
  asm.funcAddress(2, label);
  asm.movr(3, 10);
  asm.alu(0x00, 3, -24);
  asm.mov(4, 0);
  asm.call(181);
  g.functions.push({
    label,
    write: (f) => {
      f.hold(1, Held.Scalar);
      f.asm.movr(7, 2);
      if (f.random.chance(60)) {
        f.asm.load(8, 8, 7, 0);
        f.asm.alu(0x00, 8, 1);
        f.asm.storer(8, 7, 0, 8);
        f.hold(8, Held.Scalar);
      }
      for (let i = 8; i <= 64; i += 8) f.asm.store(8, 10, -i, 0);
      block(f);
      if (f.random.chance(70)) f.asm.mov(0, f.random.below(2));
      else f.asm.movr(0, f.scalar());
      f.asm.exit();
    },
  });
  g.afterCall(Held.Scalar);
}

/** A function with its own scene that writes into the same instructions. */
export class FunctionScene extends Scene {
  override inFunction = true;
  constructor(outer: Scene, random: Random, kind: ProgramKind) {
    super(random, kind, 6);
    Object.defineProperty(this, "asm", { value: outer.asm });
  }
}
