/**
 * Random expressions: what the compiled program stores must be what the language says (expressions.ts), on every engine
 * and instruction set. EBPFTSC_EXPRESSIONS sets the number of programs (default 12), EBPFTSC_SEED the seed.
 */
import { expect, test } from "vitest";
import { ProgramHost } from "../../compiler/source/program.js";
import type { BpfCpu } from "../../native/llvm/index.js";
import { compileText } from "../harness/snippet.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { type Engine, interpreter, kernel, wasm } from "./engines.js";
import { Expressions, FIELDS, type Inputs } from "./expressions.js";

const PROGRAMS = Number(process.env["EBPFTSC_EXPRESSIONS"] ?? 12);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);
const PER_PROGRAM = 24;
const PACKETS = 12;
const engines: Engine[] = [interpreter, wasm];
if (!announceSkip("test/run/expressions on the kernel", kernelSkipReason())) engines.push(kernel);

function generator(seed: number): () => number {
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

function randomInputs(next: () => number): { readonly inputs: Inputs; readonly packet: Uint8Array } {
  const packet = new Uint8Array(32);
  const view = new DataView(packet.buffer);
  const inputs: Record<string, bigint> = {};
  let at = 0;
  for (const [name, type, size] of FIELDS) {
    at = Math.ceil(at / size) * size;
    const raw = next() % 3 === 0 ? BigInt(next() % 16) - 4n : (BigInt(next()) << 32n) | BigInt(next());
    const value = type.startsWith("u") ? BigInt.asUintN(size * 8, raw) : BigInt.asIntN(size * 8, raw);
    inputs[name] = value;
    for (let i = 0; i < size; i++) view.setUint8(at + i, Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn));
    at += size;
  }
  return { inputs: inputs as unknown as Inputs, packet };
}

const moduleOf = (texts: readonly string[]): string => `
import { ArrayMap, i8, i16, i32, i64, struct, u8, u16, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
@struct class In { ${FIELDS.map(([n, t]) => `${n}!: ${t}`).join("; ")} }
export class P {
  static readonly out = new ArrayMap<u64>(64);
  static put(i: u32, v: u64): void { const r = P.out.lookup(i); if (r) r.value = v; }
  @xdp static run(ctx: XdpContext): XdpAction {
    const p = ctx.packet.at(In, 0);
    if (!p) return XdpAction.Aborted;
    const { a, b, c, d, e, f, g, h } = p;
${texts.map((t, i) => `    P.put(${i}, ${t});`).join("\n")}
    return XdpAction.Pass;
  }
}
`;

test(`${PROGRAMS} programs of ${PER_PROGRAM} random expressions mean what they say`, () => {
  const host = new ProgramHost();
  for (let n = 0; n < PROGRAMS; n++) {
    const next = generator(SEED * 1000 + n + 1);
    const expressions = new Expressions(next);
    const nodes = Array.from({ length: PER_PROGRAM }, () => expressions.value(1 + (next() % 3)));
    const text = moduleOf(nodes.map((x) => x.text));
    const cpu = (["v3", "v1", "v4", "v2"] as const satisfies readonly BpfCpu[])[n % 4] ?? "v3";
    const { diagnostics, object } = compileText(text, cpu, host);
    expect(
      diagnostics.all().map((d) => `${d.code} ${d.message}`),
      text,
    ).toEqual([]);
    if (!object) throw new Error("no object");
    const runs = Array.from({ length: PACKETS }, () => randomInputs(next));
    for (const engine of engines) {
      engine
        .run(
          object,
          runs.map((r) => r.packet),
        )
        .forEach((outcome, k) => {
          nodes.forEach((node, i) => {
            const inputs = runs[k]?.inputs;
            if (!inputs) return;
            const about = `${engine.name} ${cpu} seed ${SEED} program ${n}: ${node.text} with ${JSON.stringify(inputs, (_, v) => (String(v) === "[object Object]" ? v : String(v)))}`;
            expect(outcome.out[i], about).toBe(node.of(inputs));
          });
        });
    }
  }
});
