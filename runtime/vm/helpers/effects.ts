/** Helpers that would change the world outside: recorded in the result's `effects`, answered as on success. */
import { Errno } from "../errno.js";
import type { HelperCall, HelperTable, Implementation } from "./call.js";

function record(call: HelperCall, ...args: (bigint | Uint8Array)[]): number {
  call.run.effects.push({ helper: call.name, args });
  return 0;
}
/** Records scalar arguments 2 to `last`. */
const scalars =
  (from: number, last: number): Implementation =>
  (call) =>
    record(call, ...Array.from({ length: last - from + 1 }, (_, i) => call.u64(from + i)));
const bytes =
  (pointer: number, size: number): Implementation =>
  (call) =>
    record(call, call.bytes(pointer, size).slice());

const SK_PASS = 1;
const SK_DROP = 0;

/** A redirect to what a sockmap or sockhash holds: recorded; a key that is not set drops. */
function toSocket(map: number, flags: number, byKey: boolean): Implementation {
  return (call) => {
    const target = call.map(map);
    if ((call.u64(flags) & ~1n) !== 0n) return SK_DROP;
    const { memory, scratch } = call.run;
    if (!byKey) memory.view.setUint32(scratch, call.u32(map + 1), true);
    const key = byKey ? call.readable(map + 1, target.def.keySize) : scratch;
    if (target.lookup(key, 0, false) === 0) return SK_DROP;
    const name = memory.bytes(key, Math.min(8, target.def.keySize)).reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
    call.run.redirect = { kind: "redirect_map", map: target.name, key: name, flags: call.u64(flags) };
    return SK_PASS;
  };
}

/** Puts the socket of the context into a map: any value says that it is there. */
const setSocket: Implementation = (call) => {
  const map = call.map(2);
  if (call.u64(4) > 2n) return Errno.EINVAL;
  const { memory, scratch } = call.run;
  memory.u8.fill(0, scratch, scratch + 8);
  return map.update(call.readable(3, map.def.keySize), scratch, call.u32(4), call.run.cpu);
};

export const effectHelpers = {
  send_signal: scalars(1, 1),
  send_signal_thread: scalars(1, 1),
  override_return: scalars(2, 2),
  sock_ops_cb_flags_set: scalars(2, 2),
  msg_apply_bytes: scalars(2, 2),
  msg_cork_bytes: scalars(2, 2),
  skb_set_tunnel_key: bytes(2, 3),
  skb_set_tunnel_opt: bytes(2, 3),
  bind: bytes(2, 3),
  setsockopt: (call) => record(call, call.u64(2), call.u64(3), call.bytes(4, 5).slice()),
  bprm_opts_set: scalars(2, 2),
  rc_repeat: (call) => record(call),
  rc_keydown: scalars(2, 4),
  rc_pointer_rel: scalars(2, 3),
  tcp_send_ack: scalars(2, 2),
  skb_set_tstamp(call) {
    // Only for IP; a time without kind has to be 0 (bpf_skb_set_tstamp).
    const kind = call.u32(3);
    if (kind > 1) return Errno.EINVAL;
    if (kind === 0 && call.u64(2) !== 0n) return Errno.EINVAL;
    if (kind === 1 && call.u64(2) === 0n) return Errno.EINVAL;
    call.run.context.set64("tstamp", call.u64(2));
    call.run.context.set("tstamp_type", kind);
    return 0;
  },
  sk_redirect_map: toSocket(2, 4, false),
  msg_redirect_map: toSocket(2, 4, false),
  sk_redirect_hash: toSocket(2, 4, true),
  msg_redirect_hash: toSocket(2, 4, true),
  sock_map_update: setSocket,
  sock_hash_update: setSocket,
  sk_select_reuseport(call) {
    const map = call.map(2);
    if (call.u64(4) !== 0n) return Errno.EINVAL;
    const key = call.readable(3, map.def.keySize);
    if (map.lookup(key, 0, false) === 0) return Errno.ENOENT;
    return record(call, BigInt(call.run.memory.view.getUint32(key, true)));
  },
  probe_write_user(call) {
    const content = call.bytes(2, 3).slice();
    const to = call.run.world.user.at(call.u64(1), content.length);
    if (to === undefined || to.length < content.length) return Errno.EFAULT;
    to.set(content);
    return 0;
  },
} satisfies HelperTable;
