/** Tracepoints: a perf event on the tracepoint's id, the program linked to it (Linux 5.15) or set on it. */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { bpfAddon } from "../../../native/bpf/index.js";
import { AttachTypeId } from "../../facts/program-types/ids.js";
import { BpfError, checked, syscallError } from "../errors.js";
import { options } from "../options.js";
import { Tracefs } from "../tracefs.js";
import { type Attachment, createLink, DetachableAttachment, Link } from "./link.js";

/** A kernel tracepoint: events/CATEGORY/NAME in tracefs. */
export interface TracepointName {
  readonly category: string;
  readonly name: string;
}

/**
 * @throws BpfError UNKNOWN_NAME when the kernel has no such tracepoint; SyscallError
 * @example attachTracepoint(fd, { category: "syscalls", name: "sys_enter_mkdirat" })
 */
export function attachTracepoint(programFd: number, tracepoint: TracepointName): Attachment {
  const types = { category: "string", name: "string" } as const;
  options("attach of a tracepoint program", tracepoint, types, '{ category: "syscalls", name: "sys_enter_mkdirat" }');
  const { category, name } = tracepoint;
  const description = `tracepoint ${category}/${name}`;
  const tracefs = new Tracefs();
  let event: number;
  try {
    const id = tracefs.tracepointId(category, name);
    event = checked(`open ${description}`, bpfAddon().openTracepointEvent(id));
  } finally {
    tracefs.close();
  }
  const link = createLink(programFd, event, AttachTypeId.perf_event);
  if (link >= 0) {
    const result = bpfAddon().enablePerfEvent(event);
    const attachment = new Link(description, link, [event]);
    if (result >= 0) return attachment;
    attachment.detach();
    throw syscallError(`enable ${description}`, -result);
  }
  const result = link === -constants.errno.EINVAL ? bpfAddon().attachPerfEvent(event, programFd) : link;
  const enabled = result < 0 ? result : bpfAddon().enablePerfEvent(event);
  if (enabled < 0) {
    closeSync(event);
    // kernel/events/core.c compares the highest context byte that a program reads with the end of the event's record.
    if (enabled === -constants.errno.EACCES) throw pastRecord(description, category, name);
    throw syscallError(`attach ${description}`, -enabled);
  }
  return new DetachableAttachment(description, () => closeSync(event));
}

/** Bytes of an event's fixed record: where the last field of its format ends. */
function recordBytes(category: string, name: string): number {
  using tracefs = new Tracefs();
  const ends = [...tracefs.tracepointFormat(category, name).matchAll(/offset:(\d+);\s*size:(\d+);/g)];
  return ends.reduce((end, [, offset, size]) => Math.max(end, Number(offset) + Number(size)), 0);
}

const pastRecord = (description: string, category: string, name: string): BpfError =>
  new BpfError(
    "ARGUMENT",
    `attach ${description}: the program reads past the event's record, which has ${recordBytes(category, name)} bytes on ` +
      `this kernel; make its class with: ebpftsc types ${category}:${name}`,
  );
