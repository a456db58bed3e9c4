/**
 * Direct packet access. `at(T, offset)` is the comparison with data_end that the verifier wants, whose result is the
 * pointer or null; LLVM turns the null test that follows into the same branch.
 */
import type typescript from "typescript";
import type { Span } from "../../../diagnostics/diagnostic.js";
import { spanOf } from "../../../source/span.js";
import {
  advance,
  assign,
  binary,
  compare,
  constant,
  isOptional,
  localPlace,
  logical,
  memory,
  nullOf,
  number,
  opaque,
  read,
  readLocal,
  retype,
  sequence,
  slotAddress,
  statement,
} from "../../make.js";
import type { Expr } from "../../nodes.js";
import { BOOL, type HirType, INT, NUMBER, pointerTo, type StructType } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import { CURSOR, CURSOR_SLOT, POSITION } from "../cursor.js";
import type { Lowering } from "../lowering.js";
import type { Intrinsic } from "./index.js";
import { structNamed } from "./struct-named.js";
import { isTestedAtOnce } from "./tested-at-once.js";

/** Offsets that the verifier can still reason about: above, a range check teaches it nothing (MAX_PACKET_OFF). */
const MAX_OFFSET = 0x7fff;

/** As clang has it for `data + n`: LLVM may take the sum for non-null, and drops the tests of `at`'s result for null. */
const inside = (pointer: Expr): Expr => (pointer.kind === "advance" ? { ...pointer, within: true } : pointer);

/**
 * Pointer to `type` at `offset` if the packet reaches that far. `apart`: it is tested elsewhere, maybe after other headers
 * were read. A comparison with data_end that comes between makes the verifier forget how the first one ended, so the test
 * is then of a register of its own.
 */
function packetAt(fn: Lowering, context: Expr, type: StructType, offset: Expr, apart: boolean, span: Span): Expr {
  const { data, end } = fn.packetBounds(context, span);
  const there: HirType = { ...pointerTo(type), packet: true };
  const pointer: HirType = { ...there, nullable: true };
  const whenFalse = nullOf(pointer, span);
  const within = (at: Expr): Expr => compare("ule", inside(advance(at, type.size, INT.u8, span)), end, span);
  const optional = (test: Expr, at: Expr): Expr => ({
    kind: "conditional",
    test: apart ? opaque(test) : test,
    whenTrue: retype(at, there),
    whenFalse,
    type: pointer,
    span,
  });
  if (offset.kind === "const") {
    if (offset.value < 0n || offset.value > BigInt(MAX_OFFSET)) return whenFalse;
    const at = inside(advance(data, Number(offset.value), type, span));
    return optional(within(at), at);
  }
  const held = fn.local("offset", NUMBER);
  const start = fn.local("start", there);
  fn.emit(statement(assign(localPlace(held), opaque(offset, BigInt(MAX_OFFSET)), span)));
  fn.emit(statement(assign(localPlace(start), retype(data, there), span)));
  const bytes = readLocal(held, span);
  const moved: Expr = { kind: "advance", pointer: data, bytes, barrier: true, within: true, type: there, span };
  const reaches = sequence([statement(assign(localPlace(start), moved, span))], within(readLocal(start, span)));
  const small = compare("ule", bytes, number(MAX_OFFSET, span), span);
  return optional(logical("and", small, reaches, span), readLocal(start, span));
}

const at: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const context = receiver && fn.expression(receiver);
  const type = structNamed(fn, call.arguments[0], call);
  const offset = call.arguments[1];
  if (!context || !type || !offset || context.type.kind === "error") return constant(0, { kind: "error" }, span);
  const bytes = coerce(fn, fn.expression(offset), NUMBER, offset, "the offset");
  return bytes.type.kind === "error" ? bytes : packetAt(fn, context, type, bytes, !isTestedAtOnce(fn, call), span);
};

const cursor: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const context = receiver && fn.expression(receiver);
  if (context?.type.kind !== "packet" || context.type.context === "tracepoint")
    return constant(0, { kind: "error" }, span);
  const node = call.arguments[0];
  const start = node ? coerce(fn, fn.expression(node), NUMBER, node, "the offset") : number(0, span);
  const slot = fn.slot(CURSOR_SLOT, CURSOR, true, span);
  const address = slotAddress(slot, CURSOR, span);
  fn.emit(statement(assign(memory(address, 0, context.type), context, span)));
  fn.emit(statement(assign(memory(address, POSITION, NUMBER), retype(start, NUMBER), span)));
  return retype(address, { kind: "cursor", context: context.type.context });
};

interface OpenCursor {
  readonly context: Expr;
  readonly offset: ReturnType<typeof memory>;
}

function open(fn: Lowering, receiver: typescript.Expression | undefined): OpenCursor | undefined {
  const base = receiver && fn.expression(receiver);
  if (base?.type.kind !== "cursor") return undefined;
  const { span } = base;
  const held = fn.local("cursor", base.type);
  fn.emit(statement(assign(localPlace(held), base, span)));
  const address = retype(readLocal(held, span), pointerTo(CURSOR));
  const context = read(memory(address, 0, { kind: "packet", context: base.type.context }), span);
  return { context, offset: memory(address, POSITION, NUMBER) };
}

const peek: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const opened = open(fn, receiver);
  const type = structNamed(fn, call.arguments[0], call);
  if (!opened || !type) return constant(0, { kind: "error" }, span);
  return packetAt(fn, ownContext(fn, opened.context), type, read(opened.offset, span), !isTestedAtOnce(fn, call), span);
};

const next: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const opened = open(fn, receiver);
  const type = structNamed(fn, call.arguments[0], call);
  if (!opened || !type) return constant(0, { kind: "error" }, span);
  const before = read(opened.offset, span);
  const header = packetAt(fn, ownContext(fn, opened.context), type, before, !isTestedAtOnce(fn, call), span);
  if (!isOptional(header)) return header;
  const found = fn.local("found", BOOL);
  const where = fn.local("header", header.whenTrue.type);
  fn.emit(statement(assign(localPlace(found), header.test, span)));
  fn.emit(statement(assign(localPlace(where), header.whenTrue, span)));
  const moved = assign(opened.offset, binary("add", before, number(type.size, span), NUMBER, span), span);
  fn.emit({ kind: "if", test: readLocal(found, span), then: [statement(moved)], otherwise: [], span });
  return { ...header, test: readLocal(found, span), whenTrue: readLocal(where, span) };
};

/** In the function that got the context, the cursor's is that one: its bounds are cached. */
function ownContext(fn: Lowering, context: Expr): Expr {
  return fn.contextParameter() ?? context;
}

const skip: Intrinsic = (fn, call, receiver) => {
  const span = spanOf(call);
  const opened = open(fn, receiver);
  const node = call.arguments[0];
  if (!opened || !node) return constant(0, { kind: "error" }, span);
  const bytes = coerce(fn, fn.expression(node), NUMBER, node, quoted(node));
  if (bytes.type.kind === "error") return bytes;
  fn.emit(statement(assign(opened.offset, binary("add", read(opened.offset, span), bytes, NUMBER, span), span)));
  return constant(0, { kind: "void" }, span);
};

export const PACKET: Readonly<Record<string, Intrinsic>> = {
  "Packet.at": at,
  "Packet.cursor": cursor,
  "Cursor.next": next,
  "Cursor.peek": peek,
  "Cursor.skip": skip,
};
