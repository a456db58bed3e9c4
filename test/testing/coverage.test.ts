/** `vitest run --coverage` with the provider, in a process of its own: what the machine ran is in the report. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../harness/root.js";

function missing(): string | undefined {
  try {
    createRequire(import.meta.url).resolve("@vitest/coverage-v8/package.json");
    return undefined;
  } catch {
    return "@vitest/coverage-v8 is not installed";
  }
}
const skip = missing();
if (skip !== undefined) console.warn(`SKIPPED test/testing/coverage: ${skip}`);

/** The configuration that docs/testing.md shows, with the folder's own reporters. */
const CONFIG = `
import { defineConfig } from "vitest/config";
export default defineConfig({
  test: {
    include: ["*.spec.ts"],
    testTimeout: 110_000,
    coverage: { enabled: true, provider: "custom", customProviderModule: "ebpftsc/testing/coverage", reporter: ["lcovonly", "json"], reportsDirectory: "coverage" },
  },
});
`;

describe.skipIf(skip !== undefined)("coverage in vitest's report", () => {
  test("lines and branches of the handler as it ran in the machine, plain TypeScript as ever", () => {
    const folder = mkdtempSync(join(tmpdir(), "ebpftsc-vitest-"));
    try {
      cpSync(join(root, "test/testing/fixtures/coverage"), folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{"type":"module","private":true}');
      writeFileSync(join(folder, "tsconfig.json"), '{"compilerOptions":{"experimentalDecorators":true}}');
      writeFileSync(join(folder, "vitest.config.mjs"), CONFIG);
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(root, join(folder, "node_modules/ebpftsc"));
      for (const name of ["vitest", "@vitest"])
        symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", folder],
        { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", VITEST: undefined } },
      );
      expect(status, stdout + stderr).toBe(0);
      const lcov = readFileSync(join(folder, "coverage/lcov.info"), "utf8");
      const source = readFileSync(join(folder, "gate.ts"), "utf8").split("\n");
      const line = (text: string): number => source.findIndex((l) => l.includes(text)) + 1;
      expect(lcov).toContain("SF:gate.ts");
      expect(lcov).toMatch(new RegExp(`DA:${line("packet.length > Gate.longest")},2\\n`));
      // Of plain() JavaScript ran one side.
      expect(lcov).toMatch(new RegExp(`DA:${line('"many"')},1\\n`));
      expect(lcov).toMatch(new RegExp(`BRDA:${line("packet.length > Gate.longest")},\\d+,1,2\\n`));
      expect(lcov).toMatch(new RegExp(`BRDA:${line("packet.length > Gate.longest")},\\d+,0,0\\n`));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
