/**
 * The hot loop as a WebAssembly module, the same for all programs of a memory. Imports: `m.memory`, `m.helper(id)`,
 * `m.context(offset, dst)`; exports `run(code, pc, base)`, which goes on until the program has ended (1) or meets what is
 * not its own (0). Instructions left are at Place.loopFuel, the record that comes next is then at Place.loopPc.
 */
import { LAYOUT } from "../../address.js";
import { Place } from "../../places.js";
import { assembleModule } from "../../wasm/assemble.js";
import { Type, W } from "../../wasm/opcodes.js";
import { Writer } from "../../wasm/writer.js";
import { type Labels, LOCALS_32, LOCALS_64, Local, LoopBody } from "./body.js";
import type { Handler } from "./handlers.js";
import { Field, RECORD, STEP } from "./record.js";

/** Numbers of the functions, and of their signatures. */
const HELPER = 0;
const CONTEXT = 1;
const RUN = 2;

function addFuel(body: LoopBody, by: number): void {
  body.get(Local.fuel);
  body.i32(by);
  body.op(W.i32Add);
}

/** Everything the loop changes goes to memory: no local lives across a call, which would cost each round of the loop. */
function keep(body: LoopBody, undone: number): void {
  body.i32(0);
  body.get(Local.pc);
  body.memory(W.i32Store, Place.loopPc);
  body.i32(0);
  addFuel(body, undone);
  body.memory(W.i32Store, Place.loopFuel);
}

function restore(body: LoopBody): void {
  body.i32(0);
  body.memory(W.i32Load, Place.loopPc);
  body.set(Local.pc);
  body.i32(0);
  body.memory(W.i32Load, Place.loopFuel);
  body.set(Local.fuel);
}

function advance(body: LoopBody): void {
  body.get(Local.pc);
  body.i32(RECORD);
  body.op(W.i32Add);
  body.set(Local.pc);
}

/** One round of the loop: takes a record, goes to its handler. */
function dispatch(body: LoopBody, list: readonly Handler[], labels: Labels): void {
  addFuel(body, -1);
  body.tee(Local.fuel);
  body.i32(0);
  body.op(W.i32LtS);
  body.br(labels.step, W.brIf);
  body.field(W.i32Load8U, Field.dst);
  body.set(Local.dst);
  body.field(W.i32Load8U, Field.src);
  body.set(Local.src);
  const first = body.depth;
  for (const _ of list) body.open(W.block);
  body.field(W.i32Load16U, Field.operation);
  // The innermost block is the first handler's; number 0 steps, and nothing else is ever written.
  const numbers = [labels.step, ...list.map((_, i) => first + list.length - 1 - i)];
  if (STEP !== 0) throw new Error("records without a handler have number 0");
  body.op(W.brTable);
  body.unsigned(numbers.length - 1);
  for (const label of numbers) body.unsigned(body.depth - 1 - label);
  // What comes last is the default.
  for (const handler of list) {
    body.end();
    handler.emit(body, labels);
  }
}

function runFunction(list: readonly Handler[]): Writer {
  const body = new LoopBody(32768);
  body.i32(0);
  body.memory(W.i32Load, Place.loopFuel);
  body.set(Local.fuel);
  const again = body.open(W.loop);
  const end = body.open(W.block);
  const step = body.open(W.block);
  const context = body.open(W.block);
  const helper = body.open(W.block);
  const next = body.open(W.loop);
  dispatch(body, list, { next, step, helper, context, end });
  body.end();
  body.op(W.unreachable);
  body.end();
  keep(body, 0);
  body.get(Local.dst);
  body.call(HELPER);
  restore(body);
  advance(body);
  body.br(again);
  body.end();
  keep(body, 0);
  body.get(Local.place);
  body.i32(LAYOUT.context);
  body.op(W.i32Sub);
  body.get(Local.dst);
  body.call(CONTEXT);
  restore(body);
  body.op(W.i32Eqz);
  body.br(step, W.brIf);
  advance(body);
  body.br(again);
  body.end();
  // The instruction has not run: its fuel is given back.
  keep(body, 1);
  body.i32(0);
  body.op(W.return);
  body.end();
  keep(body, 0);
  body.i32(1);
  body.op(W.return);
  body.end();
  body.op(W.unreachable);
  body.byte(W.end);
  const out = new Writer(body.length + 16);
  out.unsigned(2);
  for (const [count, type] of [
    [LOCALS_32, Type.i32],
    [LOCALS_64, Type.i64],
  ] as const) {
    out.unsigned(count);
    out.byte(type);
  }
  out.append(body);
  return out;
}

/** Numbers of the handlers in records, by key. */
export function handlerNumbers(list: readonly Handler[]): ReadonlyMap<number, number> {
  return new Map(list.map(({ key }, i) => [key, i + 1]));
}

/** Generates the module's bytes. */
export function loopModule(list: readonly Handler[]): Uint8Array {
  const { i32 } = Type;
  return assembleModule({
    signatures: [
      { params: [i32], results: [] },
      { params: [i32, i32], results: [i32] },
      { params: [i32, i32, i32], results: [i32] },
    ],
    imports: [
      ["helper", HELPER],
      ["context", CONTEXT],
    ],
    functions: [{ signature: RUN, body: runFunction(list) }],
    exports: [["run", RUN]],
  });
}
