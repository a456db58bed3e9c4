/** The pre-check says what the running kernel says: of programs that once differed, and of fresh random ones. */
import { afterAll, describe, expect, test } from "vitest";
import { decode } from "../../runtime/isa/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { generate } from "./generate.js";
import { REGRESSIONS } from "./regressions.js";
import { KINDS, type ProgramKind } from "./scene.js";
import { Kernel, ours } from "./verdicts.js";

const kindOf = (name: string): ProgramKind => {
  const kind = KINDS.find((k) => k.name === name);
  if (kind === undefined) throw new Error(`no program kind ${name}`);
  return kind;
};
const insnsOf = (hex: string) => decode(new Uint8Array(Buffer.from(hex, "hex")));

test.each(REGRESSIONS)("$what", ({ kind, hex, accept }) => {
  expect(ours(kindOf(kind), insnsOf(hex)).accept).toBe(accept);
});

const skipped = announceSkip("oracle", kernelSkipReason());

describe.skipIf(skipped)("beside the running kernel", () => {
  const kernel = skipped ? undefined : new Kernel();
  afterAll(() => kernel?.[Symbol.dispose]());

  test("programs that once differed", () => {
    const wrong = REGRESSIONS.filter((r) => {
      const theirs = kernel?.judge(kindOf(r.kind), insnsOf(r.hex));
      return !announceSkip(r.what, theirs?.unknown === true ? theirs.text : undefined) && theirs?.accept !== r.accept;
    });
    expect(wrong.map((r) => r.what)).toEqual([]);
  });

  test("600 random programs", () => {
    const differing: string[] = [];
    const notJudged = new Set<string>();
    let accepted = 0;
    for (let seed = 1; seed <= 600; seed++) {
      const { kind, insns, topic } = generate(seed);
      // Long loops in callbacks take their time: left to the command.
      if (topic === "callbacks") continue;
      const theirs = kernel?.judge(kind, insns);
      if (theirs?.unknown === true) {
        notJudged.add(`${kind.name}: ${theirs.text}`);
        continue;
      }
      if (theirs?.accept === true) accepted++;
      if (ours(kind, insns).accept !== theirs?.accept)
        differing.push(`seed ${seed}: kernel ${theirs?.text || "accept"}`);
    }
    for (const why of notJudged) announceSkip("random programs", why);
    expect(differing).toEqual([]);
    // A healthy mix: neither verdict is the rule.
    expect(accepted).toBeGreaterThan(200);
    expect(accepted).toBeLessThan(500);
  });
});
