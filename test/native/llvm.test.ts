/** The LLVM addon: what it accepts, what it refuses and how, and that no module can end the process. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AddonMissingError, addonCandidates, loadAddon } from "../../native/addon-file.js";
import { bpfCpus, type CompileResult, compileIr, compileIrAsync, prepareCompile } from "../../native/llvm/index.js";
import { mutate } from "./mutate.js";

const folder = new URL("./bad-input/", import.meta.url);
const input = (name: string): string => readFileSync(new URL(name, folder), "utf8");

function status(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "State: Z"; // gone meanwhile
  }
}

/** What each module of bad-input/ must end as: "ok", or the kind of its first error. Modules that crash LLVM: "crash". */
const outcomes: Record<string, string> = {
  ok: "args6 asm_ok bpf_throw common empty extern_nosec indirect memcpy_1024al8 memcpy_128al1 memcpy_136al1 memmove_64 memset_inline_2048 mulhi nodebugver ok only_unreachable stoi_btf struct16 switch_big switch_lut unreachable vararg_call vec",
  parse: "parse_fail",
  verify: "verify_fail",
  "verify-debuginfo": "dbg_broken nocall_dbg_inline",
  assembler: "asm_bad",
  "inline-asm": "asm_badcons",
  exception: "ama_malformed",
  fatal: "atomic_load atomic_umax core_nometa indirectbr tls",
  unsupported:
    "atomic_i16 dyn_alloca float helper6 i128div i128mul loop_memset_idiom memcpy_big memcpy_dyn memset_2048 stack512 stack600 structret trap umulovf vararg",
  crash: "ama_nometa memcpy_1032al8 memcpy_2048 memcpy_inline_4096",
};
const expected = new Map<string, string>(
  Object.entries(outcomes).flatMap(([kind, names]) => names.split(" ").map((name) => [`${name}.ll`, kind] as const)),
);

function outcome(result: CompileResult): string {
  return result.ok ? "ok" : (result.diagnostics.find((d) => d.severity === "error")?.kind ?? "no diagnostic");
}

/** What must hold of every result, whatever the module. */
function expectConsistent(result: CompileResult): void {
  const errors = result.diagnostics.filter((d) => d.severity === "error");
  expect(result.ok).toBe(errors.length === 0);
  expect(result.object !== undefined).toBe(result.ok);
  for (const d of result.diagnostics) {
    expect(d.message).not.toBe("");
    expect(d.message).not.toMatch(/0x[0-9a-f]{7,}/);
  }
}

/** Names of the sections of an ELF64 little-endian file. */
function sectionNames(object: Uint8Array): string[] {
  const view = new DataView(object.buffer, object.byteOffset, object.byteLength);
  const [table, size, count, names] = [
    Number(view.getBigUint64(0x28, true)),
    view.getUint16(0x3a, true),
    view.getUint16(0x3c, true),
    view.getUint16(0x3e, true),
  ];
  const strings = Number(view.getBigUint64(table + names * size + 0x18, true));
  return Array.from({ length: count }, (_, i) => {
    const start = strings + view.getUint32(table + i * size, true);
    return Buffer.from(object.subarray(start, object.indexOf(0, start))).toString();
  });
}

