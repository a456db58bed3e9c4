/** Sizes and comparison of memory. */

import { spanOf } from "../../../source/span.js";
import { constantText } from "../../../source/symbols.js";
import { ts } from "../../../source/typescript.js";
import { alignmentOf, compare, constant, logical, memory, number, read, slotAddress } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type HirType, INT, type IntType, sameType, sizeOf, typeName } from "../../types.js";
import { quoted } from "../convert.js";
import { copyMemory } from "../store.js";
import type { Intrinsic } from "./index.js";
import { structNamed } from "./struct-named.js";

const size: Intrinsic = (fn, call) => {
  const type = structNamed(fn, call.arguments[0], call);
  return type ? number(type.size, spanOf(call)) : constant(0, { kind: "error" }, spanOf(call));
};

const fieldOffset: Intrinsic = (fn, call) => {
  const type = structNamed(fn, call.arguments[0], call);
  const name = call.arguments[1];
  if (!type || !name) return constant(0, { kind: "error" }, spanOf(call));
  const text = constantText(fn.module, name);
  const field = type.fields.find((f) => f.name === text);
  return field
    ? number(field.offset, spanOf(call))
    : fn.error("EB2012", name, `${quoted(name)} is not a field of ${type.name}`);
};

const WORDS: Readonly<Record<number, IntType>> = { 1: INT.u8, 2: INT.u16, 4: INT.u32, 8: INT.u64 };

/** Compares word by word, at the alignment that both sides have. */
const equal: Intrinsic = (fn, call) => {
  const [x, y] = call.arguments;
  const span = spanOf(call);
  if (!x || !y) return fn.error("EB1014", call, `${quoted(call)} compares two values`);
  const a = fn.expression(x);
  const b = fn.expression(y, a.type);
  if (a.type.kind === "error" || b.type.kind === "error") return constant(0, { kind: "error" }, span);
  if (a.type.kind !== "pointer" || b.type.kind !== "pointer" || !sameType(a.type.to, b.type.to))
    return fn.error("EB2011", call, `${typeName(a.type)} and ${typeName(b.type)} are not memory of one type`);
  return equalBytes(a, b, a.type.to, span);
};

function equalBytes(a: Expr, b: Expr, type: HirType, span: Expr["span"]): Expr {
  const align = Math.min(alignmentOf(a), alignmentOf(b));
  let all: Expr | undefined;
  for (let at = 0, left = sizeOf(type); left > 0; ) {
    const step = [8, 4, 2, 1].find((n) => n <= align && n <= left) ?? 1;
    const word = WORDS[step] ?? INT.u8;
    const same = compare("eq", read(memory(a, at, word), span), read(memory(b, at, word), span), span);
    all = all ? logical("and", all, same, span) : same;
    at += step;
    left -= step;
  }
  return all ?? constant(1, { kind: "bool" }, span);
}

/** `cstring("text")`: the literal, in the buffer that it meets. */
const cstring: Intrinsic = (fn, call, _receiver, want) => {
  const node = call.arguments[0];
  if (node && ts.isStringLiteralLike(node)) return fn.expression(node, want);
  return fn.error("EB2012", call, `${quoted(call)}: the text is not a literal`);
};

/** `copyOf(x)`: stack memory of the function, filled once. */
const copyOf: Intrinsic = (fn, call) => {
  const span = spanOf(call);
  const node = call.arguments[0];
  if (!node) return fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
  const value = fn.expression(node);
  if (value.type.kind === "error") return value;
  if (value.type.kind !== "pointer" || value.type.ref || value.type.nullable)
    return fn.error("EB2011", node, `${quoted(node)} is ${typeName(value.type)}: copyOf takes a struct or an array`);
  const slot = fn.slot("copy", value.type.to, true, span);
  const address = slotAddress(slot, value.type.to, span);
  copyMemory(fn, address, value, value.type.to);
  return address;
};

export const MEMORY: Readonly<Record<string, Intrinsic>> = {
  copyOf,
  cstring,
  sizeOf: size,
  offsetOf: fieldOffset,
  bytesEqual: equal,
};
