/** Helpers, map types, program types and attach types go by name: their numbers are in runtime/facts only. */
import { describe, expect, test } from "vitest";
import { HelperId } from "../../runtime/facts/helpers/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { AttachTypeId, ProgramTypeId } from "../../runtime/facts/program-types/index.js";
import { filesBelow, read } from "../harness/files.js";

/** Names of a number, over all kinds. */
const namesOf = new Map<number, string[]>();
for (const ids of [HelperId, MapTypeId, ProgramTypeId, AttachTypeId])
  for (const [name, id] of Object.entries(ids)) namesOf.set(id, [...(namesOf.get(id) ?? []), name]);

/** `const TAIL_CALL = 12`: the constant's words are those of something with this number. */
function namesAFact(constant: string, value: number): boolean {
  const words = constant
    .toLowerCase()
    .replace(/^bpf_/, "")
    .replace(/^(prog|map|attach)_type_|^func_/, "")
    .replace(/_(map|prog|type|helper|id)$/, "");
  const stem = words.replace(/(ator|s)$/, "");
  return (namesOf.get(value) ?? []).some((name) => `_${name}_`.includes(`_${words}_`) || name.endsWith(`_${stem}`));
}

/** Each form that a bare number takes, and what it has to be besides. */
const FORMS: readonly { readonly form: RegExp; readonly when?: (m: RegExpMatchArray) => boolean }[] = [
  {
    form: /^(?:export )?const ([A-Z][A-Z0-9_]+)(?:: number)? = (\d+);/gm,
    when: (m) => namesAFact(m[1] ?? "", Number(m[2])),
  },
  // helper.id === 12, map.type === 15, attach === 28, insn.src === CallKind.Helper && insn.imm === 12
  {
    form: /\b(?:helper(?:\.id|Id)?|(?:\w+(?:\(\))?[.])?type|(?:\w+\.)?attach(?:Type)?|mapType|progType|programType) ?[!=]== ?[1-9]\d*\b/g,
  },
  { form: /\bCallKind\.Helper && [\w.]+ === [1-9]\d*\b/g },
  { form: /\bid === (?:[1-9]\d+)\b/g },
  { form: /\.has\([1-9]\d*\)/g },
  // new Set([84, 85, 99, 131])
  { form: /new Set(?:<number>)?\(\[\s*[1-9]\d*(?:,\s*\d+)*,?\s*\]\)/g },
  // { helper: 46, types: [21, 26, 29] }, { type: 26, attach: 23 }
  { form: /[{,(]\s*(?:type|types|helper|helpers|attach|attachType|mapType|expectedAttachType): \[?[1-9]\d*\b/g },
  // const HOOKS: Readonly<Record<number, number>> = { 6: 1, 3: 2
  {
    form: /\bconst (\w+): (?:Readonly<)?Record<number, [^=]*> = \{\s*(?:\/\/.*\s*)*\d+:/g,
  },
];

// biome-ignore format: a table
/** What the forms find and is none of these numbers: file, the beginning of the excerpt, what it is. */
const OTHERS: readonly (readonly [file: string, excerpt: string, what: string])[] = [
  ["runtime/vm/context/kinds.ts", "const XDP_ACTIONS", "values that programs return"],
  ["runtime/vm/context/kinds.ts", "const VERDICT", "values that programs return"],
  ["runtime/vm/context/kinds.ts", "const SK_VERDICT", "values that programs return"],
  ["runtime/vm/context/kinds.ts", "const LWT", "values that programs return"],
  ["compiler/hir/build/intrinsics/memory.ts", "const WORDS", "bytes"],
  ["compiler/precheck/explain/dwarf.ts", "new Set<number>([27", "DWARF forms"],
  ["compiler/precheck/explain/dwarf.ts", "new Set<number>([26", "DWARF forms"],
  ["compiler/precheck/explain/dwarf.ts", "const FIXED", "DWARF forms"],
  ["compiler/precheck/tables/raw-tracepoints.ts", ".has(3)", "an argument, in an example"],
  ["compiler/report/kernel-floor.ts", "const CPU", "versions of the instruction set"],
  ["runtime/elf/core.ts", "const SIZE_BITS", "bytes"],
  ["runtime/vm/code.ts", "const SIGNED", "opcodes"],
  ["runtime/vm/sockets.ts", "type: 8", "offset of a field"],
  ["runtime/vm/wasm/assemble.ts", "type: 1", "WebAssembly's sections"],
  ["runtime/vm/wasm/module.ts", "helper: 1", "a module's own signatures"],
];
const isOther = (file: string, found: string): boolean =>
  OTHERS.some(([path, excerpt]) => path === file && found.replace(/^[{,(]\s*/, "").startsWith(excerpt));

const bareNumbers = (text: string): string[] =>
  FORMS.flatMap(({ form, when }) => [...text.matchAll(form)].filter((m) => when?.(m) ?? true).map((m) => m[0]));

const product = ["compiler", "runtime", "stdlib"]
  .flatMap((folder) => filesBelow(folder, /\.ts$/))
  .filter((file) => !file.startsWith("runtime/facts/"));
const found = product.flatMap((file) => bareNumbers(read(file)).map((excerpt) => [file, excerpt] as const));

test("no number of a helper, map type, program type or attach type stands outside runtime/facts", () => {
  expect(product.length).toBeGreaterThan(300);
  expect(found.filter(([file, excerpt]) => !isOther(file, excerpt))).toEqual([]);
});

test("exemptions are needed", () => {
  const idle = OTHERS.filter(
    ([path, excerpt]) => !found.some(([file, text]) => file === path && text.includes(excerpt)),
  );
  expect(idle).toEqual([]);
});

describe("the forms see what there was", () => {
  test.each([
    "const TRACING = 26;",
    "const TAIL_CALL = 12;",
    "export const TIMER_SET_CALLBACK = 170;",
    "const ARENA_MAP = 33;",
    "const TRACING_TYPE = 26;",
    "const LOCAL_STORAGE = 81;",
    "const FUNC_IP = 173;",
    "const ITERATOR = 28;",
    "const BPF_MAP_TYPE_PROG_ARRAY = 3;",
    "const SOCKET_FILTER = 1;",
    "if (helper.id === 12) return NO_REG;",
    "if (state.lock !== 0 && helper.id !== 94) {",
    "if (map.type === 15) {",
    "if (map().type === 2) facts.key = 1;",
    "(_type, attach) => attach === 28,",
    "if (reg.off !== 0 && env.subject.type !== 31) {",
    "const nullable = id === 153 ? 1 : 0;",
    "insn.src === CallKind.Helper && insn.imm === 12",
    "SLEEPING_HELPERS.has(181)",
    "const ACQUIRES: ReadonlySet<number> = new Set([84, 85, 99, 131]);",
    "  { helper: 46, types: [21], args: [] },",
    '  { name: "lsm", type: 29, attach: -1 },',
    "const HOOKS: Readonly<Record<number, number>> = {\n  0: 0, 6: 1,",
    "const NAMES: Readonly<Record<number, Names>> = {\n  1: SKB,",
  ])("%s", (text) => {
    expect(bareNumbers(text)).not.toEqual([]);
  });
  test.each([
    "const ENOENT = 2;",
    "const MAX_LINES = 12;",
    "if (reg.id === 0) return;",
    "const seen = new Set([0]);",
    "const kept = new Set([0x10, 0x20]);",
    "if (insn.imm === 0x100) {",
    "if (type === 0) return;",
  ])("and not %s", (text) => {
    expect(bareNumbers(text)).toEqual([]);
  });
});
