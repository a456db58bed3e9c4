/** The string section of BTF: NUL-terminated names by byte offset. Split BTF continues the base's offsets. */
import { BtfError } from "./error.js";

const FNV_BASIS = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** {@link StringTable.hash} of a text. */
export function hashOf(text: string): number {
  let hash = FNV_BASIS;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash;
}

export class StringTable {
  readonly #decoder = new TextDecoder();
  /** Whether every offset inside leads to a NUL. */
  readonly #terminated: boolean;
  constructor(
    readonly bytes: Uint8Array,
    readonly base?: StringTable,
  ) {
    this.#terminated = bytes[bytes.length - 1] === 0;
  }
  get end(): number {
    return (this.base?.end ?? 0) + this.bytes.length;
  }
  /** What {@link at} would throw, without making the text. */
  check(offset: number): void {
    if (this.#terminated && this.base === undefined && offset < this.bytes.length) return;
    this.at(offset);
  }
  /** FNV-1a of the text at an offset that is known to be good. */
  hash(offset: number): number {
    const start = this.base?.end ?? 0;
    if (this.base !== undefined && offset < start) return this.base.hash(offset);
    const { bytes } = this;
    let hash = FNV_BASIS;
    for (let at = offset - start; ; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === 0) return hash;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
  }
  /** Whether the text at an offset that is known to be good begins with these bytes. */
  beginsWith(offset: number, wanted: Uint8Array): boolean {
    const start = this.base?.end ?? 0;
    if (this.base !== undefined && offset < start) return this.base.beginsWith(offset, wanted);
    for (let i = 0; i < wanted.length; i++) if (this.bytes[offset - start + i] !== wanted[i]) return false;
    return true;
  }
  /** @throws BtfError `BTF_STRING` for an offset outside the section or a name without its NUL */
  at(offset: number): string {
    const start = this.base?.end ?? 0;
    if (this.base !== undefined && offset < start) return this.base.at(offset);
    const from = offset - start;
    if (from === 0 && this.bytes.length === 0) return "";
    const to = from < this.bytes.length ? this.bytes.indexOf(0, from) : -1;
    if (to < 0) throw new BtfError("BTF_STRING", `no string at offset ${offset} of ${this.end}`);
    return this.#decoder.decode(this.bytes.subarray(from, to));
  }
}
