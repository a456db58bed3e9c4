/** Headers that the generated programs read. */
import type { Field, FieldType, HeaderType } from "./model.js";

const int = (name: "u8" | "u16" | "u32" | "be16"): FieldType => ({ kind: "int", name });
const bytes = (length: number): FieldType => ({ kind: "array", element: "u8", length });
const POINT: FieldType = {
  kind: "struct",
  name: "Point",
  fields: [
    { name: "x", type: int("u16"), offset: 0 },
    { name: "y", type: int("u16"), offset: 2 },
  ],
};

const fields = (...rows: [string, FieldType, number][]): Field[] =>
  rows.map(([name, type, offset]) => ({ name, type, offset }));

export const ETH: HeaderType = {
  name: "EthHdr",
  known: true,
  size: 14,
  fields: fields(["dest", bytes(6), 0], ["source", bytes(6), 6], ["proto", int("be16"), 12]),
};
export const ALPHA: HeaderType = {
  name: "Alpha",
  size: 28,
  fields: fields(
    ["kind", int("u8"), 0],
    ["flags", int("u8"), 1],
    ["size", int("u16"), 2],
    ["id", int("u32"), 4],
    ["near", POINT, 8],
    ["far", POINT, 12],
    ["mac", bytes(6), 16],
    ["peer", bytes(6), 22],
  ),
};
export const BETA: HeaderType = {
  name: "Beta",
  size: 20,
  fields: fields(
    ["words", { kind: "array", element: "u16", length: 4 }, 0],
    ["more", { kind: "array", element: "u16", length: 4 }, 8],
    ["c", int("u8"), 16],
    ["d", int("u8"), 17],
    ["e", int("u16"), 18],
  ),
};
export const HEADERS: readonly HeaderType[] = [ETH, ALPHA, BETA];

export const DECLARATIONS = `
@struct class Point { x!: u16; y!: u16 }
@struct class Alpha { kind!: u8; flags!: u8; size!: u16; id!: u32; near!: Point; far!: Point; mac!: Bytes<6>; peer!: Bytes<6> }
@struct class Beta { words!: FixedArray<u16, 4>; more!: FixedArray<u16, 4>; c!: u8; d!: u8; e!: u16 }
`;
