/** Tracepoints: a perf event on the tracepoint's id, the program linked to it (Linux 5.15) or set on it. */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { bpfAddon } from "../../../native/bpf/index.js";
import { AttachTypeId } from "../../facts/program-types/ids.js";
import { checked, syscallError } from "../errors.js";
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
export function attachTracepoint(programFd: number, { category, name }: TracepointName): Attachment {
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
    throw syscallError(`attach ${description}`, -enabled);
  }
  return new DetachableAttachment(description, () => closeSync(event));
}
