/**
 * Objects that live outside maps: what programs make with bpf_obj_new, kernel structs that a test builds, masks,
 * copies for slices. Input: sizes. Output: zeroed places in linear memory. Invariant: a released object cannot be
 * reached any more, and its place is used again only after `settle`, so that a stale pointer of the same run faults.
 */
import type { LinearMemory } from "./memory.js";

interface Block {
  readonly at: number;
  readonly size: number;
  /** What it is, for messages. */
  readonly what: string;
  references: number;
}

export class Heap {
  readonly #memory: LinearMemory;
  readonly #blocks = new Map<number, Block>();
  readonly #free = new Map<number, number[]>();
  #released: Block[] = [];
  /** Objects that the running program owns and has to give away before it ends. */
  readonly owned = new Set<number>();

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }
  /** A zeroed object with one reference. @throws MachineError `VM_MEMORY` */
  take(size: number, what: string, access: { readonly read: boolean; readonly write: boolean }): number {
    const room = Math.max(8, Math.ceil(size / 8) * 8);
    const at = this.#free.get(room)?.pop() ?? this.#memory.allocate(room);
    this.#memory.u8.fill(0, at, at + room);
    this.#memory.paint(at, size, access.read, access.write);
    this.#blocks.set(at, { at, size, what, references: 1 });
    return at;
  }
  /** The object that a place lies in, as its start, or undefined. */
  find(place: number): number | undefined {
    if (this.#blocks.has(place)) return place;
    for (const { at, size } of this.#blocks.values()) if (place >= at && place < at + size) return at;
    return undefined;
  }
  /** Bytes of the object that begins at a place, or undefined. */
  sizeOf(at: number): number | undefined {
    return this.#blocks.get(at)?.size;
  }
  whatIs(at: number): string | undefined {
    return this.#blocks.get(at)?.what;
  }
  /** One more reference. False when no object begins there. */
  acquire(at: number): boolean {
    const block = this.#blocks.get(at);
    if (block === undefined) return false;
    block.references++;
    return true;
  }
  /** One reference less; the last one frees. False when no object begins there. */
  release(at: number): boolean {
    const block = this.#blocks.get(at);
    if (block === undefined) return false;
    block.references--;
    if (block.references > 0) return true;
    this.#memory.paint(at, block.size, false, false);
    this.#blocks.delete(at);
    this.#released.push(block);
    return true;
  }
  /** What a run still owned goes with it. */
  endRun(): void {
    if (this.owned.size > 0) {
      for (const at of this.owned) this.release(at);
      this.owned.clear();
    }
    if (this.#released.length > 0) this.settle();
  }
  /** After a run: places of released objects may be used again. */
  settle(): void {
    for (const { at, size } of this.#released) {
      const room = Math.max(8, Math.ceil(size / 8) * 8);
      const list = this.#free.get(room);
      if (list === undefined) this.#free.set(room, [at]);
      else list.push(at);
    }
    this.#released = [];
  }
  /** Frees everything. */
  reset(): void {
    for (const block of this.#blocks.values()) {
      block.references = 1;
      this.release(block.at);
    }
    this.owned.clear();
    this.settle();
  }
}
