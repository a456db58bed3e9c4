/**
 * What kernel access throws. Every class has a stable `code`; messages are one line. Codes never change meaning.
 */

import { constants } from "node:os";
import { oneLine } from "../facts/terminal.js";

/** Stable codes of {@link BpfError}. */
export type BpfErrorCode =
  /** libbpf.so.1 cannot be opened. */
  | "LIBBPF_MISSING"
  /** The process may not use bpf(2) or the attach point. */
  | "NO_PERMISSION"
  /** The kernel's verifier refused a program. */
  | "VERIFIER_REJECTED"
  /** Any other failed system call. */
  | "SYSCALL"
  /** The object is not one that libbpf can open. */
  | "OBJECT"
  /** No program, map, config value, interface or tracepoint of that name. */
  | "UNKNOWN_NAME"
  /** The kernel has no such feature. */
  | "UNSUPPORTED"
  /** The argument has no meaning here. */
  | "ARGUMENT"
  /** Used after it was closed. */
  | "CLOSED";

/** ENOTSUPP, kernel-internal (include/linux/errno.h), leaks out of bpf(2) for unsupported operations. */
export const ENOTSUPP = 524;

/** The symbolic name of an errno: 1 -> "EPERM". */
export function errnoName(errno: number): string {
  if (errno === ENOTSUPP) return "ENOTSUPP";
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}

/**
 * libbpf's words with errnos by name: strerror(3) does not know the kernel's own ones, and libbpf 1.1 prints that it does not
 * ("ERROR: strerror_r(-524)=22", "Unknown error 524").
 */
export function withErrnoNames(text: string): string {
  return text.replace(/ERROR: strerror_r\(-?(\d+)\)=\d+|[Uu]nknown error \(?-?(\d+)\)?/g, (_, a?: string, b?: string) =>
    errnoName(Number(a ?? b)),
  );
}

/** Base of all errors of `ebpftsc/runtime`'s kernel side. */
export class BpfError extends Error {
  override readonly name: string = "BpfError";
  constructor(
    readonly code: BpfErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(message), options);
  }
}

/** A failed system call. `errno` is positive. */
export class SyscallError extends BpfError {
  override readonly name: string = "SyscallError";
  /** Like Node's own: "EPERM". */
  readonly errnoName: string;
  constructor(
    readonly operation: string,
    readonly errno: number,
    code: BpfErrorCode = "SYSCALL",
    advice = "",
    /** Of a program's load that was refused without the verifier's words: "not judged: policy, EPERM" (verdict.ts). */
    readonly notJudged?: string,
  ) {
    super(code, `${operation}: ${errnoName(errno)}${advice === "" ? "" : `; ${advice}`}`);
    this.errnoName = errnoName(errno);
  }
}

/** libbpf is not on this machine (exit code 3 of the command line). */
export class LibbpfMissingError extends BpfError {
  override readonly name = "LibbpfMissingError";
  constructor(detail: string) {
    super("LIBBPF_MISSING", `libbpf.so.1 cannot be opened (${detail}); install it: apt-get install libbpf1`);
  }
}

/** The kernel refuses bpf(2) to this process (exit code 3 of the command line). */
export class PermissionError extends SyscallError {
  override readonly name = "PermissionError";
  constructor(operation: string, errno: number, notJudged?: string) {
    const root = process.geteuid?.() === 0;
    super(
      operation,
      errno,
      "NO_PERMISSION",
      root
        ? "this kernel or container forbids it even to root (program type, lockdown, seccomp or capabilities)"
        : "run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON",
      notJudged,
    );
  }
}

/** The feature is not in this kernel, or in none. */
export class UnsupportedFeatureError extends SyscallError {
  override readonly name = "UnsupportedFeatureError";
  constructor(
    readonly feature: string,
    /** Linux that has it first; undefined: none has. */
    readonly minimumKernel: string | undefined,
    errno: number,
    /** What to do. */
    advice = "",
  ) {
    const lack =
      minimumKernel === undefined ? "no kernel has it" : `this kernel lacks it (Linux ${minimumKernel} has it)`;
    super(feature, errno, "UNSUPPORTED", advice === "" ? lack : `${lack}: ${advice}`);
  }
}

/** Makes the error that fits an errno. */
export function syscallError(operation: string, errno: number, notJudged?: string): SyscallError {
  const { EPERM, EACCES } = constants.errno;
  if (errno === EPERM || errno === EACCES) return new PermissionError(operation, errno, notJudged);
  return new SyscallError(operation, errno, "SYSCALL", "", notJudged);
}

/** Returns `result`, or throws what its -errno means. @throws SyscallError */
export function checked(operation: string, result: number): number {
  if (result < 0) throw syscallError(operation, -result);
  return result;
}

/** `name` is not one of `known`. */
export function unknownName(what: string, name: string, known: Iterable<string>): BpfError {
  const list = [...known];
  return new BpfError(
    "UNKNOWN_NAME",
    `no ${what} "${name}"; there ${list.length > 0 ? `are: ${list.join(", ")}` : "is none"}`,
  );
}
