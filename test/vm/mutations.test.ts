/** The fuzzer finds injected bugs: each mutation is built into the machine's sources and must make a program differ. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { root } from "../bench/pair.js";
import { difference, seedOf } from "./fuzz/compare.js";
import type * as Mutant from "./fuzz/mutant.js";
import { MUTATIONS, type Mutation } from "./fuzz/mutations.js";
import type { RunOptions } from "./fuzz/outcome.js";

/** Programs until one must differ. */
const ENOUGH = 600;
const FUEL = 1_000_000;

async function built(mutation: Mutation | undefined): Promise<typeof Mutant> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "test/vm/fuzz/mutant.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "silent",
    plugins: [
      {
        name: "mutation",
        setup(context) {
          if (mutation === undefined) return;
          const path = join(root, "runtime/vm", mutation.file);
          context.onLoad({ filter: /\.ts$/ }, (args) => {
            if (args.path !== path) return undefined;
            return {
              contents: readFileSync(path, "utf8").replace(mutation.find, () => mutation.replace),
              loader: "ts",
            };
          });
        },
      },
    ],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild gave nothing");
  return (await import(
    `data:text/javascript;base64,${Buffer.from(file.contents).toString("base64")}`
  )) as typeof Mutant;
}

/** Number of the first program on which the interpreter's steps and another way of running differ, or undefined. */
function finds(mutant: typeof Mutant, limit: number, other: RunOptions): number | undefined {
  const { generate, onMachine, senseless, edges, runSenseless, STEPS } = mutant;
  const differs = (run: (options: RunOptions) => object): boolean => {
    const ends = [STEPS, other].map((options) => {
      try {
        return run(options);
      } catch (error) {
        // Code that V8 refuses, or a crash: found as well.
        return { crash: `${JSON.stringify(options)}: ${String(error)}` };
      }
    });
    return difference(ends[0] ?? {}, ends[1] ?? {}) !== "";
  };
  const text = (result: ReturnType<typeof runSenseless>): object => ({
    ...result,
    result: result.result.toString(),
    mem: Buffer.from(result.mem).toString("hex"),
  });
  for (let number = 1; number <= limit; number++) {
    const seed = seedOf(number);
    const bytes = generate(seed);
    const fuel = number % 8 === 0 ? 1 + ((number * 7919) % 400) : FUEL;
    if (differs((options) => onMachine(bytes, seed, { ...options, fuel }))) return number;
    for (const odd of [senseless(number), edges(number)])
      if (differs((options) => text(runSenseless(odd, options)))) return number;
  }
  return undefined;
}

describe("mutations", () => {
  test("there are at least 30, each of a place that exists once", () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(30);
    for (const { name, file, find, replace } of MUTATIONS) {
      const parts = readFileSync(join(root, "runtime/vm", file), "utf8").split(find);
      expect(parts.length - 1, name).toBe(1);
      expect(replace, name).not.toBe(find);
    }
  });

  test("without one, nothing differs", async () => {
    const mutant = await built(undefined);
    for (const other of [mutant.WASM, mutant.HOT]) expect(finds(mutant, 60, other)).toBeUndefined();
  });

  test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))("%s", async (_name, mutation) => {
    const mutant = await built(mutation);
    const other = mutation.file.startsWith("interpreter/loop/") ? mutant.HOT : mutant.WASM;
    expect(finds(mutant, ENOUGH, other)).toBeDefined();
  });
});
