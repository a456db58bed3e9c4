/** mkdir-watch and hello on real system calls. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import type { RingBuffer } from "../../runtime/kernel/maps/ring-buffer.js";
import { LoadSession } from "../../runtime/kernel/session.js";
import { Tracefs } from "../../runtime/kernel/tracefs.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { records } from "./live.js";

interface Event {
  ts: bigint;
  pid: number;
  uid: number;
  mode: number;
  comm: string;
  path: string;
}

const skip = announceSkip("examples/mkdir-watch", kernelSkipReason());
const objectOf = (file: string): Uint8Array =>
  compile(`${root}examples/mkdir-watch/${file}`).object ?? new Uint8Array();

test.skipIf(skip)("who makes which directory: mkdir and mkdirat, long and relative paths", async () => {
  const dir = tempFolder();
  const tag = basename(dir);
  using session = new LoadSession(objectOf("mkdir-watch.ts"), []);
  const before = BigInt(Math.floor(Number(process.hrtime.bigint())));
  mkdirSync(join(dir, "plain"), 0o750);
  execFileSync("mkdir", [`${tag}-relative`], { cwd: dir });
  // cp of coreutils 9 makes folders with mkdirat.
  execFileSync("cp", ["-r", "plain", `${tag}-copy`], { cwd: dir });
  const long = join(dir, "x".repeat(200), "y".repeat(200));
  mkdirSync(long.slice(0, long.lastIndexOf("/")));
  mkdirSync(long);

  const ring = session.object.map("events") as RingBuffer<Event>;
  const events = await records(ring, 5, (e) => e.path.includes(tag));
  expect(events.map((e) => e.path)).toEqual([
    join(dir, "plain"),
    `${tag}-relative`,
    expect.stringMatching(`${tag}-copy$`),
    long.slice(0, long.lastIndexOf("/")),
    long.slice(0, 255),
  ]);
  expect(events[0]).toMatchObject({ pid: process.pid, uid: process.getuid?.(), mode: 0o750 });
  expect(events.map((e) => e.comm).slice(1, 3)).toEqual(["mkdir", "cp"]);
  for (const [i, e] of events.entries())
    expect(e.ts).toBeGreaterThanOrEqual(i === 0 ? before : (events[i - 1]?.ts ?? 0n));
  expect(session.object.variable("lost")).toBe(0n);
});

test.skipIf(skip)("hello world in the trace pipe", async ({ skip: skipNow }) => {
  using tracefs = new Tracefs();
  // The kernel switches tracing off after a fault, and so may anyone.
  if (!tracefs.recording) {
    console.warn("SKIPPED mkdir-watch, hello world: tracing is off on this machine (tracing_on is 0)");
    skipNow();
  }
  const dir = tempFolder();
  using session = new LoadSession(objectOf("hello.ts"), []);
  const wanted = `hello world: mkdir by process ${process.pid}`;
  const stop = AbortSignal.timeout(60_000);
  // Only what is printed while somebody reads comes out, so directories are made until a line arrives.
  let made = 0;
  const timer = setInterval(() => mkdirSync(join(dir, `d${made++}`)), 20);
  try {
    const lines: unknown[] = [];
    for await (const out of session.output(stop)) {
      if (out.kind === "print") lines.push(out.line);
      if (lines.at(-1) === wanted) break;
    }
    expect(lines.at(-1), `out of the trace pipe; ${made} directories were made`).toBe(wanted);
  } finally {
    clearInterval(timer);
  }
});
