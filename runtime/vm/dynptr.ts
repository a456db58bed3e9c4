/**
 * Dynptrs of a run. The 16 bytes on the program's stack hold a tag and the number of an entry here, so an overwritten
 * dynptr is noticed. Semantics: kernel/bpf/helpers.c (struct bpf_dynptr_kern).
 */
import { DYNPTR_TAG } from "./address.js";

export type DynptrSource = "memory" | "packet" | "ring";

/** What a dynptr points at; `source` is undefined for a null dynptr. */
export interface Dynptr {
  readonly source: DynptrSource | undefined;
  /** Place in linear memory; for packets 0, since packets move. */
  readonly base: number;
  offset: number;
  size: number;
  readonly readOnly: boolean;
}

/** sizeof(struct bpf_dynptr). */
export const DYNPTR_BYTES = 16;
/** DYNPTR_MAX_SIZE: 24 bits of size. */
export const MAX_DYNPTR = 0xffffff;
export const NULL_DYNPTR: Dynptr = { source: undefined, base: 0, offset: 0, size: 0, readOnly: false };

export class Dynptrs {
  readonly #entries: Dynptr[] = [];
  clear(): void {
    if (this.#entries.length > 0) this.#entries.length = 0;
  }
  /** Writes a dynptr at a place. */
  put(view: DataView, at: number, dynptr: Dynptr): void {
    this.#entries.push(dynptr);
    view.setUint32(at, this.#entries.length, true);
    view.setInt32(at + 4, DYNPTR_TAG, true);
    view.setBigUint64(at + 8, 0n, true);
  }
  /** The dynptr at a place, or undefined when its bytes are no dynptr of this run. */
  at(view: DataView, at: number): Dynptr | undefined {
    return view.getInt32(at + 4, true) === DYNPTR_TAG ? this.#entries[view.getUint32(at, true) - 1] : undefined;
  }
}
