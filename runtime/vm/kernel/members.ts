/** Members of a BTF struct by name, also inside anonymous structs and unions; paths such as "__sk_common.skc_dport". */
import type { Btf, BtfMember } from "../../btf/index.js";

/** A member and where it is. */
export interface Place {
  readonly type: number;
  /** Bits from the start of the struct. */
  readonly bitOffset: number;
  /** Width of a bit-field, or 0. */
  readonly bitSize: number;
}

const MAX_DEPTH = 16;

/** A direct member of a struct or union, or undefined. */
export function memberOf(btf: Btf, struct: number, name: string, depth = 0): Place | undefined {
  const type = btf.resolve(struct);
  if ((type.kind !== "struct" && type.kind !== "union") || depth > MAX_DEPTH) return undefined;
  for (const member of type.members) {
    if (member.name === name) return { type: member.type, bitOffset: member.bitOffset, bitSize: member.bitSize };
    const inner = member.name === "" ? memberOf(btf, member.type, name, depth + 1) : undefined;
    if (inner !== undefined) return { ...inner, bitOffset: inner.bitOffset + member.bitOffset };
  }
  return undefined;
}

/** A member by path: names joined with dots, elements as numbers ("comm.0"). */
export function placeOf(btf: Btf, struct: number, path: string): Place | undefined {
  let here: Place = { type: struct, bitOffset: 0, bitSize: 0 };
  for (const name of path.split(".")) {
    const type = btf.resolve(here.type);
    if (type.kind === "array" && /^\d+$/.test(name) && Number(name) < type.length) {
      here = {
        type: type.element,
        bitOffset: here.bitOffset + Number(name) * btf.sizeOf(type.element) * 8,
        bitSize: 0,
      };
      continue;
    }
    const next = memberOf(btf, here.type, name);
    if (next === undefined) return undefined;
    here = { ...next, bitOffset: here.bitOffset + next.bitOffset };
  }
  return here;
}

/** Names that a struct has, for messages: at most `limit`. */
export function memberNames(btf: Btf, struct: number, limit: number): string[] {
  const out: string[] = [];
  const walk = (members: readonly BtfMember[], depth: number): void => {
    for (const member of members) {
      if (out.length >= limit) return;
      if (member.name !== "") out.push(member.name);
      const inner = member.name === "" && depth < MAX_DEPTH ? btf.resolve(member.type) : undefined;
      if (inner?.kind === "struct" || inner?.kind === "union") walk(inner.members, depth + 1);
    }
  };
  const type = btf.resolve(struct);
  if (type.kind === "struct" || type.kind === "union") walk(type.members, 0);
  return out;
}
