/** What a mutant's bundle holds: the machine and the generator, from the same (changed) sources. */

export { edges } from "./edges.js";
export { HOT, onMachine, STEPS, WASM } from "./outcome.js";
export { generate } from "./program.js";
export { runSenseless, senseless } from "./senseless.js";
