/** xdp-drop and packet-counter on a real device. */
import { expect, test } from "vitest";
import { attachTc } from "../../runtime/kernel/attach/tc.js";
import { attachXdp } from "../../runtime/kernel/attach/xdp.js";
import type { ArrayMap } from "../../runtime/kernel/maps/array-map.js";
import type { KeyedMap } from "../../runtime/kernel/maps/keyed-map.js";
import { announceSkip, kernelSkipReason, VethPair } from "../kernel/support.js";
import { openExample, sendDatagrams } from "./live.js";

interface Counter {
  packets: bigint;
  bytes: bigint;
}

const skip = announceSkip("examples/counters", kernelSkipReason());
const UDP = 17;
const ICMP = 1;
const ARP = 0x0806;
const datagrams = (count: number) =>
  Array.from({ length: count }, () => ({ from: "10.99.0.2", to: "10.99.0.1", port: 9000 }));
const packets = (values: readonly Counter[]): bigint => values.reduce((n, v) => n + v.packets, 0n);

test.skipIf(skip)("xdp-drop: nothing gets through, everything is counted", () => {
  using veth = new VethPair();
  using object = openExample("xdp-drop/xdp-drop.ts").load();
  sendDatagrams(veth.far, datagrams(1)); // the neighbours know each other
  const dropped = object.map("dropped") as ArrayMap<bigint[]>;
  const count = (): bigint => dropped.get(0).reduce((a, b) => a + b);
  using _link = attachXdp(object.programFd("drop"), { interface: veth.nearInterface, netns: veth.near });
  const before = count();
  sendDatagrams(veth.far, datagrams(20));
  expect(count() - before).toBeGreaterThanOrEqual(20n);
});

test.skipIf(skip)("packet-counter: both directions, by protocol", () => {
  using veth = new VethPair();
  using object = openExample("packet-counter/packet-counter.ts").load();
  const place = { interface: veth.nearInterface, netns: veth.near };
  using _xdp = attachXdp(object.programFd("receive"), place);
  using _tc = attachTc(object.programFd("send"), "egress", place);
  sendDatagrams(veth.far, datagrams(10));
  const received = (object.map("received") as ArrayMap<Counter[]>).get(UDP);
  expect(packets(received)).toBe(10n);
  expect(received.reduce((n, v) => n + v.bytes, 0n)).toBe(10n * (14n + 20n + 8n + 5n));
  // Nobody listens on the port: the near end answers with ICMP, which the kernel may rate-limit.
  expect(packets((object.map("sent") as ArrayMap<Counter[]>).get(ICMP))).toBeGreaterThan(0n);
  expect(packets((object.map("others") as KeyedMap<number, Counter[]>).get(ARP) ?? [])).toBeGreaterThan(0n);
});
