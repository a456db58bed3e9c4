/**
 * A run that stops: one program, interpreted, with its whole state to look at. Input: a run that the machine prepared.
 * Output: a {@link Stop} for each request. Callbacks of helpers run as one step of their call.
 */
import { offsetOf } from "./address.js";
import { MachineError } from "./errors.js";
import { type Fault, MachineFault, type SourcePlace } from "./fault.js";
import type { Interpreter } from "./interpreter/interpreter.js";
import type { LinearMemory } from "./memory.js";
import type { RunResult } from "./options.js";
import { type LoadedProgram, sourceOf } from "./program.js";
import { ProgramThrow } from "./throw.js";

export type StopReason = "entry" | "step" | "breakpoint" | "watchpoint" | "end" | "fault";

/** Where a run stopped: in front of an instruction, or at its end. */
export interface Stop {
  readonly reason: StopReason;
  /** Program that runs; after a tail call the target. */
  readonly program: string;
  /** Slot of the instruction that comes next; at a fault, of the one that broke the rule. */
  readonly insn: number;
  readonly source?: SourcePlace;
  /** Calls under way: 0 in the program itself. */
  readonly depth: number;
  readonly fault?: Fault;
}

/** A slot of the program, or a source line; `file` is compared with the end of the path. */
export type Breakpoint = number | { readonly line: number; readonly file?: string };

interface Watch {
  readonly at: number;
  readonly length: number;
  seen: string;
}

/** What a debugger needs of its machine. */
export interface DebugHost {
  readonly interpreter: Interpreter;
  readonly memory: LinearMemory;
  /** Instructions that the run may execute. */
  readonly fuel: number;
  running(): LoadedProgram;
  /** Is this still the machine's run? */
  alive(): boolean;
  /** Ends the run: with what `run` throws, or well. */
  end(run: () => void): RunResult;
}

export class Debugger {
  readonly #host: DebugHost;
  readonly #breakpoints: Breakpoint[] = [];
  readonly #watches: Watch[] = [];
  #slot = 0;
  #stop: Stop;
  #result: RunResult | undefined;

  /** Use `Machine.debug`. */
  constructor(host: DebugHost) {
    this.#host = host;
    this.#stop = this.#place("entry");
  }

