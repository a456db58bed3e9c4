/** CO-RE relocations applied to instructions (bpf_core_patch_insn of libbpf's relo_core). */
import type { Btf, CoreRelocation } from "../../../runtime/btf/index.js";
import { Class, type Instruction, Op } from "../../../runtime/isa/index.js";
import { POISON, type Resolved, relocationValue } from "./value.js";

/** What libbpf puts where the kernel lacks a field: a call of a helper that cannot exist. */
export const POISON_CALL = 195_896_080;

const SIZES: Readonly<Record<number, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };

const poison = (slot: number): Instruction => ({ slot, opcode: Op.Call, dst: 0, src: 0, off: 0, imm: POISON_CALL });

/** A load whose field has another size in the kernel; undefined where that cannot be. */
function resized(insn: Instruction, { from, to, fixed }: Resolved): Instruction | undefined {
  if (from === undefined || to === undefined || from === to) return insn;
  const size = SIZES[to];
  if (fixed === true || size === undefined) return undefined;
  return { ...insn, opcode: (insn.opcode & ~0x18) | size };
}

function patch(insn: Instruction, resolved: Resolved): readonly Instruction[] {
  const { value } = resolved;
  switch (insn.opcode & 7) {
    case Class.Alu:
    case Class.Alu64:
      return [{ ...insn, imm: Number(BigInt.asIntN(32, value)) }];
    case Class.Ldx:
    case Class.St:
    case Class.Stx: {
      if (value > 32767n) return [poison(insn.slot)];
      const next = resized({ ...insn, off: Number(value) }, resolved);
      return [next ?? poison(insn.slot)];
    }
    case Class.Ld:
      return [{ ...insn, imm: Number(BigInt.asIntN(32, value)), imm2: Number(BigInt.asIntN(32, value >> 32n)) }];
    default:
      return [insn];
  }
}

/** Instructions as libbpf would hand them to a kernel with these types. */
export function applyCore(
  insns: readonly Instruction[],
  relocations: readonly CoreRelocation[],
  local: Btf,
  kernel: Btf,
): readonly Instruction[] {
  if (relocations.length === 0) return insns;
  const bySlot = new Map(relocations.map((r) => [r.insn, r]));
  return insns.flatMap((insn): readonly Instruction[] => {
    const relocation = bySlot.get(insn.slot);
    if (relocation === undefined) return [insn];
    const resolved = relocationValue(relocation, local, kernel);
    if (resolved === undefined) return [insn];
    if (resolved !== POISON) return patch(insn, resolved);
    return insn.opcode === Op.LdImm64 ? [poison(insn.slot), poison(insn.slot + 1)] : [poison(insn.slot)];
  });
}
