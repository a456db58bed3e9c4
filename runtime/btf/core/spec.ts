/**
 * A CO-RE relocation's access string on the object's own types -> the path that it names. "0:1:2" is: the struct the
 * pointer points at, its member 1, of that the member (or element) 2 (LLVM's BPF CO-RE, libbpf's relo_core.c).
 */
import { BtfError } from "../error.js";
import { CoreKind, type CoreRelocation } from "../ext.js";
import type { Btf } from "../graph.js";
import type { BtfMember } from "../types.js";

/** One step: a named member, or an array element when `name` is undefined. */
export interface Step {
  readonly name: string | undefined;
  /** Member or element index. */
  readonly index: number;
  /** Composite that the member belongs to, or type of the element. */
  readonly type: number;
}
/** A place in a type. */
export interface FieldPath {
  readonly root: number;
  /** Elements of the root that the pointer is moved by: nearly always 0. */
  readonly rootIndex: number;
  readonly steps: readonly Step[];
  /** Bits from the pointer. */
  readonly bitOffset: number;
  /** The last member, when the path ends in one. */
  readonly member: BtfMember | undefined;
  /** Type of what the path leads to. */
  readonly type: number;
}

/** Name without its flavour: `task_struct___old` is `task_struct`. */
export function essentialName(name: string): string {
  const at = name.lastIndexOf("___");
  // A flavour has letters on both sides (libbpf, bpf_core_is_flavor_sep).
  return at > 0 && name[at - 1] !== "_" && at + 3 < name.length && name[at + 3] !== "_" ? name.slice(0, at) : name;
}

const bad = (relocation: CoreRelocation, reason: string): BtfError =>
  new BtfError("BTF_EXT", `CO-RE relocation "${relocation.access}" of type ${relocation.typeId}: ${reason}`);

/** The numbers of an access string. @throws BtfError `BTF_EXT` */
export function accessIndexes(relocation: CoreRelocation): number[] {
  if (!/^\d{1,9}(:\d{1,9}){0,63}$/.test(relocation.access)) throw bad(relocation, "the access string is malformed");
  return relocation.access.split(":").map(Number);
}

/** Is the last element of a struct, so that indexes beyond its length are meant? */
function isFlexible(btf: Btf, parent: Step | undefined, length: number): boolean {
  if (parent === undefined || parent.name === undefined || length > 1) return false;
  const owner = btf.resolve(parent.type);
  return (owner.kind === "struct" || owner.kind === "union") && parent.index === owner.members.length - 1;
}

/**
 * Follows a field relocation.
 * @throws BtfError `BTF_EXT` for a path that leaves its types
 */
export function fieldPath(btf: Btf, relocation: CoreRelocation): FieldPath {
  const [rootIndex = 0, ...rest] = accessIndexes(relocation);
  const steps: Step[] = [];
  let type = relocation.typeId;
  let bitOffset = rootIndex * (rest.length === 0 && rootIndex === 0 ? 0 : btf.sizeOf(type)) * 8;
  let member: BtfMember | undefined;
  for (const index of rest) {
    const here = btf.resolve(type);
    if (here.kind === "struct" || here.kind === "union") {
      member = here.members[index];
      if (member === undefined) throw bad(relocation, `${here.kind} ${here.name} has no member ${index}`);
      bitOffset += member.bitOffset;
      if (member.name !== "") steps.push({ name: member.name, index, type: here.id });
      type = member.type;
    } else if (here.kind === "array") {
      if (index >= here.length && !isFlexible(btf, steps.at(-1), here.length))
        throw bad(relocation, `element ${index} of an array of ${here.length}`);
      member = undefined;
      bitOffset += index * btf.sizeOf(here.element) * 8;
      steps.push({ name: undefined, index, type: here.element });
      type = here.element;
    } else throw bad(relocation, `${here.kind} ${here.name} has no members`);
  }
  return { root: relocation.typeId, rootIndex, steps, bitOffset, member, type };
}

/** The enumerator that an enum relocation names. @throws BtfError `BTF_EXT` */
export function enumerator(btf: Btf, relocation: CoreRelocation): { readonly name: string; readonly value: bigint } {
  const type = btf.resolve(relocation.typeId);
  const [index = -1, ...rest] = accessIndexes(relocation);
  const value = type.kind === "enum" || type.kind === "enum64" ? type.values[index] : undefined;
  if (value === undefined || rest.length > 0) throw bad(relocation, "names no enumerator");
  return value;
}

/** Which of the three families a relocation kind belongs to, or undefined for a number that is no kind. */
export function familyOf(kind: number): "field" | "type" | "enum" | undefined {
  if (kind >= CoreKind.FieldByteOffset && kind <= CoreKind.FieldRshiftU64) return "field";
  if ((kind >= CoreKind.TypeIdLocal && kind <= CoreKind.TypeSize) || kind === CoreKind.TypeMatches) return "type";
  return kind === CoreKind.EnumvalExists || kind === CoreKind.EnumvalValue ? "enum" : undefined;
}
