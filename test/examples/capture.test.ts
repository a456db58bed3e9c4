/** The committed capture: real packets of every kind, and the firewall's verdicts on them by rules of one line each. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Firewall } from "../../examples/firewall/firewall.js";
import { machine, readEthernetPcap } from "../../runtime/testing/index.js";
import { describe as describeFrame } from "../../scripts/demo/frame-text.mjs";
import { root } from "../harness/root.js";

const frames = readEthernetPcap(new Uint8Array(readFileSync(`${root}examples/firewall/capture.pcap`))).map(
  (p) => p.bytes,
);

test("has traffic of every kind that the firewall looks at", () => {
  const kinds = frames.map((f) => describeFrame(f).what);
  for (const kind of ["ARP", "ICMP", "ICMPv6", "TCP to port 22", "UDP to port 7", "UDP, later fragment"])
    expect(kinds).toContain(kind);
  expect(kinds).toContain("VLAN 100, UDP to port 22");
  expect(kinds).toContain("VLAN 200, VLAN 300, UDP to port 22");
});

test("verdicts", async () => {
  const vm = await machine(Firewall, { config: { blockedPort: 22 } });
  vm.maps.blocked.set({ prefixLength: 32, address: 0x0a630042 }, 0n);
  const wrong = frames.filter((bytes) => {
    const { source, what } = describeFrame(bytes);
    const expected = / to port 22$/.test(what) || (source === "10.99.0.66" && what !== "ARP");
    return (vm.filter(bytes).action === "drop") !== expected;
  });
  expect(wrong.map((bytes) => describeFrame(bytes))).toEqual([]);
});
