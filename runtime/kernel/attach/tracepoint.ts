/** Tracepoints: a perf event on the tracepoint's id, the program linked to it (Linux 5.15) or set on it. */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { bpfAddon } from "../../../native/bpf/index.js";
import { checked, syscallError } from "../errors.js";
import { options } from "../options.js";
import { Tracefs } from "../tracefs.js";
import { AttachType } from "../uapi.js";
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
  const link = createLink(programFd, event, AttachType.PerfEvent);
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
    throw syscallError(`attach ${description}`, -enabled);
  }
  return new DetachableAttachment(description, () => closeSync(event));
}
