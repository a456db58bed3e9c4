/**
 * Instruction -> text, in the notation of the kernel's verifier log and of `bpftool prog dump xlated`
 * (kernel/bpf/disasm.c): `r1 = *(u32 *)(r2 +4)`, `if r1 > 0x7 goto pc+3`. Never throws: what is not an instruction
 * prints as `invalid <hex>`.
 */
import { helperById } from "../facts/helpers/index.js";
import { type Instruction, imm64 } from "./instruction.js";
import { Alu, Atomic, accessBytes, CallKind, Class, Jump, Mode, Op, Pseudo, SOURCE_REGISTER } from "./opcode.js";
import { formOf } from "./validate.js";

/** Names for operands that only the object knows. Each may answer undefined. */
export interface Names {
  /** A map's name for `imm` of a map reference. */
  readonly map?: (index: number) => string | undefined;
  /** A function's name for its entry slot. */
  readonly func?: (slot: number) => string | undefined;
  /** A kfunc's name for the instruction that calls it. */
  readonly kfunc?: (insn: Instruction) => string | undefined;
}

const ALU_SIGN: Readonly<Record<number, string>> = {
  [Alu.Add]: "+=",
  [Alu.Sub]: "-=",
  [Alu.Mul]: "*=",
  [Alu.Div]: "/=",
  [Alu.Or]: "|=",
  [Alu.And]: "&=",
  [Alu.Lsh]: "<<=",
  [Alu.Rsh]: ">>=",
  [Alu.Mod]: "%=",
  [Alu.Xor]: "^=",
  [Alu.Mov]: "=",
  [Alu.Arsh]: "s>>=",
};
const JUMP_SIGN: Readonly<Record<number, string>> = {
  [Jump.Eq]: "==",
  [Jump.Gt]: ">",
  [Jump.Ge]: ">=",
  [Jump.Set]: "&",
  [Jump.Ne]: "!=",
  [Jump.Sgt]: "s>",
  [Jump.Sge]: "s>=",
  [Jump.Lt]: "<",
  [Jump.Le]: "<=",
  [Jump.Slt]: "s<",
  [Jump.Sle]: "s<=",
};
const ATOMIC_SIGN: Readonly<Record<number, string>> = {
  [Atomic.Add]: "+=",
  [Atomic.Or]: "|=",
  [Atomic.And]: "&=",
  [Atomic.Xor]: "^=",
};
const ATOMIC_NAME: Readonly<Record<number, string>> = {
  [Atomic.Add]: "add",
  [Atomic.Or]: "or",
  [Atomic.And]: "and",
  [Atomic.Xor]: "xor",
};

const signed = (n: number): string => (n < 0 ? `${n}` : `+${n}`);
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const unsignedType = (opcode: number): string => `u${accessBytes(opcode) * 8}`;

function alu(insn: Instruction): string {
  const wide = (insn.opcode & 7) === Class.Alu64;
  const r = wide ? "r" : "w";
  const op = insn.opcode & 0xf0;
  const dst = `${r}${insn.dst}`;
  if (op === Alu.Neg) return `${dst} = -${dst}`;
  if (op === Alu.End) {
    const name = wide ? "bswap" : insn.opcode & SOURCE_REGISTER ? "be" : "le";
    return `r${insn.dst} = ${name}${insn.imm} r${insn.dst}`;
  }
  const sign = ALU_SIGN[op] ?? "?";
  if (!(insn.opcode & SOURCE_REGISTER)) {
    return `${dst} ${insn.off === 1 ? "s" : ""}${sign} ${insn.imm}`;
  }
  if (op === Alu.Mov && insn.off === 1 && wide) {
    return `r${insn.dst} = addr_space_cast(r${insn.src}, ${insn.imm >> 16}, ${insn.imm & 0xffff})`;
  }
  if (op === Alu.Mov && insn.off !== 0) return `${dst} = (s${insn.off})${r}${insn.src}`;
  return `${dst} ${insn.off === 1 ? "s" : ""}${sign} ${r}${insn.src}`;
}

