/** Pinning: names in a bpf file system that keep maps, programs and links alive without a process. */
import { existsSync, statfsSync } from "node:fs";
import { constants } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { Attr, cString } from "./attr.js";
import { BpfError, SyscallError, syscallError } from "./errors.js";
import { BPF_FS_MAGIC, BpfCmd } from "./uapi.js";

/** Where distributions mount it. */
const USUAL = "/sys/fs/bpf";
const { EEXIST, ENOENT } = constants.errno;

/** Is the file system of an existing path a bpf file system? */
const isBpfFs = (path: string): boolean => statfsSync(path).type === BPF_FS_MAGIC;

function nearestFolder(path: string): string {
  let at = dirname(resolve(path));
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/**
 * Refuses a path that nothing can be pinned at: the kernel's own answer is EPERM or EINVAL without a word.
 * @param what "map stats"
 * @throws BpfError ARGUMENT
 */
export function checkPinPath(what: string, path: unknown): asserts path is string {
  if (typeof path !== "string" || path === "")
    throw new BpfError("ARGUMENT", `${what} is pinned at a path of a bpf file system, "${USUAL}/NAME"`);
  const folder = nearestFolder(path);
  if (!isBpfFs(folder)) {
    const mounted = existsSync(USUAL) && isBpfFs(USUAL);
    const mount = mounted ? "" : ` after: mount -t bpf bpf ${USUAL}`;
    throw new BpfError(
      "ARGUMENT",
      `${what} cannot be pinned at ${path}: ${folder} is not in a bpf file system; use a path below ${USUAL}${mount}`,
    );
  }
  // kernel/bpf/inode.c, bpf_lookup: dots are kept for the kernel's own names.
  const name = basename(path);
  if (name.includes("."))
    throw new BpfError("ARGUMENT", `${what} cannot be pinned at ${path}: names in a bpf file system have no dots`);
}

/**
 * Pins what `fd` refers to at `path`, inside a mounted bpf file system.
 * @throws BpfError ARGUMENT for a path outside of one, or a name with a dot; SyscallError EEXIST, ENOENT, EPERM
 */
export function pin(fd: number, path: string, what = "it"): void {
  checkPinPath(what, path);
  const errno = -new Attr(16).pointer(0, cString(path)).u32(8, fd).call(BpfCmd.ObjPin);
  if (errno <= 0) return;
  if (errno === EEXIST)
    throw new SyscallError(`pin ${path}`, errno, "SYSCALL", "something is pinned there: remove it first, or use it");
  if (errno === ENOENT)
    throw new SyscallError(`pin ${path}`, errno, "SYSCALL", `make the folder first: mkdir -p ${dirname(path)}`);
  throw syscallError(`pin ${path}`, errno);
}

/**
 * Opens what is pinned at `path`: a file descriptor that the caller closes.
 * @throws BpfError ARGUMENT for a path outside of a bpf file system; SyscallError ENOENT when nothing is pinned there
 */
export function openPinned(path: string): number {
  const result = new Attr(16).pointer(0, cString(path)).call(BpfCmd.ObjGet);
  if (result >= 0) return result;
  if (-result === ENOENT) throw new SyscallError(`open pinned ${path}`, ENOENT, "SYSCALL", "nothing is pinned there");
  if (!isBpfFs(path))
    throw new BpfError("ARGUMENT", `nothing can be pinned at ${path}: it is not in a bpf file system`);
  throw syscallError(`open pinned ${path}`, -result);
}
