/**
 * The instruction table: every form of RFC 9669 (Appendix A) and the kernel's three later additions, with the fields
 * each uses, its conformance group and the first LLVM cpu version that emits it. Every consumer (validator,
 * disassembler, interpreter, pre-check) reads this table; none has a list of its own.
 */
import { Alu, Atomic, CallKind, Class, Jump, Mode, Op, SOURCE_REGISTER } from "./opcode.js";

/** Conformance groups (RFC 9669, 2.4); "kernel": not in the RFC, run by Linux 6.15 and later. */
export type Group = "base32" | "base64" | "divmul32" | "divmul64" | "atomic32" | "atomic64" | "packet" | "kernel";

/** LLVM's `-mcpu`. */
export type Cpu = 1 | 2 | 3 | 4;

/** What kind of instruction a form is: consumers switch on it exhaustively. */
export type FormKind =
  | "alu"
  | "endian"
  | "load"
  | "store"
  | "atomic"
  | "imm64"
  | "packet"
  | "jump"
  | "goto"
  | "call"
  | "exit"
  | "maygoto"
  | "addrspace";

/** Instruction fields besides the opcode. */
export type Field = "dst" | "src" | "off" | "imm";

/** One row of the table. */
export interface Form {
  readonly opcode: number;
  /** Mnemonic, unique together with `fixed`: "add64", "jeq32", "ldxb", "atomic_fetch_add64". */
  readonly name: string;
  readonly kind: FormKind;
  readonly group: Group;
  readonly cpu: Cpu;
  /** Fields that are operands; every other field must be 0 unless `fixed` says so (RFC 9669, 3: reserved fields). */
  readonly uses: readonly Field[];
  /** Fields that select this form. */
  readonly fixed: Readonly<Partial<Record<Field, number>>>;
  /** Operand width in bits. */
  readonly width: 8 | 16 | 32 | 64;
}

const rows: Form[] = [];
function row(
  opcode: number,
  name: string,
  kind: FormKind,
  group: Group,
  cpu: Cpu,
  uses: readonly Field[],
  width: Form["width"],
  fixed: Form["fixed"] = {},
): void {
  rows.push({ opcode, name, kind, group, cpu, uses, width, fixed });
}

const REG: readonly Field[] = ["dst", "src"];
const IMM: readonly Field[] = ["dst", "imm"];
const SIZES = [
  ["w", 0x00, 32],
  ["h", 0x08, 16],
  ["b", 0x10, 8],
  ["dw", 0x18, 64],
] as const;

const BINARY = [
  ["add", Alu.Add],
  ["sub", Alu.Sub],
  ["mul", Alu.Mul],
  ["div", Alu.Div],
  ["or", Alu.Or],
  ["and", Alu.And],
  ["lsh", Alu.Lsh],
  ["rsh", Alu.Rsh],
  ["mod", Alu.Mod],
  ["xor", Alu.Xor],
  ["mov", Alu.Mov],
  ["arsh", Alu.Arsh],
] as const;

for (const [cls, width] of [
  [Class.Alu, 32],
  [Class.Alu64, 64],
] as const) {
  const base: Group = width === 32 ? "base32" : "base64";
  for (const [name, op] of BINARY) {
    const heavy = name === "mul" || name === "div" || name === "mod";
    const group: Group = heavy ? (width === 32 ? "divmul32" : "divmul64") : base;
    for (const [bit, uses] of [
      [0, IMM],
      [SOURCE_REGISTER, REG],
    ] as const) {
      row(cls | op | bit, `${name}${width}`, "alu", group, 1, uses, width, { off: 0 });
      // Signed division is offset 1 of the unsigned one (RFC 9669, 4.1).
      if (name === "div" || name === "mod") {
        row(cls | op | bit, `s${name}${width}`, "alu", group, 4, uses, width, { off: 1 });
      }
    }
  }
  // Sign-extending moves: the width is in `off`, register form only (RFC 9669, 4.1).
  for (const bits of width === 32 ? [8, 16] : [8, 16, 32]) {
    row(cls | Alu.Mov | SOURCE_REGISTER, `movsx${bits}to${width}`, "alu", base, 4, REG, width, { off: bits });
  }
  row(cls | Alu.Neg, `neg${width}`, "alu", base, 1, ["dst"], width);
}
// addr_space_cast: cast between an arena and the kernel, the two address spaces in imm (kernel 6.9, not in the RFC).
for (const spaces of [1, 1 << 16]) {
  row(Op.Mov64Reg, "addr_space_cast", "addrspace", "kernel", 4, ["dst", "src"], 64, { off: 1, imm: spaces });
}

// Byte swaps (RFC 9669, 4.2): class ALU converts to LE or BE, class ALU64 swaps always.
for (const bits of [16, 32, 64] as const) {
  const group: Group = bits === 64 ? "base64" : "base32";
  row(Class.Alu | Alu.End, `le${bits}`, "endian", group, 1, ["dst"], bits, { imm: bits });
  row(Class.Alu | Alu.End | SOURCE_REGISTER, `be${bits}`, "endian", group, 1, ["dst"], bits, { imm: bits });
  row(Class.Alu64 | Alu.End, `bswap${bits}`, "endian", group, 4, ["dst"], bits, { imm: bits });
}

