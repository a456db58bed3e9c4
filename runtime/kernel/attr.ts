/**
 * Builds `union bpf_attr` for bpf(2): plain bytes plus the places where the addon writes addresses. Offsets are those
 * of include/uapi/linux/bpf.h, kept beside each command's caller.
 */
import { bpfAddon } from "../../native/bpf/index.js";

/** One attribute. Setters return the attribute, so that a call reads as a table of offsets. */
export class Attr {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pointers: (number | Uint8Array)[] = [];

  /** @param size bytes; the kernel takes shorter ones as zero-filled */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }
  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }
  u64(offset: number, value: bigint): this {
    this.#view.setBigUint64(offset, value, true);
    return this;
  }
  /** A zero-terminated name in a fixed field; longer ones are cut, characters the kernel refuses become "_". */
  name(offset: number, value: string, length: number): this {
    const clean = value.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, length - 1);
    new TextEncoder().encodeInto(clean, this.bytes.subarray(offset, offset + length - 1));
    return this;
  }
  /** The address of `target`, or null when undefined. */
  pointer(offset: number, target: Uint8Array | undefined): this {
    if (target !== undefined) this.#pointers.push(offset, target);
    return this;
  }
  getU32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }
  /** The call: its result, or -errno. */
  call(command: number): number {
    return bpfAddon().bpf(command, this.bytes, this.#pointers);
  }
}

/** Bytes of `text` with the zero that C wants. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
