/**
 * The first stage of an object's life: opened, not yet in the kernel. Everything that must be decided before load is
 * decided here. `load()` moves on to a LoadedObject; after that this one refuses all calls.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { bpfAddon, type NativeMap, type NativeObject, type NativeProgram } from "../../../native/bpf/index.js";
import type { FileUrl } from "../../facts/platform-types.js";
import { possibleCpus } from "../cpus.js";
import { BpfError, checked, LibbpfMissingError, syscallError, unknownName, withErrnoNames } from "../errors.js";
import { checkPinPath } from "../pin.js";
import { kernelWord } from "../verdict.js";
import { findLoadLog, VerifierRejectedError } from "../verifier-log.js";
import { LoadedObject } from "./loaded-object.js";
import { availableMemory, checkMapMemory } from "./map-memory.js";
import { ObjectSymbols } from "./symbols.js";

/** An object file: a path, a `file:` URL, or its bytes. */
export type ObjectSource = string | FileUrl | Uint8Array;

/** Throws the clear error when libbpf cannot be used. @throws LibbpfMissingError, AddonMissingError */
export function requireLibbpf(): string {
  const addon = bpfAddon();
  try {
    return addon.libbpfVersion();
  } catch (cause) {
    throw new LibbpfMissingError(cause instanceof Error ? cause.message : String(cause));
  }
}

function readSource(source: ObjectSource): { bytes: Uint8Array; name: string } {
  if (source instanceof Uint8Array) return { bytes: source, name: "object" };
  const path = typeof source === "string" ? source : fileURLToPath(source.href);
  try {
    return { bytes: readFileSync(path), name: basename(path).replace(/(\.bpf)?\.o$/, "") };
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new BpfError("OBJECT", `cannot read ${path}: ${reason}`, { cause });
  }
}

/** libbpf's own last words, without its prefix. */
function lastLine(log: string): string {
  const lines = log.split("\n").filter((line) => line.startsWith("libbpf: "));
  return withErrnoNames(lines.at(-1)?.slice("libbpf: ".length) ?? log.trim().split("\n").at(-1) ?? "");
}

/** An opened object. Dispose it if it is not going to be loaded. */
export class OpenObject implements Disposable {
  readonly #native: NativeObject;
  readonly symbols: ObjectSymbols;
  #usable = true;

