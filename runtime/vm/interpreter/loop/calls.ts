/** Calls, returns and may_goto of the hot loop. Frames are those of the step-by-step interpreter (places.ts). */
import { Op } from "../../../isa/index.js";
import { FRAME_STRIDE, frameTop, MEMORY_TAG, STACK_BYTES } from "../../address.js";
import { Internal } from "../../code.js";
import { MAY_GOTO_BUDGET } from "../../limits.js";
import { Place, SAVED, Saved } from "../../places.js";
import { W } from "../../wasm/opcodes.js";
import { type Labels, Local, type LoopBody } from "./body.js";
import type { Handler, LoopTarget } from "./handlers.js";
import { Field, keyOf, RECORD } from "./record.js";

const SAVED_BYTES = SAVED * 4;
/** r6 to r10. */
const KEPT = [6, 7, 8, 9, 10] as const;

function loadWord(body: LoopBody, place: number): void {
  body.i32(0);
  body.memory(W.i32Load, place);
}

/** Turns the frame in `place` into the place of its saved words, less {@link Place.saved}. */
function savedPlace(body: LoopBody): void {
  body.get(Local.place);
  body.i32(SAVED_BYTES);
  body.op(W.i32Mul);
  body.set(Local.place);
}

function storeFrame(body: LoopBody): void {
  body.set(Local.bits);
  body.i32(0);
  body.get(Local.bits);
  body.memory(W.i32Store, Place.frame);
}

/** Saves what the caller keeps, and enters the callee with a stack that holds nothing. */
function callLocal(body: LoopBody, target: LoopTarget, labels: Labels): void {
  loadWord(body, Place.frame);
  body.tee(Local.place);
  loadWord(body, Place.limit);
  body.op(W.i32GeS);
  body.br(labels.step, W.brIf);
  body.get(Local.place);
  body.i32(1);
  body.op(W.i32Add);
  storeFrame(body);
  // r10 of the callee, and the bitmap of its stack.
  body.get(Local.place);
  body.i32(FRAME_STRIDE);
  body.op(W.i32Mul);
  body.i32(frameTop(1));
  body.op(W.i32Add);
  body.set(Local.bits);
  savedPlace(body);
  for (const [i, n] of KEPT.entries()) {
    body.get(Local.place);
    body.reg(n);
    body.memory(W.i64Store, Place.saved + i * 8);
  }
  body.get(Local.place);
  body.get(Local.pc);
  body.get(Local.code);
  body.op(W.i32Sub);
  body.i32(Math.log2(RECORD));
  body.op(W.i32ShrU);
  body.i32(1);
  body.op(W.i32Add);
  body.memory(W.i32Store, Place.saved + Saved.back * 4);
  for (const [word, place] of [
    [Saved.budget, Place.budget],
    [Saved.code, Place.loopCode],
    [Saved.limit, Place.limit],
  ] as const) {
    body.get(Local.place);
    loadWord(body, place);
    body.memory(W.i32Store, Place.saved + word * 4);
  }
  body.i32(0);
  body.i32(MAY_GOTO_BUDGET);
  body.memory(W.i32Store, Place.budget);
  body.get(Local.bits);
  body.op(W.i64ExtendU);
  body.i64Words(0, MEMORY_TAG);
  body.op(W.i64Or);
  body.setReg(10);
  body.get(Local.bits);
  body.i32(STACK_BYTES);
  body.op(W.i32Sub);
  body.i32(3);
  body.op(W.i32ShrU);
  body.set(Local.bits);
  for (let i = 0; i < STACK_BYTES / 64; i++) {
    body.get(Local.bits);
    body.i64(0);
    body.memory(W.i64Store, target.readable + i * 8);
  }
  body.jump(labels);
}

/** Ends the run at its first frame; else the caller goes on, when it is of the same program. */
function exit(body: LoopBody, labels: Labels): void {
  loadWord(body, Place.frame);
  body.tee(Local.place);
  body.get(Local.base);
  body.op(W.i32Eq);
  body.br(labels.end, W.brIf);
  body.get(Local.place);
  body.i32(1);
  body.op(W.i32Sub);
  body.set(Local.place);
  savedPlace(body);
  body.get(Local.place);
  body.memory(W.i32Load, Place.saved + Saved.code * 4);
  loadWord(body, Place.loopCode);
  body.op(W.i32Ne);
  body.br(labels.step, W.brIf);
  loadWord(body, Place.frame);
  body.i32(1);
  body.op(W.i32Sub);
  storeFrame(body);
  for (const [i, n] of KEPT.entries()) {
    body.get(Local.place);
    body.memory(W.i64Load, Place.saved + i * 8);
    body.setReg(n);
  }
  for (const [word, place] of [
    [Saved.budget, Place.budget],
    [Saved.limit, Place.limit],
  ] as const) {
    body.i32(0);
    body.get(Local.place);
    body.memory(W.i32Load, Place.saved + word * 4);
    body.memory(W.i32Store, place);
  }
  body.get(Local.place);
  body.memory(W.i32Load, Place.saved + Saved.back * 4);
  body.i32(Math.log2(RECORD));
  body.op(W.i32Shl);
  body.get(Local.code);
  body.op(W.i32Add);
  body.set(Local.pc);
  body.br(labels.next);
}

/** Falls through while the budget lasts (may_goto leaves the loop when it is used up). */
function mayGoto(body: LoopBody, labels: Labels): void {
  loadWord(body, Place.budget);
  body.tee(Local.bits);
  body.i32(0);
  body.op(W.i32LeS);
  body.open(W.if);
  body.jump(labels);
  body.end();
  body.i32(0);
  body.get(Local.bits);
  body.i32(1);
  body.op(W.i32Sub);
  body.memory(W.i32Store, Place.budget);
  body.next(labels);
}

export function callHandlers(target: LoopTarget): Handler[] {
  return [
    { key: keyOf(Internal.CallLocal), emit: (body, labels) => callLocal(body, target, labels) },
    { key: keyOf(Op.Exit), emit: exit },
    { key: keyOf(Op.Cond), emit: mayGoto },
    {
      key: keyOf(Op.Call),
      emit(body, labels) {
        body.field(W.i32Load, Field.imm);
        body.set(Local.dst);
        body.br(labels.helper);
      },
    },
  ];
}
