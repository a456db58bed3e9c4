/**
 * addr_space_cast in generated code (kernel: arch/x86/net/bpf_jit_comp.c and the verifier's do_misc_fixups): between
 * addresses as user space has them and pointers into the arena's linear memory. The interpreter casts by vm/cast.ts.
 */
import { MEMORY_TAG } from "../address.js";
import { TO_KERNEL } from "../cast.js";
import type { ArenaWindow } from "../maps/arena.js";
import { type Body, Local } from "./body.js";
import { Type, W } from "./opcodes.js";

/** Leaves the low half of a register in `place` and its distance from a start in `next`. */
function distance(body: Body, src: number, from: number): void {
  body.reg32(src);
  body.tee(Local.place);
  body.i32(from);
  body.op(W.i32Sub);
  body.set(Local.next);
}

/** @param imm the instruction's: which way */
export function addressCast(body: Body, dst: number, src: number, imm: number, arena: ArenaWindow): void {
  const { base, bytes, userLo, userHi, short } = arena;
  if (imm === TO_KERNEL) {
    distance(body, src, userLo);
    body.get(Local.next);
    body.i32(bytes);
    body.op(W.i32LtU);
    body.get(Local.place);
    body.i32(0);
    body.op(W.i32Ne);
    body.op(W.i32And);
    body.open(W.if, Type.i64);
    body.get(Local.next);
    body.i32(base);
    body.op(W.i32Add);
    body.op(W.i64ExtendU);
    body.i64Words(0, MEMORY_TAG);
    body.op(W.i64Or);
    body.else();
    body.get(Local.place);
    body.op(W.i64ExtendU);
    body.end();
    body.setReg(dst);
    return;
  }
  distance(body, src, base);
  body.reg(src);
  body.i64(32);
  body.op(W.i64ShrU);
  body.op(W.i32Wrap);
  body.i32(MEMORY_TAG);
  body.op(W.i32Eq);
  body.get(Local.next);
  body.i32(bytes);
  body.op(W.i32LtU);
  body.op(W.i32And);
  body.open(W.if);
  body.get(Local.next);
  body.i32(userLo);
  body.op(W.i32Add);
  body.set(Local.place);
  body.end();
  body.get(Local.place);
  body.op(W.i64ExtendU);
  if (!short) {
    body.i64Words(0, userHi);
    body.i64(0);
    body.get(Local.place);
    body.op(W.select);
    body.op(W.i64Or);
  }
  body.setReg(dst);
}
