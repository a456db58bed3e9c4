/** Questions about declarations and parameters that the module builder asks. Pure. */
import type typescript from "typescript";
import { ts } from "../../source/typescript.js";
import { type HirType, isCompileTime, isScalar, pointerTo, typeKey } from "../types.js";
import type { FunctionNode } from "./lowering.js";

/** The name under which a loader shows what a module declares outside classes: "PacketFilter" for packet-filter.ts. */
export const moduleName = (file: string): string =>
  file
    .replace(/^.*\//, "")
    .replace(/(\.bpf)?\.[cm]?ts$/, "")
    .replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, _gap, letter: string) => letter.toUpperCase());

/** Structs and arrays travel as references. */
export const asValue = (type: HirType): HirType =>
  isScalar(type) || isCompileTime(type) || type.kind === "void" || type.kind === "error" ? type : pointerTo(type);

export const nameOf = (node: FunctionNode): string => {
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return named?.getText() ?? "function";
};

/** What of an argument a function is lowered anew for. */
export const placeKey = (type: HirType): string => (isCompileTime(type) ? typeKey(type) : String(isPacketMemory(type)));

export const isPacketMemory = (type: HirType): boolean => type.kind === "pointer" && type.packet === true;

/** A parameter's type, as packet memory where the argument is. */
export const placed = (type: HirType, given: HirType | undefined): HirType =>
  type.kind === "pointer" && given && isPacketMemory(given) ? { ...type, packet: true } : type;

/** Whether a property is written in the initialiser of a constant. */
export function isPartOfConstant(node: typescript.Node): boolean {
  let at: typescript.Node = node.parent;
  while (
    ts.isObjectLiteralExpression(at) ||
    ts.isPropertyAssignment(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isParenthesizedExpression(at)
  )
    at = at.parent;
  if (ts.isVariableDeclaration(at)) return (ts.getCombinedNodeFlags(at) & ts.NodeFlags.Const) !== 0;
  return ts.isPropertyDeclaration(at) && isReadonly(at);
}

export function isGlobalDeclaration(
  node: typescript.Declaration,
): node is typescript.PropertyDeclaration | typescript.VariableDeclaration {
  if (ts.isPropertyDeclaration(node)) return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Static) !== 0;
  return (
    ts.isVariableDeclaration(node) &&
    ts.isVariableDeclarationList(node.parent) &&
    ts.isSourceFile(node.parent.parent.parent)
  );
}

export const isReadonly = (node: typescript.PropertyDeclaration | typescript.VariableDeclaration): boolean =>
  ts.isPropertyDeclaration(node)
    ? (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Readonly) !== 0
    : (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0;