describe("bad input", () => {
  test("the table and the folder agree", () => {
    const modules = readdirSync(folder).filter((f) => f.endsWith(".ll"));
    expect([...expected.keys()].sort()).toEqual(modules.sort());
  });

  test.each([...expected])("%s ends as %s", (file, kind) => {
    const result = compileIr(input(file), { cpu: "v3", name: file });
    expectConsistent(result);
    expect(outcome(result)).toBe(kind);
    expect(result.fatal).toBe(
      result.diagnostics.some((d) => ["fatal", "exception", "crash", "timeout"].includes(d.kind)),
    );
  });

  test("modules that once killed the compiler's process give a diagnostic or an object", () => {
    const crashers = readdirSync(folder).filter((f) => f.endsWith(".fuzz"));
    expect(crashers.length).toBeGreaterThanOrEqual(10);
    const crashed = crashers.filter((file) => {
      const result = compileIr(input(file), { cpu: "v3", asm: true, ir: true });
      expectConsistent(result);
      return outcome(result) === "crash";
    });
    expect(crashed.length).toBeGreaterThan(0); // otherwise this test no longer tests isolation
  });

  test("errors say where: the IR's line for the parser, the user's line for the back end", () => {
    expect(compileIr(input("parse_fail.ll"), { cpu: "v3", name: "p.ll" }).diagnostics[0]).toMatchObject({
      kind: "parse",
      file: "p.ll",
      line: 5,
      column: 8,
    });
    expect(compileIr(input("stack600.ll"), { cpu: "v3" }).diagnostics[0]).toMatchObject({
      kind: "unsupported",
      function: "f",
      file: "bad.ts",
      line: 2,
      column: 3,
    });
  });

  test("in process too, everything but a signal is a diagnostic", () => {
    for (const [file, kind] of expected) {
      if (kind === "crash") continue;
      const result = compileIr(input(file), { cpu: "v3", isolate: false });
      expectConsistent(result);
      expect(outcome(result), file).toBe(kind);
    }
  });

  test("mutated modules never end the process (600, seeded)", async () => {
    const seeds = ["ok.ll", "struct16.ll", "switch_big.ll", "args6.ll", "memmove_64.ll", "crash_272.fuzz"].map(input);
    const kinds = new Map<string, number>();
    const run = async (i: number): Promise<void> => {
      const module = mutate(seeds[i % seeds.length] ?? "", i);
      const result = await compileIrAsync(module, { cpu: bpfCpus[i % 4] ?? "v3", timeoutMs: 20_000 });
      expectConsistent(result);
      kinds.set(outcome(result), (kinds.get(outcome(result)) ?? 0) + 1);
    };
    for (let i = 0; i < 600; i += 4) await Promise.all([0, 1, 2, 3].map((k) => run(i + k)));
    // The batch must reach past the parser, or it tests nothing.
    for (const kind of ["ok", "parse", "verify", "verify-debuginfo"])
      expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(5);
  });
});

describe("output", () => {
  test("equal input gives equal bytes, forked or not, with assembly or without, alone or side by side", async () => {
    const ir = input("struct16.ll");
    const first = compileIr(ir, { cpu: "v3" }).object;
    expect(first).toBeInstanceOf(Uint8Array);
    for (let i = 0; i < 20; i++) {
      const result = compileIr(ir, { cpu: "v3", isolate: i % 2 === 0, asm: i % 3 === 0, ir: i % 5 === 0 });
      expect(result.object).toEqual(first);
    }
    const mixed = Array.from({ length: 40 }, (_, i) => compileIrAsync(ir, { cpu: "v3", isolate: i % 2 === 0 }));
    for (const result of await Promise.all(mixed)) expect(result.object).toEqual(first);
  });

  test("assembly and optimised IR come on request only, isolated too", () => {
    const plain = compileIr(input("ok.ll"), { cpu: "v3" });
    expect(plain.asm).toBeUndefined();
    expect(plain.ir).toBeUndefined();
    const full = compileIr(input("ok.ll"), { cpu: "v3", asm: true, ir: true });
    expect(full.asm).toMatch(/^\s*exit/m);
    expect(full.ir).toContain('"target-cpu"="v3"');
  });

  test("BTF stays, DWARF goes", () => {
    const { object } = compileIr(input("ok.ll"), { cpu: "v3" });
    const names = sectionNames(object ?? new Uint8Array());
    expect(names).toEqual(expect.arrayContaining([".BTF", ".BTF.ext", ".rel.BTF.ext", ".symtab"]));
    expect(names.filter((n) => n.includes("debug"))).toEqual([]);
  });

  test("each instruction set is its own", () => {
    const objects = bpfCpus.map((cpu) => compileIr(input("sdiv.txt"), { cpu }));
    expect(objects.map(outcome)).toEqual(["unsupported", "unsupported", "unsupported", "ok"]);
  });
});

describe("a child that is made before its request", () => {
  /** Ends every child of this process, as the kernel does when memory runs out. */
  const killChildren = (): number[] => {
    const path = `/proc/self/task/${process.pid}/children`;
    const children = readFileSync(path, "utf8").trim().split(" ").filter(Boolean).map(Number);
    for (const pid of children) process.kill(pid, "SIGKILL");
    return children;
  };
  const plain = compileIr(input("ok.ll"), { cpu: "v3", asm: true });

  test("compiles the same, once; one waits at a time", () => {
    prepareCompile();
    prepareCompile();
    expect(compileIr(input("ok.ll"), { cpu: "v3", asm: true })).toEqual({ ...plain, timing: expect.anything() });
    expect(killChildren()).toEqual([]);
    prepareCompile();
    expect(outcome(compileIr(input("memcpy_2048.ll"), { cpu: "v3" }))).toBe("crash");
  });

  test("another takes over when it was killed while it waited", () => {
    prepareCompile();
    expect(killChildren()).toHaveLength(1);
    expect(compileIr(input("ok.ll"), { cpu: "v3", asm: true })).toEqual({ ...plain, timing: expect.anything() });
  });

  test("an unused one ends with the process that made it", () => {
    const script = `
      import { readFileSync } from "node:fs";
      const addon = { exports: {} };
      process.dlopen(addon, ${JSON.stringify(addonCandidates("llvm").find((path) => existsSync(path)))});
      addon.exports.prepare();
      process.stdout.write(readFileSync("/proc/self/task/" + process.pid + "/children", "utf8"));`;
    const pid = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).trim();
    expect(pid).toMatch(/^\d+$/);
    const isRunning = (): boolean => existsSync(`/proc/${pid}/exe`) && !/^State:\s+Z/m.test(status(pid));
    for (let i = 0; i < 200 && isRunning(); i++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    expect(isRunning()).toBe(false);
  });
});

