/**
 * Attachments. A kernel link ends when its last file descriptor is closed, also by a crash, unless it is pinned;
 * attachments by netlink (XDP without a link, clsact) end only when told to.
 */
import { closeSync } from "node:fs";
import { Attr } from "../attr.js";
import { BpfError, checked } from "../errors.js";
import { type LinkInfo, linkInfo } from "../info.js";
import { pin } from "../pin.js";
import { BpfCmd } from "../uapi.js";

/** Something attached; `using` detaches it. */
export interface Attachment extends Disposable {
  /** How it is attached: "xdp native", "tcx ingress", "clsact egress", "tracepoint syscalls/sys_enter_mkdir". */
  readonly description: string;
  readonly attached: boolean;
  /** Detaches; the second call does nothing. @throws SyscallError */
  detach(): void;
}

/** An attachment that is a BPF link. */
export class Link implements Attachment {
  #fd: number;
  readonly #alsoClose: readonly number[];

  /** Takes over `fd` and the descriptors that must live as long. */
  constructor(
    readonly description: string,
    fd: number,
    alsoClose: readonly number[] = [],
  ) {
    this.#fd = fd;
    this.#alsoClose = alsoClose;
  }
  get attached(): boolean {
    return this.#fd >= 0;
  }
  /** The link's descriptor. @throws BpfError CLOSED */
  get fd(): number {
    if (this.#fd < 0) throw new BpfError("CLOSED", `${this.description} is detached`);
    return this.#fd;
  }
  /** @throws SyscallError, BpfError CLOSED */
  info(): LinkInfo {
    return linkInfo(this.fd);
  }
  /** Keeps the attachment beyond this process. @throws SyscallError */
  pin(path: string): void {
    pin(this.fd, path, this.description);
  }
  /** Swaps the program without a gap. @throws SyscallError */
  replaceProgram(programFd: number): void {
    checked("replace program", new Attr(16).u32(0, this.fd).u32(4, programFd).call(BpfCmd.LinkUpdate));
  }
  detach(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    for (const fd of this.#alsoClose) closeSync(fd);
    this.#fd = -1;
  }
  [Symbol.dispose](): void {
    this.detach();
  }
}

/** An attachment that a function undoes. */
export class DetachableAttachment implements Attachment {
  #undo: (() => void) | undefined;
  constructor(
    readonly description: string,
    undo: () => void,
  ) {
    this.#undo = undo;
  }
  get attached(): boolean {
    return this.#undo !== undefined;
  }
  detach(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    undo?.();
  }
  [Symbol.dispose](): void {
    this.detach();
  }
}

/** BPF_LINK_CREATE: the link's descriptor, or -errno. */
export function createLink(programFd: number, target: number, attachType: number, flags = 0, cookie = 0n): number {
  return new Attr(48)
    .u32(0, programFd)
    .u32(4, target)
    .u32(8, attachType)
    .u32(12, flags)
    .u64(16, cookie)
    .call(BpfCmd.LinkCreate);
}
