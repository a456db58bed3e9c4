/**
 * The examples on the WebAssembly engine, with checks and without, beside the kernel's JIT running the same object on the
 * same frame, in CPU time. Frames that make the firewall write events are left out: what would be measured is who empties the ring.
 */
import { testRun } from "../../runtime/kernel/test-run.js";
import { loadObject, type Machine, type MachineOptions } from "../../runtime/vm/index.js";
import { DevicePair } from "./devices.js";
import { BLOCKED_PORT, BLOCKED_SOURCE, type FrameName, frames } from "./frames.js";
import { compileOurs, pairs } from "./pair.js";
import { cpuTimed, median, type Row, row } from "./row.js";
import { loadPair, packetRuns } from "./run-time.js";

const ROUNDS = 11;
const REPEAT = 20_000;
const EVENTS: readonly FrameName[] = ["IPv4 to the blocked port", "IPv4 from a blocked source"];

const timed = (run: () => number): number =>
  cpuTimed(REPEAT, () => {
    for (let i = 0; i < REPEAT; i++) run();
  });

const KINDS: readonly (readonly [name: string, options: MachineOptions])[] = [
  ["wasm", {}],
  ["wasm unchecked", { checks: false }],
  ["wasm with coverage", { coverage: { take: () => undefined, pending: () => undefined } }],
];

/** The rules that the kernel's side has too (run-time.ts), so that both look up the same. */
function withRules(machine: Machine, name: string): Machine {
  if (name === "firewall") machine.map("blocked").set({ prefixLength: 32, address: BLOCKED_SOURCE }, 0n);
  return machine;
}

export function exampleRows(): Row[] {
  const rows: Row[] = [];
  using devices = new DevicePair();
  for (const pair of pairs) {
    const runs = (packetRuns[pair.name] ?? []).filter(([, frame]) => !EVENTS.includes(frame));
    if (runs.length === 0) continue;
    const bytes = compileOurs(pair.source);
    const rules = pair.name === "firewall" ? { config: { blockedPort: BLOCKED_PORT } } : {};
    using kernel = loadPair(bytes, pair, "ts");
    for (const [program, frame] of runs) {
      const fd = kernel.programFd(program);
      const data = frames[frame];
      const isXdp = kernel.programs.find((p) => p.name === program)?.section === "xdp";
      using _held = isXdp ? devices.hold("ours", fd) : undefined;
      const ours = KINDS.map(([, options]) => {
        const runner = withRules(loadObject(bytes, { engine: "wasm", ...options, ...rules }), pair.name).runner(
          program,
        );
        runner.packet.set(data);
        const run = (): number => runner.run(data.length);
        if (run() < 0) throw new Error(`${pair.name}: ${runner.fault?.message}`);
        timed(run);
        return { run, times: [] as number[] };
      });
      const peer: number[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        peer.push(cpuTimed(REPEAT, () => testRun(fd, { data, repeat: REPEAT })));
        for (const { run, times } of ours) times.push(timed(run));
      }
      for (const [i, [kind]] of KINDS.entries())
        rows.push(
          row(
            `${pair.name}/${program} ${frame} ${kind}`,
            "ns",
            median(ours[i]?.times ?? []),
            median(peer),
            "kernel JIT",
          ),
        );
    }
  }
  return rows;
}
