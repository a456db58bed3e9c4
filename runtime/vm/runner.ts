/**
 * The lean run path: one program of a machine, again and again. The packet is written into the machine's memory by the
 * caller, the context is kept as a block of words, and a run changes only what the last one left otherwise. Output: a
 * plain number; everything else is asked for when it is wanted. Invariant: a run gives what `Machine.run` gives.
 */
import { LAYOUT } from "./address.js";
import type { ContextInput } from "./context/context.js";
import { SKB_FIELDS } from "./context/fields.js";
import type { ContextKind } from "./context/kinds.js";
import type { Engine, Quick } from "./engine.js";
import { MachineError } from "./errors.js";
import type { Fault } from "./fault.js";
import { MAX_PACKET, XDP_FRAME, XDP_HEADROOM } from "./packet.js";
import { Place } from "./places.js";
import type { Redirect, RunState } from "./run-state.js";
import { ETH_HLEN, FRAME_FIELDS, frameProtocolWord, LOOPBACK, packetType, SKB_HEADROOM } from "./skb.js";
import { QUICK_STEP } from "./wasm/entry.js";

export interface RunnerOptions {
  /** Context of all runs; as `RunInput.ctx`. */
  readonly ctx?: ContextInput;
  /** CPU that runs them; default 0. */
  readonly cpu?: number;
}

/** What a runner needs of its machine. */
export interface RunnerHost {
  readonly state: RunState;
  readonly engine: Engine;
  /** Instructions that a run may execute. */
  readonly fuel: number;
  /** Lays the context out anew. @throws MachineError `VM_INPUT` */
  open(): void;
  begin(cpu: number): void;
  execute(): Fault | undefined;
  /** Makes an owner the one whose packet and context lie ready; false when it was already. */
  claim(owner: object): boolean;
  /** The runner that may run again without more ado; anything else that the machine does takes it out. */
  readonly gate: { armed: object | undefined };
  /** What follows a quick run that called something outside, or ended with an error. */
  conclude(error?: unknown): Fault | undefined;
}

const MIN_PACKET = 64;
const NOTHING = (): number => 0;

export class Runner {
  /**
   * Where the next run's frame is put, from its Ethernet header on: 65535 bytes of the machine's own memory. The bytes
   * stay as the program left them; another run of the machine (not of this runner) may overwrite them.
   */
  readonly packet: Uint8Array;
  readonly #host: RunnerHost;
  readonly #kind: ContextKind;
  readonly #isSkb: boolean;
  readonly #isPacket: boolean;
  /** Bytes of the frame that the program does not see: the Ethernet header above the link layer. */
  readonly #hidden: number;
  readonly #cpu: number;
  readonly #given: ReadonlySet<string>;
  /** The context in memory, and what it is before each run. */
  readonly #words: Int32Array;
  readonly #fresh: Int32Array;
  /** Has the caller a view of `#fresh`? Then it may have changed. */
  #lent = false;
  /** The engine's words: what it touched, fuel. */
  readonly #places: Int32Array;
  /** What the context is put back from, by generated code. */
  readonly #source: Int32Array;
  readonly #fuel: number;
  #run: Quick["run"] = NOTHING;
  #quick: Quick | undefined;
  /** Did the last run call something outside generated code? */
  #touched = false;
  /** Bytes of context that a quick run puts back; -1: too many. */
  readonly #bytes: number;
  /** Where the fields that follow from a frame are in the context, in words; -1: the options gave it. */
  readonly #frameWords: readonly number[];
  #length: number = MIN_PACKET;
  #fault: Fault | undefined;
  #left: number;

