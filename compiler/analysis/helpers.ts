/**
 * Helpers that a program of this type, or under this licence, may not call (kernel/bpf/verifier.c, check_helper_call): told
 * on the user's call, also where a function that several programs call makes it. The tables are the pre-check's.
 */

import { sectionMeaning } from "../../runtime/elf/index.js";
import { helperById } from "../../runtime/facts/helpers/index.js";
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import type { Diagnostics, Span } from "../diagnostics/diagnostic.js";
import type { Expr, HirFunction, HirModule } from "../hir/nodes.js";
import { visitStatements } from "../hir/visit.js";
import { isGplCompatible } from "../precheck/licence.js";
import { callableHelpers, programTypesWith } from "../precheck/tables/context.js";

export function checkHelpers(module: HirModule, diagnostics: Diagnostics): void {
  const functions = new Map(module.functions.map((fn) => [fn.name, fn]));
  const gpl = isGplCompatible(module.license);
  for (const program of module.functions) {
    const section = program.program && sectionMeaning(program.program.section);
    const allowed = section && callableHelpers(ProgramTypeId[section.type], section.attach);
    if (!program.program || !allowed) continue;
    const { kind } = program.program;
    for (const { call, span } of helperCalls(program, functions)) {
      const name = `bpf_${call.name}`;
      if (!allowed.has(call.helper)) {
        const types = programTypesWith(call.helper);
        diagnostics.report("EB5008", span, `${name} is not for ${kind} programs, and ${program.name} is one`, {
          help:
            types.length === 0 ? "this kernel has no such helper" : `it is for programs of type ${types.join(", ")}`,
        });
      } else if (!gpl && helperById(call.helper)?.gpl === true)
        diagnostics.report("EB5020", span, `${name} is for programs under the GPL, and LICENSE is "${module.license}"`);
    }
  }
}

type HelperCall = Extract<Expr, { kind: "helper" }>;

/** Calls that a program reaches; those inside the standard library are placed at the user's call of it. */
function helperCalls(
  program: HirFunction,
  functions: ReadonlyMap<string, HirFunction>,
): { readonly call: HelperCall; readonly span: Span }[] {
  const found: { call: HelperCall; span: Span }[] = [];
  const seen = new Set<string>();
  const enter = (fn: HirFunction, from: Span | undefined): void => {
    const at = fn.inline === "always" ? from : undefined;
    visitStatements(fn.body, (e) => {
      if (e.kind === "helper") found.push({ call: e, span: at ?? e.span });
      if (e.kind !== "call") return;
      const callee = functions.get(e.callee);
      const span = at ?? e.span;
      const key = callee?.inline === "always" ? `${e.callee} ${span.file}:${span.line}:${span.column}` : e.callee;
      if (callee === undefined || seen.has(key)) return;
      seen.add(key);
      enter(callee, span);
    });
  };
  enter(program, undefined);
  return found;
}
