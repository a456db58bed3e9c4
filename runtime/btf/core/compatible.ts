/**
 * Are a local type and a target type the same thing? Three questions of rising strictness, as libbpf's relo_core.c asks
 * them: for a field that is accessed, for a type that is looked for, and for TYPE_MATCHES.
 */
import type { Btf } from "../graph.js";
import type { BtfType } from "../types.js";
import { essentialName } from "./spec.js";

const MAX_DEPTH = 32;
const isEnum = (type: BtfType): boolean => type.kind === "enum" || type.kind === "enum64";
const isComposite = (type: BtfType): boolean => type.kind === "struct" || type.kind === "union";
const sameKind = (a: BtfType, b: BtfType): boolean => a.kind === b.kind || (isEnum(a) && isEnum(b));
const sameName = (a: BtfType, b: BtfType): boolean => essentialName(a.name) === essentialName(b.name);

/** May a field of the one type stand for a field of the other? Sizes may differ: they are relocated. */
export function fieldsCompatible(local: Btf, localId: number, target: Btf, targetId: number, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  const a = local.resolve(localId);
  const b = target.resolve(targetId);
  if (isComposite(a) && isComposite(b)) return true;
  if (!sameKind(a, b)) return false;
  switch (a.kind) {
    case "ptr":
    case "float":
      return true;
    case "fwd":
    case "enum":
    case "enum64":
      return a.name === "" || b.name === "" || sameName(a, b);
    case "int":
      // Old-style bit-fields inside integers are never compatible.
      return a.bitOffset === 0 && b.kind === "int" && b.bitOffset === 0;
    case "array":
      return b.kind === "array" && fieldsCompatible(local, a.element, target, b.element, depth + 1);
    default:
      return false;
  }
}

/** Is the target type what TYPE_EXISTS and TYPE_SIZE of the local type look for? */
export function typesCompatible(local: Btf, localId: number, target: Btf, targetId: number, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  const a = local.resolve(localId);
  const b = target.resolve(targetId);
  if (!sameKind(a, b)) return false;
  switch (a.kind) {
    case "int":
      return a.bitOffset === 0 && b.kind === "int" && b.bitOffset === 0;
    case "ptr":
      return b.kind === "ptr" && typesCompatible(local, a.type, target, b.type, depth + 1);
    case "array":
      return b.kind === "array" && typesCompatible(local, a.element, target, b.element, depth + 1);
    case "func_proto":
      return (
        b.kind === "func_proto" &&
        a.params.length === b.params.length &&
        a.params.every((p, i) => typesCompatible(local, p.type, target, b.params[i]?.type ?? 0, depth + 1)) &&
        typesCompatible(local, a.result, target, b.result, depth + 1)
      );
    default:
      return true;
  }
}

/** TYPE_MATCHES: every member that the local type has is in the target, with a matching type. */
export function typesMatch(
  local: Btf,
  localId: number,
  target: Btf,
  targetId: number,
  depth = 0,
  behind = false,
): boolean {
  if (depth > MAX_DEPTH) return false;
  const a = local.resolve(localId);
  const b = target.resolve(targetId);
  if (!sameName(a, b)) return false;
  // Behind a pointer a forward declaration is as good as the struct.
  if (behind && (a.kind === "fwd" || b.kind === "fwd"))
    return a.kind === "fwd" ? b.kind === "fwd" || isComposite(b) : isComposite(a);
  if (!sameKind(a, b)) return false;
  switch (a.kind) {
    case "int":
      return b.kind === "int" && a.size === b.size && a.signed === b.signed && a.bool === b.bool;
    case "ptr":
      return b.kind === "ptr" && typesMatch(local, a.type, target, b.type, depth + 1, true);
    case "array":
      return (
        b.kind === "array" &&
        a.length === b.length &&
        typesMatch(local, a.element, target, b.element, depth + 1, behind)
      );
    case "enum":
    case "enum64":
      return (
        (b.kind === "enum" || b.kind === "enum64") &&
        a.values.every((v) => b.values.some((w) => essentialName(w.name) === essentialName(v.name)))
      );
    case "struct":
    case "union":
      // Behind a pointer the name and kind suffice.
      if (behind) return true;
      return (
        (b.kind === "struct" || b.kind === "union") &&
        a.members.every((m) =>
          b.members.some((n) => n.name === m.name && typesMatch(local, m.type, target, n.type, depth + 1, false)),
        )
      );
    case "func_proto":
      return (
        b.kind === "func_proto" &&
        a.params.length === b.params.length &&
        a.params.every((p, i) => typesMatch(local, p.type, target, b.params[i]?.type ?? 0, depth + 1, behind)) &&
        typesMatch(local, a.result, target, b.result, depth + 1, behind)
      );
    default:
      return true;
  }
}
