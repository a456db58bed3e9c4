/** Reports of kernels that explain themselves (7.3 and later): "Verification failed: …" with sections. */

export interface KernelReport {
  /** "Register Type Safety: Unreadable register" */
  readonly title: string;
  readonly reason: string;
  /** Source place and instruction, as printed. */
  readonly at: readonly string[];
  readonly path: readonly string[];
  readonly suggestion: string;
}

const START = /Verification failed\s*:/;
const SECTION = /^\s*(Reason|At|Causal path|Suggestion)\s*:\s*(.*)$/;
const END = /^(processed \d+ insns|verification time|-- END PROG LOAD LOG|libbpf: )/;

/** First line of the report and one past its last. */
function extent(lines: readonly string[]): readonly [number, number] | undefined {
  let start = lines.findIndex((line) => START.test(line));
  // Loaders that show the end of a log only lose the title.
  if (start < 0) start = lines.findIndex((line) => /^\s*Reason\s*:/.test(line));
  if (start < 0) return undefined;
  const length = lines.slice(start).findIndex((line) => END.test(line));
  return [start, length < 0 ? lines.length : start + length];
}

export function readReport(lines: readonly string[]): KernelReport | undefined {
  const found = extent(lines);
  if (found === undefined) return undefined;
  const [start, end] = found;
  const first = lines[start] ?? "";
  const title = START.test(first) ? first.replace(/^.*Verification failed\s*:\s*/, "").trim() : "";
  const sections: Record<string, string[]> = { Reason: [], At: [], "Causal path": [], Suggestion: [] };
  let current: string | undefined;
  for (const line of lines.slice(title === "" ? start : start + 1, end)) {
    const header = SECTION.exec(line);
    if (header) {
      current = header[1];
      if (current !== undefined && header[2]) sections[current]?.push(header[2]);
    } else if (current !== undefined && line.trim() !== "") sections[current]?.push(line.trim());
  }
  return {
    title,
    reason: (sections["Reason"] ?? []).join(" "),
    at: sections["At"] ?? [],
    path: sections["Causal path"] ?? [],
    suggestion: (sections["Suggestion"] ?? []).join(" "),
  };
}

/** The lines before and after the report: it repeats instructions that are no steps of the walk. */
export function withoutReport(lines: readonly string[]): string[] {
  const found = extent(lines);
  return found === undefined ? [...lines] : [...lines.slice(0, found[0]), ...lines.slice(found[1])];
}
