/**
 * Parts of generated programs that are about memory: pointers that walk through loops, computed offsets, packets between
 * data and data_end, map values, functions that get a pointer. Input: a generator; output: instructions behind its own.
 * Invariant: behind a part every register but r9 (the state map's value) and r10 holds a number.
 */
import { bytesOf, type Generator, type Insn, insn, SIZES, STACK, slots, WORK } from "../generate.js";

/** Helper ids (include/uapi/linux/bpf.h). */
const Helper = { Lookup: 1, Update: 2, Delete: 3, CsumDiff: 28, AdjustHead: 44, AdjustTail: 65 } as const;
/** Where the packet's sum waits until registers have their first values. */
const PACKET_SUM = -88;
const KEY = -72;
const VALUE = -80;
/** Bytes that the packet part asks for before it reads. */
const HEADER = 32;

/** r1 to r5 get new numbers: they may hold pointers. */
function numbers(g: Generator): void {
  for (const dst of [1, 2, 3, 4, 5]) g.out.push(insn(0xb7, { dst, imm: g.imm() }));
}

/** A loop in which r5 walks over the stack or the work area, forward or backward, reading and writing near it. */
export function walk(g: Generator, keep: readonly number[] = []): void {
  const size = g.pick(SIZES);
  const bytes = bytesOf(size);
  const rounds = 2 + g.random(4);
  const base = g.random(2) === 0 ? 10 : 9;
  const span = (rounds + 1) * bytes;
  const start = (base === 10 ? STACK : WORK) + g.random(Math.floor((64 - span) / bytes) + 1) * bytes;
  const forward = g.random(3) > 0;
  const body = g.inner([4, 5, 8, ...keep]);
  for (let n = g.random(3); n > 0; n--) body.simple();
  const near = (): number => g.random(2) * bytes;
  body.out.push(insn(0x61 | size, { dst: 4, src: 5, off: near() }));
  body.out.push(insn(g.pick([0x0f, 0xaf, 0x4f, 0x1f]), { dst: body.reg(), src: 4 }));
  if (g.random(2) === 0) body.out.push(insn(0x63 | size, { dst: 5, src: body.reg(), off: near() }));
  if (g.random(3) === 0) body.out.push(insn(0x62 | size, { dst: 5, imm: g.imm(), off: near() }));
  if (g.random(3) === 0) body.out.push(insn(0x61 | size, { dst: body.reg(), src: 5, off: near() }));
  body.out.push(insn(0x07, { dst: 5, imm: forward ? bytes : -bytes }));
  g.out.push(
    insn(0xbf, { dst: 5, src: base }),
    insn(0x07, { dst: 5, imm: forward ? start : start + (rounds - 1) * bytes }),
    insn(0xb7, { dst: 8, imm: rounds }),
    ...body.out,
    insn(0x17, { dst: 8, imm: 1 }),
    insn(0x55, { dst: 8, imm: 0, off: -(slots(body.out) + 2) }),
  );
  numbers(g);
}

/** Walks inside a loop: the inner one begins anew each time. */
export function nested(g: Generator): void {
  const inner = g.inner([7]);
  walk(inner, [7]);
  if (g.random(2) === 0) walk(inner, [7]);
  g.out.push(insn(0xb7, { dst: 7, imm: 2 + g.random(2) }), ...inner.out, insn(0x17, { dst: 7, imm: 1 }));
  g.out.push(insn(0x55, { dst: 7, imm: 0, off: -(slots(inner.out) + 2) }));
}

/** An access at an offset that is computed: one of eight words. */
export function indexed(g: Generator): void {
  const base = g.random(2) === 0 ? 10 : 9;
  g.out.push(
    insn(0xbf, { dst: 4, src: g.reg() }),
    insn(0x57, { dst: 4, imm: 7 }),
    insn(0x67, { dst: 4, imm: 3 }),
    insn(0xbf, { dst: 5, src: base }),
    insn(0x07, { dst: 5, imm: base === 10 ? STACK : WORK }),
    insn(0x0f, { dst: 5, src: 4 }),
  );
  if (g.random(2) === 0) g.out.push(insn(0x7b, { dst: 5, src: g.pick([0, 6, 7]) }));
  else g.out.push(insn(0x79, { dst: g.pick([0, 6, 7]), src: 5 }));
  g.out.push(insn(0x79, { dst: g.pick([0, 6, 7]), src: 5 }));
  numbers(g);
}

