/**
 * The only importer of the bpf addon: its functions, typed. Results of system calls are the number itself or -errno;
 * policy, names and error classes are runtime/kernel's.
 */
import { loadAddon } from "../addon-file.js";

export { AddonMissingError } from "../addon-file.js";

/** A program of an object, before or after load. */
export interface NativeProgram {
  readonly name: string;
  readonly section: string;
  /** enum bpf_prog_type */
  readonly type: number;
  /** enum bpf_attach_type */
  readonly expectedAttachType: number;
  readonly insns: number;
  readonly autoload: boolean;
}

/** A map of an object; data sections are maps with `internal`. Sizes in bytes. */
export interface NativeMap {
  readonly name: string;
  /** enum bpf_map_type */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** BTF type ids in the object's own .BTF; 0 when there is none. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  readonly internal: boolean;
}

/** `result` is 0 or -errno; `log` is what libbpf printed meanwhile, verifier logs included. */
export interface NativeReply {
  readonly result: number;
  readonly log: string;
}

export interface NativeObject {
  open(bytes: Uint8Array, name: string): NativeReply;
  programs(): NativeProgram[];
  maps(): NativeMap[];
  setAutoload(program: string, on: boolean): number;
  setProgramType(program: string, type: number, expectedAttachType: number): number;
  setProgramFlags(program: string, flags: number): number;
  setLogLevel(program: string, level: number): number;
  setMaxEntries(map: string, entries: number): number;
  /** @param path undefined: the map is not pinned */
  setPinPath(map: string, path: string | undefined): number;
  reuseMap(map: string, fd: number): number;
  /** @param map here and below a name, or a number in the order of `maps()` */
  initialValue(map: string | number): Uint8Array | undefined;
  setInitialValue(map: string | number, bytes: Uint8Array): number;
  load(): NativeReply;
  programFd(program: string): number;
  mapFd(map: string | number): number;
  close(): void;
}

export interface NativeRing {
  /** @param ringBytes the map's max_entries */
  open(mapFd: number, ringBytes: number): number;
  /** Payloads back to back, and their lengths. */
  drain(maxRecords: number): { bytes: Uint8Array; lengths: Uint32Array };
  /** Bytes not yet consumed, headers included. */
  pending(): number;
  watch(callback: () => void): number;
  unwatch(): void;
  close(): void;
}

export interface NativeMemory {
  open(mapFd: number, bytes: number, writable: boolean): number;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  close(): void;
}

/** The addon's exports. */
export interface BpfAddon {
  /** bpf(2); `pointers` alternates an offset in `attr` and the array whose address goes there. */
  bpf(command: number, attr: Uint8Array, pointers: readonly (number | Uint8Array)[]): number;
  openTracepointEvent(id: number): number;
  attachPerfEvent(eventFd: number, programFd: number): number;
  enablePerfEvent(eventFd: number): number;
  mountDetached(type: string): number;
  setNetns(fd: number): number;
  interfaceIndex(name: string): number;
  /** @throws Error when libbpf.so.1 cannot be opened; the message says why */
  libbpfVersion(): string;
  xdpAttach(ifindex: number, programFd: number, flags: number): number;
  xdpDetach(ifindex: number, flags: number): number;
  xdpProgramId(ifindex: number, flags: number): number;
  tcHookCreate(ifindex: number, point: number): number;
  tcHookDestroy(ifindex: number, point: number): number;
  tcAttach(
    ifindex: number,
    point: number,
    programFd: number,
    priority: number,
  ): number | { handle: number; priority: number };
  tcDetach(ifindex: number, point: number, handle: number, priority: number): number;
  tcProgramId(ifindex: number, point: number, handle: number, priority: number): number;
  readonly NativeObject: new () => NativeObject;
  readonly NativeRing: new () => NativeRing;
  readonly NativeMemory: new () => NativeMemory;
}

/**
 * The addon.
 * @throws AddonMissingError EB6001 when it is not built for this machine
 * @example const fd = bpfAddon().bpf(5, attr, [8, insns]);
 */
export function bpfAddon(): BpfAddon {
  return loadAddon("bpf") as BpfAddon;
}
