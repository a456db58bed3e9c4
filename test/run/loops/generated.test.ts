/**
 * Generated parser loops verify at every bound for kernels 5.15 to 6.18, load on this one, and do on random packets what
 * their own text does as JavaScript: in both engines of the machine and in the kernel.
 */
import { expect, test } from "vitest";
import { precheck } from "../../../compiler/precheck/index.js";
import { ProgramHost } from "../../../compiler/source/program.js";
import type { BpfCpu } from "../../../native/llvm/index.js";
import { Random } from "../../harness/random.js";
import { compileText } from "../../harness/snippet.js";
import { announceSkip, kernelSkipReason } from "../../kernel/support.js";
import { interpreter, kernel, wasm } from "./engines.js";
import { generateLoop } from "./generate.js";
import { reference } from "./reference.js";

const skip = announceSkip("test/run/loops on the kernel", kernelSkipReason());
const PROGRAMS = Number(process.env["EBPFTSC_LOOPS"] ?? 40);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 11);
const PACKETS = 60;
const CPUS: readonly BpfCpu[] = ["v1", "v3", "v4"];
/** Of the newest, the running kernel is asked too. */
const VERSIONS = ["5.15", "6.1", "6.12", "6.18"] as const;
/** What a user may spend elsewhere in the program: the kernel's limit is 1,000,000. */
const MOST_INSTRUCTIONS = 300_000;

const host = new ProgramHost();

/** Small numbers, which lead parsers far; now and then any byte. */
function randomPacket(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: 14 + random.below(180) }, () =>
    random.below(12) === 0 ? random.below(256) : random.below(6),
  );
  if (random.below(2) === 0) bytes[random.below(8)] = 60 + random.below(100);
  return bytes;
}

test.each(Array.from({ length: PROGRAMS }, (_, i) => i))("program %i", (index) => {
  const random = new Random(SEED * 100_003 + index);
  const { source, body } = generateLoop(random);
  const cpu = CPUS[index % CPUS.length] ?? "v3";
  const { diagnostics, object } = compileText(source, cpu, host);
  expect(
    diagnostics.all().map((d) => `${d.code} ${d.message}`),
    source,
  ).toEqual([]);
  if (!object) throw new Error("no object");
  for (const version of cpu === "v4" ? VERSIONS.slice(2) : VERSIONS) {
    const [result] = precheck(object, { kernel: version, explain: false });
    expect(`${version} ${result?.verdict} ${result?.message ?? ""}`, source).toBe(`${version} accept `);
    expect(result?.processed, `${version}\n${source}`).toBeLessThan(MOST_INSTRUCTIONS);
  }
  const packets = Array.from({ length: PACKETS }, () => randomPacket(random));
  const expected = packets.map(reference(body));
  for (const engine of skip ? [interpreter, wasm] : [interpreter, wasm, kernel])
    expect({ engine: engine.name, seen: engine.run(object, packets) }, source).toEqual({
      engine: engine.name,
      seen: expected,
    });
});
