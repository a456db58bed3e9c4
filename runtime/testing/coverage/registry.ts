/**
 * The process's collector: vitest's coverage provider and the tests may load this package twice, so it is kept under a
 * registered symbol of globalThis. On only while a coverage run asks for it.
 */
import { Collector } from "./collect.js";

const KEY = Symbol.for("ebpftsc.coverage");
type Holder = { [KEY]?: Collector | undefined };

/** The collector that every test machine of this process adds to, or undefined when nobody measures. */
export function sharedCollector(): Collector | undefined {
  return (globalThis as Holder)[KEY];
}
/** Starts measuring. */
export function startShared(): void {
  (globalThis as Holder)[KEY] ??= new Collector();
}
/** Gives what was measured and starts anew. */
export function takeShared(): Collector | undefined {
  const collector = sharedCollector();
  if (collector !== undefined) (globalThis as Holder)[KEY] = new Collector();
  return collector;
}
