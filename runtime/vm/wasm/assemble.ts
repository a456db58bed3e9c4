/** Function types, imports, functions and exports -> the bytes of a WebAssembly module (W3C Core Specification, 5.5). */
import { Type } from "./opcodes.js";
import { Writer } from "./writer.js";

/** Types of parameters and results, {@link Type}. */
export interface Signature {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface ModuleParts {
  readonly signatures: readonly Signature[];
  /** Imported functions, all of the module "m", which has the memory too: name and place of the signature. */
  readonly imports: readonly (readonly [name: string, signature: number])[];
  /** Functions of its own, which are numbered after the imported ones. */
  readonly functions: readonly { readonly signature: number; readonly body: Writer }[];
  /** Names of functions by number. */
  readonly exports: readonly (readonly [name: string, index: number])[];
}

const SectionId = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const Kind = { func: 0, memory: 2 } as const;
/** Magic number and version. */
const PREAMBLE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The module's bytes. */
export function assembleModule({ signatures, imports, functions, exports }: ModuleParts): Uint8Array {
  const out = new Writer(functions.reduce((sum, { body }) => sum + body.length + 8, 256));
  for (const byte of PREAMBLE) out.byte(byte);
  const section = <T>(id: number, list: readonly T[], write: (part: Writer, one: T) => void): void => {
    const part = new Writer(256);
    part.unsigned(list.length);
    for (const one of list) write(part, one);
    out.byte(id);
    out.sized(part);
  };
  section(SectionId.type, signatures, (part, { params, results }) => {
    part.byte(Type.func);
    for (const types of [params, results]) {
      part.unsigned(types.length);
      for (const type of types) part.byte(type);
    }
  });
  // A memory has the type 0, no most, and at least one page.
  const memory = ["memory", Kind.memory, [0, 1]] as const;
  const all = [...imports.map(([name, type]) => [name, Kind.func, [type]] as const), memory];
  section(SectionId.import, all, (part, [name, kind, numbers]) => {
    part.name("m");
    part.name(name);
    part.byte(kind);
    for (const number of numbers) part.unsigned(number);
  });
  section(SectionId.function, functions, (part, { signature }) => part.unsigned(signature));
  section(SectionId.export, exports, (part, [name, index]) => {
    part.name(name);
    part.byte(Kind.func);
    part.unsigned(index);
  });
  section(SectionId.code, functions, (part, { body }) => part.sized(body));
  return out.finish();
}
