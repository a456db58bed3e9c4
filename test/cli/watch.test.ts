import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watch } from "../../compiler/cli/watch.js";
import type { BuildResult } from "../../compiler/index.js";
import { tempFolder } from "../harness/temp.js";

const source = (verdict: string): string => `import { xdp, XdpAction, type XdpContext } from "ebpftsc";
import { limit } from "./lib/limit.js";
export class P { @xdp static run(ctx: XdpContext): XdpAction { return ctx.length > limit ? XdpAction.${verdict} : XdpAction.Pass; } }
`;

/** Compiles; only the pre-check sees that the packet may have moved. */
const REFUSED = `import { EthHdr, ntohs, XdpAction, type XdpContext, xdp } from "ebpftsc";
export class P {
  @xdp static run(ctx: XdpContext): XdpAction {
    const eth = ctx.packet.at(EthHdr, 0);
    if (!eth) return XdpAction.Pass;
    ctx.adjustHead(-8);
    return ntohs(eth.proto) === 0x800 ? XdpAction.Drop : XdpAction.Pass;
  }
}
`;

/** A session over `main.ts` and a module that it imports; `next()` waits for one more build. */
async function session() {
  const dir = tempFolder();
  const main = join(dir, "main.ts");
  const lib = join(dir, "lib/limit.ts");
  mkdirSync(join(dir, "lib"));
  writeFileSync(lib, "export const limit = 100;\n");
  writeFileSync(main, source("Drop"));
  const results: BuildResult[] = [];
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const stop = new AbortController();
  const write = (text: string) => {
    log.push(text);
    for (const wake of waiting.splice(0)) wake();
  };
  const ended = watch({ files: [main], outDir: join(dir, "out") }, (r) => results.push(r), { write }, stop.signal);
  onTestFinished(() => {
    stop.abort();
    return ended;
  });
  let seen = 0;
  const next = async (): Promise<{ result: BuildResult | undefined; line: string }> => {
    while (log.length <= seen) await new Promise<void>((wake) => waiting.push(wake));
    const line = log[seen++] ?? "";
    return { result: results[results.length - 1], line };
  };
  const codes = (r: BuildResult | undefined): string[] => (r?.diagnostics ?? []).map((d) => d.code);
  /** Both lines of a build that goes well: files are written, then judged. */
  const built = async (): Promise<string> => `${(await next()).line}${(await next()).line}`;
  return { dir, main, lib, next, built, codes, stop, ended };
}

test("builds at the start, after a change of the file and of what it imports", async () => {
  const s = await session();
  expect(await s.built()).toMatch(/start: written in \d+ ms\n\S+ judged in \d+ ms; watching 2 files\n$/);
  writeFileSync(s.main, source("Aborted"));
  expect(await s.built()).toMatch(/main\.ts changed: written in/);
  writeFileSync(s.lib, "export const limit = 200;\n");
  expect(await s.built()).toMatch(/limit\.ts changed: written in/);
});

test("survives mistakes, deleted files and files that come back", async () => {
  const s = await session();
  await s.built();
  writeFileSync(s.main, source("Nonsense"));
  const broken = await s.next();
  expect(broken.line).toContain("changed: not built");
  expect(s.codes(broken.result)).toEqual(["TS2339"]);
  rmSync(s.main);
  const gone = await s.next();
  expect(gone.line).toContain("deleted: not built");
  expect(s.codes(gone.result)).toEqual(["EB6002"]);
  writeFileSync(s.main, source("Tx"));
  expect(await s.built()).toContain("added: written in");
  rmSync(s.lib);
  const half = await s.next();
  expect(s.codes(half.result)).toContain("TS2307");
  writeFileSync(s.lib, "export const limit = 7;\n");
  expect(await s.built()).toMatch(/limit\.ts added: written in/);
});

test("what the pre-check refuses is taken back: the last good build is there again", async () => {
  const s = await session();
  await s.built();
  const object = join(s.dir, "out/main.bpf.o");
  const good = readFileSync(object);
  writeFileSync(s.main, REFUSED);
  expect((await s.next()).line).toMatch(/main\.ts changed: written in/);
  const refused = await s.next();
  expect(refused.line).toMatch(/ refused: what was written is taken back; watching/);
  expect(s.codes(refused.result)).toEqual(["EB5004"]);
  expect(refused.result?.objects).toEqual([]);
  expect(readFileSync(object).equals(good)).toBe(true);
  writeFileSync(s.main, source("Tx"));
  expect(await s.built()).toMatch(/judged in/);
  expect(readFileSync(object).equals(good)).toBe(false);
});

test("every save is built, however soon it follows the last build", async () => {
  const s = await session();
  await s.built();
  for (const verdict of ["Tx", "Drop", "Aborted", "Tx", "Drop", "Aborted", "Pass", "Drop"]) {
    writeFileSync(s.main, source(verdict));
    expect(await s.built()).toMatch(/judged in/);
  }
});

test("ends when it is told to", async () => {
  const s = await session();
  await s.built();
  s.stop.abort();
  await expect(s.ended).resolves.toBeUndefined();
});
