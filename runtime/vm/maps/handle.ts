/**
 * A map as the host sees it: Map-like, with JavaScript keys and values through the codecs of its BTF types (without BTF,
 * Uint8Array). Per-CPU maps give arrays, one value a CPU.
 */
import { type Btf, type Codec, CodecError, codecFor, rawCodec, uintCodec } from "../../btf/index.js";
import { mapTypesThat } from "../../facts/maps/index.js";
import { Errno, errnoName } from "../errno.js";
import { MachineError } from "../errors.js";
import { ArenaMap } from "./arena.js";
import { PerfEventArray, type PerfRecord } from "./events.js";
import { copy, UpdateFlag, type VmMap } from "./map.js";
import { BloomFilter, QueueMap } from "./queue.js";
import { MapInMap, ProgArray } from "./references.js";
import { RingBuf } from "./ringbuf.js";
import { UserRing } from "./user-ring.js";

const INDEXED = mapTypesThat((map) => map.key === "index");

/** The codec of a type; bytes where there is no type, it has another size, or no JavaScript value (floats). */
function codecOr(btf: Btf | undefined, type: number, size: number): Codec {
  if (btf === undefined || type === 0 || btf.sizeOf(type) !== size || btf.resolve(type).kind === "datasec")
    return rawCodec(size);
  try {
    return codecFor(btf, type);
  } catch (error) {
    if (error instanceof CodecError && error.code === "CODEC_UNSUPPORTED") return rawCodec(size);
    throw error;
  }
}

/** Lets a handle find maps and programs by name. */
export interface HandleContext {
  readonly btf: Btf | undefined;
  readonly map: (name: string) => VmMap | undefined;
  readonly hasProgram: (name: string) => boolean;
}

export class MapHandle<K = unknown, V = unknown> {
  readonly #map: VmMap;
  readonly #context: HandleContext;
  readonly #key: Codec;
  readonly #value: Codec;
  readonly #keyAt: number;
  readonly #valueAt: number;

  constructor(map: VmMap, context: HandleContext) {
    this.#map = map;
    this.#context = context;
    const { def, memory } = map;
    const codec = (type: number, size: number): Codec => codecOr(context.btf, type, size);
    // Arrays are indexed by a 32-bit number whether or not the object says so.
    const index = def.keyType === 0 && def.keySize === 4 && INDEXED.has(def.type);
    // Local storages are keyed by their owners' addresses.
    this.#key = index ? uintCodec(4) : map.keyBytes !== def.keySize ? uintCodec(8) : codec(def.keyType, def.keySize);
    this.#value = codec(def.valueType, def.valueSize);
    this.#keyAt = memory.allocate(map.keyBytes);
    this.#valueAt = memory.allocate(def.valueSize);
  }