  /** Where the run stands. */
  get stop(): Stop {
    return this.#stop;
  }
  /** The result, once the run has ended. */
  get result(): RunResult | undefined {
    return this.#result;
  }
  /** Instructions executed so far. */
  get insns(): number {
    return this.#host.fuel - this.#host.interpreter.fuel;
  }
  /** r0 to r10, unsigned 64-bit. */
  get registers(): readonly bigint[] {
    const words = this.#host.interpreter.registers;
    return Array.from({ length: 11 }, (_, n) => {
      const [low, high] = [words[n * 2] ?? 0, words[n * 2 + 1] ?? 0];
      return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    });
  }
  /** The calls under way, the innermost first: where each of them is. */
  get stack(): readonly { readonly insn: number; readonly source?: SourcePlace }[] {
    const { program } = this.#host.running();
    return [this.#slot, ...this.#host.interpreter.backtrace()].map((insn) => {
      const source = sourceOf(program, insn);
      return source === undefined ? { insn } : { insn, source };
    });
  }

  /**
   * Bytes at an address of the program: its stack, packet, context or map values.
   * @throws MachineError `VM_INPUT` where nothing may be read
   */
  read(address: bigint, length: number): Uint8Array {
    return this.#host.memory.u8.slice(...this.#range(address, length));
  }
  #range(address: bigint, length: number): [number, number] {
    const at = offsetOf(address);
    if (at === undefined || length < 1 || !this.#host.memory.canWrite(at, length)) {
      if (at === undefined || length < 1 || !this.#host.memory.canRead(at, length))
        throw new MachineError("VM_INPUT", `there are no ${length} bytes at 0x${address.toString(16)}`);
    }
    return [at, at + length];
  }

  /**
   * Stops in front of a slot, or of the first instruction of a line each time it begins.
   * @throws MachineError `VM_INPUT` for a place that the program does not have
   */
  breakAt(where: Breakpoint): this {
    const { program, code } = this.#host.running();
    const known =
      typeof where === "number"
        ? Number.isInteger(where) && where >= 0 && where < code.slots
        : program.lines.some((line) => line.line === where.line && line.file.endsWith(where.file ?? ""));
    if (!known)
      throw new MachineError(
        "VM_INPUT",
        `program ${program.name} has no ${typeof where === "number" ? `slot ${where}` : `code at line ${where.line}`}`,
      );
    this.#breakpoints.push(where);
    return this;
  }
  /** Stops behind an instruction that changed bytes. @throws MachineError `VM_INPUT` where there is no memory */
  watch(address: bigint, length: number): this {
    const [at] = this.#range(address, length);
    this.#watches.push({ at, length, seen: this.#bytes(at, length) });
    return this;
  }
  #bytes(at: number, length: number): string {
    return this.#host.memory.u8.subarray(at, at + length).join();
  }

  /** One instruction. */
  step(): Stop {
    return this.#until(() => true);
  }
  /** To the next source line, into functions. */
  stepLine(): Stop {
    const key = (source: SourcePlace | undefined): string => `${source?.file}:${source?.line}`;
    const here = key(this.#stop.source);
    return this.#until((slot) => key(sourceOf(this.#host.running().program, slot)) !== here);
  }
  /** Until the function that runs has returned; in the program itself, to its end. */
  finish(): Stop {
    const depth = this.#depth();
    return this.#until(() => this.#depth() < depth);
  }
  /** To the next breakpoint, watchpoint or end. */
  go(): Stop {
    return this.#until(() => false);
  }

  #depth(): number {
    return this.#host.interpreter.backtrace().length;
  }

  #place(reason: StopReason, fault?: Fault): Stop {
    const running = this.#host.running();
    const insn = fault?.insn ?? this.#slot;
    const source = fault?.source ?? sourceOf(running.program, insn);
    return {
      reason,
      program: running.name,
      insn,
      depth: this.#depth(),
      ...(source === undefined ? {} : { source }),
      ...(fault === undefined ? {} : { fault }),
    };
  }

  #breaks(slot: number): boolean {
    if (this.#breakpoints.length === 0) return false;
    const { lines } = this.#host.running().program;
    return this.#breakpoints.some((where) =>
      typeof where === "number"
        ? where === slot
        : lines.some((one) => one.insn === slot && one.line === where.line && one.file.endsWith(where.file ?? "")),
    );
  }
  #changed(): boolean {
    let any = false;
    for (const watch of this.#watches) {
      const now = this.#bytes(watch.at, watch.length);
      any ||= now !== watch.seen;
      watch.seen = now;
    }
    return any;
  }

  #until(wanted: (slot: number) => boolean): Stop {
    if (this.#result !== undefined) return this.#stop;
    if (!this.#host.alive()) throw new MachineError("VM_INPUT", "another run of the machine ended this session");
    const { interpreter } = this.#host;
    let first = true;
    let reason: StopReason = "step";
    interpreter.trace = (slot) => {
      this.#slot = slot;
      // The instruction in front of which the run stands is the one to do.
      if (first) {
        first = false;
        return false;
      }
      if (this.#changed()) reason = "watchpoint";
      else if (this.#breaks(slot)) reason = "breakpoint";
      else if (wanted(slot)) reason = "step";
      else return false;
      return true;
    };
    let error: unknown;
    let goesOn = false;
    try {
      goesOn = interpreter.proceed();
    } catch (thrown) {
      if (!(thrown instanceof MachineFault) && !(thrown instanceof ProgramThrow)) throw thrown;
      error = thrown;
    } finally {
      interpreter.trace = undefined;
    }
    if (goesOn) this.#stop = this.#place(reason);
    else {
      this.#result = this.#host.end(() => {
        if (error !== undefined) throw error;
      });
      const { fault } = this.#result;
      this.#stop = fault === undefined ? this.#place("end") : this.#place("fault", fault);
    }
    return this.#stop;
  }
}
