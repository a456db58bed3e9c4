/**
 * Ring buffer records that a path reserves and never submits or discards (EB5011; check_reference_leak of
 * kernel/bpf/verifier.c). Input: typed functions. Invariant: what is reported leaks on a path whose branches need not
 * agree with one another; where two tests might depend on each other nothing is said, and the pre-check decides.
 */
import { HelperId } from "../../runtime/facts/helpers/index.js";
import { assertNever, type Diagnostics, type Span } from "../diagnostics/diagnostic.js";
import type { Expr, HirFunction, HirModule, Place, Stmt } from "../hir/nodes.js";
import { visitStatements } from "../hir/visit.js";
import {
  isOwed,
  join,
  type Quiet,
  RELEASED,
  RecordState,
  type Site,
  type Stretch,
  UNKNOWN,
  UNTESTED,
} from "./record-state.js";

const reserves = (helper: number): boolean => helper === HelperId.ringbuf_reserve;
const releases = (helper: number): boolean => helper === HelperId.ringbuf_submit || helper === HelperId.ringbuf_discard;

export function checkRecords(module: HirModule, diagnostics: Diagnostics): void {
  const releasing = releasingFunctions(module);
  for (const fn of module.functions) if (fn.inline !== "always") new RecordWalk(fn, releasing).report(diagnostics);
}

/** Functions that release a record themselves or through what they call. */
function releasingFunctions(module: HirModule): ReadonlySet<string> {
  const calls = new Map<string, Set<string>>();
  const found = new Set<string>();
  for (const fn of module.functions) {
    const callees = new Set<string>();
    calls.set(fn.name, callees);
    visitStatements(fn.body, (e) => {
      if (e.kind === "helper" && releases(e.helper)) found.add(fn.name);
      if (e.kind === "call") callees.add(e.callee);
    });
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [name, callees] of calls) if ([...callees].some((c) => found.has(c))) found.add(name);
  }
  return found;
}

interface Leak {
  readonly site: Site;
  readonly span: Span;
  readonly quiet: Quiet | undefined;
}

interface Targets {
  readonly breaks: RecordState[];
  readonly continues: RecordState[];
}

const isIn = ({ since, loops }: Quiet, at: number): boolean =>
  at >= since || [...loops].some(({ from, to }) => at >= from && at < to);

class RecordWalk {
  private now = 0;
  private readonly leaks: Leak[] = [];
  private readonly targets = new Map<number, Targets>();

  constructor(
    private readonly fn: HirFunction,
    private readonly releasing: ReadonlySet<string>,
  ) {}

  report(diagnostics: Diagnostics): void {
    const state = RecordState.empty();
    this.statements(this.fn.body, state);
    this.leave(state, undefined);
    const told = new Set<string>();
    for (const { site, span, quiet } of this.leaks) {
      if (quiet !== undefined && site.mentions.some((m) => isIn(quiet, m))) continue;
      const key = `${span.line}:${span.column}`;
      if (told.has(key)) continue;
      told.add(key);
      const what = site.name === undefined ? "the record" : `\`${site.name}\``;
      diagnostics.report("EB5011", span, `${what} is neither submitted nor discarded on a path that ends here`, {
        related: [{ message: "reserved here", span: site.span }],
      });
    }
  }

  /** A path ends: what it still holds is lost. Without a place of its own the end is told at the reservation. */
  private leave(state: RecordState, span: Span | undefined): void {
    if (state.dead) return;
    for (const [site, held] of state.sites)
      if (isOwed(held))
        this.leaks.push({ site, span: span ?? site.span, quiet: held.kind === "some" ? held.quiet : undefined });
  }

  private statements(body: readonly Stmt[], state: RecordState): void {
    for (const s of body) if (!state.dead) this.statement(s, state);
  }

