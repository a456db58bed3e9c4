/** What a run sees of the world outside: clock, random numbers, the current task. All of it is the test's to set. */
import { OutsideMemory } from "./outside.js";
import { Place } from "./places.js";

/** The current task, for helpers that ask. */
export interface CurrentTask {
  /** Process id (the kernel's tgid). */
  pid: number;
  /** Thread id. */
  tid: number;
  uid: number;
  gid: number;
  /** At most 15 bytes are seen. */
  comm: string;
  cgroupId: bigint;
}

/** One answer of bpf_fib_lookup; the result code is enum BPF_FIB_LKUP_RET_*. */
export interface FibResult {
  readonly code: number;
  readonly ifindex?: number;
  readonly smac?: Uint8Array;
  readonly dmac?: Uint8Array;
}

/** What bpf_fib_lookup was asked. */
export interface FibQuery {
  readonly family: number;
  readonly protocol: number;
  readonly ifindex: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** Fields of struct bpf_sock (include/uapi/linux/bpf.h) by name; addresses and ports as the struct holds them. */
export type SocketFields = Readonly<Record<string, number>>;

/** What bpf_sk_lookup_tcp and its relatives were asked. */
export interface SocketQuery {
  readonly protocol: "tcp" | "udp";
  readonly family: 4 | 6;
  /** struct bpf_sock_tuple: addresses and ports in network order. */
  readonly tuple: Uint8Array;
  readonly netns: bigint;
}

export interface WorldOptions {
  /** Nanoseconds since boot, asked once a read; default: starts at 1 s and advances 1 µs a read. */
  readonly clock?: () => bigint;
  /** Seed of bpf_get_prandom_u32, or a function that gives 32-bit numbers. Default seed 1. */
  readonly random?: number | (() => number);
  readonly task?: Partial<CurrentTask>;
  /** Return addresses of the current stacks, innermost first; default none. */
  readonly stacks?: { readonly kernel?: readonly bigint[]; readonly user?: readonly bigint[] };
  /** Answers socket look-ups: fields of struct bpf_sock, or undefined for no such socket; default none. */
  readonly sockets?: (query: SocketQuery) => SocketFields | undefined;
  /** Answers bpf_fib_lookup; default: not forwarded. */
  readonly fib?: (query: FibQuery) => FibResult;
}

const START = 1_000_000_000n;
const TICK = 1000n;

/** Nanoseconds that a look at the machine's own clock takes. */
export const CLOCK_TICK: number = Number(TICK);
/** Shifts of the random numbers' xorshift32. */
export const XORSHIFT = [13, 17, 5] as const;

/** xorshift32 over a nonzero state, which lies where generated code goes on with it. */
function generator(state: Int32Array, seed: number): () => number {
  state[0] = seed | 0 || 1;
  return () => {
    let value = state[0] as number;
    value ^= value << XORSHIFT[0];
    value ^= value >>> XORSHIFT[1];
    value ^= value << XORSHIFT[2];
    state[0] = value;
    return value >>> 0;
  };
}

export class World {
  readonly now: () => bigint;
  readonly random: () => number;
  readonly task: CurrentTask;
  readonly fib: (query: FibQuery) => FibResult;
  readonly sockets: (query: SocketQuery) => SocketFields | undefined;
  readonly stacks: { readonly kernel: readonly bigint[]; readonly user: readonly bigint[] };
  /** Time as it is, without the tick that a program's look at the clock costs. */
  readonly peek: () => bigint;
  /** Structs of the tasks that iterators go through; none: the current task only. */
  readonly tasks: bigint[] = [];
  /** Struct of the current task, once a program asked for it. */
  taskStruct: bigint | undefined;
  /** Struct of its thread group's leader, where that is another thread. */
  leaderStruct: bigint | undefined;
  /** Are clock and random numbers the machine's own, which generated code may go on with? */
  readonly ownClock: boolean;
  readonly ownRandom: boolean;
  readonly #time: BigInt64Array;
  /** What `advance` added to a clock of the test's. */
  #passed = 0n;
  readonly user = new OutsideMemory(0x7f00_0000_1000n);
  readonly kernel = new OutsideMemory(0xffff_9000_0000_1000n);

  /** @param memory where the state of clock and random numbers is kept, at the engine's places */
  constructor(options: WorldOptions, memory: ArrayBuffer) {
    const time = new BigInt64Array(memory, Place.clock, 1);
    this.#time = time;
    time[0] = START;
    const clock = options.clock;
    this.ownClock = clock === undefined;
    this.ownRandom = typeof options.random !== "function";
    this.now =
      clock === undefined
        ? () => {
            time[0] = (time[0] as bigint) + TICK;
            return time[0];
          }
        : () => clock() + this.#passed;
    this.peek = clock === undefined ? () => time[0] as bigint : () => clock() + this.#passed;
    this.stacks = { kernel: options.stacks?.kernel ?? [], user: options.stacks?.user ?? [] };
    this.sockets = options.sockets ?? (() => undefined);
    this.random =
      typeof options.random === "function"
        ? options.random
        : generator(new Int32Array(memory, Place.random, 1), options.random ?? 1);
    this.task = { pid: 1, tid: 1, uid: 0, gid: 0, comm: "test", cgroupId: 1n, ...options.task };
    // BPF_FIB_LKUP_RET_NOT_FWDED
    this.fib = options.fib ?? (() => ({ code: 4 }));
  }
  /** Lets time pass. */
  advance(nanoseconds: bigint): void {
    if (this.ownClock) this.#time[0] = (this.#time[0] as bigint) + nanoseconds;
    else this.#passed += nanoseconds;
  }
}
