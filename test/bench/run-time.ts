/**
 * Kernel run time, ours beside clang's. Packet programs run by BPF_PROG_TEST_RUN, timed around the system call (the
 * kernel's own figure is whole nanoseconds, too coarse for short programs); tracepoint programs by the kernel's run-time
 * statistics over real mkdir calls.
 */
import { closeSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import {
  attachTracepoint,
  createMap,
  enableStats,
  KeyedMap,
  type LoadedObject,
  OpenObject,
  programInfo,
  testRun,
} from "../../runtime/index.js";
import { DevicePair, hasIproute } from "./devices.js";
import { BLOCKED_PORT, BLOCKED_SOURCE, type FrameName, frames } from "./frames.js";
import { clangName, compileC, compileOurs, type Pair, pairs } from "./pair.js";
import { inTurns, type Row, row, type Suite } from "./row.js";

const ROUNDS = 21;
const REPEAT = 20_000;
/** Larger than all events of all rounds: 48 bytes each with their header. */
const RING_BYTES = 1 << 26;

export const packetRuns: Readonly<Record<string, readonly (readonly [program: string, frame: FrameName])[]>> = {
  firewall: [
    ["filter", "IPv4 TCP"],
    ["filter", "IPv4 to the blocked port"],
    ["filter", "IPv4 from a blocked source"],
    ["filter", "IPv6 UDP"],
    ["filter", "IPv6 with a hop-by-hop header"],
    ["filter", "two VLAN tags, IPv4 TCP"],
    ["filter", "ARP"],
  ],
  "xdp-drop": [["drop", "IPv4 TCP"]],
  "packet-counter": [
    ["receive", "IPv4 TCP"],
    ["receive", "IPv6 UDP"],
    ["receive", "ARP"],
    ["send", "IPv4 TCP"],
  ],
};

const tracepointRuns: Readonly<Record<string, { readonly program: string; readonly calls: number }>> = {
  "mkdir-watch": { program: "mkdir", calls: 5_000 },
  hello: { program: "mkdir", calls: 1_000 },
};

/** Loads an object (fields are named otherwise in C) with its ring enlarged and, for the firewall, the rules that the frames are made for. */
export function loadPair(bytes: Uint8Array, pair: Pair, written: "ts" | "c"): LoadedObject {
  const object = new OpenObject(bytes);
  if (pair.ring) object.setMaxEntries(pair.ring, RING_BYTES);
  if (pair.name === "firewall") {
    object.setVariable(written === "ts" ? "blockedPort" : "blocked_port", BLOCKED_PORT);
  }
  const loaded = object.load();
  if (pair.name === "firewall") {
    const blocked = loaded.map("blocked");
    if (!(blocked instanceof KeyedMap)) throw new Error("blocked is no keyed map");
    const key = written === "ts" ? { prefixLength: 32, address: BLOCKED_SOURCE } : { len: 32, addr: BLOCKED_SOURCE };
    blocked.set(key, 0n);
  }
  return loaded;
}

function timedRun(fd: number, data: Uint8Array): number {
  const start = process.hrtime.bigint();
  testRun(fd, { data, repeat: REPEAT });
  return Number(process.hrtime.bigint() - start) / REPEAT;
}

function packetRows(pair: Pair, ours: LoadedObject, peer: LoadedObject, devices: DevicePair): Row[] {
  return (packetRuns[pair.name] ?? []).map(([program, frame]) => {
    const data = frames[frame];
    const [a, b] = [ours.programFd(program), peer.programFd(program)];
    const isXdp = ours.programs.find((p) => p.name === program)?.section === "xdp";
    using _ours = isXdp ? devices.hold("ours", a) : undefined;
    using _peer = isXdp ? devices.hold("peer", b) : undefined;
    const verdicts = [testRun(a, { data }).retval, testRun(b, { data }).retval];
    if (verdicts[0] !== verdicts[1]) throw new Error(`${pair.name}, ${frame}: verdicts ${verdicts.join(" and ")}`);
    const t = inTurns(
      ROUNDS,
      () => timedRun(a, data),
      () => timedRun(b, data),
    );
    return row(`${pair.name}/${program} ${frame}`, "ns", t.ours, t.peer, clangName() ?? "clang");
  });
}

/** Mean nanoseconds of one run while `calls` directories are asked for that exist already. */
function tracedRun(object: LoadedObject, program: string, calls: number): number {
  const fd = object.programFd(program);
  const before = programInfo(fd);
  using _attached = attachTracepoint(fd, { category: "syscalls", name: `sys_enter_${program}` });
  for (let i = 0; i < calls; i++) {
    try {
      mkdirSync(tmpdir());
    } catch {
      // EEXIST: the call is all that counts.
    }
  }
  const after = programInfo(fd);
  return Number(after.runTimeNs - before.runTimeNs) / Number(after.runCount - before.runCount);
}

function tracepointRows(pair: Pair, ours: LoadedObject, peer: LoadedObject): Row[] {
  const run = tracepointRuns[pair.name];
  if (!run) return [];
  using _statistics = enableStats();
  const { program, calls } = run;
  const t = inTurns(
    9,
    () => tracedRun(ours, program, calls),
    () => tracedRun(peer, program, calls),
  );
  return [row(`${pair.name}/${program} per call`, "ns", t.ours, t.peer, clangName() ?? "clang")];
}

export const runTime: Suite = {
  name: "run-time",
  skip() {
    if (clangName() === undefined) return "clang-19 is not installed";
    if (!hasIproute()) return "iproute2 is not installed";
    try {
      closeSync(createMap({ type: 2, keySize: 4, valueSize: 8, maxEntries: 1 }));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
  async run() {
    const rows: Row[] = [];
    using devices = new DevicePair();
    for (const pair of pairs) {
      using ours = loadPair(compileOurs(pair.source), pair, "ts");
      using peer = loadPair(compileC(pair.c), pair, "c");
      rows.push(...packetRows(pair, ours, peer, devices), ...tracepointRows(pair, ours, peer));
    }
    return rows;
  },
};
