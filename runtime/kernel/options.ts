/** Objects of options as JavaScript gives them: TypeScript checks them, a `.js` file does not. */
import { show } from "../btf/index.js";
import { BpfError, unknownName } from "./errors.js";

/** JavaScript types by name; "?" after it: may be left out. */
export type OptionTypes = Readonly<Record<string, "string" | "string?" | "number?" | "object?" | "array?" | "any?">>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fits(value: unknown, type: string): boolean {
  switch (type) {
    case "any":
      return true;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    default:
      return typeof value === type;
  }
}

/**
 * Refuses what are not the options.
 * @param what "attach of an XDP program"
 * @param example of right ones, as a user writes them
 * @throws BpfError ARGUMENT for no object, a missing option or one of another type; UNKNOWN_NAME for an unknown one
 */
export function options(what: string, given: unknown, types: OptionTypes, example: string): void {
  if (!isObject(given)) throw new BpfError("ARGUMENT", `${what} wants an object, as ${example}, not ${show(given)}`);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(types, name)) throw unknownName(`option of ${what}`, name, Object.keys(types));
  for (const [name, wanted] of Object.entries(types)) {
    const value = given[name];
    const type = wanted.replace("?", "");
    if (value === undefined && wanted !== type) continue;
    if (value === undefined) throw new BpfError("ARGUMENT", `${what} wants ${name}, as ${example}`);
    if (!fits(value, type))
      throw new BpfError(
        "ARGUMENT",
        `${what}: ${name} is ${show(value)}, not ${type === "any" ? "it" : articled(type)}`,
      );
  }
}

const articled = (type: string): string => `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
