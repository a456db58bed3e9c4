/**
 * A generated program: text, and what it means. Statements are pairs of both, so that neither is made from the other.
 */
import type { Random } from "../../harness/random.js";
import { Header, type HeaderType, type Memory } from "./model.js";

/** The state of one run of the reference. */
export class Run {
  readonly headers = new Map<string, Header | undefined>();
  readonly memory = new Map<string, Memory>();
  readonly numbers = new Map<string, bigint>();
  readonly lines: string[] = [];
  cursor = 0;

  constructor(
    readonly packet: Uint8Array,
    /** The map `out`, which outlives the run. */
    readonly out: bigint[],
  ) {}

  get length(): bigint {
    return BigInt(this.packet.length);
  }

  read(type: HeaderType, offset: bigint): Header | undefined {
    if (offset < 0n || offset > 0x7fffn || Number(offset) + type.size > this.packet.length) return undefined;
    const at = Number(offset);
    return new Header(type, this.packet.subarray(at, at + type.size));
  }

  next(type: HeaderType): Header | undefined {
    const found = this.read(type, BigInt(this.cursor));
    if (found) this.cursor += type.size;
    return found;
  }

  header(name: string): Header {
    const found = this.headers.get(name);
    if (!found) throw new Error(`the reference uses ${name}, which is absent`);
    return found;
  }

  mem(name: string): Memory {
    const found = this.memory.get(name);
    if (!found) throw new Error(`the reference uses ${name}, which is unknown`);
    return found;
  }
}

/** Ends the run with a verdict. */
export class Verdict {
  constructor(readonly value: number) {}
}

export interface Statement {
  readonly text: string;
  run(run: Run): void;
}

export interface Num {
  readonly text: string;
  /** Exact, as the language has it. */
  value(run: Run): bigint;
}

export interface Mem {
  readonly text: string;
  readonly type: Memory["type"];
  value(run: Run): Memory;
}

export const block = (statements: readonly Statement[], indent = "    "): string =>
  statements.map((s) => `${indent}${s.text}`).join("\n");

export const seq =
  (statements: readonly Statement[]): ((run: Run) => void) =>
  (run) => {
    for (const s of statements) s.run(run);
  };

export const returns = (verdict: number): Statement => ({
  text: `return ${["XdpAction.Aborted", "XdpAction.Drop", "XdpAction.Pass", "XdpAction.Tx"][verdict]};`,
  run: () => {
    throw new Verdict(verdict);
  },
});

export interface Maker {
  readonly random: Random;
  /** A name that was not used yet. */
  name(prefix: string): string;
}
