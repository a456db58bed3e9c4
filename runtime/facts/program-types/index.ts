/** The program types of Linux 6.18 (enum bpf_prog_type, include/uapi/linux/bpf.h): one row for each, by the kernel's names. */
import * as cgroups from "./cgroups.js";
import { ProgramTypeId, type ProgramTypeName } from "./ids.js";
import * as packets from "./packets.js";
import * as probes from "./probes.js";
import type { ProgramTypeFacts } from "./program-type.js";
import * as sockets from "./sockets.js";
import * as typed from "./typed.js";

export { AttachTypeId, type AttachTypeName, ProgramTypeId, type ProgramTypeName, programTypes } from "./ids.js";
export { KfuncHook, type ProgramTypeFacts, type Section } from "./program-type.js";

// biome-ignore format: a table
export const PROGRAM_TYPES: Readonly<Record<Exclude<ProgramTypeName, "unspec">, ProgramTypeFacts>> = {
  socket_filter: packets.socketFilter,
  kprobe: probes.kprobe,
  sched_cls: packets.schedCls,
  sched_act: packets.schedAct,
  tracepoint: probes.tracepoint,
  xdp: packets.xdp,
  perf_event: probes.perfEvent,
  cgroup_skb: cgroups.cgroupSkb,
  cgroup_sock: cgroups.cgroupSock,
  lwt_in: packets.lwtIn,
  lwt_out: packets.lwtOut,
  lwt_xmit: packets.lwtXmit,
  sock_ops: sockets.sockOps,
  sk_skb: sockets.skSkb,
  cgroup_device: cgroups.cgroupDevice,
  sk_msg: sockets.skMsg,
  raw_tracepoint: probes.rawTracepoint,
  cgroup_sock_addr: cgroups.cgroupSockAddr,
  lwt_seg6local: packets.lwtSeg6local,
  lirc_mode2: typed.lircMode2,
  sk_reuseport: sockets.skReuseport,
  flow_dissector: packets.flowDissector,
  cgroup_sysctl: cgroups.cgroupSysctl,
  raw_tracepoint_writable: probes.rawTracepointWritable,
  cgroup_sockopt: cgroups.cgroupSockopt,
  tracing: typed.tracing,
  struct_ops: typed.structOps,
  ext: typed.ext,
  lsm: typed.lsm,
  sk_lookup: sockets.skLookup,
  syscall: typed.syscall,
  netfilter: packets.netfilter,
};

export const PROGRAM_TYPE_NAMES = Object.keys(PROGRAM_TYPES) as (keyof typeof PROGRAM_TYPES)[];

const byId: ReadonlyMap<number, ProgramTypeFacts> = new Map(Object.values(PROGRAM_TYPES).map((row) => [row.id, row]));

/** The row of a program type number; undefined for one that is not known. */
export const programTypeFacts = (id: number): ProgramTypeFacts | undefined => byId.get(id);

/** The numbers of the program types of which something holds. @example programTypesThat((type) => type.probe === true) */
export const programTypesThat = (holds: (facts: ProgramTypeFacts) => boolean): ReadonlySet<number> =>
  new Set(PROGRAM_TYPE_NAMES.filter((name) => holds(PROGRAM_TYPES[name])).map((name) => ProgramTypeId[name]));
