/** The pre-check's rejections as diagnostics on the lines of the source, with the path that leads there. */
import { basename } from "node:path";
import { type Code, explain } from "../diagnostics/catalogue.js";
import type { Diagnostic, Diagnostics, RelatedSpan, Span } from "../diagnostics/diagnostic.js";
import type { HirModule } from "../hir/nodes.js";
import { GOES_ON, type Place, type PrecheckResult } from "../precheck/index.js";

/** Lines of the path that a diagnostic shows besides its own. */
const MAX_RELATED = 4;

const isCode = (code: string | undefined): code is Code => code !== undefined && explain(code) !== undefined;

/** Results of programs in which the analysis found nothing: one mistake is one message. */
export function unreported(
  results: readonly PrecheckResult[],
  module: HirModule | undefined,
  analysed: readonly Diagnostic[] = [],
): readonly PrecheckResult[] {
  if (analysed.length === 0 || !module) return results;
  const programs = new Map(module.functions.filter((f) => f.program).map((f) => [f.name, f.span]));
  const isIn = (span: Span, at: Span): boolean =>
    at.file === span.file && at.line >= span.line && at.line <= span.endLine;
  const spans = analysed.flatMap(({ span }) => (span ? [span] : []));
  // What lies in a function that several programs call was reported once for all of them.
  const isShared = spans.some((at) => ![...programs.values()].some((span) => isIn(span, at)));
  if (isShared || spans.length < analysed.length) return [];
  return results.filter(({ program }) => {
    const span = programs.get(program);
    return !span || !spans.some((at) => isIn(span, at));
  });
}

/** @param files the program's source files: line info names them by their base name */
export function reportPrecheck(
  results: readonly PrecheckResult[],
  files: readonly string[],
  diagnostics: Diagnostics,
): void {
  const spanOf = (place: Place | undefined): Span | undefined => {
    const file = place && files.find((f) => basename(f) === basename(place.file));
    if (place === undefined || file === undefined || place.line === 0) return undefined;
    const { line } = place;
    // Line info knows where a statement begins; what lies behind it on the line belongs to it, or to its neighbours.
    const column = Math.max(place.column, 1);
    const end = Math.max(place.text.trimEnd().length + 1, column + 1);
    return { file, line, column, endLine: line, endColumn: end };
  };
  for (const { verdict, code, program, message, source, explanation } of results) {
    if (verdict !== "reject" || !isCode(code)) continue;
    const related = (explanation?.path ?? [])
      .slice(0, -1)
      .flatMap(({ source: place, notes }): RelatedSpan[] => {
        const span = spanOf(place);
        const told = notes.filter((note) => !note.startsWith(GOES_ON));
        return span === undefined || told.length === 0 ? [] : [{ message: told.join("; "), span }];
      })
      .slice(-MAX_RELATED);
    for (const { source: place, percent } of explanation?.hot ?? []) {
      const span = spanOf(place);
      if (span !== undefined) related.push({ message: `${percent} % of the instructions are walked here`, span });
    }
    const sentence = explanation === undefined ? (message ?? "refused") : explanation.sentence;
    diagnostics.report(code, spanOf(source), `${program}: ${sentence.replace(/\.$/, "")}`, {
      ...(explanation?.remedy === undefined ? {} : { help: explanation.remedy }),
      ...(related.length > 0 ? { related } : {}),
    });
  }
}
