/** Cold builds of the firewall as processes of their own, and the warm rebuild of watch mode. */
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBuilder } from "../../compiler/index.js";
import { CLANG, clangArguments, clangName, root } from "./pair.js";
import { inTurns, median, row, type Suite } from "./row.js";

const BPFTOOL = "bpftool";

const timed = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

function hasBpftool(): boolean {
  try {
    execFileSync(BPFTOOL, ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export const buildTime: Suite = {
  name: "build-time",
  skip() {
    if (clangName() === undefined) return "clang-19 is not installed";
    return hasBpftool() ? undefined : "bpftool is not installed";
  },
  async run() {
    const dir = mkdtempSync(join(tmpdir(), "ebpftsc-bench-"));
    try {
      const cli = join(root, "dist/compiler/cli/launch.cjs");
      const source = join(root, "examples/firewall/firewall.ts");
      const build = (...flags: string[]): void =>
        void execFileSync(process.execPath, [cli, "build", source, "-o", dir, ...flags], { stdio: "ignore" });
      // The peer's work is an object and a skeleton; the pre-check is the kernel's work, and has its own row.
      const ours = (): void => build("--no-precheck");
      const object = join(dir, "peer.o");
      const peer = (): void => {
        execFileSync(CLANG, clangArguments(join(root, "test/bench/c/firewall.bpf.c"), object), { stdio: "ignore" });
        writeFileSync(join(dir, "peer.skel.h"), execFileSync(BPFTOOL, ["gen", "skeleton", object, "name", "firewall"]));
      };
      ours(); // writes the code cache of the type checker, as the first build after an installation does
      peer();
      const cold = inTurns(
        9,
        () => timed(ours),
        () => timed(peer),
      );
      const peerName = `${clangName()} -g + bpftool gen skeleton`;
      const judged = inTurns(
        5,
        () => timed(build),
        () => timed(peer),
      );
      return [
        row("firewall cold build", "ms", cold.ours, cold.peer, peerName),
        row("firewall cold build, pre-check too", "ms", judged.ours, judged.peer, peerName),
        row("firewall watch rebuild", "ms", await rebuild(dir, source, false), cold.peer, peerName),
        row("firewall watch rebuild, pre-check too", "ms", await rebuild(dir, source, true), cold.peer, peerName),
      ];
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};

/** Median milliseconds of a rebuild after a change, with everything warm. */
async function rebuild(dir: string, source: string, precheck: boolean): Promise<number> {
  const copy = join(dir, "firewall.ts");
  cpSync(source, copy);
  const builder = createBuilder();
  const build = async (): Promise<void> => {
    const { diagnostics } = await builder.build({ files: [copy], outDir: dir, precheck });
    if (diagnostics.length > 0) throw new Error(diagnostics[0]?.message);
  };
  await build();
  const times: number[] = [];
  for (let i = 0; i < 15; i++) {
    appendFileSync(copy, `// change ${i}\n`);
    const start = performance.now();
    await build();
    times.push(performance.now() - start);
  }
  return median(times);
}
