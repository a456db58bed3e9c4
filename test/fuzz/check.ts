/**
 * One broken object through everything that reads objects: parse, load, relocate, run on an engine, look at the maps. What
 * may come out is a result, a fault, or one of the coded errors; anything else is a finding.
 */
import { BtfError, CodecError, CoreTarget } from "../../runtime/btf/index.js";
import { ObjectFormatError } from "../../runtime/elf/index.js";
import { disassemble, EncodingError } from "../../runtime/isa/index.js";
import { TestingError } from "../../runtime/testing/error.js";
import { loadObject, type Machine, MachineError } from "../../runtime/vm/index.js";

/** Enough for every object of the corpus; what needs more is refused with VM_MEMORY. */
const MEMORY = 4 << 20;
const FUEL = 20_000;
const MAX_PROGRAMS = 6;
const MAX_ENTRIES = 64;

/** How an object ended. */
export interface Verdict {
  /** "loaded", or the code of the error that refused it. */
  readonly outcome: string;
  /** Codes of the runs: "good" or a fault's. */
  readonly runs: readonly string[];
}

const coded = (error: unknown): error is { readonly code: string } =>
  error instanceof ObjectFormatError ||
  error instanceof EncodingError ||
  error instanceof MachineError ||
  error instanceof BtfError ||
  error instanceof CodecError ||
  error instanceof TestingError;

/** The code of an allowed error. @throws everything else */
function codeOf(error: unknown): string {
  if (coded(error) && typeof error.code === "string" && error instanceof Error) {
    if (/\n/.test(error.message)) throw new Error(`a message of several lines: ${error.message}`);
    return error.code;
  }
  throw error;
}

function look(machine: Machine): void {
  for (const handle of machine.maps.values()) {
    try {
      let n = 0;
      for (const _ of handle) if (++n >= MAX_ENTRIES) break;
      handle.dump();
      handle.drain();
    } catch (error) {
      codeOf(error);
    }
  }
}

function runs(machine: Machine, seed: number): string[] {
  const out: string[] = [];
  for (const program of machine.programs.slice(0, MAX_PROGRAMS)) {
    const packet = new Uint8Array(60 + (seed % 40)).map((_, i) => (i * 7 + seed) & 0xff);
    packet.set([0x08, 0x00, 0x45], 12);
    try {
      const { fault } = machine.run(program, { packet });
      out.push(fault?.code ?? "good");
      if (fault !== undefined && (fault.insn < 0 || /\n/.test(fault.message)))
        throw new Error(`a fault without place, or of several lines: ${fault.code} ${fault.message}`);
      for (const insn of machine.instructions(program).slice(0, 50)) disassemble(insn);
    } catch (error) {
      out.push(codeOf(error));
    }
  }
  return out;
}

/**
 * Checks one object.
 * @param seed chooses the engine and the packets
 * @throws what is a finding: any error without a code
 */
export function check(bytes: Uint8Array, seed: number): Verdict {
  const engine = seed % 4 === 0 ? "wasm" : "interp";
  let machine: Machine;
  try {
    machine = loadObject(bytes, { memory: MEMORY, fuel: FUEL, cpus: 2, engine });
  } catch (error) {
    return { outcome: codeOf(error), runs: [] };
  }
  const ended = runs(machine, seed);
  look(machine);
  // Relocated against its own, broken, types.
  const { btf } = machine.object;
  if (seed % 3 === 0 && btf !== undefined) {
    try {
      const again = loadObject(bytes, { memory: MEMORY, fuel: FUEL, btf: new CoreTarget(btf) });
      runs(again, seed);
    } catch (error) {
      codeOf(error);
    }
  }
  return { outcome: "loaded", runs: ended };
}
