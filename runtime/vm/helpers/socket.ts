/** What skb programs ask about hashes, sockets and marks. */
import { Errno } from "../errno.js";
import { MachineFault } from "../fault.js";
import type { HelperTable } from "./call.js";

export const socketHelpers = {
  get_hash_recalc(call) {
    return call.giveU32(call.run.context.get("hash"));
  },
  set_hash(call) {
    call.run.context.set("hash", call.u32(2));
    return 0;
  },
  set_hash_invalid(call) {
    call.run.context.set("hash", 0);
    return 0;
  },
  get_cgroup_classid: () => 0,
  get_route_realm: () => 0,
  get_socket_cookie: (call) => call.give(1n),
  // overflowuid: the test socket belongs to nobody.
  get_socket_uid: (call) => call.giveU32(65534),
  get_netns_cookie: (call) => call.give(1n),
  skb_ecn_set_ce: () => 0,
  skb_get_tunnel_key: () => Errno.EINVAL,
  spin_lock(call) {
    const at = call.writable(1, 4);
    if (call.run.locks.size > 0) throw new MachineFault("VM_LOCK", "a second spin lock while one is held");
    call.run.locks.add(at);
    return 0;
  },
  spin_unlock(call) {
    if (!call.run.locks.delete(call.writable(1, 4)))
      throw new MachineFault("VM_LOCK", "unlock of a spin lock that is not held");
    return 0;
  },
  get_attach_cookie: (call) => call.give(0n),
  get_func_ip: (call) => call.give(0n),
} satisfies HelperTable;
