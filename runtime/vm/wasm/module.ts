/**
 * A program to a WebAssembly module. Imports: `m.memory`, `m.bail(slot, frame, budget)`, `m.helper(id, slot, frame)`, `m.packet(offset, bytes)`, `m.tail(slot, frame)`,
 * `m.range(low, most, write)` (ranges.ts);
 * exports `run`, which takes r1 to r5 from the register place and leaves r0 there, and `quick` (entry.ts). All imports take 32-bit numbers only.
 */

import { Op } from "../../isa/index.js";
import { FUNCTION_TAG } from "../address.js";
import { type Code, Internal, STRIDE, Word } from "../code.js";
import { Place, SHADOW_FIELDS } from "../places.js";
import type { Bitmaps } from "./access.js";
import { assembleModule, type ModuleParts } from "./assemble.js";
import { Body } from "./body.js";
import { type Plan, planChecks } from "./checked.js";
import { ARGUMENTS, effectsOf } from "./effects.js";
import { callbackFunction, quickFunction, runFunction } from "./entry.js";
import { flowOf, operationAt } from "./flow.js";
import { type Arity, calleeOf, findLiveness, findTails, type Routine } from "./liveness.js";
import { canInline, LOOKUP, mapAt, searchFunctions } from "./lookup.js";
import { Type, W } from "./opcodes.js";
import { RoutineEmitter } from "./routine.js";
import { Writer } from "./writer.js";

/** A module, or why the program is left to the interpreter. */
export type Generated =
  | {
      readonly bytes: Uint8Array;
      /** Slots of functions that the module exports as `callback<slot>`: (frame), registers at their place. */
      readonly callbacks: readonly number[];
      /** May `tail` run it, in a frame that a tail call leaves to it? Not when it reads registers that only the interpreter keeps. */
      readonly takesOver: boolean;
    }
  | { readonly reason: string };

/** Function types. */
const Signature = { bail: 0, helper: 1, routine: 2, pointer: 3, run: 4, search: 5, callback: 6, quick: 7 } as const;
/** Function indices: imports first. */
const BAIL = 0;
const HELPER = 1;
const RANGE = 2;
const PACKET = 3;
const TAIL = 4;
const POINTER = 5;
const RUN = 6;
const QUICK = 7;
const TAKE_OVER = 8;
const FIRST_ROUTINE = 9;
/** What a program may read that a tail call runs: its context and its frame. */
const TAKEN_OVER = (1 << 1) | (1 << 10);
/** V8 refuses function bodies above this (wasm-limits.h, kV8MaxWasmFunctionSize); smaller ones compile lazily. */
const MAX_FUNCTION_BYTES = 7_654_321;
const FRAME_POINTER_BIT = 1 << 10;

/** The functions that local calls and function addresses reach, the program itself first; and which have an address. */
function findRoutines(code: Code): { readonly routines: Routine[]; readonly callbacks: ReadonlySet<number> } {
  const routines: Routine[] = [];
  const callbacks = new Set<number>();
  const seen = new Set([0]);
  const work = [0];
  for (let entry = work.pop(); entry !== undefined; entry = work.pop()) {
    const flow = flowOf(code, entry);
    routines.push({ entry, flow, liveIn: 0, tails: false, liveAfter: new Map() });
    for (const block of flow.blocks) {
      for (const slot of block.slots) {
        const operation = operationAt(code, slot);
        const address = operation === Op.LdImm64 && code.words[slot * STRIDE + Word.hi] === FUNCTION_TAG;
        if (!address && operation !== Internal.CallLocal) continue;
        const callee = address ? (code.words[slot * STRIDE + Word.lo] ?? 0) : calleeOf(code, slot);
        if (address && (callee < 0 || callee >= code.slots)) continue;
        if (address) callbacks.add(callee);
        if (seen.has(callee)) continue;
        seen.add(callee);
        work.push(callee);
      }
    }
  }
  return { routines, callbacks };
}

function writesFramePointer(code: Code, routines: readonly Routine[]): boolean {
  return routines.some(({ flow }) =>
    flow.blocks.some((block) => block.slots.some((slot) => (effectsOf(code, slot).writes & FRAME_POINTER_BIT) !== 0)),
  );
}

/** (offset in the context) -> the pointer that the field holds, or 0. */
function pointerFunction(): Writer {
  const body = new Body(64);
  body.get(0);
  body.i32(SHADOW_FIELDS);
  body.op(W.i32LtU);
  body.get(0);
  body.i32(3);
  body.op(W.i32And);
  body.op(W.i32Eqz);
  body.op(W.i32And);
  body.open(W.if, Type.i64);
  body.get(0);
  body.i32(1);
  body.op(W.i32Shl);
  body.memory(W.i64Load, Place.shadow);
  body.else();
  body.i64(0);
  body.end();
  body.byte(W.end);
  const out = new Writer(64);
  out.unsigned(0);
  out.append(body);
  return out;
}

