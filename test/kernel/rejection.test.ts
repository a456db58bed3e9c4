/** A program that our checks let pass and the kernel refuses: the error names the TypeScript line and keeps the log. */
import { expect, test } from "vitest";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { VerifierRejectedError } from "../../runtime/kernel/verifier-log.js";
import { compileText } from "../harness/snippet.js";
import { announceSkip, kernelSkipReason } from "./support.js";

const skip = announceSkip("kernel/rejection", kernelSkipReason());

/** One loop in another: 65,535 rounds of 64 are more than the million instructions that the verifier walks. */
const SOURCE = `
import { ArrayMap, EthHdr, ntohs, u32, u64, XdpAction, type XdpContext, xdp } from "ebpftsc";
export class P {
  static readonly slots = new ArrayMap<u64>(4);
  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    const n = ntohs(eth.proto);
    for (let i = 0; i < n; i++) {
      const slot = P.slots.lookup(u32(i & 3)); // the busy line
      if (slot) slot.value += u64(i);
    }
    return XdpAction.Pass;
  }
}
`;

test.skipIf(skip)("a rejection of a TypeScript program shows its line", () => {
  const { object, diagnostics } = compileText(SOURCE);
  expect(diagnostics.all()).toEqual([]);
  const open = new OpenObject(object ?? new Uint8Array());
  try {
    open.load().close();
    expect.fail("the kernel took a program of more than a million instructions");
  } catch (error) {
    if (!(error instanceof VerifierRejectedError)) throw error;
    expect(error.message).toMatch(/BPF program is too large|infinite loop|too complex/i);
    expect(error.message).toMatch(/at p\.ts:(9|10|11)/);
    expect(error.log.split("\n").length).toBeGreaterThan(20);
    expect(error.log).toContain("@ p.ts:10");
  }
});
