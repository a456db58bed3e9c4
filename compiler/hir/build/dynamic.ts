/**
 * Dynamic fields of tracepoints. A program may not dereference its context at a computed offset, but the address may be
 * given to a helper as a number: the kernel reads it as any other of its memory.
 */
import type { Span } from "../../diagnostics/diagnostic.js";
import { advance, binary, constant, memory, nullOf, read } from "../make.js";
import type { Expr } from "../nodes.js";
import { type DynamicType, INT, NUMBER, sizeOf } from "../types.js";

/** Offset and length share the field (include/trace/stages/stage5_get_offsets.h). */
const OFFSET_MASK = 0xffff;
const LENGTH_SHIFT = 16;

/** The field's own 4 bytes. */
const location = (base: Expr, offset: number, span: Span): Expr => read(memory(base, offset, INT.u32), span);

/** The address of the bytes of the field at `offset` of a context. */
export function dynamicField(base: Expr, offset: number, type: DynamicType, span: Span): Expr {
  const counted = binary("and", location(base, offset, span), constant(OFFSET_MASK, NUMBER, span), NUMBER, span);
  const origin = type.from === "record" ? base : advance(base, offset + sizeOf(type), INT.u8, span);
  const left: Expr = { kind: "advance", pointer: origin, bytes: counted, type: origin.type, span };
  return { kind: "difference", left, right: nullOf(origin.type, span), type, span };
}

/** The length of a dynamic field that was just read from a context; undefined when only its address is at hand. */
export function dynamicLength(field: Expr): Expr | undefined {
  if (field.kind !== "difference" || field.left.kind !== "advance" || field.left.bytes.kind !== "binary")
    return undefined;
  const { span } = field;
  return binary("lshr", field.left.bytes.left, constant(LENGTH_SHIFT, NUMBER, span), INT.u32, span);
}
