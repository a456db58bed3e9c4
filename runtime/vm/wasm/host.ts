/**
 * The part of the WebAssembly JavaScript interface that the engine uses (W3C, "WebAssembly JavaScript Interface").
 * Declared here because the product's types are those of the language and of Node, which leave it out.
 */

/** A linear memory; `buffer` stays the same as long as nobody grows it, and the engine never does. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WasmHost {
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => WasmInstance;
}

/** Is there WebAssembly? Node leaves it out under --jitless. */
export function hasWasm(): boolean {
  return "WebAssembly" in globalThis;
}

/** Node's `WebAssembly` object. */
export function wasmHost(): WasmHost {
  return (globalThis as unknown as { readonly WebAssembly: WasmHost }).WebAssembly;
}
