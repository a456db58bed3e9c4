/** The one error of this folder: bytecode that is not a BPF program. */
import { oneLine } from "../facts/terminal.js";

/** Codes of {@link EncodingError}. */
export type EncodingErrorCode =
  | "ISA_LENGTH"
  | "ISA_LDDW"
  | "ISA_OPCODE"
  | "ISA_FIELD"
  | "ISA_REGISTER"
  | "ISA_JUMP"
  | "ISA_END"
  | "ISA_CPU";

/** Bytecode that breaks RFC 9669's encoding rules. */
export class EncodingError extends Error {
  override readonly name = "EncodingError";
  constructor(
    readonly code: EncodingErrorCode,
    /** Slot of the instruction at fault, or -1 when it is the whole program. */
    readonly insn: number,
    readonly reason: string,
  ) {
    super(oneLine(insn < 0 ? `${code}: ${reason}` : `${code}: instruction ${insn}: ${reason}`));
  }
}
