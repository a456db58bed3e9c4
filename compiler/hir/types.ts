/**
 * Machine types. Every value of a program has one; sizes are bytes, as in C on BPF (little-endian, 64-bit pointers).
 * Invariant: types are compared with {@link sameType}, structs by identity of their layout.
 */

export type IntName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "be16" | "be32" | "be64";

/** A fixed-width integer. Its value in a register is always zero- or sign-extended to 64 bits. */
export interface IntType {
  readonly kind: "int";
  readonly name: IntName;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** Network order: the register holds the bytes as they are in memory. */
  readonly bigEndian: boolean;
}

/** An untagged `number`: an exact signed 64-bit integer. `natural` is the widest operand that it was computed from. */
export interface NumberType {
  readonly kind: "number";
  readonly natural?: IntType;
  /** Set for results of `/`, which need an integer sink. */
  readonly fraction?: boolean;
}

/** What a reported mistake lowers to: agrees with everything, so that one mistake is one message. */
export interface ErrorType {
  readonly kind: "error";
}

/** An untagged `bigint` literal: takes the type of what it meets, u64 otherwise. */
export interface BigIntType {
  readonly kind: "bigint";
}

export interface BoolType {
  readonly kind: "bool";
}
export interface VoidType {
  readonly kind: "void";
}

/** A numeric enum, 4 bytes, as C lays it out. */
export interface EnumType {
  readonly kind: "enum";
  readonly name: string;
  /** What tells it from others of its name: see {@link StructType.identity}. */
  readonly identity?: string;
  readonly members: readonly { readonly name: string; readonly value: number }[];
  readonly signed: boolean;
}

export interface StructField {
  readonly name: string;
  readonly type: HirType;
  /** Bytes from the start of the struct. */
  readonly offset: number;
}

export interface StructType {
  readonly kind: "struct";
  readonly name: string;
  /** One per declaration and type arguments; the name itself where no other struct of the program has it. */
  readonly identity: string;
  readonly size: number;
  readonly align: number;
  readonly fields: readonly StructField[];
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: HirType;
  readonly length: number;
  /** "chars": a C string. */
  readonly flavour: "array" | "bytes" | "chars";
}

/** A reference: to a struct, an array, or a scalar (`Ref`). */
export interface PointerType {
  readonly kind: "pointer";
  readonly to: HirType;
  readonly nullable: boolean;
  /** A scalar reached as `.value`. */
  readonly ref: boolean;
  /** A context struct: only constant offsets from the pointer itself may be read. */
  readonly context?: boolean;
  /** Packet bytes: a computed offset needs a comparison with data_end of its own. */
  readonly packet?: boolean;
}

/** An address that is data to the program: 8 bytes, read with a helper. */
export interface AddressType {
  readonly kind: "address";
  readonly space: "user" | "kernel";
}

/**
 * Where a tracepoint's dynamic field is: in memory 4 bytes (offset in the low half, length in the high one), counted from
 * the record's start or from the end of the field. In a register it is the address of the bytes.
 */
export interface DynamicType {
  readonly kind: "dynamic";
  readonly from: "record" | "field";
}

/** A program's context, or its packet: the context pointer with another set of members. */
export interface ContextType {
  readonly kind: "context" | "packet";
  readonly context: "xdp" | "skb" | "tracepoint";
}

/** A packet cursor: a pointer to `{ctx, offset}` on the stack. */
export interface CursorType {
  readonly kind: "cursor";
  readonly context: "xdp" | "skb";
}

/** A map, known when the object is built: what a parameter of a map's class is. */
export interface MapType {
  readonly kind: "map";
  /** ELF symbol; empty before an argument says it. */
  readonly name: string;
}

/** A struct class as a value: `StructType<T>`. */
export interface ClassType {
  readonly kind: "class";
  readonly of: HirType;
}

export type HirType =
  | MapType
  | ClassType
  | IntType
  | NumberType
  | BigIntType
  | BoolType
  | VoidType
  | EnumType
  | StructType
  | ArrayType
  | PointerType
  | AddressType
  | DynamicType
  | ContextType
  | CursorType
  | ErrorType;

const int = (name: IntName, bits: IntType["bits"], signed: boolean, bigEndian = false): IntType => ({
  kind: "int",
  name,
  bits,
  signed,
  bigEndian,
});

/** The integer types by name. */
export const INT: Readonly<Record<IntName, IntType>> = {
  u8: int("u8", 8, false),
  u16: int("u16", 16, false),
  u32: int("u32", 32, false),
  u64: int("u64", 64, false),
  i8: int("i8", 8, true),
  i16: int("i16", 16, true),
  i32: int("i32", 32, true),
  i64: int("i64", 64, true),
  be16: int("be16", 16, false, true),
  be32: int("be32", 32, false, true),
  be64: int("be64", 64, false, true),
};

export const BOOL: BoolType = { kind: "bool" };
export const VOID: VoidType = { kind: "void" };
export const ERROR: ErrorType = { kind: "error" };
export const NUMBER: NumberType = { kind: "number" };
export const BIGINT: BigIntType = { kind: "bigint" };

export const pointerTo = (to: HirType, nullable = false): PointerType => ({
  kind: "pointer",
  to,
  nullable,
  ref: to.kind !== "struct" && to.kind !== "array",
});

