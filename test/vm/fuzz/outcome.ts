/**
 * The whole end of a generated program, comparable between engines and the kernel: return value, packet, state map
 * (registers, stack, work area) and the content of the other maps.
 */
import { type EngineName, Machine } from "../../../runtime/vm/index.js";
import { KEYS, objectOf } from "../fuzz-object.js";
import { generator } from "../generate.js";

/** Keys of the LPM trie that are asked for: those that programs make. */
export const LPM_KEYS: readonly Uint8Array[] = [0, 8, 9, 16, 31, 32].flatMap((prefix) =>
  [0, 0x0a, 0x010a, 0x0a0a0a0a, -1].map((data) => new Uint8Array(Int32Array.of(prefix, data).buffer)),
);
export const PACKET_BYTES = 64;

export interface Outcome {
  readonly result: number;
  readonly packet: string;
  readonly state: string;
  readonly hash: readonly (string | undefined)[];
  readonly lpm: readonly (string | undefined)[];
  readonly lru: readonly (string | undefined)[];
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The packet of a seed. */
export function packetOf(seed: number): Uint8Array {
  const random = generator(seed ^ 0x5bd1e995);
  return Uint8Array.from({ length: PACKET_BYTES }, () => random(256));
}

/** What a run says of itself. */
export interface RunOptions {
  readonly engine: EngineName;
  readonly checks?: boolean;
  readonly fuel?: number;
  readonly hotAfter?: number;
}

/** The ways of running, by what they are called in reports; steps define what the others must do. */
export const STEPS: RunOptions = { engine: "interp", hotAfter: Number.POSITIVE_INFINITY };
export const HOT: RunOptions = { engine: "interp", hotAfter: 0 };
export const WASM: RunOptions = { engine: "wasm" };

/** A machine's outcome; the fault and the number of instructions beside it. */
export function onMachine(
  bytes: Uint8Array,
  seed: number,
  options: RunOptions,
): Outcome & { readonly fault: string | undefined; readonly insns: number } {
  const machine = new Machine(objectOf(bytes), { cpus: 1, memory: 1 << 20, ...options });
  const run = machine.run("p", { packet: packetOf(seed) });
  const value = (map: string, key: Uint8Array | number): string | undefined => {
    const found = machine.map(map).get(key);
    return found instanceof Uint8Array ? hex(found) : undefined;
  };
  return {
    result: Number(run.result),
    packet: hex(run.packet ?? new Uint8Array()),
    state: value("state", 0) ?? "",
    hash: KEYS.map((key) => value("hash", key)),
    lpm: LPM_KEYS.map((key) => value("lpm", key)),
    lru: KEYS.map((key) => value("lru", key)),
    fault: run.fault === undefined ? undefined : `${run.fault.code} at ${run.fault.insn}: ${run.fault.message}`,
    insns: run.insns,
  };
}
