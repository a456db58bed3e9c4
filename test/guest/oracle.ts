/**
 * `npm run verify:guest-oracle -- --image VMLINUZ --kernel 6.1 [--seed N] [--count N] [--topic NAME] [--show N] [--telling N]`: generated programs judged by
 * `--kernel`'s rules and by that kernel's own verifier in a guest. Output: counts, and the shortest programs that differ;
 * with --telling, programs on which this kernel differs from the newest one (the rows of ranges.json).
 */
import { parseArgs } from "node:util";
import { KERNELS } from "../../compiler/precheck/index.js";
import { versionNumber } from "../../compiler/precheck/tables/since.js";
import { disassemble, encode } from "../../runtime/isa/index.js";
import { type Generated, generate } from "../oracle/generate.js";
import { ours } from "../oracle/verdicts.js";
import { judgeRawInGuest, missingTools } from "./guest.js";
import { packed } from "./packed.js";

function main(): void {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ["image", "kernel", "seed", "count", "topic", "show", "telling"].map((name) => [
        name,
        { type: "string" } as const,
      ]),
    ),
  });
  const { image, topic } = values;
  const kernel = KERNELS.find((k) => k === values["kernel"]);
  const missing = missingTools();
  if (image === undefined || kernel === undefined || missing.length > 0) {
    console.error(
      `usage: npm run verify:guest-oracle -- --image VMLINUZ --kernel ${KERNELS.join("|")} [--seed N] [--count N]`,
    );
    if (missing.length > 0) console.error(`guests need ${missing.join(", ")}`);
    process.exit(2);
  }
  const first = Number(values["seed"] ?? 1);
  const programs = Array.from({ length: Number(values["count"] ?? 2000) }, (_, i) => generate(first + i, topic));
  const counts = {
    bothAccept: 0,
    bothReject: 0,
    falseAccept: 0,
    falseReject: 0,
    undecided: 0,
    notJudged: 0,
    sameCount: 0,
  };
  /** Judged otherwise than by the newest kernel's rules. */
  const telling: [Generated, string][] = [];
  const differing: { program: Generated; text: string }[] = [];
  for (const { object, verdict, walked, message } of judgeRawInGuest(image, packed(programs))) {
    const program = programs[Number(object)];
    if (program === undefined) continue;
    const mine = ours(program.kind, program.insns, versionNumber(kernel));
    const accept = verdict === "accept";
    if (verdict !== "unknown" && accept !== ours(program.kind, program.insns).accept) telling.push([program, verdict]);
    if (verdict === "unknown") counts.notJudged++;
    else if (mine.text.startsWith("EB5099")) counts.undecided++;
    else if (mine.accept === accept) {
      counts[accept ? "bothAccept" : "bothReject"]++;
      if (accept && mine.processed === walked) counts.sameCount++;
    } else {
      counts[accept ? "falseReject" : "falseAccept"]++;
      differing.push({ program, text: `ours: ${mine.text || "accept"}\n  kernel: ${message || "accept"}` });
    }
  }
  for (const [{ kind, insns }, verdict] of telling.slice(0, Number(values["telling"] ?? 0))) {
    const program = Buffer.from(encode(insns)).toString("hex");
    console.log(JSON.stringify({ kernel, kind: kind.name, verdict, program }));
  }
  differing.sort((a, b) => a.program.insns.length - b.program.insns.length);
  for (const { program, text } of differing.slice(0, Number(values["show"] ?? 5))) {
    console.log(
      `seed ${program.seed} (${program.topic}, ${program.kind.name}): ${Buffer.from(encode(program.insns)).toString("hex")}`,
    );
    for (const insn of program.insns) console.log(`  ${insn.slot}: ${disassemble(insn)}`);
    console.log(`  ${text}`);
  }
  console.log(`Linux ${kernel}`, counts);
}

main();
