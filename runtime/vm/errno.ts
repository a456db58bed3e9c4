/** Linux error numbers that helpers and maps return, negated (include/uapi/asm-generic/errno*.h). */
export const Errno = {
  EPERM: -1,
  ENOENT: -2,
  ESRCH: -3,
  E2BIG: -7,
  ENOMEM: -12,
  EACCES: -13,
  EFAULT: -14,
  EBUSY: -16,
  EEXIST: -17,
  ENODEV: -19,
  EINVAL: -22,
  ENOSPC: -28,
  ERANGE: -34,
  EDOM: -33,
  EOVERFLOW: -75,
  EPROTONOSUPPORT: -93,
  EOPNOTSUPP: -95,
  EAGAIN: -11,
  ELOOP: -40,
  /** Kernel-internal "not supported". */
  ENOTSUPP: -524,
} as const;

const names: ReadonlyMap<number, string> = new Map(Object.entries(Errno).map(([name, value]) => [value, name]));

/** "EINVAL" for -22; "errno 99" for one that is not listed. */
export function errnoName(value: number): string {
  return names.get(value) ?? `errno ${-value}`;
}
