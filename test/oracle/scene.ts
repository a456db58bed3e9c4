/**
 * What a generator knows while it writes a program: which registers hold what, roughly. Input: a random source and a
 * program type. Output: instructions through `asm`. It only steers: the verifiers decide what holds.
 */
import { Assembler, Label } from "./assembler.js";
import type { Random } from "./random.js";

export const Held = { None: 0, Scalar: 1, Ctx: 2, Packet: 3, PacketEnd: 4, Value: 5, Record: 6, Socket: 7 } as const;
export type Held = (typeof Held)[keyof typeof Held];

/** A program type of the kernel with what generators use of its context. */
export interface ProgramKind {
  readonly name: string;
  readonly type: number;
  readonly attach: number;
  /** Offsets of the 4-byte data and data_end pointers. */
  readonly packet?: readonly [data: number, end: number];
  /** Offset and size of fields that load as numbers. */
  readonly fields: readonly (readonly [offset: number, size: number])[];
}

// biome-ignore format: a table
export const KINDS: readonly ProgramKind[] = [
  { name: "xdp", type: 6, attach: 37, packet: [0, 4], fields: [[12, 4], [16, 4]] },
  { name: "tc", type: 3, attach: 0, packet: [76, 80], fields: [[0, 4], [4, 4], [8, 4], [48, 4], [52, 4]] },
  { name: "socket_filter", type: 1, attach: 0, fields: [[0, 4], [4, 4], [16, 4], [48, 4]] },
  { name: "cgroup_skb", type: 8, attach: 0, packet: [76, 80], fields: [[0, 4], [8, 4], [52, 4]] },
  { name: "kprobe", type: 2, attach: 0, fields: [[0, 8], [8, 8], [112, 8], [104, 8]] },
  { name: "tracepoint", type: 5, attach: 0, fields: [[8, 8], [16, 4], [24, 8]] },
  { name: "raw_tracepoint", type: 17, attach: 0, fields: [[0, 8], [8, 8]] },
  { name: "perf_event", type: 7, attach: 0, fields: [[0, 8], [168, 8], [176, 8]] },
];

/** Types with helpers of their own, for the topic of helpers. */
// biome-ignore format: a table
export const MORE_KINDS: readonly ProgramKind[] = [
  { name: "lwt_xmit", type: 12, attach: 0, packet: [76, 80], fields: [[0, 4], [8, 4]] },
  { name: "sk_skb", type: 14, attach: 5, packet: [76, 80], fields: [[0, 4], [16, 4]] },
  { name: "flow_dissector", type: 22, attach: 17, packet: [76, 80], fields: [[76, 4]] },
  { name: "sock_addr", type: 18, attach: 10, fields: [[0, 4], [4, 4]] },
  { name: "sock_ops", type: 13, attach: 3, fields: [[0, 4], [4, 4]] },
  { name: "cgroup_sock", type: 9, attach: 2, fields: [[4, 4], [8, 4]] },
  { name: "sockopt", type: 25, attach: 21, fields: [[24, 4], [28, 4]] },
  { name: "sk_lookup", type: 30, attach: 36, fields: [[8, 4], [12, 4]] },
  { name: "sk_reuseport", type: 21, attach: 39, fields: [[16, 4], [20, 4]] },
  { name: "sysctl", type: 23, attach: 18, fields: [[0, 4], [4, 4]] },
];

/** Maps by index; small, so that thousands of programs cost the kernel little. */
// biome-ignore format: a table
export const MAPS = [
  { name: "hash", type: 1, keySize: 4, valueSize: 64, maxEntries: 16, flags: 0 },
  { name: "array", type: 2, keySize: 4, valueSize: 48, maxEntries: 4, flags: 0 },
  { name: "ring", type: 27, keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 },
  { name: "jumps", type: 3, keySize: 4, valueSize: 4, maxEntries: 4, flags: 0 },
  { name: "percpu", type: 6, keySize: 4, valueSize: 32, maxEntries: 2, flags: 0 },
  { name: "readonly", type: 2, keySize: 4, valueSize: 16, maxEntries: 4, flags: 128 },
] as const;

/** A function to be written after the main one. */
export interface Function {
  readonly label: Label;
  readonly write: (scene: Scene) => void;
}

/** Slots of the frame that are written before anything else runs, so that reads of them are data. */
export const FRAME = 64;

export class Scene {
  readonly asm = new Assembler();
  readonly held: Held[] = new Array<Held>(10).fill(Held.None);
  /** Bytes of the memory that a register points to. */
  readonly size: number[] = new Array<number>(10).fill(0);
  readonly functions: Function[] = [];
  /** Statements left. */
  budget: number;
  depth = 0;
  /** References and loops nest only so far. */
  loops = 0;
  inFunction = false;

  constructor(
    readonly random: Random,
    readonly kind: ProgramKind,
    budget: number,
  ) {
    this.budget = budget;
  }

  hold(reg: number, what: Held, size = 0): void {
    this.held[reg] = what;
    this.size[reg] = size;
  }
  /** Registers that hold it. */
  having(what: Held): number[] {
    const found: number[] = [];
    for (let r = 0; r < 10; r++) if (this.held[r] === what) found.push(r);
    return found;
  }
  /** A register with a number; loads one where there is none. */
  scalar(): number {
    const found = this.having(Held.Scalar);
    if (found.length > 0) return this.random.pick(found);
    const reg = this.free();
    this.asm.mov(reg, this.random.between(-8, 300));
    this.hold(reg, Held.Scalar);
    return reg;
  }
  /** A register to write to: never the context's. */
  free(): number {
    return this.random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9]);
  }
  /** One that calls keep. */
  kept(): number {
    return this.random.pick([7, 8, 9]);
  }
  afterCall(result: Held, size = 0): void {
    for (let r = 1; r <= 5; r++) this.hold(r, Held.None);
    this.hold(0, result, size);
  }
  /** Writes `body` so that either side may run; what differs afterwards is unknown. */
  maybe(body: () => void): void {
    const before = this.held.slice();
    const sizes = this.size.slice();
    this.depth++;
    body();
    this.depth--;
    for (let r = 0; r < 10; r++) if (this.held[r] !== before[r] || this.size[r] !== sizes[r]) this.hold(r, Held.None);
  }
  label(): Label {
    return new Label();
  }
}
