/** Temporary folders that vanish with the test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh folder, removed when the running test ends, however it ends. */
export function tempFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "ebpftsc-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
