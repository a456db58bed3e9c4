/** Text: trace output, snprintf, comparison, numbers out of text. */
import { Errno } from "../errno.js";
import type { HelperCall, HelperTable } from "./call.js";
import { format } from "./format.js";
import { outside } from "./task.js";

/** MAX_BPRINTF_VARARGS words */
const MAX_VARARGS = 12;

function template(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  // The kernel wants the format terminated inside its size.
  return end < 0 ? undefined : Buffer.from(bytes.subarray(0, end)).toString("latin1");
}

function render(call: HelperCall, text: string | undefined, args: readonly bigint[]): string | number {
  if (text === undefined) return Errno.EINVAL;
  // bpf_bprintf_prepare refuses what is neither printable nor white space.
  if (/[^ -~\t\n\v\f\r]/.test(text)) return Errno.EINVAL;
  return format(text, args, (address, limit, user) => outside(call, address, limit, user ? "user" : "any"));
}

/** Formats with a template and a block of words, as arguments: the text, or a negative errno. */
export function printed(call: HelperCall, text: number, size: number, args: number, bytes: number): string | number {
  const values = words(call, args, bytes);
  return values === undefined ? Errno.EINVAL : render(call, template(call.bytes(text, size)), values);
}

function emit(call: HelperCall, result: string | number): number {
  if (typeof result === "number") return result;
  const text = Buffer.from(result, "latin1").toString("utf8");
  call.run.output.push(text.endsWith("\n") ? text.slice(0, -1) : text);
  return result.length;
}

function words(call: HelperCall, pointer: number, size: number): bigint[] | undefined {
  const length = call.size(size);
  if (length % 8 !== 0 || length > MAX_VARARGS * 8) return undefined;
  if (length === 0) return [];
  const at = call.readable(pointer, length);
  return Array.from({ length: length / 8 }, (_, i) => call.run.memory.view.getBigUint64(at + i * 8, true));
}

/** The NUL-terminated text that an argument points at. */
function constText(call: HelperCall, n: number): Uint8Array {
  const at = call.readable(n, 1);
  let length = 0;
  while (call.run.memory.canRead(at + length, 1) && call.run.memory.u8[at + length] !== 0) length++;
  if (!call.run.memory.canRead(at + length, 1)) throw call.fault(n, "text without its NUL");
  return call.run.memory.bytes(at, length + 1);
}

function parseNumber(call: HelperCall): { value: bigint; used: number } | number {
  const bytes = call.bytes(1, 2);
  const base = call.u64(3);
  call.writable(4, 8);
  if (base !== 0n && base !== 8n && base !== 10n && base !== 16n) return Errno.EINVAL;
  const text = new TextDecoder("latin1").decode(bytes).replace(/\0.*$/s, "");
  const [lead = "", sign = ""] =
    /^[ \t\n\v\f\r]*/.exec(text) === null
      ? []
      : [/^[ \t\n\v\f\r]*/.exec(text)?.[0], /^[ \t\n\v\f\r]*(-?)/.exec(text)?.[1]];
  let rest = text.slice(lead.length + sign.length);
  let used = lead.length + sign.length;
  let radix = Number(base);
  const hexadecimal = /^0[xX][0-9a-fA-F]/.test(rest);
  if (radix === 0) radix = hexadecimal ? 16 : rest.startsWith("0") ? 8 : 10;
  if (radix === 16 && /^0[xX]/.test(rest)) {
    rest = rest.slice(2);
    used += 2;
  }
  const digits = { 8: /^[0-7]+/, 10: /^[0-9]+/, 16: /^[0-9a-fA-F]+/ }[radix as 8 | 10 | 16].exec(rest)?.[0];
  if (digits === undefined) return Errno.EINVAL;
  const value = BigInt(radix === 16 ? `0x${digits}` : radix === 8 ? `0o${digits}` : digits);
  if (value >= 1n << 64n) return Errno.ERANGE;
  return { value: sign === "-" ? -value : value, used: used + digits.length };
}

export const printHelpers = {
  trace_printk(call) {
    return emit(call, render(call, template(call.bytes(1, 2)), [call.u64(3), call.u64(4), call.u64(5)]));
  },
  trace_vprintk(call) {
    const args = words(call, 3, 4);
    return args === undefined ? Errno.EINVAL : emit(call, render(call, template(call.bytes(1, 2)), args));
  },
  snprintf(call) {
    const size = call.size(2);
    const to = call.writable(1, size);
    const args = words(call, 4, 5);
    if (args === undefined) return Errno.EINVAL;
    const text = render(call, template(constText(call, 3)), args);
    if (typeof text === "number") return text;
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    if (size > 0) {
      const cut = bytes.subarray(0, size - 1);
      call.run.memory.u8.set(cut, to);
      call.run.memory.u8[to + cut.length] = 0;
    }
    return bytes.length + 1;
  },
  strncmp(call) {
    const left = call.bytes(1, 2);
    const right = constText(call, 3);
    for (let i = 0; i < left.length; i++) {
      const [a, b] = [left[i] ?? 0, right[i] ?? 0];
      if (a !== b) return a < b ? -1 : 1;
      if (a === 0) return 0;
    }
    return 0;
  },
  strtol(call) {
    const parsed = parseNumber(call);
    if (typeof parsed === "number") return parsed;
    if (BigInt.asIntN(64, parsed.value) !== parsed.value) return Errno.ERANGE;
    call.run.memory.view.setBigInt64(call.writable(4, 8), parsed.value, true);
    return parsed.used;
  },
  strtoul(call) {
    const parsed = parseNumber(call);
    if (typeof parsed === "number") return parsed;
    if (parsed.value < 0n) return Errno.EINVAL;
    call.run.memory.view.setBigUint64(call.writable(4, 8), parsed.value, true);
    return parsed.used;
  },
} satisfies HelperTable;
