/** What ends a run early: a rule broken by the program, with code, place and reason. */

/** Codes of {@link Fault}. */
export type FaultCode =
  /** An address outside every object, or not aligned to one. */
  | "VM_ACCESS"
  /** A pointer that is no pointer: NULL, a small integer, a pointer cut to 32 bits. */
  | "VM_POINTER"
  | "VM_READ_ONLY"
  | "VM_UNINITIALISED_STACK"
  | "VM_STACK_OVERFLOW"
  | "VM_FUEL"
  | "VM_HELPER_UNKNOWN"
  | "VM_HELPER_ARGUMENT"
  | "VM_KFUNC"
  /** An instruction whose CO-RE relocation has nothing in the target. */
  | "VM_CORE"
  | "VM_KSYM"
  | "VM_LOCK"
  | "VM_REFERENCE"
  | "VM_INSTRUCTION"
  | "VM_CALLBACK";

/** A place in the source, from BTF line info. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** A fault as {@link Machine.run} returns it. */
export interface Fault {
  readonly code: FaultCode;
  /** One line. */
  readonly message: string;
  /** Slot of the instruction in its program; -1 where a run without checks left the memory. */
  readonly insn: number;
  /** Program that ran (after tail calls, the last). */
  readonly program: string;
  readonly source?: SourcePlace;
}

/** Thrown inside the machine; `run` turns it into {@link Fault}. `insn` is filled in by the engine. */
export class MachineFault extends Error {
  override readonly name = "MachineFault";
  insn = -1;
  constructor(
    readonly code: FaultCode,
    message: string,
  ) {
    super(message);
  }
}
