/** Redirects and routes: recorded, not done. Return values follow net/core/filter.c. */
import { Errno } from "../errno.js";
import type { Redirect } from "../run-state.js";
import type { HelperCall, HelperTable } from "./call.js";

const XDP_ABORTED = 0;
const XDP_REDIRECT = 4;
const TC_ACT_SHOT = 2;
const TC_ACT_REDIRECT = 7;
const INGRESS = 1n;
const FIB_BYTES = 64;
const FIB_FLAGS = 0x3fn;
const AF_INET = 2;
const AF_INET6 = 10;
const EAFNOSUPPORT = -97;

function redirect(call: HelperCall, kind: Redirect["kind"], flags: bigint): number {
  const xdp = call.run.kind.shape === "xdp";
  const ifindex = call.u32(1);
  if (xdp) {
    if (flags !== 0n) return XDP_ABORTED;
  } else if ((flags & ~(kind === "redirect" ? INGRESS : 0n)) !== 0n) return TC_ACT_SHOT;
  call.run.redirect = { kind, ifindex, flags };
  return xdp ? XDP_REDIRECT : TC_ACT_REDIRECT;
}

export const forwardHelpers = {
  redirect: (call) => redirect(call, "redirect", call.u64(2)),
  redirect_peer: (call) => redirect(call, "redirect_peer", call.u64(2)),
  redirect_neigh: (call) => redirect(call, "redirect_neigh", call.u64(4)),
  clone_redirect(call) {
    const flags = call.u64(3);
    if ((flags & ~INGRESS) !== 0n) return Errno.EINVAL;
    call.run.cloned.push({ kind: "clone_redirect", ifindex: call.u32(2), flags });
    return 0;
  },
  redirect_map(call) {
    const map = call.map(1);
    const [key, flags] = [call.u64(2), call.u64(3)];
    const { memory } = call.run;
    // __bpf_xdp_redirect_map: the lower two bits are the verdict for a missing entry, others broadcast flags.
    if ((flags & ~0x1bn) !== 0n) return XDP_ABORTED;
    const at = call.run.scratch;
    memory.view.setBigUint64(at, key, true);
    const value = map.lookup(at, call.run.cpu, true);
    const broadcast = (flags & 8n) !== 0n;
    if (value === 0 && !broadcast) return Number(flags & 3n);
    const ifindex =
      value !== 0 && map.typeName.startsWith("devmap") ? { ifindex: memory.view.getUint32(value, true) } : {};
    call.run.redirect = { kind: "redirect_map", map: map.name, key, flags, ...ifindex };
    return XDP_REDIRECT;
  },
  fib_lookup(call) {
    const size = call.size(3);
    const at = call.writable(2, size);
    if (size < FIB_BYTES || (call.u64(4) & ~FIB_FLAGS) !== 0n) return Errno.EINVAL;
    const { view, u8 } = call.run.memory;
    const family = u8[at] ?? 0;
    if (family !== AF_INET && family !== AF_INET6) return EAFNOSUPPORT;
    const bytes = family === AF_INET ? 4 : 16;
    const answer = call.run.world.fib({
      family,
      protocol: u8[at + 1] ?? 0,
      ifindex: view.getUint32(at + 8, true),
      source: u8.slice(at + 16, at + 16 + bytes),
      destination: u8.slice(at + 32, at + 32 + bytes),
    });
    if (answer.ifindex !== undefined) view.setUint32(at + 8, answer.ifindex, true);
    if (answer.smac !== undefined) u8.set(answer.smac.subarray(0, 6), at + 52);
    if (answer.dmac !== undefined) u8.set(answer.dmac.subarray(0, 6), at + 58);
    return answer.code;
  },
} satisfies HelperTable;
