/** Kernel function name -> implementation: the one table. Functions not in it are faults unless a test mocks them. */
import type { Implementation } from "../helpers/call.js";
import { workKfuncs } from "../helpers/timers.js";
import { arenaKfuncs } from "./arena.js";
import { cpumaskKfuncs } from "./cpumask.js";
import { dynptrKfuncs } from "./dynptr.js";
import { iteratorKfuncs } from "./iterators.js";
import { kernelKfuncs } from "./kernel.js";
import { listKfuncs } from "./lists.js";
import { objectKfuncs } from "./objects.js";
import { sectionKfuncs } from "./sections.js";
import { stringKfuncs } from "./strings.js";
import { taskIteratorKfuncs } from "./task-iterators.js";
import { treeKfuncs } from "./trees.js";

export const KFUNCS: ReadonlyMap<string, Implementation> = new Map(
  Object.entries({
    ...arenaKfuncs,
    ...iteratorKfuncs,
    ...dynptrKfuncs,
    ...objectKfuncs,
    ...listKfuncs,
    ...treeKfuncs,
    ...taskIteratorKfuncs,
    ...sectionKfuncs,
    ...stringKfuncs,
    ...cpumaskKfuncs,
    ...workKfuncs,
    ...kernelKfuncs,
  }),
);

/** Names of the kernel functions that the machine runs. */
export const implementedKfuncs: readonly string[] = [...KFUNCS.keys()].sort();
