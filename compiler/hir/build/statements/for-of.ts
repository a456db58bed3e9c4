/** `for...of` over `range()` and over arrays: an index and a bounded loop. */
import type typescript from "typescript";
import { spanOf } from "../../../source/span.js";
import { stdlibName } from "../../../source/symbols.js";
import { ts, unparenthesized } from "../../../source/typescript.js";
import {
  advance,
  assign,
  binary,
  compare,
  constant,
  inside,
  localPlace,
  logical,
  number,
  readLocal,
  retype,
  statement,
} from "../../make.js";
import type { Expr } from "../../nodes.js";
import { type ArrayType, isScalar, NUMBER, sizeOf, typeName } from "../../types.js";
import { coerce, quoted } from "../convert.js";
import { readElement } from "../expressions/element.js";
import { bindName } from "../expressions/pattern.js";
import type { Lowering } from "../lowering.js";
import { forgetting } from "./forgotten.js";

export function lowerForOf(fn: Lowering, node: typescript.ForOfStatement, name: string | undefined): void {
  const source = unparenthesized(node.expression);
  if (ts.isCallExpression(source) && isRange(fn, source)) return overRange(fn, node, source, name);
  const iterated = fn.scoped(spanOf(source), () => fn.expression(source));
  if (iterated.type.kind === "error") return;
  if (iterated.type.kind === "pointer" && iterated.type.to.kind === "array")
    return overArray(fn, node, iterated, iterated.type.to, name);
  fn.error("EB1013", source, `${quoted(source)} (${typeName(iterated.type)}) cannot be iterated`);
}

const isRange = (fn: Lowering, call: typescript.CallExpression): boolean =>
  stdlibName(fn.module, call.expression) === "range";

function overRange(
  fn: Lowering,
  node: typescript.ForOfStatement,
  call: typescript.CallExpression,
  name: string | undefined,
): void {
  const [a, b, c] = call.arguments;
  if (!a) return;
  const span = spanOf(call);
  const integer = (arg: typescript.Expression): Expr => coerce(fn, fn.expression(arg), NUMBER, arg, "range");
  const from = b ? fn.scoped(span, () => integer(a)) : number(0, span);
  const to = fn.scoped(span, () => integer(b ?? a));
  const max = c ? integer(c) : undefined;
  if (max && max.kind !== "const") {
    if (c)
      fn.error(
        "EB2012",
        c,
        `the third argument of range is the most rounds there can be, a constant; ${quoted(c)} is not`,
      );
    return;
  }
  if (
    !max &&
    (to.kind !== "const" || from.kind !== "const") &&
    from.type.kind !== "error" &&
    to.type.kind !== "error"
  ) {
    fn.error("EB5017", call, `range(${quoted(b ?? a)}) has no constant bound`, {
      help: `give the most rounds there can be: range(${b ? a.getText() : "0"}, ${(b ?? a).getText()}, 64)`,
    });
    return;
  }
  counted(fn, node, name, from, to, max, (index) => bindElement(fn, node, index));
}

function overArray(
  fn: Lowering,
  node: typescript.ForOfStatement,
  array: Expr,
  type: ArrayType,
  name: string | undefined,
): void {
  const span = spanOf(node.expression);
  const pointer = fn.local("array", array.type);
  fn.emit(statement(assign(localPlace(pointer), array, span)));
  counted(fn, node, name, number(0, span), number(type.length, span), undefined, (index) => {
    const bytes = binary("mul", index, number(sizeOf(type.element), span), NUMBER, span);
    const at: Expr = {
      kind: "advance",
      pointer: readLocal(pointer, span),
      bytes,
      type: inside(array, { kind: "pointer", to: type.element, nullable: false, ref: false }),
      span,
    };
    bindElement(
      fn,
      node,
      isScalar(type.element) ? readElement(fn, at, type, span) : advance(at, 0, type.element, span),
    );
  });
}

/** `for (i = from; i < to && rounds < max; i++)`; with `max`, the count of rounds is what the verifier sees bounded. */
function counted(
  fn: Lowering,
  node: typescript.ForOfStatement,
  name: string | undefined,
  from: Expr,
  to: Expr,
  max: Expr | undefined,
  bind: (index: Expr) => void,
): void {
  const span = spanOf(node.expression);
  const ends = from.kind === "const" && from.value >= 0n && to.kind === "const" ? to.value : undefined;
  const i = fn.local("i", NUMBER, ends);
  const end = fn.local("end", NUMBER);
  fn.emit(statement(assign(localPlace(i), retype(from, NUMBER), span)));
  fn.emit(statement(assign(localPlace(end), retype(to, NUMBER), span)));
  const bump = (local: typeof i): void =>
    fn.emit(
      statement(
        assign(localPlace(local), binary("add", readLocal(local, span), constant(1, NUMBER, span), NUMBER, span), span),
      ),
    );
  let test = compare("slt", readLocal(i, span), to.kind === "const" ? retype(to, NUMBER) : readLocal(end, span), span);
  const rounds = max ? fn.local("rounds", NUMBER) : undefined;
  if (rounds && max) {
    fn.emit(statement(assign(localPlace(rounds), number(0, span), span)));
    test = logical("and", compare("ult", readLocal(rounds, span), max, span), test, span);
  }
  const before = fn.local("before", NUMBER).id;
  const label = fn.jumps.next();
  let body: ReturnType<Lowering["collect"]> = [];
  fn.jumps.within({ label, name, isLoop: true }, () => {
    body = fn.collect(() => {
      bind(readLocal(i, span));
      fn.lower(node.statement);
    });
  });
  const update = fn.collect(() => {
    bump(i);
    if (rounds) bump(rounds);
  });
  fn.emit({
    kind: "loop",
    label,
    test,
    testAfter: false,
    body,
    update: forgetting(fn, { test, body, update, before, span }),
    span,
  });
}

function bindElement(fn: Lowering, node: typescript.ForOfStatement, value: Expr): void {
  if (!ts.isVariableDeclarationList(node.initializer)) {
    fn.error("EB1013", node.initializer, "for...of declares its variable: for (const x of ...)");
    return;
  }
  const declaration = node.initializer.declarations[0];
  if (!declaration) return;
  bindName(fn, declaration.name, value, declaration);
}
