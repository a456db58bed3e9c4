/** `ebpftsc check` and `build` end with the pre-check: what the kernel would refuse is a diagnostic on the TypeScript line. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../harness/cli.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";

const SOURCE = `import { ArrayMap, EthHdr, ntohs, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
export class P {
  static readonly slots = new ArrayMap<u64>(4);
  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    const n = ntohs(eth.proto);
    for (let i = 0; i < n; i++) {
      const slot = P.slots.lookup(u32(i & 3));
      if (slot) slot.value += u64(i);
    }
    return XdpAction.Pass;
  }
}
`;

test("a program that the kernel would refuse", () => {
  const file = join(tempFolder(), "busy.ts");
  writeFileSync(file, SOURCE);
  const { status, stderr } = cli(["check", file]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/busy\.ts:(8|9|10):\d+ - error EB50\d\d: run: /);
});

test("build writes nothing of it, unless the pre-check is left out", () => {
  const dir = tempFolder();
  writeFileSync(join(dir, "busy.ts"), SOURCE);
  const refused = cli(["build", "busy.ts"], { cwd: dir });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/busy\.ts:(8|9|10):\d+ - error EB50\d\d: run: /);
  expect(existsSync(join(dir, "dist/busy.bpf.o"))).toBe(false);
  const built = cli(["build", "busy.ts", "--no-precheck"], { cwd: dir });
  expect([built.status, built.stderr]).toEqual([0, ""]);
  expect(existsSync(join(dir, "dist/busy.bpf.o"))).toBe(true);
});

test("the examples pass", () => {
  const { status, stderr } = cli([
    "check",
    join(root, "examples/xdp-drop/xdp-drop.ts"),
    join(root, "examples/mkdir-watch/mkdir-watch.ts"),
  ]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("the way to a mistake is shown line by line, in the names of the source", () => {
  const file = join(tempFolder(), "stale.ts");
  writeFileSync(
    file,
    `import { EthHdr, ntohs, XdpAction, type XdpContext, xdp } from "ebpftsc";
export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    ctx.adjustHead(-8);
    return ntohs(eth.proto) === 0x800 ? XdpAction.Drop : XdpAction.Pass;
  }
}
`,
  );
  const { status, stderr } = cli(["build", file, "--out-dir", join(tempFolder(), "out")]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/stale\.ts:7:\d+ - error EB5004: run: `eth` was a packet pointer until adjustHead at line 6,/);
  expect(stderr).toMatch(/stale\.ts:6:\d+ - lost here/);
  expect(stderr).toMatch(/help: Take the packet pointer again/);
});
