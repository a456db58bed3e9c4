/**
 * Lines of an aligned table; the first row is its head. Cells of the columns in `numeric` stand right.
 * @example tableLines([["name", "n"], ["pairs", "120"]], new Set([1])) // ["name     n", "pairs  120"]
 */
export function tableLines(rows: readonly (readonly string[])[], numeric: ReadonlySet<number>): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0))) ?? [];
  return rows.map((r) =>
    r
      .map((cell, i) => (numeric.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
