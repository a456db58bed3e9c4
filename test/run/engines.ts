/** Engines that run an object's XDP program on a packet, from a fresh state. */
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, loadObject } from "../../runtime/vm/index.js";
import { onOneCpu } from "../support/one-cpu.js";

export interface Outcome {
  readonly result: number;
  readonly packet: string;
  /** The map `out`. */
  readonly out: readonly bigint[];
  /** What the program printed; the kernel's trace pipe is everybody's, so that its engine has none. */
  readonly lines?: readonly string[];
}

export interface Engine {
  readonly name: string;
  /** Loads the object once and runs each packet in turn; maps keep what earlier packets left. */
  run(object: Uint8Array, packets: readonly Uint8Array[]): Outcome[];
}

interface Readable {
  get(key: number): unknown;
}

const SLOTS = 64;

const readOut = (map: Readable): bigint[] => Array.from({ length: SLOTS }, (_, i) => BigInt(map.get(i) as bigint));

export const kernel: Engine = {
  name: "kernel",
  run(object, packets) {
    using loaded = new OpenObject(object).load();
    const fd = loaded.programFd("run");
    return onOneCpu(() =>
      packets.map((data) => {
        const { retval, data: after } = testRun(fd, { data });
        return {
          result: retval,
          packet: Buffer.from(after).toString("hex"),
          out: readOut(loaded.map("out") as unknown as Readable),
        };
      }),
    );
  },
};

const machineEngine = (name: string, engine: EngineName): Engine => ({
  name,
  run(object, packets) {
    const machine = loadObject(object, { cpus: 1, engine });
    return packets.map((packet) => {
      const { result, packet: after, fault, output } = machine.run("run", { packet });
      if (fault !== undefined)
        throw new Error(`${fault.code} at ${fault.insn}: ${fault.message} (${fault.source?.text})`);
      return {
        result: Number(result),
        packet: Buffer.from(after ?? []).toString("hex"),
        out: readOut(machine.map("out") as unknown as Readable),
        ...(output.length > 0 ? { lines: output } : {}),
      };
    });
  },
});

export const interpreter: Engine = machineEngine("interpreter", "interp");
export const wasm: Engine = machineEngine("wasm", "wasm");
