/** Since when a program type may call a helper. Input: helper, enum bpf_prog_type, enum bpf_attach_type. Output: "6.18"; nothing where always. */
import { HELPER_TYPES_SINCE } from "./types-since.table.js";

/**
 * An attach type that no row names stands for the type's others, as the rows of contexts do.
 * @example helperTypeSince(16, 6, 37) // "6.18": bpf_get_current_comm in XDP
 */
export function helperTypeSince(helper: number, type: number, attachType: number): string | undefined {
  for (const [id, , kernel, types] of HELPER_TYPES_SINCE) {
    if (id !== helper) continue;
    const row = types.split(" ").find((one) => one.startsWith(`${type}:`));
    if (row === undefined) continue;
    const attaches = row
      .slice(row.indexOf(":") + 1)
      .split(",")
      .map(Number);
    const measured = attaches.includes(attachType) || !MEASURED.has(`${type}:${attachType}`);
    if (measured) return kernel;
  }
  return undefined;
}

/** Pairs that any row names. */
const MEASURED: ReadonlySet<string> = new Set(
  HELPER_TYPES_SINCE.flatMap(([, , , types]) =>
    types.split(" ").flatMap((one) => {
      const [type = "", attaches = ""] = one.split(":");
      return attaches.split(",").map((attach) => `${type}:${attach}`);
    }),
  ),
);
