/**
 * What is known at one place of a function about the ring buffer records that it reserved: which locals hold them, and
 * whether they are still to be submitted. A lattice that only claims what holds on some real path.
 */
import type { Span } from "../diagnostics/diagnostic.js";

/** One `reserve` in the source. */
export interface Site {
  readonly span: Span;
  /** When the walk met it. */
  readonly order: number;
  /** When its record was named: reads of locals that hold it. */
  readonly mentions: number[];
  /** The user's name of it. */
  name: string | undefined;
}

/** A part of the walk, by its order; the end is exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}
/** Where the record must not be named, else nothing is claimed: since the paths met, and in the loops around it. */
export interface Quiet {
  readonly since: number;
  readonly loops: ReadonlySet<Stretch>;
}

/**
 * untested: reserved, null or not. held: certainly there. null: the reservation failed. released: submitted or discarded.
 * some: held on a path that leads here, released or never reserved on another. unknown: it went where this does not follow.
 */
export type Held =
  | { readonly kind: "untested" | "held" | "null" | "released" | "unknown" }
  | { readonly kind: "some"; readonly quiet: Quiet };

export const UNTESTED: Held = { kind: "untested" };
export const HELD: Held = { kind: "held" };
export const NULL: Held = { kind: "null" };
export const RELEASED: Held = { kind: "released" };
export const UNKNOWN: Held = { kind: "unknown" };

/** Not released for certain, on one path at least. */
export const isOwed = (held: Held): boolean => held.kind === "untested" || held.kind === "held" || held.kind === "some";

export class RecordState {
  private constructor(
    /** Local id -> the record that it holds, on some path at least. */
    readonly locals: Map<number, Site>,
    readonly sites: Map<Site, Held>,
    /** No path leads here. */
    dead: boolean,
  ) {
    this.dead = dead;
  }
  dead: boolean;

  static empty(): RecordState {
    return new RecordState(new Map(), new Map(), false);
  }
  copy(): RecordState {
    return new RecordState(new Map(this.locals), new Map(this.sites), this.dead);
  }
  /** Takes another state's place. */
  become(other: RecordState): void {
    this.locals.clear();
    for (const [local, site] of other.locals) this.locals.set(local, site);
    this.sites.clear();
    for (const [site, held] of other.sites) this.sites.set(site, held);
    this.dead = other.dead;
  }
  /** A test of the record's pointer came out so. */
  narrow(site: Site, present: boolean): void {
    if (this.sites.get(site)?.kind === "untested") this.sites.set(site, present ? HELD : NULL);
  }
}

/** What holds where two paths meet. @param now when the walk is there */
export function join(a: RecordState, b: RecordState, now: number): RecordState {
  if (a.dead) return b.copy();
  if (b.dead) return a.copy();
  const out = a.copy();
  for (const site of new Set([...a.sites.keys(), ...b.sites.keys()]))
    out.sites.set(site, meet(a.sites.get(site), b.sites.get(site), now));
  // A local may hold its record on one path only; one that may hold either of two is not followed.
  for (const [local, site] of b.locals) {
    const other = out.locals.get(local) ?? site;
    out.locals.set(local, other);
    if (other === site) continue;
    out.sites.set(site, UNKNOWN);
    out.sites.set(other, UNKNOWN);
  }
  return out;
}

function meet(a: Held | undefined, b: Held | undefined, now: number): Held {
  const kinds = [a?.kind ?? "absent", b?.kind ?? "absent"];
  const has = (kind: Held["kind"] | "absent"): boolean => kinds.includes(kind);
  if (has("unknown")) return UNKNOWN;
  if (kinds[0] === kinds[1] && a !== undefined && a.kind !== "some") return a;
  const owed = (a !== undefined && isOwed(a)) || (b !== undefined && isOwed(b));
  if (!owed) return RELEASED;
  if (!has("some") && !has("released") && !has("absent")) return UNTESTED;
  const earlier = [a, b].flatMap((held) => (held?.kind === "some" ? [held.quiet] : []));
  const since = Math.min(now + 1, ...earlier.map((q) => q.since));
  return { kind: "some", quiet: { since, loops: new Set(earlier.flatMap((q) => [...q.loops])) } };
}
