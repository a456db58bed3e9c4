/**
 * Random frames through every packet program of the examples, in the software machine and in the kernel: equal verdicts,
 * packets and maps. `npm run agreement` runs 100,000 frames per program; EBPFTSC_SEED repeats a failure.
 */
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { Random } from "../harness/random.js";
import { root } from "../harness/root.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { onOneCpu } from "../support/one-cpu.js";
import { Both, type Setup } from "./both.js";
import { randomFrame, SOURCES } from "./random-frames.js";

const FRAMES = Number(process.env["EBPFTSC_FRAMES"] ?? 5_000);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 20_260_101);
/** Maps are compared after so many frames: few enough that the firewall's ring buffer never fills. */
const BATCH = 1_000;

const address = (bytes: readonly number[]): number => bytes.reduce((n, b) => n * 256 + b, 0);

const firewall: Setup = {
  config: { blockedPort: 22 },
  entries: {
    blocked: [
      [{ prefixLength: 24, address: address(SOURCES.blocked) - (SOURCES.blocked[3] ?? 0) }, 0n],
      [{ prefixLength: 32, address: address([10, 0, 0, 7]) }, 0n],
    ],
    blocked6: [[{ prefixLength: 48, address: Uint8Array.from([...SOURCES.blocked6, ...new Array(10).fill(0)]) }, 0n]],
    ports: [
      [
        { port: 23, proto: 6 },
        { hits: 0n, action: 1 },
      ],
      [
        { port: 53, proto: 17 },
        { hits: 0n, action: 1 },
      ],
      [
        { port: 22, proto: 17 },
        { hits: 0n, action: 0 },
      ],
    ],
  },
};

const programs: readonly (readonly [example: string, program: string, setup: Setup])[] = [
  ["firewall/firewall.ts", "filter", firewall],
  ["xdp-drop/xdp-drop.ts", "drop", {}],
  ["packet-counter/packet-counter.ts", "receive", {}],
  ["packet-counter/packet-counter.ts", "send", {}],
];

const skip = announceSkip("examples/agreement", kernelSkipReason());

test.skipIf(skip).each(programs)(
  `%s %s: ${FRAMES} frames, machine and kernel agree`,
  async (example, program, setup) => {
    const { object, diagnostics } = compile(`${root}examples/${example}`);
    expect(diagnostics).toEqual([]);
    using both = new Both(object ?? new Uint8Array(), setup);
    const random = new Random(SEED);
    const verdicts = new Set<number>();
    let refused = 0;
    for (let done = 0; done < FRAMES; done += BATCH) {
      onOneCpu(() => {
        for (let i = 0; i < Math.min(BATCH, FRAMES - done); i++) {
          const frame = randomFrame(random);
          const outcomes = both.run(program, frame);
          if (!outcomes) {
            refused++;
            continue;
          }
          const { kernel, machine } = outcomes;
          verdicts.add(kernel.verdict);
          if (kernel.verdict !== machine.verdict || kernel.packet !== machine.packet) {
            const sent = Buffer.from(frame).toString("hex");
            expect.fail(`frame ${done + i} of seed ${SEED}, ${sent}: ${JSON.stringify({ kernel, machine })}`);
          }
        }
      });
      const { kernel, machine } = await both.maps();
      expect(machine, `maps after ${done + BATCH} frames of seed ${SEED}`).toEqual(kernel);
      expect(Object.values(kernel).some((entries) => entries.length > 0)).toBe(true);
    }
    // Socket buffers whose IP header is cut short (net/bpf/test_run.c, bpf_prog_test_run_skb): the few of the generator.
    expect(refused / FRAMES).toBeLessThan(program === "send" ? 0.1 : Number.MIN_VALUE);
    // A generator that only finds one branch would agree about anything.
    if (program === "filter") expect([...verdicts].sort()).toEqual([1, 2]);
  },
);
