/**
 * Names, texts, paths and arguments that would steer a terminal, through every command: what a person sees has none of
 * those characters, an error is one line, and JSON has the exact text.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { oneLine } from "../../runtime/facts/terminal.js";
import { type CliResult, cli } from "../harness/cli.js";
import { root } from "../harness/root.js";
import { compileC, missingClang } from "../support/clang.js";

/** Clears the screen, breaks the line, sets the title, C1's CSI, right-to-left override, an invisible blank. */
const HOSTILE = "\x1b[2J\n\x1b]0;x\x07\u009b1m\u202e\u200b";
/** What must not reach a terminal; a line break only where a line ends. */
const STEERING = /[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069]/gu;

/** Names as long as their hostile forms, so that bytes can be exchanged in the object. */
const NAMES = {
  program: "program_placeholder_name_of_forty_bytes_",
  map: "the_map_placeholder_name_of_forty_bytes_",
  section: "xdp/sectionplaceholdername_of_forty_byte",
  file: "file_placeholder",
  text: "a comment that is here to be exchanged",
  print: "printed text to be exchanged",
} as const;
const bytesOf = (text: string, length: number): Uint8Array => {
  const bytes = Buffer.from(text);
  if (bytes.length > length) throw new RangeError(`${bytes.length} of ${length} bytes`);
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, "_")]);
};
const EVIL = Object.fromEntries(
  Object.entries(NAMES).map(([key, name]) => {
    const [kept, rest] = key === "section" ? ["xdp/", name.slice(4)] : ["", name];
    const hostile = rest.length < 24 ? "\x1b[2J\n\x9b\u202e" : HOSTILE;
    return [key, kept + Buffer.from(bytesOf(hostile, rest.length)).toString()];
  }),
) as Record<keyof typeof NAMES, string>;

const SOURCE = `
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } ${NAMES.map} SEC(".maps");
static char said[] = "${NAMES.print}";
SEC("${NAMES.section}") int ${NAMES.program}(struct xdp_md *ctx) {
#line 7 "${NAMES.file}"
  __u32 key = 5; __u64 value = 9; /* ${NAMES.text} */
  bpf_printk("says %s", said); bpf_map_update_elem(&${NAMES.map}, &key, &value, 0); /* ${NAMES.text} */
  return 2; }
`;
/** The same, and it is refused: an unchecked packet read. */
const REFUSED = SOURCE.replace("return 2;", `return *(char *)(long)ctx->data; /* ${NAMES.text} */`);
/** The same, and it faults on the machine. */
const FAULTS = SOURCE.replace("return 2;", `return *(volatile char *)8; /* ${NAMES.text} */`);

function hostile(source: string): Uint8Array {
  const bytes = Buffer.from(compileC(source));
  for (const [key, name] of Object.entries(NAMES))
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1))
      bytes.set(Buffer.from(EVIL[key as keyof typeof NAMES]), at);
  return bytes;
}

function check({ status, stdout, stderr }: CliResult, about: string): void {
  for (const text of [stdout, stderr])
    expect(
      [...text.matchAll(STEERING)].map((m) => m[0]).filter((c) => c !== "\n"),
      `${about}: ${text}`,
    ).toEqual([]);
  // What follows the line break in a name must not begin a line.
  expect(`${stdout}\n${stderr}`, about).not.toMatch(/^(␛?\]0;x|<U\+009B>)/m);
  expect([0, 1, 2, 3], `${about}: ${stderr}`).toContain(status);
}

describe.skipIf(missingClang)("names of an object", () => {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-hostile-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const good = join(dir, "good.o");
  const refused = join(dir, "refused.o");
  const faults = join(dir, "faults.o");
  writeFileSync(good, hostile(SOURCE));
  writeFileSync(refused, hostile(REFUSED));
  writeFileSync(faults, hostile(FAULTS));
  const log = join(dir, "log.txt");
  writeFileSync(
    log,
    `libbpf: prog '${EVIL.program.replaceAll("\n", "")}': -- BEGIN PROG LOAD LOG --\n0: R1=ctx() R10=fp0\n; ${EVIL.text.replaceAll("\n", "")} @ ${EVIL.file.replaceAll("\n", "")}:7\n0: (61) r1 = *(u32 *)(r1 +0)\nR1 invalid mem access 'scalar\x1b[2J'\nprocessed 1 insns\n-- END PROG LOAD LOG --\n`,
  );
  const commands: readonly (readonly string[])[] = [
    ["verify", good],
    ["verify", good, "--kernel-verifier"],
    ["verify", refused],
    ["verify", refused, "--trace", "--kernel-verifier"],
    ["verify", good, "--program", EVIL.map],
    ["verify", "--explain-log", log],
    ["verify", "--explain-log", log, "--trace"],
    ["run", good],
    ["run", good, "--coverage"],
    ["run", good, "--trace"],
    ["run", good, "--break", "7"],
    ["run", faults],
    ["run", faults, "--coverage"],
    ["run", good, "--engine", "wasm"],
    ["run", good, "--engine", "kernel"],
    ["run", good, "--program", EVIL.map],
    ["run", good, "--ctx", HOSTILE],
    ["run", good, "--ctx", JSON.stringify({ [EVIL.map]: 3 })],
    ["disasm", good],
    ["disasm", good, "--program", EVIL.map],
    ["load", good, "--attach", `xdp:${EVIL.map}`],
    ["load", good, "--attach", EVIL.map],
    ["load", refused],
  ];

  test.each(commands.map((args) => [oneLine(args.map((a) => a.replace(`${dir}/`, "")).join(" ")), args] as const))(
    "%s",
    (about, args) => {
      // `load` of something that loads would stay: what is given here is refused before that.
      const result = cli(args, { cwd: dir });
      check(result, about);
      if (result.status !== 0 && args[0] !== "verify" && !args.includes(faults))
        expect(result.stderr, about).toMatch(/^(error: .*|.*\n(.*\n)*error: .*)\n/);
    },
  );

  test("JSON has the names as they are", () => {
    const [verdict] = JSON.parse(cli(["verify", good, "--json"]).stdout) as [Record<string, unknown>];
    expect([verdict["program"], verdict["section"]]).toEqual([EVIL.program, EVIL.section]);
    const run = JSON.parse(cli(["run", good, "--coverage", "--json"]).stdout) as Record<string, unknown>;
    expect([run["program"], Object.keys(run["maps"] as object)]).toEqual([EVIL.program, [EVIL.map]]);
    expect((run["output"] as string[]).join("\n")).toContain(EVIL.print);
    expect(JSON.stringify(run["coverage"])).toContain(JSON.stringify(EVIL.file).slice(1, -1));
  });
});

