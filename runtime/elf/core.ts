/**
 * A linked program and a target's types -> the program with its CO-RE relocations applied, as libbpf does when it loads.
 * Input bytes are not changed. What the target does not have becomes a call of a helper that does not exist, so that only
 * code which runs it fails; each is listed with its reason.
 */
import {
  type Btf,
  BtfError,
  type CoreRelocation,
  type CoreTarget,
  describeRelocation,
  resolveCore,
} from "../btf/index.js";
import { Class, Op, SLOT_BYTES } from "../isa/index.js";
import { ObjectFormatError } from "./error.js";

/** Helper id of poisoned instructions, plus the relocation's index (libbpf's 0xbad2310). */
export const POISON = 0xbad2310;

/** A relocation without target. */
export interface Unresolved {
  /** Slot of the poisoned instruction. */
  readonly insn: number;
  readonly reason: string;
}
/** What {@link relocateCore} makes. */
export interface Relocated {
  readonly bytes: Uint8Array;
  readonly unresolved: readonly Unresolved[];
}

/** BPF_SIZE bits of a load or store of 1, 2, 4 or 8 bytes (RFC 9669, section 5). */
const SIZE_BITS: Readonly<Record<number, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };
const SIZE_MASK = 0x18;
const MAX_OFFSET = 0x7fff;

function poison(view: DataView, slot: number, index: number): void {
  const at = slot * SLOT_BYTES;
  const wide = view.getUint8(at) === Op.LdImm64;
  for (const place of wide ? [at, at + SLOT_BYTES] : [at]) {
    view.setUint32(place, Op.Call, true);
    view.setInt32(place + 4, POISON + index, true);
  }
}

/** Writes a value into an instruction. @returns why it cannot be, or undefined */
function patch(
  view: DataView,
  slot: number,
  value: bigint,
  size?: { from: number; to: number; mayChange: boolean },
): string | undefined {
  const at = slot * SLOT_BYTES;
  const opcode = view.getUint8(at);
  switch (opcode & 7) {
    case Class.Alu:
    case Class.Alu64:
      // Only immediates can hold it (source bit 3).
      if ((opcode & 8) !== 0) return "its instruction has no immediate";
      view.setInt32(at + 4, Number(BigInt.asIntN(32, value)), true);
      return undefined;
    case Class.Ldx:
    case Class.St:
    case Class.Stx: {
      if (value > BigInt(MAX_OFFSET)) return `offset ${value} does not fit into an instruction`;
      view.setInt16(at + 2, Number(value), true);
      if (size === undefined || size.from === size.to) return undefined;
      if (!size.mayChange) return `its size changed from ${size.from} to ${size.to} bytes, and it is not unsigned`;
      const bits = SIZE_BITS[size.to];
      if (bits === undefined) return `${size.to} bytes are no size of a load`;
      view.setUint8(at, (opcode & ~SIZE_MASK) | bits);
      return undefined;
    }
    default:
      if (opcode !== Op.LdImm64) return `opcode 0x${opcode.toString(16)} takes no relocation`;
      view.setInt32(at + 4, Number(BigInt.asIntN(32, value)), true);
      view.setInt32(at + 12, Number(BigInt.asIntN(32, value >> 32n)), true);
      return undefined;
  }
}

/**
 * Applies CO-RE relocations.
 * @param local the object's own BTF
 * @throws ObjectFormatError `OBJ_BTF` for relocations that are corrupt, or on which the target is ambiguous
 * @example relocateCore(program, object.btf, new CoreTarget(parseBtf(readFileSync("/sys/kernel/btf/vmlinux")))).bytes
 */
export function relocateCore(
  program: { readonly bytes: Uint8Array; readonly core: readonly CoreRelocation[] },
  local: Btf,
  target: CoreTarget,
): Relocated {
  const bytes = program.bytes.slice();
  const view = new DataView(bytes.buffer);
  const unresolved: Unresolved[] = [];
  try {
    for (const [index, relocation] of program.core.entries()) {
      const { insn } = relocation;
      const wide = insn * SLOT_BYTES < bytes.length && view.getUint8(insn * SLOT_BYTES) === Op.LdImm64;
      if ((insn + (wide ? 2 : 1)) * SLOT_BYTES > bytes.length)
        throw new ObjectFormatError("OBJ_BTF", `CO-RE relocation ${index} names slot ${insn}, behind the program`);
      const result = resolveCore(local, target, relocation);
      const reason = "missing" in result ? result.missing : patch(view, insn, result.value, result.size);
      if (reason === undefined) continue;
      poison(view, insn, index);
      unresolved.push({
        insn,
        reason: "missing" in result ? reason : `${describeRelocation(local, relocation)}: ${reason}`,
      });
    }
  } catch (error) {
    if (error instanceof BtfError) throw new ObjectFormatError("OBJ_BTF", error.message, { cause: error });
    throw error;
  }
  return { bytes, unresolved };
}
