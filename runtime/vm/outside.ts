/**
 * Memory outside the program's reach: user space and kernel objects that the test puts there and programs read with
 * probe_read and friends. Addresses look like a process's or the kernel's; bytes between regions are not mapped.
 */

const GAP = 4096n;

export class OutsideMemory {
  readonly #regions: { readonly base: bigint; readonly bytes: Uint8Array }[] = [];
  #next: bigint;
  constructor(first: bigint) {
    this.#next = first;
  }
  /** Puts bytes (a string gets its NUL) and gives their address. */
  place(content: Uint8Array | string): bigint {
    const bytes = typeof content === "string" ? new TextEncoder().encode(`${content}\0`) : content.slice();
    const base = this.#next;
    this.#regions.push({ base, bytes });
    this.#next += ((BigInt(bytes.length) + GAP) / GAP + 1n) * GAP;
    return base;
  }
  /** The bytes from an address to the end of its region (at most `limit`), or undefined when it is not mapped. */
  at(address: bigint, limit: number): Uint8Array | undefined {
    for (const { base, bytes } of this.#regions) {
      const offset = address - base;
      if (offset >= 0n && offset < BigInt(bytes.length)) return bytes.subarray(Number(offset), Number(offset) + limit);
    }
    return undefined;
  }
  clear(): void {
    this.#regions.length = 0;
  }
}
