/** The foreign objects: each C file of `c/`, what it is run with, and where the kernel cannot be asked. */
import { root } from "../harness/root.js";
import { kernelConfig } from "./release.js";
import { sourceOf as read } from "./source.js";

export interface ForeignCase {
  /** File in `c/`, without its ending. */
  readonly name: string;
  /** Runs of each program; default 120. */
  readonly runs?: number;
  /** Extra flags of clang for the kernel's copy. */
  readonly kernelFlags?: readonly string[];
  /** Why the kernel is not asked. */
  readonly machineOnly?: string;
  /** Relocates against the running kernel's types. */
  readonly kernelTypes?: boolean;
  readonly config?: Readonly<Record<string, number | bigint | boolean | string>>;
  /** Nanoseconds to wait after the runs, so that what programs started has run. */
  readonly settle?: bigint;
}

export const CASES: readonly ForeignCase[] = [
  { name: "globals" },
  { name: "subprograms" },
  { name: "sections" },
  { name: "arguments" },
  { name: "maps-hash" },
  { name: "maps-array" },
  { name: "maps-lpm" },
  { name: "maps-queue" },
  { name: "map-in-map", runs: 40 },
  { name: "callbacks" },
  { name: "ringbuf", runs: 200 },
  { name: "dynptr" },
  { name: "iterators" },
  { name: "objects" },
  { name: "strings", runs: 1 },
  { name: "locks" },
  { name: "exceptions" },
  { name: "exception-handler", machineOnly: "libbpf 1.1 does not load exception handlers" },
  { name: "cpumask", runs: 1 },
  // The kernel gives every test run a cgroup storage of its own, so only the first run can be compared.
  { name: "storage", runs: 1 },
  { name: "timers", runs: 1, settle: 20_000_000n },
  { name: "legacy", kernelFlags: ["-DBTF_MAPS"] },
  { name: "core", runs: 1, kernelTypes: true },
  { name: "kconfig", runs: 1, config: kernelConfig() },
];

/** The source of a case. */
export const sourceOf = (name: string): string => read(name, root);