  get name(): string {
    return this.#map.name;
  }
  /** Type name: "lru_hash". */
  get type(): string {
    return this.#map.typeName;
  }
  /** Entries now; for queues and rings, values that wait. */
  get size(): number {
    if (this.#map instanceof QueueMap) return this.#map.values.length;
    if (this.#map instanceof RingBuf) return this.#map.peek().length;
    if (this.#map instanceof PerfEventArray) return this.#map.peek().length;
    return this.#map.keys().length;
  }
  /** Records that a ring buffer lost because it was full; 0 for other maps. */
  get lost(): number {
    return this.#map instanceof RingBuf ? this.#map.lost : 0;
  }

  #fail(operation: string, errno: number): never {
    throw new MachineError("VM_MAP_OPERATION", `${operation} of map ${this.name} (${this.type}): ${errnoName(errno)}`);
  }
  #putKey(key: unknown): number {
    this.#key.encode(key, this.#map.memory.u8, this.#keyAt);
    return this.#keyAt;
  }
  #decode(at: number): unknown {
    return this.#value.decode(this.#map.memory.u8, at);
  }
  #read(): unknown {
    if (this.#map instanceof ProgArray)
      return this.#map.targets.get(this.#map.memory.view.getUint32(this.#keyAt, true));
    if (this.#map instanceof MapInMap) return this.#map.inner(this.#keyAt)?.name;
    if (!this.#map.perCpu) {
      const at = this.#map.lookup(this.#keyAt, 0, false);
      return at === 0 ? undefined : this.#decode(at);
    }
    const places = Array.from({ length: this.#map.cpus }, (_, cpu) => this.#map.lookup(this.#keyAt, cpu, false));
    return places[0] === 0 ? undefined : places.map((at) => this.#decode(at));
  }

  /** The value of a key, or undefined. Per-CPU: an array. Map-in-map: the inner map's name. @throws CodecError */
  get(key: K): V | undefined {
    this.#putKey(key);
    return this.#read() as V | undefined;
  }
  has(key: K): boolean {
    return this.get(key) !== undefined;
  }
  /**
   * Sets a value; per-CPU maps take one value for all CPUs or an array with one a CPU, prog arrays and map-in-maps the
   * name of a program or map.
   * @throws CodecError; MachineError `VM_MAP_OPERATION` (full, read-only type)
   */
  set(key: K, value: V | string | readonly V[], flags: number = UpdateFlag.Any): this {
    this.#putKey(key);
    if (this.#map instanceof ProgArray) {
      if (typeof value !== "string" || !this.#context.hasProgram(value))
        throw new MachineError("VM_NO_PROGRAM", `there is no program ${String(value)}`);
      const index = this.#map.memory.view.getUint32(this.#keyAt, true);
      if (index >= this.#map.def.maxEntries) this.#fail("set", -7);
      this.#map.targets.set(index, value);
      return this;
    }
    if (this.#map instanceof MapInMap) {
      const inner = typeof value === "string" ? this.#context.map(value) : undefined;
      if (inner === undefined) throw new MachineError("VM_NO_MAP", `there is no map ${String(value)}`);
      const result = this.#map.put(this.#keyAt, inner);
      if (result < 0) this.#fail("set", result);
      return this;
    }
    const values = this.#map.perCpu
      ? Array.isArray(value)
        ? value
        : Array.from({ length: this.#map.cpus }, () => value)
      : [value];
    if (this.#map.perCpu && values.length !== this.#map.cpus) {
      throw new MachineError(
        "VM_MAP_OPERATION",
        `map ${this.name} needs ${this.#map.cpus} values, one a CPU, not ${values.length}`,
      );
    }
    values.forEach((one, cpu) => {
      this.#value.encode(one, this.#map.memory.u8, this.#valueAt);
      const result = this.#place(flags, cpu);
      if (result < 0) this.#fail("set", result);
    });
    this.#map.settle();
    return this;
  }
  /** Puts the value at its place in for one CPU. User space updates an entry once, whatever the number of CPUs. */
  #place(flags: number, cpu: number): number {
    if (cpu === 0) return this.#map.update(this.#keyAt, this.#valueAt, flags, 0);
    const at = this.#map.lookup(this.#keyAt, cpu, false);
    if (at === 0) return Errno.ENOENT;
    copy(this.#map.memory, at, this.#valueAt, this.#map.def.valueSize);
    return 0;
  }
  /** Removes a key: was it there? */
  delete(key: K): boolean {
    const removed = this.#map.remove(this.#putKey(key)) === 0;
    this.#map.settle();
    return removed;
  }
  /** Empties the map, or sets it back to the object's initial data. */
  clear(): void {
    this.#map.reset();
  }
  *keys(): IterableIterator<K> {
    for (const bytes of this.#map.keys()) yield this.#key.decode(bytes, 0) as K;
  }
  *values(): IterableIterator<V> {
    if (this.#map instanceof QueueMap) for (const bytes of this.#map.values) yield this.#value.decode(bytes, 0) as V;
    for (const [, value] of this.entries()) yield value;
  }
  *entries(): IterableIterator<[K, V]> {
    for (const bytes of this.#map.keys()) {
      this.#map.memory.u8.set(bytes, this.#keyAt);
      const value = this.#read();
      if (value !== undefined) yield [this.#key.decode(bytes, 0) as K, value as V];
    }
  }
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }
  /** Everything the map holds, without taking anything: entries, or for queues and rings waiting values by position. */
  snapshot(): [unknown, unknown][] {
    if (this.#map instanceof QueueMap) return this.#map.values.map((bytes, i) => [i, this.#value.decode(bytes, 0)]);
    if (this.#map instanceof RingBuf) return this.#map.peek().map((bytes, i) => [i, bytes]);
    if (this.#map instanceof PerfEventArray) return this.#map.peek().map(({ bytes }, i) => [i, bytes]);
    return [...this.entries()];
  }
  /** Adds to a queue, stack or bloom filter, or a sample (bytes) to a user ring buffer. @throws MachineError `VM_MAP_OPERATION` when full */
  push(value: V | Uint8Array): void {
    if (this.#map instanceof UserRing) {
      if (!(value instanceof Uint8Array))
        throw new MachineError("VM_INPUT", `map ${this.name}: samples of a user ring buffer are bytes`);
      const result = this.#map.put(value);
      if (result < 0) this.#fail("push", result);
      return;
    }
    this.#value.encode(value, this.#map.memory.u8, this.#valueAt);
    const result = this.#map.push(this.#valueAt, UpdateFlag.Any);
    if (result < 0) this.#fail("push", result);
  }
  /** Takes the next value of a queue or stack, or undefined. */
  pop(): V | undefined {
    const result = this.#map.next(this.#valueAt, true);
    return result === 0 ? (this.#decode(this.#valueAt) as V) : undefined;
  }
  /** Every entry as bytes: key, and value (per-CPU maps: the values of all CPUs one after the other). */
  dump(): [Uint8Array, Uint8Array][] {
    const { memory, cpus, perCpu, def } = this.#map;
    if (this.#map instanceof QueueMap) return this.#map.values.map((bytes) => [new Uint8Array(), bytes.slice()]);
    if (this.#map instanceof ProgArray || this.#map instanceof MapInMap) return [];
    return this.#map.keys().map((key) => {
      memory.u8.set(key, this.#keyAt);
      const value = new Uint8Array(def.valueSize * (perCpu ? cpus : 1));
      for (let cpu = 0; cpu < (perCpu ? cpus : 1); cpu++) {
        const at = this.#map.lookup(this.#keyAt, cpu, false);
        if (at !== 0) value.set(memory.bytes(at, def.valueSize), cpu * def.valueSize);
      }
      return [key, value];
    });
  }
  /** Puts entries of {@link dump} back, after clearing. @throws MachineError `VM_MAP_OPERATION` when they do not fit */
  restore(entries: readonly (readonly [Uint8Array, Uint8Array])[]): void {
    this.#map.reset();
    const { memory, cpus, perCpu, def } = this.#map;
    for (const [key, value] of entries) {
      if (this.#map instanceof QueueMap || this.#map instanceof BloomFilter) {
        memory.u8.set(value, this.#valueAt);
        this.#map.push(this.#valueAt, UpdateFlag.Any);
        continue;
      }
      if (key.length !== this.#map.keyBytes || value.length !== def.valueSize * (perCpu ? cpus : 1))
        throw new MachineError(
          "VM_MAP_OPERATION",
          `map ${this.name}: an entry of ${key.length} and ${value.length} bytes does not fit`,
        );
      memory.u8.set(key, this.#keyAt);
      for (let cpu = 0; cpu < (perCpu ? cpus : 1); cpu++) {
        memory.u8.set(value.subarray(cpu * def.valueSize, (cpu + 1) * def.valueSize), this.#valueAt);
        const result = this.#place(UpdateFlag.Any, cpu);
        if (result < 0) this.#fail("restore", result);
      }
    }
    this.#map.settle();
  }
  /** Address of an arena's first page as user space has it; undefined for other maps. */
  get userAddress(): bigint | undefined {
    return this.#map instanceof ArenaMap ? this.#map.user : undefined;
  }
  /**
   * Bytes of an arena at an address of user space: a view. Pages that are not there come into being, as at user space's own
   * accesses.
   * @throws MachineError `VM_MAP_OPERATION` for another map, `VM_INPUT` for addresses outside
   * @example machine.map("arena").bytesAt(node, 16)
   */
  bytesAt(address: bigint, length: number): Uint8Array {
    if (!(this.#map instanceof ArenaMap)) throw new MachineError("VM_MAP_OPERATION", `map ${this.name} is no arena`);
    const found = this.#map.touch(address, length);
    if (found === undefined)
      throw new MachineError(
        "VM_INPUT",
        `arena ${this.name}: ${length} bytes at 0x${address.toString(16)} lie outside its pages`,
      );
    return found;
  }
  /** For a bloom filter: was the value added? */
  mayContain(value: unknown): boolean {
    if (!(this.#map instanceof BloomFilter))
      throw new MachineError("VM_MAP_OPERATION", `map ${this.name} is no bloom filter`);
    this.#value.encode(value, this.#map.memory.u8, this.#valueAt);
    return this.#map.next(this.#valueAt, false) === 0;
  }
  /** Takes all records of a ring buffer that are ready. @param decode of a record's bytes; default the bytes */
  drain(): Uint8Array[] {
    if (this.#map instanceof RingBuf) return this.#map.drain();
    if (this.#map instanceof PerfEventArray) return this.#map.drain().map((record) => record.bytes);
    return [];
  }
  /** Takes all records of a perf event array with their CPUs. */
  drainPerf(): PerfRecord[] {
    return this.#map instanceof PerfEventArray ? this.#map.drain() : [];
  }
  /**
   * Takes all ready records, decoded as a struct of the object's BTF: the map's value type, or the one named.
   * @throws MachineError `VM_INPUT` for no such type; CodecError for a record that is too short
   */
  events(typeName?: string): unknown[] {
    const { btf } = this.#context;
    const id = typeName === undefined ? this.#map.def.valueType : (btf?.find(typeName)?.id ?? 0);
    if (btf === undefined || id === 0)
      throw new MachineError("VM_INPUT", `the object's BTF has no type ${typeName ?? `for map ${this.name}`}`);
    const codec = codecFor(btf, id);
    return this.drain().map((bytes) => codec.decode(bytes, 0));
  }
}
