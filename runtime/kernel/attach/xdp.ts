/** XDP on an interface: by link (Linux 5.9), or by netlink for older kernels and for attachments that must outlive us. */
import { constants } from "node:os";
import { bpfAddon } from "../../../native/bpf/index.js";
import { AttachTypeId } from "../../facts/program-types/ids.js";
import { BusyError, remedyFor } from "../busy.js";
import { BpfError, checked, type SyscallError, syscallError } from "../errors.js";
import { holderOf } from "../holders.js";
import { inNetns, interfaceIndex, ipCommand, type NetnsName } from "../netns.js";
import { options } from "../options.js";
import { LinkType, XdpFlags } from "../uapi.js";
import { type Attachment, createLink, DetachableAttachment, Link } from "./link.js";

/** Where the program runs: in the driver, in the generic path after an skb is made, or the best that works. */
export type XdpMode = "native" | "generic" | "auto";

/** Options of an XDP program's `attach`. */
export interface XdpAttachOptions {
  readonly interface: string;
  /** Default "auto": native, else generic. */
  readonly mode?: XdpMode;
  /** "link" ends with this process unless pinned; "netlink" stays. Default "link". */
  readonly via?: "link" | "netlink";
  readonly netns?: NetnsName;
}

const XDP_OPTIONS = { interface: "string", mode: "string?", via: "string?", netns: "string?" } as const;

const flagsOf = { native: XdpFlags.Drv, generic: XdpFlags.Skb } as const;

function attachOnce(programFd: number, index: number, mode: "native" | "generic", via: "link" | "netlink"): number {
  if (via === "link") return createLink(programFd, index, AttachTypeId.xdp, flagsOf[mode]);
  return bpfAddon().xdpAttach(index, programFd, flagsOf[mode] | XdpFlags.UpdateIfNoExist);
}

/**
 * @throws BpfError UNKNOWN_NAME for a missing interface; BusyError (EBUSY, EEXIST) when another program is attached; SyscallError
 *   EOPNOTSUPP when the driver has no native mode
 * @example attachXdp(fd, { interface: "eth0", mode: "native" })
 */
export function attachXdp(programFd: number, o: XdpAttachOptions): Attachment {
  options("attach of an XDP program", o, XDP_OPTIONS, '{ interface: "eth0" }');
  const via = o.via ?? "link";
  return inNetns(o.netns, () => {
    const index = interfaceIndex(o.interface);
    const modes = o.mode === undefined || o.mode === "auto" ? (["native", "generic"] as const) : [o.mode];
    let failure = 0;
    for (const mode of modes) {
      if (flagsOf[mode] === undefined)
        throw new BpfError("ARGUMENT", `XDP mode "${mode}" is not native, generic or auto`);
      const result = attachOnce(programFd, index, mode, via);
      if (result >= 0) {
        const description = `xdp ${mode} on ${o.interface}`;
        if (via === "link") return new Link(description, result);
        return new DetachableAttachment(description, () =>
          inNetns(o.netns, () => void checked(`detach ${description}`, bpfAddon().xdpDetach(index, flagsOf[mode]))),
        );
      }
      failure = -result;
      // Only a driver's "no" is a reason to fall back; EBUSY or EPERM would fail the same way.
      if (failure !== constants.errno.EOPNOTSUPP && failure !== constants.errno.EINVAL) break;
    }
    throw attachError(o, index, failure);
  });
}

/** Names the program that is there already, where that is why. */
function attachError(o: XdpAttachOptions, index: number, errno: number): SyscallError {
  const operation = `attach xdp to ${o.interface}`;
  // EEXIST: the other mode has a program (net/core/dev.c, dev_xdp_attach).
  const taken = errno === constants.errno.EBUSY || errno === constants.errno.EEXIST;
  const id = taken ? bpfAddon().xdpProgramId(index, 0) : 0;
  if (id <= 0) return syscallError(operation, errno);
  const holder = holderOf(id, LinkType.Xdp, index);
  const generic = bpfAddon().xdpProgramId(index, XdpFlags.Skb) > 0;
  return new BusyError(
    operation,
    errno,
    holder,
    remedyFor(holder, `${ipCommand(o.netns)} link set dev ${o.interface} ${generic ? "xdpgeneric" : "xdpdrv"} off`),
  );
}

/** Id of the XDP program on an interface, in either mode; 0 for none. @throws BpfError UNKNOWN_NAME, SyscallError */
export function xdpProgramId(name: string, netns?: NetnsName): number {
  return inNetns(netns, () => checked("query xdp", bpfAddon().xdpProgramId(interfaceIndex(name), 0)));
}
