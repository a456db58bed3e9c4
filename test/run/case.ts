/**
 * A run case: a source file with one `@xdp run`, the packet it gets (`// packet: {...}`, the fields of struct In, or
 * `// bytes: hex`), and what it must store: each `put(i, ...); //= expression`. Expressions are JavaScript, taken as 64 bits.
 */
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

export interface RunCase {
  readonly packet: Uint8Array;
  readonly expected: ReadonlyMap<number, bigint>;
  /** Runs with random packets besides: what they must agree on is everything. */
  readonly source: string;
}

const evaluate = (text: string): unknown => runInNewContext(`(${text})`);

export function readCase(file: string): RunCase {
  const source = readFileSync(file, "utf8");
  const expected = new Map<number, bigint>();
  for (const [, index, text] of source.matchAll(/\bput\((\d+), .*;\s*\/\/= (.*)$/gm))
    expected.set(Number(index), BigInt.asUintN(64, evaluate(text ?? "") as bigint));
  if (expected.size === 0) throw new Error(`${file} expects nothing`);
  return { packet: packetOf(source), expected, source };
}

/** XDP test runs want a whole Ethernet header. */
const MIN_PACKET = 14;

function packetOf(source: string): Uint8Array {
  const hex = /^\/\/ bytes: (.*)$/m.exec(source)?.[1];
  if (hex !== undefined) return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  const values = evaluate(/^\/\/ packet: (.*)$/m.exec(source)?.[1] ?? "{}") as Record<string, unknown>;
  const fields = /class In \{([^}]*)\}/.exec(source)?.[1] ?? "";
  const bytes: number[] = [];
  let align = 1;
  for (const [, name = "", type = ""] of fields.matchAll(/(\w+)!:\s*([^;]+?)\s*;?(?=\s*\w+!:|\s*$)/g)) {
    const array = /^(?:Bytes<\d+>|FixedArray<(\w+), \d+>)$/.exec(type);
    const element = array ? (array[1] ?? "u8") : type;
    const size = element === "boolean" ? 1 : Number(element.replace(/\D/g, "")) / 8;
    align = Math.max(align, size);
    while (bytes.length % size !== 0) bytes.push(0);
    const items = array ? (values[name] as number[]) : [values[name]];
    for (const item of items) bytes.push(...encode(BigInt(item as number), size, element.startsWith("be")));
  }
  while (bytes.length % align !== 0 || bytes.length < MIN_PACKET) bytes.push(0);
  return Uint8Array.from(bytes);
}

function encode(value: bigint, size: number, isBig: boolean): number[] {
  const little = Array.from({ length: size }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn));
  return isBig ? little.reverse() : little;
}
