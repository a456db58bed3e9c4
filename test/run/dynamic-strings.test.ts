/**
 * Dynamic fields of tracepoints (`__data_loc`, `__rel_loc`): text is read from where the 4 bytes of the field say, in both
 * engines of the machine for generated records, and by the kernel for processes that start.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTracepoint, tracepointModule } from "../../compiler/types/tracepoint.js";
import { readObject } from "../../runtime/elf/index.js";
import type { RingBuffer } from "../../runtime/kernel/maps/ring-buffer.js";
import { LoadSession } from "../../runtime/kernel/session.js";
import { Tracefs } from "../../runtime/kernel/tracefs.js";
import { inputsOf } from "../../runtime/testing/arbitraries/contexts.js";
import { loadObject, type Machine } from "../../runtime/vm/index.js";
import { records } from "../examples/live.js";
import { compileText } from "../harness/snippet.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

interface Event {
  pid: number;
  bytes: number;
  result: bigint;
  text: string;
}

/** The reports in a ring of the machine. */
function drained(machine: Machine): Event[] {
  const ring = machine.map("ring") as unknown as { drain(): Uint8Array[] };
  return ring.drain().map((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const text = new TextDecoder().decode(bytes.subarray(16)).replace(/\0.*$/s, "");
    return { pid: view.getInt32(0, true), bytes: view.getUint32(4, true), result: view.getBigInt64(8, true), text };
  });
}

const skip = announceSkip("test/run/dynamic-strings on the kernel", kernelSkipReason());
const RUNS = Number(process.env["EBPFTSC_RUNS"] ?? 200);
const ROOM = 32;

const object = (source: string, cpu: "v1" | "v3" | "v4" = "v3"): Uint8Array => {
  const { diagnostics, object: built } = compileText(source, cpu);
  expect(diagnostics.all().map((d) => `${d.code} ${d.message}`)).toEqual([]);
  return built ?? new Uint8Array();
};

/** A program that reports the text of `field`; `read` is the statement that fills `e.text`. */
const program = (contexts: string, context: string, event: string, body: string, room = ROOM): string => `${contexts}
import * as b from "ebpftsc";
import { ArrayMap, RingBuf, readStr, readKernel, tracepoint } from "ebpftsc";
@struct class Event { pid!: b.i32; bytes!: b.u32; result!: b.i64; text!: b.CString<${room}> }
export class P {
  static readonly ring = new RingBuf<Event>(1 << 16);
  @tracepoint(${event}) static on(ctx: ${context}): void {
    const e = P.ring.reserve();
    if (!e) return;
    ${body}
    P.ring.submit(e);
  }
}`;

const BY_HAND = (of: "DataLoc" | "RelLoc"): string => `
import { offset, struct, type ${of}, type char, type i32, type u32 } from "ebpftsc";
@struct class Demo { @offset(8) before!: i32; @offset(12) name!: ${of}<char>; @offset(16) pid!: i32; @offset(20) other!: ${of}<char> }
declare module "ebpftsc" { interface Tracepoints { "demo/event": Demo } }
`;
const REPORT = `e.pid = ctx.pid; e.bytes = ctx.name.length; e.result = BigInt(readStr(e.text, ctx.name)) as b.i64;`;

/** As a C string of `room` bytes holds it. */
const cut = (text: string, room: number): string => text.slice(0, room - 1);

describe.each(["DataLoc", "RelLoc"] as const)("%s in the machine", (of) => {
  test.each(["interp", "wasm"] as const)("generated records on %s", (engine) => {
    const machine = loadObject(object(program(BY_HAND(of), "Demo", '"demo", "event"', REPORT)), { cpus: 1, engine });
    fc.assert(
      fc.property(inputsOf(machine, "on"), (input) => {
        const { fault } = machine.run("on", input);
        expect(fault).toBeUndefined();
        const { name, pid } = input.ctx as unknown as { name: string; pid: number };
        const text = cut(name, ROOM);
        expect(drained(machine)).toMatchObject([
          { pid, bytes: name.length + 1, result: BigInt(text.length + 1), text },
        ]);
      }),
      { seed: 12, numRuns: RUNS },
    );
  });

  test("a record built by hand: offset low, length high", () => {
    const machine = loadObject(object(program(BY_HAND(of), "Demo", '"demo", "event"', REPORT)), { cpus: 1 });
    const ctx = new Uint8Array(64);
    const at = 40;
    new DataView(ctx.buffer).setUint32(12, (6 << 16) | (of === "DataLoc" ? at : at - 16), true);
    ctx.set(new TextEncoder().encode("hello\0"), at);
    expect(machine.run("on", { ctx }).fault).toBeUndefined();
    expect(drained(machine)).toMatchObject([{ bytes: 6, result: 6n, text: "hello" }]);
  });

  test("bytes by readKernel, a variable and a function in between", () => {
    const body = `const where = ctx.name; P.copy(e, where); e.bytes = ctx.name.length;`;
    const source = program(BY_HAND(of), "Demo", '"demo", "event"', body, 4).replace(
      "@tracepoint",
      `static copy(e: Event, from: ${of}<char>): void { e.result = BigInt(readKernel(e.text, from)) as b.i64; }\n  @tracepoint`,
    );
    const machine = loadObject(object(source), { cpus: 1 });
    const run = machine.run("on", { ctx: { before: 1, name: new Uint8Array([65, 66, 0, 9]), pid: 2, other: "" } });
    expect(run.fault).toBeUndefined();
    expect(drained(machine)).toMatchObject([{ bytes: 4, result: 0n, text: "AB" }]);
  });
});

