/** Which registers an operation of prepared code reads and writes, as bit masks (bit n: rn). */
import { Atomic, Class, Op } from "../../isa/index.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";

export interface Effects {
  readonly reads: number;
  readonly writes: number;
}

/** r1 to r5: arguments of calls (RFC 9669, 2.1). */
export const ARGUMENTS = 0b11_1110;
const R0 = 1;

/** Internal operations that read and write dst only. */
const UNARY: ReadonlySet<number> = new Set([
  Internal.Sdiv32Imm,
  Internal.Sdiv64Imm,
  Internal.Smod32Imm,
  Internal.Smod64Imm,
  Internal.Le16,
  Internal.Le32,
  Internal.Le64,
  Internal.Swap16,
  Internal.Swap32,
  Internal.Swap64,
]);
const BINARY: ReadonlySet<number> = new Set([
  Internal.Sdiv32Reg,
  Internal.Sdiv64Reg,
  Internal.Smod32Reg,
  Internal.Smod64Reg,
]);

function internal(operation: number, dst: number, src: number, imm: number): Effects {
  if (UNARY.has(operation)) return { reads: dst, writes: dst };
  if (BINARY.has(operation)) return { reads: dst | src, writes: dst };
  switch (operation) {
    case Internal.StoreRelease:
      return { reads: dst | src, writes: 0 };
    case Internal.Atomic32:
    case Internal.Atomic64: {
      const compares = imm === Atomic.Cmpxchg;
      const fetches = (imm & Atomic.Fetch) !== 0;
      return { reads: dst | src | (compares ? R0 : 0), writes: compares ? R0 : fetches ? src : 0 };
    }
    case Internal.CallLocal:
      return { reads: 0, writes: R0 };
    case Internal.CallKfunc:
      return { reads: ARGUMENTS, writes: R0 };
    case Internal.Nop:
      return { reads: 0, writes: 0 };
    default:
      // Moves with sign extension, address casts, load-acquire.
      return { reads: src, writes: dst };
  }
}

/**
 * The effects of the instruction at a slot. What a call reads is not known here: for a helper all arguments are assumed,
 * for a local call none; liveness.ts knows better.
 */
export function effectsOf(code: Code, slot: number): Effects {
  const at = slot * STRIDE;
  const operation = code.words[at + Word.op] ?? 0;
  const dst = 1 << ((code.words[at + Word.dst] ?? 0) >> 1);
  const src = 1 << ((code.words[at + Word.src] ?? 0) >> 1);
  if (operation >= 0x100) return internal(operation, dst, src, code.words[at + Word.lo] ?? 0);
  const second = (operation & 8) !== 0 ? src : 0;
  switch (operation & 7) {
    case Class.Ld:
      return operation === Op.LdImm64 ? { reads: 0, writes: dst } : { reads: src, writes: R0 };
    case Class.Ldx:
      return { reads: src, writes: dst };
    case Class.St:
      return { reads: dst, writes: 0 };
    case Class.Stx:
      return { reads: dst | src, writes: 0 };
    case Class.Alu:
    case Class.Alu64:
      return (operation & 0xf0) === 0xb0 ? { reads: second, writes: dst } : { reads: dst | second, writes: dst };
    default:
      if (operation === Op.Call) return { reads: ARGUMENTS, writes: R0 };
      if (operation === Op.Exit) return { reads: R0, writes: 0 };
      if (operation === Op.Ja || operation === Op.Cond) return { reads: 0, writes: 0 };
      return { reads: dst | second, writes: 0 };
  }
}
