/** Which helper takes which map (check_map_func_compatibility; kernel/bpf/verifier.c, 6.18). */

import { type Helper, HelperId } from "../../../runtime/facts/helpers/index.js";
import { mapTypeFacts, mapTypes, mapTypesThat } from "../../../runtime/facts/maps/index.js";
import {
  AttachTypeId,
  ProgramTypeId,
  programTypes,
  programTypesThat,
} from "../../../runtime/facts/program-types/index.js";
import type { Env } from "../env.js";
import type { FieldKind } from "../fields.js";
import type { MapFacts } from "../program.js";
import { Reason, reject } from "../rejection.js";

const SOCKET_MAPS = mapTypes("sockmap", "sockhash");
/** Program types in which no socket of a map can be locked: they may change it. */
// biome-ignore format: a list
const SOCKET_MAP_UPDATERS = programTypes(
  "socket_filter", "sched_cls", "sched_act", "xdp", "sk_reuseport", "flow_dissector", "sk_lookup",
);

/** may_update_sockmap */
function updatesSocketMap(env: Env, helper: Helper): boolean {
  const { type, attachType } = env.subject;
  if (helper.id !== HelperId.map_update_elem && helper.id !== HelperId.map_delete_elem) return false;
  if (type === ProgramTypeId.tracing) return attachType === AttachTypeId.trace_iter;
  return SOCKET_MAP_UPDATERS.has(type) || (type === ProgramTypeId.sock_ops && helper.id === HelperId.map_delete_elem);
}

/** @throws Rejection `EB5010` */
export function mapTakes(env: Env, helper: Helper, map: MapFacts): void {
  if (SOCKET_MAPS.has(map.type) && updatesSocketMap(env, helper)) return;
  const ok = (mapTypeFacts(map.type)?.helpers?.includes(helper.bare) ?? true) && (helper.maps?.has(map.type) ?? true);
  if (!ok) reject(Reason.Map, `cannot pass map_type ${map.type} into func ${helper.name}#${helper.id}`);
}

/** kprobe, tracepoint, perf_event, raw_tracepoint and its writable form (is_tracing_prog_type). */
const TRACING = programTypesThat((type) => type.probe === true);
/** Maps that programs which sleep may use: arrays, hashes, rings, queues, local storage, arenas. */
const SLEEPABLE_MAPS = mapTypesThat((map) => map.sleepable);

/** May a program of this type refer to the map at all? (check_map_prog_compatibility) @throws Rejection */
export function checkMapUse(env: Env, map: MapFacts): void {
  const { type, sleepable } = env.subject;
  const has = (...kinds: readonly FieldKind[]): boolean => map.fields?.some((f) => kinds.includes(f.kind)) === true;
  const tracing = TRACING.has(type);
  if (tracing && has("bpf_list_head", "bpf_rb_root"))
    reject(Reason.Map, "tracing progs cannot use bpf_{list_head,rb_root} yet");
  if (has("bpf_spin_lock", "bpf_res_spin_lock")) {
    if (type === ProgramTypeId.socket_filter) reject(Reason.Lock, "socket filter progs cannot use bpf_spin_lock yet");
    if (tracing) reject(Reason.Lock, "tracing progs cannot use bpf_spin_lock yet");
  }
  if (tracing && has("bpf_timer")) reject(Reason.Map, "tracing progs cannot use bpf_timer yet");
  if (tracing && has("bpf_wq")) reject(Reason.Map, "tracing progs cannot use bpf_wq yet");
  if (sleepable && !SLEEPABLE_MAPS.has(map.type))
    reject(Reason.Map, "Sleepable programs can only use array, hash, ringbuf and local storage maps");
}
