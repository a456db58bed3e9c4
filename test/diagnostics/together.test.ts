/** All mistakes of one build at once, each once: of the subset, of the analysis beside the pre-check, and nothing that only follows. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { check } from "../../compiler/index.js";

function codes(text: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-together-"));
  try {
    const file = join(dir, "p.ts");
    writeFileSync(file, text);
    return check([file]).map((d) => `${d.span?.line} ${d.code}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const PROGRAM = (members: string): string =>
  `import { EthHdr, htons, HashMap, RingBuf, struct, type u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
@struct export class Ev { a!: u32 }
export class P {
  static readonly ring = new RingBuf<Ev>(4096);
${members}
}
`;

test("what the analysis finds in one program hides nothing of another", () => {
  const text = PROGRAM(`  @xdp static leaks(_ctx: XdpContext): XdpAction {
    const e = P.ring.reserve();
    return e ? XdpAction.Pass : XdpAction.Drop;
  }
  @xdp static moves(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    ctx.adjustHead(-4);
    eth.proto = htons(0x86dd);
    return XdpAction.Pass;
  }
  @xdp static asWell(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    ctx.adjustTail(-4);
    return eth.proto === htons(0x86dd) ? XdpAction.Pass : XdpAction.Drop;
  }`);
  expect(codes(text)).toEqual(["7 EB5011", "13 EB5004", "20 EB5004"]);
});

test("every mistake against the subset, in one go", () => {
  const text = PROGRAM(`  @xdp static run(ctx: XdpContext): XdpAction {
    var a = 1;
    try { a = 2; } catch {}
    for (const k in ctx) a += 1;
    return a > 2 ? XdpAction.Pass : XdpAction.Drop;
  }`);
  expect(codes(text).map((c) => c.slice(-6))).toEqual(expect.arrayContaining(["EB1008", "EB1013"]));
  expect(codes(text).length).toBeGreaterThanOrEqual(3);
});

test.each([
  ["a number", "const x: u32 = u64(1) + 1n;", "return x > 3 ? XdpAction.Pass : XdpAction.Drop;"],
  ["destructuring", "const { source, nothing } = P.eth(ctx);", "return source ? XdpAction.Pass : XdpAction.Drop;"],
  ["a pattern without a value", "const { source } = P.nothing;", "return source ? XdpAction.Pass : XdpAction.Drop;"],
  ["a struct", "const e: Ev = { a: 1n };", "return e.a > 3 ? XdpAction.Pass : XdpAction.Drop;"],
])("after a failed initialiser of %s its uses say nothing", (_name, first, second) => {
  const found = codes(
    PROGRAM(`  @xdp static run(ctx: XdpContext): XdpAction {
    ${first}
    ${second}
  }`),
  );
  expect(found.filter((c) => !c.startsWith("6 "))).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});
