/**
 * A fact of a path names a variable only where debug information says that the register holds it: checked with llvm-dwarfdump on
 * every refused program of test/precheck/programs, and on random ones (EBPFTSC_FACTS of them, default 24, fixed seed).
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { heldRanges } from "../../compiler/precheck/explain/dwarf.js";
import { rangeText, readRegister } from "../../compiler/precheck/explain/register-text.js";
import { type PathLine, type PrecheckResult, precheck } from "../../compiler/precheck/index.js";
import { type BpfObject, readObject } from "../../runtime/elf/index.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip } from "../kernel/support.js";
import { type DumpedRange, dumpedRanges, missingDwarfdump } from "./dwarfdump.js";

const CLANG = "/usr/bin/clang-19";
const BTF = "/sys/kernel/btf/vmlinux";
const FOLDER = join(import.meta.dirname, "programs");
const lacking = [CLANG, BTF].find((file) => !existsSync(file));
const skipped = announceSkip(
  "facts about variables",
  missingDwarfdump || (lacking && `${lacking} is not there`) || undefined,
);

function compile(source: string): { object: Uint8Array; ranges: DumpedRange[] } {
  const file = join(tempFolder(), "facts.o");
  const flags = ["-O2", "-g", "-fno-builtin", "-w", "-target", "bpf", "-mcpu=v3"];
  execFileSync(CLANG, [...flags, "-c", source, "-o", file]);
  return { object: new Uint8Array(readFileSync(file)), ranges: dumpedRanges(file) };
}

/** Byte of a slot in its section, for the function that it is of. */
function addressOf(object: BpfObject, program: string, slot: number): number | undefined {
  const linked = object.programs
    .find(({ name }) => name === program)
    ?.functions.find((f) => slot >= f.start && slot < f.end);
  const symbol = object.elf.symbols.find(({ name }) => name === linked?.name);
  return linked === undefined || symbol === undefined ? undefined : symbol.value + (slot - linked.start) * 8;
}

/** What a note says of a variable: the name, and the fact. */
const FACT =
  /^(?:known from here: )?(?:`([A-Za-z_]\w*)` (?:is (not NULL|NULL|-?\d+(?: to -?\d+)?|any 64-bit number)$|is read here|\S{1,3}= )|(\d+) bytes from `([A-Za-z_]\w*)` are in the packet)/;

/** @returns the note where nothing bears it out */
function unproven(
  line: PathLine,
  note: string,
  result: PrecheckResult,
  object: BpfObject,
  ranges: readonly DumpedRange[],
): string | undefined {
  const m = FACT.exec(note);
  if (m === null) return undefined;
  const name = m[1] ?? m[4];
  const steps = result.trace?.steps ?? [];
  const proven = steps.some((step, i) => {
    if (step.place?.line !== line.source?.line) return false;
    // A fact is of the register before the branch and after it; a value that is made is there after its instruction.
    return [step, steps[i + 1]].some((at) => {
      const address = at === undefined ? undefined : addressOf(object, result.program, at.slot);
      if (address === undefined) return false;
      return ranges
        .filter((r) => r.name === name && address >= r.low && address < r.high)
        .some(({ register }) => {
          const after = steps[i + 1]?.before.get(register);
          if (after === undefined) return false;
          if (m[2] === undefined) return true;
          const { type } = readRegister(after);
          if (m[2] === "not NULL") return !type.endsWith("_or_null") && type !== "scalar";
          if (m[2] === "NULL") return rangeText(after) === "0";
          return rangeText(after) === m[2];
        });
    });
  });
  return proven ? undefined : `${result.program}: line ${line.source?.line}: ${note}`;
}

function check(source: string): { facts: number; wrong: string[] } {
  const { object, ranges } = compile(source);
  const parsed = readObject(object);
  let facts = 0;
  const wrong = precheck(object, { kernelBtf: () => new Uint8Array(readFileSync(BTF)) }).flatMap((result) =>
    (result.explanation?.path ?? []).flatMap((line) =>
      line.notes.flatMap((note) => {
        if (FACT.test(note)) facts++;
        return unproven(line, note, result, parsed, ranges) ?? [];
      }),
    ),
  );
  return { facts, wrong };
}

/** xorshift32 */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A program that looks up, computes, copies and tests, and then reads where it may not. */
function randomProgram(seed: number): string {
  const next = random(seed * 2654435761 + 1);
  const pick = (names: readonly string[]): string => names[next(names.length)] ?? "key";
  const numbers = ["key"];
  const values: string[] = [];
  const lines = ["u32 key = c->rx_queue_index;"];
  for (let i = 0; i < 4 + next(8); i++) {
    const name = `v${i}`;
    const kind = next(7);
    if (kind === 0) lines.push(`u32 ${name} = random();`);
    else if (kind === 1) lines.push(`u32 ${name} = ${pick(numbers)} ${pick(["+", "&", "^", ">>"])} ${1 + next(30)};`);
    else if (kind === 2)
      lines.push(`if (${pick(numbers)} ${pick([">", "<", "==", "!="])} ${next(100)})\n    return ${next(3)};`);
    else if (kind === 3 && values.length > 0) lines.push(`if (!${pick(values)})\n    return ${next(3)};`);
    else if (kind === 4 && values.length > 0) lines.push(`if (adjust(c, ${pick(numbers)} & 7))\n    return 1;`);
    else {
      lines.push(`key = ${pick(numbers)};`, `u64 *${name} = lookup(&stats, &key);`);
      values.push(name);
      continue;
    }
    if (kind < 2) numbers.push(name);
  }
  lines.push("u64 *last = lookup(&stats, &key);");
  const target = pick([...values, "last"]);
  lines.push(
    next(2) === 0 ? `return *${target};` : `if (!${target})\n    return 2;\n  return ${target}[${pick(numbers)}];`,
  );
  return `
#define SEC(n) __attribute__((section(n), used))
typedef unsigned int u32; typedef unsigned long long u64;
struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, c; };
struct { int (*type)[1]; int (*max_entries)[4]; u32 *key; u64 *value; } stats SEC(".maps");
static void *(*const lookup)(void *, const void *) = (void *) 1;
static u32 (*const random)(void) = (void *) 7;
static long (*const adjust)(void *, int) = (void *) 44;
char LICENSE[] SEC("license") = "GPL";
SEC("xdp") int generated(struct xdp_md *c) {
  ${lines.join("\n  ")}
}
`;
}

describe.skipIf(skipped)("variables in paths", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".c"));

  test.each(files)("%s", (name) => {
    expect(check(join(FOLDER, name)).wrong).toEqual([]);
  });

  test("random programs", () => {
    const count = Number(process.env["EBPFTSC_FACTS"] ?? 24);
    let facts = 0;
    for (let seed = 1; seed <= count; seed++) {
      const file = join(tempFolder(), "random.c");
      const text = randomProgram(seed);
      writeFileSync(file, text);
      const result = check(file);
      expect(result.wrong, text).toEqual([]);
      facts += result.facts;
    }
    // Else the test would pass on paths that say nothing.
    expect(facts).toBeGreaterThan(count / 4);
  });

  test.each(files)("%s: the ranges are those of llvm-dwarfdump", (name) => {
    const { object, ranges } = compile(join(FOLDER, name));
    const key = (r: { name: string; low: number; high: number }, cell: string): string =>
      `${r.name} ${cell} ${r.low}-${r.high}`;
    const ours = heldRanges(readObject(object).elf).filter(({ cell }) => cell.startsWith("r"));
    expect(ours.map((r) => key(r, r.cell)).sort()).toEqual(ranges.map((r) => key(r, `r${r.register}`)).sort());
  });
});