const { i32, i64 } = Type;
/** By {@link Signature}. */
const SIGNATURES = [
  { params: [i32, i32, i32], results: [] },
  { params: [i32, i32, i32], results: [] },
  { params: [i64, i64, i64, i64, i64, i32], results: [i64] },
  { params: [i32], results: [i64] },
  { params: [], results: [] },
  { params: [i32], results: [i32] },
  { params: [i32], results: [] },
  { params: [i32, i32], results: [i32] },
];

/** By number. */
const IMPORTS = [
  ["bail", Signature.bail],
  ["helper", Signature.helper],
  ["range", Signature.bail],
  ["packet", Signature.quick],
  ["tail", Signature.quick],
] as const;

/** Look-up functions of the maps that the program names, and which one is whose. */
function searchesOf(
  code: Code,
  routines: readonly Routine[],
  target: Target,
): { readonly bodies: readonly Writer[]; readonly byMap: ReadonlyMap<number, number> } {
  const bodies: Writer[] = [];
  const byMap = new Map<number, number>();
  for (const { flow } of routines)
    for (const block of flow.blocks)
      for (const slot of block.slots) {
        if (operationAt(code, slot) !== Op.Call || code.words[slot * STRIDE + Word.lo] !== LOOKUP) continue;
        const index = mapAt(code, block, slot, 1);
        const plan = index === undefined ? undefined : target.inlineMap(index)?.plan;
        if (index === undefined || plan === undefined || byMap.has(index) || !canInline(plan)) continue;
        bodies.push(...searchFunctions(plan, FIRST_ROUTINE + routines.length + bodies.length));
        byMap.set(index, FIRST_ROUTINE + routines.length + bodies.length - 1);
      }
  return { bodies, byMap };
}

/** What a module is generated for: the memory, without the functions that the module itself has. */
export type Target = Omit<Bitmaps, "pointer" | "range">;

/** Generates a program's module. */
export function generateModule(code: Code, target: Target, arity: Arity): Generated {
  const maps: Bitmaps = { ...target, pointer: POINTER, range: RANGE };
  const { routines, callbacks } = findRoutines(code);
  if (writesFramePointer(code, routines))
    return { reason: "the program writes r10, which the kernel's verifier forbids" };
  findTails(code, routines);
  const tails = routines[0]?.tails === true;
  findLiveness(code, routines, arity);
  const others = new Map(routines.map((routine) => [routine.entry, routine]));
  const searches = searchesOf(code, routines, target);
  const functions = {
    bail: BAIL,
    helper: HELPER,
    packet: PACKET,
    tail: TAIL,
    searches: searches.byMap,
    routines: new Map(routines.map((routine, i) => [routine.entry, FIRST_ROUTINE + i])),
  };
  // What a callback finds in other registers than r1 to r5 only the interpreter knows (liveness.ts).
  const called = routines.filter(
    ({ entry, liveIn }) => callbacks.has(entry) && (liveIn & ~ARGUMENTS & ~(1 << 10)) === 0,
  );
  const flows = routines.map((routine) => routine.flow);
  // A segment and a jump for each slot at most.
  target.counters?.reserve(
    flows.reduce((sum, flow) => sum + flow.blocks.reduce((n, block) => n + 2 * block.slots.length, 0), 0),
  );
  const plans = planChecks(code, flows, target);
  const of = (signature: number, body: Writer): ModuleParts["functions"][number] => ({ signature, body });
  const own = [
    of(Signature.pointer, pointerFunction()),
    of(Signature.run, runFunction(FIRST_ROUTINE, tails)),
    of(Signature.quick, quickFunction(FIRST_ROUTINE, tails)),
    of(Signature.callback, callbackFunction(FIRST_ROUTINE)),
    ...routines.map((routine, i) =>
      of(Signature.routine, new RoutineEmitter(code, routine, others, maps, functions, plans[i] as Plan).emit()),
    ),
    ...searches.bodies.map((body) => of(Signature.search, body)),
    ...called.map(({ entry }) => of(Signature.callback, callbackFunction(functions.routines.get(entry) ?? 0))),
  ];
  if (own.some(({ body }) => body.length > MAX_FUNCTION_BYTES))
    return { reason: "a function of the program is larger than WebAssembly engines accept" };
  const firstCallback = FIRST_ROUTINE + routines.length + searches.bodies.length;
  return {
    bytes: assembleModule({
      signatures: SIGNATURES,
      imports: IMPORTS,
      functions: own,
      exports: [
        ["run", RUN],
        ["quick", QUICK],
        ["tail", TAKE_OVER],
        ...called.map(({ entry }, i) => [`callback${entry}`, firstCallback + i] as const),
      ],
    }),
    callbacks: called.map(({ entry }) => entry),
    takesOver: ((routines[0]?.liveIn ?? 0) & ~TAKEN_OVER) === 0,
  };
}
