/** Maps whose values are other things: programs (prog array) and maps (array and hash of maps). */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { type Key, keyAt, keyBytes } from "./key.js";
import { type MapHost, VmMap } from "./map.js";

/** Tail call targets by index; programs are named. */
export class ProgArray extends VmMap {
  readonly targets = new Map<number, string>();
  override remove(key: number): number {
    return this.targets.delete(this.memory.view.getUint32(key, true)) ? 0 : Errno.ENOENT;
  }
  override keys(): Uint8Array[] {
    return [...this.targets.keys()].map((index) => keyBytes(index, 4));
  }
}

/** Inner maps by key. A look-up of the program gives a map reference, so `lookup` answers through `inner`. */
export class MapInMap extends VmMap {
  readonly #inner = new Map<Key, VmMap>();
  readonly #isArray: boolean;
  constructor(def: MapDef, host: MapHost, isArray: boolean) {
    super(def, host);
    this.#isArray = isArray;
  }
  inner(key: number): VmMap | undefined {
    return this.#inner.get(keyAt(this.memory, key, this.def.keySize));
  }
  /** Sets an inner map: 0 or a negative errno. */
  put(key: number, map: VmMap): number {
    const k = keyAt(this.memory, key, this.def.keySize);
    if (this.#isArray && (typeof k !== "number" || k >= this.def.maxEntries)) return Errno.E2BIG;
    if (!this.#inner.has(k) && this.#inner.size >= this.def.maxEntries) return Errno.E2BIG;
    this.#inner.set(k, map);
    return 0;
  }
  override remove(key: number): number {
    return this.#inner.delete(keyAt(this.memory, key, this.def.keySize)) ? 0 : Errno.ENOENT;
  }
  override keys(): Uint8Array[] {
    return [...this.#inner.keys()].map((key) => keyBytes(key, this.def.keySize));
  }
}
