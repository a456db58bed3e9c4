/** One object run on the machine and in the kernel: what programs returned, and every map afterwards. */

import type { CoreTarget } from "../../runtime/btf/index.js";
import { readObject } from "../../runtime/elf/index.js";
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { perCpuStride, possibleCpus } from "../../runtime/kernel/cpus.js";
import { SyscallError } from "../../runtime/kernel/errors.js";
import { lookup, nextKey } from "../../runtime/kernel/map-syscalls.js";
import type { LoadedObject } from "../../runtime/kernel/object/loaded-object.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, loadObject, type Machine } from "../../runtime/vm/index.js";
import { onOneCpu } from "../support/one-cpu.js";
import type { ForeignCase } from "./cases.js";

export interface Outcome {
  /** By program: result and packet of each run. */
  readonly runs: Readonly<Record<string, readonly string[]>>;
  /** By map: "key=value" in order. */
  readonly maps: Readonly<Record<string, readonly string[]>>;
}

/** Values of data sections hold list and tree pointers, which are the kernel's own business: kernel addresses are masked. */
const masked = (value: string): string =>
  value.replace(/[0-9a-f]{16}/g, (word) => (/88ffff$/.test(word) ? "pointer_________" : word));
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
const PER_CPU: readonly number[] = [MapTypeId.percpu_hash, MapTypeId.percpu_array, MapTypeId.lru_percpu_hash];
/** What user space can read entry by entry on both sides. */
const READABLE: readonly number[] = [
  MapTypeId.hash,
  MapTypeId.array,
  MapTypeId.lru_hash,
  MapTypeId.lpm_trie,
  ...PER_CPU,
];
/** Types whose test runs take a packet, and ones that take argument words. */
const PACKET = new Set(["xdp", "sched_cls", "cgroup_skb", "socket_filter"]);

/** Frames: an IPv4 header's first bytes where programs look, then the random bytes that they read. */
export function frames(count: number, next: (limit: number) => number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const bytes = new Uint8Array(64 + next(80)).map(() => next(256));
    bytes.set([0x08, 0x00], 12);
    return bytes;
  });
}

export function onMachine(
  object: Uint8Array,
  one: ForeignCase,
  input: readonly Uint8Array[],
  engine: EngineName,
  target: CoreTarget | undefined,
): Outcome {
  const machine = loadObject(object, {
    cpus: possibleCpus(),
    engine,
    ...(target === undefined ? {} : { btf: target }),
    ...(one.config === undefined ? {} : { config: one.config }),
  });
  const runs: Record<string, string[]> = {};
  for (const program of machine.object.programs) {
    if (!program.autoload) continue;
    const takesPacket = PACKET.has(program.meaning?.type ?? "");
    runs[program.name] = input.map((packet) => {
      const { result, fault, packet: after } = machine.run(program.name, takesPacket ? { packet } : {});
      if (fault !== undefined)
        throw new Error(
          `${program.name}: ${fault.code} at ${fault.insn}: ${fault.message} (${fault.source?.line}: ${fault.source?.text})`,
        );
      return takesPacket ? `${result} ${hex(after)}` : `${result}`;
    });
  }
  if (one.settle !== undefined)
    for (const { fault } of machine.advance(one.settle))
      if (fault !== undefined) throw new Error(`${fault.code}: ${fault.message}`);
  return { runs, maps: machineMaps(machine) };
}

function machineMaps(machine: Machine): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const { name, type, valueSize } of machine.object.maps) {
    if (!READABLE.includes(type) || name === ".kconfig") continue;
    // Of per-CPU maps the value of the CPU that everything ran on.
    out[name] = machine
      .map(name)
      .dump()
      .map(([key, value]) => `${hex(key)}=${masked(hex(value.subarray(0, valueSize)))}`)
      .sort();
  }
  return out;
}

function sleep(ns: bigint): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ns / 1_000_000n));
}

function load(object: Uint8Array): LoadedObject | string {
  try {
    return new OpenObject(object).load();
  } catch (error) {
    if (error instanceof SyscallError && error.notJudged !== undefined) return `${error.operation}: ${error.notJudged}`;
    throw error;
  }
}

/** @returns why not, where the kernel refuses a program without its verifier's words (policy) */
export function inKernel(object: Uint8Array, one: ForeignCase, input: readonly Uint8Array[]): Outcome | string {
  const made = load(object);
  if (typeof made === "string") return made;
  using loaded = made;
  const runs: Record<string, string[]> = {};
  onOneCpu(() => {
    for (const { name, section, autoload } of readObject(object).programs) {
      if (!autoload) continue;
      const fd = loaded.programFd(name);
      const takesPacket = /^(xdp|tc|classifier|cgroup_skb|socket)/.test(section);
      runs[name] = input.map((data) => {
        const { retval, data: after } = testRun(fd, takesPacket ? { data, outputBytes: 4096 } : {});
        return takesPacket ? `${retval} ${hex(after)}` : `${retval}`;
      });
    }
  });
  if (one.settle !== undefined) sleep(one.settle);
  const maps: Record<string, string[]> = {};
  for (const { name, type, keySize, valueSize } of loaded.maps) {
    if (!READABLE.includes(type) || name.endsWith(".kconfig")) continue;
    const fd = loaded.mapFd(name);
    const bytes = PER_CPU.includes(type) ? perCpuStride(valueSize) * possibleCpus() : valueSize;
    const entries: string[] = [];
    const key = new Uint8Array(keySize);
    const value = new Uint8Array(bytes);
    for (let more = nextKey(fd, undefined, key); more; more = nextKey(fd, key.slice(), key))
      if (lookup(fd, key, value)) entries.push(`${hex(key)}=${masked(hex(value.subarray(0, valueSize)))}`);
    // libbpf puts the object's name before ".bss" and the like.
    maps[name.replace(/^object\./, ".")] = entries.sort();
  }
  return { runs, maps };
}

const LINE = 8;

/** Where two outcomes differ, in words: maps as 64-bit words, runs by number; at most a few lines. */
export function differences(ours: Outcome, theirs: Outcome): string[] {
  const out: string[] = [];
  for (const program of new Set([...Object.keys(ours.runs), ...Object.keys(theirs.runs)])) {
    const [a, b] = [ours.runs[program] ?? [], theirs.runs[program] ?? []];
    for (let i = 0; i < Math.max(a.length, b.length); i++)
      if (a[i] !== b[i]) out.push(`${program} run ${i}: machine ${a[i]}, kernel ${b[i]}`);
  }
  for (const map of new Set([...Object.keys(ours.maps), ...Object.keys(theirs.maps)])) {
    const [a, b] = [new Set(ours.maps[map]), new Set(theirs.maps[map])];
    const words = (text: string): string[] =>
      text
        .split("=")
        .at(-1)
        ?.match(/.{1,16}/g) ?? [];
    const [ours1, theirs1] = [[...a].filter((e) => !b.has(e)), [...b].filter((e) => !a.has(e))];
    if (ours.maps[map] === undefined || theirs.maps[map] === undefined) out.push(`map ${map} is only on one side`);
    for (let i = 0; i < Math.max(ours1.length, theirs1.length); i++) {
      const [x, y] = [ours1[i] ?? "", theirs1[i] ?? ""];
      if (x.split("=")[0] !== y.split("=")[0]) out.push(`map ${map}: machine ${x}, kernel ${y}`);
      else
        for (const [w, word] of words(x).entries())
          if (word !== words(y)[w])
            out.push(`map ${map}[${x.split("=")[0]}] word ${w}: machine ${word}, kernel ${words(y)[w]}`);
    }
  }
  return out.slice(0, LINE);
}
