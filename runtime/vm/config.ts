/** Initial values of globals: finds variables in the BTF of data sections and writes them. */
import { codecFor, intValue } from "../btf/index.js";
import type { BpfObject } from "../elf/index.js";
import { MachineError } from "./errors.js";
import { ArrayMap } from "./maps/array.js";
import type { VmMap } from "./maps/map.js";
import type { ConfigValue } from "./options.js";

interface Variable {
  readonly map: VmMap;
  readonly offset: number;
  readonly typeId: number;
}

/** Names that users may write: TypeScript's `Class.member` is emitted as `Class.member` or `Class_member`. */
function matches(symbol: string, wanted: string): boolean {
  return symbol === wanted || symbol.split(/[.$]/).at(-1) === wanted;
}

function findVariable(object: BpfObject, maps: readonly VmMap[], name: string): Variable | undefined {
  for (const map of maps) {
    if (map.def.data === undefined) continue;
    if (map.def.section === ".kconfig") {
      const variable = object.kconfig.find((v) => matches(v.name, name));
      if (variable !== undefined) return { map, offset: variable.offset, typeId: variable.typeId };
      continue;
    }
    const found = map.def.variables?.find((v) => matches(v.name, name));
    if (found !== undefined) return { map, offset: found.offset, typeId: found.typeId };
  }
  return undefined;
}

/**
 * Writes config values.
 * @throws MachineError `VM_CONFIG` for a name that no global has, or a value that does not fit
 */
export function applyConfig(
  object: BpfObject,
  maps: readonly VmMap[],
  config: Readonly<Record<string, ConfigValue>>,
): void {
  for (const [name, value] of Object.entries(config)) {
    const variable = object.btf === undefined ? undefined : findVariable(object, maps, name);
    if (variable === undefined || object.btf === undefined)
      throw new MachineError("VM_CONFIG", `the object has no global ${name}`);
    if (!(variable.map instanceof ArrayMap) || variable.map.def.data === undefined) continue;
    try {
      // Into the initial data too: `clear` of the map and resets keep the setting.
      codecFor(object.btf, variable.typeId).encode(
        intValue(object.btf, variable.typeId, value),
        variable.map.def.data,
        variable.offset,
      );
    } catch (error) {
      throw new MachineError("VM_CONFIG", `${name}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    variable.map.reset();
  }
}
