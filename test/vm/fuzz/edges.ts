/**
 * Programs that access memory at its edges: r1 = 64 bytes, r10 = the stack; single accesses, neighbours, moved pointers
 * and walks that go over the end. Many fault; engines must agree on where, and on everything before.
 */
import { encode } from "../../../runtime/isa/index.js";
import { bytesOf, type Generator, generator, type Insn, insn, Generator as Make, SIZES, slots } from "../generate.js";

const MEMORY = 64;
const FRAME = 512;

/** An offset near the begin or the end of a range. */
function near(g: Generator, from: number, to: number, bytes: number): number {
  if (g.random(3) === 0) return from + g.random(to - from);
  return (g.random(2) === 0 ? from : to - bytes) + g.random(2 * bytes + 1) - bytes;
}

function access(g: Generator, base: number, off: number, size: number): Insn {
  const kind = g.random(4);
  if (kind === 0) return insn(0x63 | size, { dst: base, src: 0, off });
  if (kind === 1) return insn(0x62 | size, { dst: base, imm: 5, off });
  return insn(0x61 | size, { dst: g.pick([0, 3]), src: base, off });
}

/** One program by its number. */
export function edges(number: number): Uint8Array {
  const g = new Make(generator(Math.imul(number, 0x85ebca6b) ^ 99), [0, 3], true);
  const { out } = g;
  out.push(insn(0xb7, { dst: 0, imm: 1 }), insn(0xb7, { dst: 3, imm: 2 }), insn(0xbf, { dst: 6, src: 1 }));
  let moved = 0;
  for (let n = 1 + g.random(5); n > 0; n--) {
    const size = g.pick(SIZES);
    const bytes = bytesOf(size);
    switch (g.random(6)) {
      case 0:
        out.push(access(g, 10, near(g, -FRAME, 0, bytes), size));
        break;
      case 1: {
        const by = g.random(17) - 8;
        out.push(insn(0x07, { dst: 6, imm: by }));
        moved += by;
        break;
      }
      case 2: {
        // A walk, forward or backward, of up to 80 bytes.
        const step = g.random(2) === 0 ? bytes : -bytes;
        const body = [access(g, 7, g.random(2) * bytes, size), insn(0x07, { dst: 7, imm: step })];
        const stack = g.random(3) === 0;
        out.push(insn(0xbf, { dst: 7, src: stack ? 10 : 1 }));
        out.push(insn(0x07, { dst: 7, imm: near(g, stack ? -FRAME : 0, stack ? 0 : MEMORY, bytes) }));
        out.push(insn(0xb7, { dst: 8, imm: 1 + g.random(10) }), ...body, insn(0x17, { dst: 8, imm: 1 }));
        out.push(insn(0x55, { dst: 8, off: -(slots(body) + 2) }));
        break;
      }
      default:
        for (let m = 1 + g.random(3); m > 0; m--) out.push(access(g, 6, near(g, -moved, MEMORY - moved, bytes), size));
    }
  }
  out.push(insn(0x0f, { dst: 0, src: 3 }), insn(0x95));
  return encode(out.map((one, slot) => ({ ...one, slot })));
}
