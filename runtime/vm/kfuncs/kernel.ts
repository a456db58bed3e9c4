/** Casts, tasks, cgroups and what XDP asks of hardware; packets here come from no device. */
import { MEMORY_TAG } from "../address.js";
import { Errno } from "../errno.js";
import type { HelperCall, Implementation } from "../helpers/call.js";
import { currentTask } from "../helpers/task.js";

const same: Implementation = (call) => call.give(call.u64(1));
const nothing: Implementation = () => 0;
const unsupported: Implementation = () => Errno.EOPNOTSUPP;

/** A reference to a struct: counted when the machine made it. */
const acquire: Implementation = (call) => {
  if (call.hi(1) === MEMORY_TAG) call.run.heap.acquire(call.lo(1) >>> 0);
  return call.give(call.u64(1));
};
const release: Implementation = (call) => {
  if (call.hi(1) === MEMORY_TAG) call.run.heap.release(call.lo(1) >>> 0);
  return 0;
};

/** The current task when its number is asked for; the machine knows no others. */
function byPid(call: HelperCall): undefined {
  const { task } = call.run.world;
  return call.int(1) === task.tid ? call.give(currentTask(call)) : call.givePointer(0);
}

export const kernelKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_cast_to_kern_ctx: same,
  bpf_rdonly_cast: same,
  bpf_task_acquire: acquire,
  bpf_task_release: release,
  bpf_task_from_pid: byPid,
  bpf_task_from_vpid: byPid,
  bpf_cgroup_acquire: acquire,
  bpf_cgroup_release: release,
  bpf_map_sum_elem_count(call) {
    return call.give(BigInt(call.map(1).keys().length));
  },
  bpf_get_fsverity_digest: unsupported,
  bpf_xdp_metadata_rx_timestamp: unsupported,
  bpf_xdp_metadata_rx_hash: unsupported,
  bpf_xdp_metadata_rx_vlan_tag: unsupported,
  bpf_task_under_cgroup: nothing,
  bpf_sock_destroy: unsupported,
  bpf_get_kmem_cache: nothing,
};
