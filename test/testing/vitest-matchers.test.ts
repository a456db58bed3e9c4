/** The matchers as users write them, with their types: this file has to compile as well as pass. */
import "ebpftsc/testing/vitest";
import { expect, test } from "vitest";
import { Firewall } from "../../examples/firewall/firewall.js";
import { XdpDrop } from "../../examples/xdp-drop/xdp-drop.js";
import { machine } from "../../runtime/testing/index.js";
import { compileC, missingClang } from "../support/clang.js";

const message = (check: () => void): string => {
  try {
    check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("the matcher did not fail");
};

test("verdicts, budgets and records", async () => {
  const drop = (await machine(XdpDrop)).drop();
  expect(drop).toDrop();
  expect(drop).not.toPass();
  expect(drop).toRun();
  expect(drop).not.toFault();
  expect(drop).toFit({ insns: 100, stack: 512 });
  expect(message(() => expect(drop).toPass())).toMatch(/to pass the packet, it gave: drop after \d+ instructions/);
  expect(message(() => expect(drop).toFit({ insns: 1 }))).toMatch(/it took \d+ instructions of 1/);
  expect(message(() => expect(drop).not.toFit({ insns: 100 }))).toMatch(/expected more than/);
  expect(message(() => expect(drop).toRedirectTo(3))).toMatch(/expected a redirect to interface 3, got: drop/);
  const vm = await machine(Firewall, { config: { blockedPort: 80 } });
  const { packets } = await import("../../runtime/testing/index.js");
  const fc = await import("fast-check");
  const [p] = fc.sample(packets.ipv4({ proto: "tcp", vlans: 0 }), { seed: 3, numRuns: 1 });
  if (p === undefined) throw new Error("no sample");
  const bytes = p.bytes.slice();
  new DataView(bytes.buffer).setUint16(14 + 20 + p.ip.options.length + 2, 80);
  expect(vm.filter(bytes)).toDrop();
  expect(vm.maps.events).toEmit({ dport: 80 }, "DropEvent");
  // Taken by the matcher above.
  expect(vm.maps.events).toEmit([], "DropEvent");
  expect(message(() => expect(vm.maps.events).toEmit({ dport: 1 }, "DropEvent"))).toMatch(
    /to emit \[\{"dport":1\}\], it emitted \[\]/,
  );
});

test.skipIf(missingClang)("faults, redirects and stack", async () => {
  const vm = await machine(
    compileC(`
static __attribute__((noinline)) int below(int n) { volatile char room[100]; room[n & 63] = n; return room[n & 31]; }
SEC("xdp") int deep(struct xdp_md *ctx) { volatile char room[200]; room[ctx->rx_queue_index & 127] = 1; return below(room[3]); }
SEC("xdp") int away(struct xdp_md *ctx) { return bpf_redirect(7, 0); }
SEC("xdp") int broken(struct xdp_md *ctx) { return *(volatile char *)(long)ctx->data_end; }`),
  );
  const [deep, away, broken] = ["deep", "away", "broken"].map((name) => vm[name]?.());
  // 200 bytes round up to 208, 100 to 112.
  expect(deep?.stackBytes).toBe(320);
  expect(deep).toFit({ stack: 320 });
  expect(message(() => expect(deep).toFit({ stack: 256 }))).toMatch(/320 bytes of stack of 256/);
  expect(away).toRedirectTo(7);
  expect(away).not.toRedirectTo(8);
  expect(broken).toFault("VM_ACCESS");
  expect(message(() => expect(broken).toRun())).toMatch(/fault VM_ACCESS at .*: /);
});
