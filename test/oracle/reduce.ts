/** Makes a program smaller while a property holds: instructions are taken out, jumps keep their targets. */
import { type Instruction, slotsOf } from "../../runtime/isa/index.js";

const isJump = (insn: Instruction): boolean => {
  const cls = insn.opcode & 7;
  return (cls === 5 || cls === 6) && insn.opcode !== 0x95 && insn.opcode !== 0x85;
};
const inImm = (insn: Instruction): boolean =>
  (insn.opcode === 0x85 && insn.src === 1) || (insn.opcode === 0x18 && insn.src === 4) || insn.opcode === 0x06;

function without(insns: readonly Instruction[], from: number, count: number): Instruction[] | undefined {
  const index = new Map(insns.map((insn, i) => [insn.slot, i]));
  const last = insns[insns.length - 1];
  if (last === undefined) return undefined;
  index.set(last.slot + slotsOf(last), insns.length);
  const moved = (i: number): number => (i < from ? i : Math.max(from, i - count));
  const kept = insns.filter((_, i) => i < from || i >= from + count);
  const slots: number[] = [];
  let slot = 0;
  for (const insn of kept) {
    slots.push(slot);
    slot += slotsOf(insn);
  }
  slots.push(slot);
  return kept.map((insn, i): Instruction => {
    const own = slots[i] ?? 0;
    if (!isJump(insn) && !inImm(insn)) return { ...insn, slot: own };
    const to = insn.slot + 1 + (inImm(insn) ? insn.imm : insn.off);
    const target = slots[moved(index.get(to) ?? insns.length)] ?? slot;
    const distance = target - own - 1;
    return { ...insn, slot: own, ...(inImm(insn) ? { imm: distance } : { off: distance }) };
  });
}

/** @param differs must hold for `insns` and holds for the result */
export function reduce(
  insns: readonly Instruction[],
  differs: (insns: readonly Instruction[]) => boolean,
): readonly Instruction[] {
  let best = insns;
  for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1) {
    for (let again = true; again; ) {
      again = false;
      for (let at = best.length - size; at >= 0; at--) {
        const smaller = without(best, at, size);
        if (smaller === undefined || smaller.length === 0 || !differs(smaller)) continue;
        best = smaller;
        again = true;
        at = Math.min(at, best.length - size + 1);
      }
    }
  }
  return best;
}
