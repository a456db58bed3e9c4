/** The plug-in of the public conformance runner: its protocol, and its suite's vectors through it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plugin } from "../../compiler/cli/conformance.js";
import { root } from "../bench/pair.js";
import { missingData, readJson, type Vector } from "../support/data.js";

/** As the runner writes bytes: two digits and two blanks. */
const spaced = (hex: string): string => hex.replace(/../g, "$&  ");
const SEVEN = "b700000007000000 9500000000000000";
const built = join(root, "dist/compiler/cli/conformance.js");

describe("plug-in protocol", () => {
  test("memory is the first argument, the program comes on stdin, r0 goes out as hex", async () => {
    // r0 = *(u8 *)(r1 + 1)
    const program = spaced("71100100000000009500000000000000");
    expect(await plugin(["00  fe  ", ""], program)).toEqual({ code: 0, out: "fe", error: "" });
    expect(await plugin(["", "--engine wasm"], SEVEN)).toEqual({ code: 0, out: "7", error: "" });
    expect((await plugin([], SEVEN)).out).toBe("7");
  });

  test("what is refused or faults ends with 1, a wrong call with 2", async () => {
    expect(await plugin([""], "ff00000000000000")).toMatchObject({ code: 1, out: "" });
    expect(await plugin([""], "71100100000000009500000000000000")).toMatchObject({ code: 1, error: /VM_POINTER/ });
    expect((await plugin(["xyz"], SEVEN)).code).toBe(2);
    expect((await plugin([""], "b7 0")).code).toBe(2);
    expect((await plugin(["", "--engine fast"], SEVEN)).code).toBe(2);
    expect((await plugin(["", "--elf true"], SEVEN)).code).toBe(2);
  });

  test.skipIf(!existsSync(built))("as a process", () => {
    const { stdout, status } = spawnSync(process.execPath, [built, "", ""], { input: SEVEN, encoding: "utf8" });
    expect([stdout, status]).toEqual(["7\n", 0]);
  });
  if (!existsSync(built)) console.warn("SKIPPED the plug-in as a process: dist is not built");
});

describe.skipIf(missingData)("the suite's vectors", () => {
  test.each(["interp", "wasm"])("on %s", async (engine) => {
    const wrong: string[] = [];
    for (const { name, kind, insns, mem, expected } of readJson<Vector[]>("isa-vectors.json")) {
      const { code, out } = await plugin([spaced(mem), `--engine ${engine}`], spaced(insns));
      const good = kind === "negative" ? code === 1 : `0x${out}` === expected;
      if (!good) wrong.push(`${name}: ${code} ${out}, not ${expected}`);
    }
    expect(wrong).toEqual([]);
  });
});