/** Looks up, changes or removes an element of one of the maps; r0 is what the value held, or 0. */
export function mapUse(g: Generator): void {
  const map = 1 + g.random(4);
  const lpm = map === 3;
  const prefix = g.random(3) > 0 ? g.pick([8, 16, 32]) : g.pick([0, 9, 31, 33]);
  g.out.push(insn(0x62, { dst: 10, off: KEY, imm: lpm ? prefix : g.random(6) }));
  g.out.push(insn(0x62, { dst: 10, off: KEY + 4, imm: g.pick([0, 0x0a, 0x010a, 0x010a, 0x0a0a0a0a, -1]) }));
  g.out.push(insn(0xbf, { dst: 2, src: 10 }), insn(0x07, { dst: 2, imm: KEY }));
  // Per-CPU arrays are never changed by helpers here: the kernel's other CPUs would have to be asked.
  const kind = map === 2 ? 0 : g.random(5);
  const reference = insn(0x18, { dst: 1, src: 1, imm: map, imm2: 0 } as Insn);
  if (kind === 4) g.out.push(reference, insn(0x85, { imm: Helper.Delete }));
  else if (kind > 1) {
    g.out.push(insn(0x7b, { dst: 10, src: g.pick([6, 7]), off: VALUE }));
    g.out.push(insn(0xbf, { dst: 3, src: 10 }), insn(0x07, { dst: 3, imm: VALUE }));
    g.out.push(insn(0xb7, { dst: 4, imm: g.random(4) }), reference, insn(0x85, { imm: Helper.Update }));
  } else {
    const found = [insn(0x79, { dst: 4, src: 0 })];
    if (g.random(2) === 0) found.push(insn(0x7b, { dst: 0, src: g.pick([6, 7]) }));
    if (g.random(2) === 0) found.push(insn(0xdb, { dst: 0, src: g.pick([6, 7]), imm: 0 }));
    if (g.random(2) === 0) found.push(insn(0x71, { dst: 4, src: 0, off: g.random(8) }));
    found.push(insn(0xbf, { dst: 0, src: 4 }));
    g.out.push(reference, insn(0x85, { imm: Helper.Lookup }), insn(0x15, { dst: 0, off: found.length }), ...found);
  }
  numbers(g);
}

/** A checksum over parts of the stack. */
export function checksum(g: Generator): void {
  const lengths = [0, 4, 8, 16];
  g.out.push(
    insn(0xbf, { dst: 1, src: 10 }),
    insn(0x07, { dst: 1, imm: STACK + g.random(4) * 8 }),
    insn(0xb7, { dst: 2, imm: g.pick(lengths) }),
    insn(0xbf, { dst: 3, src: 10 }),
    insn(0x07, { dst: 3, imm: STACK + 32 + g.random(2) * 8 }),
    insn(0xb7, { dst: 4, imm: g.pick(lengths) }),
    insn(0xb7, { dst: 5, imm: g.imm() }),
    insn(0x85, { imm: Helper.CsumDiff }),
  );
  numbers(g);
}

/** Calls the function that gets a pointer to this frame's stack. */
export function pointerCall(g: Generator): void {
  g.out.push(insn(0xbf, { dst: 2, src: g.pick([6, 7]) }), insn(0xbf, { dst: 1, src: 10 }));
  g.out.push(insn(0x07, { dst: 1, imm: STACK }), insn(0x85, { src: 1, imm: 2 }));
  numbers(g);
}

