// Bundles the command line (dist/compiler/cli/bundle.cjs) and its launcher (launch.cjs, the package's bin), and minifies
// the type checker (dist/compiler/typescript.min.cjs). Run after tsc.
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const common = { bundle: true, platform: "node", format: "cjs", target: "node20", charset: "ascii", logLevel: "error" };

await build({
  ...common,
  entryPoints: [at("dist/compiler/cli/main.js")],
  outfile: at("dist/compiler/cli/bundle.cjs"),
  // Loaded by path, optional, or the package itself.
  external: ["typescript", "chokidar", "fast-check", "vitest", "ebpftsc", "ebpftsc/*"],
  define: { "import.meta.url": "__bundleUrl" },
  banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
});
await build({
  ...common,
  entryPoints: [at("dist/compiler/cli/launch.js")],
  outfile: at("dist/compiler/cli/launch.cjs"),
});
// Its licence comment stays in the file (esbuild keeps legal comments).
await build({
  ...common,
  bundle: false,
  minify: true,
  entryPoints: [at("node_modules/typescript/lib/typescript.js")],
  outfile: at("dist/compiler/typescript.min.cjs"),
});
chmodSync(at("dist/compiler/cli/launch.cjs"), 0o755);
