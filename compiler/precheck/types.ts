/**
 * Struct types that registers point to: the kernel's by its BTF, the program's own by the object's. Ids below LOCAL_TYPES
 * are the kernel's. Without the kernel's BTF structs still have ids, by name, but nothing is known of their members.
 */
import type { Btf, BtfMember, BtfType } from "../../runtime/btf/index.js";
import { Reason, reject } from "./rejection.js";
import { LOCAL_TYPES } from "./state/reg.js";

/** What lies at an offset of a struct (btf_struct_walk). */
export type Found =
  | { readonly kind: "scalar" }
  | {
      readonly kind: "struct pointer";
      readonly type: number;
      /** The member's name and the struct that declares it, which trust asks for. */
      readonly member: string;
      readonly holder: string;
      /** It lies in a union of several members. */
      readonly union: boolean;
    }
  | { readonly kind: "refused"; readonly text: string };

/** Ids given to names that no BTF explains. */
const NAMED_ONLY = 1 << 26;
const SCALAR: Found = { kind: "scalar" };

export class TypeSpace {
  private readonly names: string[] = [];
  private kernelBtf: Btf | undefined | null = null;

  constructor(
    private readonly load: () => Btf | undefined,
    /** The object's BTF. */
    readonly program: Btf | undefined,
  ) {}

  /** Parsed when first asked for. */
  get kernel(): Btf | undefined {
    if (this.kernelBtf === null) this.kernelBtf = this.load();
    return this.kernelBtf;
  }

  /** The kernel's struct of this name. */
  idOf(name: string): number {
    const found = this.kernel?.find(name, "struct");
    if (found !== undefined) return found.id;
    const at = this.names.indexOf(name);
    if (at >= 0) return NAMED_ONLY + at;
    this.names.push(name);
    return NAMED_ONLY + this.names.length - 1;
  }

  private graph(id: number): Btf | undefined {
    return id >= LOCAL_TYPES ? this.program : this.kernel;
  }

  /** The type behind modifiers; undefined where no BTF has it. */
  get(id: number): BtfType | undefined {
    if (id >= NAMED_ONLY && id < LOCAL_TYPES) return undefined;
    return this.graph(id)?.resolve(id % LOCAL_TYPES);
  }

  nameOf(id: number): string {
    if (id >= NAMED_ONLY && id < LOCAL_TYPES) return this.names[id - NAMED_ONLY] ?? "?";
    return this.get(id)?.name ?? "?";
  }

  /** @throws Rejection `EB5099` where the kernel's BTF would be needed */
  private struct(id: number): Extract<BtfType, { kind: "struct" | "union" }> {
    const type = this.get(id);
    if (type === undefined) {
      reject(
        Reason.Unsupported,
        `members of the kernel's struct ${this.nameOf(id)} need the kernel's BTF (--btf FILE)`,
      );
    }
    if (type.kind !== "struct" && type.kind !== "union")
      reject(Reason.InvalidMemory, `Type '${type.name}' is not a struct`);
    return type;
  }

  sizeOf(id: number): number {
    return this.struct(id).size;
  }

  /** What `size` bytes at `off` of the struct are (btf_struct_walk, kernel/bpf/btf.c, 6.18). */
  walk(id: number, off: number, size: number): Found {
    const graph = this.graph(id);
    let struct = this.struct(id);
    if (graph === undefined) return SCALAR;
    let at = off;
    let union = false;
    for (let depth = 0; depth < 32; depth++) {
      if (struct.kind === "union" && struct.members.length !== 1) union = true;
      if (at + size > struct.size) {
        const element = flexible(graph, struct, at);
        if (element === undefined)
          return { kind: "refused", text: `access beyond struct ${struct.name} at off ${at} size ${size}` };
        if (element === "scalar") return SCALAR;
        at = element.at;
        struct = element.struct;
        continue;
      }
      const step = member(graph, struct, at, size, union, id >= LOCAL_TYPES);
      if ("kind" in step) return step;
      struct = step.struct;
      at = step.at;
    }
    return SCALAR;
  }

