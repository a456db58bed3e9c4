/**
 * What the verifier forgets between the rounds of a loop over packet data. A round that moves an offset by a length out of
 * the packet leaves another range of it on each path; since adding it to a pointer needs the range exactly, no state of a
 * round covers another, and their number multiplies from round to round. The offset's range means nothing anyway: each
 * access compares it. So at the end of a round the offset is made a number of which nothing is known, and all paths of a
 * round are one state. Loops whose end the verifier sees by another variable only, a counter.
 */

import type { Span } from "../../../diagnostics/diagnostic.js";
import { assign, localPlace, memory, read, readLocal, retype, statement } from "../../make.js";
import type { Expr, Local, Place, Slot, Stmt } from "../../nodes.js";
import { type HirType, INT, NUMBER, pointerTo } from "../../types.js";
import { visitExpression, visitStatements } from "../../visit.js";
import { CURSOR, CURSOR_SLOT, POSITION } from "../cursor.js";
import type { Lowering } from "../lowering.js";

export interface Round {
  readonly test: Expr | undefined;
  readonly body: readonly Stmt[];
  readonly update: readonly Stmt[];
  /** Locals made before the loop have ids up to this one. */
  readonly before: number;
  readonly span: Span;
}

/**
 * `update`, and after it what forgets the numbers that the rounds carry on: each is added the same zero, which is made
 * right before the loop.
 */
export function forgetting(fn: Lowering, round: Round): readonly Stmt[] {
  const facts = factsOf(round);
  if (!facts.readsPacket || !isCounted(round, facts)) return round.update;
  const kept = new Set(ends(round));
  const { before, span } = round;
  const places = [...facts.assigned.keys()]
    .filter((l) => l.id <= before && isForgotten(l.type) && !kept.has(l))
    .map((l): Place => localPlace(l))
    .concat(facts.fields)
    .concat(facts.cursors.filter((c) => c.kind === "slot" || isBefore(c, before)).map(positionOf));
  if (places.length === 0) return round.update;
  const slot = fn.slot("unknown", INT.u64, true, span);
  const zero = fn.local("unknown", NUMBER);
  fn.emit(statement(assign(localPlace(zero), { kind: "unknown", slot, type: NUMBER, span }, span)));
  const forget = (place: Place): Stmt => {
    const value: Expr = {
      kind: "forgotten",
      value: read(place, span),
      zero: readLocal(zero, span),
      type: place.type,
      span,
    };
    return statement(assign(place, value, span));
  };
  return [...round.update, ...places.map(forget)];
}

const positionOf = (cursor: Expr): Place => memory(retype(cursor, pointerTo(CURSOR)), POSITION, NUMBER);

interface Facts {
  /** Values that the rounds assign, by local. */
  readonly assigned: ReadonlyMap<Local, readonly Expr[]>;
  /** Locals that every round gives a value. */
  readonly moved: ReadonlySet<Local>;
  /** Fields of structs on the stack that the rounds assign: registers, as long as the struct's address goes nowhere. */
  readonly fields: readonly Place[];
  /** Cursors that are used, each once. */
  readonly cursors: readonly Expr[];
  /** Whether a round reads the packet at a computed offset. */
  readonly readsPacket: boolean;
}

function factsOf({ test, body, update }: Round): Facts {
  const assigned = new Map<Local, Expr[]>();
  let readsPacket = false;
  const cursors = new Map<Local | Slot, Expr>();
  const made = new Set<Slot>();
  const fields = new Map<string, PlaceIn>();
  const see = (e: Expr): void => {
    if (e.kind === "assign" && e.place.kind === "local") {
      const values = assigned.get(e.place.local) ?? [];
      values.push(e.value);
      assigned.set(e.place.local, values);
    }
    if (e.kind === "advance" && e.bytes.kind !== "const" && isPacket(e.type)) readsPacket = true;
    if (e.kind === "call" && e.args.some((a) => mayReadPacket(a.type))) readsPacket = true;
    if (e.kind === "sequence") for (const slot of slotsMade(e.body)) made.add(slot);
    if (e.kind === "assign" && isInSlot(e.place)) fields.set(`${e.place.base.slot.id}.${e.place.offset}`, e.place);
    if (e.type.kind !== "cursor") return;
    if (e.kind === "slot") cursors.set(e.slot, e);
    if (e.kind === "read" && e.place.kind === "local") cursors.set(e.place.local, e);
  };
  visitStatements(body, see);
  visitStatements(update, see);
  for (const slot of slotsMade(body)) made.add(slot);
  if (test) visitExpression(test, see);
  const carried = [...cursors].filter(([of]) => (of.kind === "slot" ? !made.has(of) : !assigned.has(of)));
  const outside = [...fields.values()].filter(
    (f) => f.base.slot.named && !made.has(f.base.slot) && isForgotten(f.type),
  );
  return {
    assigned,
    moved: movedEachRound({ body, update }),
    readsPacket,
    fields: outside,
    cursors: carried.map(([, cursor]) => cursor),
  };
}

const isPacket = (type: HirType): boolean => type.kind === "pointer" && type.packet === true;
const mayReadPacket = (type: HirType): boolean =>
  type.kind === "context" || type.kind === "packet" || type.kind === "cursor";

const isBefore = (cursor: Expr, before: number): boolean =>
  cursor.kind === "read" && cursor.place.kind === "local" && cursor.place.local.id <= before;

/** Locals that an expression reads. */
function localsIn(e: Expr): readonly Local[] {
  const found: Local[] = [];
  visitExpression(e, (part) => {
    if (part.kind === "read" && part.place.kind === "local") found.push(part.place.local);
  });
  return found;
}

