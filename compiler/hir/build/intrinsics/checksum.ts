/**
 * Updates of checksums and bytes of a packet. A changed field is given as it is (network-order, its size with it) and
 * options by name; the helpers' own 64-bit numbers and flags stay possible.
 */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { objectProperties } from "../../../source/symbols.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import { assign, constant, memory, number, retype, slotAddress, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type HirType, INT, NUMBER, sizeOf, typeName } from "../../types.js";
import { constantValue } from "../constant.js";
import { coerce, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { finish } from "./helper-call.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";

/** include/uapi/linux/bpf.h: BPF_F_PSEUDO_HDR, BPF_F_MARK_MANGLED_0; the low four bits are the field's size. */
const CHECKSUM_OPTIONS = { pseudoHeader: 1 << 4, mangledZero: 1 << 5 };
/** include/uapi/linux/bpf.h: BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH. */
const STORE_OPTIONS = { recomputeChecksum: 1, invalidateHash: 2 };

/** Flags by name, or a number; undefined after a diagnostic. */
function flagsOf(
  fn: Lowering,
  node: typescript.Expression | undefined,
  names: Readonly<Record<string, number>>,
  base: number,
): Expr | undefined {
  if (!node) return undefined;
  const properties = objectProperties(fn.module, node);
  if (!properties) {
    const flags = coerce(fn, fn.expression(node, INT.u64), INT.u64, node, "the flags");
    return flags;
  }
  let flags = base;
  for (const { name, value, node: at } of properties.values()) {
    const bit = Object.hasOwn(names, name) ? names[name] : undefined;
    const on = constantValue(fn.module, value);
    if (bit === undefined || on === undefined)
      return fn.error("EB2012", at, bit === undefined ? `there is no option ${name}` : `${name} is not a constant`);
    if (on !== 0n) flags |= bit;
  }
  return number(flags, spanOf(node));
}

const replace =
  (helper: "l3_csum_replace" | "l4_csum_replace"): Intrinsic =>
  (fn, call, receiver) => {
    const span = spanOf(call);
    const [offsetNode, fromNode, toNode, optionsNode] = call.arguments;
    if (!receiver || !offsetNode || !fromNode || !toNode)
      return fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
    const context = fn.expression(receiver);
    const offset = coerce(fn, fn.expression(offsetNode, INT.u32), INT.u32, offsetNode, "the offset");
    const from = fn.expression(fromNode, INT.u64);
    const field = from.type.kind === "int" && from.type.bigEndian ? from.type : undefined;
    const type: HirType = field ?? INT.u64;
    const before = field ? from : coerce(fn, from, type, fromNode, "the old value");
    const after = coerce(fn, fn.expression(toNode, type), type, toNode, "the new value");
    const size = field ? sizeOf(field) : 0;
    if (size === 8)
      return fn.error(
        "EB2011",
        fromNode,
        `a checksum is updated for fields of 2 or 4 bytes, not for ${typeName(type)}`,
      );
    const flags = flagsOf(fn, optionsNode, helper === "l4_csum_replace" ? CHECKSUM_OPTIONS : {}, size);
    if (!flags && !field)
      return fn.error("EB1014", call, `${quoted(call)} lacks its flags: only be16 and be32 say their size`);
    // Added to the size where they are numbers: a sum of flags is one that C programs write.
    const args = [context, offset, retype(before, INT.u64), retype(after, INT.u64), flags ?? number(size, span)];
    if (args.some((a) => a.type.kind === "error")) return constant(0, { kind: "error" }, span);
    return finish(fn, { helper, parameters: [], returns: NUMBER }, helperCall(helper, args, NUMBER, span));
  };

/** The address and the size of what is stored: memory, a number of fixed width, or bytes written in place. */
export function source(fn: Lowering, node: typescript.Expression): readonly [Expr, Expr] | undefined {
  const span = spanOf(node);
  const at = unparenthesized(node);
  if (ts.isArrayLiteralExpression(at)) {
    const type: HirType = { kind: "array", element: INT.u8, length: Math.max(at.elements.length, 1), flavour: "bytes" };
    return [fn.memoryOf(at, type), number(sizeOf(type), span)];
  }
  const value = fn.expression(node);
  if (value.type.kind === "error") return undefined;
  if (value.type.kind === "pointer") return [value, number(sizeOf(value.type.to), span)];
  if (value.type.kind === "int" || value.type.kind === "enum") {
    const slot = fn.slot("bytes", value.type, false, span);
    const address = slotAddress(slot, value.type, span);
    fn.emit(statement(assign(memory(address, 0, value.type), value, span)));
    return [address, number(sizeOf(value.type), span)];
  }
  fn.error("EB2011", node, `${quoted(node)} is ${typeName(value.type)}: give it a width, like u16(…) or htons(…)`);
  return undefined;
}

const store =
  (helper: "skb_store_bytes" | "xdp_store_bytes"): Intrinsic =>
  (fn, call, receiver) => {
    const span = spanOf(call);
    const [offsetNode, fromNode, optionsNode] = call.arguments;
    if (!receiver || !offsetNode || !fromNode) return fn.error("EB1014", call, `${quoted(call)} lacks an argument`);
    const context = fn.expression(receiver);
    const offset = coerce(fn, fn.expression(offsetNode, INT.u32), INT.u32, offsetNode, "the offset");
    const from = source(fn, fromNode);
    const flags = flagsOf(fn, optionsNode, STORE_OPTIONS, 0) ?? number(0, span);
    const args = from ? [context, offset, ...from, ...(helper === "skb_store_bytes" ? [flags] : [])] : [];
    if (!from || args.some((a) => a.type.kind === "error")) return constant(0, { kind: "error" }, span);
    return finish(fn, { helper, parameters: [], returns: NUMBER }, helperCall(helper, args, NUMBER, span));
  };

export const CHECKSUM: Readonly<Record<string, Intrinsic>> = {
  "SkBuff.l3CsumReplace": replace("l3_csum_replace"),
  "SkBuff.l4CsumReplace": replace("l4_csum_replace"),
  "SkBuff.storeBytes": store("skb_store_bytes"),
  "XdpContext.storeBytes": store("xdp_store_bytes"),
};
