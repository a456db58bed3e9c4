/**
 * The software BPF machine (`ebpftsc/vm`): runs any BPF object with its maps and helpers, without kernel and privileges.
 * @example
 * const machine = loadObject(readFileSync("dist/firewall.bpf.o"), { config: { blockedPort: 22 } });
 * const { action, fault } = machine.run("filter", { packet });
 */
import { readObject } from "../elf/index.js";
import { Machine } from "./machine.js";
import type { MachineOptions } from "./options.js";

export { Btf, CoreTarget, parseBtf } from "../btf/index.js";
export { verifyEncoding } from "../isa/index.js";
export { CONFORMANCE_HELPERS } from "./conformance.js";
export type { ContextInput } from "./context/context.js";
export type { CountSink, Counts } from "./coverage.js";
export { type Breakpoint, Debugger, type Stop, type StopReason } from "./debugger.js";
export * from "./errors.js";
export type { Fault, FaultCode, SourcePlace } from "./fault.js";
export { implementedHelpers } from "./helpers/table.js";
export type { StructFields } from "./kernel/structs.js";
export { implementedKfuncs } from "./kfuncs/table.js";
export { Machine } from "./machine.js";
export type { PerfRecord } from "./maps/events.js";
export { MapHandle } from "./maps/handle.js";
export type { Mock, MockCall } from "./mock.js";
export type { ConfigValue, EngineName, MachineOptions, RunInput, RunResult } from "./options.js";
export { type RawOptions, type RawResult, runRaw } from "./raw.js";
export type { Effect, Redirect } from "./run-state.js";
export { Runner, type RunnerOptions } from "./runner.js";
export type { CurrentTask, FibQuery, FibResult, SocketFields, SocketQuery } from "./world.js";

/**
 * Loads an object into a new machine.
 * @throws ObjectFormatError or BtfError (corrupt file), EncodingError (invalid bytecode), MachineError (`VM_MAP_DEFINITION`,
 *   `VM_CONFIG`, `VM_MEMORY`, `VM_OPTION`)
 */
export function loadObject(bytes: Uint8Array, options: MachineOptions = {}): Machine {
  return new Machine(readObject(bytes), options);
}
