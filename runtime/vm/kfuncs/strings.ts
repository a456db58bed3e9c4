/** Kernel functions on text (kernel/bpf/helpers.c, since 6.17): at most XATTR_SIZE_MAX bytes are looked at. */
import { Errno } from "../errno.js";
import type { HelperCall, Implementation } from "../helpers/call.js";
import { outside } from "../helpers/task.js";

const MAX_TEXT = 65536;
const TASK_SIZE = 1n << 47n;

/** Bytes from an address up to its NUL (not included), or a negative errno. `cut`: the limit is no error. */
function textAt(call: HelperCall, address: bigint, limit = MAX_TEXT, cut = false): Uint8Array | number {
  // copy_from_kernel_nofault_allowed: user addresses are no kernel memory.
  if (address < TASK_SIZE) return Errno.ERANGE;
  const bytes = outside(call, address, Math.min(limit, MAX_TEXT), "kernel");
  if (bytes === undefined) return limit === 0 ? new Uint8Array() : Errno.EFAULT;
  const end = bytes.indexOf(0);
  if (end >= 0) return bytes.subarray(0, end);
  if (cut && bytes.length >= limit) return bytes;
  return bytes.length >= MAX_TEXT ? Errno.E2BIG : Errno.EFAULT;
}

const limitOf = (call: HelperCall, n: number): number => {
  const value = call.u64(n);
  return value > BigInt(MAX_TEXT) ? MAX_TEXT : Number(value);
};
const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);

function compare(map: (byte: number) => number): Implementation {
  return (call) => {
    const [a, b] = [textAt(call, call.u64(1)), textAt(call, call.u64(2))];
    if (typeof a === "number") return a;
    if (typeof b === "number") return b;
    for (let i = 0; i <= Math.max(a.length, b.length); i++) {
      const [x, y] = [map(a[i] ?? 0), map(b[i] ?? 0)];
      if (x !== y) return x < y ? -1 : 1;
      if (x === 0) return 0;
    }
    return 0;
  };
}

/** Place of a character; `end` is what the NUL itself answers. */
function find(
  limit: (call: HelperCall) => number | undefined,
  char: number,
  none: (length: number) => number,
): Implementation {
  return (call) => {
    const bound = limit(call);
    const text = textAt(call, call.u64(1), bound, bound !== undefined);
    if (typeof text === "number") return text;
    const wanted = call.lo(char) & 0xff;
    if (wanted === 0 && (bound === undefined || text.length < bound)) return text.length;
    const at = wanted === 0 ? -1 : text.indexOf(wanted);
    return at >= 0 ? at : none(text.length);
  };
}

function span(inside: boolean): Implementation {
  return (call) => {
    const [text, set] = [textAt(call, call.u64(1)), textAt(call, call.u64(2))];
    if (typeof text === "number") return text;
    if (typeof set === "number") return set;
    let n = 0;
    while (n < text.length && set.includes(text[n] ?? 0) === inside) n++;
    return n;
  };
}

function search(limit: (call: HelperCall) => number | undefined, map: (byte: number) => number): Implementation {
  return (call) => {
    const needle = textAt(call, call.u64(2));
    if (typeof needle === "number") return needle;
    const bound = limit(call);
    const text = textAt(call, call.u64(1), bound, bound !== undefined);
    if (typeof text === "number") return text;
    for (let at = 0; at + needle.length <= text.length; at++)
      if (needle.every((byte, i) => map(text[at + i] ?? 0) === map(byte))) return at;
    return Errno.ENOENT;
  };
}

const same = (byte: number): number => byte;
const none = (): undefined => undefined;

export const stringKfuncs: Readonly<Record<string, Implementation>> = {
  bpf_strcmp: compare(same),
  bpf_strcasecmp: compare(lower),
  bpf_strlen(call) {
    const text = textAt(call, call.u64(1));
    return typeof text === "number" ? text : text.length;
  },
  bpf_strnlen(call) {
    const text = textAt(call, call.u64(1), limitOf(call, 2), true);
    return typeof text === "number" ? text : text.length;
  },
  bpf_strchr: find(none, 2, () => Errno.ENOENT),
  bpf_strchrnul: find(none, 2, (length) => length),
  bpf_strnchr: find(
    (call) => limitOf(call, 2),
    3,
    () => Errno.ENOENT,
  ),
  bpf_strrchr(call) {
    const text = textAt(call, call.u64(1));
    if (typeof text === "number") return text;
    const wanted = call.lo(2) & 0xff;
    if (wanted === 0) return text.length;
    const at = text.lastIndexOf(wanted);
    return at < 0 ? Errno.ENOENT : at;
  },
  bpf_strspn: span(true),
  bpf_strcspn: span(false),
  bpf_strstr: search(none, same),
  bpf_strcasestr: search(none, lower),
  bpf_strnstr: search((call) => limitOf(call, 3), same),
  bpf_strncasestr: search((call) => limitOf(call, 3), lower),
};
