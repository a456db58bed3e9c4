/**
 * `ebpftsc/testing`: property tests of BPF programs on the software machine, with no root and no kernel.
 * @example
 * const vm = await machine(Firewall);
 * assert(vm, fc.property(packets.any(), (p) => vm.filter(p.bytes).fault === undefined));
 */
export { valuesOf } from "./arbitraries/btf.js";
export { inputsOf, sockets, syscalls, tasks } from "./arbitraries/contexts.js";
export { eventsOf, keysOf, valuesOfMap } from "./arbitraries/maps.js";
export { type CaptureCase, captureCases } from "./captures.js";
export { type MapCommand, type MapModel, mapCommands, mapModel, programCommand } from "./commands/maps.js";
export { type Coverage, type FileCoverage, mergeCoverage } from "./coverage/collect.js";
export { lcov } from "./coverage/lcov.js";
export { TestingError, type TestingErrorCode } from "./error.js";
export {
  machine,
  type TestMachine,
  type TestMachineBase,
  type TestMachineOptions,
  type UntypedTestMachine,
} from "./machine.js";
export { type Budget, matchers } from "./matchers.js";
export { type AnyPacket, type PacketOf, type PacketOptions, packets, type TransportName } from "./packets/arbitrary.js";
export * from "./packets/build.js";
export { type Capture, type CapturedPacket, readEthernetPcap, readPcap, writePcap } from "./pcap.js";
export { type AssertOptions, assert } from "./replay/assert.js";
export { isReplay, parseReplay, type Replay, type ReplayRun } from "./replay/file.js";
export { replayMachine, replayRuns } from "./replay/run.js";
export type { MachineSource } from "./source.js";
export type { HandleOf, MapsOf, Plain, ProgramFunction, ProgramsOf } from "./types.js";