const CONDITIONS = [
  ["jeq", Jump.Eq, 1],
  ["jgt", Jump.Gt, 1],
  ["jge", Jump.Ge, 1],
  ["jset", Jump.Set, 1],
  ["jne", Jump.Ne, 1],
  ["jsgt", Jump.Sgt, 1],
  ["jsge", Jump.Sge, 1],
  ["jlt", Jump.Lt, 2],
  ["jle", Jump.Le, 2],
  ["jslt", Jump.Slt, 2],
  ["jsle", Jump.Sle, 2],
] as const;
for (const [name, op, cpu] of CONDITIONS) {
  for (const [bit, uses] of [
    [0, ["dst", "off", "imm"]],
    [SOURCE_REGISTER, ["dst", "src", "off"]],
  ] as const) {
    row(Class.Jmp | op | bit, name, "jump", "base64", cpu, uses, 64);
    row(Class.Jmp32 | op | bit, `${name}32`, "jump", "base32", 3, uses, 32);
  }
}
row(Op.Ja, "ja", "goto", "base32", 1, ["off"], 64);
row(Op.Ja32, "gotol", "goto", "base32", 4, ["imm"], 32);
row(Op.Call, "call", "call", "base32", 1, ["imm"], 64, { src: CallKind.Helper });
row(Op.Call, "call_local", "call", "base32", 3, ["imm"], 64, { src: CallKind.Local });
// The offset of a kfunc call chooses the module's BTF (kernel: BPF_PSEUDO_KFUNC_CALL).
row(Op.Call, "call_kfunc", "call", "base32", 3, ["imm", "off"], 64, { src: CallKind.Kfunc });
row(Op.Exit, "exit", "exit", "base32", 1, [], 64);
// may_goto (kernel 6.10): jumps when the hidden iteration budget is used up; src 0 is the only kind.
row(Op.Cond, "may_goto", "maygoto", "kernel", 4, ["off"], 64, { src: 0 });

for (const [suffix, size, width] of SIZES) {
  const group: Group = width === 64 ? "base64" : "base32";
  row(Class.Ldx | Mode.Mem | size, `ldx${suffix}`, "load", group, 1, ["dst", "src", "off"], width);
  row(Class.St | Mode.Mem | size, `st${suffix}`, "store", group, 1, ["dst", "off", "imm"], width);
  row(Class.Stx | Mode.Mem | size, `stx${suffix}`, "store", group, 1, ["dst", "src", "off"], width);
  if (width !== 64) {
    row(Class.Ldx | Mode.MemSx | size, `ldxs${suffix}`, "load", "base32", 4, ["dst", "src", "off"], width);
    row(Class.Ld | Mode.Abs | size, `ld_abs_${suffix}`, "packet", "packet", 1, ["imm"], width);
    row(Class.Ld | Mode.Ind | size, `ld_ind_${suffix}`, "packet", "packet", 1, ["src", "imm"], width);
  }
  for (const [name, op] of [
    ["load_acquire", Atomic.LoadAcquire],
    ["store_release", Atomic.StoreRelease],
  ] as const) {
    row(Class.Stx | Mode.Atomic | size, `${name}${width}`, "atomic", "kernel", 4, ["dst", "src", "off"], width, {
      imm: op,
    });
  }
}
for (let src = 0; src <= 6; src++) {
  row(Op.LdImm64, "lddw", "imm64", "base64", 1, ["dst", "imm"], 64, { src });
}
const ATOMICS = [
  ["add", Atomic.Add],
  ["or", Atomic.Or],
  ["and", Atomic.And],
  ["xor", Atomic.Xor],
] as const;
for (const [width, size] of [
  [32, 0x00],
  [64, 0x18],
] as const) {
  const group: Group = width === 32 ? "atomic32" : "atomic64";
  const opcode = Class.Stx | Mode.Atomic | size;
  const uses: readonly Field[] = ["dst", "src", "off"];
  for (const [name, op] of ATOMICS) {
    // Only the plain add is older than v3 (LLVM: xadd).
    row(opcode, `atomic_${name}${width}`, "atomic", group, name === "add" ? 1 : 3, uses, width, { imm: op });
    row(opcode, `atomic_fetch_${name}${width}`, "atomic", group, 3, uses, width, { imm: op | Atomic.Fetch });
  }
  row(opcode, `xchg${width}`, "atomic", group, 3, uses, width, { imm: Atomic.Xchg });
  row(opcode, `cmpxchg${width}`, "atomic", group, 3, uses, width, { imm: Atomic.Cmpxchg });
}

/** Every instruction form. */
export const FORMS: readonly Form[] = Object.freeze(rows);

const byOpcode: readonly (readonly Form[])[] = Array.from({ length: 256 }, (_, opcode) =>
  FORMS.filter((form) => form.opcode === opcode),
);

/** The forms of one opcode; empty for an opcode that BPF does not have. */
export function formsOf(opcode: number): readonly Form[] {
  return byOpcode[opcode] ?? [];
}
