/** Statements on memory: map values, packets, the stack, records, sockets, helpers with sizes. */
import { bounded } from "./scalars.js";
import { Held, MAPS, type Scene } from "./scene.js";

const access = (g: Scene, reg: number, off: number, size: number): void => {
  const { random: r, asm } = g;
  switch (r.below(3)) {
    case 0: {
      const to = r.pick([0, 1, 2, 3, 4, 5, 7, 8, 9].filter((x) => x !== reg));
      asm.load(size, to, reg, off, size < 8 && r.chance(15));
      g.hold(to, Held.Scalar);
      break;
    }
    case 1:
      asm.store(size, reg, off, r.below(256));
      break;
    default:
      asm.storer(size, reg, off, g.scalar());
  }
};

/** An offset within `limit` bytes, often at the very end, now and then beyond. */
function near(g: Scene, limit: number, size: number): number {
  const { random: r } = g;
  if (r.chance(8)) return limit - size + r.between(1, 4);
  if (r.chance(3)) return -r.between(1, 4);
  return r.chance(40) ? Math.max(0, limit - size) : r.below(Math.max(1, limit - size + 1));
}

export function lookup(g: Scene): void {
  const { random: r, asm } = g;
  const map = r.pick([0, 0, 1, 1, 4, 5]);
  const slot = -4 * r.between(1, 8);
  if (r.chance(60)) asm.store(4, 10, slot, r.below(6));
  else asm.storer(4, 10, slot, g.scalar());
  asm.movr(2, 10);
  asm.alu(0x00, 2, slot);
  asm.map(1, map);
  asm.call(1);
  const size = MAPS[map]?.valueSize ?? 8;
  g.afterCall(Held.None);
  const keep = r.chance(70) ? g.kept() : 0;
  if (keep !== 0) asm.movr(keep, 0);
  if (r.chance(5)) {
    g.hold(keep, Held.Value, size);
    return;
  }
  const out = g.label();
  const found = g.label();
  asm.jump(0x50, r.chance(70) ? keep : 0, 0, found);
  if (r.chance(60)) {
    asm.mov(0, 0);
    asm.exit();
  } else {
    asm.mov(keep, 0);
    asm.goto(out);
  }
  asm.here(found);
  g.hold(keep, Held.Value, size);
  g.maybe(() => {
    valueAccess(g);
    g.hold(keep, g.held[keep] ?? Held.None, size);
  });
  if (out.at < 0) asm.here(out);
  // Where the absent case goes on, the register is a number there.
  if (r.chance(50)) g.hold(keep, Held.None);
}

export function valueAccess(g: Scene): void {
  const { random: r, asm } = g;
  const values = g.having(Held.Value);
  if (values.length === 0) return;
  const reg = r.pick(values);
  const limit = g.size[reg] ?? 8;
  const size = r.pick([1, 2, 4, 8]);
  if (r.chance(50)) return access(g, reg, near(g, limit, size), size);
  const index = bounded(g, limit - size);
  if (index === reg) return;
  const to = r.pick([1, 2, 3, 4, 5].filter((x) => x !== index && x !== reg));
  asm.movr(to, reg);
  asm.alur(r.chance(95) ? 0x00 : 0x10, to, index);
  g.hold(to, Held.None);
  access(g, to, r.chance(80) ? 0 : r.between(-2, 2), size);
}

export function atomic(g: Scene): void {
  const { random: r, asm } = g;
  const wide = r.chance(60);
  const op = r.pick([0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1]);
  const values = g.having(Held.Value);
  const onStack = values.length === 0 || r.chance(40);
  const base = onStack ? 10 : r.pick(values);
  const off = onStack ? -8 * r.between(1, 8) : 8 * r.below(Math.max(1, (g.size[base] ?? 8) / 8));
  const src = g.scalar();
  if (op === 0xf1 && g.held[0] !== Held.Scalar) asm.mov(0, 1);
  asm.raw(wide ? 0xdb : 0xc3, base, src, r.chance(93) ? off : off + 2, op);
  if (op === 0xf1) g.hold(0, Held.Scalar);
}

