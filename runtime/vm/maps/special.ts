/**
 * Fields of map values that belong to the kernel: locks, timers, work, list heads, tree roots, reference counts, kptrs.
 * Input: BTF of the value. Output: where they are, ascending, without overlap (kernel: btf_parse_fields).
 */
import type { Btf } from "../../btf/index.js";
import type { DataVariable } from "../../elf/index.js";

export interface SpecialField {
  readonly kind: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
}

const KINDS: ReadonlySet<string> = new Set([
  "bpf_spin_lock",
  "bpf_res_spin_lock",
  "bpf_timer",
  "bpf_wq",
  "bpf_list_head",
  "bpf_list_node",
  "bpf_rb_root",
  "bpf_rb_node",
  "bpf_refcount",
]);
const KPTR: ReadonlySet<string> = new Set(["kptr", "kptr_untrusted", "percpu_kptr", "uptr"]);
const MAX_DEPTH = 8;
/** The kernel finds at most 11 (BTF_FIELDS_MAX); more cannot be in a map that it accepts. */
const MAX_FIELDS = 64;

function tagged(btf: Btf, id: number): boolean {
  const pointer = btf.resolve(id);
  if (pointer.kind !== "ptr") return false;
  const target = btf.get(pointer.type);
  return target.kind === "type_tag" && KPTR.has(target.name);
}

/** @param variables of a data section, whose BTF has no offsets in an object file */
export function specialFields(
  btf: Btf | undefined,
  type: number,
  variables: readonly DataVariable[] = [],
): readonly SpecialField[] {
  const out: SpecialField[] = [];
  const walk = (id: number, at: number, depth: number): void => {
    if (btf === undefined || id === 0 || depth > MAX_DEPTH || out.length >= MAX_FIELDS) return;
    const here = btf.resolve(id);
    if (here.kind === "struct" && KINDS.has(here.name)) {
      out.push({ kind: here.name, offset: at, size: here.size });
      return;
    }
    if (here.kind === "struct") for (const m of here.members) walk(m.type, at + Math.floor(m.bitOffset / 8), depth + 1);
    else if (here.kind === "datasec") for (const v of variables) walk(v.typeId, at + v.offset, depth + 1);
    else if (here.kind === "array" && depth > 0) {
      const element = btf.resolve(here.element);
      if (element.kind === "struct" && KINDS.has(element.name))
        for (let i = 0; i < Math.min(here.length, MAX_FIELDS); i++)
          walk(here.element, at + i * element.size, depth + 1);
    } else if (here.kind === "ptr" && tagged(btf, id)) out.push({ kind: "kptr", offset: at, size: 8 });
  };
  walk(type, 0, 0);
  return out
    .sort((a, b) => a.offset - b.offset)
    .filter((f, i, all) => i === 0 || f.offset >= (all[i - 1]?.offset ?? 0) + (all[i - 1]?.size ?? 0));
}
