/** Stack traces by id: bpf_get_stackid stores the stack that the test set (kernel/bpf/stackmap.c). */
import type { MapDef } from "../../elf/index.js";
import { Errno } from "../errno.js";
import { type MapHost, SlotPool, VmMap } from "./map.js";

const FrameFlag = { SkipMask: 0xffn, User: 1n << 8n, FastCompare: 1n << 9n, Reuse: 1n << 10n } as const;

export class StackTrace extends VmMap {
  readonly #stacks = new Map<number, { readonly at: number; readonly text: string }>();
  readonly #pool: SlotPool;
  constructor(def: MapDef, host: MapHost) {
    super(def, host);
    this.#pool = new SlotPool(this.memory, def.valueSize, 1, def.maxEntries);
  }
  /** The id of a stack, or a negative errno. */
  store(frames: readonly bigint[], flags: bigint): number {
    if (flags & ~(FrameFlag.SkipMask | FrameFlag.User | FrameFlag.FastCompare | FrameFlag.Reuse)) return Errno.EINVAL;
    const kept = frames.slice(Number(flags & FrameFlag.SkipMask)).slice(0, this.def.valueSize / 8);
    if (kept.length === 0) return Errno.EFAULT;
    const text = kept.join();
    // The bucket is a hash of the addresses: FNV-1a here, since the kernel's jhash seed is not observable anyway.
    let hash = 0x811c9dc5;
    for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
    const id = hash % this.def.maxEntries;
    const known = this.#stacks.get(id);
    if (known?.text === text) return id;
    if (known !== undefined && !(flags & FrameFlag.Reuse)) return Errno.EEXIST;
    const at = known?.at ?? this.#pool.take();
    this.memory.u8.fill(0, at, at + this.def.valueSize);
    for (const [i, frame] of kept.entries()) this.memory.view.setBigUint64(at + i * 8, BigInt.asUintN(64, frame), true);
    this.#stacks.set(id, { at, text });
    return id;
  }
  override lookup(key: number): number {
    return this.#stacks.get(this.memory.view.getUint32(key, true))?.at ?? 0;
  }
  override update(): number {
    return Errno.EINVAL;
  }
  override remove(key: number): number {
    const id = this.memory.view.getUint32(key, true);
    const found = this.#stacks.get(id);
    if (found === undefined) return Errno.ENOENT;
    this.#stacks.delete(id);
    this.#pool.release(found.at);
    return 0;
  }
  override keys(): Uint8Array[] {
    return [...this.#stacks.keys()].map((id) => new Uint8Array(Uint32Array.of(id).buffer));
  }
  override settle(): void {
    this.#pool.settle();
  }
  override reset(): void {
    for (const { at } of this.#stacks.values()) this.#pool.release(at);
    this.#stacks.clear();
    this.#pool.settle();
  }
}