/** Bytes of a value of this type in memory; 0 for what has none. */
export function sizeOf(type: HirType): number {
  switch (type.kind) {
    case "int":
      return type.bits / 8;
    case "bool":
      return 1;
    case "enum":
    case "dynamic":
      return 4;
    case "number":
    case "bigint":
    case "pointer":
    case "address":
    case "context":
    case "packet":
    case "cursor":
      return 8;
    case "struct":
      return type.size;
    case "array":
      return sizeOf(type.element) * type.length;
    case "void":
    case "error":
    case "map":
    case "class":
      return 0;
  }
}

/** Natural alignment in bytes. */
export function alignOf(type: HirType): number {
  if (type.kind === "struct") return type.align;
  if (type.kind === "array") return alignOf(type.element);
  return Math.max(1, sizeOf(type));
}

/** Whether a value fits a register. */
export const isScalar = (type: HirType): boolean =>
  type.kind !== "struct" && type.kind !== "array" && type.kind !== "void" && !isCompileTime(type);

/** What exists only while the object is built. */
export const isCompileTime = (type: HirType): type is MapType | ClassType =>
  type.kind === "map" || type.kind === "class";

/** Whether memory can hold it: what a field, an element, a map key or value may be. */
export function hasLayout(type: HirType): boolean {
  switch (type.kind) {
    case "int":
    case "bool":
    case "enum":
    case "address":
      return true;
    case "struct":
      // A dynamic field means something in a tracepoint's record only.
      return type.fields.every((f) => hasLayout(f.type));
    case "array":
      return hasLayout(type.element);
    default:
      return false;
  }
}

/** The fixed-width integer behind an integer-like type: enums are i32 or u32, a number is i64. */
export function intOf(type: HirType): IntType | undefined {
  switch (type.kind) {
    case "int":
      return type;
    case "enum":
      return type.signed ? INT.i32 : INT.u32;
    case "number":
      return INT.i64;
    case "bigint":
      return INT.u64;
    default:
      return undefined;
  }
}

export function sameType(a: HirType, b: HirType): boolean {
  if (a === b) return true;
  if (a.kind === "int" && b.kind === "int") return a.name === b.name;
  if (a.kind === "struct" && b.kind === "struct") return sameStruct(a, b);
  if (a.kind === "enum" && b.kind === "enum")
    return a.name === b.name && (a.identity === b.identity || !a.identity || !b.identity);
  if (a.kind === "array" && b.kind === "array") return a.length === b.length && sameType(a.element, b.element);
  if (a.kind === "pointer" && b.kind === "pointer") return sameType(a.to, b.to);
  if (a.kind === "address" && b.kind === "address") return a.space === b.space;
  if (a.kind === "dynamic" && b.kind === "dynamic") return a.from === b.from;
  if (a.kind === "cursor" && b.kind === "cursor") return a.context === b.context;
  if ((a.kind === "context" || a.kind === "packet") && b.kind === a.kind) return a.context === b.context;
  return a.kind === b.kind && (a.kind === "bool" || a.kind === "void" || a.kind === "number" || a.kind === "bigint");
}

/** A text that two types share exactly when they are one: structs and enums by declaration and type arguments. */
export function typeKey(type: HirType): string {
  switch (type.kind) {
    case "struct":
      return type.identity;
    case "enum":
      return type.identity ?? type.name;
    case "array":
      return `${type.flavour}<${typeKey(type.element)},${type.length}>`;
    case "map":
      return `map ${type.name}`;
    case "class":
      return `class ${typeKey(type.of)}`;
    case "pointer":
      return `*${typeKey(type.to)}${type.nullable ? "?" : ""}`;
    default:
      return typeName(type);
  }
}

/** Structurally: TypeScript's own rule, plus equal offsets. */
function sameStruct(a: StructType, b: StructType): boolean {
  return (
    a.size === b.size &&
    a.fields.length === b.fields.length &&
    a.fields.every((f, i) => {
      const g = b.fields[i];
      return g !== undefined && g.name === f.name && g.offset === f.offset && sameType(f.type, g.type);
    })
  );
}

/** The type as a user would write it. */
export function typeName(type: HirType): string {
  switch (type.kind) {
    case "int":
    case "struct":
    case "enum":
      return type.name;
    case "bool":
      return "boolean";
    case "array":
      if (type.flavour === "bytes") return `Bytes<${type.length}>`;
      if (type.flavour === "chars") return `CString<${type.length}>`;
      return `FixedArray<${typeName(type.element)}, ${type.length}>`;
    case "pointer":
      return `${type.ref ? `Ref<${typeName(type.to)}>` : typeName(type.to)}${type.nullable ? " | undefined" : ""}`;
    case "address":
      return type.space === "user" ? "UserPtr" : "Ptr";
    case "dynamic":
      return type.from === "record" ? "DataLoc" : "RelLoc";
    case "context":
      return type.context === "xdp" ? "XdpContext" : type.context === "skb" ? "SkBuff" : "tracepoint context";
    case "packet":
      return "Packet";
    case "cursor":
      return "Cursor";
    case "class":
      return `StructType<${typeName(type.of)}>`;
    default:
      return type.kind;
  }
}
