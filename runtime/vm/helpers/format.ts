/**
 * printf as the kernel's bpf_bprintf_prepare knows it (kernel/trace/bpf_trace.c, kernel/bpf/helpers.c): %d %i %u %x %X
 * with width, l and ll; %c %s; %p and its kinds %px %pK %pks %pus %pi4 %pI4 %pi6 %pI6; %%. Anything else is -EINVAL.
 */
import { Errno } from "../errno.js";

/** Looks bytes up for %s and addresses: from an address, at most `limit`. */
export type Peek = (address: bigint, limit: number, user: boolean) => Uint8Array | undefined;

const SPEC = /^%([0 +-]*)([1-9][0-9]*)?(?:(p)(ks|us|[iI][46]|x|K|B|S|s)?|(s|c|%)|(ll|l)?([diuxX]))/;
const STRING_LIMIT = 512;

function text(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("latin1");
}

function pad(value: string, flags: string, width: string | undefined, numeric: boolean): string {
  const size = Number(width ?? 0);
  if (flags.includes("-")) return value.padEnd(size);
  if (!numeric || !flags.includes("0")) return value.padStart(size);
  const sign = /^[+-]/.exec(value)?.[0] ?? "";
  return sign + value.slice(sign.length).padStart(size - sign.length, "0");
}

function ip(kind: string, bytes: Uint8Array): string {
  if (kind === "I4") return [...bytes].join(".");
  if (kind === "i4") return [...bytes].map((b) => `${b}`.padStart(3, "0")).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => Buffer.from(bytes.subarray(i * 2, i * 2 + 2)).toString("hex"));
  return groups.join(kind === "I6" ? ":" : "");
}

function pointer(kind: string | undefined, value: bigint, peek: Peek): string | number {
  switch (kind) {
    case "ks":
    case "us":
      return text(peek(value, STRING_LIMIT, kind === "us")) ?? "";
    case "I4":
    case "i4":
    case "I6":
    case "i6": {
      const size = kind.endsWith("4") ? 4 : 16;
      const bytes = peek(value, size, false);
      return bytes === undefined || bytes.length < size ? Errno.EFAULT : ip(kind, bytes);
    }
    default:
      return value.toString(16).padStart(16, "0");
  }
}

function integer(conversion: string, wide: boolean, value: bigint, flags: string): string {
  const bits = wide ? 64 : 32;
  if (conversion === "x") return BigInt.asUintN(bits, value).toString(16);
  if (conversion === "X") return BigInt.asUintN(bits, value).toString(16).toUpperCase();
  if (conversion === "u") return BigInt.asUintN(bits, value).toString();
  const signed = BigInt.asIntN(bits, value);
  if (signed < 0n) return signed.toString();
  return `${flags.includes("+") ? "+" : flags.includes(" ") ? " " : ""}${signed}`;
}

/**
 * Formats.
 * @param args 64-bit values in order
 * @returns the text with one character for each byte (latin1), or a negative errno for a format the kernel refuses or too few arguments
 */
export function format(template: string, args: readonly bigint[], peek: Peek): string | number {
  let out = "";
  let next = 0;
  for (let i = 0; i < template.length; ) {
    const char = template[i] ?? "";
    if (char !== "%") {
      out += char;
      i++;
      continue;
    }
    const match = SPEC.exec(template.slice(i));
    if (match === null) return Errno.EINVAL;
    i += match[0].length;
    const [, flags = "", width, isPointer, pointerKind, simple, length, conversion] = match;
    if (simple === "%") {
      if (match[0] !== "%%") return Errno.EINVAL;
      out += "%";
      continue;
    }
    const value = args[next++];
    if (value === undefined) return Errno.EINVAL;
    let piece: string | number;
    if (isPointer !== undefined) piece = pointer(pointerKind, value, peek);
    else if (simple === "s") piece = text(peek(value, STRING_LIMIT, false)) ?? "";
    else if (simple === "c") piece = String.fromCharCode(Number(value & 0xffn));
    else piece = integer(conversion ?? "d", length !== undefined, value, flags);
    if (typeof piece === "number") return piece;
    out += pad(piece, flags, width, conversion !== undefined || isPointer !== undefined);
  }
  return out;
}
