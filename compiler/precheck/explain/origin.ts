/**
 * Where a value comes from: walks a trace backwards over copies, spills, arguments and results of calls. Output: the
 * steps that made the value, latest first, and what it was at first.
 */
import { type Cell, type Operation, operationOf } from "./operands.js";
import type { TraceStep } from "./trace.js";

export interface Origin {
  /** Index in the trace. */
  readonly at: number;
  readonly step: TraceStep;
  readonly operation: Operation;
  /** The cell that holds the value before the step. */
  readonly cell: Cell;
}

/** Cells that hold the same value at a place, as the walk back finds them. */
export interface Story {
  /** The steps that copied or changed the value, latest first; the last one made it, unless the trace begins later. */
  readonly chain: readonly Origin[];
  /** The cell that held the value from step `from` on, oldest last. */
  readonly cells: readonly {
    readonly cell: Cell;
    readonly depth: number;
    readonly from: number;
    readonly to: number;
  }[];
}

/** The first step of the call that `index` returns from. */
function callOf(steps: readonly TraceStep[], index: number, depth: number): number {
  let at = index;
  while (at > 0 && (steps[at]?.depth ?? 0) > depth) at--;
  return at;
}

/** Whether a step puts something into a cell that its text does not name: a call, or a store through another pointer. */
function isOverwritten(held: Cell, operation: Operation, step: TraceStep): boolean {
  if (operation.kind === "call") {
    if (/^r[1-5]$/.test(held)) return true;
    // A function or helper that gets a pointer into the frame may write there.
    return held.startsWith("fp") && [1, 2, 3, 4, 5].some((r) => step.before.get(r)?.startsWith("fp") === true);
  }
  if (operation.kind !== "store" || !held.startsWith("fp")) return false;
  return step.before.get(Number(operation.base.slice(1)))?.startsWith("fp") === true;
}

/** @param cell "r1" or "fp-8" before step `index`, in that step's frame */
export function storyOf(steps: readonly TraceStep[], index: number, cell: Cell): Story {
  const chain: Origin[] = [];
  const cells: { cell: Cell; depth: number; from: number; to: number }[] = [];
  let depth = steps[index]?.depth ?? 0;
  let held = cell;
  let to = index;
  // Index of the step that made the value: before it the cell held something else.
  let made = -1;
  const moveTo = (next: Cell, at: number, nextDepth: number): void => {
    cells.push({ cell: held, depth, from: at, to });
    held = next;
    depth = nextDepth;
    to = at;
  };
  for (let i = index - 1; i >= 0; i--) {
    const step = steps[i];
    if (step === undefined) break;
    if (step.depth > depth) {
      const call = callOf(steps, i, depth);
      if (held === "r0")
        moveTo("r0", i, step.depth); // the result of the function: its exit is step i
      else i = call + 1;
      continue;
    }
    if (step.depth < depth) {
      if (!/^r[1-5]$/.test(held)) break;
      moveTo(held, i, step.depth);
      continue;
    }
    const operation = operationOf(step.text);
    const origin = (): Origin => ({ at: i, step, operation, cell: held });
    if (operation.kind === "copy" && operation.to === held) {
      chain.push(origin());
      moveTo(operation.from, i, depth);
    } else if (operation.kind === "change" && operation.to === held) {
      chain.push(origin());
      if (operation.sign === "=" || operation.sign.includes("%") || operation.sign.includes("/")) {
        made = i;
        break;
      }
    } else if (
      ((operation.kind === "constant" || operation.kind === "load") && operation.to === held) ||
      (operation.kind === "call" && held === "r0" && !operation.isLocal)
    ) {
      chain.push(origin());
      made = i;
      break;
    } else if (isOverwritten(held, operation, step)) {
      made = i;
      break;
    }
  }
  cells.push({ cell: held, depth, from: made, to });
  return { chain, cells };
}

/** The cell that holds the value of the story right before step `index`, in a frame. */
export function cellAt(story: Story, index: number, depth: number): Cell | undefined {
  return story.cells.find((c) => c.depth === depth && index > c.from && index <= c.to)?.cell;
}
