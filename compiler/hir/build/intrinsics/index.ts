/**
 * Functions and methods of the stdlib (and of the tiny library) that the compiler lowers itself, by declaring class and
 * name. Stdlib code that is not here (header getters, csumFold) is compiled like the user's.
 */
import type typescript from "typescript";
import { ts } from "../../../source/typescript.js";
import type { Expr } from "../../nodes.js";
import type { HirType } from "../../types.js";
import type { Lowering } from "../lowering.js";
import { ATOMICS } from "./atomics.js";
import { CHECKSUM } from "./checksum.js";
import { CONSOLE } from "./console.js";
import { HELPER_FUNCTIONS } from "./helpers.js";
import { INTEGERS } from "./integers.js";
import { MAPS } from "./maps.js";
import { MATH } from "./math.js";
import { MEMORY } from "./memory.js";
import { PACKET } from "./packet.js";
import { RING_BUFFER } from "./ring-buffer.js";
import { SKB } from "./skb.js";
import { TAIL } from "./tail.js";
import { XDP } from "./xdp.js";

/** Lowers a call; `receiver` is what stands before the dot. */
export type Intrinsic = (
  fn: Lowering,
  call: typescript.CallExpression,
  receiver: typescript.Expression | undefined,
  want?: HirType,
) => Expr;

const TABLE: Readonly<Record<string, Intrinsic>> = {
  ...ATOMICS,
  ...CHECKSUM,
  ...CONSOLE,
  ...HELPER_FUNCTIONS,
  ...INTEGERS,
  ...MAPS,
  ...MATH,
  ...MEMORY,
  ...PACKET,
  ...RING_BUFFER,
  ...SKB,
  ...TAIL,
  ...XDP,
};

export function intrinsicFor(
  fn: Lowering,
  symbol: typescript.Symbol,
  declaration: typescript.Declaration,
): Intrinsic | undefined {
  const file = declaration.getSourceFile().fileName;
  if (!fn.module.isStdlib(declaration) && !file.endsWith("/tiny.lib.d.ts")) return undefined;
  const owner = ownerName(declaration);
  const key = owner ? `${owner}.${symbol.name}` : symbol.name;
  return Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
}

/** The class, interface or object literal's variable that a member belongs to. */
function ownerName(declaration: typescript.Declaration): string | undefined {
  const { parent } = declaration;
  if (ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent)) return parent.name?.text;
  if (ts.isObjectLiteralExpression(parent) && ts.isVariableDeclaration(parent.parent))
    return parent.parent.name.getText();
  return undefined;
}
