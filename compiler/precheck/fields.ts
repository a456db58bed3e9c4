/** Special members of map values and of the program's own structs: locks, timers, kptrs, lists, trees (btf_parse_fields). */
import type { Btf } from "../../runtime/btf/index.js";
import type { DataVariable } from "../../runtime/elf/index.js";

export type FieldKind =
  | "bpf_spin_lock"
  | "bpf_res_spin_lock"
  | "bpf_timer"
  | "bpf_wq"
  | "bpf_task_work"
  | "bpf_list_head"
  | "bpf_list_node"
  | "bpf_rb_root"
  | "bpf_rb_node"
  | "bpf_refcount"
  | "kptr_unref"
  | "kptr_ref"
  | "kptr_percpu"
  | "uptr";

export interface Field {
  readonly kind: FieldKind;
  /** Bytes from the start of the value. */
  readonly off: number;
  readonly size: number;
  /** kptrs: name of the struct pointed to and its id in the object's BTF. */
  readonly target?: { readonly name: string; readonly type: number };
  /** List heads and tree roots: the struct of the nodes (object's BTF) and where the node lies in it. */
  readonly holds?: { readonly type: number; readonly node: number };
}

const STRUCTS: ReadonlySet<string> = new Set([
  "bpf_spin_lock",
  "bpf_res_spin_lock",
  "bpf_timer",
  "bpf_wq",
  "bpf_task_work",
  "bpf_list_head",
  "bpf_list_node",
  "bpf_rb_root",
  "bpf_rb_node",
  "bpf_refcount",
]);
const TAGS: Readonly<Record<string, FieldKind>> = {
  kptr_untrusted: "kptr_unref",
  kptr: "kptr_ref",
  percpu_kptr: "kptr_percpu",
  uptr: "uptr",
};
const DEPTH = 4;
/** BTF_FIELDS_MAX */
const FIELDS_MAX = 11;
const MAX_REPEATED = FIELDS_MAX + 1;

/** `contains:STRUCT:MEMBER`, a declaration tag of list heads and tree roots. */
function contains(btf: Btf, struct: number, index: number): Field["holds"] {
  for (const id of btf.ownBeginningWith("contains:")) {
    const tag = btf.get(id);
    if (tag.kind !== "decl_tag" || tag.type !== struct || tag.component !== index) continue;
    const [, name = "", member = ""] = /^contains:(\w+):(\w+)$/.exec(tag.name) ?? [];
    const held = btf.find(name, "struct");
    if (held?.kind !== "struct") continue;
    const node = held.members.find((m) => m.name === member);
    if (node !== undefined) return { type: held.id, node: node.bitOffset / 8 };
  }
  return undefined;
}

function kptr(btf: Btf, id: number, off: number): Field | undefined {
  const type = btf.resolve(id);
  if (type.kind !== "ptr") return undefined;
  const tag = btf.get(type.type);
  const kind = tag.kind === "type_tag" ? TAGS[tag.name] : undefined;
  if (kind === undefined) return undefined;
  const target = btf.resolve(type.type);
  return { kind, off, size: 8, target: { name: target.name, type: target.id } };
}

function walk(btf: Btf, id: number, base: number, depth: number, into: Field[]): void {
  const type = btf.resolve(id);
  if (depth > DEPTH) return;
  if (type.kind === "array") {
    const element = btf.resolve(type.element);
    if (!["struct", "ptr", "array"].includes(element.kind)) return;
    const size = btf.sizeOf(element.id);
    for (let i = 0; i < Math.min(type.length, 64); i++) walk(btf, element.id, base + i * size, depth, into);
    return;
  }
  if (type.kind === "ptr") {
    const field = kptr(btf, type.id, base);
    if (field !== undefined) into.push(field);
    return;
  }
  if (type.kind !== "struct") return;
  type.members.forEach((member, index) => {
    if (member.bitSize !== 0) return;
    place(btf, member.type, base + member.bitOffset / 8, depth + 1, { type: type.id, index }, into);
  });
}

/** A member or variable, which may be special or an array of such; `tags` is where its declaration tags hang. */
function place(
  btf: Btf,
  id: number,
  off: number,
  depth: number,
  tags: { readonly type: number; readonly index: number },
  into: Field[],
): void {
  const inner = btf.resolve(id);
  let element = inner;
  let count = 1;
  while (element.kind === "array") {
    count *= element.length;
    element = btf.resolve(element.element);
  }
  if (element.kind !== "struct" || !STRUCTS.has(element.name)) return walk(btf, inner.id, off, depth, into);
  const holds = contains(btf, tags.type, tags.index);
  for (let i = 0; i < Math.min(count, MAX_REPEATED); i++) {
    into.push({
      kind: element.name as FieldKind,
      off: off + i * element.size,
      size: element.size,
      ...(holds === undefined ? {} : { holds }),
    });
  }
}

/**
 * The special members of a type, by offset; of a datasec, of all its variables.
 * @param variables of a data section: where each is, which compilers leave to the symbol table
 */
export function fieldsOf(btf: Btf | undefined, id: number, variables: readonly DataVariable[] = []): readonly Field[] {
  if (btf === undefined || id === 0) return [];
  const into: Field[] = [];
  const type = btf.resolve(id);
  if (type.kind === "datasec") {
    for (const variable of type.vars) {
      const declared = btf.get(variable.type);
      if (declared.kind !== "var") continue;
      const offset = variables.find((v) => v.name === declared.name)?.offset;
      // Sections of one name share the type: a variable that is not listed is in another of them.
      if (offset === undefined) continue;
      place(btf, declared.type, offset, 0, { type: declared.id, index: -1 }, into);
    }
  } else walk(btf, id, 0, 0, into);
  // More than the kernel's record holds, and it has none at all (btf_parse_fields; map_check_btf takes that for no fields).
  return into.length > FIELDS_MAX ? [] : into.sort((a, b) => a.off - b.off);
}

export function fieldOf(fields: readonly Field[], kind: FieldKind, off?: number): Field | undefined {
  return fields.find((f) => f.kind === kind && (off === undefined || f.off === off));
}

/** A lock lies inside: pointers to it keep the id that says whose lock is held (reg_may_point_to_spin_lock). */
export const hasLock = (fields: readonly Field[] | undefined): boolean =>
  fields?.some((f) => f.kind === "bpf_spin_lock" || f.kind === "bpf_res_spin_lock") === true;
