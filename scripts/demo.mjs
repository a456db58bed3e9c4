#!/usr/bin/env node
/**
 * The main job in three acts: builds examples/firewall, runs its capture through the software machine, and, where the
 * kernel allows, attaches it to a device in namespaces of its own and sends real traffic. Says why when it skips.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runCapture } from "./demo/capture.mjs";
import { runLive } from "./demo/live.mjs";
import { BLOCKED, BLOCKED_PORT, BLOCKED6 } from "./demo/rules.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const out = `${root}examples/firewall/dist`;
const title = (text) => console.log(`\n== ${text}\n`);

title("Build: TypeScript to a BPF object and a typed loader");
const args = ["build", "examples/firewall/firewall.ts", "-o", "examples/firewall/dist"];
console.log(`  $ ebpftsc ${args.join(" ")}`);
const built = spawnSync(process.execPath, [`${root}dist/compiler/cli/launch.cjs`, ...args], {
  cwd: root,
  encoding: "utf8",
});
process.stderr.write(built.stderr);
console.log(built.stdout.replace(/^/gm, "  ").trimEnd());
if (built.status !== 0) process.exit(built.status ?? 70);

title(`Software machine: a real capture; port ${BLOCKED_PORT}, ${BLOCKED.text} and ${BLOCKED6.text} are blocked`);
runCapture(`${out}/firewall.bpf.o`, `${root}examples/firewall/capture.pcap`);

title("Kernel: attached to a device in a network namespace, with real traffic");
const reason = await runLive(pathToFileURL(`${out}/firewall.loader.js`).href);
if (reason !== undefined) console.log(`  skipped: ${reason}`);
