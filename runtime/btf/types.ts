/**
 * The type graph of BTF as readonly data. One interface per kind of the kernel's include/uapi/linux/btf.h; sizes and
 * offsets are as stored (sizes in bytes, member offsets in bits).
 */

/** BTF_KIND_* numbers. */
export const Kind = {
  Int: 1,
  Ptr: 2,
  Array: 3,
  Struct: 4,
  Union: 5,
  Enum: 6,
  Fwd: 7,
  Typedef: 8,
  Volatile: 9,
  Const: 10,
  Restrict: 11,
  Func: 12,
  FuncProto: 13,
  Var: 14,
  Datasec: 15,
  Float: 16,
  DeclTag: 17,
  TypeTag: 18,
  Enum64: 19,
} as const;

interface Common {
  readonly id: number;
  /** "" where the type has no name. */
  readonly name: string;
}
export interface BtfVoid extends Common {
  readonly kind: "void";
}
export interface BtfInt extends Common {
  readonly kind: "int";
  /** Bytes. */
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
  /** Value bits, at most size * 8. */
  readonly bits: number;
  /** Bit offset inside the storage (old encoding of bit-fields); usually 0. */
  readonly bitOffset: number;
}
export interface BtfRef extends Common {
  readonly kind: "ptr" | "typedef" | "volatile" | "const" | "restrict" | "type_tag";
  readonly type: number;
}
export interface BtfArray extends Common {
  readonly kind: "array";
  readonly element: number;
  readonly indexType: number;
  readonly length: number;
}
export interface BtfMember {
  /** "" for an anonymous member. */
  readonly name: string;
  readonly type: number;
  /** Bits from the start of the struct. */
  readonly bitOffset: number;
  /** Width of a bit-field, or 0. */
  readonly bitSize: number;
}
export interface BtfComposite extends Common {
  readonly kind: "struct" | "union";
  readonly size: number;
  readonly members: readonly BtfMember[];
}
export interface BtfEnum extends Common {
  readonly kind: "enum" | "enum64";
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}
export interface BtfFwd extends Common {
  readonly kind: "fwd";
  readonly union: boolean;
}
export interface BtfFunc extends Common {
  readonly kind: "func";
  readonly type: number;
  readonly linkage: "static" | "global" | "extern";
}
export interface BtfFuncProto extends Common {
  readonly kind: "func_proto";
  readonly result: number;
  readonly params: readonly { readonly name: string; readonly type: number }[];
}
export interface BtfVar extends Common {
  readonly kind: "var";
  readonly type: number;
  readonly linkage: "static" | "global" | "extern";
}
export interface BtfDatasec extends Common {
  readonly kind: "datasec";
  readonly size: number;
  readonly vars: readonly { readonly type: number; readonly offset: number; readonly size: number }[];
}
export interface BtfFloat extends Common {
  readonly kind: "float";
  readonly size: number;
}
export interface BtfDeclTag extends Common {
  readonly kind: "decl_tag";
  readonly type: number;
  /** Member or parameter index, or -1 for the whole declaration. */
  readonly component: number;
}

/** One type. */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfRef
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfFwd
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag;
