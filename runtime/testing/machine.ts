/** `machine()`: a software machine for a class, with its programs as functions and its maps by name. */
import {
  loadObject,
  type Machine,
  type MachineOptions,
  type MapHandle,
  type RunInput,
  type RunResult,
} from "../vm/index.js";
import { type MachineSource, ObjectCache } from "./source.js";
import type { MapsOf, ProgramFunction, ProgramsOf } from "./types.js";

/** What every test machine has beside its programs. */
export interface TestMachineBase {
  /** The machine itself: tasks, user memory, reset. */
  readonly $: Machine;
}
/** Machine of a class: `vm.filter(bytes)`, `vm.maps.stats`. */
export type TestMachine<C> = ProgramsOf<C> & TestMachineBase & { readonly maps: MapsOf<C> };
/** Machine of a file or of bytes, where the types do not know the names. */
export type UntypedTestMachine = TestMachineBase & { readonly maps: Readonly<Record<string, MapHandle>> } & Readonly<
    Record<string, ProgramFunction>
  >;

// A cache is no state that tests could see: the same file gives the same object.
const cache = new ObjectCache();

/** Runs one program of a machine with a frame or a whole input. */
function runner(machine: Machine, name: string): ProgramFunction {
  return (input: Uint8Array | RunInput = {}): RunResult =>
    machine.run(name, input instanceof Uint8Array ? { packet: input } : input);
}

/**
 * Makes a machine; a class or a source file is compiled first, once. Programs are interpreted until compiling them to
 * WebAssembly pays (option `engine`, default "auto"); `vm.$.runner(name)` is the fastest way to run one.
 * @param source the class itself, a `.ts` file, an object file, or its bytes
 * @throws TestingError `TEST_SOURCE`, `TEST_COMPILE`; what {@link loadObject} throws
 * @example
 * const vm = await machine(Firewall, { config: { blockedPort: 22 } });
 * expect(vm.filter(packet).action).toBe("drop");
 * expect(vm.maps.stats.get(0x0a000001)?.packets).toBe(1n);
 */
export function machine<C extends abstract new (...args: never[]) => unknown>(
  source: C,
  options?: MachineOptions,
): Promise<TestMachine<C>>;
export function machine(source: string | URL | Uint8Array, options?: MachineOptions): Promise<UntypedTestMachine>;
export async function machine(source: MachineSource, options: MachineOptions = {}): Promise<unknown> {
  const vm = loadObject(await cache.load(source), { engine: "auto", ...options });
  const programs = vm.programs.map((name) => [name, runner(vm, name)] as const);
  return { ...Object.fromEntries(programs), maps: Object.fromEntries(vm.maps), $: vm };
}
