/** TC on an interface: tcx links (Linux 6.6), or the clsact qdisc with a cls_bpf filter before that. */
import { constants } from "node:os";
import { bpfAddon } from "../../../native/bpf/index.js";
import { AttachTypeId } from "../../facts/program-types/ids.js";
import { BusyError, remedyFor } from "../busy.js";
import { BpfError, checked, syscallError } from "../errors.js";
import { holderOf } from "../holders.js";
import { programInfo } from "../info.js";
import { inNetns, interfaceIndex, type NetnsName } from "../netns.js";
import { options } from "../options.js";
import { LinkType, TcPoint } from "../uapi.js";
import { type Attachment, createLink, DetachableAttachment, Link } from "./link.js";

export type TcDirection = "ingress" | "egress";

/** Options of a TC program's `attach`. */
export interface TcAttachOptions {
  readonly interface: string;
  /** May be left out when the decorator fixed it. */
  readonly direction?: TcDirection;
  /** "auto": tcx where the kernel has it, else clsact. Default "auto". clsact filters stay until detached. */
  readonly hook?: "tcx" | "clsact" | "auto";
  /** Order among clsact filters, lower first. Default: the kernel picks. */
  readonly priority?: number;
  readonly netns?: NetnsName;
}

/** @throws BpfError ARGUMENT, UNKNOWN_NAME for what are not the options of a TC program's `attach` */
export function checkTcOptions(o: TcAttachOptions): void {
  const types = {
    interface: "string",
    direction: "string?",
    hook: "string?",
    priority: "number?",
    netns: "string?",
  } as const;
  options("attach of a TC program", o, types, '{ interface: "eth0", direction: "ingress" }');
}

function attachClsact(programFd: number, index: number, direction: TcDirection, o: TcAttachOptions): Attachment {
  const addon = bpfAddon();
  const point = direction === "ingress" ? TcPoint.Ingress : TcPoint.Egress;
  const created = addon.tcHookCreate(index, TcPoint.Both);
  // A qdisc that was there before us is shared, and stays when we leave.
  if (created < 0 && created !== -constants.errno.EEXIST) throw syscallError(`clsact on ${o.interface}`, -created);
  const filter = addon.tcAttach(index, point, programFd, o.priority ?? 0);
  if (typeof filter === "number") {
    if (created === 0) addon.tcHookDestroy(index, TcPoint.Both);
    throw syscallError(`attach tc to ${o.interface} ${direction}`, -filter);
  }
  const description = `clsact ${direction} on ${o.interface}`;
  return new DetachableAttachment(description, () =>
    inNetns(o.netns, () => {
      const result = addon.tcDetach(index, point, filter.handle, filter.priority);
      if (created === 0) addon.tcHookDestroy(index, TcPoint.Both);
      checked(`detach ${description}`, result);
    }),
  );
}

/**
 * @throws BpfError UNKNOWN_NAME for a missing interface; SyscallError
 * @example attachTc(fd, "ingress", { interface: "eth0" })
 */
export function attachTc(programFd: number, direction: TcDirection, o: TcAttachOptions): Attachment {
  checkTcOptions(o);
  const hook = o.hook ?? "auto";
  if (direction !== "ingress" && direction !== "egress")
    throw new BpfError("ARGUMENT", `tc direction "${String(direction)}" is neither ingress nor egress`);
  if (hook !== "auto" && hook !== "tcx" && hook !== "clsact")
    throw new BpfError("ARGUMENT", `tc hook "${String(hook)}" is not tcx, clsact or auto`);
  return inNetns(o.netns, () => {
    const index = interfaceIndex(o.interface);
    if (hook === "clsact") return attachClsact(programFd, index, direction, o);
    const type = direction === "ingress" ? AttachTypeId.tcx_ingress : AttachTypeId.tcx_egress;
    const link = createLink(programFd, index, type);
    if (link >= 0) return new Link(`tcx ${direction} on ${o.interface}`, link);
    // A kernel without tcx does not know the attach type: EINVAL.
    if (hook === "auto" && link === -constants.errno.EINVAL) return attachClsact(programFd, index, direction, o);
    const operation = `attach tcx to ${o.interface} ${direction}`;
    // The kernel takes a program once at each place (kernel/bpf/mprog.c).
    if (-link !== constants.errno.EEXIST) throw syscallError(operation, -link);
    const holder = holderOf(programInfo(programFd).id, LinkType.Tcx, index);
    throw new BusyError(
      operation,
      -link,
      holder,
      remedyFor(holder, `bpftool net detach tcx_${direction} dev ${o.interface}`),
    );
  });
}
