/**
 * The reference for programs of generate.ts: memory as a TypeScript reader sees it. A field of memory type holds an
 * object; assigning the field gives it another object with the same bytes, and who referred to the old one keeps it.
 */
export type Int = "u8" | "u16" | "u32" | "be16";
export type FieldType =
  | { readonly kind: "int"; readonly name: Int }
  /** Bytes<n>, or FixedArray<element, n>. */
  | { readonly kind: "array"; readonly element: Int; readonly length: number }
  | { readonly kind: "struct"; readonly name: string; readonly fields: readonly Field[] };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly offset: number;
}

export interface HeaderType {
  readonly name: string;
  readonly size: number;
  readonly fields: readonly Field[];
  /** Part of the stdlib: no declaration is printed. */
  readonly known?: boolean;
}

const SIZE: Readonly<Record<Int, number>> = { u8: 1, u16: 2, u32: 4, be16: 2 };

export const sizeOf = (type: FieldType): number =>
  type.kind === "int"
    ? SIZE[type.name]
    : type.kind === "array"
      ? SIZE[type.element] * type.length
      : type.fields.reduce((sum, f) => Math.max(sum, f.offset + sizeOf(f.type)), 0);

export const typeText = (type: FieldType): string =>
  type.kind === "int"
    ? type.name
    : type.kind === "struct"
      ? type.name
      : type.element === "u8"
        ? `Bytes<${type.length}>`
        : `FixedArray<${type.element}, ${type.length}>`;

/** Bytes somewhere: in the packet until their field is assigned, then on their own. */
export class Memory {
  constructor(
    readonly type: FieldType,
    public bytes: Uint8Array,
  ) {}

  int(offset: number, name: Int): bigint {
    let value = 0n;
    for (let i = 0; i < SIZE[name]; i++) {
      const byte = BigInt(this.bytes[offset + i] ?? 0);
      value |= byte << BigInt(8 * (name === "be16" ? 1 - i : i));
    }
    return value;
  }

  setInt(offset: number, name: Int, value: bigint): void {
    for (let i = 0; i < SIZE[name]; i++)
      this.bytes[offset + i] = Number((value >> BigInt(8 * (name === "be16" ? 1 - i : i))) & 0xffn);
  }

  /** An element; outside the array 0. */
  element(index: bigint): bigint {
    if (this.type.kind !== "array" || index < 0n || index >= BigInt(this.type.length)) return 0n;
    return this.int(Number(index) * SIZE[this.type.element], this.type.element);
  }

  setElement(index: bigint, value: bigint): void {
    if (this.type.kind !== "array" || index < 0n || index >= BigInt(this.type.length)) return;
    this.setInt(Number(index) * SIZE[this.type.element], this.type.element, value);
  }

  copy(): Memory {
    return new Memory(this.type, this.bytes.slice());
  }
}

/** A header in place. */
export class Header {
  private readonly parts = new Map<string, Memory>();
  readonly whole: Memory;

  constructor(
    readonly type: HeaderType,
    bytes: Uint8Array,
  ) {
    this.whole = new Memory({ kind: "struct", name: type.name, fields: type.fields }, bytes);
    for (const f of type.fields)
      if (f.type.kind !== "int")
        this.parts.set(f.name, new Memory(f.type, bytes.subarray(f.offset, f.offset + sizeOf(f.type))));
  }

  part(field: Field): Memory {
    const part = this.parts.get(field.name);
    if (!part) throw new Error(`${field.name} is no memory`);
    return part;
  }

  /** Assigns a field of memory type: the object that was there keeps its value. */
  assign(field: Field, value: Memory): void {
    const bytes = value.bytes.slice();
    const old = this.part(field);
    const place = old.bytes;
    old.bytes = place.slice();
    place.set(bytes);
    this.parts.set(field.name, new Memory(field.type, place));
  }
}
