/**
 * What programs may do with their context, by program and attach type: at which offsets they read and write how many
 * bytes, as Linux 6.18 was asked (contexts.table.ts). The pre-check and the machine read it from here.
 */
import { CONTEXT_ROWS, type ContextRow } from "./contexts.table.js";

export { CONTEXT_ROWS, type ContextRow } from "./contexts.table.js";

/** What the kernel allows at one offset. */
export interface FieldRule {
  /** Or-ed sizes in bytes. */
  readonly read: number;
  readonly write: number;
  /** "scalar", or the pointer that a read of it gives: "pkt", "sock_or_null". */
  readonly kind: string;
}

/** By offset in bytes. */
export type ContextFields = ReadonlyMap<number, FieldRule>;

/** The row of a program type; an attach type that no row names takes the type's first row. */
export function contextRow(type: number, attachType: number): ContextRow | undefined {
  const rows = CONTEXT_ROWS.filter((row) => row[1] === type);
  return rows.find((r) => r[2] === attachType) ?? rows[0];
}

/** The fields of a row. */
export function fieldsOfRow(row: ContextRow): ContextFields {
  return new Map(
    row[5].split(" ").map((field) => {
      const [offset, read, write, kind] = field.split(":");
      return [Number(offset), { read: Number(read), write: Number(write), kind: kind ?? "scalar" }];
    }),
  );
}

/** May a program access its context so? @param at offset in bytes @param size in bytes */
export function contextAllows(fields: ContextFields, at: number, size: number, write: boolean): boolean {
  const rule = fields.get(at);
  return rule !== undefined && ((write ? rule.write : rule.read) & size) !== 0;
}
