/** Where variables are, as llvm-dwarfdump prints it: a second reading of what compiler/precheck/explain/dwarf.ts reads. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

export const DWARFDUMP = "/usr/bin/llvm-dwarfdump-19";
export const missingDwarfdump = existsSync(DWARFDUMP) ? false : `${DWARFDUMP} is not there (llvm-19)`;

export interface DumpedRange {
  readonly name: string;
  readonly register: number;
  readonly low: number;
  readonly high: number;
}

/** Ranges in which a register holds a variable as it is: "DW_OP_reg6 W6", or "breg6 +0, convert…, stack_value". */
export function dumpedRanges(file: string): DumpedRange[] {
  const text = execFileSync(DWARFDUMP, ["--debug-info", file], { encoding: "utf8", maxBuffer: 1 << 28 });
  const scopes: { depth: number; low: number; high: number }[] = [];
  return text.split(/\n(?=0x[0-9a-f]+: )/).flatMap((block) => {
    const depth = /^0x[0-9a-f]+:(\s+)/.exec(block)?.[1]?.length ?? 0;
    while ((scopes[scopes.length - 1]?.depth ?? -1) >= depth) scopes.pop();
    const bounds = /DW_AT_low_pc\s+\(0x([0-9a-f]+)\)\s+DW_AT_high_pc\s+\(0x([0-9a-f]+)\)/.exec(block);
    if (bounds !== null && /DW_TAG_(?:subprogram|inlined_subroutine)/.test(block))
      scopes.push({ depth, low: Number.parseInt(bounds[1] ?? "0", 16), high: Number.parseInt(bounds[2] ?? "0", 16) });
    if (!/DW_TAG_(?:variable|formal_parameter)/.test(block)) return [];
    const name = /DW_AT_(?:name|abstract_origin)\s+\(.*?"([^"]*)"\)/.exec(block)?.[1];
    if (name === undefined) return [];
    const scope = scopes[scopes.length - 1];
    const whole = /DW_AT_location\s+\((DW_OP_\S+(?: W\d+)?(?:\+0)?.*)\)$/m.exec(block)?.[1];
    if (whole !== undefined && scope !== undefined) {
      const register = registerOf(whole);
      return register === undefined ? [] : [{ name, register, low: scope.low, high: scope.high }];
    }
    return [...block.matchAll(/\[0x([0-9a-f]+), 0x([0-9a-f]+)\): (.*?)\)?$/gm)].flatMap(
      ([, low, high, expression = ""]) => {
        const register = registerOf(expression);
        const range = { low: Number.parseInt(low ?? "0", 16), high: Number.parseInt(high ?? "0", 16) };
        return register === undefined ? [] : [{ name, register, ...range }];
      },
    );
  });
}

function registerOf(expression: string): number | undefined {
  const plain =
    /^DW_OP_reg(\d+)(?: W\d+)?$/.exec(expression) ??
    /^DW_OP_breg(\d+) W\d+\+0(?:, DW_OP_convert \([^)]*\)[^,]*)*, DW_OP_stack_value$/.exec(expression);
  return plain === null ? undefined : Number(plain[1]);
}
