/**
 * Third act: the same object on a veth pair in two network namespaces of its own, with real packets. Returns the reason
 * when this machine does not allow it. Namespaces, and with them everything attached, are gone at the end in any case.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { ipv6 } from "./frame-text.mjs";
import { BLOCKED_PORT, REASONS, setRules } from "./rules.mjs";
import { printTable } from "./table.mjs";

const SECONDS = 3;
const [NEAR, FAR] = [`ebpftsc-demo-${process.pid}-a`, `ebpftsc-demo-${process.pid}-b`];
const ip = (...args) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });

/** Sends for a while from FAR: a good and a blocked source, open and blocked ports, both families. */
const TRAFFIC = `
  const dgram = require("node:dgram"), net = require("node:net");
  const udp = (address, port, to) => {
    const s = dgram.createSocket(to.includes(":") ? "udp6" : "udp4");
    s.on("error", () => {});
    s.bind({ address }, () => s.send("hello from " + address, port, to, () => s.close()));
  };
  const tcp = (localAddress, port, host) => net.connect({ localAddress, port, host, timeout: 300 })
    .on("error", () => {}).on("timeout", function () { this.destroy(); });
  setInterval(() => {
    udp("10.99.0.2", 53, "10.99.0.1"); udp("fd99::2", 53, "fd99::1");
    tcp("10.99.0.2", 80, "10.99.0.1"); tcp("10.99.0.2", ${BLOCKED_PORT}, "10.99.0.1"); tcp("fd99::2", ${BLOCKED_PORT}, "fd99::1");
    udp("10.99.0.66", 53, "10.99.0.1");
  }, 250);
  setTimeout(() => process.exit(), ${SECONDS * 1000});`;

export async function runLive(loaderFile) {
  if (spawnSync("ip", ["-V"]).error) return "iproute2 is not installed (apt-get install -y iproute2)";
  const { Firewall } = await import(loaderFile);
  let fw;
  try {
    fw = await Firewall.open({ config: { blockedPort: BLOCKED_PORT } }).load();
  } catch (error) {
    // Codes of ebpftsc/runtime: the machine or its policy is in the way, not the program.
    if (["NO_PERMISSION", "LIBBPF_MISSING", "UNSUPPORTED", "EB6001"].includes(error?.code)) return error.message;
    throw error;
  }
  try {
    makeNamespaces();
  } catch (error) {
    removeNamespaces();
    fw.close();
    return `network namespaces cannot be made here: ${String(error.stderr ?? error.message).trim()}`;
  }
  try {
    setRules(fw.blocked, fw.blocked6);
    const link = fw.filter.attach({ interface: "veth0", netns: NEAR });
    console.log(`  attached: ${link.description}, namespace ${NEAR}\n`);
    await watch(fw);
    link.detach();
  } finally {
    fw.close();
    removeNamespaces();
  }
  return undefined;
}

function makeNamespaces() {
  for (const ns of [NEAR, FAR]) ip("netns", "add", ns);
  ip("-n", NEAR, "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", FAR);
  const addresses = [
    [NEAR, "10.99.0.1/24"],
    [NEAR, "fd99::1/64"],
    [FAR, "10.99.0.2/24"],
    [FAR, "10.99.0.66/24"],
    [FAR, "fd99::2/64"],
  ];
  for (const [ns, address] of addresses)
    ip("-n", ns, "address", "add", address, "dev", "veth0", ...(address.includes(":") ? ["nodad"] : []));
  for (const ns of [NEAR, FAR]) ip("-n", ns, "link", "set", "veth0", "up");
}

function removeNamespaces() {
  for (const ns of [NEAR, FAR]) spawnSync("ip", ["netns", "delete", ns], { stdio: "ignore" });
}

const ipv4 = (n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join(".");

/** Traffic, and what the firewall says of it as it happens. */
async function watch(fw) {
  const traffic = spawn("ip", ["netns", "exec", FAR, process.execPath, "-e", TRAFFIC], { stdio: "ignore" });
  const stop = new AbortController();
  traffic.once("exit", () => stop.abort());
  const start = process.hrtime.bigint();
  const tick = setInterval(() => {
    const counts = REASONS.map((_, reason) => fw.verdicts.get(reason).reduce((a, b) => a + b, 0n));
    const passed = counts[0];
    const dropped = counts.slice(1).reduce((a, b) => a + b, 0n);
    console.log(`  stats  ${passed} packets passed, ${dropped} dropped`);
  }, 1000);
  try {
    for await (const e of fw.events.read({ signal: stop.signal })) {
      const source = e.version === 4 ? ipv4(e.saddr) : ipv6(e.saddr6);
      const when = (Number(e.ts - start) / 1e9).toFixed(3);
      const port = e.dport === 0 ? "" : ` to port ${e.dport}`;
      console.log(`  event  ${when} s  ${REASONS[e.reason]}  ${e.proto === 6 ? "TCP" : "UDP"} from ${source}${port}`);
    }
  } finally {
    clearInterval(tick);
    traffic.kill();
  }
  console.log("");
  const rows = [
    ...[...fw.stats].map(([saddr, s]) => [ipv4(saddr), s.packets, s.bytes, s.dropped]),
    ...[...fw.stats6].map(([saddr, s]) => [ipv6(saddr), s.packets, s.bytes, s.dropped]),
  ];
  printTable(["source", "packets", "bytes", "dropped"], rows);
}
