/** A replay in the kernel: maps as recorded, then each run as a test run. */
import { readObject } from "../../runtime/elf/index.js";
import type { Replay } from "../../runtime/testing/replay/file.js";
import { usageError } from "./exit.js";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
/** Sections that must have their content before the object is loaded. */
const isData = (name: string): boolean => /^\.(rodata|data|bss)/.test(name);

/** Results of the runs, as text. @throws CliError for a context that the kernel cannot be given; errors of the kernel */
export async function replayInKernel(replay: Replay): Promise<string[]> {
  const object = new Uint8Array(Buffer.from(replay.object, "base64"));
  const { OpenObject } = await import("../../runtime/kernel/object/open-object.js");
  const { update } = await import("../../runtime/kernel/map-syscalls.js");
  const { possibleCpus, perCpuStride } = await import("../../runtime/kernel/cpus.js");
  const { testRun } = await import("../../runtime/kernel/test-run.js");
  const { contextKind } = await import("../../runtime/vm/context/kinds.js");
  const { contextBytes } = await import("./run-kernel.js");
  const { contextFromJson } = await import("../../runtime/testing/replay/file.js");
  const parsed = readObject(object);
  const opened = new OpenObject(object);
  for (const [name, entries] of Object.entries(replay.maps)) {
    const value = entries[0]?.[1];
    if (isData(name) && value !== undefined) opened.setSection(name, bytes(value));
  }
  using loaded = opened.load();
  for (const [name, entries] of Object.entries(replay.maps)) {
    if (isData(name)) continue;
    const def = parsed.maps.find((map) => map.name === name);
    if (def === undefined) throw usageError(`the replay's object has no map ${name}`);
    for (const [key, value] of entries) {
      const recorded = bytes(value);
      let whole = recorded;
      // Per-CPU values: the machine's CPUs first, the kernel's others as the first one.
      if (recorded.length !== def.valueSize) {
        const stride = perCpuStride(def.valueSize);
        whole = new Uint8Array(stride * possibleCpus());
        for (let cpu = 0; cpu < possibleCpus(); cpu++) {
          const from = cpu < replay.cpus ? cpu * def.valueSize : 0;
          whole.set(recorded.subarray(from, from + def.valueSize), cpu * stride);
        }
      }
      const result = update(loaded.mapFd(name), bytes(key), whole);
      if (result < 0) throw usageError(`map ${name} does not take the recorded entries (errno ${-result})`);
    }
  }
  const results: string[] = [];
  for (const run of replay.runs) {
    const program = parsed.programs.find((p) => p.name === run.program);
    if (program === undefined) throw usageError(`the replay's object has no program ${run.program}`);
    const { shape } = contextKind(program.meaning?.type);
    const context = await contextBytes(shape, contextFromJson(run.ctx) as Parameters<typeof contextBytes>[1]);
    const packet = run.packet === undefined ? undefined : bytes(run.packet);
    const data = packet ?? (shape === "xdp" || shape === "skb" ? new Uint8Array(64) : undefined);
    const { retval } = testRun(loaded.programFd(run.program), {
      ...(data === undefined ? {} : { data }),
      ...(context === undefined ? {} : { context }),
    });
    results.push(String(retval));
  }
  return results;
}
