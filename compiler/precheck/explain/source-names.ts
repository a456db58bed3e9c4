/**
 * Which variable a register holds, where a log shows source lines and nothing else. A line `T v = f(x);` says so of the
 * result of its one call, `T v = p->field;` of its one load; anything less clear says nothing: better no name than a false one.
 */
import { type Cell, operationOf } from "./operands.js";
import type { Story } from "./origin.js";
import { readRegister } from "./register-text.js";
import type { TraceStep } from "./trace.js";

interface Assigned {
  readonly name: string;
  /** What follows "=", without casts. */
  readonly value: string;
}

/** Text at depth 0 of brackets, split at `separator`. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? "";
    if ("([{".includes(c)) depth++;
    else if (")]}".includes(c)) depth--;
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const CAST =
  /^\((?:(?:const|volatile|struct|union|enum|unsigned|signed|long|short|int|char|void)\b\s*|(?:__)?[us](?:8|16|32|64)\s*|\w+_t\s*|\w+\s*(?=\*))+\**\s*\)\s*(?=[\w(*&])/;
const DECLARATOR =
  /^(?:(?:const|let|var)\s+([A-Za-z_$][\w$]*)(?:\s*:[^=]+)?|(?:[A-Za-z_]\w*[\s*]+)*\**\s*([A-Za-z_]\w*))\s*=(?!=)\s*(.+)$/s;

function withoutCasts(value: string): string {
  let text = value.trim();
  for (let next = text.replace(CAST, ""); next !== text; next = text.replace(CAST, "").trim()) text = next;
  const inner = /^\((.*)\)$/s.exec(text)?.[1];
  return inner !== undefined && split(inner, ")").length === 1 ? withoutCasts(inner) : text;
}

/** The variables that a line gives a value to, and the values. Lines of several statements or with braces say nothing. */
function assignments(line: string): Assigned[] {
  const text = line.replace(/\/\/.*$|\/\*.*?\*\//g, "").trim();
  const statements = split(text, ";").filter((part) => part.trim() !== "");
  const [statement = ""] = statements;
  if (statements.length !== 1 || /^(?:if|for|while|return|switch|else|asm)\b|[{}]/.test(statement)) return [];
  const parts = split(statement, ",");
  return parts.flatMap((part): Assigned[] => {
    const found = DECLARATOR.exec(part.trim());
    const name = found?.[1] ?? found?.[2];
    return found === null || name === undefined ? [] : [{ name, value: withoutCasts(found[3] ?? "") }];
  });
}

/** `f(a, &b)` and `o.m(x)`, with no call among its arguments. */
const WHOLE_CALL =
  /^[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)*\s*\(((?:[^()]|\(\s*[\w\s*]+\s*\)\s*(?=[\w&*]))*)\)$/;
/** `p->a.b`, `*p`, `a[1]`. */
const WHOLE_READ =
  /^\**\s*(?:[A-Za-z_$][\w$]*|\(\s*\([\w\s*]+\)\s*[A-Za-z_]\w*\s*\))(?:(?:\.|->)[A-Za-z_$][\w$]*|\[\w+\])*$/;
/** How fields of the context are called whose value is a packet pointer. */
const FIELDS: Readonly<Record<string, RegExp>> = {
  pkt: /\bdata$/,
  pkt_end: /\bdata_end$/,
  pkt_meta: /\bdata_meta$/,
};

/** The variable that `line` gives the value of one instruction to. @param type of the register after it, as the log has it */
export function assignedBy(line: string, text: string, type: string | undefined): string | undefined {
  const operation = operationOf(text);
  const all = assignments(line);
  if (operation.kind === "call") {
    const calls = all.filter(({ value }) => WHOLE_CALL.test(value));
    return all.length === 1 ? calls[0]?.name : undefined;
  }
  if (operation.kind !== "load") return undefined;
  const field = type === undefined ? undefined : FIELDS[type];
  if (field !== undefined) {
    const of = all.filter(({ value }) => field.test(value));
    // `ctx.packet.at(Header, 0)` is a load of the packet's start with a test.
    const made = all.filter(({ value }) => type === "pkt" && /\bpacket\.at\(\w+\s*(?:,\s*0)?\)$/.test(value));
    return of.length === 1 ? of[0]?.name : of.length === 0 && all.length === 1 ? made[0]?.name : undefined;
  }
  return all.length === 1 && WHOLE_READ.test(all[0]?.value ?? "") ? all[0]?.name : undefined;
}

/** Whether `line` may give the variable another value. */
export function mayAssign(line: string, name: string): boolean {
  const escaped = name.replace(/\$/g, "\\$");
  return new RegExp(
    `(?<![*\\w$.>])${escaped}\\s*(?:(?:[-+*/%&|^]|<<|>>>?)?=(?!=)|\\+\\+|--)|(?:\\+\\+|--)${escaped}\\b|&${escaped}\\b`,
  ).test(line);
}

/** A branch on a line that tests one variable alone: `if (!v)`, `if (v === undefined)`, `if (v == NULL)`. */
const ONE_TEST =
  /^(?:\}?\s*else\s+)?if\s*\(\s*(?:!\s*([A-Za-z_$][\w$]*)|([A-Za-z_$][\w$]*)\s*(?:[!=]==?\s*(?:NULL|null|undefined|0))?)\s*\)/;

