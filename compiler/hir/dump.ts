/** HirModule -> an outline as text, for whoever works on the compiler: `ebpftsc build --emit hir`. Not a format to parse. */
import { basename } from "node:path";
import type { Span } from "../diagnostics/diagnostic.js";
import type { HirModule } from "./nodes.js";
import { type HirType, typeName } from "./types.js";

/** Members whose value is a type: shown by its name. */
const TYPES: ReadonlySet<string> = new Set(["type", "returns", "key", "value", "record", "element", "to"]);
const typeKinds = new Set(
  "int number error bigint bool void enum struct array pointer address context packet cursor".split(" "),
);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSpan = (value: Readonly<Record<string, unknown>>): boolean => "line" in value && "endColumn" in value;
const isType = (name: string, value: Readonly<Record<string, unknown>>): boolean =>
  TYPES.has(name) && typeof value["kind"] === "string" && typeKinds.has(value["kind"]) && !("span" in value);

/** Text of a value that fits on its line; undefined for what needs lines of its own. */
function inline(name: string, value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : undefined;
  if (!isObject(value)) return typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? "undefined");
  if (isSpan(value)) {
    const { file, line, column } = value as unknown as Span;
    return `${basename(file)}:${line}:${column}`;
  }
  if (isType(name, value)) return typeName(value as unknown as HirType);
  // Named once where it is declared, by number where it is used.
  if ((value["kind"] === "local" || value["kind"] === "slot") && "id" in value && name !== "declared")
    return `${value["kind"]} ${String(value["id"])} ${String(value["name"])}`;
  return undefined;
}

function outline(indent: string, name: string, value: unknown, open: ReadonlySet<unknown>): string {
  const text = inline(name, value);
  if (text !== undefined) return `${indent}${name}: ${text}\n`;
  if (open.has(value)) return `${indent}${name}: (as above)\n`;
  const inside = new Set(open).add(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const part = name === "params" || name === "locals" || name === "slots" ? "declared" : "-";
    return `${indent}${name}:\n${value.map((v) => outline(deeper, part, v, inside)).join("")}`;
  }
  const { kind, ...rest } = value as Record<string, unknown>;
  const members = Object.entries(rest).filter(([, v]) => v !== undefined);
  return `${indent}${name}:${typeof kind === "string" ? ` ${kind}` : ""}\n${members
    .map(([n, v]) => outline(deeper, n, v, inside))
    .join("")}`;
}

/** The module's functions with every node, maps and globals. */
export function dumpHir(module: HirModule): string {
  return outline("", "module", module, new Set());
}
