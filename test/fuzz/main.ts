/**
 * `npm run fuzz:objects -- [--count N] [--seed N] [--json]`: broken objects through parse, load and run in the software
 * machine. The work is done in a child: a crash, a stretch that does not end, or too much memory is a finding with its
 * seed. The kernel never sees any of it. Exit code 1 when there is a finding.
 */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Round } from "./round.js";

const STRETCH = 250;
/** A stretch takes a second or two; one that takes this long hangs. */
const SILENCE_MS = 120_000;
const MAX_RSS = 900 * 1024 * 1024;

interface Reply {
  readonly round: Round;
  readonly rss: number;
}

function repository(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package-lock.json"))) folder = dirname(folder);
  return folder;
}

async function child(): Promise<void> {
  const { corpus } = await import("./corpus.js");
  const { round } = await import("./round.js");
  const root = repository();
  let clang: ((name: string) => Uint8Array) | undefined;
  const { missingClang, compileC } = await import("../support/clang.js");
  const { sourceOf } = await import("../foreign/source.js");
  if (missingClang === false) clang = (name) => compileC(sourceOf(name, root));
  const objects = corpus(root, clang);
  process.send?.({ ready: objects.size });
  process.on("message", ([first, count]: [number, number]) => {
    const reply: Reply = { round: round(objects, first, count), rss: process.memoryUsage().rss };
    process.send?.(reply);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { count: { type: "string" }, seed: { type: "string" }, json: { type: "boolean" } },
  });
  const [count, seed] = [Number(values.count ?? 50_000), Number(values.seed ?? 1)];
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
    process.stderr.write("fuzz:objects: --count and --seed are whole numbers\n");
    process.exitCode = 2;
    return;
  }
  const total = {
    outcomes: {} as Record<string, number>,
    runs: {} as Record<string, number>,
    findings: [] as Round["findings"][number][],
    rss: 0,
  };
  const add = (into: Record<string, number>, from: Readonly<Record<string, number>>): void => {
    for (const [key, n] of Object.entries(from)) into[key] = (into[key] ?? 0) + n;
  };
  let next = seed;
  const end = seed + count;
  while (next < end) {
    const stopped = await new Promise<string | undefined>((resolve) => {
      const worker = fork(fileURLToPath(import.meta.url), ["--child"], { execArgv: ["--max-old-space-size=512"] });
      let timer: NodeJS.Timeout | undefined;
      const send = (): void => {
        clearTimeout(timer);
        if (next >= end) {
          worker.kill();
          resolve(undefined);
          return;
        }
        timer = setTimeout(() => {
          worker.kill("SIGKILL");
          resolve("no answer");
        }, SILENCE_MS);
        worker.send([next, Math.min(STRETCH, end - next)]);
      };
      worker.on("message", (reply: Reply | { readonly ready: number }) => {
        if ("ready" in reply) {
          send();
          return;
        }
        add(total.outcomes, reply.round.outcomes);
        add(total.runs, reply.round.runs);
        total.findings.push(...reply.round.findings);
        total.rss = Math.max(total.rss, reply.rss);
        next += Math.min(STRETCH, end - next);
        if (!values.json && (next - seed) % 5000 === 0) process.stderr.write(`${next - seed} of ${count}\n`);
        send();
      });
      worker.on("exit", (code, signal) => {
        clearTimeout(timer);
        if (next < end) resolve(`the process ended with ${signal ?? code}`);
      });
    });
    if (stopped !== undefined) {
      total.findings.push({ seed: next, name: `one of ${STRETCH} seeds`, message: stopped });
      next += STRETCH;
    }
  }
  if (total.rss > MAX_RSS) total.findings.push({ seed, name: "all", message: `${total.rss} bytes of memory in use` });
  const report = { count, seed, ...total };
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const text = (counts: Record<string, number>): string =>
      Object.entries(counts)
        .sort(([, a], [, b]) => b - a)
        .map(([code, n]) => `${n} ${code}`)
        .join(", ");
    process.stdout.write(
      `${count} broken objects: ${text(total.outcomes)}\nruns: ${text(total.runs)}\nmemory: ${Math.round(total.rss / 1e6)} MB at most\nfindings: ${total.findings.length}\n`,
    );
    for (const f of total.findings.slice(0, 20)) process.stdout.write(`seed ${f.seed} (${f.name}): ${f.message}\n`);
  }
  if (total.findings.length > 0) process.exitCode = 1;
}

await (process.argv.includes("--child") ? child() : main());
