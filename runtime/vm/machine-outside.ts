/**
 * The part of a machine that stands for what is around a program: current task, user and kernel memory, kernel structs,
 * sockets, mocked helpers. Machine extends it.
 */
import { helperByName } from "../facts/helpers/index.js";
import type { Instruction } from "../isa/index.js";
import type { ContextShape } from "./context/kinds.js";
import type { StructFields } from "./kernel/structs.js";
import type { Mock } from "./mock.js";
import type { LoadedProgram } from "./program.js";
import type { RunState } from "./run-state.js";
import type { CurrentTask, SocketFields } from "./world.js";

export abstract class MachineOutside {
  protected abstract outside(): RunState;
  protected abstract replaced(): Map<string, Mock>;
  protected abstract program(name: string): LoadedProgram;

  /** A program's instructions, linked. @throws MachineError `VM_NO_PROGRAM` */
  instructions(program: string): readonly Instruction[] {
    return this.program(program).insns;
  }
  /** How a program's context is given: as a packet's, registers, argument words or a struct. @throws MachineError `VM_NO_PROGRAM` */
  contextShape(program: string): ContextShape {
    return this.program(program).kind.shape;
  }
  /** BTF id of the struct that a program's parameter points at, or 0. @throws MachineError `VM_NO_PROGRAM` */
  contextType(program: string): number {
    return this.program(program).contextType;
  }

  /** CPUs of the machine. */
  get cpus(): number {
    return this.outside().cpus;
  }
  /** The current task that helpers report; may be changed between runs. */
  get task(): CurrentTask {
    return this.outside().world.task;
  }
  /**
   * Structs of {@link makeTask} that task iterators go through, in this order: to be filled by the test. Empty: the current
   * task only.
   * @example machine.tasks.push(machine.makeTask({ pid: 1, tgid: 1 }), machine.makeTask({ pid: 7, tgid: 7 }));
   */
  get tasks(): bigint[] {
    return this.outside().world.tasks;
  }
  /** Puts bytes or text into user memory; gives the address that bpf_probe_read_user reads from. */
  userMemory(content: Uint8Array | string): bigint {
    return this.outside().world.user.place(content);
  }
  /** The same for kernel memory. */
  kernelMemory(content: Uint8Array | string): bigint {
    return this.outside().world.kernel.place(content);
  }
  /**
   * A kernel struct for programs to read, laid out by the machine's types (option `btf`, else the object's own): a pointer
   * that loads, CO-RE reads and bpf_probe_read_kernel follow. What is not given is zero; for pointer fields an object makes
   * the struct that they point at, text and bytes are put into memory.
   * @throws MachineError `VM_TYPE` (no such struct or field, a value that does not fit), `VM_MEMORY`
   * @example machine.struct("sock", { __sk_common: { skc_family: 2 } })
   */
  struct(type: string, fields: StructFields = {}): bigint {
    return this.outside().structs.make(type, fields);
  }
  /** A task_struct; give it to a run as `task`, or as an argument. @throws as {@link Machine.struct} */
  makeTask(fields: StructFields = {}): bigint {
    return this.outside().structs.make("task_struct", fields);
  }
  /** A socket (struct bpf_sock) for contexts: fields by name, in the struct's own byte order. @throws MachineError `VM_INPUT` */
  socket(fields: SocketFields = {}): bigint {
    return this.outside().sockets.make(fields);
  }
  /** Reads a field of a struct that {@link Machine.struct} gave, by path. @throws MachineError `VM_TYPE` */
  field(type: string, address: bigint, path: string): unknown {
    return this.outside().structs.get(type, address, path);
  }
  /** Changes fields of such a struct. @throws MachineError `VM_TYPE` */
  setFields(type: string, address: bigint, fields: StructFields): void {
    this.outside().structs.set(type, address, fields);
  }
  /** Frees such a struct; programs that still follow the pointer fault. */
  free(address: bigint): boolean {
    return this.outside().structs.free(address);
  }
  /**
   * Replaces a helper or kernel function: what the machine cannot know, or has to answer in a certain way.
   * @param name with or without `bpf_`: "bpf_get_stackid", "bpf_sock_destroy"
   * @example machine.mock("bpf_sk_lookup_tcp", () => 0n)
   */
  mock(name: string, implementation: Mock): void {
    this.replaced().set(name.startsWith("bpf_") || !helperByName(name) ? name : `bpf_${name}`, implementation);
  }
}