function atomic(insn: Instruction): string {
  const bytes = accessBytes(insn.opcode);
  const r = bytes === 8 ? "r" : "w";
  const place = (base: number): string => `(${unsignedType(insn.opcode)} *)(r${base} ${signed(insn.off)})`;
  const wide = bytes === 8 ? "64" : "";
  switch (insn.imm) {
    case Atomic.LoadAcquire:
      return `${r}${insn.dst} = load_acquire(${place(insn.src)})`;
    case Atomic.StoreRelease:
      return `store_release(${place(insn.dst)}, ${r}${insn.src})`;
    case Atomic.Xchg:
      return `${r}${insn.src} = atomic${wide}_xchg(${place(insn.dst)}, ${r}${insn.src})`;
    case Atomic.Cmpxchg:
      return `${r}0 = atomic${wide}_cmpxchg(${place(insn.dst)}, ${r}0, ${r}${insn.src})`;
  }
  if (insn.imm & Atomic.Fetch) {
    const name = ATOMIC_NAME[insn.imm & ~Atomic.Fetch] ?? "?";
    return `${r}${insn.src} = atomic${wide}_fetch_${name}(${place(insn.dst)}, ${r}${insn.src})`;
  }
  return `lock *${place(insn.dst)} ${ATOMIC_SIGN[insn.imm] ?? "?"} ${r}${insn.src}`;
}

function wideImmediate(insn: Instruction, names: Names): string {
  const dst = `r${insn.dst}`;
  const map = (): string => names.map?.(insn.imm) ?? `${insn.imm}`;
  switch (insn.src) {
    case Pseudo.MapFd:
    case Pseudo.MapIdx:
      return `${dst} = map[${map()}]`;
    case Pseudo.MapValue:
    case Pseudo.MapIdxValue:
      return `${dst} = map[${map()}][0]${signed(insn.imm2 ?? 0)}`;
    case Pseudo.BtfId:
      return `${dst} = btf[${insn.imm}]`;
    case Pseudo.Func: {
      const target = insn.slot + 1 + insn.imm;
      return `${dst} = func[${names.func?.(target) ?? `pc${signed(insn.imm)}`}]`;
    }
    default:
      return `${dst} = 0x${imm64(insn).toString(16)} ll`;
  }
}

function call(insn: Instruction, names: Names): string {
  if (insn.src === CallKind.Local) return `call ${names.func?.(insn.slot + 1 + insn.imm) ?? `pc${signed(insn.imm)}`}`;
  if (insn.src === CallKind.Kfunc) return `call kernel-function ${names.kfunc?.(insn) ?? `btf#${insn.imm}`}`;
  return `call ${helperById(insn.imm)?.name ?? "unknown"}#${insn.imm}`;
}

function jump(insn: Instruction, names: Names): string {
  const op = insn.opcode & 0xf0;
  const narrow = (insn.opcode & 7) === Class.Jmp32;
  if (op === Jump.Call) return call(insn, names);
  if (op === Jump.Exit) return "exit";
  if (insn.opcode === Op.Ja) return `goto pc${signed(insn.off)}`;
  if (insn.opcode === Op.Ja32) return `gotol pc${signed(insn.imm)}`;
  if (op === Jump.Cond) return `may_goto pc${signed(insn.off)}`;
  const r = narrow ? "w" : "r";
  const right = insn.opcode & SOURCE_REGISTER ? `${r}${insn.src}` : hex(insn.imm);
  return `if ${r}${insn.dst} ${JUMP_SIGN[op] ?? "?"} ${right} goto pc${signed(insn.off)}`;
}

/**
 * One instruction as text.
 * @example disassemble({ slot: 0, opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 1 }) // "r0 = 1"
 */
export function disassemble(insn: Instruction, names: Names = {}): string {
  if (formOf(insn) === undefined) return `invalid 0x${insn.opcode.toString(16).padStart(2, "0")}`;
  const type = unsignedType(insn.opcode);
  switch (insn.opcode & 7) {
    case Class.Alu:
    case Class.Alu64:
      return alu(insn);
    case Class.Jmp:
    case Class.Jmp32:
      return jump(insn, names);
    case Class.Ldx: {
      const shown = (insn.opcode & 0xe0) === Mode.MemSx ? type.replace("u", "s") : type;
      return `r${insn.dst} = *(${shown} *)(r${insn.src} ${signed(insn.off)})`;
    }
    case Class.St:
      return `*(${type} *)(r${insn.dst} ${signed(insn.off)}) = ${insn.imm}`;
    case Class.Stx:
      if ((insn.opcode & 0xe0) === Mode.Atomic) return atomic(insn);
      return `*(${type} *)(r${insn.dst} ${signed(insn.off)}) = r${insn.src}`;
    default:
      if (insn.opcode === Op.LdImm64) return wideImmediate(insn, names);
      if ((insn.opcode & 0xe0) === Mode.Abs) return `r0 = *(${type} *)skb[${insn.imm}]`;
      return `r0 = *(${type} *)skb[r${insn.src} + ${insn.imm}]`;
  }
}
