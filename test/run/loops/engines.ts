/** Engines that run a parser loop on packets, each from zeroed results. */
import { OpenObject } from "../../../runtime/kernel/object/open-object.js";
import { testRun } from "../../../runtime/kernel/test-run.js";
import { type EngineName, loadObject } from "../../../runtime/vm/index.js";
import type { Seen } from "./reference.js";

export interface Engine {
  readonly name: string;
  run(object: Uint8Array, packets: readonly Uint8Array[]): readonly Seen[];
}

interface Results {
  get(key: number): unknown;
  set(key: number, value: bigint): unknown;
}

const RESULTS = [0, 1, 2];

/** Runs each packet and reads its results from `out`. */
function each(packets: readonly Uint8Array[], out: Results, run: (packet: Uint8Array) => number): readonly Seen[] {
  return packets.map((packet) => {
    for (const i of RESULTS) out.set(i, 0n);
    const verdict = run(packet);
    return { verdict, out: RESULTS.map((i) => out.get(i) as bigint) };
  });
}

export const kernel: Engine = {
  name: "kernel",
  run(object, packets) {
    using loaded = new OpenObject(object).load();
    const fd = loaded.programFd("run");
    return each(packets, loaded.map("out") as unknown as Results, (data) => testRun(fd, { data }).retval);
  },
};

const machine = (engine: EngineName): Engine => ({
  name: engine,
  run(object, packets) {
    const loaded = loadObject(object, { cpus: 1, engine });
    return each(packets, loaded.map("out") as unknown as Results, (packet) => {
      const { result, fault } = loaded.run("run", { packet });
      if (fault) throw new Error(`${fault.code} at ${fault.insn}: ${fault.message}`);
      return Number(result);
    });
  },
});

export const interpreter = machine("interp");
export const wasm = machine("wasm");
