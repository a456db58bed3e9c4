/** Keyed and indexed maps: lookup, update, delete, lookupOrInit. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { assign, constant, isNull, localPlace, readLocal, statement } from "../../make.js";
import type { Expr, HirMap } from "../../nodes.js";
import { INT, NUMBER, pointerTo } from "../../types.js";
import type { Lowering } from "../lowering.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";
import { mapNamed } from "./map-named.js";

export const mapAddress = (map: HirMap, span: Expr["span"]): Expr => ({
  kind: "global",
  name: map.name,
  type: pointerTo(INT.u8),
  span,
});

const failed = (call: typescript.Node): Expr => constant(0, { kind: "error" }, spanOf(call));

interface Keyed {
  readonly map: HirMap;
  readonly address: Expr;
  readonly key: Expr;
}

function keyed(
  fn: Lowering,
  call: typescript.CallExpression,
  receiver: typescript.Expression | undefined,
): Keyed | undefined {
  const map = mapNamed(fn, receiver);
  const node = call.arguments[0];
  if (!map?.key || !node) return undefined;
  const key = fn.memoryOf(node, map.key);
  return key.type.kind === "error" ? undefined : { map, address: mapAddress(map, spanOf(call)), key };
}

function find(found: Keyed, span: Expr["span"]): Expr {
  const { map, address, key } = found;
  return helperCall("map_lookup_elem", [address, key], pointerTo(map.value ?? INT.u8, true), span);
}

const lookup: Intrinsic = (fn, call, receiver) => {
  const found = keyed(fn, call, receiver);
  return found ? find(found, spanOf(call)) : failed(call);
};

const update: Intrinsic = (fn, call, receiver) => {
  const found = keyed(fn, call, receiver);
  const [, valueNode, flagNode] = call.arguments;
  if (!found?.map.value || !valueNode) return failed(call);
  const value = fn.memoryOf(valueNode, found.map.value);
  const flag = flagNode ? fn.expression(flagNode) : constant(0, NUMBER, spanOf(call));
  if (value.type.kind === "error" || flag.type.kind === "error") return failed(call);
  return helperCall("map_update_elem", [found.address, found.key, value, flag], NUMBER, spanOf(call));
};

const remove: Intrinsic = (fn, call, receiver) => {
  const found = keyed(fn, call, receiver);
  return found ? helperCall("map_delete_elem", [found.address, found.key], NUMBER, spanOf(call)) : failed(call);
};

/** BPF_NOEXIST: another CPU may have inserted the key since; its value wins and the second look-up finds it. */
const NOEXIST = 1;

const lookupOrInit: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const found = keyed(fn, call, receiver);
  const valueNode = call.arguments[1];
  const type = found?.map.value;
  if (!found || !type || !valueNode) return failed(call);
  const result = fn.local("entry", pointerTo(type, true));
  fn.emit(statement(assign(localPlace(result), find(found, span), span)));
  const then = fn.collect(() => {
    fn.emit(
      statement(
        fn.scoped(span, () => {
          const value = fn.memoryOf(valueNode, type);
          const flag = constant(NOEXIST, NUMBER, span);
          return helperCall("map_update_elem", [found.address, found.key, value, flag], NUMBER, span);
        }),
      ),
    );
    fn.emit(statement(assign(localPlace(result), find(found, span), span)));
  });
  fn.emit({ kind: "if", test: isNull(readLocal(result, span), span), then, otherwise: [], span });
  return readLocal(result, span);
};

export const MAPS: Readonly<Record<string, Intrinsic>> = {
  "KeyedMap.lookup": lookup,
  "KeyedMap.update": update,
  "KeyedMap.delete": remove,
  "KeyedMap.lookupOrInit": lookupOrInit,
  "IndexedMap.lookup": lookup,
  "IndexedMap.update": update,
};
