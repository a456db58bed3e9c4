/** A stretch of seeds over a corpus: counts of how the objects ended, and the first finding. */
import { Random } from "../harness/random.js";
import { check } from "./check.js";
import { mutate } from "./mutate.js";

export interface Round {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, number>>;
  readonly findings: readonly { readonly seed: number; readonly name: string; readonly message: string }[];
}

/** Checks the seeds from `first` to `first + count - 1`. */
export function round(corpus: ReadonlyMap<string, Uint8Array>, first: number, count: number): Round {
  const names = [...corpus.keys()];
  const outcomes: Record<string, number> = {};
  const runs: Record<string, number> = {};
  const findings: { seed: number; name: string; message: string }[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const random = new Random(Math.imul(seed, 2654435761));
    const name = random.pick(names);
    const object = corpus.get(name) ?? new Uint8Array();
    try {
      const verdict = check(mutate(object, random), seed);
      outcomes[verdict.outcome] = (outcomes[verdict.outcome] ?? 0) + 1;
      for (const code of verdict.runs) runs[code] = (runs[code] ?? 0) + 1;
    } catch (error) {
      findings.push({ seed, name, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return { outcomes, runs, findings };
}
