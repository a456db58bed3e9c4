/** Flags of BPF_MAP_CREATE by name. Source: include/uapi/linux/bpf.h of the releases. */

// biome-ignore format: a table
/** Bit, name, first kernel. */
export const MAP_FLAGS = [
  [0, "BPF_F_NO_PREALLOC", "4.6"], [1, "BPF_F_NO_COMMON_LRU", "4.10"], [2, "BPF_F_NUMA_NODE", "4.14"],
  [3, "BPF_F_RDONLY", "4.15"], [4, "BPF_F_WRONLY", "4.15"], [5, "BPF_F_STACK_BUILD_ID", "4.17"],
  [6, "BPF_F_ZERO_SEED", "5.0"], [7, "BPF_F_RDONLY_PROG", "5.2"], [8, "BPF_F_WRONLY_PROG", "5.2"], [9, "BPF_F_CLONE", "5.4"],
  [10, "BPF_F_MMAPABLE", "5.5"], [11, "BPF_F_PRESERVE_ELEMS", "5.10"], [12, "BPF_F_INNER_MAP", "5.10"],
  [17, "BPF_F_SEGV_ON_FAULT", "6.9"], [18, "BPF_F_NO_USER_CONV", "6.9"],
] as const satisfies readonly (readonly [bit: number, name: string, since: string])[];

export type MapFlagName = (typeof MAP_FLAGS)[number][1];

/** Values by name. @example MapFlag.BPF_F_NO_PREALLOC // 1 */
export const MapFlag = Object.fromEntries(MAP_FLAGS.map(([bit, name]) => [name, 2 ** bit])) as Readonly<
  Record<MapFlagName, number>
>;
