/** Valid encodings without sense: most end in a fault, which both engines must find at the same place for the same reason. */
import { EncodingError, encode, validate } from "../../../runtime/isa/index.js";
import { type RawOptions, type RawResult, runRaw } from "../../../runtime/vm/index.js";
import { generator } from "../generate.js";
import { randomProgram } from "../random-program.js";

const FUEL = 2000;

/** One program by its number. */
export function senseless(number: number): Uint8Array {
  const random = generator(Math.imul(number, 2654435761 | 0) ^ 4711);
  for (;;) {
    const insns = randomProgram(random);
    try {
      validate(insns);
      return encode(insns);
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
    }
  }
}

/** Runs it over 64 bytes of memory, with helpers that compute, give a pointer and echo. */
export function runSenseless(bytes: Uint8Array, options: RawOptions): RawResult {
  return runRaw(bytes, new Uint8Array(64).fill(7), {
    ...options,
    fuel: FUEL,
    helpers: { 1: (a = 0n, b = 0n) => a * 3n + b, 2: () => 0xffff_8880_0000_4000n, 5: (value = 0n) => value },
  });
}
