/** Random programs, most of them sensible. Input: a seed. Output: instructions, and which functions they have. */
import type { Instruction } from "../../runtime/isa/index.js";
import { callback, dead, FunctionScene, localCall, loop, mayGoto } from "./control.js";
import { anyHelper, packetLoad } from "./helpers.js";
import { atomic, lookup, packet, record, sized, socket, stackVariable, tailCall, valueAccess } from "./pointers.js";
import { Random } from "./random.js";
import { arithmetic, branch, getScalar, linked, mask, spill, swapBytes } from "./scalars.js";
import { FRAME, Held, KINDS, MORE_KINDS, type ProgramKind, Scene } from "./scene.js";

export interface Generated {
  readonly seed: number;
  readonly topic: string;
  readonly kind: ProgramKind;
  readonly insns: readonly Instruction[];
}

type Statement = (g: Scene, block: (g: Scene) => void) => void;
type Weighted = readonly (readonly [weight: number, statement: Statement])[];

const NUMBERS: Weighted = [
  [4, getScalar],
  [10, arithmetic],
  [1, swapBytes],
  [5, branch],
  [4, linked],
  [4, spill],
  [1, mask],
];
// biome-ignore format: a table
const TOPICS: Readonly<Record<string, Weighted>> = {
  numbers: [...NUMBERS, [3, lookup], [3, valueAccess]],
  branches: [...NUMBERS, [8, branch], [4, dead], [4, linked], [3, lookup], [4, valueAccess]],
  spills: [...NUMBERS, [10, spill], [3, stackVariable], [3, lookup], [4, valueAccess]],
  values: [...NUMBERS, [6, lookup], [8, valueAccess], [2, atomic]],
  masks: [...NUMBERS, [14, mask], [2, lookup], [3, valueAccess], [2, stackVariable], [1, loop]],
  packets: [...NUMBERS, [12, packet], [2, linked]],
  stack: [...NUMBERS, [8, stackVariable], [6, sized], [4, spill], [2, atomic]],
  loops: [...NUMBERS, [5, loop], [2, mayGoto], [3, lookup], [3, valueAccess], [2, stackVariable]],
  functions: [...NUMBERS, [5, localCall], [3, lookup], [3, valueAccess], [2, loop]],
  callbacks: [...NUMBERS, [5, callback], [2, localCall], [3, lookup], [3, valueAccess], [3, spill]],
  references: [...NUMBERS, [6, record], [4, socket], [2, tailCall], [2, branch]],
  helpers: [...NUMBERS, [14, anyHelper], [2, lookup], [4, packet]],
  leaving: [...NUMBERS, [4, localCall], [4, tailCall], [5, packetLoad], [3, packet], [3, lookup], [2, callback]],
  mixed: [
    ...NUMBERS, [3, lookup], [4, valueAccess], [2, atomic], [3, packet], [2, stackVariable], [2, sized], [2, record], [1, socket],
    [1, tailCall], [2, loop], [1, mayGoto], [2, dead], [2, localCall], [1, callback],
  ],
};

export const topics: readonly string[] = Object.keys(TOPICS);

function statement(g: Scene, weights: Weighted): void {
  const total = weights.reduce((sum, [w]) => sum + w, 0);
  let at = g.random.below(total);
  const block = (inner: Scene): void => {
    if (inner.depth > 3) return getScalar(inner);
    for (let i = inner.random.between(1, 3); i > 0; i--) statement(inner, weights);
  };
  for (const [weight, write] of weights) {
    at -= weight;
    if (at >= 0) continue;
    if (g.budget-- > 0) write(g, block);
    return;
  }
}

/** The program of a seed. */
export function generate(seed: number, topic?: string): Generated {
  const random = new Random(seed);
  const name = topic ?? random.pick(topics);
  const weights = TOPICS[name] ?? [];
  const kind = random.pick(name === "helpers" ? [...KINDS, ...MORE_KINDS] : KINDS);
  const g = new Scene(random, kind, random.between(6, 40));
  const { asm } = g;
  asm.movr(6, 1);
  g.hold(6, Held.Ctx);
  for (let off = 8; off <= FRAME; off += 8) if (random.chance(80)) asm.store(8, 10, -off, 0);
  for (let i = random.between(3, 16); i > 0; i--) statement(g, weights);
  asm.mov(0, random.chance(80) ? 0 : 1);
  asm.exit();
  for (const { label, write } of g.functions) {
    asm.here(label);
    write(new FunctionScene(g, random, kind));
  }
  return { seed, topic: name, kind, insns: asm.finish() };
}
