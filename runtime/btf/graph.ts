/**
 * A readable type graph over parsed BTF. Invariants: id 0 is void; `get` answers for every id of the graph; walks end
 * even on cyclic (corrupt) input.
 */
import { BtfError } from "./error.js";
import { NameIndex } from "./names.js";
import { type ParsedBtf, parseTypes } from "./parse.js";
import type { BtfType } from "./types.js";

/** Bytes of a pointer in BPF objects and in every kernel that runs BPF JITs. */
export const POINTER_BYTES = 8;
const MAX_DEPTH = 64;
/** The kernel's limit on a map value and more than any kernel struct: larger sizes in corrupt BTF stop here. */
const MAX_BYTES = 2 ** 31;

const VOID: BtfType = { id: 0, name: "void", kind: "void" };

export class Btf {
  readonly #parsed: ParsedBtf;
  #byName: NameIndex | undefined;
  #all: readonly BtfType[] | undefined;

  constructor(
    parsed: ParsedBtf,
    /** The graph that split BTF extends. */
    readonly base?: Btf,
  ) {
    this.#parsed = parsed;
  }

  /** One more than the highest id. */
  get count(): number {
    return this.#parsed.firstId + this.#parsed.count;
  }

  get strings(): ParsedBtf["strings"] {
    return this.#parsed.strings;
  }

  /** Types in id order, without void and without the base's. Makes all of them: ask by name where there are many. */
  get types(): readonly BtfType[] {
    this.#all ??= Array.from({ length: this.#parsed.count }, (_, i) => this.get(this.#parsed.firstId + i));
    return this.#all;
  }

  /** @throws BtfError `BTF_TYPE_ID` */
  get(id: number): BtfType {
    if (id === 0) return VOID;
    if (id < this.#parsed.firstId && this.base !== undefined) return this.base.get(id);
    const type = this.#parsed.at(id - this.#parsed.firstId);
    if (type === undefined) throw new BtfError("BTF_TYPE_ID", `there is no type ${id}`);
    return type;
  }

  /** The first type of a name, of one kind when given. @example btf.find("task_struct", "struct") */
  find(name: string, kind?: BtfType["kind"]): BtfType | undefined {
    for (const id of this.#names().named(name)) {
      const type = this.get(id);
      if (kind === undefined || type.kind === kind) return type;
    }
    return this.base?.find(name, kind);
  }

  /** Ids of every type of a name, lowest first. @example btf.named("task_struct").length // 1 */
  named(name: string): readonly number[] {
    return [...(this.base?.named(name) ?? []), ...this.#names().named(name)];
  }

  /** Ids of every type whose name begins with `text`, lowest first, without the base's. Looks at every type. */
  ownBeginningWith(text: string): readonly number[] {
    return this.#names().beginningWith(text);
  }

  #names(): NameIndex {
    this.#byName ??= new NameIndex(this.#parsed);
    return this.#byName;
  }

  /** Follows typedefs and const, volatile, restrict and type tags. @throws BtfError `BTF_CYCLE` */
  resolve(id: number): BtfType {
    let type = this.get(id);
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      switch (type.kind) {
        case "typedef":
        case "const":
        case "volatile":
        case "restrict":
        case "type_tag":
          type = this.get(type.type);
          break;
        default:
          return type;
      }
    }
    throw new BtfError("BTF_CYCLE", `type ${id} is a chain of more than ${MAX_DEPTH} modifiers`);
  }

  /** Bytes of a type. @throws BtfError `BTF_CYCLE`, `BTF_TOO_LARGE`, `BTF_KIND` (a type without size) */
  sizeOf(id: number, depth = 0): number {
    if (depth > MAX_DEPTH) throw new BtfError("BTF_CYCLE", `type ${id} contains itself`);
    const type = this.resolve(id);
    switch (type.kind) {
      case "int":
      case "struct":
      case "union":
      case "enum":
      case "enum64":
      case "float":
      case "datasec":
        return this.#bounded(id, type.size);
      case "ptr":
        return POINTER_BYTES;
      case "array":
        return this.#bounded(id, type.length * this.sizeOf(type.element, depth + 1));
      case "var":
        return this.sizeOf(type.type, depth + 1);
      case "void":
      case "fwd":
      case "func":
      case "func_proto":
      case "decl_tag":
        throw new BtfError("BTF_KIND", `type ${id} (${type.kind} ${type.name}) has no size`);
      default:
        throw new BtfError("BTF_KIND", `type ${id} has no size`);
    }
  }

  #bounded(id: number, size: number): number {
    if (size > MAX_BYTES) throw new BtfError("BTF_TOO_LARGE", `type ${id} is ${size} bytes`);
    return size;
  }

  /** C-like spelling of a type: "struct iphdr *", "u32[4]". */
  spell(id: number, depth = 0): string {
    if (depth > MAX_DEPTH) return "…";
    const type = this.get(id);
    switch (type.kind) {
      case "ptr":
        return `${this.spell(type.type, depth + 1)} *`;
      case "const":
      case "volatile":
      case "restrict":
        return `${type.kind} ${this.spell(type.type, depth + 1)}`;
      case "type_tag":
        return this.spell(type.type, depth + 1);
      case "array":
        return `${this.spell(type.element, depth + 1)}[${type.length}]`;
      case "struct":
      case "union":
      case "enum":
      case "enum64":
      case "fwd":
        return `${type.kind === "enum64" ? "enum" : type.kind === "fwd" ? "struct" : type.kind} ${type.name || "(anonymous)"}`;
      default:
        return type.name || type.kind;
    }
  }
}

/**
 * Reads BTF.
 * @param base the graph that split (module) BTF extends
 * @throws BtfError as {@link parseTypes}
 * @example const kernel = parseBtf(readFileSync("/sys/kernel/btf/vmlinux"))
 */
export function parseBtf(bytes: Uint8Array, base?: Btf): Btf {
  return new Btf(parseTypes(bytes, base), base);
}
