/** Keeps this process on CPU 0 for a while: test runs of programs with per-CPU maps must not move between CPUs. */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const pin = (list: string): boolean => spawnSync("taskset", ["-acp", list, `${process.pid}`]).status === 0;

/** Runs `body` on CPU 0; without taskset it runs wherever it is. */
export function onOneCpu<T>(body: () => T): T {
  if (!pin("0")) return body();
  try {
    return body();
  } finally {
    pin(`0-${availableParallelism() - 1}`);
  }
}