  /** Use `Machine.runner`. */
  constructor(host: RunnerHost, kind: ContextKind, options: RunnerOptions) {
    this.#host = host;
    this.#kind = kind;
    this.#isSkb = kind.shape === "skb";
    this.#isPacket = this.#isSkb || kind.shape === "xdp";
    this.#hidden = this.#isSkb && !kind.link ? ETH_HLEN : 0;
    this.#cpu = options.cpu ?? 0;
    this.#given = new Set(Object.keys(options.ctx ?? {}));
    this.#left = this.#fuel = host.fuel;
    const { packet, memory } = host.state;
    host.begin(this.#cpu);
    const at = kind.shape === "xdp" ? packet.place(XDP_HEADROOM) : packet.place(SKB_HEADROOM) - this.#hidden;
    this.packet = memory.bytes(at, MAX_PACKET);
    this.#open();
    this.#words = new Int32Array(memory.buffer, LAYOUT.context, Math.ceil(host.state.context.length / 4));
    this.#fresh = this.#words.slice();
    this.#places = new Int32Array(memory.buffer, 0, LAYOUT.stack / 4);
    this.#source = new Int32Array(memory.buffer, LAYOUT.fresh, LAYOUT.freshBytes / 4);
    const bytes = Math.ceil(this.#words.length / (QUICK_STEP / 4)) * QUICK_STEP;
    this.#bytes = bytes <= LAYOUT.freshBytes ? bytes : -1;
    this.#frameWords = FRAME_FIELDS.map((name, i) =>
      i > 0 && this.#given.has(name) ? -1 : (SKB_FIELDS.find((field) => field.name === name)?.offset ?? -4) / 4,
    );
  }

  #open(): void {
    const { state } = this.#host;
    this.#host.claim(this);
    this.#host.open();
    const { context, packet } = state;
    packet.clear();
    if (this.#kind.shape === "xdp" && !this.#given.has("ingress_ifindex")) context.set("ingress_ifindex", 1);
  }

  /**
   * The context before each run, as bytes, to be written by the caller. What follows from the frame (`len`, `protocol`,
   * `pkt_type`, `ifindex` of an skb) is set by `run` unless the options gave it.
   */
  get context(): Uint8Array {
    this.#lent = true;
    return new Uint8Array(this.#fresh.buffer);
  }

  /**
   * Runs the program.
   * @param length bytes of the frame, 14 to 65535; default: as in the last run, at first 64
   * @returns r0 as an unsigned 32-bit number, or -1 when the run ended in a fault
   * @throws MachineError `VM_INPUT` for a length that no Ethernet frame has
   */
  run(length: number = this.#length): number {
    const { gate } = this.#host;
    if (gate.armed !== this || (this.#touched && !this.#again()) || (length !== this.#length && !this.#resize(length)))
      return this.#slowly(length);
    if (this.#lent) for (let i = 0; i < this.#fresh.length; i++) this.#source[i] = this.#fresh[i] as number;
    if (this.#isSkb) this.#describe(this.#source);
    let result: number;
    try {
      result = this.#run(this.#fuel, this.#bytes);
    } catch (error) {
      return this.#ended(error);
    }
    if (this.#places[Place.touched / 4] !== 0) return this.#ended(undefined);
    this.#fault = undefined;
    this.#left = this.#places[Place.fuel / 4] as number;
    return result >>> 0;
  }

  /** Another length for a quick run; false when it takes more. */
  #resize(length: number): boolean {
    if (!this.#isPacket) return true;
    if (!(length >= ETH_HLEN && length <= MAX_PACKET)) return false;
    this.#length = length;
    this.#arrange();
    this.#quick?.refresh();
    return true;
  }

  /** After a run that called something outside: what that may have changed is put back. */
  #again(): boolean {
    const host = this.#host;
    host.begin(this.#cpu);
    host.gate.armed = this;
    this.#touched = false;
    if (this.#isPacket) this.#arrange();
    this.#quick?.again();
    return true;
  }

  /** A quick run that did more than generated code can. */
  #ended(error: unknown): number {
    const host = this.#host;
    const result = this.#result(host.conclude(this.#quick?.end(error)));
    this.#touched = true;
    // A fault may have left anything anywhere.
    if (this.#fault !== undefined) host.gate.armed = undefined;
    return result;
  }
  #result(fault: Fault | undefined): number {
    const { engine } = this.#host;
    this.#fault = fault;
    this.#left = engine.fuel;
    return fault === undefined ? (engine.registers[0] as number) >>> 0 : -1;
  }

  #arrange(): void {
    const { packet } = this.#host.state;
    const length = this.#length;
    if (this.#isSkb) packet.arrange(length - this.#hidden, SKB_HEADROOM, 0, this.#kind.writable);
    else packet.arrange(length, XDP_HEADROOM, XDP_FRAME, true);
  }
  /** The fields that follow from a frame. */
  #describe(words: Int32Array): void {
    const places = this.#frameWords;
    const frame = this.packet;
    const [len, protocol, type, ifindex] = places as [number, number, number, number];
    words[len] = this.#length - this.#hidden;
    if (protocol >= 0) words[protocol] = frameProtocolWord(frame);
    if (type >= 0) words[type] = packetType(frame);
    if (ifindex >= 0) words[ifindex] = LOOPBACK;
  }

  #slowly(length: number): number {
    const host = this.#host;
    host.begin(this.#cpu);
    if (host.claim(this)) this.#open();
    const words = this.#words;
    const fresh = this.#fresh;
    for (let i = 0; i < fresh.length; i++) words[i] = fresh[i] as number;
    if (this.#isPacket) {
      if (!(length >= ETH_HLEN && length <= MAX_PACKET))
        throw new MachineError("VM_INPUT", `a packet of ${length} bytes: ${ETH_HLEN} to ${MAX_PACKET} are possible`);
      this.#length = length;
      this.#arrange();
      if (this.#isSkb) this.#describe(words);
    }
    const result = this.#result(host.execute());
    const quick = this.#fault === undefined && this.#bytes >= 0 ? host.engine.quick?.() : undefined;
    if (quick !== undefined) {
      this.#quick = quick;
      this.#run = quick.run;
      this.#touched = this.#places[Place.touched / 4] !== 0;
      this.#source.set(fresh);
      this.#source.fill(0, fresh.length);
      host.gate.armed = this;
    }
    return result;
  }

  /** Why the last run ended early, if it did. */
  get fault(): Fault | undefined {
    return this.#fault;
  }
  /** Instructions of the last run. */
  get insns(): number {
    return this.#host.fuel - this.#left;
  }
  /** The name of a return value: "drop". */
  action(result: number): string | undefined {
    return this.#kind.actions[result | 0];
  }
  /**
   * The packet that the last run left, XDP metadata in front of it: a view, good until the next run. Empty for programs
   * without packet.
   */
  get output(): Uint8Array {
    const { packet, memory } = this.#host.state;
    return memory.bytes(packet.meta, packet.end - packet.meta);
  }
  /** Lines of bpf_trace_printk of the last run. */
  get lines(): readonly string[] {
    return this.#host.state.output;
  }
  /** The redirect that the last run asked for. */
  get redirect(): Redirect | undefined {
    return this.#host.state.redirect;
  }
  /** A context field after the last run; 0 for a name that the context does not have. Fields of up to 32 bits. */
  field(name: string): number {
    return this.#host.state.context.get(name);
  }
}
