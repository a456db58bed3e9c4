/** Loads, stores and atomic operations (RFC 9669, 5) of the hot loop: the common case, the rest is left to steps. */
import { Atomic, accessBytes, Class, Mode, Size } from "../../../isa/index.js";
import { LAYOUT, MEMORY_TAG, STACK_END } from "../../address.js";
import { Internal } from "../../code.js";
import { atomicUpdate, type Bytes, LOAD, LOAD_SIGNED, STORE } from "../../wasm/loads.js";
import { W } from "../../wasm/opcodes.js";
import { DST, IMM, type Labels, Local, type LoopBody, SRC } from "./body.js";
import type { Handler, LoopTarget } from "./handlers.js";
import { Field, keyOf } from "./record.js";

/** Sets `place` to that of a register and the record's offset; steps when the pointer is none to memory. */
function placeOf(body: LoopBody, target: LoopTarget, labels: Labels, register: number): void {
  body.reg(register);
  body.field(W.i64Load32S, Field.off);
  body.op(W.i64Add);
  body.i64Words(0, MEMORY_TAG);
  body.op(W.i64Sub);
  body.tee(Local.address);
  body.i64(target.size);
  body.op(W.i64GeU);
  body.br(labels.step, W.brIf);
  body.get(Local.address);
  body.op(W.i32Wrap);
  body.set(Local.place);
}

/** Pushes 1 when one of the bytes at `place` is not valid; sets `bits` to the bitmap's byte. */
function refused(body: LoopBody, bitmap: number, bytes: number): void {
  const mask = (1 << bytes) - 1;
  body.get(Local.place);
  body.i32(3);
  body.op(W.i32ShrU);
  body.tee(Local.bits);
  body.memory(bytes === 1 ? W.i32Load8U : W.i32Load16U, bitmap);
  body.get(Local.place);
  body.i32(7);
  body.op(W.i32And);
  body.op(W.i32ShrU);
  body.i32(mask);
  body.op(W.i32And);
  body.i32(mask);
  body.op(W.i32Ne);
}

/** What is written on the stack may be read from then on; needs `bits` from {@link refused}. */
function written(body: LoopBody, target: LoopTarget, bytes: number): void {
  body.get(Local.place);
  body.i32(STACK_END);
  body.op(W.i32LtU);
  body.open(W.if);
  body.get(Local.bits);
  body.get(Local.bits);
  body.memory(W.i32Load16U, target.readable);
  body.i32((1 << bytes) - 1);
  body.get(Local.place);
  body.i32(7);
  body.op(W.i32And);
  body.op(W.i32Shl);
  body.op(W.i32Or);
  body.memory(W.i32Store16, target.readable);
  body.end();
}

function readable(body: LoopBody, target: LoopTarget, labels: Labels, bytes: number): void {
  placeOf(body, target, labels, SRC);
  refused(body, target.readable, bytes);
  body.br(labels.step, W.brIf);
}

function writable(body: LoopBody, target: LoopTarget, labels: Labels, bytes: number): void {
  placeOf(body, target, labels, DST);
  refused(body, target.writable, bytes);
  body.br(labels.step, W.brIf);
  written(body, target, bytes);
}

/** Leaves for the context's pointers where a 4-byte read is refused: such fields are not readable. */
function word(body: LoopBody, target: LoopTarget, labels: Labels): void {
  placeOf(body, target, labels, SRC);
  refused(body, target.readable, 4);
  body.open(W.if);
  body.get(Local.place);
  body.i32(LAYOUT.context);
  body.op(W.i32Sub);
  body.i32(LAYOUT.contextBytes);
  body.op(W.i32LtU);
  body.br(labels.context, W.brIf);
  body.br(labels.step);
  body.end();
}

function loaded(body: LoopBody, labels: Labels, code: number): void {
  body.get(Local.place);
  body.memory(code, 0);
  body.setReg(DST);
  body.next(labels);
}

function loadHandlers(target: LoopTarget): Handler[] {
  const out: Handler[] = [];
  for (const size of Object.values(Size)) {
    for (const mode of [Mode.Mem, Mode.MemSx]) {
      if (mode === Mode.MemSx && size === Size.Dw) continue;
      const operation = Class.Ldx | mode | size;
      const bytes = accessBytes(operation);
      out.push({
        key: keyOf(operation),
        emit(body, labels) {
          if (bytes === 4 && mode === Mode.Mem) word(body, target, labels);
          else readable(body, target, labels, bytes);
          loaded(body, labels, (mode === Mode.Mem ? LOAD : LOAD_SIGNED)[bytes]);
        },
      });
    }
  }
  return out;
}

function storeHandlers(target: LoopTarget): Handler[] {
  const out: Handler[] = [];
  for (const size of Object.values(Size)) {
    for (const cls of [Class.St, Class.Stx]) {
      const operation = cls | Mode.Mem | size;
      const bytes = accessBytes(operation);
      out.push({
        key: keyOf(operation),
        emit(body, labels) {
          writable(body, target, labels, bytes);
          body.get(Local.place);
          body.reg(cls === Class.St ? IMM : SRC);
          body.memory(STORE[bytes], 0);
          body.next(labels);
        },
      });
    }
  }
  return out;
}

function atomicHandlers(target: LoopTarget): Handler[] {
  const out: Handler[] = [];
  const plain = [Atomic.Add, Atomic.Or, Atomic.And, Atomic.Xor];
  const kinds = [...plain, ...plain.map((kind) => kind | Atomic.Fetch), Atomic.Xchg, Atomic.Cmpxchg];
  for (const [operation, bytes] of [
    [Internal.Atomic32, 4],
    [Internal.Atomic64, 8],
  ] as const)
    for (const kind of kinds)
      out.push({
        key: keyOf(operation, kind),
        emit(body, labels) {
          writable(body, target, labels, bytes);
          refused(body, target.readable, bytes);
          body.br(labels.step, W.brIf);
          atomicUpdate(body, kind, SRC, bytes, 0);
          body.next(labels);
        },
      });
  for (const bytes of [1, 2, 4, 8] as readonly Bytes[])
    out.push(
      {
        key: keyOf(Internal.LoadAcquire, bytes * 8),
        emit(body, labels) {
          readable(body, target, labels, bytes);
          loaded(body, labels, LOAD[bytes]);
        },
      },
      {
        key: keyOf(Internal.StoreRelease, bytes * 8),
        emit(body, labels) {
          writable(body, target, labels, bytes);
          body.get(Local.place);
          body.reg(SRC);
          body.memory(STORE[bytes], 0);
          body.next(labels);
        },
      },
    );
  return out;
}

export function accessHandlers(target: LoopTarget): Handler[] {
  return [...loadHandlers(target), ...storeHandlers(target), ...atomicHandlers(target)];
}
