/**
 * The hot loop of a memory: what the interpreter goes through once a machine has run long enough (interpreter.ts). Keeps
 * programs as records behind the bitmaps.
 */
import type { Code } from "../../code.js";
import { wasmHost } from "../../wasm/host.js";
import type { SharedMemory } from "../../wasm/memory.js";
import { handlers } from "./handlers.js";
import { handlerNumbers, loopModule } from "./module.js";
import { RECORD, writeRecords } from "./record.js";

/** What the loop asks while it runs. All state is in memory, so they may run programs themselves. */
export interface LoopImports {
  /** Runs a helper: reads r1 to r5, writes r0. */
  helper(id: number): void;
  /** Puts the pointer that the context has at `offset` into a register; 0 when it has none there. */
  context(offset: number, register: number): number;
}

export interface HotLoop {
  /** Address of a program's first record; undefined when there is no room for it. */
  place(code: Code): number | undefined;
  /** Forgets all programs; none may be running. */
  clear(): void;
  /** See module.ts. */
  run(code: number, pc: number, base: number): number;
}

/** Generates the loop; V8 shares its machine code among memories of the same size, by the module's bytes. */
export function createLoop({ memory, wasm }: SharedMemory, imports: LoopImports): HotLoop {
  const list = handlers({
    size: memory.size,
    readable: memory.readable.byteOffset,
    writable: memory.writable.byteOffset,
  });
  const numbers = handlerNumbers(list);
  const { Module, Instance } = wasmHost();
  const { exports } = new Instance(new Module(loopModule(list)), {
    m: {
      memory: wasm,
      helper: imports.helper,
      // Registers are named by their bytes there, by their words here.
      context: (offset: number, register: number) => imports.context(offset, register >> 2),
    },
  });
  let places = new Map<Code, number>();
  let free = memory.records;
  /** What ran last: a map look-up costs as much as a short program. */
  let last: Code | undefined;
  let lastAt: number | undefined;
  return {
    place(code) {
      if (code === last) return lastAt;
      last = code;
      lastAt = places.get(code);
      if (lastAt !== undefined) return lastAt;
      const end = free + code.slots * RECORD;
      if (end > memory.buffer.byteLength) return undefined;
      const at = free;
      free = end;
      writeRecords(code, memory.buffer, at, numbers);
      places.set(code, at);
      lastAt = at;
      return at;
    },
    clear() {
      places = new Map();
      last = undefined;
      free = memory.records;
    },
    run: exports["run"] as HotLoop["run"],
  };
}
