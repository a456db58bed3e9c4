/** What every map of a loaded object has: identity, sizes, descriptor, pinning. */
import { BpfError } from "../errors.js";
import { type MapInfo, mapInfo } from "../info.js";
import { freeze } from "../map-syscalls.js";
import { pin } from "../pin.js";

/** A map's facts; sizes in bytes. */
export interface MapFacts {
  readonly name: string;
  /** enum bpf_map_type */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** A map of a type that has no richer class. Its descriptor belongs to the loaded object. */
export class MapHandle {
  readonly name: string;
  readonly #facts: MapFacts;
  readonly #fd: () => number;

  /** @param fd gives the descriptor, or throws when the object is closed */
  constructor(facts: MapFacts, fd: () => number) {
    this.#facts = facts;
    this.#fd = fd;
    this.name = facts.name;
  }
  /** @throws BpfError CLOSED */
  get fd(): number {
    return this.#fd();
  }
  /** Most entries it can hold; bytes for a ring buffer. */
  get maxEntries(): number {
    return this.#facts.maxEntries;
  }
  /** Bytes. */
  get keySize(): number {
    return this.#facts.keySize;
  }
  /** Bytes, of one CPU's value for per-CPU maps. */
  get valueSize(): number {
    return this.#facts.valueSize;
  }
  /** What the kernel says of it. @throws SyscallError, BpfError CLOSED */
  info(): MapInfo {
    return mapInfo(this.fd);
  }
  /** Names it in a bpf file system, where it outlives this process. @throws SyscallError */
  pin(path: string): void {
    pin(this.fd, path, `map ${this.name}`);
  }
  /** Refuses all further writes from user space. @throws SyscallError */
  freeze(): void {
    freeze(this.fd);
  }
}

/** Throws unless `codec` fits the map: the BTF and the map's definition disagree otherwise. */
export function checkSize(what: string, map: string, codecSize: number, mapSize: number): void {
  if (codecSize !== mapSize) {
    throw new BpfError("OBJECT", `map ${map}: its ${what} has ${mapSize} bytes, but the type has ${codecSize}`);
  }
}
