/** BTF for programs that have functions: callbacks are not accepted without (Documentation/bpf/btf.rst). */
import { CallKind, type Instruction, Op, Pseudo } from "../../runtime/isa/index.js";

const KIND = { Int: 1, Func: 12, FuncProto: 13 } as const;

/** One static `int f(void)` per function: types 1 int, 2 its prototype, 3 and on the functions. */
export function functionBtf(functions: number): Uint8Array {
  const words: number[] = [];
  // int: name, kind, size 4; signed, 32 bits.
  words.push(1, KIND.Int << 24, 4, (1 << 24) | 32);
  words.push(0, KIND.FuncProto << 24, 1);
  for (let i = 0; i < functions; i++) words.push(5, KIND.Func << 24, 2);
  const strings = Buffer.from("\0int\0f\0");
  const out = Buffer.alloc(24 + 4 * words.length + strings.length);
  out.writeUInt16LE(0xeb9f, 0);
  out.writeUInt8(1, 2);
  out.writeUInt32LE(24, 4);
  out.writeUInt32LE(0, 8);
  out.writeUInt32LE(4 * words.length, 12);
  out.writeUInt32LE(4 * words.length, 16);
  out.writeUInt32LE(strings.length, 20);
  words.forEach((word, i) => {
    out.writeUInt32LE(word >>> 0, 24 + 4 * i);
  });
  strings.copy(out, 24 + 4 * words.length);
  return new Uint8Array(out);
}

/** struct bpf_func_info of every function: slot and type. */
export function functionInfo(insns: readonly Instruction[]): Uint8Array {
  const starts = new Set([0]);
  for (const insn of insns) {
    const call = insn.opcode === Op.Call && insn.src === CallKind.Local;
    const address = insn.opcode === Op.LdImm64 && insn.src === Pseudo.Func;
    if (call || address) starts.add(insn.slot + 1 + insn.imm);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return new Uint8Array(Uint32Array.from(sorted.flatMap((start, i) => [start, 3 + i])).buffer);
}
