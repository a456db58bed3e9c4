/** Line coverage of a run: how often the instructions of each source line began, from BTF line info. */
import type { BpfProgram } from "../../runtime/elf/index.js";
import type { CountSink } from "../../runtime/vm/index.js";

export interface LineCount {
  readonly file: string;
  readonly line: number;
  /** Times that an instruction of the line started it; 0 is a line that never ran. */
  readonly count: number;
  readonly text: string;
}

export class LineCoverage {
  /** By program, then by slot. */
  readonly #hits = new Map<string, Float64Array>();
  #flush: (() => void) | undefined;

  /** To be given to the machine. */
  readonly sink: CountSink = {
    take: (program, { hits }) => {
      this.#hits.set(program, hits.slice());
    },
    pending: (flush) => {
      this.#flush = flush;
    },
  };

  /** The lines of the programs that ran, by file and line; to be asked once, after the runs. */
  lines(programs: readonly BpfProgram[]): LineCount[] {
    this.#flush?.();
    const counts = new Map<string, LineCount>();
    for (const program of programs) {
      const slots = this.#hits.get(program.name);
      if (slots === undefined) continue;
      // Line info marks where a line's instructions begin, so the hits of those slots are the line's.
      for (const { insn, file, line, text } of program.lines) {
        if (line === 0) continue;
        const key = `${file}:${line}`;
        const count = Math.max(counts.get(key)?.count ?? 0, slots[insn] ?? 0);
        counts.set(key, { file, line, count, text: text.trim() });
      }
    }
    return [...counts.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  }
}
