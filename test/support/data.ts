/**
 * Shared test data outside the repository: folder of $EBPFTSC_DATA, else ../shared/data beside the repository. Tests
 * that need it skip with `missingData` as the printed reason.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const candidates = [process.env["EBPFTSC_DATA"], fileURLToPath(new URL("../../../shared/data", import.meta.url))];
export const dataFolder: string | undefined = candidates.find((path) => path !== undefined && existsSync(path));
export const missingData: string | false =
  dataFolder === undefined ? "test data folder not found (set EBPFTSC_DATA)" : false;
// Printed by every file that would skip, so that a skipped suite never looks like a passed one.
if (missingData) console.warn(`SKIPPED what needs shared test data: ${missingData}`);

/** One vector of isa-vectors.json or isa-random.json. */
export interface Vector {
  readonly name: string;
  readonly kind: "positive" | "negative" | "random";
  readonly features: readonly string[];
  readonly insns: string;
  readonly mem: string;
  readonly expected: string;
}

export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(`${dataFolder}/${name}`, "utf8")) as T;
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