/**
 * @param index the value is asked for right before this step
 * @returns the name of the variable that a line gave the value to, and no line since another value
 */
export function sourceName(steps: readonly TraceStep[], story: Story, index: number): string | undefined {
  for (const { at, step, operation } of story.chain) {
    if (at >= index) continue;
    // After a change the value is another one than that of the lines before.
    if (operation.kind === "change") break;
    const line = step.place?.text;
    const type =
      operation.kind === "call" ? undefined : typeAfter(steps, at, "to" in operation ? operation.to : undefined);
    const name = line === undefined ? undefined : assignedBy(line, step.text, type);
    if (name === undefined) continue;
    const others = steps.slice(at + 1, index + 1).filter((s) => s.place !== undefined && s.place.text !== line);
    return others.some((s) => mayAssign(s.place?.text ?? "", name)) ? undefined : name;
  }
  return undefined;
}

function typeAfter(steps: readonly TraceStep[], at: number, cell: Cell | undefined): string | undefined {
  const text = cell?.startsWith("r") ? steps[at + 1]?.before.get(Number(cell.slice(1))) : undefined;
  return text === undefined ? undefined : readRegister(text).type;
}

/** The one variable whose members a line reads or writes; undefined where there are several. @example soleRoot("eth.proto = 1") // "eth" */
export function soleRoot(line: string): string | undefined {
  // Types, enums and classes are capitalised; the context and the library's objects hold no packet bytes.
  const found = [...line.matchAll(/(?<![\w$.])([a-z_$][\w$]*)(?=\.|\[|->)/g)].map((m) => m[1]);
  const roots = new Set(found.filter((name) => name !== "ctx" && name !== "console" && name !== "atomic"));
  const [root] = roots;
  return roots.size === 1 ? root : undefined;
}

/** The variable that the line of a branch tests alone. */
export function testedAlone(step: TraceStep): string | undefined {
  if (operationOf(step.text).kind !== "branch") return undefined;
  const found = ONE_TEST.exec(step.place?.text.trim() ?? "");
  return found?.[1] ?? found?.[2];
}

/** The variable that the line of a branch tests alone, where the branch compares `cell` with 0. */
export function testedName(step: TraceStep, cell: Cell | undefined): string | undefined {
  const operation = operationOf(step.text);
  if (operation.kind !== "branch" || operation.left !== cell || !/^(0x)?0$/.test(operation.right)) return undefined;
  return testedAlone(step);
}
