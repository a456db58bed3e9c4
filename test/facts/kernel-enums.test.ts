/** The numbers of facts are the kernel's: its header's where that is installed, and the running kernel's own types. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseBtf } from "../../runtime/btf/index.js";
import { HelperId } from "../../runtime/facts/helpers/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { AttachTypeId, ProgramTypeId } from "../../runtime/facts/program-types/index.js";

const HEADER = "/usr/include/linux/bpf.h";
const TYPES = "/sys/kernel/btf/vmlinux";
type Ids = Readonly<Record<string, number>>;

/** Enum, prefix of its members, ours; names that the kernel gives a second time or as a bound. */
const ENUMS: readonly (readonly [name: string, prefix: string, ids: Ids])[] = [
  ["bpf_map_type", "BPF_MAP_TYPE_", MapTypeId],
  ["bpf_prog_type", "BPF_PROG_TYPE_", ProgramTypeId],
  ["bpf_attach_type", "BPF_", AttachTypeId],
  ["bpf_func_id", "BPF_FUNC_", HelperId],
];
const nameOf = (member: string, prefix: string): string | undefined =>
  member.startsWith(prefix) &&
  !/_DEPRECATED$/.test(member) &&
  member !== `${prefix}UNSPEC` &&
  member !== `${prefix}unspec`
    ? member.slice(prefix.length).toLowerCase()
    : undefined;

/** Members that we number otherwise, or do not have. */
function contradictions(members: Iterable<readonly [string, number]>, prefix: string, ids: Ids): string[] {
  return [...members].flatMap(([member, value]) => {
    const name = nameOf(member, prefix);
    return name === undefined || ids[name] === value ? [] : [`${member} is ${value}, here ${ids[name]}`];
  });
}

/** Members of an enum of the header: it numbers them from 0, helpers by a list of `FN(name, number, …)` or in order. */
function membersOf(header: string, name: string): [string, number][] {
  if (name === "bpf_func_id") {
    const list = header.slice(header.search(/#define __+BPF_FUNC_MAPPER/));
    return [...list.slice(0, list.search(/\n\s*\n/)).matchAll(/\bFN\((\w+)(?:, (\d+))?/g)].map(([, fn, number], i) => [
      `BPF_FUNC_${fn}`,
      number === undefined ? i : Number(number),
    ]);
  }
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(header)?.[1] ?? "";
  const plain = body.replace(/\/\*[\s\S]*?\*\//g, "");
  const values = new Map<string, number>();
  let next = 0;
  for (const [, member = "", given] of plain.matchAll(/(\w+)\s*(?:=\s*(\w+))?\s*(?:,|$)/g)) {
    next = given === undefined ? next : (values.get(given) ?? Number(given));
    values.set(member, next++);
  }
  return [...values];
}

const noHeader = !existsSync(HEADER);
if (noHeader) console.warn(`SKIPPED what needs ${HEADER}: it is not there`);
describe.skipIf(noHeader)(HEADER, () => {
  const header = noHeader ? "" : readFileSync(HEADER, "utf8");
  test.each(ENUMS)("enum %s", (name, prefix, ids) => {
    const members = membersOf(header, name);
    expect(members.length).toBeGreaterThan(25);
    expect(contradictions(members, prefix, ids)).toEqual([]);
  });
});

const noTypes = !existsSync(TYPES);
if (noTypes) console.warn(`SKIPPED what needs ${TYPES}: it is not there`);
describe.skipIf(noTypes)("the running kernel's BTF", () => {
  const enums = new Map<string, Map<string, number>>();
  for (const type of noTypes ? [] : parseBtf(readFileSync(TYPES)).types)
    if (type.kind === "enum") enums.set(type.name, new Map(type.values.map((m) => [m.name, Number(m.value)])));
  test.each(ENUMS)("enum %s", (name, prefix, ids) => {
    const members = enums.get(name) ?? new Map<string, number>();
    expect(members.size).toBeGreaterThan(25);
    // A kernel that is newer than ours has more; what both have agrees.
    const known = [...members].filter(([member]) => Object.hasOwn(ids, nameOf(member, prefix) ?? ""));
    expect(known.length).toBeGreaterThan(25);
    expect(contradictions(known, prefix, ids)).toEqual([]);
  });
});

test("a wrong number is seen", () => {
  expect(contradictions([["BPF_MAP_TYPE_HASH", 2]], "BPF_MAP_TYPE_", MapTypeId)).toEqual([
    "BPF_MAP_TYPE_HASH is 2, here 1",
  ]);
});
