/** What is known of a helper besides its signature, by its id. Input: the generated rows. */
import { HELPER_ROWS, type HelperRow } from "./helpers.table.js";

const BY_ID: ReadonlyMap<number, HelperRow> = new Map(HELPER_ROWS.map((row) => [row[0], row]));

export const helperRow = (id: number): HelperRow | undefined => BY_ID.get(id);
