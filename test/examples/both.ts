/** One object in two places: the running kernel and the software machine, with the same rules and the same frames. */
import { SyscallError } from "../../runtime/kernel/errors.js";
import { RingBuffer } from "../../runtime/kernel/maps/ring-buffer.js";
import type { LoadedObject } from "../../runtime/kernel/object/loaded-object.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { type TestRunResult, testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, loadObject, type Machine } from "../../runtime/vm/index.js";

export interface Setup {
  /** The software machine's engine; default "interp". */
  readonly engine?: EngineName;
  readonly config?: Readonly<Record<string, number>>;
  /** Entries by map name. */
  readonly entries?: Readonly<Record<string, readonly (readonly [key: unknown, value: unknown])[]>>;
}

/** What a frame did. */
export interface Outcome {
  readonly verdict: number;
  readonly packet: string;
}

/** Times differ between two runs of anything, so they are left out of comparisons. */
const TIMES = new Set(["ts", "lastSeen"]);
const EVENTS_TIMEOUT_MS = 20_000;

export class Both implements Disposable {
  readonly kernel: LoadedObject;
  readonly machine: Machine;

  constructor(object: Uint8Array, setup: Setup) {
    this.machine = loadObject(object, { cpus: 1, engine: setup.engine ?? "interp", config: setup.config ?? {} });
    const open = new OpenObject(object);
    for (const [name, value] of Object.entries(setup.config ?? {})) open.setVariable(name, value);
    this.kernel = open.load();
    for (const [name, entries] of Object.entries(setup.entries ?? {})) {
      const map = this.kernel.map(name);
      if (!("set" in map)) throw new Error(`${name} takes no entries`);
      const writable = map as { set(key: unknown, value: unknown): unknown };
      for (const [key, value] of entries) {
        writable.set(key, value);
        this.machine.map(name).set(key, value);
      }
    }
  }

  /** Runs one frame in both; undefined (and run in neither) when BPF_PROG_TEST_RUN refuses such a frame. */
  run(program: string, frame: Uint8Array): { kernel: Outcome; machine: Outcome } | undefined {
    let there: TestRunResult;
    try {
      there = testRun(this.kernel.programFd(program), { data: frame });
    } catch (error) {
      if (error instanceof SyscallError && error.errnoName === "EINVAL") return undefined;
      throw error;
    }
    const here = this.machine.run(program, { packet: frame });
    if (here.fault) throw new Error(`${here.fault.code} at ${here.fault.insn}: ${here.fault.message}`);
    return {
      kernel: { verdict: there.retval, packet: hex(there.data) },
      machine: { verdict: Number(here.result), packet: hex(here.packet ?? new Uint8Array()) },
    };
  }

  /** Every map of both, in a form that compares: entries sorted, per-CPU values summed, times left out. */
  async maps(): Promise<{ kernel: Record<string, string[]>; machine: Record<string, string[]> }> {
    const kernel: Record<string, string[]> = {};
    const machine: Record<string, string[]> = {};
    for (const [name, map] of this.machine.maps) {
      if (name.startsWith(".")) continue;
      const there = this.kernel.map(name);
      if (there instanceof RingBuffer) {
        const codec = this.kernel.symbols.recordCodec(name);
        const here = map.drain().map((bytes) => canonical(codec ? codec.decode(bytes, 0) : bytes));
        machine[name] = here;
        kernel[name] = (await take(there, here.length)).map(canonical);
      } else {
        machine[name] = entriesOf(map.entries());
        kernel[name] = entriesOf(there as unknown as Iterable<readonly [unknown, unknown]>);
      }
    }
    return { kernel, machine };
  }

  [Symbol.dispose](): void {
    this.kernel.close();
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The records that wait in a ring, at least `expected` of them unless they do not come. */
async function take(ring: RingBuffer<unknown>, expected: number): Promise<unknown[]> {
  const found: unknown[] = [];
  if (expected > 0) {
    for await (const record of ring.read({ signal: AbortSignal.timeout(EVENTS_TIMEOUT_MS) })) {
      found.push(record);
      if (found.length >= expected && ring.stats.pendingBytes === 0) break;
    }
  } else if (ring.stats.pendingBytes > 0) found.push("records that the machine has not");
  return found;
}

function entriesOf(entries: Iterable<readonly [unknown, unknown]>): string[] {
  const shown: string[] = [];
  for (const [key, value] of entries) {
    const summed = Array.isArray(value) ? value.reduce(plus) : value;
    shown.push(`${canonical(key)} = ${canonical(summed)}`);
  }
  return shown.sort();
}

/** Sums counters of CPUs, structs field by field. */
function plus(a: unknown, b: unknown): unknown {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) throw new TypeError("not summable");
  return Object.fromEntries(Object.entries(a).map(([k, v]) => [k, plus(v, Reflect.get(b, k))]));
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (key, v: unknown) => {
    if (TIMES.has(key)) return "time";
    if (typeof v === "bigint") return v.toString();
    return v instanceof Uint8Array ? hex(v) : v;
  });
