/**
 * Atomic operations on 32- and 64-bit integers in maps, globals or ring buffer records (RFC 9669 section 5.3).
 * The target is a place: a `Ref`, or a field of a struct (`atomic.add(s.packets, 1n)`).
 */
import type { Ref } from "./memory.js";
import { kernelOnly } from "./registry.js";

type Wide = number | bigint;
type Place<T extends Wide> = T | Ref<T>;
type Same<T extends Wide> = T extends bigint ? bigint : number;

export const atomic = {
  /** `*place += n`, result unused: one `lock add`. */
  add<T extends Wide>(_place: Place<T>, _n: Same<T>): void {
    kernelOnly("atomic.add");
  },
  /** `*place &= n`. */
  and<T extends Wide>(_place: Place<T>, _n: Same<T>): void {
    kernelOnly("atomic.and");
  },
  /** `*place |= n`. */
  or<T extends Wide>(_place: Place<T>, _n: Same<T>): void {
    kernelOnly("atomic.or");
  },
  /** `*place ^= n`. */
  xor<T extends Wide>(_place: Place<T>, _n: Same<T>): void {
    kernelOnly("atomic.xor");
  },
  /** Adds and gives the value before (cpu v3, Linux 5.12). */
  fetchAdd<T extends Wide>(_place: Place<T>, _n: Same<T>): T {
    return kernelOnly("atomic.fetchAdd");
  },
  fetchAnd<T extends Wide>(_place: Place<T>, _n: Same<T>): T {
    return kernelOnly("atomic.fetchAnd");
  },
  fetchOr<T extends Wide>(_place: Place<T>, _n: Same<T>): T {
    return kernelOnly("atomic.fetchOr");
  },
  fetchXor<T extends Wide>(_place: Place<T>, _n: Same<T>): T {
    return kernelOnly("atomic.fetchXor");
  },
  /** Stores and gives the value before. */
  exchange<T extends Wide>(_place: Place<T>, _n: Same<T>): T {
    return kernelOnly("atomic.exchange");
  },
  /** Stores `next` where the value is `expected`; gives the value before. */
  compareExchange<T extends Wide>(_place: Place<T>, _expected: Same<T>, _next: Same<T>): T {
    return kernelOnly("atomic.compareExchange");
  },
};
