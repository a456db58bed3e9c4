/** HIR statements to LLVM IR. */
import { assertNever, InternalCompilerError } from "../diagnostics/diagnostic.js";
import type { Stmt } from "../hir/nodes.js";
import { emitExpression } from "./expressions.js";
import { type FunctionEmitter, slotName } from "./function.js";
import { emitCopy, emitFill, emitZero } from "./memory.js";

export function emitStatements(out: FunctionEmitter, body: readonly Stmt[]): void {
  for (const stmt of body) emitStatement(out, stmt);
}

function emitStatement(out: FunctionEmitter, stmt: Stmt): void {
  out.at(stmt.span);
  switch (stmt.kind) {
    case "expr":
      emitExpression(out, stmt.value);
      return;
    case "if":
      emitIf(out, stmt);
      return;
    case "loop":
      emitLoop(out, stmt);
      return;
    case "block": {
      const end = out.label();
      out.jumps.set(stmt.label, { onBreak: end, onContinue: undefined });
      emitStatements(out, stmt.body);
      out.startBlock(end);
      return;
    }
    case "switch":
      emitSwitch(out, stmt);
      return;
    case "break":
    case "continue": {
      const target = out.jumps.get(stmt.label);
      const label = stmt.kind === "break" ? target?.onBreak : target?.onContinue;
      if (!label) throw new InternalCompilerError("llvm", `${stmt.kind} has no target`, stmt.span);
      out.branch(label);
      return;
    }
    case "return":
      out.returnValue(stmt.value && emitExpression(out, stmt.value));
      return;
    case "lifetime":
      if (!stmt.slot.named)
        out.line(`call void @llvm.lifetime.${stmt.at}.p0(i64 ${stmt.slot.size}, ptr ${slotName(stmt.slot)})`);
      return;
    case "zero":
      emitZero(out, emitExpression(out, stmt.address), stmt.size, stmt.align);
      return;
    case "copy":
      emitCopy(out, emitExpression(out, stmt.to), emitExpression(out, stmt.from), stmt.size, stmt.align);
      return;
    case "fill":
      emitFill(out, emitExpression(out, stmt.address), stmt.bytes);
      return;
    default:
      assertNever(stmt, "llvm");
  }
}

type StmtOf<K extends Stmt["kind"]> = Extract<Stmt, { kind: K }>;

function emitIf(out: FunctionEmitter, stmt: StmtOf<"if">): void {
  const [then, otherwise, end] = [out.label(), out.label(), out.label()];
  out.branchIf(emitExpression(out, stmt.test), then, stmt.otherwise.length > 0 ? otherwise : end);
  out.startBlock(then);
  emitStatements(out, stmt.then);
  out.branch(end);
  if (stmt.otherwise.length > 0) {
    out.startBlock(otherwise);
    emitStatements(out, stmt.otherwise);
    out.branch(end);
  }
  out.startBlock(end);
}

function emitLoop(out: FunctionEmitter, stmt: StmtOf<"loop">): void {
  const [head, body, step, end] = [out.label(), out.label(), out.label(), out.label()];
  out.jumps.set(stmt.label, { onBreak: end, onContinue: step });
  const test = (): void => {
    out.at(stmt.span);
    if (stmt.test) out.branchIf(emitExpression(out, stmt.test), body, end);
    else out.branch(body);
  };
  out.branch(stmt.testAfter ? body : head);
  if (!stmt.testAfter) {
    out.startBlock(head);
    test();
  }
  out.startBlock(body);
  emitStatements(out, stmt.body);
  out.startBlock(step);
  emitStatements(out, stmt.update);
  if (stmt.testAfter) test();
  else out.branch(head);
  out.startBlock(end);
}

/** Clauses are blocks in source order; each falls into the next. */
function emitSwitch(out: FunctionEmitter, stmt: StmtOf<"switch">): void {
  const value = emitExpression(out, stmt.value);
  const end = out.label();
  out.jumps.set(stmt.label, { onBreak: end, onContinue: undefined });
  const labels = stmt.clauses.map(() => out.label());
  const seen = new Set<bigint>();
  const cases = stmt.clauses.flatMap((clause, i) =>
    clause.values
      .filter((v) => !seen.has(v) && seen.add(v))
      .map((v) => `i64 ${BigInt.asIntN(64, v)}, label %${labels[i]}`),
  );
  const fallback = stmt.clauses.findIndex((c) => c.isDefault);
  out.terminate(`switch i64 ${value}, label %${labels[fallback] ?? end} [ ${cases.join(" ")} ]`);
  stmt.clauses.forEach((clause, i) => {
    out.startBlock(labels[i] ?? end);
    emitStatements(out, clause.body);
  });
  out.startBlock(end);
}
