/**
 * Values whose origin LLVM does not see: what it knows of them, and the verifier cannot, must not remove a test that the
 * verifier needs.
 */
import type { FunctionEmitter } from "./function.js";

/** Passes a 64-bit register through an empty piece of assembly: no instruction. A constant stays one, also when it is one only after unrolling. */
export function hidden(out: FunctionEmitter, value: string): string {
  const isConstant = out.value(`call i1 @llvm.is.constant.i64(i64 ${value})`);
  const [opaque, end, from] = [out.label(), out.label(), out.current];
  out.branchIf(isConstant, end, opaque);
  out.startBlock(opaque);
  const word = out.value(`call i64 asm "", "=r,0"(i64 ${value})`);
  out.startBlock(end);
  return out.value(`phi i64 [ ${value}, %${from} ], [ ${word}, %${opaque} ]`);
}

/**
 * Zero out of 8 bytes of stack: both halves are written as -1, the whole is read, and one is added. The verifier keeps what
 * one store of a register wrote, not what several make together (kernel/bpf/verifier.c, check_stack_write_fixed_off).
 */
export function unknownZero(out: FunctionEmitter, slot: string): string {
  out.line(`store volatile i32 -1, ptr ${slot}, align 8`);
  out.line(`store volatile i32 -1, ptr ${out.value(`getelementptr i8, ptr ${slot}, i64 4`)}, align 4`);
  return out.value(`add i64 ${out.value(`load volatile i64, ptr ${slot}, align 8`)}, 1`);
}

/**
 * The sum with such a zero, as one piece of assembly: LLVM would compare the zero itself with what is left of a comparison,
 * and the verifier learn from that what it is.
 */
export function forgotten(out: FunctionEmitter, register: string, value: string, zero: string): string {
  const word = register === "i1" ? out.value(`zext i1 ${value} to i64`) : value;
  const sum = out.value(`call i64 asm "$0 += $2", "=r,0,r"(i64 ${word}, i64 ${zero})`);
  return register === "i1" ? out.value(`trunc i64 ${sum} to i1`) : sum;
}