describe("arguments and files", () => {
  const dir = mkdtempSync(join(tmpdir(), "ebpftsc-hostile-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const folder = join(dir, "a\x1b[2J\n\u202eb");
  mkdirSync(folder);
  const program = `import { xdp, XdpAction, type XdpContext } from "ebpftsc";
export class P { @xdp static run(_ctx: XdpContext): XdpAction { console.log("says \\x1b[2J\\n\u202e it"); return XdpAction.Pass; } }
`;
  writeFileSync(join(folder, "good.ts"), program);
  writeFileSync(join(folder, "bad.ts"), program.replace("XdpAction.Pass;", "`\x1b[2J\u202e`;"));
  const vectors = join(folder, "vectors.json");
  writeFileSync(vectors, JSON.stringify([{ name: HOSTILE, kind: HOSTILE, insns: "95", mem: "", expected: HOSTILE }]));
  writeFileSync(join(folder, "replay.json"), `{"ebpftsc": "${"\\u001b[2J"}"}`);
  const at = (name: string): string => join(folder, name);
  const commands: readonly (readonly string[])[] = [
    ["build", at("good.ts"), "-o", folder],
    ["build", at("bad.ts"), "-o", folder],
    ["build", at("absent.ts")],
    ["build", at("good.ts"), at("good.ts")],
    ["build", at("good.ts"), "--cpu", HOSTILE],
    ["build", at("good.ts"), `--kernel=${HOSTILE}`],
    ["build", at("good.ts"), "--emit", HOSTILE],
    ["check", at("bad.ts")],
    ["check", at("absent.ts")],
    ["run", at("good.ts")],
    ["run", at("good.ts"), "--packet", HOSTILE],
    ["run", at("good.ts"), "--break", HOSTILE],
    ["run", at("good.ts"), "--pcap", at("absent")],
    ["run", at("good.ts"), "--pcap", at("vectors.json")],
    ["run", at("replay.json")],
    ["run", at("absent.o")],
    ["run", at("vectors.json")],
    ["run", folder],
    ["verify", at("good.ts")],
    ["verify", at("vectors.json")],
    ["verify", at("good.ts"), "--btf", at("vectors.json")],
    ["verify", at("good.ts"), "--kernel", HOSTILE],
    ["verify", "--explain-log", at("absent")],
    ["disasm", at("good.ts")],
    ["disasm", at("vectors.json")],
    ["load", at("vectors.json")],
    ["load", at("absent")],
    ["vm", "--insns", HOSTILE],
    ["vm", "--vectors", vectors],
    ["vm", "--vectors", at("good.ts")],
    ["vm", "--engine", HOSTILE],
    ["types", HOSTILE],
    ["types", "a:b", "--format", at("good.ts")],
    ["types", "a:b", "--format", at("absent")],
    ["explain", HOSTILE],
    ["doctor", HOSTILE],
    ["help", HOSTILE],
    [HOSTILE],
    [`--${HOSTILE}`],
  ];
  test.each(commands.map((args) => [oneLine(args.map((a) => a.replace(folder, "")).join(" ")), args] as const))(
    "%s",
    (about, args) => {
      const result = cli(args, { cwd: dir });
      check(result, about);
    },
  );

  test("the plug-in of the conformance runner", () => {
    const file = join(root, "dist/compiler/cli/conformance.js");
    for (const args of [[HOSTILE], ["", `--engine ${HOSTILE}`]]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { input: "", encoding: "utf8" });
      check({ status, stdout, stderr }, "conformance");
    }
  });
});
