/**
 * Names of JavaScript's run time: the type checker does not know them here (the compiler's library has only what
 * programs have), and says so in words that do not help. Each gets the BPF way where there is one.
 */
import type { Diagnostic, Diagnostics } from "../diagnostics/diagnostic.js";

const REPLACEMENTS: Readonly<Record<string, string | undefined>> = {
  Date: "use ktimeGetNs(), nanoseconds since boot",
  performance: "use ktimeGetNs(), nanoseconds since boot",
  Map: "use HashMap or LruHashMap, declared as a static field",
  WeakMap: "use HashMap or LruHashMap, declared as a static field",
  Set: "use a HashMap<K, u8>, declared as a static field",
  Uint8Array: "use Bytes<N>",
  ArrayBuffer: "use Bytes<N>",
  DataView: "use a struct class, or Bytes<N>",
  Promise: undefined,
  JSON: undefined,
  process: "the current task's ids are currentPid(), currentTid() and currentUid()",
  crypto: "use randomU32()",
  fetch: "a program cannot talk to the network; redirect or rewrite packets",
  setTimeout: undefined,
  setInterval: undefined,
  require: "use import",
  globalThis: undefined,
  window: undefined,
  Error: "return a code",
  Array: "use FixedArray<T, N>",
  Buffer: "use Bytes<N>",
  parseInt: undefined,
  structuredClone: undefined,
  queueMicrotask: undefined,
};

/** "Cannot find name" in its variants, and what the checker says when Promise is missing. */
const MISSING = new Set(["TS2304", "TS2318", "TS2552", "TS2580", "TS2583", "TS2584", "TS2585", "TS2591", "TS2693"]);
const ASYNC = new Set(["TS1055", "TS1064", "TS2318", "TS2697", "TS2705", "TS2468"]);
/** `Math.random` and its like: members that the library leaves out. */
const MEMBER = "TS2339";

/** Adds the type checker's errors, those that the subset explains in its own words. */
export function addTypeErrors(errors: readonly Diagnostic[], diagnostics: Diagnostics): void {
  const isAsync = diagnostics.all().some((d) => d.code === "EB1001");
  for (const error of errors) {
    const name = /'(\w+)'/.exec(error.message)?.[1] ?? "";
    if (isAsync && (ASYNC.has(error.code) || (MISSING.has(error.code) && name === "Promise"))) continue;
    if (MISSING.has(error.code) && Object.hasOwn(REPLACEMENTS, name)) {
      const help = REPLACEMENTS[name];
      diagnostics.report("EB1017", error.span, `${name} does not exist in a program`, help ? { help } : {});
    } else if (error.code === MEMBER && /on type 'Math'/.test(error.message)) {
      const help = name === "random" ? { help: "use randomU32()" } : {};
      diagnostics.report("EB1017", error.span, `Math.${name} does not exist in a program`, help);
    } else diagnostics.add(error);
  }
}
