/** Programs at probes, tracepoints and perf events. */
import type { ProgramTypeFacts } from "./program-type.js";

/** BPF_PROG_TYPE_KPROBE. */
export const kprobe: ProgramTypeFacts = {
  id: 2,
  since: "4.1",
  // biome-ignore format: a table
  sections: [
    ["kprobe+", undefined, "4.1"],
    ["kretprobe+", undefined, "4.1"],
    ["uprobe+", undefined, "4.3"],
    ["uprobe.s+", undefined, "6.0", true],
    ["uretprobe+", undefined, "4.3"],
    ["uretprobe.s+", undefined, "6.0", true],
    ["kprobe.multi+", "trace_kprobe_multi", "5.18"],
    ["kretprobe.multi+", "trace_kprobe_multi", "5.18"],
    ["kprobe.session+", "trace_kprobe_session", "6.10"],
    ["uprobe.session+", "trace_uprobe_session", "6.13"],
    ["uprobe.session.s+", "trace_uprobe_session", "6.13", true],
    ["uprobe.multi+", "trace_uprobe_multi", "6.6"],
    ["uretprobe.multi+", "trace_uprobe_multi", "6.6"],
    ["uprobe.multi.s+", "trace_uprobe_multi", "6.6", true],
    ["uretprobe.multi.s+", "trace_uprobe_multi", "6.6", true],
    ["ksyscall+", undefined, "4.1"],
    ["kretsyscall+", undefined, "4.1"],
    ["usdt+", undefined, "4.3"],
    ["usdt.s+", undefined, "6.0", true],
  ],
  context: { program: "bpf_user_pt_regs_t", kernel: "pt_regs" },
  packet: "none",
  kfuncs: "kprobe",
  privateStack: true,
  probe: true,
  testRun: false,
};

/** BPF_PROG_TYPE_TRACEPOINT. */
export const tracepoint: ProgramTypeFacts = {
  id: 5,
  since: "4.7",
  // biome-ignore format: a table
  sections: [
    ["tracepoint+", undefined, "4.7"],
    ["tp+", undefined, "4.7"],
  ],
  packet: "none",
  kfuncs: "tracing",
  privateStack: true,
  probe: true,
  testRun: false,
};

/** BPF_PROG_TYPE_PERF_EVENT. */
export const perfEvent: ProgramTypeFacts = {
  id: 7,
  since: "4.9",
  // biome-ignore format: a table
  sections: [
    ["perf_event", undefined, "4.9"],
  ],
  context: { program: "bpf_perf_event_data", kernel: "bpf_perf_event_data_kern" },
  packet: "none",
  kfuncs: "tracing",
  privateStack: true,
  probe: true,
  testRun: false,
};

/** BPF_PROG_TYPE_RAW_TRACEPOINT. */
export const rawTracepoint: ProgramTypeFacts = {
  id: 17,
  since: "4.17",
  // biome-ignore format: a table
  sections: [
    ["raw_tracepoint+", undefined, "4.17"],
    ["raw_tp+", undefined, "4.17"],
  ],
  context: { program: "bpf_raw_tracepoint_args", kernel: "" },
  packet: "none",
  privateStack: true,
  probe: true,
  testRun: true,
};

/** BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE. */
export const rawTracepointWritable: ProgramTypeFacts = {
  id: 24,
  since: "5.2",
  // biome-ignore format: a table
  sections: [
    ["raw_tracepoint.w+", undefined, "5.2"],
    ["raw_tp.w+", undefined, "5.2"],
  ],
  context: { program: "bpf_raw_tracepoint_args", kernel: "" },
  packet: "none",
  probe: true,
  testRun: false,
};
