/** Whatever comes in is dropped, and counted on the CPU it came in on. */
import { machine, packets } from "ebpftsc/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { XdpDrop } from "./xdp-drop.js";

test("drops and counts everything", async () => {
  const vm = await machine(XdpDrop, { cpus: 4 });
  const sent = [0n, 0n, 0n, 0n];
  fc.assert(
    fc.property(packets.any(), fc.nat(3), ({ bytes }, cpu) => {
      sent[cpu] = (sent[cpu] ?? 0n) + 1n;
      return vm.drop({ packet: bytes, cpu }).action === "drop";
    }),
  );
  expect(vm.$.map("dropped").get(0)).toEqual(sent);
});
