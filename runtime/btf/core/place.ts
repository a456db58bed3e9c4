/** A local field path -> the same path in a target type, found by the names of its members; and what a place's kinds of value are. */
import { CoreKind } from "../ext.js";
import type { Btf } from "../graph.js";
import type { BtfComposite, BtfMember } from "../types.js";
import { fieldsCompatible } from "./compatible.js";
import type { FieldPath } from "./spec.js";

const MAX_DEPTH = 32;

interface Found {
  readonly member: BtfMember;
  readonly owner: BtfComposite;
  readonly index: number;
  readonly bitOffset: number;
}

/** A member by name, also inside anonymous structs and unions. */
function findMember(btf: Btf, owner: BtfComposite, name: string, depth = 0): Found | undefined {
  if (depth > MAX_DEPTH) return undefined;
  for (const [index, member] of owner.members.entries()) {
    if (member.name === name) return { member, owner, index, bitOffset: member.bitOffset };
    if (member.name !== "") continue;
    const inner = btf.resolve(member.type);
    if (inner.kind !== "struct" && inner.kind !== "union") continue;
    const found = findMember(btf, inner, name, depth + 1);
    if (found !== undefined) return { ...found, bitOffset: found.bitOffset + member.bitOffset };
  }
  return undefined;
}

/** The path in a candidate type, or undefined when the candidate does not have it. */
export function pathIn(local: Btf, path: FieldPath, target: Btf, candidate: number): FieldPath | undefined {
  const steps: FieldPath["steps"][number][] = [];
  let type = candidate;
  let bitOffset = path.rootIndex === 0 ? 0 : path.rootIndex * target.sizeOf(type) * 8;
  let member: BtfMember | undefined;
  for (const [i, step] of path.steps.entries()) {
    const here = target.resolve(type);
    if (step.name === undefined) {
      const before = steps.at(-1);
      if (here.kind !== "array") return undefined;
      const owner = before?.name === undefined ? undefined : target.resolve(before.type);
      const last = owner?.kind === "struct" && before?.index === owner.members.length - 1 && here.length <= 1;
      if (step.index >= here.length && !last) return undefined;
      member = undefined;
      bitOffset += step.index * target.sizeOf(here.element) * 8;
      type = here.element;
      steps.push({ name: undefined, index: step.index, type });
      continue;
    }
    if (here.kind !== "struct" && here.kind !== "union") return undefined;
    const found = findMember(target, here, step.name);
    if (found === undefined) return undefined;
    const owner = local.resolve(step.type);
    const own = owner.kind === "struct" || owner.kind === "union" ? owner.members[step.index] : undefined;
    // Compatibility is asked of every member on the way (libbpf, bpf_core_match_member).
    if (own !== undefined && !fieldsCompatible(local, own.type, target, found.member.type)) return undefined;
    member = i === path.steps.length - 1 ? found.member : undefined;
    bitOffset += found.bitOffset;
    type = found.member.type;
    steps.push({ name: step.name, index: found.index, type: found.owner.id });
  }
  return { root: candidate, rootIndex: path.rootIndex, steps, bitOffset, member, type };
}

/** What a field relocation of a kind is in a type graph. */
export interface FieldValue {
  readonly value: bigint;
  /** Bytes of a load of the field. */
  readonly size: number;
}

/**
 * The value of a field relocation.
 * @returns undefined for a bit-field that no load of up to 8 bytes covers, or a kind that means nothing for an element
 */
export function fieldValue(btf: Btf, path: FieldPath, kind: number): FieldValue | undefined {
  if (kind === CoreKind.FieldExists) return { value: 1n, size: 0 };
  const type = btf.resolve(path.type);
  const element = path.steps.length > 0 && path.steps.at(-1)?.name === undefined;
  if (path.steps.length === 0 || element) {
    const size = btf.sizeOf(path.type);
    if (kind === CoreKind.FieldByteOffset) return { value: BigInt(path.bitOffset / 8), size };
    return kind === CoreKind.FieldByteSize ? { value: BigInt(size), size } : undefined;
  }
  const bits = path.member?.bitSize ?? 0;
  const width = bits > 0 ? bits : btf.sizeOf(path.type) * 8;
  let size = btf.sizeOf(path.type);
  let at = bits > 0 ? Math.floor(path.bitOffset / 8 / size) * size : path.bitOffset / 8;
  // A bit-field may straddle units of its type: the load grows until it covers all of it.
  while (bits > 0 && path.bitOffset + bits - at * 8 > size * 8) {
    if (size >= 8) return undefined;
    size *= 2;
    at = Math.floor(path.bitOffset / 8 / size) * size;
  }
  switch (kind) {
    case CoreKind.FieldByteOffset:
      return { value: BigInt(at), size };
    case CoreKind.FieldByteSize:
      return { value: BigInt(size), size };
    case CoreKind.FieldSigned: {
      const signed = (type.kind === "int" || type.kind === "enum" || type.kind === "enum64") && type.signed;
      return { value: signed ? 1n : 0n, size };
    }
    case CoreKind.FieldLshiftU64:
      // Little-endian: the bits above the field go out at the top.
      return { value: BigInt(64 - (path.bitOffset + width - at * 8)), size };
    case CoreKind.FieldRshiftU64:
      return { value: BigInt(64 - width), size };
    default:
      return undefined;
  }
}
