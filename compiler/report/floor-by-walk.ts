/**
 * Floors that the walk raises: a program that has all its features on a kernel may still be refused there, because that kernel knows less of
 * its values. Input: reports of accepted programs and their object. Output: reports whose floor is a kernel whose rules accept them.
 */
import { KERNELS, older } from "../../runtime/facts/versions.js";
import { precheck } from "../precheck/index.js";
import type { CostedProgram } from "./program.js";

/** Beyond it a second walk would take as long as the build: the floor is then of features alone. */
const MOST = 100_000;

const raised = (object: Uint8Array, program: CostedProgram): CostedProgram => {
  const { verifier, kernelFloor } = program;
  if (verifier?.verdict !== "accept" || verifier.processed > MOST) return program;
  // The features' own kernel first, then those of the list that came after it.
  const [first] = KERNELS;
  const least = older(kernelFloor, first) ? first : kernelFloor;
  for (const kernel of [least, ...KERNELS.filter((k) => older(least, k))]) {
    const [result] = precheck(object, { kernel, program: program.name, explain: false });
    // What is undecided there (types of an older kernel) raises nothing.
    if (result?.verdict === "reject") continue;
    if (kernel === least) return program;
    return { ...program, kernelFloor: kernel, kernelFloorFor: "what its verifier knows of values" };
  }
  return program;
};

export const raiseFloors = (object: Uint8Array, programs: readonly CostedProgram[]): CostedProgram[] =>
  programs.map((program) => raised(object, program));
