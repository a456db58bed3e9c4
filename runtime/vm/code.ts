/**
 * Linked bytecode -> the flat form that the interpreter runs. Eight 32-bit words an instruction slot: operation, index
 * of dst and of src in the register words, offset or jump target, low and high half of the immediate, form-specific
 * extra, slot. Operations are the RFC's opcodes where one opcode is one operation, and numbers above 255 where fields
 * select among several. Input must be valid (isa `validate`); nothing is checked here again.
 */
import { Atomic, CallKind, Class, formOf, type Instruction, jumpTarget, Op, slotCount } from "../isa/index.js";

/** Words of one instruction in {@link Code.words}. */
export const STRIDE = 8;
export const Word = { op: 0, dst: 1, src: 2, off: 3, lo: 4, hi: 5, extra: 6, slot: 7 } as const;

/** Operations that share an opcode with others. */
export const Internal = {
  Sdiv32Imm: 0x100,
  Sdiv32Reg: 0x101,
  Sdiv64Imm: 0x102,
  Sdiv64Reg: 0x103,
  Smod32Imm: 0x104,
  Smod32Reg: 0x105,
  Smod64Imm: 0x106,
  Smod64Reg: 0x107,
  Movsx8to32: 0x108,
  Movsx16to32: 0x109,
  Movsx8to64: 0x10a,
  Movsx16to64: 0x10b,
  Movsx32to64: 0x10c,
  Le16: 0x10d,
  Le32: 0x10e,
  Le64: 0x10f,
  Swap16: 0x110,
  Swap32: 0x111,
  Swap64: 0x112,
  LoadAcquire: 0x113,
  StoreRelease: 0x114,
  Atomic32: 0x115,
  Atomic64: 0x116,
  CallLocal: 0x117,
  CallKfunc: 0x118,
  AddrSpaceCast: 0x119,
  Nop: 0x11a,
  Ksym: 0x11b,
  /** An access to the context that the kernel refuses: `off`, size in `lo`, 1 in `hi` for a write, 2 for one to what is read only. */
  Refused: 0x11c,
} as const; // prettier-ignore

/** A program ready to run. */
export interface Code {
  readonly words: Int32Array;
  readonly slots: number;
}

const SIGNED: Readonly<Record<number, number>> = {
  52: Internal.Sdiv32Imm,
  60: Internal.Sdiv32Reg,
  55: Internal.Sdiv64Imm,
  63: Internal.Sdiv64Reg,
  148: Internal.Smod32Imm,
  156: Internal.Smod32Reg,
  151: Internal.Smod64Imm,
  159: Internal.Smod64Reg,
};
const BY_NAME: Readonly<Record<string, number>> = {
  movsx8to32: Internal.Movsx8to32,
  movsx16to32: Internal.Movsx16to32,
  movsx8to64: Internal.Movsx8to64,
  movsx16to64: Internal.Movsx16to64,
  movsx32to64: Internal.Movsx32to64,
  le16: Internal.Le16,
  le32: Internal.Le32,
  le64: Internal.Le64,
  be16: Internal.Swap16,
  be32: Internal.Swap32,
  be64: Internal.Swap64,
  bswap16: Internal.Swap16,
  bswap32: Internal.Swap32,
  bswap64: Internal.Swap64,
  addr_space_cast: Internal.AddrSpaceCast,
};

function operation(insn: Instruction): number {
  const form = formOf(insn);
  if (form === undefined) return Internal.Nop;
  switch (form.kind) {
    case "alu":
      return insn.off === 1 && SIGNED[insn.opcode] !== undefined
        ? (SIGNED[insn.opcode] ?? 0)
        : (BY_NAME[form.name] ?? insn.opcode);
    case "endian":
    case "addrspace":
      return BY_NAME[form.name] ?? insn.opcode;
    case "atomic":
      if (insn.imm === Atomic.LoadAcquire) return Internal.LoadAcquire;
      if (insn.imm === Atomic.StoreRelease) return Internal.StoreRelease;
      return form.width === 64 ? Internal.Atomic64 : Internal.Atomic32;
    case "call":
      return insn.src === CallKind.Helper
        ? Op.Call
        : insn.src === CallKind.Local
          ? Internal.CallLocal
          : Internal.CallKfunc;
    case "goto":
      return Op.Ja;
    case "load":
    case "store":
    case "imm64":
    case "packet":
    case "jump":
    case "exit":
    case "maygoto":
      return insn.opcode;
  }
}

/**
 * Prepares a program.
 * @param refused accesses that fault when they run (context/refused.ts)
 * @param resolve 64-bit values of immediate loads: [low, high] as signed 32-bit, or undefined for the plain immediate
 */
export function prepare(
  insns: readonly Instruction[],
  resolve: (insn: Instruction) => readonly [number, number] | undefined = () => undefined,
  refused: readonly {
    readonly slot: number;
    readonly off: number;
    readonly size: number;
    readonly write: boolean;
    readonly readOnly: boolean;
  }[] = [],
): Code {
  const slots = slotCount(insns);
  const words = new Int32Array(slots * STRIDE);
  for (const insn of insns) {
    const at = insn.slot * STRIDE;
    words[at + Word.op] = operation(insn);
    words[at + Word.dst] = insn.dst * 2;
    words[at + Word.src] = insn.src * 2;
    words[at + Word.off] = insn.off;
    words[at + Word.lo] = insn.imm;
    words[at + Word.hi] = insn.imm >> 31;
    words[at + Word.slot] = insn.slot;
    const target = jumpTarget(insn);
    if (target !== undefined) words[at + Word.off] = target * STRIDE;
    const cls = insn.opcode & 7;
    if (insn.opcode === Op.Call && insn.src === CallKind.Local)
      words[at + Word.off] = (insn.slot + 1 + insn.imm) * STRIDE;
    if (cls === Class.Stx || cls === Class.Ldx) words[at + Word.extra] = formOf(insn)?.width ?? 0;
    if (insn.opcode === Op.LdImm64) {
      const [lo, hi] = resolve(insn) ?? [insn.imm, insn.imm2 ?? 0];
      words[at + Word.lo] = lo;
      words[at + Word.hi] = hi;
    }
  }
  for (const { slot, off, size, write, readOnly } of refused) {
    words.fill(0, slot * STRIDE, slot * STRIDE + Word.slot);
    words[slot * STRIDE + Word.op] = Internal.Refused;
    words[slot * STRIDE + Word.off] = off;
    words[slot * STRIDE + Word.lo] = size;
    words[slot * STRIDE + Word.hi] = write ? (readOnly ? 2 : 1) : 0;
  }
  return { words, slots };
}