  private statement(s: Stmt, state: RecordState): void {
    switch (s.kind) {
      case "expr":
        this.value(s.value, state);
        return;
      case "if": {
        const [yes, no] = this.condition(s.test, state);
        this.statements(s.then, yes);
        this.statements(s.otherwise, no);
        return state.become(join(yes, no, this.now));
      }
      case "loop":
        return this.loop(s, state);
      case "block": {
        const { breaks } = this.within(s.label, () => this.statements(s.body, state));
        return state.become(this.joined([state, ...breaks]));
      }
      case "switch":
        return this.choice(s, state);
      case "break":
      case "continue": {
        const target = this.targets.get(s.label);
        (s.kind === "break" ? target?.breaks : target?.continues)?.push(state.copy());
        state.dead = true;
        return;
      }
      case "return": {
        const site = s.value && this.value(s.value, state);
        if (site) state.sites.set(site, UNKNOWN);
        this.leave(state, s.span);
        state.dead = true;
        return;
      }
      case "zero":
      case "fill":
        this.value(s.address, state);
        return;
      case "copy":
        this.value(s.to, state);
        this.value(s.from, state);
        return;
      case "lifetime":
        return;
      default:
        return assertNever(s, "analysis");
    }
  }

  private within(label: number, walk: () => void): Targets {
    const target: Targets = { breaks: [], continues: [] };
    this.targets.set(label, target);
    walk();
    return target;
  }

  private joined(states: readonly RecordState[]): RecordState {
    return states.reduce((a, b) => join(a, b, this.now));
  }

  private loop(s: Extract<Stmt, { kind: "loop" }>, state: RecordState): void {
    const start = this.now;
    const before = new Set(state.sites.keys());
    const exits: RecordState[] = [];
    let round = state.copy();
    if (s.test && !s.testAfter) {
      const [yes, no] = this.condition(s.test, round);
      round = yes;
      exits.push(no);
    }
    const { breaks, continues } = this.within(s.label, () => this.statements(s.body, round));
    let back = this.joined([round, ...continues]);
    this.statements(s.update, back);
    if (s.test && s.testAfter) {
      const [again, no] = this.condition(s.test, back);
      exits.push(no);
      back = again;
    }
    const endless = s.test === undefined || (s.test.kind === "const" && s.test.value !== 0n);
    const after = endless ? breaks : [...exits, ...(s.testAfter ? [] : [back]), ...breaks];
    const none = state.copy();
    none.dead = true;
    state.become(this.joined([none, ...after]));
    // Another round may release what this one leaves: the loop's mentions count too, but those of a newer record do not.
    const around: Stretch = { from: start + 1, to: this.now + 1 };
    for (const [site, held] of state.sites) {
      if (held.kind !== "some") continue;
      const loop = before.has(site) ? around : { from: around.from, to: site.order };
      state.sites.set(site, { kind: "some", quiet: { ...held.quiet, loops: new Set(held.quiet.loops).add(loop) } });
    }
  }

  private choice(s: Extract<Stmt, { kind: "switch" }>, state: RecordState): void {
    this.value(s.value, state);
    const entry = state.copy();
    const fallen = entry.copy();
    fallen.dead = true;
    const { breaks } = this.within(s.label, () => {
      for (const clause of s.clauses) {
        fallen.become(join(fallen, entry, this.now));
        this.statements(clause.body, fallen);
      }
    });
    const missed = s.clauses.some((c) => c.isDefault) ? [] : [entry];
    state.become(this.joined([fallen, ...missed, ...breaks]));
  }

  /** Evaluates a test. @returns the states where it holds and where it does not */
  private condition(e: Expr, state: RecordState): readonly [RecordState, RecordState] {
    switch (e.kind) {
      case "const": {
        const [yes, no] = [state.copy(), state.copy()];
        if (e.value === 0n) yes.dead = true;
        else no.dead = true;
        return [yes, no];
      }
      case "not": {
        const [yes, no] = this.condition(e.value, state);
        return [no, yes];
      }
      case "logical": {
        const [yes, no] = this.condition(e.left, state);
        const [rightYes, rightNo] = this.condition(e.right, e.op === "and" ? yes : no);
        return e.op === "and" ? [rightYes, join(no, rightNo, this.now)] : [join(yes, rightYes, this.now), rightNo];
      }
      case "sequence":
        this.statements(e.body, state);
        return this.condition(e.value, state);
      case "compare": {
        const left = this.value(e.left, state);
        const right = this.value(e.right, state);
        const [yes, no] = [state.copy(), state.copy()];
        const site = e.right.kind === "null" ? left : e.left.kind === "null" ? right : undefined;
        if (site && (e.predicate === "eq" || e.predicate === "ne")) {
          yes.narrow(site, e.predicate === "ne");
          no.narrow(site, e.predicate === "eq");
        }
        return [yes, no];
      }
      default:
        this.value(e, state);
        return [state.copy(), state.copy()];
    }
  }

