/** CPU masks (kernel/bpf/cpumask.c): 64 bits, of which the machine's CPUs count. */
import { MEMORY_TAG } from "../address.js";
import { MachineFault } from "../fault.js";
import type { HelperCall, Implementation } from "../helpers/call.js";

/** struct bpf_cpumask: the bits and a reference count; the machine has at most 64 CPUs. */
const MASK_BYTES = 40;
const READ_ONLY = { read: true, write: false } as const;

const place = (call: HelperCall, n: number): number => call.readable(n, 8);
const bits = (call: HelperCall, n: number): bigint => call.run.memory.view.getBigUint64(place(call, n), true);
const store = (call: HelperCall, n: number, value: bigint): void =>
  call.run.memory.view.setBigUint64(place(call, n), BigInt.asUintN(64, value), true);
const all = (call: HelperCall): bigint => (1n << BigInt(call.run.cpus)) - 1n;
const valid = (call: HelperCall, n: number): boolean => call.u32(n) < call.run.cpus;
const bit = (call: HelperCall, n: number): bigint => 1n << BigInt(call.u32(n));

/** First set bit, or the number of CPUs. */
function first(call: HelperCall, mask: bigint): number {
  for (let cpu = 0; cpu < call.run.cpus; cpu++) if ((mask >> BigInt(cpu)) & 1n) return cpu;
  return call.run.cpus;
}
const test = (condition: boolean): number => (condition ? 1 : 0);

function change(n: number, f: (mask: bigint, bit: bigint) => bigint, answer: boolean): Implementation {
  return (call) => {
    if (!valid(call, 1)) return 0;
    const mask = bits(call, n);
    store(call, n, f(mask, bit(call, 1)));
    return answer ? test((mask & bit(call, 1)) !== 0n) : 0;
  };
}
function combine(f: (a: bigint, b: bigint) => bigint): Implementation {
  return (call) => {
    const result = f(bits(call, 2), bits(call, 3)) & all(call);
    store(call, 1, result);
    return test(result !== 0n);
  };
}

export const cpumaskKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_cpumask_create(call) {
    const at = call.run.heap.take(MASK_BYTES, "struct bpf_cpumask", READ_ONLY);
    call.run.heap.owned.add(at);
    return call.givePointer(at);
  },
  bpf_cpumask_acquire(call) {
    call.run.heap.acquire(place(call, 1));
    return call.givePointer(place(call, 1));
  },
  bpf_cpumask_release(call) {
    const at = call.lo(1) >>> 0;
    if (call.hi(1) !== MEMORY_TAG || !call.run.heap.release(at))
      throw new MachineFault("VM_REFERENCE", `${call.name}: argument 1 is no CPU mask, or was released before`);
    if (call.run.heap.sizeOf(at) === undefined) call.run.heap.owned.delete(at);
    return 0;
  },
  bpf_cpumask_first: (call) => first(call, bits(call, 1)),
  bpf_cpumask_first_zero: (call) => first(call, ~bits(call, 1)),
  bpf_cpumask_first_and: (call) => first(call, bits(call, 1) & bits(call, 2)),
  bpf_cpumask_set_cpu: change(2, (mask, one) => mask | one, false),
  bpf_cpumask_clear_cpu: change(2, (mask, one) => mask & ~one, false),
  bpf_cpumask_test_cpu: (call) => test(valid(call, 1) && (bits(call, 2) & bit(call, 1)) !== 0n),
  bpf_cpumask_test_and_set_cpu: change(2, (mask, one) => mask | one, true),
  bpf_cpumask_test_and_clear_cpu: change(2, (mask, one) => mask & ~one, true),
  bpf_cpumask_setall(call) {
    store(call, 1, all(call));
    return 0;
  },
  bpf_cpumask_clear(call) {
    store(call, 1, 0n);
    return 0;
  },
  bpf_cpumask_and: combine((a, b) => a & b),
  bpf_cpumask_or: combine((a, b) => a | b),
  bpf_cpumask_xor: combine((a, b) => a ^ b),
  bpf_cpumask_equal: (call) => test(((bits(call, 1) ^ bits(call, 2)) & all(call)) === 0n),
  bpf_cpumask_intersects: (call) => test((bits(call, 1) & bits(call, 2) & all(call)) !== 0n),
  bpf_cpumask_subset: (call) => test((bits(call, 1) & ~bits(call, 2) & all(call)) === 0n),
  bpf_cpumask_empty: (call) => test((bits(call, 1) & all(call)) === 0n),
  bpf_cpumask_full: (call) => test((bits(call, 1) & all(call)) === all(call)),
  bpf_cpumask_copy(call) {
    store(call, 1, bits(call, 2));
    return 0;
  },
  bpf_cpumask_weight(call) {
    const mask = bits(call, 1) & all(call);
    let n = 0;
    for (let rest = mask; rest !== 0n; rest &= rest - 1n) n++;
    return n;
  },
  // "Any" is the first here, so that a run can be repeated.
  bpf_cpumask_any_distribute: (call) => first(call, bits(call, 1)),
  bpf_cpumask_any_and_distribute: (call) => first(call, bits(call, 1) & bits(call, 2)),
};