  /**
   * @throws LibbpfMissingError; ObjectFormatError, BtfError or BpfError OBJECT for bytes that are no BPF object
   * @example const object = new OpenObject("dist/firewall.bpf.o");
   */
  constructor(source: ObjectSource) {
    const { bytes, name } = readSource(source);
    requireLibbpf();
    this.symbols = new ObjectSymbols(bytes);
    this.#native = new (bpfAddon().NativeObject)();
    const { result, log } = this.#native.open(bytes, name);
    if (result < 0) throw new BpfError("OBJECT", `libbpf cannot open ${name}: ${lastLine(log) || "bad object"}`);
  }
  #object(): NativeObject {
    if (!this.#usable) throw new BpfError("CLOSED", "the object is loaded or closed: it can no longer be configured");
    return this.#native;
  }
  #set(what: string, name: string, known: readonly { readonly name: string }[], result: number): this {
    if (result === -2)
      throw unknownName(
        what,
        name,
        known.map((k) => k.name),
      );
    checked(`configure ${what} ${name}`, result);
    return this;
  }
  get programs(): NativeProgram[] {
    return this.#object().programs();
  }
  /** Maps, data sections included. */
  get maps(): NativeMap[] {
    return this.symbols.named(this.#object().maps());
  }
  /** The map of a data section: its number, or the name where it is none of the file's sections (".kconfig"). */
  #data(section: string): number | string {
    const index = this.symbols.dataMapIndex(section, this.#object().maps());
    return index < 0 ? section : index;
  }
  /**
   * Sets a global variable (also a constant in .rodata).
   * @param path what messages call it: "config.limit"
   * @throws BpfError UNKNOWN_NAME; CodecError with the path, the TypeScript type that it wants and what was given
   */
  setVariable(name: string, value: unknown, path: string = name): this {
    const { section, offset, codec } = this.symbols.variable(name);
    const bytes = this.#object().initialValue(this.#data(section));
    if (!bytes) throw new BpfError("OBJECT", `section ${section} has no data`);
    codec.encode(value, bytes, offset, path);
    checked(`set ${name}`, this.#object().setInitialValue(this.#data(section), bytes));
    return this;
  }
  /** Sets the whole content of a data section (".rodata", ".data.limits"). @throws BpfError OBJECT, SyscallError */
  setSection(section: string, bytes: Uint8Array): this {
    const old = this.#object().initialValue(this.#data(section));
    if (old?.length !== bytes.length)
      throw new BpfError("OBJECT", `section ${section} has ${old?.length ?? 0} bytes, not ${bytes.length}`);
    checked(`set section ${section}`, this.#object().setInitialValue(this.#data(section), bytes));
    return this;
  }
  /** A global variable's value before load. @throws BpfError UNKNOWN_NAME */
  variable(name: string): unknown {
    const { section, offset, codec } = this.symbols.variable(name);
    return codec.decode(this.#object().initialValue(this.#data(section)) ?? new Uint8Array(), offset);
  }
  /** @throws BpfError UNKNOWN_NAME */
  setMaxEntries(map: string, entries: number): this {
    if (!Number.isInteger(entries) || entries < 1 || entries > 0xffff_ffff) {
      throw new BpfError("ARGUMENT", `map ${map}: ${entries} is not a size from 1 to 4294967295`);
    }
    return this.#set("map", map, this.maps, this.#object().setMaxEntries(map, entries));
  }
  /**
   * Pins the map at `path` on load, or uses the one pinned there; undefined: it is not pinned, whatever its definition says.
   * @throws BpfError UNKNOWN_NAME; ARGUMENT for a path outside of a bpf file system
   */
  setPinPath(map: string, path: string | undefined): this {
    if (path !== undefined) checkPinPath(`map ${map}`, path);
    return this.#set("map", map, this.maps, this.#object().setPinPath(map, path));
  }
  /** Uses an existing map instead of making one. @throws BpfError UNKNOWN_NAME, SyscallError when it does not fit */
  reuseMap(map: string, fd: number): this {
    return this.#set("map", map, this.maps, this.#object().reuseMap(map, fd));
  }
  /** Whether `load` loads the program at all. @throws BpfError UNKNOWN_NAME */
  setAutoload(program: string, on: boolean): this {
    return this.#set("program", program, this.programs, this.#object().setAutoload(program, on));
  }
  /** For sections that the installed libbpf does not know. @throws BpfError UNKNOWN_NAME */
  setProgramType(program: string, type: number, expectedAttachType: number): this {
    return this.#set(
      "program",
      program,
      this.programs,
      this.#object().setProgramType(program, type, expectedAttachType),
    );
  }
  /**
   * Creates the maps, has every program verified, and loads them. On failure nothing is left in the kernel.
   * @param available bytes of memory that the maps may take in all; default what the machine has
   * @throws VerifierRejectedError; PermissionError; SyscallError; BpfError ARGUMENT when the maps do not fit into memory
   */
  load(available: number = availableMemory()): LoadedObject {
    const native = this.#object();
    checkMapMemory(native.maps(), possibleCpus(), available);
    const { result, log } = native.load();
    this.#usable = false;
    if (result >= 0) return new LoadedObject(native, this.symbols);
    native.close();
    const refused = findLoadLog(log);
    if (refused?.refused === true) {
      const word = kernelWord(-result, refused.log);
      if (word.verdict === "reject") throw new VerifierRejectedError(refused.program, -result, refused.log);
      const why = word.verdict === "unknown" ? word.message : undefined;
      throw syscallError(`load ${refused.program}`, -result, why);
    }
    const failed = /libbpf: (?:prog|map) '([^']*)'/.exec(log)?.[1];
    throw syscallError(failed === undefined ? "load object" : `load ${failed}`, -result);
  }
  [Symbol.dispose](): void {
    if (this.#usable) this.#native.close();
    this.#usable = false;
  }
}
