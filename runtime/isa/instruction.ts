/**
 * Bytes <-> instructions. Input: little-endian bytecode, 8 bytes a slot (RFC 9669, 3). Output: one `Instruction` per
 * instruction; a 64-bit immediate load is one instruction of two slots. Invariant: encode(decode(x)) equals x for every
 * x that decodes.
 */
import { EncodingError } from "./error.js";
import { Op, SLOT_BYTES } from "./opcode.js";

/** One instruction. Fields are as in the encoding; nothing is checked yet. */
export interface Instruction {
  /** Index of its first slot: what jumps and line info count in. */
  readonly slot: number;
  /** 0 to 255. */
  readonly opcode: number;
  /** Destination register, 0 to 15 (above 10 is invalid). */
  readonly dst: number;
  /** Source register or sub-kind, 0 to 15. */
  readonly src: number;
  /** Signed 16-bit. */
  readonly off: number;
  /** Signed 32-bit. */
  readonly imm: number;
  /** Signed 32-bit upper half of a 64-bit immediate; only where `opcode` is 0x18. */
  readonly imm2?: number;
}

/** The number of slots of an instruction: 2 for a 64-bit immediate load, else 1. */
export function slotsOf(insn: Instruction): 1 | 2 {
  return insn.opcode === Op.LdImm64 ? 2 : 1;
}

/** The unsigned 64-bit immediate of a 0x18 instruction. */
export function imm64(insn: Instruction): bigint {
  return (BigInt((insn.imm2 ?? 0) >>> 0) << 32n) | BigInt(insn.imm >>> 0);
}

/**
 * Decodes bytecode.
 * @param bytes a multiple of 8 bytes
 * @throws EncodingError `ISA_LENGTH` for another length, `ISA_LDDW` for a 64-bit load cut short or with a second slot
 *   whose opcode, registers or offset are not zero
 * @example decode(new Uint8Array([0xb7, 0, 0, 0, 1, 0, 0, 0]))[0]?.imm // 1
 */
export function decode(bytes: Uint8Array): Instruction[] {
  if (bytes.length % SLOT_BYTES !== 0) {
    throw new EncodingError("ISA_LENGTH", -1, `bytecode is ${bytes.length} bytes, not a multiple of ${SLOT_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Instruction[] = [];
  const slots = bytes.length / SLOT_BYTES;
  for (let slot = 0; slot < slots; slot++) {
    const at = slot * SLOT_BYTES;
    const opcode = view.getUint8(at);
    const registers = view.getUint8(at + 1);
    const base = {
      slot,
      opcode,
      dst: registers & 15,
      src: registers >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    };
    if (opcode !== Op.LdImm64) {
      out.push(base);
      continue;
    }
    if (slot + 1 >= slots) throw new EncodingError("ISA_LDDW", slot, "64-bit immediate load has no second slot");
    if (view.getUint32(at + 8, true) !== 0) {
      throw new EncodingError("ISA_LDDW", slot + 1, "second slot of a 64-bit immediate load has fields that must be 0");
    }
    out.push({ ...base, imm2: view.getInt32(at + 12, true) });
    slot++;
  }
  return out;
}

/**
 * Encodes instructions back into bytecode, in order; `slot` is not looked at.
 * @returns 8 bytes a slot
 */
export function encode(insns: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(insns.reduce((n, insn) => n + slotsOf(insn), 0) * SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const insn of insns) {
    view.setUint8(at, insn.opcode);
    view.setUint8(at + 1, (insn.src << 4) | insn.dst);
    view.setInt16(at + 2, insn.off, true);
    view.setInt32(at + 4, insn.imm, true);
    at += SLOT_BYTES;
    if (insn.opcode !== Op.LdImm64) continue;
    view.setInt32(at + 4, insn.imm2 ?? 0, true);
    at += SLOT_BYTES;
  }
  return bytes;
}
