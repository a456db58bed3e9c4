/** Ring buffers: reserve, submit, discard, output, available. */
import { spanOf } from "../../../source/span.js";
import { assign, constant, isPresent, localPlace, number, readLocal, statement } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { INT, NUMBER, pointerTo, sizeOf, VOID } from "../../types.js";
import { zero } from "../store.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";
import { mapNamed } from "./map-named.js";
import { mapAddress } from "./maps.js";

/** A record is zeroed so that what the program leaves out is not what an older record held; LLVM drops dead zeros. */
const reserve: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const map = mapNamed(fn, receiver);
  const type = map?.record;
  if (!map || !type) return constant(0, { kind: "error" }, span);
  const pointer = pointerTo(type, true);
  const record = fn.local("record", pointer);
  const args = [mapAddress(map, span), number(sizeOf(type), span), number(0, span)];
  fn.emit(statement(assign(localPlace(record), helperCall("ringbuf_reserve", args, pointer, span), span)));
  const then = fn.collect(() => zero(fn, readLocal(record, span), type, call));
  fn.emit({ kind: "if", test: isPresent(readLocal(record, span), span), then, otherwise: [], span });
  return readLocal(record, span);
};

const finish =
  (helper: "ringbuf_submit" | "ringbuf_discard"): Intrinsic =>
  (fn, call, receiver) => {
    const span = spanOf(call);
    const map = mapNamed(fn, receiver);
    const [recordNode, flagNode] = call.arguments;
    if (!map?.record || !recordNode) return constant(0, { kind: "error" }, span);
    const record = fn.value(recordNode, pointerTo(map.record), "the record");
    const flag: Expr = flagNode ? fn.expression(flagNode) : number(0, span);
    if (record.type.kind === "error" || flag.type.kind === "error") return constant(0, { kind: "error" }, span);
    return helperCall(helper, [record, flag], VOID, span);
  };

const output: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const map = mapNamed(fn, receiver);
  const [valueNode, flagNode] = call.arguments;
  if (!map?.record || !valueNode) return constant(0, { kind: "error" }, span);
  const value = fn.memoryOf(valueNode, map.record);
  const flag: Expr = flagNode ? fn.expression(flagNode) : number(0, span);
  if (value.type.kind === "error" || flag.type.kind === "error") return constant(0, { kind: "error" }, span);
  return helperCall(
    "ringbuf_output",
    [mapAddress(map, span), value, number(sizeOf(map.record), span), flag],
    NUMBER,
    span,
  );
};

const available: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const map = mapNamed(fn, receiver);
  if (!map) return constant(0, { kind: "error" }, span);
  return helperCall("ringbuf_query", [mapAddress(map, span), number(0, span)], INT.u64, span);
};

export const RING_BUFFER: Readonly<Record<string, Intrinsic>> = {
  "RingBuf.reserve": reserve,
  "RingBuf.submit": finish("ringbuf_submit"),
  "RingBuf.discard": finish("ringbuf_discard"),
  "RingBuf.output": output,
  "RingBuf.available": available,
};
