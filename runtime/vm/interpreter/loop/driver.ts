/**
 * Runs the hot loop in slices, and answers what it asks: helpers, pointers of the context. All of a run's state is in linear
 * memory, so a helper's callbacks may run in the loop again.
 */
import type { Code } from "../../code.js";
import type { Engine, EngineHooks } from "../../engine.js";
import { Place } from "../../places.js";
import type { SharedMemory } from "../../wasm/memory.js";
import { type Frames, located } from "../frames.js";
import { createLoop } from "./loop.js";
import { RECORD } from "./record.js";

const PC = Place.loopPc / 4;
const FUEL = Place.loopFuel / 4;
const CODE = Place.loopCode / 4;
/** Instructions in the loop without a pause: V8 exchanges its first code for better only between calls. */
const SLICE = 1 << 16;

export interface Driver {
  /** Address of a program's records; undefined when there is no room for them. */
  place(code: Code): number | undefined;
  /** Forgets all programs; none may be running. */
  clear(): void;
  /**
   * Runs until the function that started at `base` depth returns.
   * @param at what {@link place} gave
   * @returns the slot where a step is needed; -1 at the end
   * @throws MachineFault with `insn` set
   */
  run(code: Code, at: number, slot: number, base: number): number;
}

/** @param cpu whose fuel is spent */
export function createDriver(shared: SharedMemory, hooks: EngineHooks, frames: Frames, cpu: Engine): Driver {
  const state = new Int32Array(shared.memory.buffer, 0, Place.saved / 4);
  const { registers } = frames;
  /** Program that the loop is in, and the fuel beyond its slice. */
  let looping: Code | undefined;
  let beyond = 0;

  /** The loop goes on in a program: callbacks of its helpers may have been in others. */
  function enter(code: Code): void {
    const slice = Math.min(cpu.fuel, SLICE);
    beyond = cpu.fuel - slice;
    state[FUEL] = slice;
    if (looping === code) return;
    looping = code;
    state[CODE] = frames.numberOf(code);
  }

  const loop = createLoop(shared, {
    helper(id) {
      const code = looping as Code;
      const pc = state[PC] as number;
      cpu.fuel = (state[FUEL] as number) + beyond;
      cpu.current = code;
      try {
        hooks.helper(id);
      } finally {
        enter(code);
        state[PC] = pc;
      }
    },
    context(offset, register) {
      const pointer = hooks.contextPointer(offset);
      if (pointer === undefined) return 0;
      registers[register] = pointer[0];
      registers[register + 1] = pointer[1];
      return 1;
    },
  });

  return {
    place: loop.place,
    clear() {
      looping = undefined;
      loop.clear();
    },
    run(code, at, slot, base) {
      let pc = at + slot * RECORD;
      for (;;) {
        enter(code);
        let ended: number;
        try {
          ended = loop.run(at, pc, base);
        } catch (error) {
          // Only what it calls throws.
          throw located(cpu, error, code, ((state[PC] as number) - at) / RECORD);
        }
        cpu.fuel = (state[FUEL] as number) + beyond;
        if (ended !== 0) return -1;
        pc = state[PC] as number;
        if (state[FUEL] !== 0 || beyond === 0) return (pc - at) / RECORD;
      }
    },
  };
}