export function packet(g: Scene): void {
  const { random: r, asm, kind } = g;
  if (kind.packet === undefined || g.held[6] !== Held.Ctx) return;
  const [data, end] = kind.packet;
  const [p, e] = r.chance(50) ? [7, 8] : [2, 3];
  asm.load(4, p, 6, data);
  asm.load(4, e, 6, end);
  for (const reg of [p, e]) g.hold(reg, Held.None);
  let limit = r.pick([1, 2, 4, 14, 20, 34, 64, 1500]);
  if (r.chance(45)) {
    const index = bounded(g, r.pick([15, 31, 60, 255, 4095, 65535]));
    if (index === p || index === e) return;
    asm.alur(0x00, p, index);
  }
  const t = r.pick([1, 4, 5]);
  asm.movr(t, p);
  asm.alu(0x00, t, limit);
  g.hold(t, Held.None);
  const skip = g.label();
  const flipped = r.chance(30);
  // `t > end` skips; the other forms say the same, or one byte more or less.
  const op = flipped ? r.pick([0xa0, 0xb0]) : r.pick([0x20, 0x20, 0x30]);
  asm.jumpr(op, flipped ? e : t, flipped ? t : e, skip);
  if (op === 0x30 || op === 0xb0) limit += r.below(2);
  const size = r.pick([1, 2, 4, 8]);
  if (limit >= size || r.chance(10)) g.maybe(() => access(g, p, near(g, limit, size), size));
  asm.here(skip);
}

export function stackVariable(g: Scene): void {
  const { random: r, asm } = g;
  const size = r.pick([1, 2, 4, 8]);
  const index = bounded(g, 32);
  if (size > 1) asm.alu(0x50, index, ~(size - 1) & 0x3f);
  const to = r.pick([1, 2, 3, 4, 5].filter((x) => x !== index));
  asm.movr(to, 10);
  asm.alu(0x00, to, r.pick([-64, -64, -48, -40, -32]));
  asm.alur(0x00, to, index);
  g.hold(to, Held.None);
  access(g, to, 0, size);
}

/** Helpers that take memory and its size. */
export function sized(g: Scene): void {
  const { random: r, asm } = g;
  const most = r.pick([8, 16, 32, 64]);
  const off = -most - (r.chance(85) ? 0 : 8);
  if (r.chance(50)) {
    asm.mov(2, r.chance(90) ? most : most + 8);
  } else {
    const index = bounded(g, most);
    asm.movr(2, index);
    if (r.chance(50)) asm.alu(0x00, 2, 1);
  }
  asm.movr(1, 10);
  asm.alu(0x00, 1, off);
  if (r.chance(60) && [2, 5, 7, 17].includes(g.kind.type)) {
    asm.mov(3, 0);
    asm.call(113);
  } else {
    asm.mov(3, 0);
    asm.mov(4, 0);
    asm.mov(5, 0);
    // bpf_csum_diff(from, from_size, to, to_size, seed) reads; bpf_get_current_comm fills.
    asm.call([3, 6].includes(g.kind.type) ? 28 : 16);
  }
  g.afterCall(Held.Scalar);
}

export function record(g: Scene): void {
  const { random: r, asm } = g;
  const size = r.pick([8, 16, 24]);
  asm.map(1, 2);
  if (r.chance(92)) asm.mov(2, size);
  else asm.movr(2, g.scalar());
  asm.mov(3, 0);
  asm.call(131);
  g.afterCall(Held.None);
  const done = g.label();
  if (r.chance(95)) asm.jump(0x10, 0, 0, done);
  asm.movr(9, 0);
  g.hold(9, Held.Record);
  g.maybe(() => {
    for (let i = r.below(3); i > 0; i--) access(g, 9, near(g, size, 4), 4);
  });
  if (g.held[9] === Held.Record || r.chance(90)) {
    asm.movr(1, 9);
    asm.mov(2, 0);
    if (r.chance(95)) asm.call(r.pick([132, 133]));
  }
  asm.here(done);
  g.afterCall(Held.None);
  g.hold(9, Held.None);
}

export function socket(g: Scene): void {
  const { random: r, asm, kind } = g;
  if (![3, 6].includes(kind.type) || g.held[6] !== Held.Ctx) return;
  asm.movr(1, 6);
  asm.movr(2, 10);
  asm.alu(0x00, 2, -r.pick([16, 32, 40]));
  asm.mov(3, r.pick([12, 12, 36]));
  asm.mov(4, 0);
  asm.mov(5, 0);
  asm.call(84);
  g.afterCall(Held.None);
  const done = g.label();
  if (r.chance(95)) asm.jump(0x10, 0, 0, done);
  if (r.chance(60)) {
    asm.load(4, 7, 0, r.pick([0, 4, 8, 16, 24, 44]));
    g.hold(7, Held.None);
  }
  asm.movr(1, 0);
  if (r.chance(95)) asm.call(86);
  asm.here(done);
  g.afterCall(Held.None);
}

export function tailCall(g: Scene): void {
  const { random: r, asm } = g;
  if (g.held[6] !== Held.Ctx) return;
  asm.movr(1, 6);
  asm.map(2, r.chance(95) ? 3 : 1);
  if (r.chance(60)) asm.mov(3, r.below(6));
  else asm.movr(3, g.scalar());
  asm.call(12);
  for (let x = 0; x <= 5; x++) g.hold(x, Held.None);
}
