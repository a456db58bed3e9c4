/** `switch` over integers, enums and network-order constants; clauses fall through as in JavaScript. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { intOf, typeName } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import type { Lowering } from "../lowering.js";

export function lowerSwitch(fn: Lowering, node: typescript.SwitchStatement): void {
  const value = fn.scoped(spanOf(node.expression), () => fn.expression(node.expression));
  if (value.type.kind === "error") return;
  if (!intOf(value.type)) {
    fn.error(
      "EB2001",
      node.expression,
      `switch needs an integer, ${quoted(node.expression)} is ${typeName(value.type)}`,
    );
    return;
  }
  const label = fn.jumps.next();
  const clauses: { values: bigint[]; isDefault: boolean; body: ReturnType<Lowering["collect"]> }[] = [];
  fn.jumps.within({ label, name: undefined, isLoop: false }, () => {
    for (const clause of node.caseBlock.clauses) {
      const values: bigint[] = [];
      if (ts.isCaseClause(clause)) {
        const test = caseValue(fn, clause.expression, value.type);
        if (test !== undefined) values.push(test);
      }
      const body = fn.collect(() => {
        for (const s of clause.statements) fn.lower(s);
      });
      clauses.push({ values, isDefault: ts.isDefaultClause(clause), body });
    }
  });
  fn.emit({ kind: "switch", label, value, clauses, span: spanOf(node.expression) });
}

function caseValue(fn: Lowering, node: typescript.Expression, type: Parameters<typeof coerce>[2]): bigint | undefined {
  const raw = fn.expression(node, type);
  const test = raw.kind === "const" && raw.type.kind === "enum" ? raw : coerce(fn, raw, type, node, "case");
  if (test.type.kind === "error") return undefined;
  if (test.kind === "const") return test.value;
  fn.error("EB2012", node, `case ${quoted(node)} is not a constant`);
  return undefined;
}
