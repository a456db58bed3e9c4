/**
 * Block counters of generated code, for coverage: 64-bit numbers in linear memory. Instructions are counted by segments,
 * which end behind every call, since a call may end the run; a segment that the interpreter takes over half-way is put
 * right when that happens. Invariant: what they say and what the interpreter counts itself add up to what it counts alone.
 */
import type { Counts } from "../coverage.js";
import type { LinearMemory } from "../memory.js";
import { type Body, Local } from "./body.js";
import { W } from "./opcodes.js";

const BYTES = 8;

interface Segment {
  readonly at: number;
  readonly slots: readonly number[];
}

export class Counters {
  readonly #memory: LinearMemory;
  readonly #segments: Segment[] = [];
  readonly #jumps: { readonly at: number; readonly slot: number }[] = [];
  readonly #bySlot = new Map<number, Segment>();
  /** Slots that were counted and did not run. */
  readonly #less = new Map<number, number>();
  #next = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }
  /** Makes room. @throws MachineError `VM_MEMORY` */
  reserve(counters: number): void {
    this.#next = this.#memory.allocate(counters * BYTES);
  }
  #take(): number {
    const at = this.#next;
    this.#next += BYTES;
    return at;
  }
  /** counter += the 64-bit number that `amount` pushes */
  #add(body: Body, at: number, amount: () => void): void {
    body.i32(0);
    body.i32(0);
    body.memory(W.i64Load, at);
    amount();
    body.op(W.i64Add);
    body.memory(W.i64Store, at);
  }
  /** Counts that instructions begin to run one after the other. */
  segment(body: Body, slots: readonly number[]): void {
    if (slots.length === 0) return;
    const segment = { at: this.#take(), slots };
    this.#segments.push(segment);
    for (const slot of slots) this.#bySlot.set(slot, segment);
    this.#add(body, segment.at, () => body.i64(1));
  }
  /** Counts a jump whose condition is on the stack, and leaves it there. */
  jump(body: Body, slot: number): void {
    body.set(Local.place);
    this.always(body, slot, () => {
      body.get(Local.place);
      body.op(W.i64ExtendU);
    });
    body.get(Local.place);
  }
  /** Counts a jump to the next instruction. */
  always(body: Body, slot: number, amount: () => void = () => body.i64(1)): void {
    const at = this.#take();
    this.#jumps.push({ at, slot });
    this.#add(body, at, amount);
  }
  /** The interpreter goes on at a slot of a segment that has begun. */
  leave(slot: number): void {
    const slots = this.#bySlot.get(slot)?.slots ?? [];
    for (let i = slots.indexOf(slot); i >= 0 && i < slots.length; i++) {
      const one = slots[i] as number;
      this.#less.set(one, (this.#less.get(one) ?? 0) + 1);
    }
  }
  /** Adds everything to counts and begins anew. */
  collect({ hits, taken }: Counts): void {
    for (const { at, slots } of this.#segments) {
      const count = this.#read(at);
      if (count > 0) for (const slot of slots) hits[slot] = (hits[slot] ?? 0) + count;
    }
    for (const { at, slot } of this.#jumps) taken[slot] = (taken[slot] ?? 0) + this.#read(at);
    for (const [slot, count] of this.#less) hits[slot] = (hits[slot] ?? 0) - count;
    this.#less.clear();
  }
  #read(at: number): number {
    const { view } = this.#memory;
    const count = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    view.setUint32(at, 0, true);
    view.setUint32(at + 4, 0, true);
    return count;
  }
}
