/** Pinning: names in a bpf file system that keep maps, programs and links alive without a process. */
import { Attr, cString } from "./attr.js";
import { checked } from "./errors.js";
import { BpfCmd } from "./uapi.js";

/** Pins what `fd` refers to at `path`, inside a mounted bpffs. @throws SyscallError (EEXIST, ENOENT, EINVAL: no bpffs) */
export function pin(fd: number, path: string): void {
  checked(`pin ${path}`, new Attr(16).pointer(0, cString(path)).u32(8, fd).call(BpfCmd.ObjPin));
}

/** Opens what is pinned at `path`: a file descriptor that the caller closes. @throws SyscallError */
export function openPinned(path: string): number {
  return checked(`open pinned ${path}`, new Attr(16).pointer(0, cString(path)).call(BpfCmd.ObjGet));
}
