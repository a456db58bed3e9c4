/**
 * Generated programs that older kernels judge otherwise than the newest one, with the verdicts that Linux 6.1.192 and 6.12.117 gave in guests
 * (`npm run verify:guest-oracle -- --telling N` prints such rows): `--kernel` follows what each kernel knows of values.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { versionNumber } from "../../runtime/facts/versions.js";
import { decode } from "../../runtime/isa/index.js";
import { KINDS } from "../oracle/scene.js";
import { ours } from "../oracle/verdicts.js";

interface Row {
  readonly kernel: string;
  readonly kind: string;
  readonly verdict: string;
  readonly program: string;
}
const rows = JSON.parse(readFileSync(join(import.meta.dirname, "ranges.json"), "utf8")) as readonly Row[];

test.each(["6.1", "6.12"])("as Linux %s", (kernel) => {
  const own = rows.filter((r) => r.kernel === kernel);
  expect(own.length).toBeGreaterThan(30);
  const wrong = own.filter(({ kind, verdict, program }) => {
    const of = KINDS.find((k) => k.name === kind);
    if (of === undefined) throw new Error(`no kind ${kind}`);
    const insns = decode(new Uint8Array(Buffer.from(program, "hex")));
    return ours(of, insns, versionNumber(kernel)).accept !== (verdict === "accept");
  });
  expect(wrong.map((r) => r.program)).toEqual([]);
});
