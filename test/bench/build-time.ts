/** Cold builds of the firewall as processes of their own, and the warm rebuild of watch mode. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
      const watched = await rebuild(dir, source);
      return [
        row("firewall cold build", "ms", cold.ours, cold.peer, peerName),
        row("firewall cold build, pre-check too", "ms", judged.ours, judged.peer, peerName),
        row("firewall watch rebuild, written", "ms", watched.written, cold.peer, peerName),
        row("firewall watch rebuild, judged", "ms", watched.judged, cold.peer, peerName),
      ];
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};

/** Median milliseconds from a change to the files, and to the verdict on them, with everything warm, as `--watch` has it. */
async function rebuild(dir: string, source: string): Promise<{ written: number; judged: number }> {
  const copy = join(dir, "firewall.ts");
  const text = readFileSync(source, "utf8");
  writeFileSync(copy, text);
  const builder = createBuilder();
  const written: number[] = [];
  const judged: number[] = [];
  for (let i = 0; i < 16; i++) {
    writeFileSync(copy, `${text}// change ${i}\n`);
    let files = 0;
    const start = performance.now();
    const onWritten = (): void => {
      files = performance.now() - start;
    };
    const { diagnostics } = await builder.build({ files: [copy], outDir: dir, onWritten });
    if (diagnostics.length > 0) throw new Error(diagnostics[0]?.message);
    // The first one is cold.
    if (i === 0) continue;
    written.push(files);
    judged.push(performance.now() - start);
  }
  return { written: median(written), judged: median(judged) };
}
