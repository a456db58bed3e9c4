import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { isFast, LEFT_OUT, SMALLER } from "./test/harness/fast.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

if (isFast) {
  const left = Object.entries(LEFT_OUT).map(([file, what]) => `  ${file}: ${what}`);
  console.warn(`test:fast leaves out ${left.length} files:\n${left.join("\n")}`);
  console.warn(
    `and generates less: ${Object.entries(SMALLER)
      .map(([name, count]) => `${name}=${count}`)
      .join(" ")}`,
  );
}
const sizes = isFast
  ? Object.fromEntries(Object.entries(SMALLER).map(([n, count]) => [n, process.env[n] ?? count]))
  : {};

export default defineConfig({
  resolve: {
    alias: [
      { find: /^ebpftsc$/, replacement: at("./stdlib/index.ts") },
      { find: /^ebpftsc\/compiler$/, replacement: at("./compiler/index.ts") },
      { find: /^ebpftsc\/runtime$/, replacement: at("./runtime/index.ts") },
      { find: /^ebpftsc\/vm$/, replacement: at("./runtime/vm/index.ts") },
      { find: /^ebpftsc\/testing\/vitest$/, replacement: at("./runtime/testing/vitest.ts") },
      { find: /^ebpftsc\/testing$/, replacement: at("./runtime/testing/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts", "runtime/**/*.test.ts", "compiler/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(isFast ? Object.keys(LEFT_OUT) : [])],
    env: { EBPFTSC_INVARIANTS: "1", ...sizes },
    globalSetup: ["test/harness/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores on the project's machines; kernel tests share tracefs and must not fight over it.
    maxWorkers: 2,
  },
});
