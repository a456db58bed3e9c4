/**
 * CO-RE: a path of members in the object's types, found again in the kernel's types (bpf_core_spec_match of libbpf's
 * relo_core). Input: root type and access string. Output: the path with bit offsets, or undefined where the kernel has none.
 */
import type { Btf, BtfMember, BtfType } from "../../../runtime/btf/index.js";

/** One step that a name or an index makes. */
export interface Step {
  readonly type: number;
  readonly index: number;
  /** Named members are looked up by name in the other types. */
  readonly name: string | undefined;
}
export interface Spec {
  readonly btf: Btf;
  readonly root: number;
  /** As names and indices; anonymous structs are left out. */
  readonly steps: readonly Step[];
  readonly bitOffset: number;
  /** The last member, of field paths. */
  readonly member: BtfMember | undefined;
  readonly memberType: number;
}

const FLAVOUR = /___.*$/;
export const essential = (name: string): string => name.replace(FLAVOUR, "");

type Composite = Extract<BtfType, { kind: "struct" | "union" }>;
const isComposite = (type: BtfType): type is Composite => type.kind === "struct" || type.kind === "union";
const isEnum = (type: BtfType): boolean => type.kind === "enum" || type.kind === "enum64";

/** The object's own path. @returns undefined for access strings that do not fit the type */
export function localSpec(btf: Btf, root: number, access: string): Spec | undefined {
  const numbers = access.split(":").map(Number);
  const first = numbers[0] ?? 0;
  let type = btf.resolve(root);
  let bitOffset = 0;
  const steps: Step[] = [{ type: type.id, index: first, name: undefined }];
  if (isComposite(type)) bitOffset = first * type.size * 8;
  let member: BtfMember | undefined;
  for (const index of numbers.slice(1)) {
    type = btf.resolve(type.id);
    if (isComposite(type)) {
      member = type.members[index];
      if (member === undefined) return undefined;
      bitOffset += member.bitOffset;
      if (member.name !== "") steps.push({ type: type.id, index, name: member.name });
      type = btf.resolve(member.type);
    } else if (type.kind === "array") {
      const element = btf.resolve(type.element);
      steps.push({ type: element.id, index, name: undefined });
      bitOffset += index * btf.sizeOf(element.id) * 8;
      member = undefined;
      type = element;
    } else return undefined;
  }
  return { btf, root: steps[0]?.type ?? 0, steps, bitOffset, member, memberType: type.id };
}

/** May a member of one type stand for one of the other? (bpf_core_fields_are_compat) */
function compatible(a: Btf, aId: number, b: Btf, bId: number): boolean {
  let x = a.resolve(aId);
  let y = b.resolve(bId);
  for (let depth = 0; depth < 32; depth++) {
    if (isComposite(x) && isComposite(y)) return true;
    if (isEnum(x) && isEnum(y)) return x.name === "" || y.name === "" || essential(x.name) === essential(y.name);
    if (x.kind !== y.kind) return false;
    if (x.kind === "fwd") return essential(x.name) === essential(y.name);
    if (x.kind !== "array" || y.kind !== "array") return ["ptr", "float", "int", "func_proto"].includes(x.kind);
    x = a.resolve(x.element);
    y = b.resolve(y.element);
  }
  return false;
}

interface Hit {
  readonly holder: number;
  readonly index: number;
  readonly bitOffset: number;
  readonly member: BtfMember;
}

/** A member by name, also inside anonymous members (bpf_core_match_member). */
function findMember(spec: Spec, step: Step, last: boolean, btf: Btf, id: number, depth = 0): Hit | undefined {
  const type = btf.resolve(id);
  if (!isComposite(type) || depth > 16) return undefined;
  for (const [index, member] of type.members.entries()) {
    if (member.name === "") {
      const inside = findMember(spec, step, last, btf, member.type, depth + 1);
      if (inside !== undefined) return { ...inside, bitOffset: inside.bitOffset + member.bitOffset };
      continue;
    }
    if (member.name !== step.name) continue;
    const local = spec.btf.resolve(step.type);
    const own = isComposite(local) ? local.members[step.index] : undefined;
    if (own === undefined || !compatible(spec.btf, own.type, btf, member.type)) continue;
    return { holder: type.id, index, bitOffset: member.bitOffset, member };
  }
  return undefined;
}

/** The same path in a candidate type. */
export function matchSpec(local: Spec, btf: Btf, candidate: number): Spec | undefined {
  let type = btf.resolve(candidate);
  const steps: Step[] = [];
  let bitOffset = 0;
  let member: BtfMember | undefined;
  for (const [i, step] of local.steps.entries()) {
    if (i === 0) {
      steps.push({ ...step, type: type.id });
      if (isComposite(type)) bitOffset += step.index * type.size * 8;
      continue;
    }
    if (step.name !== undefined) {
      const hit = findMember(local, step, i === local.steps.length - 1, btf, type.id);
      if (hit === undefined) return undefined;
      steps.push({ type: hit.holder, index: hit.index, name: step.name });
      bitOffset += hit.bitOffset;
      member = hit.member;
      type = btf.resolve(hit.member.type);
    } else {
      if (type.kind !== "array") return undefined;
      const flexible = type.length === 0;
      if (!flexible && step.index >= type.length) return undefined;
      const element = btf.resolve(type.element);
      bitOffset += step.index * btf.sizeOf(element.id) * 8;
      steps.push({ type: element.id, index: step.index, name: undefined });
      member = undefined;
      type = element;
    }
  }
  return { btf, root: candidate, steps, bitOffset, member, memberType: type.id };
}

/** Types of the kernel that a local type may mean: same kind, same name without flavour (bpf_core_find_cands). */
export function candidates(local: Btf, id: number, kernel: Btf): number[] {
  const type = local.resolve(id);
  const declared = local.get(id);
  const name = essential(declared.kind === "typedef" ? declared.name : type.name);
  const wanted = declared.kind === "typedef" ? "typedef" : undefined;
  return kernel.named(name).filter((candidate) => {
    const target = kernel.get(candidate);
    if (wanted !== undefined) return target.kind === "typedef";
    return target.kind === type.kind || (isEnum(target) && isEnum(type));
  });
}

/** Whole types, for "does the kernel have it": kinds alike all the way (bpf_core_types_are_compat). */
export function typesAlike(a: Btf, aId: number, b: Btf, bId: number, depth = 0): boolean {
  const x = a.resolve(aId);
  const y = b.resolve(bId);
  if (depth > 16) return false;
  if (isEnum(x) && isEnum(y)) return true;
  if (x.kind !== y.kind) return false;
  if (x.kind === "ptr" && y.kind === "ptr") return typesAlike(a, x.type, b, y.type, depth + 1);
  if (x.kind === "array" && y.kind === "array") return typesAlike(a, x.element, b, y.element, depth + 1);
  if (x.kind === "func_proto" && y.kind === "func_proto") {
    return (
      x.params.length === y.params.length &&
      x.params.every((p, i) => typesAlike(a, p.type, b, y.params[i]?.type ?? 0, depth + 1)) &&
      typesAlike(a, x.result, b, y.result, depth + 1)
    );
  }
  return true;
}
