/**
 * `npm run verify:guest -- --image VMLINUZ --kernel 6.1 [PATH...]`: `verify --kernel` beside that kernel's own verifier, which runs in
 * a guest. Paths are objects, C programs and folders of them; default the programs of test/guest/programs and test/precheck/programs.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { KERNELS, type Kernel, precheck } from "../../compiler/precheck/index.js";
import { judgeInGuest, kernelTypes, missingTools } from "./guest.js";

const DEFAULT = ["test/guest/programs", "test/precheck/programs"];

function usage(): never {
  console.error(`usage: npm run verify:guest -- --image VMLINUZ --kernel ${KERNELS.join("|")} [PATH...]`);
  process.exit(2);
}

/** Objects of the paths in one folder, compiled where they are C. */
function collect(paths: readonly string[], into: string): string[] {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
      : [path],
  );
  return files
    .filter((file) => /\.(c|o)$/.test(file))
    .map((file, i) => {
      const object = join(into, `${String(i).padStart(3, "0")}-${basename(file).replace(/c$/, "o")}`);
      const flags = ["-O2", "-g", "-fno-builtin", "-w", "-target", "bpf", "-mcpu=v3"];
      if (file.endsWith(".c")) execFileSync("clang-19", [...flags, "-c", file, "-o", object]);
      else writeFileSync(object, readFileSync(file));
      return object;
    });
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: { image: { type: "string" }, kernel: { type: "string" }, json: { type: "boolean" } },
    allowPositionals: true,
  });
  const kernel = KERNELS.find((k) => k === values.kernel);
  if (values.image === undefined || kernel === undefined) usage();
  const missing = missingTools();
  if (missing.length > 0) {
    console.error(`guests need ${missing.join(", ")}: apt-get install ${missing.join(" ")}`);
    process.exit(1);
  }
  const work = mkdtempSync(join(tmpdir(), "ebpftsc-judged-"));
  try {
    report(values.image, kernel, collect(positionals.length > 0 ? positionals : DEFAULT, work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function report(image: string, kernel: Kernel, objects: readonly string[]): void {
  const types = kernelTypes(image);
  const guest = judgeInGuest(image, objects);
  const counts = {
    bothAccept: 0,
    bothReject: 0,
    falseAccept: 0,
    falseReject: 0,
    undecided: 0,
    notJudged: 0,
    walkedTheSame: 0,
  };
  for (const object of objects) {
    const ours = precheck(new Uint8Array(readFileSync(object)), {
      kernel,
      kernelBtf: () => types,
      explain: false,
      cpus: 1,
    });
    for (const { program, verdict, message, processed } of ours) {
      const theirs = guest.find((g) => g.object === basename(object) && g.program === program);
      if (theirs === undefined || theirs.verdict === "unknown") {
        counts.notJudged++;
        continue;
      }
      const agrees = verdict === theirs.verdict;
      if (!agrees)
        console.log(
          `${basename(object)}:${program}: ours ${verdict} ${message ?? ""} | kernel ${theirs.verdict} ${theirs.message}`,
        );
      if (verdict === "undecided") counts.undecided++;
      else if (agrees) counts[verdict === "accept" ? "bothAccept" : "bothReject"]++;
      else counts[verdict === "accept" ? "falseAccept" : "falseReject"]++;
      if (agrees && verdict === "accept" && processed === theirs.walked) counts.walkedTheSame++;
    }
  }
  console.log(`Linux ${kernel}`, counts);
}

main();
