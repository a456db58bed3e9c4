/**
 * Model-based commands on a machine's map, for fast-check's `commands`: each does the same to the map and to a plain
 * JavaScript Map, and compares. Programs that work on the map can be mixed in with `programCommand`.
 */

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { codecFor } from "../../btf/index.js";
import { MapTypeId } from "../../facts/maps/index.js";
import { type Machine, MachineError, type RunInput, type RunResult } from "../../vm/index.js";
import { keysOf, valuesOfMap } from "../arbitraries/maps.js";
import { TestingError } from "../error.js";

/** What a map should hold: by key as text, since keys may be objects. */
export type MapModel = Map<string, { readonly key: unknown; readonly value: unknown }>;
export type MapCommand = fc.Command<MapModel, Machine>;

/** Text of a key or value, the same for equal ones. */
export function keyText(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === "bigint" ? `${v}n` : v instanceof Uint8Array ? `bytes ${Buffer.from(v).toString("hex")}` : v,
  );
}

const KEYED: readonly number[] = [MapTypeId.hash, MapTypeId.array];

function expectEqual(what: string, actual: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(actual, wanted))
    throw new TestingError("TEST_MODEL", `${what}: the map has ${keyText(actual)}, the model ${keyText(wanted)}`);
}

class SetCommand implements MapCommand {
  constructor(
    readonly map: string,
    readonly key: unknown,
    readonly value: unknown,
    readonly limit: number,
  ) {}
  check(): boolean {
    return true;
  }
  run(model: MapModel, machine: Machine): void {
    const name = keyText(this.key);
    const full = !model.has(name) && model.size >= this.limit;
    try {
      machine.map(this.map).set(this.key, this.value);
    } catch (error) {
      // A full hash refuses new keys, and nothing else may fail.
      if (full && error instanceof MachineError && error.code === "VM_MAP_OPERATION") return;
      throw error;
    }
    if (full) throw new TestingError("TEST_MODEL", `${this}: a full map took a new key`);
    model.set(name, { key: this.key, value: this.value });
  }
  toString(): string {
    return `${this.map}.set(${keyText(this.key)}, ${keyText(this.value)})`;
  }
}
class DeleteCommand implements MapCommand {
  constructor(
    readonly map: string,
    readonly key: unknown,
  ) {}
  check(): boolean {
    return true;
  }
  run(model: MapModel, machine: Machine): void {
    expectEqual(`${this}`, machine.map(this.map).delete(this.key), model.delete(keyText(this.key)));
  }
  toString(): string {
    return `${this.map}.delete(${keyText(this.key)})`;
  }
}
class GetCommand implements MapCommand {
  constructor(
    readonly map: string,
    readonly key: unknown,
  ) {}
  check(): boolean {
    return true;
  }
  run(model: MapModel, machine: Machine): void {
    expectEqual(`${this}`, machine.map(this.map).get(this.key), model.get(keyText(this.key))?.value);
  }
  toString(): string {
    return `${this.map}.get(${keyText(this.key)})`;
  }
}
class WholeCommand implements MapCommand {
  constructor(readonly map: string) {}
  check(): boolean {
    return true;
  }
  run(model: MapModel, machine: Machine): void {
    const whole = [...machine.map(this.map)].map(([key, value]) => `${keyText(key)}=${keyText(value)}`).sort();
    expectEqual(
      `entries of ${this.map}`,
      whole,
      [...model.values()].map(({ key, value }) => `${keyText(key)}=${keyText(value)}`).sort(),
    );
  }
  toString(): string {
    return `entries of ${this.map}`;
  }
}

/** A value as it comes back from memory: of a union, all members. */
function asRead(machine: Machine, type: number, value: unknown): unknown {
  const { btf } = machine.object;
  if (btf === undefined || type === 0) return value;
  const codec = codecFor(btf, type);
  const bytes = new Uint8Array(codec.size);
  codec.encode(value, bytes, 0);
  return codec.decode(bytes, 0);
}

/**
 * Commands on a hash or array: set, delete (hashes), get, all entries.
 * @throws TestingError `TEST_TYPE` for a map of another type
 * @example
 * fc.assert(fc.property(fc.commands(mapCommands(vm.$, "ports")), (commands) =>
 *   fc.modelRun(() => ({ model: mapModel(vm.$, "ports"), real: vm.$ }), commands)));
 */
export function mapCommands(machine: Machine, map: string): fc.Arbitrary<MapCommand>[] {
  const def = machine.object.maps.find((m) => m.name === map);
  if (def === undefined || !KEYED.includes(def.type))
    throw new TestingError("TEST_TYPE", `model-based commands are for hashes and arrays, not for ${map}`);
  // Few keys, so that commands meet each other's entries.
  const sampled = fc.sample(keysOf(machine, map), { numRuns: Math.min(12, def.maxEntries + 4), seed: 1 });
  const keys = fc.constantFrom(...sampled.map((key) => asRead(machine, def.keyType, key)));
  const values = valuesOfMap(machine, map).map((value) => asRead(machine, def.valueType, value));
  return [
    fc.tuple(keys, values).map(([key, value]) => new SetCommand(map, key, value, def.maxEntries)),
    keys.map((key) => new GetCommand(map, key)),
    fc.constant(new WholeCommand(map)),
    ...(def.type === MapTypeId.hash ? [keys.map((key) => new DeleteCommand(map, key))] : []),
  ];
}

/** The model of a map, emptied first (arrays keep their initial values). */
export function mapModel(machine: Machine, map: string): MapModel {
  machine.map(map).clear();
  return new Map([...machine.map(map)].map(([key, value]) => [keyText(key), { key, value }]));
}

/**
 * A command that runs a program and says what that does to the model.
 * @param apply changes the model as the program should have changed the map, or throws
 */
export function programCommand(
  program: string,
  inputs: fc.Arbitrary<RunInput>,
  apply: (model: MapModel, result: RunResult, input: RunInput) => void,
): fc.Arbitrary<MapCommand> {
  return inputs.map((input) => ({
    check: () => true,
    run(model: MapModel, machine: Machine): void {
      apply(model, machine.run(program, input), input);
    },
    toString: () => `${program}(${keyText(input)})`,
  }));
}
