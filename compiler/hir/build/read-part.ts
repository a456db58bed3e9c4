/** A part of a struct or an array: the value of a scalar, the address of dynamic bytes, a reference to anything else. */
import type { Span } from "../../diagnostics/diagnostic.js";
import { advance, memory, read } from "../make.js";
import type { Expr } from "../nodes.js";
import { type HirType, isScalar } from "../types.js";
import { dynamicField } from "./dynamic.js";

export function readPart(base: Expr, offset: number, type: HirType, span: Span): Expr {
  if (type.kind === "dynamic") return dynamicField(base, offset, type, span);
  return isScalar(type) ? read(memory(base, offset, type), span) : advance(base, offset, type, span);
}
