/**
 * The base of generated loaders: open -> configure -> load -> attach, each stage its own object, so that a wrong order
 * has no method to call. The generated `.d.ts` gives these stages their exact types.
 */
import type { TcDirection } from "./attach/tc.js";
import type { TracepointName } from "./attach/tracepoint.js";
import { BpfError, unknownName } from "./errors.js";
import type { LoadedObject } from "./object/loaded-object.js";
import { type ObjectSource, OpenObject } from "./object/open-object.js";
import { options } from "./options.js";
import { LoadedProgram, TcProgram, TracepointProgram, XdpProgram } from "./programs.js";

/** How a generated loader describes its class; names on the left are the user's. */
export interface LoaderDescription {
  readonly object: ObjectSource;
  readonly programs: Readonly<
    Record<
      string,
      {
        readonly elfName: string;
        readonly kind: "xdp" | "tc" | "tracepoint" | "other";
        readonly direction?: TcDirection;
        readonly event?: TracepointName;
      }
    >
  >;
  readonly maps: Readonly<Record<string, { readonly elfName: string }>>;
  readonly config: Readonly<Record<string, string>>;
  readonly globals: Readonly<Record<string, string>>;
}

/** What may be decided before load. */
export interface Configuration {
  /** Values of `@config` fields, by name. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Sizes of maps (entries; bytes for ring buffers), by name. */
  readonly maxEntries?: Readonly<Record<string, number>>;
  /** Programs not to load, by name. */
  readonly skip?: readonly string[];
  /** Where to pin maps, by name; a map already pinned there is used. */
  readonly pin?: Readonly<Record<string, string>>;
}

const CONFIGURATION = { config: "object?", maxEntries: "object?", skip: "array?", pin: "object?" } as const;

function named<T>(what: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined) throw unknownName(what, name, Object.keys(table));
  return found;
}

/** The stage between open and load. */
export class OpenLoader implements Disposable {
  readonly #object: OpenObject;
  readonly #description: LoaderDescription;
  constructor(description: LoaderDescription, configuration: Configuration) {
    this.#description = description;
    this.#object = new OpenObject(description.object);
    try {
      this.configure(configuration);
    } catch (error) {
      this.#object[Symbol.dispose]();
      throw error;
    }
  }
  /** May be called any number of times; the last value counts. @throws BpfError UNKNOWN_NAME, ARGUMENT; CodecError for a value that does not fit, with the field's name and type */
  configure(c: Configuration): this {
    options("open", c, CONFIGURATION, "{ config: { limit: 5 } }");
    const d = this.#description;
    for (const [name, value] of Object.entries(c.config ?? {})) {
      if (value !== undefined) this.#object.setVariable(named("config value", d.config, name), value, `config.${name}`);
    }
    for (const [name, entries] of Object.entries(c.maxEntries ?? {})) {
      if (entries !== undefined) this.#object.setMaxEntries(named("map", d.maps, name).elfName, entries);
    }
    for (const [name, path] of Object.entries(c.pin ?? {})) {
      if (path !== undefined) this.#object.setPinPath(named("map", d.maps, name).elfName, path);
    }
    for (const name of c.skip ?? []) this.#object.setAutoload(named("program", d.programs, name).elfName, false);
    return this;
  }
  /** @throws VerifierRejectedError, PermissionError, SyscallError (as rejections) */
  async load(): Promise<LoadedLoader> {
    return new LoadedLoader(this.#description, this.#object.load());
  }
  [Symbol.dispose](): void {
    this.#object[Symbol.dispose]();
  }
}

/** The stage in the kernel: programs, maps and globals of the user's class as properties. */
export class LoadedLoader implements Disposable, AsyncDisposable {
  /** Everything of the object, also what the class does not name. */
  readonly bpfObject: LoadedObject;
  constructor(description: LoaderDescription, object: LoadedObject) {
    this.bpfObject = object;
    const property = (name: string, get: () => unknown, set?: (value: unknown) => void): void => {
      if (name in this) throw new BpfError("OBJECT", `the loader cannot have a member called "${name}"`);
      Object.defineProperty(this, name, { enumerable: true, get, ...(set && { set }) });
    };
    for (const [name, p] of Object.entries(description.programs)) {
      const program = makeProgram(object, p);
      property(name, () => program);
    }
    for (const [name, m] of Object.entries(description.maps)) {
      const map = object.map(m.elfName);
      property(name, () => map);
    }
    for (const [name, elfName] of Object.entries(description.config)) property(name, () => object.variable(elfName));
    for (const [name, elfName] of Object.entries(description.globals)) {
      property(
        name,
        () => object.variable(elfName),
        (value) => object.setVariable(elfName, value, name),
      );
    }
  }
  /** Detaches everything and unloads. */
  close(): void {
    this.bpfObject.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function makeProgram(object: LoadedObject, p: LoaderDescription["programs"][string]): LoadedProgram {
  switch (p.kind) {
    case "xdp":
      return new XdpProgram(object, p.elfName);
    case "tc":
      return new TcProgram(object, p.elfName, p.direction);
    case "tracepoint":
      return new TracepointProgram(object, p.elfName, p.event);
    case "other":
      return new LoadedProgram(object, p.elfName);
  }
}

/**
 * What a generated loader exports: an object whose only way on is `open`.
 * @example export const Firewall = defineLoader({ object: new URL("./firewall.bpf.o", import.meta.url), ... });
 */
export function defineLoader(description: LoaderDescription): { open(c?: Configuration): OpenLoader } {
  return { open: (c = {}) => new OpenLoader(description, c) };
}
