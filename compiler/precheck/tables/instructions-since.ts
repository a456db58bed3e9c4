/** Instructions that came after 5.15, and with which kernel (RFC 9669's version 4, and Linux's own). */
import { Alu, Class, type Instruction, Jump, Mode, Op } from "../../../runtime/isa/index.js";

const ATOMIC_LOAD = 0x100;
const ATOMIC_STORE = 0x110;
const ADDR_SPACE_CAST = 1;

/** @returns what it is and its first kernel; undefined for those that 5.15 has */
export function instructionSince(insn: Instruction): readonly [what: string, kernel: string] | undefined {
  const op = insn.opcode & 0xf0;
  switch (insn.opcode & 7) {
    case Class.Alu:
    case Class.Alu64:
      if ((op === Alu.Div || op === Alu.Mod) && insn.off === 1) return ["signed division", "6.6"];
      if (op === Alu.Mov && insn.off === ADDR_SPACE_CAST) return ["a cast between address spaces", "6.9"];
      if (op === Alu.Mov && insn.off !== 0) return ["a sign-extending move", "6.6"];
      if (op === Alu.End && (insn.opcode & 7) === Class.Alu64) return ["an unconditional byte swap", "6.6"];
      return undefined;
    case Class.Ldx:
      return (insn.opcode & 0xe0) === Mode.MemSx ? ["a sign-extending load", "6.6"] : undefined;
    case Class.Stx:
      if ((insn.opcode & 0xe0) !== Mode.Atomic) return undefined;
      return insn.imm === ATOMIC_LOAD || insn.imm === ATOMIC_STORE
        ? ["a load-acquire or store-release", "6.15"]
        : undefined;
    case Class.Jmp:
      return op === Jump.Cond ? ["may_goto", "6.9"] : undefined;
    case Class.Jmp32:
      return insn.opcode === Op.Ja32 ? ["a far jump", "6.6"] : undefined;
    default:
      return undefined;
  }
}
