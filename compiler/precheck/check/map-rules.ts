/** Which helper takes which map (check_map_func_compatibility; kernel/bpf/verifier.c, 6.18). */
import { type Helper, HelperId } from "../../../runtime/facts/helpers/index.js";
import type { Env } from "../env.js";
import type { FieldKind } from "../fields.js";
import type { MapFacts } from "../program.js";
import { Reason, reject } from "../rejection.js";

// biome-ignore format: a table
/** Map type -> the only helpers that take it. */
const BY_MAP: Readonly<Record<number, readonly number[]>> = {
  3: [12], 4: [22, 25, 55, 111, 121], 7: [27], 8: [33, 37], 12: [1], 13: [1], 14: [51, 1], 15: [52, 53, 60, 82, 1],
  16: [51], 17: [51, 1], 18: [70, 72, 71, 82, 1], 19: [81], 20: [82], 21: [81], 22: [87, 88, 89], 23: [87, 88, 89],
  24: [107, 108, 194], 25: [51, 1], 27: [130, 131, 134, 198, 199, 200], 28: [145, 146, 194], 29: [156, 157, 194],
  30: [87, 89], 31: [209], 32: [210, 211, 194],
};
const SOCKET_MAPS: ReadonlySet<number> = new Set([15, 18]);
/** Program types in which no socket of a map can be locked: they may change it. */
const SOCKET_MAP_UPDATERS: ReadonlySet<number> = new Set([1, 3, 4, 6, 21, 22, 30]);
const TRACING_TYPE = 26;
const ITERATOR = 28;
const SOCK_OPS = 13;

/** may_update_sockmap */
function updatesSocketMap(env: Env, helper: Helper): boolean {
  const { type, attachType } = env.subject;
  if (helper.id !== HelperId.map_update_elem && helper.id !== HelperId.map_delete_elem) return false;
  if (type === TRACING_TYPE) return attachType === ITERATOR;
  return SOCKET_MAP_UPDATERS.has(type) || (type === SOCK_OPS && helper.id === HelperId.map_delete_elem);
}

/** @throws Rejection `EB5010` */
export function mapTakes(env: Env, helper: Helper, map: MapFacts): void {
  if (SOCKET_MAPS.has(map.type) && updatesSocketMap(env, helper)) return;
  const ok = (BY_MAP[map.type]?.includes(helper.id) ?? true) && (helper.maps?.has(map.type) ?? true);
  if (!ok) reject(Reason.Map, `cannot pass map_type ${map.type} into func ${helper.name}#${helper.id}`);
}

/** kprobe, tracepoint, perf_event, raw_tracepoint and its writable form (is_tracing_prog_type). */
const TRACING: ReadonlySet<number> = new Set([2, 5, 7, 17, 24]);
const SOCKET_FILTER = 1;
/** Maps that programs which sleep may use: arrays, hashes, rings, queues, local storage, arenas. */
const SLEEPABLE_MAPS: ReadonlySet<number> = new Set([1, 2, 5, 6, 9, 10, 12, 13, 22, 23, 24, 27, 28, 29, 31, 32, 33]);

/** May a program of this type refer to the map at all? (check_map_prog_compatibility) @throws Rejection */
export function checkMapUse(env: Env, map: MapFacts): void {
  const { type, sleepable } = env.subject;
  const has = (...kinds: readonly FieldKind[]): boolean => map.fields?.some((f) => kinds.includes(f.kind)) === true;
  const tracing = TRACING.has(type);
  if (tracing && has("bpf_list_head", "bpf_rb_root"))
    reject(Reason.Map, "tracing progs cannot use bpf_{list_head,rb_root} yet");
  if (has("bpf_spin_lock", "bpf_res_spin_lock")) {
    if (type === SOCKET_FILTER) reject(Reason.Lock, "socket filter progs cannot use bpf_spin_lock yet");
    if (tracing) reject(Reason.Lock, "tracing progs cannot use bpf_spin_lock yet");
  }
  if (tracing && has("bpf_timer")) reject(Reason.Map, "tracing progs cannot use bpf_timer yet");
  if (tracing && has("bpf_wq")) reject(Reason.Map, "tracing progs cannot use bpf_wq yet");
  if (sleepable && !SLEEPABLE_MAPS.has(map.type))
    reject(Reason.Map, "Sleepable programs can only use array, hash, ringbuf and local storage maps");
}
