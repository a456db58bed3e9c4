/** Generated loaders: their text, their types under tsc (right use passes, wrong use is an error), and a live run. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../../compiler/index.js";
import { generateLoader } from "../../compiler/loadergen/generate.js";
import type { LoaderModel } from "../../compiler/loadergen/model.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside the package, so that "ebpftsc/runtime" resolves to it as it would for a user.
const out = `${root}.cache/loadergen-${process.pid}`;

beforeAll(async () => {
  const fixture = fileURLToPath(new URL("./fixtures/watch.ts", import.meta.url));
  const { diagnostics } = await build({ files: [fixture], outDir: out });
  expect(diagnostics).toEqual([]);
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Lines of tsc's errors, "name.ts(line): code", for files written beside the loader. */
function typeErrors(files: Record<string, string>): string[] {
  const dir = `${out}/types`;
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${dir}/${name}.ts`, text);
  writeFileSync(
    `${dir}/tsconfig.json`,
    JSON.stringify({
      extends: `${root}tsconfig.json`,
      compilerOptions: { noEmit: true, rootDir: root },
      include: [],
      files: Object.keys(files).map((n) => `${n}.ts`),
    }),
  );
  const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", dir], { encoding: "utf8" });
  return [...tsc.stdout.matchAll(/([\w-]+)\.ts\((\d+),\d+\): error (TS\d+)/g)].map((m) => `${m[1]}:${m[2]} ${m[3]}`);
}

const load = 'import { Watch } from "../watch.loader.js";\n';
const loaded = `${load}const w = await Watch.open().load();\n`;

test("the right use type-checks, with exact types; each wrong use is an error on its line", () => {
  const right = `${load}
await using w = await Watch.open({ config: { dropLonger: 100 }, maxEntries: { stats: 5 }, skip: ["made"] }).load();
const link = await w.look.attach({ interface: "eth0", mode: "native" });
const stats: { packets: bigint; bytes: number; last: number } | undefined = w.stats.get(1);
for (const [key, s] of w.stats) console.log(key.toFixed(), s.packets + 1n);
const perCpu: bigint[] = w.perCpu.get(0);
const size: number = w.sizes.get(0);
w.total = 5n;
const limit: number = w.dropLonger;
for await (const e of w.events.read({ signal: AbortSignal.timeout(1) })) console.log(e.length + e.proto);
w.mark.attach({ interface: "eth0", hook: "tcx" });
w.made.attach();
link.detach();
console.log(stats, perCpu, size, limit);
export {};
`;
  const wrong: Record<string, string> = {
    "attach-before-load": `${load}Watch.open().look.attach({ interface: "eth0" });`,
    "load-twice": `${loaded}await w.load();`,
    "configure-after-load": `${loaded}w.configure({});`,
    "config-type": `${load}Watch.open({ config: { dropLonger: "100" } });`,
    "config-bigint": `${load}Watch.open({ config: { dropLonger: 100n } });`,
    "config-name": `${load}Watch.open({ config: { dropLongest: 100 } });`,
    "skip-name": `${load}Watch.open({ skip: ["lok"] });`,
    "max-entries-name": `${load}Watch.open({ maxEntries: { stat: 1 } });`,
    "xdp-mode": `${loaded}w.look.attach({ interface: "eth0", mode: "fast" });`,
    "value-type": `${loaded}w.stats.set(1, { packets: 1, bytes: 1, last: 1 });`,
    "key-type": `${loaded}w.stats.get("10.0.0.1");`,
    "per-cpu": `${loaded}const n: bigint = w.perCpu.get(0); console.log(n);`,
    "config-constant": `${loaded}w.dropLonger = 5;`,
    "global-type": `${loaded}w.total = 5;`,
    "event-field": `${loaded}for await (const e of w.events.read()) console.log(e.size);`,
  };
  const errors = typeErrors({ right, ...wrong });
  expect(errors.filter((e) => e.startsWith("right:"))).toEqual([]);
  for (const name of Object.keys(wrong)) {
    expect(
      errors.filter((e) => e.startsWith(`${name}:`)),
      `${name} must be exactly one error`,
    ).toHaveLength(1);
  }
});

test("names that would clash give way, whatever the user called things", () => {
  const model: LoaderModel = {
    sourceBase: "odd",
    objectFile: "odd.bpf.o",
    classes: [
      {
        name: "Odd",
        doc: "Ends a comment: */ and goes on.",
        programs: [{ name: "close", elfName: "close", kind: "other" }],
        maps: [
          {
            name: "KeyedMap",
            elfName: "KeyedMap",
            kind: "keyed",
            key: { kind: "bytes", bytes: 6 },
            value: { kind: "struct", name: "OddLoaded" },
          },
          { name: "ring", elfName: "ring", kind: "ringbuf", value: { kind: "int", bytes: 8, signed: true } },
          { name: "other", elfName: "other", kind: "opaque" },
        ],
        config: [],
        globals: [
          {
            name: "prototype",
            elfName: "prototype",
            type: { kind: "array", element: { kind: "be", bytes: 2 }, length: 3 },
          },
        ],
      },
    ],
    structs: [{ name: "OddLoaded", fields: [{ name: "default", type: { kind: "string", bytes: 16 } }] }],
  };
  const { js, dts } = generateLoader(model, "module");
  expect(js).toContain('close_: { elfName: "close", kind: "other" }');
  expect(dts).toContain("readonly KeyedMap: $ebpf.KeyedMap<Uint8Array, OddLoaded>;");
  expect(dts).toContain("readonly ring: $ebpf.RingBuffer<bigint>;");
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/odd.loader.js`, js);
  writeFileSync(`${out}/odd.loader.d.ts`, dts);
  const use = `import { Odd, type OddLoaded } from "../odd.loader.js";
    const o = await Odd.open({ skip: ["close_"] }).load();
    const v: OddLoaded | undefined = o.KeyedMap.get(new Uint8Array(6));
    const name: string | undefined = v?.default; const p: number[] = o.prototype; console.log(name, p);`;
  expect(typeErrors({ use })).toEqual([]);
});

