/** Rows as aligned columns; numbers (and bigints) go to the right. */
export function printTable(header, rows) {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const right = header.map((_, i) => rows.every((row) => typeof row[i] !== "string"));
  for (const row of cells) {
    const line = row.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
    console.log(`  ${line.join("  ").trimEnd()}`);
  }
}
