/**
 * What this machine can do for ebpftsc, one row per thing, each found out by doing it. Changes nothing that stays.
 */

import { accessSync, closeSync, constants, existsSync, readFileSync } from "node:fs";
import { constants as osConstants, release } from "node:os";
import { loadAddon } from "../../native/addon-file.js";
import { MapTypeId, mapTypeSince } from "../facts/maps/index.js";
import { AttachTypeId, ProgramTypeId } from "../facts/program-types/ids.js";
import { NEWEST, older } from "../facts/versions.js";
import { createLink } from "./attach/link.js";
import { syscallError } from "./errors.js";
import { createMap } from "./map-syscalls.js";
import { requireLibbpf } from "./object/open-object.js";
import { loadProgramRaw } from "./program-raw.js";
import { Tracefs } from "./tracefs.js";

/** One finding. */
export interface DoctorRow {
  readonly name: string;
  readonly ok: boolean;
  /** What needs it: building, loading into the kernel, or only some programs. */
  readonly needed: "build" | "load" | "some programs";
  /** What was found, or the error, one line. */
  readonly detail: string;
  /** What to do about it; only when not ok. */
  readonly remedy?: string;
}

interface Check {
  readonly name: string;
  readonly needed: DoctorRow["needed"];
  readonly remedy: string;
  /** The detail; throws when the thing is missing. */
  readonly run: () => string;
}

/** `r0 = 0; exit`: verifies as any program type. */
const smallest = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const MIN_NODE = "20.19";
/** Ring buffers: what every loader of ours uses. */
const MIN_KERNEL = mapTypeSince("ringbuf") ?? NEWEST;

function requireThat(good: boolean, detail: string): string {
  if (!good) throw new Error(detail);
  return detail;
}

function loadSmallest(type: number): number {
  const { ok, fd, errno } = loadProgramRaw({ type, insns: smallest, logLevel: 0 });
  if (!ok) throw syscallError("load a program", errno);
  return fd;
}

const checks: readonly Check[] = [
  {
    name: "Node.js",
    needed: "build",
    remedy: `install Node.js ${MIN_NODE} or newer`,
    run: () => requireThat(!older(process.version, MIN_NODE), process.version),
  },
  {
    name: "LLVM addon",
    needed: "build",
    remedy: "npm run setup in a checkout, or reinstall the package",
    run: () => {
      loadAddon("llvm");
      return "LLVM 19, linked in";
    },
  },
  {
    name: "bpf addon",
    needed: "load",
    remedy: "npm run setup in a checkout, or reinstall the package",
    run: () => {
      loadAddon("bpf");
      return `${process.platform}-${process.arch}`;
    },
  },
  { name: "libbpf", needed: "load", remedy: "apt-get install libbpf1", run: () => `${requireLibbpf()}, libbpf.so.1` },
  {
    name: "kernel",
    needed: "load",
    remedy: `Linux ${MIN_KERNEL} or newer has the ring buffer`,
    run: () => requireThat(!older(release(), MIN_KERNEL), release()),
  },
  {
    name: "kernel BTF",
    needed: "some programs",
    remedy: "a kernel with CONFIG_DEBUG_INFO_BTF; programs that read kernel structs need it",
    run: () => {
      accessSync("/sys/kernel/btf/vmlinux", constants.R_OK);
      return "/sys/kernel/btf/vmlinux";
    },
  },
  {
    name: "create maps",
    needed: "load",
    remedy: "run as root, or with CAP_BPF",
    run: () => {
      closeSync(createMap({ type: MapTypeId.array, keySize: 4, valueSize: 8, maxEntries: 1 }));
      closeSync(createMap({ type: MapTypeId.ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096 }));
      return "array and ring buffer";
    },
  },
  {
    name: "load XDP and TC",
    needed: "load",
    remedy: "run as root, or with CAP_BPF and CAP_NET_ADMIN",
    run: () => {
      for (const type of [ProgramTypeId.xdp, ProgramTypeId.sched_cls]) closeSync(loadSmallest(type));
      return "verified and loaded";
    },
  },
  {
    name: "load tracepoints",
    needed: "some programs",
    remedy: "run as root, or with CAP_BPF and CAP_PERFMON",
    run: () => {
      closeSync(loadSmallest(ProgramTypeId.tracepoint));
      return "verified and loaded";
    },
  },
  {
    name: "tcx links",
    needed: "some programs",
    remedy: "Linux 6.6 or newer; older kernels get clsact filters instead",
    run: () => {
      const program = loadSmallest(ProgramTypeId.sched_cls);
      // An interface index that no machine has: a kernel with tcx looks for it (ENODEV), others refuse the type (EINVAL).
      const result = createLink(program, 0x7fff_ffff, AttachTypeId.tcx_ingress);
      closeSync(program);
      return requireThat(
        result === -osConstants.errno.ENODEV,
        result === -osConstants.errno.ENODEV ? "supported" : "absent",
      );
    },
  },
  {
    name: "tracefs",
    needed: "some programs",
    remedy: "run as root on a kernel with tracing; tracepoints and console.log need it",
    run: () => {
      using tracefs = new Tracefs();
      tracefs.tracepointId("syscalls", "sys_enter_openat");
      return tracefs.root.startsWith("/proc") ? "by a private mount" : tracefs.root;
    },
  },
  {
    name: "JIT",
    needed: "some programs",
    remedy: "sysctl net.core.bpf_jit_enable=1",
    run: () => {
      const path = "/proc/sys/net/core/bpf_jit_enable";
      const value = existsSync(path) ? readFileSync(path, "utf8").trim() : "0";
      return requireThat(value !== "0", `bpf_jit_enable=${value}`);
    },
  },
];

/**
 * Looks at the machine. Never throws: what goes wrong is a row.
 * @example for (const row of diagnose()) console.log(row.ok ? "ok" : "--", row.name, row.detail, row.remedy ?? "");
 */
export function diagnose(): DoctorRow[] {
  return checks.map(({ name, needed, remedy, run }) => {
    try {
      return { name, ok: true, needed, detail: run() };
    } catch (error) {
      const detail = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
      return { name, ok: false, needed, detail, remedy };
    }
  });
}
