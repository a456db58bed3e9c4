/** Contexts from tracepoint formats: what each C type becomes, and that the module compiles with a handler. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTracepoint, tracepointModule } from "../../compiler/types/tracepoint.js";
import { cli } from "../harness/cli.js";
import { compileText } from "../harness/snippet.js";
import { tempFolder } from "../harness/temp.js";

const FORMAT = `name: demo_event
ID: 1
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:char prev_comm[16];	offset:8;	size:16;	signed:0;
	field:long prev_state;	offset:24;	size:8;	signed:1;
	field:__data_loc char[] name;	offset:32;	size:4;	signed:0;
	field:__u8 saddr[4];	offset:36;	size:4;	signed:0;
	field:__u16 sport;	offset:40;	size:2;	signed:0;
	field:u32 words[3];	offset:44;	size:12;	signed:0;
	field:const void * skaddr;	offset:56;	size:8;	signed:0;
	field:bool ok;	offset:64;	size:1;	signed:0;
`;

test("each C type becomes the type with its offset", () => {
  const format = parseTracepoint("demo", "demo_event", FORMAT);
  expect(format?.fields).toEqual([
    { name: "prevComm", type: "CString<16>", offset: 8 },
    { name: "prevState", type: "i64", offset: 24 },
    { name: "name", type: "DataLoc<char>", offset: 32 },
    { name: "saddr", type: "Bytes<4>", offset: 36 },
    { name: "sport", type: "u16", offset: 40 },
    { name: "words", type: "FixedArray<u32, 3>", offset: 44 },
    { name: "skaddr", type: "Ptr<unknown>", offset: 56 },
    { name: "ok", type: "u8", offset: 64 },
  ]);
});

/** `__data_loc` and `__rel_loc` as formats of kernels 5.15 to 6.18 have them. */
test.each([
  ["__data_loc char[]", "DataLoc<char>"],
  ["__data_loc const char[]", "DataLoc<char>"],
  ["__rel_loc char[]", "RelLoc<char>"],
  ["__data_loc u8[]", "DataLoc<u8>"],
  ["__data_loc __u8[]", "DataLoc<u8>"],
  ["__data_loc unsigned int[]", "DataLoc<u32>"],
  ["__data_loc u64[]", "DataLoc<u64>"],
  ["__rel_loc long[]", "RelLoc<i64>"],
  ["__data_loc cpumask_t", "DataLoc<unknown>"],
  ["__data_loc cpumask_t *[]", "DataLoc<unknown>"],
  ["__data_loc struct sockaddr[]", "DataLoc<unknown>"],
])("dynamic field: %s", (ctype, type) => {
  const text = `\tfield:${ctype} some_field;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:int n;\toffset:12;\tsize:4;\tsigned:1;\n`;
  const format = parseTracepoint("demo", "demo_event", text);
  expect(format?.fields[0]).toEqual({ name: "someField", type, offset: 8 });
  const used = `import { tracepoint } from "ebpftsc";
export class P { @tracepoint("demo", "demo_event") static on(ctx: DemoEvent): void { if (ctx.someField.length > 3) return; } }\n`;
  expect(compileText(`${tracepointModule(format ? [format] : [])}${used}`).diagnostics.all()).toEqual([]);
});

test("the module compiles, and its class is what the decorator checks", () => {
  const format = parseTracepoint("demo", "demo_event", FORMAT);
  if (!format) throw new Error("no format");
  const handler = (type: string): string =>
    `${tracepointModule([format])}
import { console as _, PerCpuArray, tracepoint, type u64 } from "ebpftsc";
export class P {
  static readonly seen = new PerCpuArray<u64>(2);
  @tracepoint("demo", "demo_event") static on(ctx: ${type}): void {
    const n = P.seen.lookup(ctx.sport > 1000 ? 1 : 0);
    if (n) n.value += 1n;
  }
}`.replace("console as _, ", "");
  const good = compileText(handler("DemoEvent"));
  expect(good.diagnostics.all()).toEqual([]);
  expect(good.object).toBeDefined();
  const bad = compileText(handler("{ sport: string }")).diagnostics.all();
  expect(bad.map((d) => d.code)).toContain("TS1241");
});

test("the command reads a file, and says what is wrong with one", () => {
  const dir = tempFolder();
  writeFileSync(join(dir, "format"), FORMAT);
  const good = cli(["types", "demo:demo_event", "--format", join(dir, "format")]);
  expect(good.status).toBe(0);
  expect(good.stdout).toContain("@offset(40) sport!: u16;");
  expect(cli(["types", "demo"]).status).toBe(2);
  expect(cli(["types", "a:b", "--format", join(dir, "absent")]).status).toBe(2);
  writeFileSync(join(dir, "other"), "hello");
  expect(cli(["types", "a:b", "--format", join(dir, "other")]).status).toBe(1);
});
