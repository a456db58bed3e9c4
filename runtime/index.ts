/// <reference lib="esnext.disposable" preserve="true" />
/** `ebpftsc/runtime`: the base of generated loaders, and the running kernel: objects, maps, programs, attachments. */
export { AddonMissingError } from "../native/bpf/index.js";
export type { Attachment } from "./kernel/attach/link.js";
export { Link } from "./kernel/attach/link.js";
export type { TcAttachOptions, TcDirection } from "./kernel/attach/tc.js";
export { attachTc } from "./kernel/attach/tc.js";
export type { TracepointName } from "./kernel/attach/tracepoint.js";
export { attachTracepoint } from "./kernel/attach/tracepoint.js";
export type { XdpAttachOptions, XdpMode } from "./kernel/attach/xdp.js";
export { attachXdp, xdpProgramId } from "./kernel/attach/xdp.js";
export type { AttachSpec } from "./kernel/attach-spec.js";
export { parseAttachSpec } from "./kernel/attach-spec.js";
export { BusyError } from "./kernel/busy.js";
export { possibleCpus } from "./kernel/cpus.js";
export type { DoctorRow } from "./kernel/doctor.js";
export { diagnose } from "./kernel/doctor.js";
export type { BpfErrorCode } from "./kernel/errors.js";
export {
  BpfError,
  LibbpfMissingError,
  PermissionError,
  SyscallError,
  UnsupportedFeatureError,
} from "./kernel/errors.js";
export type { Holder, Process } from "./kernel/holders.js";
export type { LinkInfo, MapInfo, ProgramInfo } from "./kernel/info.js";
export { enableStats, linkInfo, mapInfo, programInfo } from "./kernel/info.js";
export { type JsonValue, toJsonValue } from "./kernel/json-value.js";
export type { Configuration, LoaderDescription } from "./kernel/loader.js";
export { defineLoader, LoadedLoader, OpenLoader } from "./kernel/loader.js";
export type { CreateMapOptions } from "./kernel/map-syscalls.js";
export { createMap } from "./kernel/map-syscalls.js";
export { ArrayMap } from "./kernel/maps/array-map.js";
export { MapHandle } from "./kernel/maps/handle.js";
export { KeyedMap, SetFlag } from "./kernel/maps/keyed-map.js";
export type { RingBufferStats } from "./kernel/maps/ring-buffer.js";
export { RingBuffer } from "./kernel/maps/ring-buffer.js";
export { LoadedObject } from "./kernel/object/loaded-object.js";
export type { ObjectSource } from "./kernel/object/open-object.js";
export { OpenObject } from "./kernel/object/open-object.js";
export { openPinned } from "./kernel/pin.js";
export type { RawLoad, RawProgram } from "./kernel/program-raw.js";
export { loadBtf, loadProgramRaw } from "./kernel/program-raw.js";
export { LoadedProgram, TcProgram, TracepointProgram, XdpProgram } from "./kernel/programs.js";
export type { SessionAttachment, SessionOutput } from "./kernel/session.js";
export { LoadSession } from "./kernel/session.js";
export type { TestRunOptions, TestRunResult } from "./kernel/test-run.js";
export { testRun } from "./kernel/test-run.js";
export { Tracefs } from "./kernel/tracefs.js";
export type { LogSource, VerifierReport } from "./kernel/verifier-log.js";
export { readVerifierLog, VerifierRejectedError } from "./kernel/verifier-log.js";
