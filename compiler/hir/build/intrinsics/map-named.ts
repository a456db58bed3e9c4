/** Which map an expression names: a declaration, or a parameter or constant that stands for one. */
import type typescript from "typescript";
import type { HirMap } from "../../nodes.js";
import { quoted } from "../convert.js";
import { symbolOf } from "../expressions/identifier.js";
import type { Lowering } from "../lowering.js";

/** The map, if it is one. */
export function mapQuietly(fn: Lowering, node: typescript.Expression): HirMap | undefined {
  const symbol = symbolOf(fn, node);
  const binding = symbol && fn.lookup(symbol);
  return binding?.kind === "map" ? binding.map : symbol && fn.module.map(symbol);
}

/** The map; undefined after a diagnostic. */
export function mapNamed(fn: Lowering, node: typescript.Expression | undefined): HirMap | undefined {
  const symbol = node && symbolOf(fn, node);
  const map = node && mapQuietly(fn, node);
  if (!map && node && !(symbol && fn.module.isBroken(symbol)))
    fn.error("EB3004", node, `${quoted(node)} is not the name of a map`);
  return map;
}
