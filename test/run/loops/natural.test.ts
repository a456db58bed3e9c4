/**
 * Parser loops as people write them, at the bounds of their protocols: they load for every instruction set and pass the
 * pre-check of kernels 5.15 to 6.18, and machine, kernel and a reference written by hand agree on generated frames.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compileFile } from "../../../compiler/pipeline.js";
import { precheck } from "../../../compiler/precheck/index.js";
import { ProgramHost } from "../../../compiler/source/program.js";
import type { BpfCpu } from "../../../native/llvm/index.js";
import { loadObject } from "../../../runtime/vm/index.js";
import { Both } from "../../examples/both.js";
import { Random } from "../../harness/random.js";
import { announceSkip, kernelSkipReason } from "../../kernel/support.js";
import { onOneCpu } from "../../support/one-cpu.js";

const folder = fileURLToPath(new URL("./natural/", import.meta.url));
const host = new ProgramHost();
const skip = announceSkip("test/run/loops/natural on the kernel", kernelSkipReason());
const FRAMES = Number(process.env["EBPFTSC_FRAMES"] ?? 400);
/** Far from the kernel's 1,000,000, so that there is room for the rest of a program. */
const MOST_INSTRUCTIONS = 60_000;

const DROP = 1;
const PASS = 2;
const TX = 3;

interface Case {
  readonly file: string;
  readonly frame: (random: Random) => Uint8Array;
  /** The verdict. */
  readonly expected: (frame: Uint8Array) => number;
}

const be16 = (n: number): number[] => [n >> 8, n & 255];
const u16 = (frame: Uint8Array, at: number): number => ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
const cut = (random: Random, bytes: readonly number[]): Uint8Array =>
  Uint8Array.from(random.oneIn(10) ? bytes.slice(0, 15 + random.below(bytes.length - 14)) : bytes);

