/**
 * bpf_map_update_elem inside generated code, for arrays whose reference is a constant at the call: index and value are
 * checked, the value is copied. Anything unusual (flags, a value that may not be read or lies in a map itself, values
 * with locks or timers) goes the way of all helpers. Order of errors: maps/array.ts.
 */
import { HelperId } from "../../facts/helpers/index.js";
import { STACK_END } from "../address.js";
import type { InlineMap } from "../engine.js";
import { Errno } from "../errno.js";
import { type Bitmaps, keyPlace } from "./access.js";
import { type Body, Local } from "./body.js";
import { elementOf } from "./lookup.js";
import { W } from "./opcodes.js";

export const UPDATE = HelperId.map_update_elem;
/** Longest value that is copied here; its bits fit into one peek at the bitmap. */
const LONGEST_VALUE = 56;

export function canUpdate({ plan, valueSize, plain }: InlineMap): boolean {
  return plan.kind === "array" && plain && valueSize <= LONGEST_VALUE;
}

/** How a value is copied: offset and the instructions for each piece. */
function pieces(size: number): { readonly at: number; readonly load: number; readonly store: number }[] {
  const list: { at: number; load: number; store: number }[] = [];
  let at = 0;
  for (; at + 8 <= size; at += 8) list.push({ at, load: W.i64Load, store: W.i64Store });
  for (; at + 4 <= size; at += 4) list.push({ at, load: W.i32Load, store: W.i32Store });
  for (; at < size; at++) list.push({ at, load: W.i32Load8U, store: W.i32Store8 });
  return list;
}

/** Emits an update with r2 = key, r3 = value, r4 = flags; goes to `slow` for what is not done here. */
export function emitUpdate(body: Body, maps: Bitmaps, map: InlineMap, slow: number): void {
  const { plan, valueSize } = map;
  if (plan.kind !== "array") return;
  body.reg(4);
  body.op(W.i64Eqz);
  body.op(W.i32Eqz);
  body.br(slow, W.brIf);
  keyPlace(body, maps, 2, 4, slow);
  body.get(Local.place);
  body.memory(W.i32Load, 0);
  body.set(Local.next);
  keyPlace(body, maps, 3, valueSize, slow);
  // A value in a map may be the one that is written.
  body.get(Local.place);
  body.i32(STACK_END);
  body.op(W.i32GeU);
  body.br(slow, W.brIf);
  body.i64(Errno.E2BIG);
  body.setReg(0);
  body.get(Local.next);
  body.i32(plan.maxEntries);
  body.op(W.i32LtU);
  body.open(W.if);
  elementOf(body, plan);
  body.set(Local.next);
  for (const { at, load, store } of pieces(valueSize)) {
    body.get(Local.next);
    body.get(Local.place);
    body.memory(load, at);
    body.memory(store, at);
  }
  body.i64(0);
  body.setReg(0);
  body.end();
}
