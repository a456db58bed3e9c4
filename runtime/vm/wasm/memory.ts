/** Linear memory that generated code can reach: the buffer of a WebAssembly memory, kept beside its object. */
import { LinearMemory } from "../memory.js";
import { type WasmMemory, wasmHost } from "./host.js";

/** Room for the records of 4,096 instruction slots. */
const RECORD_BYTES = 1 << 16;
/** Bytes of a WebAssembly page (W3C, "WebAssembly Core Specification", 4.2.8). */
const PAGE = 65536;

export interface SharedMemory {
  readonly memory: LinearMemory;
  readonly wasm: WasmMemory;
}

/**
 * @param log2 data bytes as a power of two, 18 to 30
 * @param recordBytes room for records, default 64 KiB
 * @throws MachineError `VM_MEMORY` for another size
 * @example const { memory, wasm } = sharedMemory(20); // 1 MiB
 */
export function sharedMemory(log2: number, recordBytes = RECORD_BYTES): SharedMemory {
  let wasm: WasmMemory | undefined;
  const memory = new LinearMemory(
    log2,
    (bytes) => {
      const pages = Math.ceil(bytes / PAGE);
      wasm = new (wasmHost().Memory)({ initial: pages, maximum: pages });
      return wasm.buffer;
    },
    recordBytes,
  );
  // LinearMemory makes its buffer exactly once, in its constructor.
  return { memory, wasm: wasm as unknown as WasmMemory };
}
