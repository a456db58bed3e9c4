/** Instructions that came after 5.15, and with which kernel (RFC 9669's version 4, and Linux's own). */
import { RULES } from "../../../runtime/facts/versions.js";
import { Alu, Class, type Instruction, Jump, Mode, Op } from "../../../runtime/isa/index.js";

const ATOMIC_LOAD = 0x100;
const ATOMIC_STORE = 0x110;
const ADDR_SPACE_CAST = 1;

export interface InstructionSince {
  readonly what: string;
  readonly kernel: string;
  /** A form of an older opcode: earlier kernels refuse it where they walk it, an opcode that they do not have anywhere. */
  readonly form: boolean;
}

/** @returns what it is and its first kernel; undefined for those that 5.15 has */
export function instructionSince(insn: Instruction): InstructionSince | undefined {
  const op = insn.opcode & 0xf0;
  switch (insn.opcode & 7) {
    case Class.Alu:
    case Class.Alu64:
      if ((op === Alu.Div || op === Alu.Mod) && insn.off === 1)
        return { what: "signed division", kernel: RULES.signedDivision.since, form: true };
      if (op === Alu.Mov && insn.off === ADDR_SPACE_CAST)
        return { what: "a cast between address spaces", kernel: RULES.addressSpaces.since, form: true };
      if (op === Alu.Mov && insn.off !== 0)
        return { what: "a sign-extending move", kernel: RULES.signedMoves.since, form: true };
      if (op === Alu.End && (insn.opcode & 7) === Class.Alu64)
        return { what: "an unconditional byte swap", kernel: RULES.byteSwap.since, form: false };
      return undefined;
    case Class.Ldx:
      return (insn.opcode & 0xe0) === Mode.MemSx
        ? { what: "a sign-extending load", kernel: RULES.signedLoads.since, form: false }
        : undefined;
    case Class.Stx:
      if ((insn.opcode & 0xe0) !== Mode.Atomic) return undefined;
      return insn.imm === ATOMIC_LOAD || insn.imm === ATOMIC_STORE
        ? { what: "a load-acquire or store-release", kernel: RULES.ordered.since, form: true }
        : undefined;
    case Class.Jmp:
      return op === Jump.Cond ? { what: "may_goto", kernel: RULES.mayGoto.since, form: false } : undefined;
    case Class.Jmp32:
      return insn.opcode === Op.Ja32 ? { what: "a far jump", kernel: RULES.farJumps.since, form: false } : undefined;
    default:
      return undefined;
  }
}
