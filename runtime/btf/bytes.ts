/** A little-endian cursor that never reads outside its range: throws BtfError `BTF_TRUNCATED` instead. */
import { BtfError } from "./error.js";

export class ByteReader {
  readonly #view: DataView;
  offset = 0;
  constructor(
    readonly bytes: Uint8Array,
    readonly what: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get left(): number {
    return this.bytes.length - this.offset;
  }
  #take(n: number): number {
    const at = this.offset;
    if (at + n > this.bytes.length) {
      throw new BtfError("BTF_TRUNCATED", `${this.what} ends at byte ${this.bytes.length}, ${n} more needed at ${at}`);
    }
    this.offset = at + n;
    return at;
  }
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  slice(offset: number, length: number): Uint8Array {
    if (offset < 0 || length < 0 || offset + length > this.bytes.length) {
      throw new BtfError(
        "BTF_TRUNCATED",
        `${this.what}: bytes ${offset} to ${offset + length} lie outside its ${this.bytes.length}`,
      );
    }
    return this.bytes.subarray(offset, offset + length);
  }
}
