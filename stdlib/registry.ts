/**
 * What decorators and map constructors leave behind under Node, so that a test can import the same class that the
 * compiler compiles: which file a class was declared in, and which of its members are programs.
 */

/** One decorated handler. */
export interface RegisteredProgram {
  readonly name: string;
  /** Decorator name: "xdp", "tc", "tracepoint". */
  readonly kind: string;
  readonly args: readonly unknown[];
}

/** What is known of a class with handlers. */
export interface Registered {
  /** File URL or path of the module, from the decorator's call site. */
  file: string | undefined;
  readonly programs: RegisteredProgram[];
}

const byClass = new WeakMap<object, Registered>();

/** The caller's file: the first stack frame outside this package's stdlib. */
export function callSite(): string | undefined {
  const own = import.meta.url.replace(/[^/]*$/, "").replace(/^file:\/\//, "");
  for (const line of (new Error().stack ?? "").split("\n").slice(1)) {
    const at = /(?:\(|at )(?:async )?((?:file:\/\/)?\/[^()]+?):\d+:\d+\)?$/.exec(line)?.[1];
    const path = at?.replace(/^file:\/\//, "").replace(/\?.*$/, "");
    // Transpilers' decorator helpers stand between: real packages, or a bundler's virtual modules (their names have a NUL).
    const helper =
      path !== undefined && (path.includes("\0") || /\/node_modules\/(tslib|@swc|@oxc-project)\//.test(path));
    if (path === undefined || path.startsWith(own) || helper) continue;
    return path;
  }
  return undefined;
}

/** Notes a handler of `cls`; called by the decorators. */
export function registerProgram(cls: object, program: RegisteredProgram, file: string | undefined): void {
  const entry = byClass.get(cls) ?? { file, programs: [] };
  entry.programs.push(program);
  entry.file ??= file;
  byClass.set(cls, entry);
}

/** The source file of a class with handlers, or undefined when it has none. */
export function sourceOf(cls: object): string | undefined {
  return byClass.get(cls)?.file;
}

/** The handlers of a class, in source order. */
export function programsOf(cls: object): readonly RegisteredProgram[] {
  return byClass.get(cls)?.programs ?? [];
}

/** Thrown by every operation that has a meaning only inside a BPF program. */
export function kernelOnly(what: string): never {
  throw new Error(`${what} runs only inside a BPF program: use machine() from ebpftsc/testing to run it here`);
}
