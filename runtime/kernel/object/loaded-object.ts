/**
 * An object in the kernel: descriptors of its programs and maps, its live variables, and everything attached through
 * it. Closing detaches what was attached (pinned links stay), ends ring buffer reads and frees the descriptors.
 */
import { bpfAddon, type NativeMap, type NativeObject, type NativeProgram } from "../../../native/bpf/index.js";
import type { Attachment } from "../attach/link.js";
import { BpfError, checked, unknownName } from "../errors.js";
import type { MapHandle } from "../maps/handle.js";
import { makeMap } from "../maps/make-map.js";
import { RingBuffer } from "../maps/ring-buffer.js";
import type { ObjectSymbols } from "./symbols.js";

export class LoadedObject implements Disposable {
  readonly programs: readonly NativeProgram[];
  readonly maps: readonly NativeMap[];
  readonly #made = new Map<string, MapHandle>();
  readonly #attachments = new Set<Attachment>();
  #native: NativeObject | undefined;

  constructor(
    native: NativeObject,
    readonly symbols: ObjectSymbols,
  ) {
    this.#native = native;
    this.programs = native.programs();
    this.maps = symbols.named(native.maps());
  }
  #object(): NativeObject {
    if (!this.#native) throw new BpfError("CLOSED", "the loader is closed");
    return this.#native;
  }
  get closed(): boolean {
    return this.#native === undefined;
  }
  /** @throws BpfError UNKNOWN_NAME, CLOSED; ARGUMENT when the program was not loaded (autoload off) */
  programFd(name: string): number {
    const fd = this.#object().programFd(name);
    if (fd >= 0) return fd;
    const names = this.programs.map((p) => p.name);
    if (!names.includes(name)) throw unknownName("program", name, names);
    throw new BpfError("ARGUMENT", `program ${name} was not loaded`);
  }
  /** How libbpf finds a map: a data section by its number, since names of sections are not unique. */
  #key(name: string): number | string {
    const index = this.symbols.dataMapIndex(name, this.maps);
    return index < 0 ? name : index;
  }
  /** @throws BpfError UNKNOWN_NAME, CLOSED */
  mapFd(name: string): number {
    const fd = this.#object().mapFd(this.#key(name));
    if (fd >= 0) return fd;
    throw unknownName(
      "map",
      name,
      this.maps.map((m) => m.name),
    );
  }
  /** The map in its class, the same object each time. @throws BpfError UNKNOWN_NAME, OBJECT */
  map(name: string): MapHandle {
    const existing = this.#made.get(name);
    if (existing) return existing;
    const facts = this.maps.find((m) => m.name === name);
    if (!facts)
      throw unknownName(
        "map",
        name,
        this.maps.map((m) => m.name),
      );
    const map = makeMap(facts, () => this.mapFd(name), this.symbols);
    this.#made.set(name, map);
    return map;
  }
  /** Reads a global variable as it is now. @throws BpfError UNKNOWN_NAME, CLOSED */
  variable(name: string): unknown {
    const { section, offset, codec } = this.symbols.variable(name);
    return this.#withSection(section, false, (memory) => codec.decode(memory.read(offset, codec.size), 0));
  }
  /** Writes a global variable, and nothing beside it. @throws BpfError UNKNOWN_NAME, CLOSED; ARGUMENT for constants */
  setVariable(name: string, value: unknown, path: string = name): void {
    const { section, offset, codec } = this.symbols.variable(name);
    if (section.startsWith(".rodata")) throw new BpfError("ARGUMENT", `${name} is constant once loaded: set it before`);
    const bytes = new Uint8Array(codec.size);
    codec.encode(value, bytes, 0, path);
    this.#withSection(section, true, (memory) => memory.write(offset, bytes));
  }
  #withSection<T>(
    section: string,
    writable: boolean,
    step: (memory: { read(o: number, n: number): Uint8Array; write(o: number, b: Uint8Array): void }) => T,
  ): T {
    const key = this.#key(section);
    const fd = checked(`section ${section}`, this.#object().mapFd(key));
    const size = this.#object().initialValue(key)?.length ?? 0;
    const memory = new (bpfAddon().NativeMemory)();
    checked(`map section ${section}`, memory.open(fd, size, writable));
    try {
      return step(memory);
    } finally {
      memory.close();
    }
  }
  /** Notes an attachment, to be detached on close; returns it. */
  own<A extends Attachment>(attachment: A): A {
    this.#attachments.add(attachment);
    return attachment;
  }
  /** Detaches everything and frees the descriptors; the second call does nothing. */
  close(): void {
    const native = this.#native;
    if (!native) return;
    this.#native = undefined;
    for (const map of this.#made.values()) if (map instanceof RingBuffer) map.end();
    let failure: unknown;
    for (const attachment of this.#attachments) {
      try {
        attachment.detach();
      } catch (error) {
        failure ??= error; // an interface that is gone, say: the others must still be detached
      }
    }
    native.close();
    if (failure !== undefined) throw failure;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
