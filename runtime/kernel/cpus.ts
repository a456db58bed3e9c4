/** The kernel's possible CPUs: the number of values that a per-CPU map hands out. */
import { readFileSync } from "node:fs";

/** Parses a CPU list such as "0-3,8": one more than the highest number, as per-CPU buffers are indexed by CPU. */
export function cpuCount(list: string): number {
  const highest = list
    .trim()
    .split(",")
    .map((range) => Number(range.split("-").at(-1)));
  return Math.max(...highest) + 1;
}

/** @example new Uint8Array(possibleCpus() * perCpuStride(8)) */
export function possibleCpus(): number {
  return cpuCount(readFileSync("/sys/devices/system/cpu/possible", "utf8"));
}

/** Bytes per CPU in a per-CPU value: the value's size rounded up to 8 (kernel/bpf/syscall.c, bpf_map_value_size). */
export function perCpuStride(valueSize: number): number {
  return (valueSize + 7) & ~7;
}
