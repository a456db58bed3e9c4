/**
 * Random programs that log beside their data (logs-and-data.ts): results and printed lines on every engine and in the
 * kernel. EBPFTSC_PROGRAMS sets how many (default 40), EBPFTSC_SEED the seed.
 */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { precheck } from "../../compiler/precheck/index.js";
import { ProgramHost } from "../../compiler/source/program.js";
import { readElf } from "../../runtime/elf/index.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { Tracefs } from "../../runtime/kernel/tracefs.js";
import { loadObject } from "../../runtime/vm/index.js";
import { Random } from "../harness/random.js";
import { compileText } from "../harness/snippet.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { dataProgram, PACKET_LENGTH } from "./logs-and-data.js";

const PROGRAMS = Number(process.env["EBPFTSC_PROGRAMS"] ?? 40);
const SEED = Number(process.env["EBPFTSC_SEED"] ?? 1);
const RUNS = [0, 1, 2, 3, 4];
const noKernel = announceSkip("test/run/logs-and-data on the kernel", kernelSkipReason());

/** The trace pipe, whose reader is one on the whole machine: waits for its turn. */
class Pipe implements Disposable {
  readonly #tracefs = new Tracefs();
  readonly #fd: number;
  constructor() {
    this.#fd = this.#open();
  }
  #open(): number {
    const until = Date.now() + 60_000;
    for (;;) {
      try {
        return openSync(`${this.#tracefs.root}/trace_pipe`, constants.O_RDONLY | constants.O_NONBLOCK);
      } catch (error) {
        if (Date.now() > until || !(error instanceof Error) || !/EBUSY/.test(error.message)) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      }
    }
  }
  /** Lines that have come since the last call and have `marker`. */
  lines(marker: string): string[] {
    const buffer = new Uint8Array(1 << 16);
    let text = "";
    for (;;) {
      try {
        const read = readSync(this.#fd, buffer);
        if (read === 0) break;
        text += new TextDecoder().decode(buffer.subarray(0, read));
      } catch (error) {
        if (error instanceof Error && /EAGAIN/.test(error.message)) break;
        throw error;
      }
    }
    return text
      .split("\n")
      .filter((line) => line.includes(marker))
      .map((line) => line.replace(/^.*?bpf_trace_v?printk: /, ""));
  }
  [Symbol.dispose](): void {
    closeSync(this.#fd);
    this.#tracefs.close();
  }
}

const PACKET = new Uint8Array(PACKET_LENGTH);
const DATA = /^\.(rodata|data|bss)/;

describe(`${PROGRAMS} programs that log beside their data`, () => {
  test("give what JavaScript gives, on every engine and in the kernel", () => {
    const host = new ProgramHost();
    using pipe = noKernel ? undefined : new Pipe();
    for (let n = 0; n < PROGRAMS; n++) {
      const marker = `eb${process.pid}x${n}`;
      const make = () => dataProgram(new Random(SEED * 10_000 + n), marker);
      const { text } = make();
      const { diagnostics, object } = compileText(text, "v3", host);
      expect(
        diagnostics.all().map((d) => `${d.code} ${d.message}`),
        text,
      ).toEqual([]);
      if (object === undefined) throw new Error("no object");
      const sections = readElf(object).sections.flatMap((s) => (DATA.test(s.name) ? [s.name] : []));
      expect(sections.length, `${sections} of ${text}`).toBe(new Set(sections).size);
      expect(sections.every((name) => [".rodata", ".data", ".bss"].includes(name))).toBe(true);
      expect(
        precheck(object).map((r) => r.verdict),
        text,
      ).toEqual(["accept"]);
      const program = make();
      const wanted = RUNS.map((n) => program.run(n));
      for (const engine of ["interp", "wasm"] as const) {
        const machine = loadObject(object, { engine });
        RUNS.forEach((i) => {
          const { result, output, fault } = machine.run("run", { packet: PACKET });
          expect({ fault, result: Number(result), output }, `${engine} ${text}`).toEqual({
            fault: undefined,
            ...wanted[i],
          });
        });
      }
      if (pipe === undefined) continue;
      using loaded = new OpenObject(object).load();
      RUNS.forEach((i) => {
        const { retval } = testRun(loaded.programFd("run"), { data: PACKET });
        const printed = { result: retval, output: pipe.lines(marker) };
        expect(printed, `kernel ${text}`).toEqual(wanted[i]);
      });
    }
  });
});
