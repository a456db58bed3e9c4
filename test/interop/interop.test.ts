/**
 * Our objects in other people's tools: bpftool, plain libbpf, ip link, tc. Everything runs in mount and network
 * namespaces of its own (iproute2 and bpftool leave a bpf file system mounted), which end with the command.
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { root } from "../harness/root.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

const EXAMPLES = {
  firewall: "firewall/firewall.ts",
  "xdp-drop": "xdp-drop/xdp-drop.ts",
  "packet-counter": "packet-counter/packet-counter.ts",
  hello: "mkdir-watch/hello.ts",
  "mkdir-watch": "mkdir-watch/mkdir-watch.ts",
} as const;
type Name = keyof typeof EXAMPLES;
const names = Object.keys(EXAMPLES) as Name[];

const objects = new Map<Name, Uint8Array>();
beforeAll(() => {
  for (const name of names) {
    const { object, diagnostics } = compile(`${root}examples/${EXAMPLES[name]}`);
    expect(diagnostics).toEqual([]);
    objects.set(name, object ?? new Uint8Array());
  }
});

function objectFile(name: Name): string {
  const path = join(tempFolder(), `${name}.bpf.o`);
  writeFileSync(path, objects.get(name) ?? new Uint8Array());
  return path;
}

const missing = (...tools: string[]): string | undefined => {
  const absent = tools.filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
  return absent.length === 0 ? undefined : `not installed: ${absent.join(", ")}`;
};

/** Runs a shell script in namespaces of its own; its output. Throws with stderr when it fails. */
function apart(script: string): string {
  const prelude = "set -e; mount -t bpf bpf /sys/fs/bpf; mount -t tracefs tracefs /sys/kernel/tracing || true;";
  const { status, stdout, stderr } = spawnSync("unshare", ["--mount", "--net", "sh", "-c", `${prelude} ${script}`], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}\n${stdout}`);
  return stdout;
}

const kernel = kernelSkipReason();

describe.skipIf(announceSkip("interop/bpftool", kernel ?? missing("bpftool", "unshare")))("bpftool", () => {
  test.each(names)("loads all programs of %s", (name) => {
    const shown = apart(`bpftool prog loadall ${objectFile(name)} /sys/fs/bpf/x; ls /sys/fs/bpf/x`);
    expect(shown.trim().split("\n").length).toBe(name === "firewall" || name === "xdp-drop" ? 1 : 2);
  });

  test("shows the TypeScript lines in the kernel's copy", () => {
    const dump = apart(
      `bpftool prog load ${objectFile("firewall")} /sys/fs/bpf/fw; bpftool prog dump xlated pinned /sys/fs/bpf/fw linum`,
    );
    expect(dump).toMatch(/; if \(!ip \|\| ip\.ihl < 5\) return DropReason\.None;.*firewall\.ts/);
    expect(dump).toMatch(/; return reason === DropReason\.None \? XdpAction\.Pass : XdpAction\.Drop;/);
  });

  test("names structs and members in the object's BTF", () => {
    const raw = apart(`bpftool btf dump file ${objectFile("firewall")}`);
    expect(raw).toMatch(/STRUCT 'FlowStats' size=32 vlen=4\n\t'packets' .*bits_offset=0\n\t'bytes' .*bits_offset=64/);
    expect(raw).toMatch(/STRUCT 'DropEvent' size=40 vlen=8/);
    const c = apart(`bpftool btf dump file ${objectFile("mkdir-watch")} format c`);
    expect(c).toMatch(
      /struct MkdirEvent \{\n\t[\w ]+ ts;\n\t[\w ]+ pid;\n\t[\w ]+ uid;\n\t[\w ]+ mode;\n\tchar comm\[16\];\n\tchar path\[256\];/,
    );
  });

  test("makes a skeleton", () => {
    const skeleton = apart(`bpftool gen skeleton ${objectFile("firewall")} name firewall`);
    // The skeleton holds the whole object: only the finding is worth printing.
    expect(/\bfirewall__open_and_load\(/.test(skeleton)).toBe(true);
    expect(/unsigned short blockedPort;/.test(skeleton)).toBe(true);
  });
});

const gcc = kernel ?? missing("gcc") ?? (existsSync("/usr/include/bpf/libbpf.h") ? undefined : "no libbpf-dev");
describe.skipIf(announceSkip("interop/libbpf", gcc))("plain libbpf", () => {
  test.each(names)("loads %s", (name) => {
    const dir = tempFolder();
    const built = spawnSync("gcc", ["-o", join(dir, "load"), `${root}test/interop/load.c`, "-lbpf"], {
      encoding: "utf8",
    });
    expect(built.stderr).toBe("");
    const shown = apart(`${join(dir, "load")} ${objectFile(name)}`);
    expect(shown).toMatch(/^program \w+ \S+ 1$/m);
    if (name === "firewall") expect(shown).toContain("map blocked6 20 8");
  });
});

describe.skipIf(announceSkip("interop/iproute2", kernel ?? missing("ip", "tc", "unshare")))("iproute2", () => {
  const veth = "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up;";

  test.each(["firewall", "xdp-drop", "packet-counter"] as const)("ip link set xdp obj: %s", (name) => {
    const shown = apart(`${veth} ip link set dev v0 xdp obj ${objectFile(name)} sec xdp; ip link show v0`);
    expect(shown).toMatch(/prog\/xdp id \d+/);
  });

  test("tc filter bpf obj", () => {
    const object = objectFile("packet-counter");
    const shown = apart(
      `${veth} tc qdisc add dev v0 clsact; tc filter add dev v0 egress bpf da obj ${object} sec tc; tc filter show dev v0 egress`,
    );
    expect(shown).toMatch(/direct-action.*jited|direct-action[\s\S]*id \d+/);
  });
});
