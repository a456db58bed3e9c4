/** Map classes of the stdlib: type and shape. */

export interface MapKind {
  /** BPF_MAP_TYPE_* (include/uapi/linux/bpf.h, enum bpf_map_type). */
  readonly type: number;
  /** Type arguments: key and value, value by index, or a ring's record. */
  readonly shape: "keyed" | "indexed" | "ring";
}

export const MAP_KINDS: Readonly<Record<string, MapKind>> = {
  HashMap: { type: 1, shape: "keyed" },
  ArrayMap: { type: 2, shape: "indexed" },
  PerCpuHashMap: { type: 5, shape: "keyed" },
  PerCpuArray: { type: 6, shape: "indexed" },
  LruHashMap: { type: 9, shape: "keyed" },
  LruPerCpuHashMap: { type: 10, shape: "keyed" },
  LpmTrie: { type: 11, shape: "keyed" },
  RingBuf: { type: 27, shape: "ring" },
};
