/** One measurement beside a peer's, and how many of them are printed. */

export interface Row {
  readonly name: string;
  /** "instructions", "ns", "ms". */
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  /** ours / peer: below 1 is better than the peer. */
  readonly ratio: number;
}

/** Benchmarks under one name; `skip` says why this machine cannot run them. */
export interface Suite {
  readonly name: string;
  skip(): string | undefined;
  run(): Promise<Row[]>;
}

const rounded = (x: number): number => Number(x.toPrecision(4));

export function row(name: string, unit: string, ours: number, peer: number, peerName: string): Row {
  return { name, unit, ours: rounded(ours), peer: rounded(peer), peerName, ratio: Number((ours / peer).toFixed(3)) };
}

/** The middle value; the mean of the two middle ones when there is no middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1] ?? Number.NaN, sorted[Math.floor(half)] ?? Number.NaN];
  return (low + high) / 2;
}

/**
 * Medians of two measurements taken in turns, so that a busy moment of the machine hits both; who goes first alternates.
 */
export function inTurns(rounds: number, ours: () => number, peer: () => number): { ours: number; peer: number } {
  const a: number[] = [];
  const b: number[] = [];
  for (let i = 0; i < rounds; i++) {
    if (i % 2 === 0) a.push(ours());
    b.push(peer());
    if (i % 2 === 1) a.push(ours());
  }
  return { ours: median(a), peer: median(b) };
}

/** Nanoseconds of this process's CPU time, in the kernel too, for each of so many runs: others on the machine do not count. */
export function cpuTimed(repeat: number, run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / repeat;
}
