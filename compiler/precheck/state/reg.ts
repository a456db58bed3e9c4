/**
 * What a register holds. Immutable: states share registers, a change makes a new one. Types as enum bpf_reg_type and
 * its modifiers (include/linux/bpf.h), numbered by us.
 */
import { constScalar, type Scalar, UNKNOWN, ZERO } from "../domain/scalar.js";

export const Kind = {
  None: 0,
  Scalar: 1,
  Ctx: 2,
  MapPtr: 3,
  MapValue: 4,
  MapKey: 5,
  Stack: 6,
  PktMeta: 7,
  Pkt: 8,
  PktEnd: 9,
  FlowKeys: 10,
  Socket: 11,
  SockCommon: 12,
  TcpSock: 13,
  XdpSock: 14,
  Btf: 15,
  Mem: 16,
  Buf: 17,
  TpBuffer: 18,
  Func: 19,
  DynptrPtr: 20,
  Arena: 21,
  /** On the stack only: an open-coded iterator, a saved IRQ flag. */
  Iter: 22,
  Irq: 23,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** The kernel's words for kinds, as its messages have them. */
// biome-ignore format: a table
export const KIND_NAMES: readonly string[] = [
  "?", "scalar", "ctx", "map_ptr", "map_value", "map_key", "fp", "pkt_meta", "pkt", "pkt_end", "flow_keys", "sock",
  "sock_common", "tcp_sock", "xdp_sock", "ptr_", "mem", "buf", "tp_buffer", "func", "dynptr_ptr", "arena",
  "iter", "irq",
];

export const Flag = {
  MaybeNull: 1,
  ReadOnly: 2,
  Trusted: 4,
  Rcu: 8,
  Untrusted: 16,
  Ringbuf: 32,
  /** The scalar is its id's value plus `off` (BPF_ADD_CONST). */
  AddConst: 64,
  /** Memory that `bpf_obj_new` gave. */
  Alloc: 128,
  /** From bpf_per_cpu_ptr's domain. */
  PerCpu: 256,
  /** As AddConst, by a 32-bit operation (BPF_ADD_CONST32, 6.18.y). */
  AddConst32: 512,
  /** A dynptr's slice of a packet: ends with the packet pointers (DYNPTR_TYPE_SKB, _XDP). */
  PktSlice: 1024,
  /** A node that a list or tree owns (NON_OWN_REF). */
  NonOwning: 2048,
  /** User memory by its BTF tag. */
  User: 4096,
} as const;

/** Linked to another scalar by a difference, either way. */
export const LINKED: number = Flag.AddConst | Flag.AddConst32;

/** Btf: ids below are the kernel's types, from here on the program's own (bpf_obj_new, kptrs to local types). */
export const LOCAL_TYPES = 1 << 28;

/** Packet pointer compared equal to, or known past, the end (AT_PKT_END, BEYOND_PKT_END). */
export const AT_END = -1;
export const BEYOND_END = -2;

export class Reg {
  declare readonly kind: Kind;
  declare readonly flags: number;
  /** Fixed offset in bytes; with AddConst the difference from the id's value. */
  declare readonly off: number;
  /** Value of a scalar; variable offset of a pointer. */
  declare readonly s: Scalar;
  /** Registers with the same non-zero id hold the same value (or variable offset, or null-ness). */
  declare readonly id: number;
  /** Acquired reference that it belongs to, or 0. */
  declare readonly ref: number;
  /** Packet: bytes proven; Mem, Buf: size in bytes; MapPtr, MapValue, MapKey: map; Stack: frame; Btf: type id; Func: subprogram. */
  declare readonly extra: number;
  /** Map value, map: tells maps of one map-in-map slot apart; Mem: id of the dynptr it is a slice of; Iter: rounds begun. */
  declare readonly uid: number;

  constructor(kind: Kind, flags: number, off: number, s: Scalar, id: number, ref: number, extra: number, uid: number) {
    this.kind = kind;
    this.flags = flags;
    this.off = off;
    this.s = s;
    this.id = id;
    this.ref = ref;
    this.extra = extra;
    this.uid = uid;
  }

  with(change: {
    kind?: Kind;
    flags?: number;
    off?: number;
    s?: Scalar;
    id?: number;
    ref?: number;
    extra?: number;
    uid?: number;
  }): Reg {
    return new Reg(
      change.kind ?? this.kind,
      change.flags ?? this.flags,
      change.off ?? this.off,
      change.s ?? this.s,
      change.id ?? this.id,
      change.ref ?? this.ref,
      change.extra ?? this.extra,
      change.uid ?? this.uid,
    );
  }

  /** The same with another value or variable part. */
  withScalar(s: Scalar): Reg {
    return new Reg(this.kind, this.flags, this.off, s, this.id, this.ref, this.extra, this.uid);
  }
  /** The same at another fixed offset. */
  withOffset(off: number): Reg {
    return new Reg(this.kind, this.flags, off, this.s, this.id, this.ref, this.extra, this.uid);
  }

  get maybeNull(): boolean {
    return (this.flags & Flag.MaybeNull) !== 0;
  }
  get isPointer(): boolean {
    return this.kind > Kind.Scalar;
  }
  get isPacket(): boolean {
    return this.kind === Kind.Pkt || this.kind === Kind.PktMeta;
  }
  /** The variable part is one value: 0 unless arithmetic made it. */
  get isConst(): boolean {
    return this.s.isConst;
  }
}

export const NO_REG: Reg = new Reg(Kind.None, 0, 0, ZERO, 0, 0, 0, 0);
export const UNKNOWN_REG: Reg = new Reg(Kind.Scalar, 0, 0, UNKNOWN, 0, 0, 0, 0);
export const ZERO_REG: Reg = new Reg(Kind.Scalar, 0, 0, ZERO, 0, 0, 0, 0);

export function scalarReg(s: Scalar, id = 0): Reg {
  return new Reg(Kind.Scalar, 0, 0, s, id, 0, 0, 0);
}

export function constReg(value: bigint): Reg {
  return value === 0n ? ZERO_REG : scalarReg(constScalar(value));
}

export function pointerReg(kind: Kind, extra = 0, flags = 0, id = 0, ref = 0, uid = 0): Reg {
  return new Reg(kind, flags, 0, ZERO, id, ref, extra, uid);
}

/** The kernel's name of a register's type. @example regTypeName(reg) // "map_value_or_null" */
export function regTypeName(reg: Reg): string {
  const prefix = `${reg.flags & Flag.ReadOnly ? "rdonly_" : ""}${reg.flags & Flag.Ringbuf ? "ringbuf_" : ""}${
    reg.flags & Flag.Untrusted
      ? "untrusted_"
      : reg.flags & Flag.Trusted
        ? "trusted_"
        : reg.flags & Flag.Rcu
          ? "rcu_"
          : ""
  }`;
  const name = KIND_NAMES[reg.kind] ?? "?";
  // "ptr_" and its like come before a struct's name: "rcu_ptr_or_null_".
  const absent = name.endsWith("_") ? "or_null_" : "_or_null";
  return `${prefix}${name}${reg.maybeNull ? absent : ""}`;
}
