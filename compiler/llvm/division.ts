/**
 * Division as BPF defines it (RFC 9669 section 4.1): x / 0 = 0, x % 0 = x, no trap on the smallest number by -1. To LLVM
 * these are undefined behaviour, so a divisor that is not constant goes through inline assembly of the very instruction.
 * Signed division exists from cpu v4 on; before, it is unsigned division of magnitudes with the sign put back.
 */
import type { FunctionEmitter } from "./function.js";
import { hidden } from "./hidden.js";

const INSTRUCTION: Readonly<Record<string, string>> = { udiv: "/=", urem: "%=", sdiv: "s/=", srem: "s%=" };

export function emitDivision(
  out: FunctionEmitter,
  op: string,
  left: string,
  right: string,
  divisor: bigint | undefined,
): string {
  const signed = op === "sdiv" || op === "srem";
  if (!signed) return unsigned(out, op, left, right, divisor);
  if (out.module.cpu >= 4)
    return divisor !== undefined && divisor > 0n
      ? out.value(`${op} i64 ${left}, ${right}`)
      : assembly(out, op, left, right);
  return signedByMagnitude(out, op, left, right, divisor);
}

function unsigned(out: FunctionEmitter, op: string, left: string, right: string, divisor: bigint | undefined): string {
  if (divisor === 0n) return op === "udiv" ? "0" : left;
  if (divisor !== undefined) {
    const result = out.value(`${op} i64 ${left}, ${right}`);
    // LLVM takes a remainder for small, the verifier (up to 6.18 at least) for any number: a test of it must stay. A power
    // of two becomes a mask, which both understand.
    return op === "urem" && (divisor & (divisor - 1n)) !== 0n ? hidden(out, result) : result;
  }
  return assembly(out, op, left, right);
}

const assembly = (out: FunctionEmitter, op: string, left: string, right: string): string =>
  out.value(`call i64 asm "$0 ${INSTRUCTION[op]} $2", "=r,0,r"(i64 ${left}, i64 ${right})`);

/** The sign of a quotient is that of left ^ right, of a remainder that of left. */
function signedByMagnitude(
  out: FunctionEmitter,
  op: string,
  left: string,
  right: string,
  divisor: bigint | undefined,
): string {
  const magnitude = (value: string): readonly [string, string] => {
    const sign = out.value(`ashr i64 ${value}, 63`);
    const flipped = out.value(`xor i64 ${value}, ${sign}`);
    return [out.value(`sub i64 ${flipped}, ${sign}`), sign];
  };
  const [a, signA] = magnitude(left);
  const [b, signB] =
    divisor === undefined ? magnitude(right) : [String(divisor < 0n ? -divisor : divisor), divisor < 0n ? "-1" : "0"];
  const plain = unsigned(
    out,
    op === "sdiv" ? "udiv" : "urem",
    a,
    b,
    divisor === undefined ? undefined : divisor < 0n ? -divisor : divisor,
  );
  const sign = op === "sdiv" ? out.value(`xor i64 ${signA}, ${signB}`) : signA;
  return out.value(`sub i64 ${out.value(`xor i64 ${plain}, ${sign}`)}, ${sign}`);
}
