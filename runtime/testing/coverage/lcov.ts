/** Coverage -> lcov's tracefile format (geninfo's manual): lines, branches and functions of each source file. */
import type { Coverage } from "./collect.js";

/**
 * Writes a tracefile.
 * @param coverage of `vm.coverage()` or several merged
 * @example writeFileSync("coverage/bpf.info", lcov(vm.coverage()))
 */
export function lcov(coverage: Coverage): string {
  const out: string[] = [];
  for (const [path, { lines, branches, functions }] of Object.entries(coverage).sort(([a], [b]) => (a < b ? -1 : 1))) {
    out.push("TN:", `SF:${path}`);
    const named = Object.entries(functions);
    for (const [name, [line]] of named) out.push(`FN:${line},${name}`);
    for (const [name, [, count]] of named) out.push(`FNDA:${count},${name}`);
    out.push(`FNF:${named.length}`, `FNH:${named.filter(([, [, count]]) => count > 0).length}`);
    const sides = Object.entries(branches).flatMap(([place, [taken, not]], block) => {
      const [line = "0"] = place.split(":");
      // "-" says that the condition itself never ran.
      const count = (n: number): string => (taken + not === 0 ? "-" : String(n));
      return [`BRDA:${line},${block},0,${count(taken)}`, `BRDA:${line},${block},1,${count(not)}`];
    });
    out.push(...sides, `BRF:${sides.length}`, `BRH:${sides.filter((s) => !/,(0|-)$/.test(s)).length}`);
    const counted = Object.entries(lines).sort(([a], [b]) => Number(a) - Number(b));
    for (const [line, count] of counted) out.push(`DA:${line},${count}`);
    out.push(`LF:${counted.length}`, `LH:${counted.filter(([, count]) => count > 0).length}`, "end_of_record");
  }
  return `${out.join("\n")}\n`;
}