describe("limits and options", () => {
  test("a module that takes too long is given up", () => {
    const blocks = Array.from(
      { length: 40_000 },
      (_, i) =>
        `b${i}:\n %c${i} = icmp eq i64 %x, ${i}\n br i1 %c${i}, label %b${(i * 7919) % 40_000}, label %b${i + 1}`,
    );
    const ir = `define i64 @f(i64 %x) {\nentry:\n br label %b0\n${blocks.join("\n")}\nb40000:\n ret i64 0\n}`;
    const result = compileIr(ir.replace(/label %b0,/g, "label %b1,").replace("br label %b0", "br label %b0"), {
      cpu: "v3",
      timeoutMs: 200,
    });
    expectConsistent(result);
    expect(outcome(result)).toBe("timeout");
  });

  test("options that mean nothing are refused", () => {
    expect(() => compileIr("", { cpu: "v9" as "v3" })).toThrow(expect.objectContaining({ code: "EB6003" }));
    expect(() => compileIr("", { cpu: "v3", timeoutMs: -1 })).toThrow(expect.objectContaining({ code: "EB6003" }));
  });

  test("a missing or broken addon is one line that names the remedy", () => {
    expect(() => loadAddon("llvm", ["/nonexistent/llvm.node"])).toThrow(AddonMissingError);
    const dir = mkdtempSync(join(tmpdir(), "ebpftsc-addon-"));
    try {
      const broken = join(dir, "llvm.node");
      writeFileSync(broken, "not a shared object");
      let message = "";
      try {
        loadAddon("llvm", [broken]);
      } catch (error) {
        message = String(error);
        expect(error).toMatchObject({ code: "EB6001" });
      }
      expect(message).toMatch(/^[^\n]*npm run setup[^\n]*$/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

const clang = "/usr/bin/clang-19";
describe.skipIf(!existsSync(clang))(`beside clang 19 (skipped when ${clang} is not installed)`, () => {
  /** Instructions of every program section, by section name. Constants are in one .rodata of ours: which one, and where, differs. */
  const code = (object: string): string =>
    execFileSync("llvm-objdump-19", ["-dr", "--no-show-raw-insn", object], { encoding: "utf8" })
      .split("\n")
      .slice(3) // the first lines name the file
      .join("\n")
      .replace(/(R_BPF_64_64\s+\.rodata)\.\S+/g, "$1")
      .replace(/= 0x[0-9a-f]+ ll(?=\n\s+[0-9a-f]+:\s+R_BPF_64_64\s+\.rodata)/g, "= DATA ll");

  test.each(["v2", "v3", "v4"] as const)("compiles clang's IR to clang's instructions, %s", (cpu) => {
    const dir = mkdtempSync(join(tmpdir(), "ebpftsc-clang-"));
    try {
      const source = new URL("./parity.c", import.meta.url).pathname;
      const flags = ["-O2", "-g", "-target", "bpf", `-mcpu=${cpu}`, "-I/usr/include/x86_64-linux-gnu", source];
      execFileSync(clang, [...flags, "-c", "-o", join(dir, "clang.o")]);
      execFileSync(clang, [...flags, "-S", "-emit-llvm", "-Xclang", "-disable-llvm-passes", "-o", join(dir, "in.ll")]);
      const result = compileIr(readFileSync(join(dir, "in.ll"), "utf8"), { cpu });
      expect(result.diagnostics).toEqual([]);
      writeFileSync(join(dir, "ours.o"), result.object ?? new Uint8Array());
      const ours = code(join(dir, "ours.o"));
      expect(ours).toContain("call 0x1");
      expect(ours).toBe(code(join(dir, "clang.o")));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
