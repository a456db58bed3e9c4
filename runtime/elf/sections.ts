/**
 * ELF section name -> program type, attach type and first kernel: the names that libbpf knows (its program_types
 * documentation), which the rows of the program types have. A name may carry a detail after "/": "kprobe/do_sys_open".
 */

import { AttachTypeId, PROGRAM_TYPE_NAMES, PROGRAM_TYPES, type ProgramTypeName } from "../facts/program-types/index.js";

/** One row: `match` is the whole name, or with a trailing "/" or "+" as libbpf's SEC_DEF marks them. */
export interface SectionRow {
  /** "xdp" exact; "kprobe+" alone or followed by "/detail"; "tracepoint/" only with a detail. */
  readonly match: string;
  readonly type: ProgramTypeName;
  /** enum bpf_attach_type, 0 where the type has none. */
  readonly attach: number;
  /** First kernel with the program type or attach point. */
  readonly since: string;
  readonly sleepable: boolean;
}

/** Every section name that makes a program. */
export const SECTIONS: readonly SectionRow[] = Object.freeze(
  PROGRAM_TYPE_NAMES.flatMap((type) =>
    PROGRAM_TYPES[type].sections.map(([match, attach, since, sleepable]) => ({
      match,
      type,
      attach: attach === undefined ? 0 : AttachTypeId[attach],
      since,
      sleepable: sleepable === true,
    })),
  ),
);

/** What a section name says. */
export interface SectionMeaning extends SectionRow {
  /** What follows the first "/" of a "+" row: "do_sys_open", "syscalls/sys_enter_mkdir"; else undefined. */
  readonly detail?: string;
}

/**
 * The meaning of a program's section name, or undefined for one that no loader knows. A leading "?" (not loaded by
 * default) is ignored; the old form "xdp_foo" and "tc_foo" (a known exact name as prefix, before libbpf 1.0) is known.
 * @example sectionMeaning("tracepoint/syscalls/sys_enter_mkdir")?.detail // "syscalls/sys_enter_mkdir"
 */
export function sectionMeaning(name: string): SectionMeaning | undefined {
  const section = name.startsWith("?") ? name.slice(1) : name;
  for (const row of SECTIONS) {
    if (!row.match.endsWith("+")) {
      if (section === row.match) return row;
      continue;
    }
    const stem = row.match.slice(0, -1);
    if (section === stem) return row;
    if (section.startsWith(`${stem}/`)) return { ...row, detail: section.slice(stem.length + 1) };
  }
  const loose = SECTIONS.filter((row) => !row.match.endsWith("+") && section.startsWith(row.match));
  return loose.reduce<SectionRow | undefined>(
    (a, b) => (a === undefined || b.match.length > a.match.length ? b : a),
    undefined,
  );
}
