/**
 * C layout of structs: fields in order, natural alignment, tail padding. Fields may be placed at explicit offsets (they
 * may then overlap, as unions do). Source of the rules: the System V ABI, as clang applies it to the BPF target.
 */
import { alignOf, type HirType, type StructField, type StructType, sizeOf } from "../hir/types.js";

export interface FieldSpec {
  readonly name: string;
  readonly type: HirType;
  /** Explicit offset in bytes. */
  readonly offset?: number;
}

export function layoutStruct(name: string, specs: readonly FieldSpec[], identity: string = name): StructType {
  const fields: StructField[] = [];
  let end = 0;
  let size = 0;
  let align = 1;
  for (const { name: field, type, offset } of specs) {
    const natural = alignOf(type);
    const at = offset ?? Math.ceil(end / natural) * natural;
    fields.push({ name: field, type, offset: at });
    end = at + sizeOf(type);
    size = Math.max(size, end);
    align = Math.max(align, natural);
  }
  return { kind: "struct", name, identity, fields, align, size: Math.ceil(size / align) * align };
}
