/** What kernel tests share: why they are skipped, objects made by clang, a veth pair, and raw frames through it. */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMap } from "../../runtime/kernel/map-syscalls.js";

const clang = "/usr/bin/clang-19";

function probe(): string | undefined {
  try {
    closeSync(createMap({ type: 2, keySize: 4, valueSize: 8, maxEntries: 1 }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Why kernel tests cannot run here, or undefined. */
export function kernelSkipReason(): string | undefined {
  const refused = probe();
  if (refused !== undefined) return refused;
  if (!existsSync(clang)) return `${clang} is not installed (it makes the fixtures)`;
  return undefined;
}

/** Prints the reason once per file, so that a skipped suite never looks like a passed one. */
export function announceSkip(suite: string, reason: string | undefined): boolean {
  if (reason !== undefined) console.warn(`SKIPPED ${suite}: ${reason}`);
  return reason !== undefined;
}

interface Word {
  readonly verdict: string;
  readonly message?: string | undefined;
}

/** The kernel's verdicts alone: each program that it refused without its verifier's words is printed with the reason, and left out. */
export function verdictsOf<T extends Word>(suite: string, words: Iterable<readonly [string, T]>): [string, T][] {
  return [...words].flatMap(([program, word]) =>
    announceSkip(`${suite}: ${program}`, word.verdict === "unknown" ? (word.message ?? "no reason") : undefined)
      ? []
      : [[program, word] as [string, T]],
  );
}

/** Compiles a fixture with clang; its bytes. */
export function compileFixture(name: string): Uint8Array {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-fixture-"));
  try {
    const source = new URL(`./fixtures/${name}`, import.meta.url).pathname;
    const object = join(dir, "fixture.o");
    const flags = ["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu"];
    execFileSync(clang, [...flags, "-c", source, "-o", object], { stdio: ["ignore", "ignore", "pipe"] });
    return readFileSync(object);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Two namespaces joined by a veth pair; both vanish on dispose, with everything attached to them. */
export class VethPair implements Disposable {
  readonly near: string;
  readonly far: string;
  /** Interface names inside the namespaces, and addresses. */
  readonly nearInterface = "veth0";
  readonly farInterface = "veth1";
  readonly nearAddress = "10.99.0.1";
  readonly farAddress = "10.99.0.2";

  constructor() {
    const tag = `eb${process.pid}x${Math.floor(performance.now())}`;
    this.near = `${tag}n`;
    this.far = `${tag}f`;
    try {
      ip("netns", "add", this.near);
      ip("netns", "add", this.far);
      ip("-n", this.near, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", this.far);
      for (const [ns, device, address] of [
        [this.near, "veth0", this.nearAddress],
        [this.far, "veth1", this.farAddress],
      ] as const) {
        ip("-n", ns, "address", "add", `${address}/24`, "dev", device);
        ip("-n", ns, "link", "set", device, "up");
        ip("-n", ns, "link", "set", "lo", "up");
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }
  /** Sends UDP datagrams from one end to the other; returns when all are sent. */
  send(count: number, from: "far" | "near" = "far"): void {
    const [ns, target] = from === "far" ? [this.far, this.nearAddress] : [this.near, this.farAddress];
    const script = `const s = require("dgram").createSocket("udp4"); let left = ${count};
      const next = () => left-- > 0 ? s.send("hello", 9000, "${target}", next) : s.close(); next();`;
    execFileSync("ip", ["netns", "exec", ns, process.execPath, "-e", script]);
  }
  [Symbol.dispose](): void {
    for (const ns of [this.near, this.far]) spawnSync("ip", ["netns", "delete", ns]);
  }
}
