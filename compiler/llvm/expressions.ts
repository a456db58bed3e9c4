/** HIR expressions to LLVM IR: each returns the name of its value in register form. */
import { assertNever } from "../diagnostics/diagnostic.js";
import type { Expr, ExprOf } from "../hir/nodes.js";
import { type HirType, type IntType, intOf } from "../hir/types.js";
import { emitDivision } from "./division.js";
import { type FunctionEmitter, registerType, slotName } from "./function.js";
import { forgotten, hidden, unknownZero } from "./hidden.js";
import { emitAddress, emitLoad, emitStore } from "./memory.js";
import { globalName } from "./text.js";

export function emitExpression(out: FunctionEmitter, e: Expr): string {
  return out.on(e.span, () => emit(out, e));
}

function emit(out: FunctionEmitter, e: Expr): string {
  switch (e.kind) {
    case "const":
      return literal(e.value, e.type);
    case "null":
      return "null";
    case "text":
      return "null";
    case "read":
      return emitLoad(out, e.place);
    case "assign": {
      const value = emitExpression(out, e.value);
      emitStore(out, e.place, value);
      return value;
    }
    case "binary":
      return emitBinary(out, e);
    case "compare": {
      const [a, b] = [emitExpression(out, e.left), emitExpression(out, e.right)];
      return out.value(`icmp ${e.predicate} ${registerType(e.left.type)} ${a}, ${b}`);
    }
    case "not":
      return out.value(`xor i1 ${emitExpression(out, e.value)}, true`);
    case "logical":
      return emitLogical(out, e);
    case "conditional":
      return emitConditional(out, e);
    case "convert":
      return emitConvert(out, e);
    case "bswap":
      return emitByteSwap(out, e);
    case "advance":
      return emitAdvance(out, e);
    case "present": {
      const pointer = emitExpression(out, e.value);
      out.line(`call void @llvm.assume(i1 ${out.value(`icmp ne ptr ${pointer}, null`)})`);
      return pointer;
    }
    case "difference": {
      const a = out.value(`ptrtoint ptr ${emitExpression(out, e.left)} to i64`);
      const b = out.value(`ptrtoint ptr ${emitExpression(out, e.right)} to i64`);
      // LLVM would make `end - data - 1` into `end + ~data`: the verifier takes no bitwise operation of a pointer.
      return out.value(`call i64 asm "", "=r,0"(i64 ${out.value(`sub i64 ${a}, ${b}`)})`);
    }
    case "opaque":
      return emitHidden(out, e);
    case "unknown":
      return unknownZero(out, slotName(e.slot));
    case "forgotten":
      return forgotten(out, registerType(e.type), emitExpression(out, e.value), emitExpression(out, e.zero));
    case "constant":
      return out.value(`call i1 @llvm.is.constant.i64(i64 ${emitExpression(out, e.value)})`);
    case "fits": {
      const known = out.module.bounds.atMost(e.origin);
      if (known !== undefined && known < BigInt(e.length)) return "true";
      return out.value(`icmp ult i64 ${emitExpression(out, e.value)}, ${e.length}`);
    }
    case "slot":
      return slotName(e.slot);
    case "global":
      return globalName(e.name);
    case "context":
      return "%a0";
    case "call":
      return emitCall(out, e);
    case "helper":
      return emitHelper(out, e);
    case "atomic":
      return emitAtomic(out, e);
    case "sequence":
      out.statements(e.body);
      return emitExpression(out, e.value);
    default:
      return assertNever(e, "llvm");
  }
}

function emitAdvance(out: FunctionEmitter, e: ExprOf<"advance">): string {
  const pointer = emitExpression(out, e.pointer);
  const bytes = emitExpression(out, e.bytes);
  const moved = (): string => out.value(`getelementptr ${e.within ? "inbounds " : ""}i8, ptr ${pointer}, i64 ${bytes}`);
  return e.barrier ? emitOpaque(out, bytes, moved) : moved();
}

