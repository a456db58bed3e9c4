/** Objects of clang that use all that BPF has: the same results, packets and maps as in the kernel, on both engines. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CoreTarget, parseBtf } from "../../runtime/btf/index.js";
import type { EngineName } from "../../runtime/vm/index.js";
import { Random } from "../harness/random.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { compileC } from "../support/clang.js";
import { CASES, sourceOf } from "./cases.js";
import { differences, frames, inKernel, onMachine } from "./outcome.js";

const skip = announceSkip("test/foreign", kernelSkipReason());
const ENGINES: readonly EngineName[] = ["interp", "wasm"];

describe.skipIf(skip)("foreign objects against the kernel", () => {
  const kernelTypes = skip ? undefined : new CoreTarget(parseBtf(readFileSync("/sys/kernel/btf/vmlinux")));

  test.for(CASES.filter((one) => one.machineOnly === undefined))("$name", (one, context) => {
    const { name } = one;
    const source = sourceOf(name);
    const random = new Random(77);
    const input = frames(one.runs ?? 120, (limit) => random.below(limit));
    const kernel = inKernel(compileC(source, one.kernelFlags), one, input);
    if (typeof kernel === "string") {
      announceSkip(`test/foreign ${name}`, kernel);
      context.skip(kernel);
      return;
    }
    expect(Object.keys(kernel.maps).length).toBeGreaterThan(0);
    for (const engine of ENGINES) {
      const ours = onMachine(compileC(source), one, input, engine, one.kernelTypes ? kernelTypes : undefined);
      expect(differences(ours, kernel), `${name} on ${engine}`).toEqual([]);
      expect(ours).toEqual(kernel);
    }
  });
});
