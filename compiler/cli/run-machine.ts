/** `ebpftsc run` on the software machine. */
import { MapTypeId } from "../../runtime/facts/maps/index.js";
import { oneLine } from "../../runtime/facts/terminal.js";
import { toHex } from "./hex.js";
import { complain } from "./output.js";
import { runWithBreaks } from "./run-breaks.js";
import { LineCoverage } from "./run-coverage.js";
import type { Outcome, Report } from "./run-output.js";

/** Maps whose elements are all there, zero until something is put into them. */
export const ARRAYS: ReadonlySet<number> = new Set([MapTypeId.array, MapTypeId.percpu_array]);

/** What all engines get. */
export interface RunRequest {
  readonly object: Uint8Array;
  readonly program: string | undefined;
  /** Frames to run on, one after the other; one undefined for a run without packet. */
  readonly packets: readonly (Uint8Array | undefined)[];
  readonly capture: boolean;
  readonly ctx: Readonly<Record<string, unknown>> | readonly (bigint | number | string)[] | Uint8Array | undefined;
  /** Prints each instruction on stderr. */
  readonly trace: boolean;
  readonly coverage: boolean;
  /** Bytes of the machine's memory; undefined: what the maps need. */
  readonly memory: number | undefined;
  /** Source lines at which the state is printed on stderr. */
  readonly breaks: readonly number[];
}

export async function runOnMachine(request: RunRequest, engine: "interp" | "wasm" = "interp"): Promise<Report> {
  const { loadObject } = await import("../../runtime/vm/index.js");
  const { disassemble } = await import("../../runtime/isa/index.js");
  const coverage = request.coverage ? new LineCoverage() : undefined;
  const machine = loadObject(request.object, {
    engine,
    ...(request.memory === undefined ? {} : { memory: request.memory }),
    ...(coverage && { coverage: coverage.sink }),
  });
  const name = request.program ?? (machine.programs.length === 1 ? machine.programs[0] : undefined);
  const outcomes = request.packets.map((packet): Outcome => {
    const trace = (program: string, slot: number): void => {
      const insn = machine.instructions(program).find((one) => one.slot === slot);
      complain(`${oneLine(program)} ${String(slot).padStart(5)}: ${insn === undefined ? "?" : disassemble(insn)}\n`);
    };
    const input = {
      ...(packet === undefined ? {} : { packet }),
      ...(request.ctx === undefined ? {} : { ctx: request.ctx }),
    };
    const r =
      request.breaks.length > 0
        ? runWithBreaks(machine.debug(name, input), request.breaks)
        : machine.run(name, { ...input, ...(request.trace ? { trace } : {}) });
    return {
      result: r.result.toString(),
      ...(r.action === undefined ? {} : { action: r.action }),
      ...(r.packet === undefined ? {} : { packet: toHex(r.packet) }),
      output: r.output,
      insns: r.insns,
      ...(r.redirect === undefined ? {} : { redirect: r.redirect }),
      ...(r.fault === undefined
        ? {}
        : {
            fault: {
              code: r.fault.code,
              message: r.fault.message,
              insn: r.fault.insn,
              ...(r.fault.source === undefined
                ? {}
                : { source: { file: r.fault.source.file, line: r.fault.source.line, column: r.fault.source.column } }),
            },
          }),
    };
  });
  // Names that begin with a dot are global data, not maps of the program.
  const shown = [...machine.maps].filter(([map]) => !map.startsWith("."));
  return {
    program: name ?? "",
    engine,
    outcomes,
    maps: Object.fromEntries(shown.map(([map, handle]) => [map, handle.snapshot()])),
    arrays: machine.object.maps.filter(({ type }) => ARRAYS.has(type)).map(({ name }) => name),
    capture: request.capture,
    ...(coverage === undefined ? {} : { coverage: coverage.lines(machine.object.programs) }),
  };
}
