/**
 * `npm run verify:guest -- --image VMLINUZ --kernel 6.1 [--floors] [PATH...]`: `verify --kernel` beside that kernel's own verifier, which runs in
 * a guest. With --floors: the kernel floors that builds report, of
 * programs that every newer rule accepts, hold on that kernel. Paths are objects, C and TypeScript programs and folders of them; default the programs of test/guest/programs and test/precheck/programs.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "../../compiler/index.js";
import { KERNELS, type Kernel, precheck } from "../../compiler/precheck/index.js";
import { raiseFloors } from "../../compiler/report/floor-by-walk.js";
import { reportPrograms, withVerdicts } from "../../compiler/report/program.js";
import { readObject } from "../../runtime/elf/index.js";
import { older } from "../../runtime/facts/versions.js";
import { kernelWord } from "../../runtime/kernel/verdict.js";
import { objectBytes } from "../agreement/objects.js";
import { type GuestVerdict, judgeInGuest, kernelTypes, missingTools } from "./guest.js";

const DEFAULT = ["test/guest/programs", "test/precheck/programs"];

/** What floors are asked of: examples and run cases, C programs for every rule and of every kind. */
const FLOORS = ["examples", "test/run/cases", "test/precheck/programs", "test/foreign/c", "test/guest/programs"];

/** What Debian's static libbpf leaves undone: tables of exception handlers. */
const LOADERS = /exception callback type id not found in func_info/;
const EINVAL = 22;

/** A TypeScript program of users. */
const isProgram = (file: string): boolean =>
  /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file) && /^\s*@(xdp|tc|tracepoint)/m.test(readFileSync(file, "utf8"));

function usage(): never {
  console.error(`usage: npm run verify:guest -- --image VMLINUZ --kernel ${KERNELS.join("|")} [--floors] [PATH...]`);
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
    .filter((file) => /\.(c|o)$/.test(file) || isProgram(file))
    .map((file, i) => {
      const object = join(into, `${String(i).padStart(3, "0")}-${basename(file).replace(/(c|ts)$/, "o")}`);
      writeFileSync(object, file.endsWith(".ts") ? (compile(file).object ?? new Uint8Array()) : objectBytes(file));
      return object;
    });
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: { image: { type: "string" }, kernel: { type: "string" }, floors: { type: "boolean" } },
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
    const paths = positionals.length > 0 ? positionals : values.floors === true ? FLOORS : DEFAULT;
    if (values.floors === true) reportFloors(values.image, kernel, collect(paths, work));
    else report(values.image, kernel, collect(paths, work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Programs whose floor says that this kernel has everything, and that the newest kernel's rules accept: this kernel takes them. */
function reportFloors(image: string, kernel: Kernel, objects: readonly string[]): void {
  const guest = judgeInGuest(image, objects);
  const verdictOf = (object: string, program: string): GuestVerdict | undefined =>
    guest.find((g) => g.object === basename(object) && g.program === program);
  const counts = { true: 0, untrue: 0, notJudged: 0, newer: 0 };
  const types = kernelTypes(image);
  for (const object of objects) {
    const bytes = new Uint8Array(readFileSync(object));
    const judged = precheck(bytes, { kernelBtf: () => types, explain: false, cpus: 1 });
    for (const { name, kernelFloor, kernelFloorFor } of raiseFloors(
      bytes,
      withVerdicts(reportPrograms(readObject(bytes), 3), judged),
    )) {
      if (judged.find((r) => r.program === name)?.verdict !== "accept") continue;
      const theirs = verdictOf(object, name);
      if (older(kernel, kernelFloor)) counts.newer++;
      else if (theirs === undefined || theirs.verdict === "unknown") counts.notJudged++;
      else if (theirs.verdict === "accept") counts.true++;
      else if (kernelWord(EINVAL, theirs.message).verdict === "unknown" || LOADERS.test(theirs.message))
        counts.notJudged++;
      else {
        counts.untrue++;
        console.log(`${basename(object)}:${name}: floor ${kernelFloor} (${kernelFloorFor}), but: ${theirs.message}`);
      }
    }
  }
  console.log(`Linux ${kernel}`, counts);
  if (counts.untrue > 0) process.exitCode = 1;
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
