/** What a machine is made with, and what a run takes and gives. */
import type { Btf, CoreTarget } from "../btf/index.js";
import type { ContextInput } from "./context/context.js";
import type { CountSink } from "./coverage.js";
import type { Fault } from "./fault.js";
import type { Mock } from "./mock.js";
import type { Effect, Redirect } from "./run-state.js";
import type { WorldOptions } from "./world.js";

/** Value of a global that is set before the program is loaded. */
export type ConfigValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | readonly unknown[]
  | Readonly<Record<string, unknown>>;

/**
 * "interp": one instruction at a time, with trace, much executed ones in a fast loop (`hotAfter`); "wasm": compiled to WebAssembly at the first run, with the same results
 * and faults; "auto": interpreted until a program has executed so many instructions that compiling it pays (50,000, and
 * 300 for each of its slots), then compiled.
 */
export type EngineName = "interp" | "wasm" | "auto";

export interface MachineOptions extends WorldOptions {
  /**
   * Types of the kernel that the machine stands for: BTF (parsed, its bytes, or a {@link CoreTarget} that several machines
   * share). CO-RE reads are relocated against it and kernel structs laid out by it. Default: the object's own types.
   */
  readonly btf?: Btf | CoreTarget | Uint8Array;
  /** Helpers and kernel functions that the test answers itself; weak kernel functions named here exist for the object. */
  readonly mocks?: Readonly<Record<string, Mock>>;
  /** Addresses of kernel variables (`extern … __ksym`) by name. */
  readonly ksyms?: Readonly<Record<string, bigint>>;
  /** Values of globals in .rodata, .data and .bss by variable name, and of kconfig externs. */
  readonly config?: Readonly<Record<string, ConfigValue>>;
  /** CPUs of the machine, 1 to 64; default 2. Per-CPU maps hold that many values. */
  readonly cpus?: number;
  /** Instructions that one run may execute; default 10 million. */
  readonly fuel?: number;
  /** What runs programs; default "interp", in ebpftsc/testing "auto". A run with a trace is always interpreted. */
  readonly engine?: EngineName;
  /**
   * False: the WebAssembly engine trusts programs and leaves the memory checks out, as the kernel does after its verifier
   * agreed; default true. Only for programs that are known to keep the rules: what others do is not defined. They cannot
   * leave the machine's linear memory, but may spoil maps, packets and the machine's own records in it. Interpreted runs
   * are always checked.
   */
  readonly checks?: boolean;
  /** Counts what runs, on every engine, and gives it to the sink when that asks. Default: nothing is counted. */
  readonly coverage?: CountSink;
  /**
   * Instructions that the interpreter executes one by one before it changes to its hot loop, which is generated then; default
   * 100,000. 0: at once; Infinity: never. Results, faults and counts are the same. A run with a trace never uses the loop.
   */
  readonly hotAfter?: number;
  /** Bytes of the machine's memory; default: what the maps can need, at least 1 MiB, at most 1 GiB. */
  readonly memory?: number;
}

export interface RunInput {
  /** The frame, from its Ethernet header on; at most 65535 bytes. Packet programs without one get 64 zero bytes. */
  readonly packet?: Uint8Array;
  /** Fields by name, argument words, or raw bytes, as the program type wants. */
  readonly ctx?: ContextInput;
  /** CPU that runs it; default 0. */
  readonly cpu?: number;
  /** The current task: a struct of `machine.makeTask`. Its pid, tgid and comm are what helpers answer. */
  readonly task?: bigint;
  /** What bpf_get_retval answers at first; default 0. */
  readonly retval?: number;
  /** Called before each instruction with program name and slot. */
  readonly trace?: (program: string, slot: number) => void;
}

export interface RunResult {
  /** Return value as the kernel takes it: unsigned 32-bit. 0 after a fault. */
  readonly result: bigint;
  /** Name of the return value: "drop", "pass", "shot"; absent where the type has no names or the value none. */
  readonly action?: string;
  /** The packet afterwards, where the program type has one; XDP metadata, if any, lies in front of it. */
  readonly packet?: Uint8Array;
  /** Context fields afterwards, where the type has a struct. */
  readonly ctx?: Readonly<Record<string, unknown>>;
  /** Lines of bpf_trace_printk, without their newline. */
  readonly output: readonly string[];
  /** Instructions executed. */
  readonly insns: number;
  /** Bytes of stack that the program needs along its deepest chain of calls, each frame rounded up as the verifier does. */
  readonly stackBytes: number;
  readonly redirect?: Redirect;
  /** Copies sent with bpf_clone_redirect. */
  readonly cloned: readonly Redirect[];
  /** What it did to the world outside, when it did something: signals, socket options, tunnel keys. */
  readonly effects?: readonly Effect[];
  /** Set when the program broke a rule; then `result` means nothing. */
  readonly fault?: Fault;
}