function ipv4(protocol: number, options: readonly number[], rest: readonly number[]): number[] {
  const header = [0x45 + options.length / 4, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
  return [...Array(12).fill(2), 8, 0, ...header, ...options, ...rest];
}

function tcpFrame(random: Random): Uint8Array {
  const options: number[] = [];
  while (options.length < 40 && !random.oneIn(30)) {
    const kind = random.pick([1, 1, 1, 1, 2, 3, 4, 5, 8, random.below(256)]);
    if (kind <= 1) options.push(kind);
    else if (kind === 2) options.push(2, 4, ...be16(random.below(2000)));
    else if (kind === 3) options.push(3, 3, random.below(15));
    else if (kind === 4) options.push(4, 2);
    else {
      const length = random.oneIn(12) ? random.below(60) : 2 + random.below(24);
      options.push(kind, length, ...random.bytes(Math.max(0, length - 2)));
    }
  }
  const words = Math.min(10, Math.ceil(options.length / 4));
  const padded = [...options, ...Array(40).fill(0)].slice(0, words * 4);
  const tcp = [...be16(1000), ...be16(80), ...Array(8).fill(0), (5 + words) << 4, 2, 0, 0, 0, 0, 0, 0];
  return cut(random, ipv4(random.oneIn(20) ? 17 : 6, random.pick([[], [], [1, 1, 1, 0]]), [...tcp, ...padded]));
}

function tcpOptions(frame: Uint8Array): number {
  if (frame.length < 34 || u16(frame, 12) !== 0x800 || frame[23] !== 6) return PASS;
  let at = 14 + ((frame[14] ?? 0) & 15) * 4;
  if (at + 20 > frame.length) return PASS;
  const end = at + (((frame[at + 12] ?? 0) >> 4) & 15) * 4;
  at += 20;
  let mss = 0;
  let last = 0;
  for (let i = 0; i < 40 && at < end && at < frame.length; i++) {
    const kind = frame[at++] ?? 0;
    if (kind === 0) break;
    if (kind === 1) continue;
    if (kind === 2) {
      if (at + 3 > frame.length) return DROP;
      mss = u16(frame, at + 1);
      at += 3;
    } else if (kind === 3) {
      if (at + 2 > frame.length) return DROP;
      at += 2;
    } else if (kind === 4) at += 1;
    else {
      const length = frame[at++] ?? 0;
      if (at > frame.length || length < 2) return DROP;
      at += length - 2;
      if (length > 20) last = i;
    }
  }
  return mss > 1000 || last > 3 ? TX : PASS;
}

function dnsFrame(random: Random): Uint8Array {
  const name: number[] = [];
  while (name.length < 240 && !random.oneIn(9)) {
    const length = random.oneIn(40) ? random.below(256) : 1 + random.below(63);
    name.push(length, ...Array.from({ length: Math.min(63, length) }, () => 48 + random.below(75)));
  }
  if (!random.oneIn(10)) name.push(0);
  return cut(
    random,
    ipv4(17, [], [...be16(1000), ...be16(53), 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]),
  );
}

function dnsName(frame: Uint8Array): number {
  if (frame.length < 54 || u16(frame, 12) !== 0x800 || frame[23] !== 17) return PASS;
  let hash = 5381;
  let left = 0;
  for (let i = 0; i < 255; i++) {
    const c = frame[54 + i];
    if (c === undefined) return DROP;
    if (left > 0) {
      left--;
      hash = (Math.imul(hash, 33) + (c >= 65 && c <= 90 ? c + 32 : c)) >>> 0;
    } else if (c === 0) break;
    else if (c > 63) return DROP;
    else left = c;
  }
  return (hash & 1) === 0 ? PASS : TX;
}

const EXTENSIONS = [0, 43, 60, 135, 44, 51] as const;

/** Short enough for one page: what is longer comes to the program in fragments. */
function ipv6Frame(random: Random): Uint8Array {
  const kinds: number[] = Array.from({ length: random.below(13) }, () => random.pick(EXTENSIONS));
  kinds.push(random.pick([17, 17, 17, 6, 58, 59]));
  const rest = kinds.slice(0, -1).flatMap((kind, i) => {
    const length = random.below(random.oneIn(20) ? 20 : 3);
    const bytes = kind === 44 ? 8 : kind === 51 ? (length + 2) * 4 : (length + 1) * 8;
    return [kinds[i + 1] ?? 59, length, ...random.bytes(bytes - 2)];
  });
  const header = [0x60, 0, 0, 0, 0, 0, kinds[0] ?? 59, 64, ...random.bytes(32)];
  const udp = [...be16(1000), ...be16(random.pick([53, 53, 80])), 0, 0, 0, 0];
  return cut(random, [...Array(12).fill(2), 0x86, 0xdd, ...header, ...rest, ...udp]);
}

function ipv6Extensions(frame: Uint8Array): number {
  if (frame.length < 54 || u16(frame, 12) !== 0x86dd) return PASS;
  let kind = frame[20] ?? 0;
  let at = 54;
  for (let i = 0; (EXTENSIONS as readonly number[]).includes(kind); i++) {
    if (at + 2 > frame.length) return DROP;
    const length = frame[at + 1] ?? 0;
    const bytes = kind === 44 ? 8 : kind === 51 ? (length + 2) * 4 : (length + 1) * 8;
    kind = frame[at] ?? 0;
    at += bytes;
    if (i === 9) return DROP;
  }
  if (kind !== 17) return PASS;
  if (at + 8 > frame.length) return DROP;
  return u16(frame, at + 2) === 53 ? TX : PASS;
}

const CASES: readonly Case[] = [
  { file: "tcp-options.ts", frame: tcpFrame, expected: tcpOptions },
  { file: "dns-name.ts", frame: dnsFrame, expected: dnsName },
  { file: "ipv6-extensions.ts", frame: ipv6Frame, expected: ipv6Extensions },
];

const compiled = (file: string, cpu: BpfCpu): Uint8Array => {
  const { diagnostics, object } = compileFile(`${folder}${file}`, { cpu }, host);
  expect(diagnostics.all().map((d) => `${d.code} ${d.message}`)).toEqual([]);
  return object ?? new Uint8Array();
};

describe.each(CASES)("$file", ({ file, frame, expected }) => {
  test.each(["v1", "v3"] as const)("%s passes the pre-check of 5.15 to 6.18", (cpu) => {
    const object = compiled(file, cpu);
    for (const version of ["5.15", "6.1", "6.12", "6.18"]) {
      const [result] = precheck(object, { kernel: version, explain: false });
      expect(`${version} ${result?.verdict} ${result?.message ?? ""}`).toBe(`${version} accept `);
      expect(result?.processed, version).toBeLessThan(MOST_INSTRUCTIONS);
    }
  });

  test.each([
    ["v1", "interp"],
    ["v3", "wasm"],
    ["v4", "interp"],
  ] as const)("%s, kernel and %s as the reference", (cpu, engine) => {
    const object = compiled(file, cpu);
    const random = new Random(3);
    const frames = Array.from({ length: FRAMES }, () => frame(random));
    const verdicts = frames.map(expected);
    expect(new Set(verdicts).size).toBe(3);
    const machine = loadObject(object, { cpus: 1, engine });
    expect(frames.map((packet) => Number(machine.run("run", { packet }).result))).toEqual(verdicts);
    if (skip) return;
    using both = new Both(object, { engine });
    onOneCpu(() => {
      for (const [i, packet] of frames.entries()) {
        const outcomes = both.run("run", packet);
        expect(outcomes?.machine, `frame ${i}`).toEqual(outcomes?.kernel);
        expect(outcomes?.kernel.verdict, `frame ${i}`).toBe(verdicts[i]);
      }
    });
  });
});
