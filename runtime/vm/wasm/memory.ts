/** Linear memory that generated code can reach: the buffer of a WebAssembly memory, kept beside its object. */
import { LinearMemory } from "../memory.js";
import { type WasmMemory, wasmHost } from "./host.js";

/** Bytes of a WebAssembly page (W3C, "WebAssembly Core Specification", 4.2.8). */
const PAGE = 65536;

export interface SharedMemory {
  readonly memory: LinearMemory;
  readonly wasm: WasmMemory;
}

/**
 * @param log2 data bytes as a power of two, 16 to 30
 * @throws MachineError `VM_MEMORY` for another size
 * @example const { memory, wasm } = sharedMemory(20); // 1 MiB
 */
export function sharedMemory(log2: number): SharedMemory {
  let wasm: WasmMemory | undefined;
  const memory = new LinearMemory(log2, (bytes) => {
    const pages = Math.ceil(bytes / PAGE);
    wasm = new (wasmHost().Memory)({ initial: pages, maximum: pages });
    return wasm.buffer;
  });
  // LinearMemory makes its buffer exactly once, in its constructor.
  return { memory, wasm: wasm as unknown as WasmMemory };
}
