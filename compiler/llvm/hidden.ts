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
