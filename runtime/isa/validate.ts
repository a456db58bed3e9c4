/**
 * Encoding rules (RFC 9669, 3 to 5): known opcode, reserved fields zero, registers 0 to 10, jumps and calls that land
 * on an instruction. Input: decoded instructions. What only the kernel's verifier forbids (dead code, shifts by too
 * much, writes to r10) passes: a machine can run it.
 */
import { EncodingError } from "./error.js";
import { type Cpu, type Field, type Form, formsOf } from "./forms.js";
import { decode, type Instruction, slotsOf } from "./instruction.js";
import { CallKind, Class, FRAME_POINTER, Jump, Op, Pseudo } from "./opcode.js";

const FIELDS: readonly Field[] = ["dst", "src", "off", "imm"];

function fits(form: Form, insn: Instruction, field: Field): boolean {
  const fixed = form.fixed[field];
  if (fixed !== undefined) return insn[field] === fixed;
  return form.uses.includes(field) || insn[field] === 0;
}

/** The table's row for an instruction, or undefined when no form fits its fields. */
export function formOf(insn: Instruction): Form | undefined {
  return formsOf(insn.opcode).find((form) => FIELDS.every((field) => fits(form, insn, field)));
}

const hex = (opcode: number): string => `0x${opcode.toString(16).padStart(2, "0")}`;

function misfit(insn: Instruction): EncodingError {
  const forms = formsOf(insn.opcode);
  if (forms.length === 0) return new EncodingError("ISA_OPCODE", insn.slot, `unknown opcode ${hex(insn.opcode)}`);
  // Name the field that every form of the opcode refuses; with several to choose from, the first of the nearest form.
  const scored = forms.map((form) => FIELDS.filter((field) => !fits(form, insn, field)));
  const nearest = scored.reduce((a, b) => (b.length < a.length ? b : a));
  const field = nearest[0] ?? "imm";
  const name = forms[0]?.name ?? hex(insn.opcode);
  return new EncodingError(
    "ISA_FIELD",
    insn.slot,
    `${name} (${hex(insn.opcode)}) cannot have ${field} = ${insn[field]}`,
  );
}

/** Target slot of a jump, or undefined when the instruction is no jump. */
export function jumpTarget(insn: Instruction): number | undefined {
  const cls = insn.opcode & 7;
  if (cls !== Class.Jmp && cls !== Class.Jmp32) return undefined;
  const op = insn.opcode & 0xf0;
  if (op === Jump.Call || op === Jump.Exit) return undefined;
  return insn.slot + 1 + (insn.opcode === Op.Ja32 ? insn.imm : insn.off);
}

/** Target slot of a local call or of the function whose address a 64-bit load takes, else undefined. */
export function functionTarget(insn: Instruction): number | undefined {
  if (insn.opcode === Op.Call && insn.src === CallKind.Local) return insn.slot + 1 + insn.imm;
  if (insn.opcode === Op.LdImm64 && insn.src === Pseudo.Func) return insn.slot + 1 + insn.imm;
  return undefined;
}

/** Entry slots of all functions of a program, ascending; the first is 0. */
export function functionEntries(insns: readonly Instruction[]): number[] {
  const entries = new Set([0]);
  for (const insn of insns) {
    const target = functionTarget(insn);
    if (target !== undefined) entries.add(target);
  }
  return [...entries].sort((a, b) => a - b);
}

/**
 * Checks a whole program.
 * @param cpu highest LLVM cpu version that is allowed, 1 to 4 (default 4, with the kernel's additions)
 * @throws EncodingError `ISA_OPCODE`, `ISA_FIELD`, `ISA_REGISTER`, `ISA_JUMP` (a jump or call that leaves the program
 *   or lands inside a 64-bit load), `ISA_END` (empty, or runs off its end), `ISA_CPU` (too new a form)
 */
export function validate(insns: readonly Instruction[], cpu: Cpu = 4): void {
  const last = insns.at(-1);
  if (last === undefined) throw new EncodingError("ISA_END", -1, "the program is empty");
  const starts = new Set(insns.map((insn) => insn.slot));
  for (const insn of insns) {
    if (insn.dst > FRAME_POINTER)
      throw new EncodingError("ISA_REGISTER", insn.slot, `there is no register r${insn.dst}`);
    const form = formOf(insn);
    if (form === undefined) throw misfit(insn);
    if (insn.src > FRAME_POINTER)
      throw new EncodingError("ISA_REGISTER", insn.slot, `there is no register r${insn.src}`);
    if (form.cpu > cpu) throw new EncodingError("ISA_CPU", insn.slot, `${form.name} needs cpu v${form.cpu}`);
    const target = jumpTarget(insn) ?? functionTarget(insn);
    if (target !== undefined && !starts.has(target)) {
      throw new EncodingError(
        "ISA_JUMP",
        insn.slot,
        `${form.name} to ${target}, which is no instruction of the program`,
      );
    }
  }
  if (last.opcode !== Op.Exit && last.opcode !== Op.Ja && last.opcode !== Op.Ja32) {
    throw new EncodingError("ISA_END", last.slot, "the last instruction is neither exit nor an unconditional jump");
  }
}

/**
 * Decodes and checks bytecode.
 * @throws EncodingError as {@link decode} and {@link validate}
 */
export function verifyEncoding(bytes: Uint8Array, cpu: Cpu = 4): Instruction[] {
  const insns = decode(bytes);
  validate(insns, cpu);
  return insns;
}

/** The number of slots of a program. */
export function slotCount(insns: readonly Instruction[]): number {
  const last = insns.at(-1);
  return last === undefined ? 0 : last.slot + slotsOf(last);
}
