/** Short functions become part of their callers; long ones with many callers stay BPF subprograms. */
import { expect, test } from "vitest";
import { readObject } from "../../runtime/elf/index.js";
import { compileText, snippet } from "../harness/snippet.js";

/** Names of the functions that the program's bytecode consists of. */
function functionsOf(members: string): string[] {
  const { text } = snippet(members);
  const { object, diagnostics } = compileText(text);
  expect(diagnostics.all()).toEqual([]);
  const [program] = readObject(object ?? new Uint8Array()).programs;
  return (program?.functions ?? []).map((f) => f.name).slice(1);
}

const lookups = (n: number): string =>
  Array.from({ length: n }, (_, i) => `{ const v = P.m.lookup(x + ${i}); if (v) v.value += 1; }`).join(" ");
const helper = (size: number): string =>
  `static readonly m = new HashMap<u32, u32>(8); static f(x: u32): u32 { ${lookups(size)} return u32(x * 3); }`;
const calls = (n: number): string => Array.from({ length: n }, (_, i) => `P.f(ctx.ingressIfindex + ${i})`).join(" + ");
const program = (n: number): string =>
  `@xdp static run(ctx: XdpContext): XdpAction { return ${calls(n)} > 9 ? XdpAction.Pass : XdpAction.Drop; }`;

test("a short function with a few callers", () => {
  expect(functionsOf(`${helper(1)} ${program(3)}`)).toEqual([]);
});

test("a long function with one caller", () => {
  expect(functionsOf(`${helper(20)} ${program(1)}`)).toEqual([]);
});

test("a long function with many callers is called", () => {
  expect(functionsOf(`${helper(20)} ${program(8)}`)).toEqual(["P_f"]);
});

test("copies in copies count", () => {
  const twice = "static g(x: u32): u32 { return P.f(x) + P.f(x + 1) > 3 ? 1 : 2; }";
  const many = `${helper(4)} ${twice} ${program(6).replaceAll("P.f", "P.g")}`;
  expect(functionsOf(many)).not.toEqual([]);
});