/**
 * A pointer at a computed offset, made only once: the verifier knows the range of the very register that was compared, so
 * LLVM must not compute the sum again where it is used. An offset that turns out to be constant stays transparent.
 *
 *   br is.constant(bytes) ? plain : opaque;  plain: a = p + n;  opaque: b = passthrough(p + n);  phi(a, b)
 */
function emitOpaque(out: FunctionEmitter, bytes: string, moved: () => string): string {
  const [plain, opaque, end] = [out.label(), out.label(), out.label()];
  out.branchIf(out.value(`call i1 @llvm.is.constant.i64(i64 ${bytes})`), plain, opaque);
  out.startBlock(plain);
  const a = moved();
  out.branch(end);
  out.startBlock(opaque);
  const b = out.value(`call ptr @llvm.bpf.passthrough.p0.p0(i32 ${out.module.unique()}, ptr ${moved()})`);
  out.line(`call void @llvm.assume(i1 ${out.value(`icmp ne ptr ${b}, null`)})`);
  out.startBlock(end);
  return out.value(`phi ptr [ ${a}, %${plain} ], [ ${b}, %${opaque} ]`);
}

/** An integer or truth value behind an empty piece of assembly: no instruction, and nothing that LLVM knows of it. */
function emitHidden(out: FunctionEmitter, e: ExprOf<"opaque">): string {
  const value = emitExpression(out, e.value);
  const known = e.atMost !== undefined ? out.module.bounds.atMost(e.value) : undefined;
  if (known !== undefined && e.atMost !== undefined && known <= e.atMost) return value;
  if (registerType(e.type) === "ptr") return out.value(`call ptr asm "", "=r,0"(ptr ${value})`);
  if (registerType(e.type) === "i1") {
    const word = hidden(out, out.value(`zext i1 ${value} to i64`));
    return out.value(`icmp ne i64 ${word}, 0`);
  }
  return hidden(out, value);
}

function literal(value: bigint, type: HirType): string {
  const register = registerType(type);
  if (register === "i1") return value === 0n ? "false" : "true";
  if (register === "ptr") return "null";
  return String(BigInt.asIntN(64, value));
}

const DIVISIONS = new Set(["udiv", "sdiv", "urem", "srem"]);
const SHIFTS = new Set(["shl", "lshr", "ashr"]);

function emitBinary(out: FunctionEmitter, e: ExprOf<"binary">): string {
  const left = emitExpression(out, e.left);
  let right = emitExpression(out, e.right);
  if (DIVISIONS.has(e.op))
    return emitDivision(out, e.op, left, right, e.right.kind === "const" ? e.right.value : undefined);
  // BPF masks shift counts (RFC 9669 section 4.1); to LLVM a count of 64 is undefined behaviour.
  if (SHIFTS.has(e.op))
    right = e.right.kind === "const" ? String(BigInt.asUintN(6, e.right.value)) : out.value(`and i64 ${right}, 63`);
  return out.value(`${e.op} i64 ${left}, ${right}`);
}

function emitLogical(out: FunctionEmitter, e: ExprOf<"logical">): string {
  const [rest, end] = [out.label(), out.label()];
  const left = emitExpression(out, e.left);
  const from = out.current;
  if (e.op === "and") out.branchIf(left, rest, end);
  else out.branchIf(left, end, rest);
  out.startBlock(rest);
  const right = emitExpression(out, e.right);
  const last = out.current;
  out.startBlock(end);
  return out.value(`phi i1 [ ${e.op === "and" ? "false" : "true"}, %${from} ], [ ${right}, %${last} ]`);
}

