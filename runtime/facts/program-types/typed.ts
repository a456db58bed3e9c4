/** Programs whose context BTF types, extensions of other programs, system calls; infrared decoders. */
import type { ProgramTypeFacts } from "./program-type.js";

/** BPF_PROG_TYPE_TRACING. */
export const tracing: ProgramTypeFacts = {
  id: 26,
  since: "5.5",
  // biome-ignore format: a table
  sections: [
    ["tp_btf+", "trace_raw_tp", "5.5"],
    ["fentry+", "trace_fentry", "5.5"],
    ["fmod_ret+", "modify_return", "5.7"],
    ["fexit+", "trace_fexit", "5.5"],
    ["fentry.s+", "trace_fentry", "5.10", true],
    ["fmod_ret.s+", "modify_return", "5.10", true],
    ["fexit.s+", "trace_fexit", "5.10", true],
    ["iter+", "trace_iter", "5.8"],
    ["iter.s+", "trace_iter", "6.0", true],
  ],
  packet: "none",
  kfuncs: "tracing",
  privateStack: true,
  testRun: true,
};

/** BPF_PROG_TYPE_STRUCT_OPS. */
export const structOps: ProgramTypeFacts = {
  id: 27,
  since: "5.6",
  // biome-ignore format: a table
  sections: [
    ["struct_ops+", "struct_ops", "5.6"],
    ["struct_ops.s+", "struct_ops", "6.0", true],
  ],
  packet: "none",
  kfuncs: "struct_ops",
  testRun: false,
};

/** BPF_PROG_TYPE_EXT. */
export const ext: ProgramTypeFacts = {
  id: 28,
  since: "5.6",
  // biome-ignore format: a table
  sections: [
    ["freplace+", undefined, "5.6"],
  ],
  packet: "none",
  testRun: false,
};

/** BPF_PROG_TYPE_LSM. */
export const lsm: ProgramTypeFacts = {
  id: 29,
  since: "5.7",
  // biome-ignore format: a table
  sections: [
    ["lsm+", "lsm_mac", "5.7"],
    ["lsm.s+", "lsm_mac", "5.11", true],
    ["lsm_cgroup+", "lsm_cgroup", "6.0"],
  ],
  packet: "none",
  kfuncs: "tracing",
  testRun: false,
};

/** BPF_PROG_TYPE_SYSCALL. */
export const syscall: ProgramTypeFacts = {
  id: 31,
  since: "5.14",
  // biome-ignore format: a table
  sections: [
    ["syscall", undefined, "5.14", true],
  ],
  packet: "none",
  kfuncs: "syscall",
  testRun: true,
};

/** BPF_PROG_TYPE_LIRC_MODE2. */
export const lircMode2: ProgramTypeFacts = {
  id: 20,
  since: "4.18",
  // biome-ignore format: a table
  sections: [
    ["lirc_mode2", "lirc_mode2", "4.18"],
  ],
  packet: "none",
  testRun: false,
};
