/**
 * States inside of loops that are still being walked: their precision is not complete, so they cover only what lies in their
 * ranges; where one was reached again, its marks are carried back when the loop is done (bpf_scc_visit, maybe_enter_scc,
 * maybe_exit_scc, propagate_backedges; kernel/bpf/verifier.c, 6.18).
 */
import type { State } from "../state/state.js";
import type { Flow } from "./flow.js";

interface Backedge {
  /** Where the loop closed. */
  readonly state: State;
  /** The state that covered it. */
  readonly covered: State;
}

/** One loop, reached by one chain of calls. */
export interface Visit {
  entry: State | undefined;
  backedges: Backedge[];
}

/** Rounds after which everything becomes precise (MAX_BACKEDGE_ITERS). */
const MAX_ROUNDS = 64;

export class Loops {
  private readonly visits = new Map<string, Visit>();

  constructor(
    private readonly flow: Flow,
    /** Marks in the ancestors of `to` what is precise in `from`. @returns something was marked */
    private readonly propagate: (from: State, to: State) => boolean,
    private readonly markAll: (state: State) => void,
  ) {}

  /** Calls that lead to the outermost loop, and the loop; undefined outside of loops. */
  private key(state: State): string | undefined {
    let key = "";
    const last = state.frames.length - 1;
    for (let f = 0; f <= last; f++) {
      const insn = f === last ? state.insn : (state.frames[f + 1]?.callsite ?? 0);
      const loop = this.flow.loop[insn] ?? 0;
      if (loop !== 0) return `${key}#${loop}`;
      key += `${insn},`;
    }
    return undefined;
  }

  /** A state was stored. */
  enter(state: State): void {
    // Most programs have no loops.
    if (!this.flow.hasLoops) return;
    const key = this.key(state);
    if (key === undefined) return;
    let visit = this.visits.get(key);
    if (visit === undefined) {
      visit = { entry: undefined, backedges: [] };
      this.visits.set(key, visit);
    }
    visit.entry ??= state;
    state.visit = visit;
  }

  /** All paths from `state` have ended. */
  exit(state: State): void {
    const { visit } = state;
    if (visit === undefined || visit.entry !== state) return;
    visit.entry = undefined;
    const { backedges } = visit;
    for (let round = 0, changed = backedges.length > 0; changed; round++) {
      if (round > MAX_ROUNDS) {
        for (const edge of backedges) this.markAll(edge.state);
        break;
      }
      changed = false;
      for (const edge of backedges) if (this.propagate(edge.covered, edge.state)) changed = true;
    }
    visit.backedges = [];
  }

  /** The marks of a stored state are not complete yet (incomplete_read_marks). */
  incomplete(state: State): boolean {
    return state.visit !== undefined && state.visit.backedges.length > 0;
  }

  close(state: State, covered: State): void {
    covered.visit?.backedges.push({ state, covered });
  }
}
