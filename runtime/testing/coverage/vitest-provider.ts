/**
 * `ebpftsc/testing/coverage`: a coverage provider for vitest. It is @vitest/coverage-v8 with the lines, branches and functions
 * that BPF programs ran in the software machine added. In vitest's configuration:
 *
 *     test: { coverage: { provider: "custom", customProviderModule: "ebpftsc/testing/coverage" } }
 *
 * Workers write what they counted to a folder; the provider adds it to the report.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestingError } from "../error.js";
import { type Coverage, mergeCoverage } from "./collect.js";
import { addToIstanbul, type IstanbulMap } from "./istanbul.js";
import { startShared, takeShared } from "./registry.js";

/** Where workers leave their counts; set before they start. */
const FOLDER = "EBPFTSC_COVERAGE_DIR";
const PEER = "@vitest/coverage-v8";

/** What is used of a provider (vitest/node, CoverageProvider). */
interface Provider {
  name: string;
  readonly ctx?: { readonly config: { readonly root: string } };
  initialize(context: unknown): unknown;
  generateCoverage(context: unknown): Promise<unknown>;
  isIncluded?(path: string): boolean;
}
interface ProviderModule {
  startCoverage?(options: unknown): unknown;
  takeCoverage?(options: unknown): unknown;
  stopCoverage?(options: unknown): unknown;
  getProvider(): Promise<Provider>;
}

async function peer(): Promise<ProviderModule> {
  try {
    const { default: module } = (await import(PEER)) as { default: ProviderModule };
    return module;
  } catch (cause) {
    throw new TestingError("TEST_COVERAGE", `${PEER} is not installed: npm install --save-dev ${PEER}`, { cause });
  }
}

function leave(): void {
  const folder = process.env[FOLDER];
  const collector = takeShared();
  if (folder === undefined || collector === undefined) return;
  const coverage = collector.coverage();
  if (Object.keys(coverage).length === 0) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(mkdtempSync(join(folder, "worker-")), "coverage.json"), JSON.stringify(coverage));
}

function gather(): Coverage {
  const folder = process.env[FOLDER];
  if (folder === undefined || !existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
  return mergeCoverage(files.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Coverage));
}

const provider: ProviderModule = {
  async startCoverage(options) {
    startShared();
    return (await peer()).startCoverage?.(options);
  },
  async takeCoverage(options) {
    leave();
    return (await peer()).takeCoverage?.(options);
  },
  async stopCoverage(options) {
    return (await peer()).stopCoverage?.(options);
  },
  async getProvider() {
    const inner = await (await peer()).getProvider();
    const [initialize, generate] = [inner.initialize.bind(inner), inner.generateCoverage.bind(inner)];
    // Workers load the module of the provider whose name they are told: with the inner one's, they would miss this one.
    inner.name = "custom";
    inner.initialize = (context) => {
      process.env[FOLDER] = mkdtempSync(join(tmpdir(), "ebpftsc-coverage-"));
      return initialize(context);
    };
    inner.generateCoverage = async (context) => {
      const map = (await generate(context)) as IstanbulMap;
      const included = (path: string): boolean => existsSync(path) && (inner.isIncluded?.(path) ?? true);
      addToIstanbul(map, gather(), inner.ctx?.config.root ?? process.cwd(), included);
      const folder = process.env[FOLDER];
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      return map;
    };
    return inner;
  },
};

export { provider as default };
