/** What is known of a map type: one row, a file for each. */
import type { HelperName } from "../helpers/prototypes.js";
import type { MapFlagName } from "./flags.js";

export interface MapTypeFacts {
  /** enum bpf_map_type. */
  readonly id: number;
  /** First kernel: include/uapi/linux/bpf.h of the releases. */
  readonly since: string;
  /** Name in the labels of bpfman's images, where it is not the kernel's. */
  readonly bpfman?: string;
  /** Class of the language and its type arguments: key and value, value by index, a ring's record. Absent: it has none. */
  readonly typescript?: { readonly class: string; readonly shape: "keyed" | "indexed" | "ring" };
  /**
   * "index": a 32-bit position. "prefix": struct bpf_lpm_trie_key. "owner": 32 bits, to user space the descriptor of what
   * owns the value. "cgroup": the cgroup's number, or with the attach type.
   */
  readonly key: "none" | "index" | "bytes" | "prefix" | "owner" | "cgroup";
  /** What a value stands for. */
  readonly value:
    | "bytes"
    | "record"
    | "map"
    | "program"
    | "event"
    | "cgroup"
    | "device"
    | "socket"
    | "cpu"
    | "stack"
    | "pages"
    | "operations";
  /** A value a CPU. */
  readonly perCpu: boolean;
  /** Flags of BPF_MAP_CREATE without which the kernel refuses it (map_alloc_check). */
  readonly needs?: readonly MapFlagName[];
  /** The only helpers that take it (check_map_func_compatibility, kernel/bpf/verifier.c, 6.18); absent: any. */
  readonly helpers?: readonly HelperName[];
  /** Programs that sleep may use it (check_map_prog_compatibility, 6.18). */
  readonly sleepable: boolean;
  /** How the loader shows it to user space; absent: by its facts alone. */
  readonly user?: "keyed" | "array" | "ring";
  /** Why the software machine has none. */
  readonly absent?: string;
}
