/**
 * `ebpftsc/testing`: property tests of BPF programs on the software machine, with no root and no kernel.
 * @example
 * const vm = await machine(Firewall);
 * fc.assert(fc.property(packets.any(), (p) => vm.filter(p.bytes).fault === undefined));
 */
export { TestingError, type TestingErrorCode } from "./error.js";
export { machine, type TestMachine, type TestMachineBase, type UntypedTestMachine } from "./machine.js";
export { matchers } from "./matchers.js";
export { type AnyPacket, type PacketOf, type PacketOptions, packets, type TransportName } from "./packets/arbitrary.js";
export * from "./packets/build.js";
export { type Capture, type CapturedPacket, readEthernetPcap, readPcap, writePcap } from "./pcap.js";
export type { MachineSource } from "./source.js";
export type { HandleOf, MapsOf, Plain, ProgramFunction, ProgramsOf } from "./types.js";
