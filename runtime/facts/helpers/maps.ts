/** Helper -> the only map types that it takes (check_map_func_compatibility, kernel/bpf/verifier.c, 6.18); any where none is named. */
import type { MapTypeName } from "../maps/index.js";
import type { HelperName } from "./prototypes.js";

// biome-ignore format: a table
export const ONLY_MAPS = {
  tail_call: "prog_array", perf_event_read: "perf_event_array", perf_event_output: "perf_event_array",
  perf_event_read_value: "perf_event_array", skb_output: "perf_event_array", xdp_output: "perf_event_array",
  get_stackid: "stack_trace", skb_under_cgroup: "cgroup_array", current_task_under_cgroup: "cgroup_array",
  redirect_map: ["devmap", "devmap_hash", "cpumap", "xskmap"], sk_redirect_map: "sockmap", msg_redirect_map: "sockmap",
  sock_map_update: "sockmap", msg_redirect_hash: "sockhash", sk_redirect_hash: "sockhash", sock_hash_update: "sockhash",
  get_local_storage: ["cgroup_storage", "percpu_cgroup_storage"],
  sk_select_reuseport: ["reuseport_sockarray", "sockmap", "sockhash"], map_push_elem: ["queue", "stack", "bloom_filter"],
  map_pop_elem: ["queue", "stack"], map_peek_elem: ["queue", "stack", "bloom_filter"], sk_storage_get: "sk_storage",
  sk_storage_delete: "sk_storage", ringbuf_output: "ringbuf", ringbuf_reserve: "ringbuf", ringbuf_query: "ringbuf",
  inode_storage_get: "inode_storage", inode_storage_delete: "inode_storage", task_storage_get: "task_storage",
  task_storage_delete: "task_storage", map_lookup_percpu_elem: ["percpu_hash", "percpu_array", "lru_percpu_hash"],
  user_ringbuf_drain: "user_ringbuf", cgrp_storage_get: "cgrp_storage", cgrp_storage_delete: "cgrp_storage",
  for_each_map_elem: ["hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lru_percpu_hash"],
} as const satisfies Partial<Readonly<Record<HelperName, MapTypeName | readonly MapTypeName[]>>>;