test.each([
  ["UserPtr", "user", "SysEnterMkdirat", "pathname"],
  ["Ptr", "kernel", "Demo", "name"],
] as const)("readStr of a %s reads %s memory", (type, space, context, field) => {
  const contexts = `import { type char, offset, type Ptr, struct, type SysEnterMkdirat } from "ebpftsc";
@struct class Demo { @offset(8) name!: Ptr<char> }
declare module "ebpftsc" { interface Tracepoints { "demo/event": Demo } }\n`;
  const event = context === "Demo" ? '"demo", "event"' : '"syscalls", "sys_enter_mkdirat"';
  const built = (call: string): Uint8Array =>
    object(program(contexts, context, event, `e.result = BigInt(b.${call}(e.text, ctx.${field})) as b.i64;`));
  // The same code as the function that names its memory: only the source line differs.
  const code = (bytes: Uint8Array): string => JSON.stringify(readObject(bytes).programs.map((p) => [...p.bytes]));
  expect(code(built("readStr"))).toBe(code(built(type === "UserPtr" ? "readUserStr" : "readKernelStr")));
  expect(space).toBe(type === "UserPtr" ? "user" : "kernel");
});

test("a location means nothing outside its record", () => {
  const codes = (body: string, members = ""): string[] =>
    compileText(
      program(BY_HAND("DataLoc"), "Demo", '"demo", "event"', body).replace("@tracepoint", `${members}@tracepoint`),
    )
      .diagnostics.all()
      .map((d) => d.code);
  expect(codes("e.bytes = 0; const x = ctx.name; e.bytes = x.length;")).toEqual(["EB2011"]);
  expect(codes("ctx.name = ctx.other;")).toEqual(["EB1012"]);
  expect(codes("e.bytes = 1;", "static readonly kept = new ArrayMap<Demo>(1);\n  ")).toEqual(["EB2001"]);
});

const EXEC =
  "e.pid = ctx.pid; e.bytes = ctx.filename.length; e.result = BigInt(readStr(e.text, ctx.filename)) as b.i64;";

function execProgram(room: number): string {
  using tracefs = new Tracefs();
  const format = parseTracepoint(
    "sched",
    "sched_process_exec",
    tracefs.tracepointFormat("sched", "sched_process_exec"),
  );
  if (!format) throw new Error("no format");
  expect(format.fields[0]).toMatchObject({ name: "filename", type: "DataLoc<char>" });
  return program(tracepointModule([format]), "SchedProcessExec", '"sched", "sched_process_exec"', EXEC, room);
}

test.skipIf(skip).each(["v1", "v3", "v4"] as const)("the kernel reads which file a process runs (%s)", async (cpu) => {
  const file = join(tempFolder(), `run-${cpu}-${"x".repeat(60)}`);
  copyFileSync("/bin/true", file);
  for (const room of [16, 256]) {
    using session = new LoadSession(object(execProgram(room), cpu), []);
    execFileSync(file);
    const ring = session.object.map("ring") as RingBuffer<Event>;
    const [event] = await records(ring, 1, (e) => cut(file, room) === e.text && e.bytes === file.length + 1);
    expect(event?.result).toBe(BigInt(Math.min(room, file.length + 1)));
  }
});

test.skipIf(skip)("a class of another kernel: the record ends before the field", () => {
  const far = `import { offset, struct, type i32, type u32 } from "ebpftsc";
@struct class Far { @offset(8) filename!: u32; @offset(200) pid!: i32 }
declare module "ebpftsc" { interface Tracepoints { "sched/sched_process_exec": Far } }\n`;
  const built = object(program(far, "Far", '"sched", "sched_process_exec"', "e.pid = ctx.pid;"));
  expect(() => new LoadSession(built, [])).toThrow(
    /reads past the event's record, which has \d+ bytes on this kernel; make its class with: ebpftsc types sched:sched_process_exec$/,
  );
});
