/**
 * Handlers: which static methods are programs, of which type, and in which ELF section. Section names are libbpf's
 * (tools/lib/bpf/libbpf.c, section_defs) in the spelling that Debian's 1.1 and newer ones both know.
 */
import type typescript from "typescript";
import { CONTEXTS } from "../../layout/contexts.js";
import { spanOf } from "../../source/span.js";
import { constantText, decoratorsOf, stdlibName } from "../../source/symbols.js";
import { ts } from "../../source/typescript.js";
import type { ProgramInfo } from "../nodes.js";
import { type HirType, pointerTo, typeName } from "../types.js";
import { quoted } from "./convert.js";
import type { ModuleLowering } from "./lowering.js";

export interface Handler {
  readonly info: ProgramInfo;
  /** The name that user code refers to it by. */
  readonly name: typescript.Node;
  /** A static method, or the function of `program.xdp(...)`. */
  readonly method: typescript.MethodDeclaration | typescript.ArrowFunction | typescript.FunctionExpression;
  /** Type of the context parameter. */
  readonly context: HirType;
}

interface Found {
  readonly name: string;
  readonly args: readonly string[];
}

/** The program decorator of a method. */
function decoratorOf(module: ModuleLowering, method: typescript.MethodDeclaration): Found | undefined {
  const found = decoratorsOf(module, method).find(({ name }) => name !== undefined && PROGRAM_KINDS.has(name));
  if (found?.name === undefined) return undefined;
  const args = texts(module, found.args);
  return args && { name: found.name, args };
}

/** Arguments of a decorator, or undefined after a diagnostic: what it does must be known when the object is built. */
function texts(module: ModuleLowering, nodes: readonly typescript.Expression[]): readonly string[] | undefined {
  const found = nodes.map((node) => {
    const text = constantText(module, node);
    if (text === undefined)
      module.diagnostics.report(
        "EB2012",
        spanOf(node),
        `${quoted(node)} is not a text that is known when the object is built`,
      );
    return text;
  });
  return found.every((text) => text !== undefined) ? found : undefined;
}

const PROGRAM_KINDS = new Set(["xdp", "tc", "tracepoint"]);

/** The handler that a method is, or undefined (after a diagnostic when it is a malformed one). */
export function handlerOf(
  module: ModuleLowering,
  owner: typescript.ClassDeclaration,
  method: typescript.MethodDeclaration,
): Handler | undefined {
  const found = decoratorOf(module, method);
  if (!found) return undefined;
  const className = owner.name?.text ?? "default";
  const methodName = method.name.getText();
  const problem = (message: string): undefined => {
    module.diagnostics.report("EB3001", spanOf(method.name), message);
    return undefined;
  };
  if ((ts.getCombinedModifierFlags(method) & ts.ModifierFlags.Static) === 0)
    return problem(`${methodName} is not static`);
  if (!method.body) return problem(`${methodName} has no body`);
  if (method.parameters.length > 1)
    return problem(`${methodName} has ${method.parameters.length} parameters; a handler has one, its context`);
  return handler(module, found, method, method.name, className, methodName);
}

/** The decorator-free form: `export const filter = program.xdp((ctx) => ...)`. */
export function programVariable(
  module: ModuleLowering,
  node: typescript.VariableDeclaration,
  className: string,
): Handler | undefined {
  const call = node.initializer;
  if (!call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const [owner, kind] = stdlibName(module, call.expression.name)?.split(".") ?? [];
  if (owner !== "program" || kind === undefined) return undefined;
  const fn = call.arguments.at(-1);
  if (!fn || !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn))) {
    module.diagnostics.report("EB3001", spanOf(call), `program.${kind} takes the function itself`);
    return undefined;
  }
  const args = texts(module, call.arguments.slice(0, -1));
  return args && handler(module, { name: kind, args }, fn, node.name, className, node.name.getText());
}

function handler(
  module: ModuleLowering,
  found: Found,
  method: Handler["method"],
  name: typescript.Node,
  className: string,
  methodName: string,
): Handler | undefined {
  const context = contextOf(module, found, method, methodName);
  if (!context) return undefined;
  const meaning = meaningOf(found);
  if (meaning) return { name, method, context, info: { className, methodName, ...meaning } };
  const message = `a tracepoint needs a category and a name, literals like ("syscalls", "sys_enter_mkdirat")`;
  module.diagnostics.report("EB3001", spanOf(name), message);
  return undefined;
}

/** Program type, section, attach point and context of a decorator; undefined for a tracepoint without a proper name. */
function meaningOf({ name, args }: Found): Omit<ProgramInfo, "className" | "methodName"> | undefined {
  if (name === "xdp") {
    const section = args[0] === "frags" ? "xdp.frags" : "xdp";
    return { kind: "xdp", section, context: { kind: "context", context: "xdp" }, contextStruct: CONTEXTS.xdp.struct };
  }
  if (name === "tc") {
    const attach = args[0] === "egress" ? "egress" : "ingress";
    const context = { kind: "context", context: "skb" } as const;
    return { kind: "tc", section: "tc", attach, context, contextStruct: CONTEXTS.skb.struct };
  }
  const [category = "", event = ""] = args;
  if (!/^\w+$/.test(category) || !/^\w+$/.test(event)) return undefined;
  const attach = `${category}/${event}`;
  const context = { kind: "context", context: "tracepoint" } as const;
  return { kind: "tracepoint", section: `tracepoint/${attach}`, attach, context, contextStruct: event };
}

function contextOf(
  module: ModuleLowering,
  found: Found,
  method: Handler["method"],
  methodName: string,
): HirType | undefined {
  const wanted: HirType = {
    kind: "context",
    context: found.name === "xdp" ? "xdp" : found.name === "tc" ? "skb" : "tracepoint",
  };
  const parameter = method.parameters[0];
  if (!parameter) return wanted;
  const type = module.types.resolve(module.checker.getTypeAtLocation(parameter.name), spanOf(parameter));
  if (type.kind === "error") return undefined;
  if (type.kind === "context" && type.context === wanted.context) return type;
  // A tracepoint's context is the struct of its format.
  if (found.name === "tracepoint" && type.kind === "struct") return { ...pointerTo(type), context: true };
  module.diagnostics.report(
    "EB3001",
    spanOf(parameter),
    `${methodName} takes ${typeName(wanted)}, not ${typeName(type)}`,
  );
  return undefined;
}