  /** Evaluates an expression. @returns the record that it is, if it is one */
  private value(e: Expr, state: RecordState): Site | undefined {
    switch (e.kind) {
      case "read":
        return this.read(e.place, state);
      case "assign":
        return this.assign(e, state);
      case "present":
      case "opaque":
        return this.value(e.value, state);
      case "binary":
      case "difference":
        this.value(e.left, state);
        this.value(e.right, state);
        return undefined;
      case "compare":
      case "logical":
      case "not": {
        const [yes, no] = this.condition(e, state);
        state.become(join(yes, no, this.now));
        return undefined;
      }
      case "convert":
      case "bswap":
      case "fits":
      case "constant":
        this.value(e.value, state);
        return undefined;
      case "conditional":
        return this.conditional(e, state);
      case "forgotten":
        this.value(e.value, state);
        return undefined;
      case "advance":
        this.value(e.pointer, state);
        this.value(e.bytes, state);
        return undefined;
      case "call": {
        const sites = e.args.flatMap((arg) => this.value(arg, state) ?? []);
        const kept = !this.releasing.has(e.callee) && e.type.kind !== "pointer";
        if (!kept) for (const site of sites) state.sites.set(site, UNKNOWN);
        return undefined;
      }
      case "helper":
        return this.helper(e, state);
      case "atomic":
        this.place(e.place, state);
        this.value(e.value, state);
        if (e.expected) this.value(e.expected, state);
        return undefined;
      case "sequence":
        this.statements(e.body, state);
        return this.value(e.value, state);
      case "const":
      case "null":
      case "text":
      case "slot":
      case "unknown":
      case "global":
      case "context":
        return undefined;
      default:
        return assertNever(e, "analysis");
    }
  }

  private place(place: Place, state: RecordState): void {
    if (place.kind === "memory") this.value(place.base, state);
  }

  private read(place: Place, state: RecordState): Site | undefined {
    this.now++;
    if (place.kind !== "local") {
      this.place(place, state);
      return undefined;
    }
    const site = state.locals.get(place.local.id);
    site?.mentions.push(this.now);
    return site;
  }

  private assign(e: Extract<Expr, { kind: "assign" }>, state: RecordState): Site | undefined {
    const site = this.value(e.value, state);
    if (e.place.kind === "memory") {
      this.place(e.place, state);
      if (site) state.sites.set(site, UNKNOWN);
      return site;
    }
    const { id, name } = e.place.local;
    if (site) {
      state.locals.set(id, site);
      if (e.value.kind === "read" || e.value.kind === "sequence") site.name = name;
    } else state.locals.delete(id);
    return site;
  }

  private conditional(e: Extract<Expr, { kind: "conditional" }>, state: RecordState): Site | undefined {
    const [yes, no] = this.condition(e.test, state);
    const a = this.value(e.whenTrue, yes);
    const b = this.value(e.whenFalse, no);
    state.become(join(yes, no, this.now));
    if (a === b) return a;
    for (const site of [a, b]) if (site) state.sites.set(site, UNKNOWN);
    return undefined;
  }

  private helper(e: Extract<Expr, { kind: "helper" }>, state: RecordState): Site | undefined {
    const sites = e.args.map((arg) => this.value(arg, state));
    this.now++;
    if (reserves(e.helper)) {
      const site: Site = { span: e.span, order: this.now, mentions: [], name: undefined };
      state.sites.set(site, UNTESTED);
      return site;
    }
    const [first] = sites;
    if (first && releases(e.helper)) state.sites.set(first, RELEASED);
    return undefined;
  }
}
