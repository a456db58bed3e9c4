// Imported by other cases: functions and constants of another module.
import type { u32, u64 } from "ebpftsc";

export const LIMIT: u32 = 77;

export function clamp(x: u32, low: u32, high: u32): u32 {
  if (x < low) return low;
  return x > high ? high : x;
}

export function mix(x: u64): u64 {
  return (x ^ (x << 7n)) * 0x9e3779b97f4a7c15n;
}