test("the text is stable: equal models give equal text, and it says where it came from", () => {
  const js = readFileSync(`${out}/watch.loader.js`, "utf8");
  expect(js.split("\n")[0]).toBe("// Generated by ebpftsc from watch.ts. Do not edit.");
  expect(js).toContain('object: new globalThis.URL("./watch.bpf.o", import.meta.url)');
  expect(js).not.toContain(root);
});

const skip = announceSkip("loadergen/live", kernelSkipReason());
describe.skipIf(skip)("live", () => {
  const frame = new Uint8Array(100);
  // The types are tested above; here the module is loaded as a user's program would load it.
  const open = async (configuration: object) => {
    const module = await import(pathToFileURL(`${out}/watch.loader.js`).href);
    return module.Watch.open(configuration).load();
  };

  test("config, counters, events and globals through the generated module", async () => {
    await using w = await open({ config: { dropLonger: 99 } });
    expect(w.dropLonger).toBe(99);
    expect(w.look.testRun({ data: frame }).retval).toBe(1);
    expect(w.total).toBe(1n);
    w.total = 41n;
    expect(w.look.testRun({ data: frame.subarray(0, 60) }).retval).toBe(2);
    expect(w.total).toBe(42n);
    expect(w.perCpu.get(0).reduce((a: bigint, b: bigint) => a + b, 0n)).toBe(2n);
    w.stats.set(0x7f000001, { packets: 1n, bytes: 2, last: 3 });
    expect([...w.stats]).toEqual([[0x7f000001, { packets: 1n, bytes: 2, last: 3 }]]);
    const events: unknown[] = [];
    for await (const e of w.events.read()) if (events.push(e) === 2) break;
    expect(events).toEqual([
      { length: 100, proto: 7 },
      { length: 60, proto: 7 },
    ]);
  });

  test("after the scope everything is closed, and configuration is checked", async () => {
    let kept: { look: { fd: number } } | undefined;
    {
      await using w = await open({ skip: ["made"], maxEntries: { stats: 7 } });
      expect(w.stats.info().maxEntries).toBe(7);
      expect(() => w.made.fd).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
      kept = w;
    }
    expect(() => kept?.look.fd).toThrow(expect.objectContaining({ code: "CLOSED" }));
    await expect(open({ config: { dropLonger: -1 } })).rejects.toMatchObject({ code: "CODEC_RANGE" });
    await expect(open({ config: { other: 1 } })).rejects.toMatchObject({ code: "UNKNOWN_NAME" });
  });
});
