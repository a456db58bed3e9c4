/**
 * `console.log`: a format string in .rodata and bpf_trace_printk (up to three values) or bpf_trace_vprintk (up to
 * twelve, Linux 5.16). Network-order addresses print as addresses (%pI4), booleans as 0 or 1, C strings as text.
 */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import { assign, constant, memory, number, retype, slotAddress, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type HirType, INT, type StructType, typeName, VOID } from "../../types.js";
import { fraction, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";

interface Format {
  text: string;
  readonly values: Expr[];
}

/** The kernel refuses longer ones: MAX_BPRINTF_BUF in kernel/bpf/helpers.c. */
const MAX_FORMAT = 1024;
const MAX_VALUES = 12;

const log: Intrinsic = (fn, call) => {
  const span = spanOf(call);
  const format: Format = { text: "", values: [] };
  call.arguments.forEach((argument, i) => {
    if (i > 0) format.text += " ";
    append(fn, format, argument);
  });
  if (format.values.some((v) => v.type.kind === "error")) return constant(0, { kind: "error" }, span);
  const bytes = new TextEncoder().encode(`${format.text}\0`);
  if (format.values.length > MAX_VALUES)
    return fn.error("EB4005", call, `${format.values.length} values in one console.log, the most is ${MAX_VALUES}`);
  if (bytes.length > MAX_FORMAT)
    return fn.error("EB4005", call, `the format has ${bytes.length} bytes, the most is ${MAX_FORMAT}`);
  const text = fn.module.literal(bytes, span);
  const size = number(bytes.length, span);
  if (format.values.length <= 3) return helperCall("trace_printk", [text, size, ...format.values], VOID, span);
  const words = format.values.length;
  const type: StructType = {
    kind: "struct",
    name: "values",
    identity: "values",
    size: words * 8,
    align: 8,
    fields: [],
  };
  const slot = fn.slot("values", type, false, span);
  const address = slotAddress(slot, type, span);
  format.values.forEach((value, i) => {
    const place = memory(address, i * 8, value.type.kind === "pointer" ? value.type : INT.u64);
    fn.emit(statement(assign(place, value.type.kind === "pointer" ? value : retype(value, INT.u64), span)));
  });
  return helperCall("trace_vprintk", [text, size, address, number(words * 8, span)], VOID, span);
};

function append(fn: Lowering, format: Format, node: typescript.Expression): void {
  const source = unparenthesized(node);
  if (ts.isStringLiteralLike(source)) {
    format.text += escaped(source.text);
    return;
  }
  if (ts.isTemplateExpression(source)) {
    format.text += escaped(source.head.text);
    for (const span of source.templateSpans) {
      append(fn, format, span.expression);
      format.text += escaped(span.literal.text);
    }
    return;
  }
  const found = fn.expression(source);
  const value = found.type.kind === "number" && found.type.fraction ? fraction(fn, source) : found;
  const specifier = specifierOf(value.type);
  if (value.type.kind === "error") format.values.push(value);
  else if (!specifier) {
    format.values.push(fn.error("EB1010", node, `${quoted(node)} (${typeName(value.type)}) cannot be printed`));
  } else {
    format.text += specifier;
    format.values.push(argumentOf(fn, value));
  }
}

const escaped = (text: string): string => text.replaceAll("%", "%%");

function specifierOf(type: HirType): string | undefined {
  switch (type.kind) {
    case "int":
      if (type.name === "be32") return "%pI4";
      if (type.bits === 64) return type.signed ? "%lld" : "%llu";
      return type.signed ? "%d" : "%u";
    case "enum":
      return type.signed ? "%d" : "%u";
    case "number":
      return "%lld";
    case "bigint":
      return "%llu";
    case "bool":
      return "%d";
    case "address":
      return "%llx";
    case "pointer":
      if (type.to.kind === "array" && type.to.flavour === "chars") return "%s";
      if (type.to.kind === "array" && type.to.flavour === "bytes" && type.to.length === 16) return "%pI6";
      if (type.to.kind === "array" && type.to.flavour === "bytes" && type.to.length === 4) return "%pI4";
      return undefined;
    default:
      return undefined;
  }
}

function argumentOf(fn: Lowering, value: Expr): Expr {
  const { type, span } = value;
  if (type.kind === "bool") return { kind: "convert", to: INT.u32, value, type: INT.u32, span };
  if (type.kind === "int" && type.bigEndian) {
    if (type.bits === 16) return { kind: "bswap", bits: 16, value, type: INT.u16, span };
    if (type.bits === 64) return { kind: "bswap", bits: 64, value, type: INT.u64, span };
    const slot = fn.slot("address", INT.be32, false, span);
    const address = slotAddress(slot, INT.be32, span);
    fn.emit(statement(assign(memory(address, 0, INT.be32), value, span)));
    return address;
  }
  return value;
}

export const CONSOLE: Readonly<Record<string, Intrinsic>> = { "Console.log": log };
