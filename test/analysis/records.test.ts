/**
 * Records that leak: whatever the analysis says, the pre-check refuses too, on generated programs whose branches do not
 * depend on one another; and where they do, nothing is said.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { precheck } from "../../compiler/precheck/index.js";
import { ProgramHost } from "../../compiler/source/program.js";
import { compileAnyway } from "./compile.js";

const host = new ProgramHost();

const program = (members: string): string => `
import { xdp, struct, RingBuf, range, randomU32, XdpContext, XdpAction, u32 } from "ebpftsc";
@struct class Event { a!: u32; b!: u32 }
export class P {
  static readonly r = new RingBuf<Event>(4096);
  static fill(e: Event): void { e.a = 1; }
  static finish(e: Event): void { P.r.submit(e); }
${members}
}
`;
const handler = (body: string): string =>
  program(`  @xdp static run(ctx: XdpContext): XdpAction {\n${body}\n    return XdpAction.Pass;\n  }`);

/** Statements over the records in scope; each condition is a fresh random number. */
function bodies(): fc.Arbitrary<string> {
  const condition = fc.integer({ min: 1, max: 9 }).map((n) => `randomU32() > ${n}`);
  type Make = (scope: readonly string[], looped: boolean, depth: number) => fc.Arbitrary<string>;
  const block: Make = (scope, looped, depth) =>
    fc.array(statement(scope, looped, depth), { maxLength: 3 }).map((s) => s.join("\n"));
  const statement: Make = (scope, looped, depth) => {
    const some: fc.Arbitrary<string>[] = [fc.constant("if (randomU32() > 7) return XdpAction.Drop;")];
    if (looped) some.push(fc.constantFrom("break;", "continue;").map((s) => `if (randomU32() > 3) ${s}`));
    for (const name of scope)
      some.push(
        fc.constantFrom(`P.r.submit(${name});`, `P.r.discard(${name});`, `P.fill(${name});`, `P.finish(${name});`),
      );
    if (depth > 0) {
      const name = `e${scope.length}${depth}`;
      const inner = [...scope, name];
      const rest = block(inner, looped, depth - 1);
      const reserve = `const ${name} = P.r.reserve();`;
      some.push(
        rest.map((s) => `{ ${reserve}\nif (!${name}) return XdpAction.Pass;\n${name}.b = 2;\n${s} }`),
        rest.map((s) => `{ ${reserve}\nif (${name}) {\n${s} } }`),
        fc
          .tuple(condition, block(scope, looped, depth - 1), block(scope, looped, depth - 1))
          .map(([c, a, b]) => `if (${c}) {\n${a} } else {\n${b} }`),
        block(scope, true, depth - 1).map((s) => `for (const i of range(3)) {\n${s} }`),
        fc
          .tuple(block(scope, looped, depth - 1), block(scope, looped, depth - 1))
          .map(([a, b]) => `switch (randomU32()) {\ncase 1:\n${a}\nbreak;\ndefault:\n${b} }`),
      );
    }
    return fc.oneof(...some);
  };
  return block([], false, 3).filter((s) => s.includes("reserve"));
}

describe("generated programs", () => {
  test("what the analysis tells, the pre-check refuses", { timeout: 120_000 }, () => {
    const numRuns = Number(process.env["EBPFTSC_RUNS"] ?? 60);
    let leaks = 0;
    let told = 0;
    fc.assert(
      fc.property(bodies(), (body) => {
        const analysed = compileAnyway(handler(body), host);
        const refused = precheck(analysed.object).filter(({ verdict }) => verdict !== "accept");
        if (analysed.told.length > 0) expect(refused.map(({ verdict }) => verdict)).toEqual(["reject"]);
        if (refused.some(({ code }) => code === "EB5011")) leaks++;
        if (refused.some(({ code }) => code === "EB5011") && analysed.told.length > 0) told++;
      }),
      { numRuns, seed: Number(process.env["EBPFTSC_SEED"] ?? 11) },
    );
    if (numRuns > 60) console.log(`${numRuns} programs, ${leaks} leak, ${told} of them told at the source`);
    expect(told).toBeGreaterThan(0);
    expect(told / leaks).toBeGreaterThan(0.9);
  });
});

const QUIET: Readonly<Record<string, string>> = {
  "tests that depend on each other": `
    const e = P.r.reserve();
    if (!e) return XdpAction.Pass;
    const big = ctx.length > 100;
    if (big) P.r.submit(e);
    if (!big) P.r.discard(e);`,
  "a record that only one branch reserves, released under the same test": `
    const big = ctx.length > 100;
    let e = big ? P.r.reserve() : undefined;
    if (ctx.length === 70) return e ? (P.r.discard(e), XdpAction.Pass) : XdpAction.Drop;
    if (e) P.r.submit(e);`,
  "a callee that submits": `
    const e = P.r.reserve();
    if (!e) return XdpAction.Pass;
    P.finish(e);`,
  "another name": `
    const e = P.r.reserve();
    if (e === undefined) return XdpAction.Pass;
    const same = e;
    same.b = 3;
    P.r.submit(same);`,
  "the next round releases it": `
    let last = P.r.reserve();
    for (const i of range(3)) {
      if (!last) return XdpAction.Pass;
      P.r.submit(last);
      last = P.r.reserve();
    }
    if (last) P.r.discard(last);`,
  "an optional field": `
    const e = P.r.reserve();
    const a = e?.a ?? 0;
    if (e) P.r.submit(e);
    if (a > 4) return XdpAction.Drop;`,
};

test.each(Object.entries(QUIET))("nothing is said of %s", (_name, body) => {
  const { told, object } = compileAnyway(handler(body), host);
  expect(told).toEqual([]);
  expect(precheck(object).map(({ verdict, message }) => message ?? verdict)).toEqual(["accept"]);
});
