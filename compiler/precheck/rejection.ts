/** How an exploration ends early. Thrown inside the pre-check only, caught at its border. */

/** Stable reason codes; `compiler/diagnostics/catalogue.ts` documents each. */
export const Reason = {
  MemoryBounds: "EB5001",
  PacketBounds: "EB5002",
  Null: "EB5003",
  InvalidMemory: "EB5004",
  Stack: "EB5005",
  StackBudget: "EB5006",
  Context: "EB5007",
  Helper: "EB5008",
  Argument: "EB5009",
  Map: "EB5010",
  Reference: "EB5011",
  Lock: "EB5012",
  ReturnRange: "EB5013",
  Pointer: "EB5014",
  Uninitialised: "EB5015",
  Loop: "EB5016",
  Complexity: "EB5017",
  Encoding: "EB5018",
  Flow: "EB5019",
  Licence: "EB5020",
  Alignment: "EB5021",
  Function: "EB5022",
  Missing: "EB5023",
  Attachment: "EB5024",
  Outside: "EB5025",
  Unsupported: "EB5099",
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/** The program is refused at `insn`; `text` in the kernel's words. */
export class Rejection extends Error {
  constructor(
    readonly reason: Reason,
    readonly text: string,
    public insn = -1,
  ) {
    super(text);
  }
}

/** @throws Rejection always */
export function reject(reason: Reason, text: string): never {
  throw new Rejection(reason, text);
}