function emitConditional(out: FunctionEmitter, e: ExprOf<"conditional">): string {
  const [yes, no, end] = [out.label(), out.label(), out.label()];
  out.branchIf(emitExpression(out, e.test), yes, no);
  out.startBlock(yes);
  const a = emitExpression(out, e.whenTrue);
  const fromYes = out.current;
  out.branch(end);
  out.startBlock(no);
  const b = emitExpression(out, e.whenFalse);
  const fromNo = out.current;
  out.startBlock(end);
  const type = registerType(e.type);
  return type === "void" ? "0" : out.value(`phi ${type} [ ${a}, %${fromYes} ], [ ${b}, %${fromNo} ]`);
}

/** Cuts to the target's width and extends as its sign says. */
function extend(out: FunctionEmitter, value: string, to: IntType): string {
  if (to.bits === 64) return value;
  const narrow = out.value(`trunc i64 ${value} to i${to.bits}`);
  return out.value(`${to.signed ? "sext" : "zext"} i${to.bits} ${narrow} to i64`);
}

function emitConvert(out: FunctionEmitter, e: ExprOf<"convert">): string {
  const value = emitExpression(out, e.value);
  if (registerType(e.value.type) === "i1") return out.value(`zext i1 ${value} to i64`);
  return extend(out, value, e.to);
}

function emitByteSwap(out: FunctionEmitter, e: ExprOf<"bswap">): string {
  const value = emitExpression(out, e.value);
  if (e.bits === 64) return out.value(`call i64 @llvm.bswap.i64(i64 ${value})`);
  const narrow = out.value(`trunc i64 ${value} to i${e.bits}`);
  const swapped = out.value(`call i${e.bits} @llvm.bswap.i${e.bits}(i${e.bits} ${narrow})`);
  return out.value(`zext i${e.bits} ${swapped} to i64`);
}

function argumentList(out: FunctionEmitter, args: readonly Expr[]): string {
  return args.map((a) => `${registerType(a.type)} ${emitExpression(out, a)}`).join(", ");
}

function emitCall(out: FunctionEmitter, e: ExprOf<"call">): string {
  const args = argumentList(out, e.args);
  const type = registerType(e.type);
  const text = `call ${type} ${globalName(e.callee)}(${args})`;
  if (type !== "void") return out.value(text);
  out.line(text);
  return "0";
}

/** Helpers are called by number; every argument is a whole register. */
function emitHelper(out: FunctionEmitter, e: ExprOf<"helper">): string {
  const args = e.args.map((a) => {
    const value = emitExpression(out, a);
    const type = registerType(a.type);
    return type === "i1" ? `i64 ${out.value(`zext i1 ${value} to i64`)}` : `${type} ${value}`;
  });
  const type = registerType(e.type) === "ptr" ? "ptr" : "i64";
  const result = out.value(`call ${type} inttoptr (i64 ${e.helper} to ptr)(${args.join(", ")})`);
  const int = e.type.kind === "int" || e.type.kind === "enum" ? intOf(e.type) : undefined;
  return int ? extend(out, result, int) : result;
}

function emitAtomic(out: FunctionEmitter, e: ExprOf<"atomic">): string {
  if (e.place.kind !== "memory") return "0";
  const int = intOf(e.place.type);
  const bits = int?.bits ?? 64;
  const cut = (value: string): string => (bits === 64 ? value : out.value(`trunc i64 ${value} to i${bits}`));
  const expected = e.expected && cut(emitExpression(out, e.expected));
  const value = cut(emitExpression(out, e.value));
  const address = emitAddress(out, e.place);
  let before: string;
  if (expected !== undefined) {
    const pair = out.value(
      `cmpxchg ptr ${address}, i${bits} ${expected}, i${bits} ${value} seq_cst seq_cst, align ${bits / 8}`,
    );
    before = out.value(`extractvalue { i${bits}, i1 } ${pair}, 0`);
  } else
    before = out.value(
      `atomicrmw ${e.op} ptr ${address}, i${bits} ${value} ${e.fetch ? "seq_cst" : "monotonic"}, align ${bits / 8}`,
    );
  if (!e.fetch) return "0";
  return bits === 64 ? before : out.value(`${int?.signed ? "sext" : "zext"} i${bits} ${before} to i64`);
}
