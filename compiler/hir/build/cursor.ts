/** A cursor in memory: `{context, position}` on the stack; inlining leaves nothing of it but the position. */
import { INT, type StructType } from "../types.js";

export const CURSOR: StructType = {
  kind: "struct",
  name: "Cursor",
  identity: "Cursor",
  size: 16,
  align: 8,
  fields: [
    { name: "context", type: INT.u64, offset: 0 },
    { name: "offset", type: INT.u64, offset: 8 },
  ],
};
/** Where the position is, 64 bits. */
export const POSITION = 8;
/** What stack memory of a cursor is called. */
export const CURSOR_SLOT = "cursor";