const isForgotten = (type: HirType): boolean =>
  type.kind === "number" || type.kind === "int" || type.kind === "enum" || type.kind === "bool";

type PlaceIn = Extract<Place, { kind: "memory" }> & { readonly base: Extract<Expr, { kind: "slot" }> };
/** A field of a struct that is a variable: cursors are apart. */
const isInSlot = (place: Place): place is PlaceIn =>
  place.kind === "memory" && place.base.kind === "slot" && place.base.slot.name !== CURSOR_SLOT;

/** Stack memory whose life begins in a body. */
const slotsMade = (body: readonly Stmt[]): readonly Slot[] =>
  inner(body).flatMap((s) => (s.kind === "lifetime" && s.at === "start" ? [s.slot] : []));

/** Whether every value that the rounds give it is a constant, or its own and a constant. */
const isCounter = (local: Local, facts: Facts): boolean =>
  (facts.assigned.get(local) ?? []).every((value) => isStep(local, value, facts, DEPTH));

/** Copies of copies that are followed: `x++` makes one. */
const DEPTH = 4;

function isStep(local: Local, value: Expr, facts: Facts, depth: number): boolean {
  switch (value.kind) {
    case "const":
      return true;
    case "read": {
      if (value.place.kind !== "local") return false;
      if (value.place.local === local) return true;
      const copies = facts.assigned.get(value.place.local) ?? [];
      return depth > 0 && copies.length > 0 && copies.every((copy) => isStep(local, copy, facts, depth - 1));
    }
    case "convert":
      return isStep(local, value.value, facts, depth);
    case "sequence":
      return isStep(local, value.value, facts, depth);
    case "binary":
      return (
        (value.op === "add" || value.op === "sub") &&
        value.right.kind === "const" &&
        isStep(local, value.left, facts, depth)
      );
    default:
      return false;
  }
}

/** Whether a counter ends the loop: in its condition, or in an `if` of the body that leaves it. */
function isCounted({ test, body }: Round, facts: Facts): boolean {
  if (test && endsByCounter(test, facts, "and")) return true;
  return body.some((s) => s.kind === "if" && leaves(s.then) && endsByCounter(s.test, facts, "or"));
}

/** Whether the truth of one part decides, and that part compares a counter with a constant. */
function endsByCounter(test: Expr, facts: Facts, joined: "and" | "or"): boolean {
  switch (test.kind) {
    case "logical":
      return (
        test.op === joined && (endsByCounter(test.left, facts, joined) || endsByCounter(test.right, facts, joined))
      );
    case "not":
      return endsByCounter(test.value, facts, joined === "and" ? "or" : "and");
    case "sequence":
      return endsByCounter(test.value, facts, joined);
    case "compare":
      return (
        (isMoving(test.left, facts) && test.right.kind === "const") ||
        (isMoving(test.right, facts) && test.left.kind === "const")
      );
    default:
      return false;
  }
}

/** A counter that the rounds do move. */
function isMoving(e: Expr, facts: Facts): boolean {
  const value = e.kind === "convert" ? e.value : e;
  if (value.kind !== "read" || value.place.kind !== "local") return false;
  const { local } = value.place;
  return facts.moved.has(local) && isCounter(local, facts);
}

/** Locals that every round assigns: in its update, or in its body where no `continue` comes before. */
function movedEachRound({ body, update }: Pick<Round, "body" | "update">): ReadonlySet<Local> {
  const found = new Set<Local>();
  const see = (e: Expr): void => {
    if (e.kind === "assign" && e.place.kind === "local" && e.value.kind !== "const") found.add(e.place.local);
  };
  visitStatements(update, see);
  for (const s of body) {
    if (s.kind === "expr") visitExpression(s.value, see);
    if (inner([s]).some((part) => part.kind === "continue")) break;
  }
  return found;
}

const leaves = (then: readonly Stmt[]): boolean => {
  const last = then.at(-1);
  return (
    last !== undefined &&
    (last.kind === "break" || last.kind === "return" || (last.kind === "block" && leaves(last.body)))
  );
};

/** What ends this loop and the ones in it must stay known: locals of their conditions and of tests that leave them. */
function ends({ test, body }: { test?: Expr | undefined; body: readonly Stmt[] }): readonly Local[] {
  const own = (test ? boundsIn(test) : []).concat(
    body.flatMap((s) => (s.kind === "if" && leaves(s.then) ? boundsIn(s.test) : [])),
  );
  return own.concat(nestedLoops(body).flatMap((loop) => ends(loop)));
}

/** Locals that an expression compares with a constant. */
function boundsIn(test: Expr): Local[] {
  const found: Local[] = [];
  visitExpression(test, (e) => {
    if (e.kind !== "compare" || (e.left.kind !== "const" && e.right.kind !== "const")) return;
    found.push(...localsIn(e));
  });
  return found;
}

const nestedLoops = (body: readonly Stmt[]): Extract<Stmt, { kind: "loop" }>[] =>
  inner(body, false).flatMap((s) => (s.kind === "loop" ? [s] : []));

/** Statements of a body and of the statements in it; with `deep`, of its loops as well. */
function inner(body: readonly Stmt[], deep = true): readonly Stmt[] {
  return body.flatMap((s): readonly Stmt[] => {
    switch (s.kind) {
      case "loop":
        return deep ? [s, ...inner(s.body), ...inner(s.update)] : [s];
      case "if":
        return [s, ...inner(s.then, deep), ...inner(s.otherwise, deep)];
      case "block":
        return [s, ...inner(s.body, deep)];
      case "switch":
        return [s, ...s.clauses.flatMap((c) => inner(c.body, deep))];
      default:
        return [s];
    }
  });
}
