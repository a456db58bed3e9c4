/** Clocks, CPU, random numbers: all from the world that the test set. */
import type { HelperTable, Implementation } from "./call.js";

/** CONFIG_HZ of the kernels that distributions ship. */
const NS_PER_JIFFY = 4_000_000n;
const clock: Implementation = (call) => call.give(call.run.world.now());

export const timeHelpers = {
  ktime_get_ns: clock,
  ktime_get_boot_ns: clock,
  ktime_get_coarse_ns: clock,
  ktime_get_tai_ns: clock,
  jiffies64: (call) => call.give(call.run.world.now() / NS_PER_JIFFY),
  get_prandom_u32: (call) => call.giveU32(call.run.world.random()),
  get_smp_processor_id: (call) => call.giveU32(call.run.cpu),
  get_numa_node_id: () => 0,
} satisfies HelperTable;
