/**
 * Field values of a BPF instruction word, as RFC 9669 section 3 to 5 and the kernel's include/uapi/linux/bpf.h number
 * them. Constants only: no state, no I/O.
 */

/** Instruction class: the low three bits of the opcode (RFC 9669, 3.2). */
export const Class = { Ld: 0, Ldx: 1, St: 2, Stx: 3, Alu: 4, Jmp: 5, Jmp32: 6, Alu64: 7 } as const;

/** Access size: bits 3 and 4 of a load or store opcode (RFC 9669, 5). */
export const Size = { W: 0x00, H: 0x08, B: 0x10, Dw: 0x18 } as const;

/** Access mode: the high three bits of a load or store opcode (RFC 9669, 5). */
export const Mode = { Imm: 0x00, Abs: 0x20, Ind: 0x40, Mem: 0x60, MemSx: 0x80, Atomic: 0xc0 } as const;

/** Arithmetic operation: the high four bits of an ALU opcode (RFC 9669, 4.1). */
export const Alu = {
  Add: 0x00,
  Sub: 0x10,
  Mul: 0x20,
  Div: 0x30,
  Or: 0x40,
  And: 0x50,
  Lsh: 0x60,
  Rsh: 0x70,
  Neg: 0x80,
  Mod: 0x90,
  Xor: 0xa0,
  Mov: 0xb0,
  Arsh: 0xc0,
  End: 0xd0,
} as const;

/** Jump operation: the high four bits of a jump opcode (RFC 9669, 4.3); `Cond` is the kernel's BPF_JCOND (6.10). */
export const Jump = {
  Ja: 0x00,
  Eq: 0x10,
  Gt: 0x20,
  Ge: 0x30,
  Set: 0x40,
  Ne: 0x50,
  Sgt: 0x60,
  Sge: 0x70,
  Call: 0x80,
  Exit: 0x90,
  Lt: 0xa0,
  Le: 0xb0,
  Slt: 0xc0,
  Sle: 0xd0,
  Cond: 0xe0,
} as const;

/** Source operand bit of ALU and jump opcodes: 0 immediate, 8 register (RFC 9669, 4). */
export const SOURCE_REGISTER = 0x08;

/** Atomic operation in `imm` (RFC 9669, 5.3); load-acquire and store-release are the kernel's (6.15). */
export const Atomic = {
  Add: 0x00,
  Or: 0x40,
  And: 0x50,
  Xor: 0xa0,
  Fetch: 0x01,
  Xchg: 0xe1,
  Cmpxchg: 0xf1,
  LoadAcquire: 0x100,
  StoreRelease: 0x110,
} as const;

/** What `src` of a 64-bit immediate load means (RFC 9669, 5.4; BPF_PSEUDO_* in the kernel). */
export const Pseudo = { None: 0, MapFd: 1, MapValue: 2, BtfId: 3, Func: 4, MapIdx: 5, MapIdxValue: 6 } as const;

/** What `src` of a call means (RFC 9669, 4.3.1). */
export const CallKind = { Helper: 0, Local: 1, Kfunc: 2 } as const;

/** Opcodes that code often names. */
export const Op = {
  LdImm64: 0x18,
  Ja: 0x05,
  Ja32: 0x06,
  Call: 0x85,
  Exit: 0x95,
  Cond: 0xe5,
  Mov64Imm: 0xb7,
  Mov64Reg: 0xbf,
} as const;

/** The frame pointer, r10: read-only in the kernel. */
export const FRAME_POINTER = 10;

/** Bytes of one instruction slot; a 64-bit immediate load takes two slots. */
export const SLOT_BYTES = 8;

/** Bytes that a size field means: 1, 2, 4 or 8. */
export function accessBytes(opcode: number): 1 | 2 | 4 | 8 {
  switch (opcode & 0x18) {
    case Size.W:
      return 4;
    case Size.H:
      return 2;
    case Size.B:
      return 1;
    default:
      return 8;
  }
}
