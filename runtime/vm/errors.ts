/** Errors of using the machine wrongly, as opposed to faults of the program that runs in it. */
import { oneLine } from "../facts/terminal.js";

/** Codes of {@link MachineError}. */
export type MachineErrorCode =
  | "VM_OPTION"
  | "VM_NO_PROGRAM"
  | "VM_NO_MAP"
  | "VM_MEMORY"
  | "VM_MAP_DEFINITION"
  | "VM_MAP_OPERATION"
  | "VM_CONFIG"
  | "VM_INPUT"
  /** A kernel struct or field that the machine's types do not have, or a value that does not fit. */
  | "VM_TYPE"
  | "VM_ENGINE";

/** A call of the machine's interface that cannot be done; the message names the argument and the limit. */
export class MachineError extends Error {
  override readonly name = "MachineError";
  constructor(
    readonly code: MachineErrorCode,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(`${code}: ${reason}`), options);
  }
}
