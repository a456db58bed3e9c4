/**
 * What the loader generator is told: the user's classes as user space sees them. Plain data, produced by the compiler
 * from the HIR, consumed by `generateLoader`. Names are the user's (`name`) and the object's (`elfName`).
 */

/** Types of keys, values, events and config as they appear in the generated `.d.ts`. */
export type TypeModel =
  /** An integer of 1, 2 or 4 bytes: `number`; of 8 bytes: `bigint`. `be` types are given in host order. */
  | { readonly kind: "int"; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly kind: "be"; readonly bytes: 2 | 4 | 8 }
  | { readonly kind: "bool" }
  /** A numeric enum: `number`. */
  | { readonly kind: "enum"; readonly name: string }
  /** `char[N]`: `string`. */
  | { readonly kind: "string"; readonly bytes: number }
  /** `u8[N]`: `Uint8Array`. */
  | { readonly kind: "bytes"; readonly bytes: number }
  | { readonly kind: "array"; readonly element: TypeModel; readonly length: number }
  /** A struct of `LoaderModel.structs`. */
  | { readonly kind: "struct"; readonly name: string }
  /** A kernel or user address: `bigint`. */
  | { readonly kind: "pointer" };

export interface StructModel {
  readonly name: string;
  readonly doc?: string;
  readonly fields: readonly { readonly name: string; readonly type: TypeModel; readonly doc?: string }[];
}

/** Program kinds; each has its own `attach` signature. Others load and have no `attach`. */
export type ProgramKind = "xdp" | "tc" | "tracepoint" | "other";

export interface ProgramModel {
  readonly name: string;
  /** The function's symbol in the object. */
  readonly elfName: string;
  readonly kind: ProgramKind;
  readonly doc?: string;
  /** What the decorator already fixed: the direction of a tc program, the event of a tracepoint. */
  readonly attach?: {
    readonly direction?: "ingress" | "egress";
    readonly category?: string;
    readonly name?: string;
  };
}

/** How the loader shows a map. `keyed` covers hash, LRU and LPM maps; unknown types get an opaque handle. */
export type MapKind = "keyed" | "percpu-keyed" | "array" | "percpu-array" | "lpm-trie" | "ringbuf" | "opaque";

export interface MapModel {
  readonly name: string;
  /** The map's symbol in `.maps`. */
  readonly elfName: string;
  readonly kind: MapKind;
  readonly doc?: string;
  /** Absent for arrays (index: number) and ring buffers. */
  readonly key?: TypeModel;
  /** The value, or the event of a ring buffer. */
  readonly value?: TypeModel;
}

export interface VariableModel {
  readonly name: string;
  /** The variable's symbol in `.rodata`, `.data` or `.bss`. */
  readonly elfName: string;
  readonly type: TypeModel;
  readonly doc?: string;
}

export interface ClassModel {
  /** The exported class, and so the loader's export. */
  readonly name: string;
  readonly doc?: string;
  readonly programs: readonly ProgramModel[];
  readonly maps: readonly MapModel[];
  /** `@config` fields: settable before load. The object holds the defaults. */
  readonly config: readonly VariableModel[];
  /** Mutable static fields: readable and writable after load. */
  readonly globals: readonly VariableModel[];
}

export interface LoaderModel {
  /** "firewall" for firewall.ts. */
  readonly sourceBase: string;
  /** The object's file name, beside the loader: "firewall.bpf.o". */
  readonly objectFile: string;
  readonly classes: readonly ClassModel[];
  readonly structs: readonly StructModel[];
}
