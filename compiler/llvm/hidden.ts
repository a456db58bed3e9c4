/**
 * Values whose origin LLVM does not see: what it knows of them, and the verifier cannot, must not remove a test that the
 * verifier needs.
 */
import type { FunctionEmitter } from "./function.js";

/** No instruction: only LLVM does not know the value. */
export const NOTHING = "";
/**
 * Swaps the bytes twice, which changes nothing; the verifier takes the result of BPF_END for unknown (kernel/bpf/verifier.c,
 * check_alu_op; newer kernels keep at most the known bits of it).
 */
export const FORGET = "$0 = be64 $0\\0A\\09$0 = be64 $0";

/** Passes a 64-bit register through an empty piece of assembly: no instruction. A constant stays one, also when it is one only after unrolling. */
export function hidden(out: FunctionEmitter, value: string, assembly = NOTHING): string {
  const isConstant = out.value(`call i1 @llvm.is.constant.i64(i64 ${value})`);
  const [opaque, end, from] = [out.label(), out.label(), out.current];
  out.branchIf(isConstant, end, opaque);
  out.startBlock(opaque);
  const word = out.value(`call i64 asm "${assembly}", "=r,0"(i64 ${value})`);
  out.startBlock(end);
  return out.value(`phi i64 [ ${value}, %${from} ], [ ${word}, %${opaque} ]`);
}
