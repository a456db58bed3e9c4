/** Second act: the capture through the software machine. No privileges, no kernel. */
import { readFileSync } from "node:fs";
import { readEthernetPcap } from "../../dist/runtime/testing/pcap.js";
import { loadObject } from "../../dist/runtime/vm/index.js";
import { describe } from "./frame-text.mjs";
import { BLOCKED_PORT, REASONS, setRules } from "./rules.mjs";
import { printTable } from "./table.mjs";

export function runCapture(object, capture) {
  const machine = loadObject(readFileSync(object), { config: { blockedPort: BLOCKED_PORT } });
  setRules(machine.map("blocked"), machine.map("blocked6"));
  const packets = readEthernetPcap(new Uint8Array(readFileSync(capture)));
  const codes = REASONS.map(() => 0);
  const seen = new Map();
  let instructions = 0;
  for (const { bytes } of packets) {
    const before = total(machine);
    const { action, fault, insns } = machine.run("filter", { packet: bytes });
    if (fault) throw new Error(`${fault.code}: ${fault.message}`);
    instructions += insns;
    const reason = total(machine).findIndex((n, i) => n !== before[i]);
    codes[reason]++;
    const { source, what } = describe(bytes);
    const key = [source, what, reason].join();
    const row = seen.get(key) ?? { packets: 0, bytes: 0, source, what, action, reason };
    row.packets++;
    row.bytes += bytes.length;
    seen.set(key, row);
  }
  printTable(
    ["packets", "bytes", "from", "what", "verdict"],
    [...seen.values()].map((r) => [r.packets, r.bytes, r.source, r.what, REASONS[r.reason]]),
  );
  const dropped = packets.length - codes[0];
  console.log(`\n  ${packets.length} packets, ${dropped} dropped, ${instructions} BPF instructions executed`);
}

/** Packets so far by reason, over all CPUs. */
const total = (machine) =>
  REASONS.map((_, reason) =>
    machine
      .map("verdicts")
      .get(reason)
      .reduce((a, b) => a + b, 0n),
  );
