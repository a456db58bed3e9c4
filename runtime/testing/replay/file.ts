/**
 * Replay files: runs that can be repeated, on the machine and in the kernel, with what came out. JSON: bytes as hex, 64-bit
 * numbers as decimal strings. Input of the reader: untrusted text.
 */
import { TestingError } from "../error.js";

/** One run of a replay. */
export interface ReplayRun {
  readonly program: string;
  /** Hex. */
  readonly packet?: string;
  /** Fields by name or words; 64-bit numbers as `{ "u64": "…" }`, bytes as `{ "hex": "…" }`. */
  readonly ctx?: unknown;
  readonly cpu?: number;
  /** What the run gave when it was recorded. */
  readonly result: string;
  readonly fault?: { readonly code: string; readonly message: string; readonly insn: number; readonly line?: string };
}

/** A replay file. */
export interface Replay {
  readonly ebpftsc: "replay";
  readonly version: 1;
  /** Where the object came from, as the test named it; only for readers. */
  readonly source: string;
  /** The object itself, base64: a replay does not depend on sources that change. */
  readonly object: string;
  /** Why it was kept: the failure's first line. */
  readonly reason: string;
  readonly cpus: number;
  /** Entries of maps before the first run: [key, value] in hex; a map that is not named is as the object makes it. */
  readonly maps: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  readonly runs: readonly ReplayRun[];
}

const HEX = /^([0-9a-f]{2})*$/i;
/** Runs that a replay file may have. */
export const MAX_RUNS = 10_000;

function bad(reason: string): TestingError {
  return new TestingError("TEST_REPLAY", reason);
}
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function run(value: unknown, index: number): ReplayRun {
  const where = `run ${index + 1}`;
  if (!isRecord(value) || typeof value["program"] !== "string" || typeof value["result"] !== "string")
    throw bad(`${where} has no program or no result`);
  const { program, result, packet, ctx, cpu, fault } = value;
  if (packet !== undefined && (typeof packet !== "string" || !HEX.test(packet)))
    throw bad(`${where}: packet is no hex text`);
  if (cpu !== undefined && !Number.isInteger(cpu)) throw bad(`${where}: cpu is no number`);
  return {
    program,
    result,
    ...(typeof packet === "string" ? { packet } : {}),
    ...(ctx === undefined ? {} : { ctx }),
    ...(typeof cpu === "number" ? { cpu } : {}),
    ...(isRecord(fault) && typeof fault["code"] === "string"
      ? { fault: { code: fault["code"], message: String(fault["message"]), insn: Number(fault["insn"]) } }
      : {}),
  };
}

/** Is this the text of a replay file? A cheap look; {@link parseReplay} says what is wrong with it. */
export function isReplay(text: string): boolean {
  return /^\s*\{\s*"ebpftsc"\s*:\s*"replay"/.test(text);
}

/**
 * Reads a replay file.
 * @throws TestingError `TEST_REPLAY` with what is wrong
 */
export function parseReplay(text: string): Replay {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TestingError("TEST_REPLAY", "the file is no JSON", { cause });
  }
  if (!isRecord(value) || value["ebpftsc"] !== "replay") throw bad("the file is no replay");
  if (value["version"] !== 1) throw bad(`version ${String(value["version"])} is unknown`);
  const { object, runs, maps, source, reason, cpus } = value;
  if (typeof object !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(object)) throw bad("object is no base64 text");
  if (!Array.isArray(runs) || runs.length === 0 || runs.length > MAX_RUNS)
    throw bad(`there are no runs, or more than ${MAX_RUNS}`);
  if (!isRecord(maps)) throw bad("maps is no object");
  const entries = Object.entries(maps).map(([name, list]) => {
    const ok =
      Array.isArray(list) &&
      list.every(
        (e) => Array.isArray(e) && e.length === 2 && e.every((part) => typeof part === "string" && HEX.test(part)),
      );
    if (!ok) throw bad(`map ${name}: entries are pairs of hex text`);
    return [name, list as [string, string][]] as const;
  });
  return {
    ebpftsc: "replay",
    version: 1,
    source: typeof source === "string" ? source : "",
    object,
    reason: typeof reason === "string" ? reason : "",
    cpus: typeof cpus === "number" && Number.isInteger(cpus) ? cpus : 2,
    maps: Object.fromEntries(entries),
    runs: runs.map(run),
  };
}

/** A context as JSON: bigint and bytes are marked, so that they come back. */
export function contextToJson(value: unknown): unknown {
  if (typeof value === "bigint") return { u64: value.toString() };
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(contextToJson);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, contextToJson(inner)]));
}
/** The opposite of {@link contextToJson}. */
export function contextFromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(contextFromJson);
  if (!isRecord(value)) return value;
  const { u64, hex } = value;
  if (typeof u64 === "string" && /^-?\d{1,20}$/.test(u64)) return BigInt(u64);
  if (typeof hex === "string" && HEX.test(hex)) return new Uint8Array(Buffer.from(hex, "hex"));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, contextFromJson(inner)]));
}
