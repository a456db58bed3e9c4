/** An explanation of the pre-check as text for a terminal, and the register story of `--trace`. */
import { type Code, explain as catalogued } from "../diagnostics/catalogue.js";
import type { Explanation, PathLine, Place, Trace } from "../precheck/index.js";

const entryOf = (code: string | undefined) => (code === undefined ? undefined : catalogued(code as Code));

/** "firewall.ts:27", or the instruction where there is no line. */
function whereText(insn: number, source: Place | undefined): string {
  return source === undefined || source.line === 0 ? `instruction ${insn}` : `${source.file}:${source.line}`;
}

function pathText(path: readonly PathLine[], indent: string): string {
  const places = path.map(({ insn, source }) => whereText(insn, source));
  const width = Math.max(0, ...places.map((place) => place.length));
  const lines = path.flatMap(({ source, notes }, i) => [
    `${indent}${(places[i] ?? "").padEnd(width)}  ${source?.text.trim() ?? ""}`.trimEnd(),
    ...notes.map((note) => `${indent}${" ".repeat(width)}    ${note}`),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

/** Sentence, place, path and remedy, each line indented. */
export function explanationText(explanation: Explanation, indent = "  "): string {
  const { code, sentence, message, at, path, hot = [], remedy } = explanation;
  const title = entryOf(code)?.title;
  const head = code === undefined ? "" : `${code} (${title ?? "?"}): `;
  const place =
    at === undefined
      ? ""
      : `${indent}  at ${whereText(at.insn, at.source)}${at.source === undefined ? "" : `: ${at.source.text.trim()}`}\n`;
  return [
    `${indent}${head}${sentence}\n`,
    place,
    path.length > 1 ? `${indent}how it gets there:\n${pathText(path, `${indent}  `)}` : "",
    hot.length > 0
      ? `${indent}where the instructions go:\n${hot.map(({ source, percent }) => `${indent}  ${`${percent}`.padStart(3)} %  ${whereText(0, source)}  ${source.text.trim()}\n`).join("")}`
      : "",
    remedy === undefined ? "" : `${indent}help: ${remedy}\n`,
    `${indent}the kernel says: ${message}\n`,
  ].join("");
}

/** Every instruction of a path with the registers that it changes, as the kernel's log shows them at level 2. */
export function traceText(trace: Trace): string {
  const out = trace.dropped > 0 ? ["(earlier instructions are left out)"] : [];
  let place: Place | undefined;
  trace.steps.forEach((step, i) => {
    const source = step.place;
    if (source !== undefined && (source.line !== place?.line || source.text !== place.text)) {
      out.push(`; ${source.text.trim()}${source.line > 0 ? ` @ ${source.file}:${source.line}` : ""}`);
      place = source;
    }
    const next = trace.steps[i + 1];
    const changed =
      next === undefined || next.depth !== step.depth
        ? []
        : [...next.before].filter(([r, text]) => step.before.get(r) !== text).map(([r, text]) => `R${r}=${text}`);
    const frame = step.depth > 0 ? `frame${step.depth} ` : "";
    out.push(`${step.slot}: ${step.text}${changed.length > 0 ? `  ; ${frame}${changed.join(" ")}` : ""}`);
  });
  const last = trace.steps[trace.steps.length - 1];
  if (last !== undefined) out.push(`  ${[...last.before].map(([r, text]) => `R${r}=${text}`).join(" ")}`);
  return `${[...out, trace.message].join("\n")}\n`;
}