/** Body of that function: r1 = 64 bytes of the caller's stack, r2 = a number. */
export function pointerCallee(g: Generator): void {
  g.out.push(insn(0xbf, { dst: 6, src: 1 }), insn(0xbf, { dst: 7, src: 2 }), insn(0xb7, { dst: 0, imm: g.imm() }));
  for (let n = 2 + g.random(6); n > 0; n--) {
    const size = g.pick(SIZES);
    const bytes = bytesOf(size);
    const off = g.random(64 / bytes) * bytes;
    const kind = g.random(3);
    if (kind === 0) g.out.push(insn(0x63 | size, { dst: 6, src: 7, off }));
    else g.out.push(insn(0x61 | size, { dst: 8, src: 6, off }), insn(kind === 1 ? 0x0f : 0xaf, { dst: 0, src: 8 }));
  }
  g.out.push(insn(0x7b, { dst: 10, src: 0, off: -8 }), insn(0x71, { dst: 8, src: 10, off: -8 + g.random(8) }));
  g.out.push(insn(0x0f, { dst: 0, src: 8 }), insn(0x95));
}

/**
 * Begin of a program: r1 is the context. Perhaps moves the packet's bounds, reads and writes its first bytes, walks
 * through the rest with a check in each round. What was read is left in the stack word that {@link packetSum} takes.
 */
export function packet(g: Generator): void {
  const { out } = g;
  out.push(insn(0xbf, { dst: 6, src: 1 }), insn(0xb7, { dst: 7, imm: g.imm() }));
  if (g.random(3) === 0) {
    const head = g.random(2) === 0;
    out.push(insn(0xb7, { dst: 2, imm: (g.random(17) - 8) * 2 }));
    out.push(insn(0x85, { imm: head ? Helper.AdjustHead : Helper.AdjustTail }), insn(0x0f, { dst: 7, src: 0 }));
  }
  const guarded: Insn[] = [];
  for (let n = 1 + g.random(7); n > 0; n--) {
    const size = g.pick(SIZES);
    const bytes = bytesOf(size);
    // Neighbours more often than not.
    const off = g.random(2) === 0 ? g.random(HEADER / bytes) * bytes : g.random(8 / bytes) * bytes;
    const kind = g.random(4);
    if (kind === 0) guarded.push(insn(0x63 | size, { dst: 2, src: 7, off }));
    else if (kind === 1) guarded.push(insn(0x62 | size, { dst: 2, imm: g.imm(), off }));
    else guarded.push(insn(0x61 | size, { dst: 5, src: 2, off }), insn(0x0f, { dst: 7, src: 5 }));
    if (g.random(4) === 0) guarded.push(insn(0x27, { dst: 7, imm: 31 }));
  }
  const size = g.pick(SIZES);
  const bytes = bytesOf(size);
  const round = [
    insn(0xbf, { dst: 4, src: 2 }),
    insn(0x07, { dst: 4, imm: bytes }),
    insn(0x2d, { dst: 4, src: 3, off: g.random(2) === 0 ? 5 : 6 }),
    insn(0x61 | size, { dst: 5, src: 2 }),
    insn(0xaf, { dst: 7, src: 5 }),
    insn(0x07, { dst: 2, imm: bytes }),
    insn(0x17, { dst: 8, imm: 1 }),
  ];
  // Leaves the loop behind its end, or at the test of its counter, which then ends it later.
  const early = (round[2]?.off ?? 0) === 5;
  round[2] = insn(0x2d, { dst: 4, src: 3, off: early ? 3 : 5 });
  guarded.push(insn(0xb7, { dst: 8, imm: 2 + g.random(9) }), ...round);
  guarded.push(insn(0x55, { dst: 8, off: -(round.length + 1) }));
  out.push(insn(0x61, { dst: 2, src: 6, off: 0 }), insn(0x61, { dst: 3, src: 6, off: 4 }));
  out.push(insn(0xbf, { dst: 4, src: 2 }), insn(0x07, { dst: 4, imm: HEADER }));
  out.push(insn(0x2d, { dst: 4, src: 3, off: slots(guarded) }), ...guarded);
  out.push(insn(0x7b, { dst: 10, src: 7, off: PACKET_SUM }));
}

/** Takes the packet's sum into a register. */
export function packetSum(g: Generator): void {
  g.out.push(insn(0x79, { dst: g.reg(), src: 10, off: PACKET_SUM }));
}
