/** From TypeScript positions to {@link Span}, the only position type after lowering. */
import type typescript from "typescript";
import type { Span } from "../diagnostics/diagnostic.js";

/** The span between two offsets of a file. */
export function spanAt(file: typescript.SourceFile, start: number, end: number): Span {
  const from = file.getLineAndCharacterOfPosition(start);
  const to = file.getLineAndCharacterOfPosition(Math.max(start, Math.min(end, file.text.length)));
  return {
    file: file.fileName,
    line: from.line + 1,
    column: from.character + 1,
    endLine: to.line + 1,
    endColumn: to.character + 1,
  };
}

/** The span of a node, without leading comments. */
export function spanOf(node: typescript.Node): Span {
  const file = node.getSourceFile();
  return spanAt(file, node.getStart(file), node.getEnd());
}
