/** The string section of BTF: NUL-terminated names by byte offset. Split BTF continues the base's offsets. */
import { BtfError } from "./error.js";

export class StringTable {
  readonly #decoder = new TextDecoder();
  constructor(
    readonly bytes: Uint8Array,
    readonly base?: StringTable,
  ) {}
  get end(): number {
    return (this.base?.end ?? 0) + this.bytes.length;
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
