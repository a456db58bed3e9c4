/** Whether a function returns an address of its own frame, followed through variables and calls. Pure. */

import type { Expr, Local, Stmt } from "../nodes.js";
import { returnedValues, visitStatements } from "../visit.js";

export function returnsFrame(body: readonly Stmt[]): Expr | undefined {
  const assigned = new Map<Local, Expr[]>();
  visitStatements(body, (e) => {
    if (e.kind !== "assign" || e.place.kind !== "local" || e.place.type.kind !== "pointer") return;
    assigned.set(e.place.local, [...(assigned.get(e.place.local) ?? []), e.value]);
  });
  const open = new Set<Local>();
  const isFrame = (e: Expr): boolean => {
    if (e.type.kind !== "pointer") return false;
    switch (e.kind) {
      case "slot":
        return true;
      case "advance":
        return isFrame(e.pointer);
      case "sequence":
      case "present":
      case "opaque":
        return isFrame(e.value);
      case "conditional":
        return isFrame(e.whenTrue) || isFrame(e.whenFalse);
      case "call":
        return e.args.some(isFrame);
      case "read": {
        if (e.place.kind !== "local" || open.has(e.place.local)) return false;
        open.add(e.place.local);
        const found = (assigned.get(e.place.local) ?? []).some(isFrame);
        open.delete(e.place.local);
        return found;
      }
      default:
        return false;
    }
  };
  return returnedValues(body).find(isFrame);
}