  /** `id` at `off` is, or begins with, the wanted struct (btf_struct_ids_match). */
  matches(id: number, off: number, wanted: number, strict: boolean): boolean {
    if (off === 0 && this.same(id, wanted)) return true;
    if (strict) return false;
    const graph = this.graph(id);
    let type = this.get(id);
    if (graph === undefined || type === undefined) return false;
    let at = off;
    for (let depth = 0; depth < 32; depth++) {
      if (type.kind !== "struct" && type.kind !== "union") return false;
      const inside: BtfMember | undefined = type.members.find((m) => {
        const start = m.bitOffset / 8;
        const kind = graph.resolve(m.type);
        return m.bitSize === 0 && start <= at && at < start + sizeOr0(graph, kind.id);
      });
      if (inside === undefined) return false;
      at -= inside.bitOffset / 8;
      type = graph.resolve(inside.type);
      if (type.kind === "array") {
        const element = graph.resolve(type.element);
        at %= Math.max(1, sizeOr0(graph, element.id));
        type = element;
      }
      if (at === 0 && this.same(id >= LOCAL_TYPES ? type.id + LOCAL_TYPES : type.id, wanted)) return true;
    }
    return false;
  }

  private same(a: number, b: number): boolean {
    const [x, y] = [this.get(a), this.get(b)];
    if (a === b || (x !== undefined && x.id === y?.id && a >= LOCAL_TYPES === b >= LOCAL_TYPES)) return true;
    return x === undefined && y === undefined && this.nameOf(a) === this.nameOf(b);
  }

  /** The kernel's list of members that keep trust: struct NAME__SUFFIX has them (BTF_TYPE_SAFE_*, kernel/bpf/verifier.c). */
  keeps(
    holder: string,
    suffix: "safe_rcu" | "safe_rcu_or_null" | "safe_trusted" | "safe_trusted_or_null",
    name: string,
  ): boolean {
    const list = this.kernel?.find(`${holder}__${suffix}`, "struct");
    return list?.kind === "struct" && list.members.some((m) => m.name === name);
  }
}

function sizeOr0(btf: Btf, id: number): number {
  const kind = btf.resolve(id).kind;
  return kind === "void" || kind === "fwd" || kind === "func_proto" ? 0 : btf.sizeOf(id);
}

type Struct = Extract<BtfType, { kind: "struct" | "union" }>;

/** Beyond a struct's size only a flexible array at its end may be read. */
function flexible(btf: Btf, struct: Struct, at: number): { struct: Struct; at: number } | "scalar" | undefined {
  const last = struct.members[struct.members.length - 1];
  if (last === undefined) return undefined;
  const type = btf.resolve(last.type);
  if (type.kind !== "array" || type.length !== 0 || at < struct.size) return undefined;
  const element = btf.resolve(type.element);
  if (element.kind !== "struct" && element.kind !== "union") return "scalar";
  return { struct: element, at: (at - struct.size) % Math.max(1, element.size) };
}

function member(
  btf: Btf,
  struct: Struct,
  at: number,
  size: number,
  union: boolean,
  local: boolean,
): Found | { struct: Struct; at: number } {
  const refused = (text: string): Found => ({
    kind: "refused",
    text: `${text} in struct ${struct.name} with off ${at} size ${size}`,
  });
  for (const m of struct.members) {
    if (m.bitSize !== 0) {
      const end = Math.ceil((m.bitOffset + m.bitSize) / 8);
      if (at >= Math.floor(m.bitOffset / 8) && at < end) return SCALAR;
      continue;
    }
    const start = m.bitOffset / 8;
    if (at + size <= start) break;
    if (at < start) continue;
    let type = btf.resolve(m.type);
    let bytes = sizeOr0(btf, type.id);
    let from = start;
    if (at >= start + bytes) continue;
    const end = start + bytes;
    while (type.kind === "array") {
      type = btf.resolve(type.element);
      bytes = Math.max(1, sizeOr0(btf, type.id));
      from += Math.floor((at - from) / bytes) * bytes;
    }
    if (type.kind === "struct" || type.kind === "union") return { struct: type, at: at - from };
    if (type.kind === "ptr") {
      if (size !== 8 || at !== from) return refused(`cannot access ptr member ${m.name} with moff ${from}`);
      const pointee = btf.resolve(type.type);
      if (pointee.kind === "struct" || pointee.kind === "union") {
        return {
          kind: "struct pointer",
          type: local ? pointee.id + LOCAL_TYPES : pointee.id,
          member: m.name,
          holder: struct.name,
          union,
        };
      }
    }
    if (at + size > end) return refused(`access beyond the end of member ${m.name} (mend:${end})`);
    return SCALAR;
  }
  return { kind: "refused", text: `struct ${struct.name} doesn't have field at offset ${at}` };
}
