/** Objects in the running kernel: configuration, load, refusals, variables, test runs. */
import { closeSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { readObject } from "../../runtime/elf/index.js";
import { ProgramTypeId } from "../../runtime/facts/program-types/ids.js";
import { BpfError, SyscallError } from "../../runtime/kernel/errors.js";
import { enableStats, programInfo } from "../../runtime/kernel/info.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { VerifierRejectedError } from "../../runtime/kernel/verifier-log.js";
import { announceSkip, compileFixture, kernelSkipReason } from "./support.js";

const skip = announceSkip("kernel/load", kernelSkipReason());
const frame = Uint8Array.from({ length: 64 }, (_, i) => (i === 12 ? 8 : i === 13 ? 0 : i));

function thrown(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.skipIf(skip)("objects", () => {
  let everything: Uint8Array;
  beforeAll(() => {
    everything = compileFixture("everything.c");
  });

  test("open lists programs and maps, with the types that the sections name", () => {
    using object = new OpenObject(everything);
    expect(object.programs.map((p) => [p.name, p.type])).toEqual([
      ["xdp_count", 6],
      ["tc_count", 3],
      ["on_mkdir", 5],
      ["on_mkdirat", 5],
    ]);
    expect(object.maps.find((m) => m.name === "table")).toMatchObject({ keySize: 8, valueSize: 24, maxEntries: 1000 });
  });

  test("config is constant in the kernel: it changes the verdict", () => {
    for (const [proto, verdict] of [
      [0, 2],
      [0x0008, 1],
    ] as const) {
      const open = new OpenObject(everything).setVariable("drop_proto", proto);
      expect(open.variable("drop_proto")).toBe(proto);
      using object = open.load();
      expect(testRun(object.programFd("xdp_count"), { data: frame }).retval).toBe(verdict);
      expect(object.variable("drop_proto")).toBe(proto);
      expect(object.variable("big")).toBe(7n);
      expect(() => object.setVariable("big", 1n)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
    }
  });

  test("globals live: read after a run, written between runs, alone", () => {
    using object = new OpenObject(everything).setVariable("mark_to_set", 9).load();
    const fd = object.programFd("tc_count");
    const context = new Uint8Array(192);
    const mark = (): number => new DataView(testRun(fd, { data: frame, context }).context.buffer).getUint32(8, true);
    expect(mark()).toBe(9);
    object.setVariable("mark_to_set", 77);
    expect(mark()).toBe(77);
    testRun(object.programFd("xdp_count"), { data: frame, repeat: 10 });
    expect(object.variable("seen")).toBe(10n);
    object.setVariable("seen", 1n << 40n);
    testRun(object.programFd("xdp_count"), { data: frame });
    expect(object.variable("seen")).toBe((1n << 40n) + 1n);
    expect(object.variable("mark_to_set")).toBe(77);
  });

  test("map sizes and autoload are decided before load", () => {
    using object = new OpenObject(everything).setMaxEntries("table", 5).setAutoload("tc_count", false).load();
    expect(object.map("table").info().maxEntries).toBe(5);
    expect(thrown(() => object.programFd("tc_count"))).toMatchObject({ code: "ARGUMENT" });
  });

  test("maps that cannot fit into memory are refused before the kernel is asked", () => {
    // The limit is lowered instead of the map enlarged: were the check broken, a huge map could take the machine down.
    using object = new OpenObject(everything);
    const refused = thrown(() => object.load(1 << 10));
    expect(refused).toMatchObject({ code: "ARGUMENT" });
    expect(String(refused)).toMatch(/map recent|map table/);
  });

  test("wrong names and values say what there is", () => {
    using object = new OpenObject(everything);
    expect(thrown(() => object.setVariable("port", 1))).toMatchObject({ code: "UNKNOWN_NAME" });
    expect(String(thrown(() => object.setMaxEntries("tabel", 1)))).toMatch(/no map "tabel"; there are: .*table/);
    expect(thrown(() => object.setVariable("drop_proto", 65536))).toMatchObject({ code: "CODEC_RANGE" });
    expect(thrown(() => object.setMaxEntries("table", 0))).toMatchObject({ code: "ARGUMENT" });
  });

  test("after load and after close, nothing works by accident", () => {
    const open = new OpenObject(everything);
    const object = open.load();
    expect(thrown(() => open.setVariable("drop_proto", 1))).toMatchObject({ code: "CLOSED" });
    const map = object.map("table");
    object.close();
    object.close();
    expect(thrown(() => map.fd)).toMatchObject({ code: "CLOSED" });
    expect(thrown(() => object.programFd("xdp_count"))).toBeInstanceOf(BpfError);
  });

  test("bytes that are no object are refused, not crashed on", () => {
    expect(thrown(() => new OpenObject(new Uint8Array([1, 2, 3])))).toMatchObject({ code: "OBJ_NOT_ELF" });
    expect(thrown(() => new OpenObject("/nonexistent.o"))).toMatchObject({ code: "OBJECT" });
    for (const size of [64, 200, everything.length >> 1, everything.length - 10]) {
      expect(
        thrown(() => new OpenObject(everything.subarray(0, size))),
        `${size} bytes`,
      ).toBeInstanceOf(Error);
    }
  });

  test("the verifier's refusal names program, source line and reason, and keeps the whole log", () => {
    const error = thrown(() => new OpenObject(compileFixture("rejected.c")).load());
    expect(error).toBeInstanceOf(VerifierRejectedError);
    if (!(error instanceof VerifierRejectedError)) return;
    expect(error.program).toBe("careless");
    expect(error.report.reason).toMatch(/^invalid access to packet.*: R1 offset is outside of the packet$/);
    expect(error.report.source).toMatchObject({ line: 9, text: "return data[20] == 6 ? XDP_DROP : XDP_PASS;" });
    expect(error.report.source?.file).toMatch(/rejected\.c$/);
    expect(error.message).toMatch(/careless.*rejected\.c:9/);
    expect(error.message).not.toContain("\n");
    expect(error.log).toMatch(/processed \d+ insns/);
  });

  test("reading an object leaves the caller's bytes alone, a Buffer's too", () => {
    const before = Buffer.from(everything);
    const given = Buffer.from(everything);
    readObject(given);
    expect(given.equals(before)).toBe(true);
  });

  test("run-time statistics count runs", () => {
    using object = new OpenObject(everything).load();
    const fd = object.programFd("tc_count");
    {
      using _stats = enableStats();
      testRun(fd, { data: frame, repeat: 1000 });
    }
    const info = programInfo(fd);
    expect(info).toMatchObject({ name: "tc_count", type: 3, runCount: 1000n });
    expect(info.runTimeNs).toBeGreaterThan(0n);
    expect(info.verifiedInsns).toBeGreaterThan(0);
    expect(info.translatedBytes).toBeGreaterThan(0);
  });

  test("types without a test run say so", () => {
    using object = new OpenObject(everything).load();
    expect(thrown(() => testRun(object.programFd("on_mkdir")))).toMatchObject({ code: "UNSUPPORTED", errno: 524 });
    const short = thrown(() => testRun(object.programFd("xdp_count"), { data: new Uint8Array(4) }));
    expect(short).toBeInstanceOf(SyscallError);
    expect(short).toMatchObject({ errnoName: "EINVAL" });
  });

  test("raw instructions: accepted and refused, with logs of any length", () => {
    const insn = (code: number, registers: number, offset: number, imm: number): number[] => [
      code,
      registers,
      ...new Uint8Array(new Int16Array([offset]).buffer),
      ...new Uint8Array(new Int32Array([imm]).buffer),
    ];
    const exit = insn(0x95, 0, 0, 0);
    const good = loadProgramRaw({ type: ProgramTypeId.xdp, insns: Uint8Array.from([...insn(0xb7, 0, 0, 2), ...exit]) });
    expect(good).toMatchObject({ ok: true, errno: 0 });
    expect(testRun(good.fd, { data: frame }).retval).toBe(2);
    closeSync(good.fd);
    const bad = loadProgramRaw({ type: ProgramTypeId.xdp, insns: Uint8Array.from(exit) });
    expect(bad).toMatchObject({ ok: false, fd: -1, errno: 13 });
    expect(bad.log).toContain("R0 !read_ok");
    const long = Array.from({ length: 4000 }, () => insn(0x07, 0, 0, 1)).flat();
    const verbose = loadProgramRaw({
      type: ProgramTypeId.xdp,
      insns: Uint8Array.from([...insn(0xb7, 0, 0, 0), ...long, ...exit]),
      logLevel: 2,
    });
    expect(verbose.ok).toBe(true);
    closeSync(verbose.fd);
    expect(verbose.log).toContain("4001: (95) exit");
  });
});
