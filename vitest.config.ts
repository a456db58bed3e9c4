import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

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
    env: { EBPFTSC_INVARIANTS: "1" },
    globalSetup: ["test/harness/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores on the project's machines; kernel tests share tracefs and must not fight over it.
    maxWorkers: 2,
  },
});
