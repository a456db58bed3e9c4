/**
 * The functions of a module that JavaScript calls: `run` (r1 to r5 from the register place), `quick` (a runner's next run)
 * and `callback<slot>`. Input: indices of the functions that they call. Output: entries of the code section. All leave
 * r0 at its place.
 */
import { LAYOUT, MEMORY_TAG } from "../address.js";
import { Place } from "../places.js";
import { Body } from "./body.js";
import { W } from "./opcodes.js";
import { Writer } from "./writer.js";

function finish(body: Body): Writer {
  body.byte(W.end);
  const out = new Writer(body.length + 8);
  out.unsigned(0);
  out.append(body);
  return out;
}

/** Pushes r1 to r5 from their places. */
function args(body: Body): void {
  for (let n = 1; n <= 5; n++) {
    body.i32(0);
    body.memory(W.i64Load, Place.registers + n * 8);
  }
}

/** What a run begins with in r0 and r6 to r9, for programs that hand them on (liveness.ts). */
function zeroes(body: Body): void {
  for (const n of [0, 6, 7, 8, 9]) {
    body.i32(0);
    body.i64(0);
    body.memory(W.i64Store, Place.registers + n * 8);
  }
}

/** (): calls the program. @param tails it hands registers on to tail calls */
export function runFunction(program: number, tails: boolean): Writer {
  const body = new Body(64);
  if (tails) zeroes(body);
  body.i32(0);
  args(body);
  body.i32(LAYOUT.stack);
  body.call(program);
  body.memory(W.i64Store, Place.registers);
  return finish(body);
}

/** (frame): calls a function of the program. */
export function callbackFunction(index: number): Writer {
  const body = new Body(64);
  body.i32(0);
  args(body);
  body.get(0);
  body.call(index);
  body.memory(W.i64Store, Place.registers);
  return finish(body);
}

/** Bytes of context that {@link quickFunction} copies at a time: struct xdp_md has 24, struct __sk_buff 8 times as many. */
export const QUICK_STEP = 24;

/**
 * (fuel, context bytes, a multiple of {@link QUICK_STEP}) -> low half of r0: a run with r1 = context and all else 0. The
 * context is put back from LAYOUT.fresh.
 */
export function quickFunction(program: number, tails: boolean): Writer {
  const [fuel, left] = [0, 1];
  const body = new Body(128);
  if (tails) zeroes(body);
  body.i32(0);
  body.get(fuel);
  body.memory(W.i32Store, Place.fuel);
  const done = body.open(W.block);
  const loop = body.open(W.loop);
  body.get(left);
  body.op(W.i32Eqz);
  body.br(done, W.brIf);
  body.get(left);
  body.i32(QUICK_STEP);
  body.op(W.i32Sub);
  body.set(left);
  for (let at = 0; at < QUICK_STEP; at += 8) {
    body.get(left);
    body.get(left);
    body.memory(W.i64Load, LAYOUT.fresh + at);
    body.memory(W.i64Store, LAYOUT.context + at);
  }
  body.br(loop);
  body.end();
  body.end();
  body.i32(0);
  body.i64Words(LAYOUT.context, MEMORY_TAG);
  for (let n = 2; n <= 5; n++) body.i64(0);
  body.i32(LAYOUT.stack);
  body.call(program);
  body.memory(W.i64Store, Place.registers);
  body.i32(0);
  body.memory(W.i32Load, Place.registers);
  return finish(body);
}
