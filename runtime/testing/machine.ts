/** `machine()`: a software machine for a class, with its programs as functions and its maps by name. */
import { type BpfObject, readObject } from "../elf/index.js";
import type { FileUrl } from "../facts/platform-types.js";
import {
  type CountSink,
  Machine,
  type MachineOptions,
  type MapHandle,
  type RunInput,
  type RunResult,
  type StructFields,
} from "../vm/index.js";
import { Collector, type Coverage } from "./coverage/collect.js";
import { sharedCollector } from "./coverage/registry.js";
import { Recorder } from "./replay/record.js";
import { type MachineSource, nameOf, ObjectCache } from "./source.js";
import type { MapsOf, ProgramFunction, ProgramsOf } from "./types.js";

/** Options of {@link machine}. */
export interface TestMachineOptions extends Omit<MachineOptions, "coverage"> {
  /** Counts lines and branches for `vm.coverage()`, on every engine. Default: only under vitest's coverage. */
  readonly coverage?: boolean;
}

/** What every test machine has beside its programs. */
export interface TestMachineBase {
  /** The machine itself: tasks, user memory, reset. */
  readonly $: Machine;
  /** Where the object came from, and its bytes. */
  readonly origin: { readonly source: string; readonly object: Uint8Array };
  /** Records runs for replay files; `assert` starts and stops it. */
  readonly recorder: Recorder;
  /** A task_struct for programs to read, as `machine.makeTask`. @throws MachineError `VM_TYPE` */
  task(fields?: StructFields): bigint;
  /** Any kernel struct, as `machine.struct`. @throws MachineError `VM_TYPE` */
  struct(type: string, fields?: StructFields): bigint;
  /** Lines, branches and functions that ran, by file; empty without the option `coverage`. */
  coverage(): Coverage;
}
/** Machine of a class: `vm.filter(bytes)`, `vm.maps.stats`. */
export type TestMachine<C> = ProgramsOf<C> & TestMachineBase & { readonly maps: MapsOf<C> };
/** Machine of a file or of bytes, where the types do not know the names. */
export type UntypedTestMachine = TestMachineBase & { readonly maps: Readonly<Record<string, MapHandle>> } & Readonly<
    Record<string, ProgramFunction>
  >;

// A cache is no state that tests could see: the same file gives the same object.
const cache = new ObjectCache();

/** A sink for all that want to know what runs, or undefined when nobody does. */
function sinkOf(collectors: readonly (Collector | undefined)[], key: string, object: BpfObject): CountSink | undefined {
  const sinks = collectors.flatMap((collector) =>
    collector === undefined ? [] : [collector.sink(key, object.programs)],
  );
  if (sinks.length <= 1) return sinks[0];
  return {
    take: (program, counts) => {
      for (const sink of sinks) sink.take(program, counts);
    },
    pending: (flush) => {
      for (const sink of sinks) sink.pending(flush);
    },
  };
}

/**
 * Makes a machine; a class or a source file is compiled first, once. Programs are interpreted until compiling them to
 * WebAssembly pays (option `engine`, default "auto"); `vm.$.runner(name)` is the fastest way to run one.
 * A program called `maps`, `$`, `origin`, `recorder`, `task`, `struct` or `coverage` hides that member.
 * @param source the class itself, a `.ts` file, an object file, or its bytes
 * @throws TestingError `TEST_SOURCE`, `TEST_COMPILE`; what {@link loadObject} throws
 * @example
 * const vm = await machine(Firewall, { config: { blockedPort: 22 } });
 * expect(vm.filter(packet).action).toBe("drop");
 * expect(vm.maps.stats.get(0x0a000001)?.packets).toBe(1n);
 */
export function machine<C extends abstract new (...args: never[]) => unknown>(
  source: C,
  options?: TestMachineOptions,
): Promise<TestMachine<C>>;
export function machine(
  source: string | FileUrl | Uint8Array,
  options?: TestMachineOptions,
): Promise<UntypedTestMachine>;
export async function machine(source: MachineSource, options: TestMachineOptions = {}): Promise<unknown> {
  const { coverage, ...rest } = options;
  const object = await cache.load(source);
  const own = coverage === true ? new Collector() : undefined;
  const name = nameOf(source);
  const parsed = readObject(object);
  const sink = sinkOf([own, sharedCollector()], name, parsed);
  const vm = new Machine(parsed, { engine: "auto", ...rest, ...(sink === undefined ? {} : { coverage: sink }) });
  const recorder = new Recorder(vm);
  const runner =
    (program: string): ProgramFunction =>
    (input: Uint8Array | RunInput = {}): RunResult =>
      recorder.run(program, input instanceof Uint8Array ? { packet: input } : input);
  const base: Omit<TestMachineBase, "$"> = {
    origin: { source: name, object },
    recorder,
    task: (fields = {}) => vm.makeTask(fields),
    struct: (type, fields = {}) => vm.struct(type, fields),
    coverage: () => own?.coverage() ?? {},
  };
  const programs = vm.programs.map((program) => [program, runner(program)] as const);
  return { ...base, maps: Object.fromEntries(vm.maps), $: vm, ...Object.fromEntries(programs) };
}
