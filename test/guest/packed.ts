/** Bare programs as the guest's judge reads them. Input: kinds and instructions. Output: the file that judge-raw.c describes. */
import { encode, type Instruction } from "../../runtime/isa/index.js";
import { functionBtf, functionInfo } from "../oracle/function-btf.js";
import { MAPS } from "../oracle/scene.js";

export interface BareProgram {
  readonly kind: { readonly type: number; readonly attach: number };
  readonly insns: readonly Instruction[];
}

const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

export function packed(programs: readonly BareProgram[]): Uint8Array {
  const maps = MAPS.flatMap((m) => [m.type, m.keySize, m.valueSize, m.maxEntries, m.flags]);
  const parts: Uint8Array[] = [words(MAPS.length, ...maps)];
  for (const { kind, insns } of programs) {
    const code = encode(insns);
    const functions = functionInfo(insns);
    const types = functionBtf(functions.length / 8);
    parts.push(words(kind.type, kind.attach, functions.length / 8, code.length / 8, types.length));
    parts.push(code, functions, types, new Uint8Array(-types.length & 3));
  }
  return new Uint8Array(Buffer.concat(parts));
}
