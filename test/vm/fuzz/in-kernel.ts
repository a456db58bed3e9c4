/** The kernel's side of the differential fuzzer: the maps are made once and emptied between programs. */
import { closeSync } from "node:fs";
import { decode } from "../../../runtime/isa/index.js";
import { createMap, lookup, remove, update } from "../../../runtime/kernel/map-syscalls.js";
import { loadProgramRaw } from "../../../runtime/kernel/program-raw.js";
import { testRun } from "../../../runtime/kernel/test-run.js";
import { KEYS, MAPS } from "../fuzz-object.js";
import { STATE_BYTES } from "../generate.js";
import { hex, LPM_KEYS, type Outcome, packetOf } from "./outcome.js";

const XDP = 6;
const PERCPU = 2;
const [STATE, HASH, LPM, LRU] = [0, 1, 3, 4];
const VALUE_BYTES = 8;

export class InKernel implements Disposable {
  readonly #maps: readonly number[] = MAPS.map(({ type, keySize, valueSize, maxEntries, flags }) =>
    createMap({ type, keySize, valueSize, maxEntries, flags }),
  );
  #percpu: number;

  constructor() {
    this.#percpu = this.#maps[PERCPU] ?? -1;
  }

  #clear(): void {
    update(this.#maps[STATE] ?? -1, new Uint8Array(4), new Uint8Array(STATE_BYTES));
    for (const key of KEYS) for (const map of [HASH, LRU]) remove(this.#maps[map] ?? -1, key);
    for (const key of LPM_KEYS) remove(this.#maps[LPM] ?? -1, key);
    // Programs write per-CPU values; a new map is cheaper than asking how many CPUs the kernel could have.
    closeSync(this.#percpu);
    const { type, keySize, valueSize, maxEntries } = MAPS[PERCPU] as (typeof MAPS)[number];
    this.#percpu = createMap({ type, keySize, valueSize, maxEntries });
  }

  /** The outcome of a program, or the verifier's last words. */
  run(bytes: Uint8Array, seed: number): Outcome | string {
    this.#clear();
    const insns = bytes.slice();
    const view = new DataView(insns.buffer);
    for (const insn of decode(bytes)) {
      if (insn.opcode !== 0x18 || (insn.src !== 1 && insn.src !== 2)) continue;
      view.setInt32(insn.slot * 8 + 4, insn.imm === PERCPU ? this.#percpu : (this.#maps[insn.imm] ?? -1), true);
    }
    const loaded = loadProgramRaw({ type: XDP, insns });
    if (!loaded.ok) return loaded.log.trim().split("\n").slice(-4).join(" | ");
    try {
      const { retval, data } = testRun(loaded.fd, { data: packetOf(seed) });
      const value = (map: number, key: Uint8Array, size = VALUE_BYTES): string | undefined => {
        const into = new Uint8Array(size);
        return lookup(this.#maps[map] ?? -1, key, into) ? hex(into) : undefined;
      };
      return {
        result: retval >>> 0,
        packet: hex(data),
        state: value(STATE, new Uint8Array(4), STATE_BYTES) ?? "",
        hash: KEYS.map((key) => value(HASH, key)),
        lpm: LPM_KEYS.map((key) => value(LPM, key)),
        lru: KEYS.map((key) => value(LRU, key)),
      };
    } finally {
      closeSync(loaded.fd);
    }
  }

  [Symbol.dispose](): void {
    for (const [i, fd] of this.#maps.entries()) closeSync(i === PERCPU ? this.#percpu : fd);
  }
}
