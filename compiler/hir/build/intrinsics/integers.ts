/** Conversion functions and byte order. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { constant, retype } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { BIGINT, INT, type IntName, type IntType, intOf, NUMBER, typeName } from "../../types.js";
import { coerce, convertExplicitly, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";
import type { Intrinsic } from "./index.js";

function swapped(value: Expr, bits: 16 | 32 | 64, type: IntType): Expr {
  if (value.kind === "const") return constant(reverse(value.value, bits), type, value.span);
  return { kind: "bswap", bits, value, type, span: value.span };
}

function reverse(value: bigint, bits: number): bigint {
  let out = 0n;
  for (let i = 0; i < bits; i += 8) out = (out << 8n) | ((BigInt.asUintN(bits, value) >> BigInt(i)) & 0xffn);
  return out;
}

const argument = (fn: Lowering, call: typescript.CallExpression): typescript.Expression | undefined => {
  const node = call.arguments[0];
  if (!node) fn.error("EB1014", call, `${quoted(call)} lacks its argument`);
  return node;
};

const conversion =
  (target: IntType): Intrinsic =>
  (fn, call) => {
    const node = argument(fn, call);
    if (!node) return constant(0, { kind: "error" }, spanOf(call));
    const value = fn.expression(node, target);
    if (value.type.kind === "error") return value;
    const int = intOf(value.type);
    if ((!int && value.type.kind !== "bool") || int?.bigEndian)
      return fn.error("EB2011", node, `${target.name}() converts integers and booleans, not ${typeName(value.type)}`);
    return convertExplicitly(value, target);
  };

const toNetwork =
  (bits: 16 | 32 | 64): Intrinsic =>
  (fn, call) => {
    const node = argument(fn, call);
    if (!node) return constant(0, { kind: "error" }, spanOf(call));
    const host = INT[`u${bits}` as IntName];
    const value = coerce(fn, fn.expression(node, host), host, node, `the argument of ${call.expression.getText()}`);
    return value.type.kind === "error" ? value : swapped(value, bits, INT[`be${bits}` as IntName]);
  };

const toHost =
  (bits: 16 | 32 | 64): Intrinsic =>
  (fn, call) => {
    const node = argument(fn, call);
    if (!node) return constant(0, { kind: "error" }, spanOf(call));
    const net = INT[`be${bits}` as IntName];
    const value = coerce(fn, fn.expression(node, net), net, node, `the argument of ${call.expression.getText()}`);
    return value.type.kind === "error" ? value : swapped(value, bits, INT[`u${bits}` as IntName]);
  };

const untyped =
  (type: typeof NUMBER | typeof BIGINT): Intrinsic =>
  (fn, call) => {
    const node = argument(fn, call);
    if (!node) return constant(0, { kind: "error" }, spanOf(call));
    const value = fn.expression(node);
    const int = intOf(value.type);
    if (value.type.kind === "error") return value;
    if (!int || int.bigEndian)
      return fn.error("EB2011", node, `${quoted(call)}: ${typeName(value.type)} is not an integer`);
    return retype(value, type.kind === "number" ? { kind: "number", natural: int } : int.signed ? INT.i64 : INT.u64);
  };

export const INTEGERS: Readonly<Record<string, Intrinsic>> = {
  u8: conversion(INT.u8),
  u16: conversion(INT.u16),
  u32: conversion(INT.u32),
  u64: conversion(INT.u64),
  i8: conversion(INT.i8),
  i16: conversion(INT.i16),
  i32: conversion(INT.i32),
  i64: conversion(INT.i64),
  htons: toNetwork(16),
  htonl: toNetwork(32),
  htonll: toNetwork(64),
  be16: toNetwork(16),
  be32: toNetwork(32),
  be64: toNetwork(64),
  ntohs: toHost(16),
  ntohl: toHost(32),
  ntohll: toHost(64),
  Number: untyped(NUMBER),
  BigInt: untyped(BIGINT),
};
