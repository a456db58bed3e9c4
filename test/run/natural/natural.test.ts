/**
 * Random programs of the kinds that strangers wrote, beside a reference evaluation that knows nothing of the compiler, on
 * both engines and the kernel. EBPFTSC_NATURAL sets their number (default 500), EBPFTSC_SEED the first seed.
 */
import { expect, test } from "vitest";
import { ProgramHost } from "../../../compiler/source/program.js";
import type { BpfCpu } from "../../../native/llvm/index.js";
import { Random } from "../../harness/random.js";
import { compileText } from "../../harness/snippet.js";
import { announceSkip, kernelSkipReason } from "../../kernel/support.js";
import { type Engine, interpreter, kernel, wasm } from "../engines.js";
import { generate } from "./generate.js";

const PROGRAMS = Number(process.env["EBPFTSC_NATURAL"] ?? 500);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);
const PACKETS = 14;
/** A test run of an unattached XDP program waits for a grace period of RCU: the kernel gets the first few. */
const KERNEL_PACKETS = 6;
const SLOTS = 64;
const engines: Engine[] = [interpreter, wasm];
if (!announceSkip("test/run/natural on the kernel", kernelSkipReason())) engines.push(kernel);

function packets(random: Random): Uint8Array[] {
  return Array.from({ length: PACKETS }, (_, i) => {
    const length = [14, 41, 42, 62, 63, 64, 65, 70][i] ?? 14 + random.below(60);
    const packet = Uint8Array.from(random.bytes(length));
    if (random.oneIn(2)) for (let k = 0; k < length; k++) packet[k] = (packet[k] ?? 0) & 7;
    return packet;
  });
}

/** Half a second each, on a machine that does other things as well. */
const TIMEOUT = 60_000 + PROGRAMS * 1_000;

test(`${PROGRAMS} programs mean what a reader of TypeScript expects`, { timeout: TIMEOUT }, () => {
  const host = new ProgramHost();
  let refused = 0;
  for (let n = 0; n < PROGRAMS; n++) {
    const seed = SEED * 100_000 + n;
    const program = generate(seed);
    const cpu = (["v3", "v1", "v4", "v2"] as const satisfies readonly BpfCpu[])[n % 4] ?? "v3";
    const { diagnostics, object } = compileText(program.text, cpu, host);
    const said = diagnostics.all().map((d) => `${d.code} ${d.message}`);
    // A reference that is written through and whose field is assigned has no right copy: refusing it is the right answer.
    if (said.length > 0 && said.every((s) => s.startsWith("EB2013"))) {
      refused++;
      continue;
    }
    expect(said, `seed ${seed}\n${program.text}`).toEqual([]);
    if (!object) throw new Error("no object");
    const inputs = packets(new Random(seed));
    const out = Array.from({ length: SLOTS }, () => 0n);
    const wanted = inputs.map((input) => {
      const packet = input.slice();
      const { verdict, lines } = program.evaluate(packet, out);
      const after = Buffer.from(packet).toString("hex");
      return { result: verdict, packet: after, out: out.slice(), lines: lines.length > 0 ? lines : undefined };
    });
    for (const engine of engines) {
      const count = engine === kernel ? KERNEL_PACKETS : PACKETS;
      let got: unknown;
      try {
        got = engine.run(object, inputs.slice(0, count));
      } catch (e) {
        got = e instanceof Error ? e.message : e;
      }
      expect(got, `seed ${seed} on ${engine.name}, ${cpu}\n${program.text}`).toEqual(
        wanted
          .slice(0, count)
          .map(({ lines, ...rest }) => ({ ...rest, ...(lines && engine !== kernel ? { lines } : {}) })),
      );
    }
  }
  expect(refused).toBeLessThan(PROGRAMS / 4);
  console.log(`natural: ${PROGRAMS} programs, ${refused} refused with EB2013`);
});
