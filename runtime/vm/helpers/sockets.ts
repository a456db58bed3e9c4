/** Socket look-ups and casts: sockets are what the test says there are (option `sockets`, `machine.socket`). */
import { MEMORY_TAG } from "../address.js";
import { Errno } from "../errno.js";
import { MachineFault } from "../fault.js";
import type { HelperTable, Implementation } from "./call.js";

/** sizeof(bpf_sock_tuple.ipv4) and .ipv6 */
const TUPLE4 = 12;
const TUPLE6 = 36;
const CURRENT_NETNS = -1n;

function find(protocol: "tcp" | "udp"): Implementation {
  return (call) => {
    const size = call.size(3);
    const tuple = call.run.memory.bytes(call.readable(2, size), size).slice();
    const netns = BigInt.asIntN(64, call.u64(4));
    // bpf_sk_lookup: the tuple's size says the family; flags are none, namespaces at most 32 bits.
    const family = size === TUPLE4 ? 4 : size === TUPLE6 ? 6 : undefined;
    if (
      family === undefined ||
      call.u64(5) !== 0n ||
      (netns !== CURRENT_NETNS && netns > 0xffff_ffffn) ||
      netns < CURRENT_NETNS
    )
      return call.givePointer(0);
    const fields = call.run.world.sockets({ protocol, family, tuple, netns });
    if (fields === undefined) return call.givePointer(0);
    const socket = call.run.sockets.make(fields);
    call.run.heap.owned.add(Number(socket & 0xffff_ffffn));
    return call.give(socket);
  };
}

const same: Implementation = (call) => call.give(call.u64(1));
const none: Implementation = (call) => call.givePointer(0);
const cgroup: Implementation = (call) => call.give(call.run.world.task.cgroupId);

/** Level 0 is the root; the machine's cgroup is the root's child, as after a boot. */
const ancestor =
  (argument: number): Implementation =>
  (call) => {
    const level = call.int(argument);
    return call.give(level === 0 ? 1n : level === 1 ? call.run.world.task.cgroupId : 0n);
  };

export const lookupHelpers = {
  sk_lookup_tcp: find("tcp"),
  skc_lookup_tcp: find("tcp"),
  sk_lookup_udp: find("udp"),
  sk_release(call) {
    const at = call.lo(1) >>> 0;
    if (call.hi(1) !== MEMORY_TAG || !call.run.heap.owned.delete(at) || !call.run.heap.release(at))
      throw new MachineFault(
        "VM_REFERENCE",
        `${call.name}: argument 1 is no socket that the program looked up, or was released before`,
      );
    return 0;
  },
  sk_fullsock: same,
  // A plain socket is none of these; a test that has one mocks the cast.
  tcp_sock: none,
  get_listener_sock: none,
  skc_to_tcp6_sock: none,
  skc_to_tcp_sock: none,
  skc_to_tcp_timewait_sock: none,
  skc_to_tcp_request_sock: none,
  skc_to_udp6_sock: none,
  skc_to_unix_sock: none,
  skc_to_mptcp_sock: none,
  sock_from_file: none,
  sk_cgroup_id: cgroup,
  skb_cgroup_id: cgroup,
  sk_ancestor_cgroup_id: ancestor(2),
  skb_ancestor_cgroup_id: ancestor(2),
  get_current_ancestor_cgroup_id: ancestor(1),
  skb_cgroup_classid: (call) => call.giveU32(0),
  sk_assign(call) {
    if (call.u64(3) !== 0n && call.run.kind.shape === "skb") return Errno.EINVAL;
    call.run.effects.push({ helper: call.name, args: [call.u64(2)] });
    return 0;
  },
} satisfies HelperTable;
