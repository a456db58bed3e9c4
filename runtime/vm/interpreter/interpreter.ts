/**
 * The interpreter: runs prepared code exactly as RFC 9669 defines it, one instruction at a time, every access checked
 * to the byte. Registers are pairs of 32-bit words (see wide.ts). Input must have passed isa `validate`.
 */
import { FRAME_STRIDE, frameTop, LAYOUT, MAX_FRAMES, MEMORY_TAG, STACK_BYTES, STACK_END } from "../address.js";
import { type Code, STRIDE, Word } from "../code.js";
import type { Engine, EngineHooks } from "../engine.js";
import { MachineFault } from "../fault.js";
import type { LinearMemory } from "../memory.js";
import { accessFault, refuseRead } from "./access.js";
import { atomic32, atomic64 } from "./atomic.js";
import {
  add,
  below,
  divide,
  divideSigned,
  less,
  mul,
  negate,
  shiftLeft,
  shiftRight,
  shiftRightSigned,
  sub,
  swap32,
} from "./wide.js";

/** may_goto's budget per function call (kernel: BPF_MAX_LOOPS). */
export const MAY_GOTO_BUDGET = 8 * 1024 * 1024;
/** bpf_tail_call's helper id: it changes the running program, so it is no ordinary helper. */
const TAIL_CALL = 12;
const MAX_TAIL_CALLS = 33;
/** Stands for the fuel while a helper runs: its callbacks spend it, also when one of them faults. */
const HANDED_OVER = -2;
/** Words saved for a call: r6 to r10, return place, may_goto budget. */
const SAVED = 12;

/** The interpreter, with what an engine that hands functions over to it needs. */
export interface Interpreter extends Engine {
  /** A run that is to stop now and then begins; r1 to r5 must be set. */
  open(code: Code): void;
  /**
   * Goes on until `trace` gives true before an instruction; true then, false when the program has ended.
   * @throws MachineFault with `insn` set
   */
  proceed(): boolean;
  /** Slots of the calls under way, the innermost first. */
  backtrace(): readonly number[];
  /** A new run of a program begins, at first elsewhere. */
  begin(code: Code): void;
  /** Says where the run is, for callbacks of the helper that is called next. */
  place(code: Code, frame: number): void;
  /**
   * Runs a function that is under way, from a slot to its end; r0 to r9 and `fuel` must be set.
   * @param budget what may_goto has left
   * @throws MachineFault with `insn` set
   */
  resume(code: Code, slot: number, frame: number, budget: number): void;
}

/**
 * Makes an interpreter over a memory.
 * @param registers where r0 to r10 are kept, two words each; default its own
 * @example
 * const cpu = createInterpreter(memory, hooks);
 * cpu.fuel = 1_000_000;
 * cpu.start(prepare(verifyEncoding(bytes)));
 */
export function createInterpreter(
  memory: LinearMemory,
  hooks: EngineHooks,
  registers: Int32Array = new Int32Array(22),
): Interpreter {
  const { u8: bytes, view, readable, writable, size: limit } = memory;
  // The bitmap, 32 bytes of memory a word: frames begin at multiples of 32.
  const readableWords = new Int32Array(readable.buffer, readable.byteOffset, readable.length >> 2);
  const saved = new Int32Array((MAX_FRAMES + 1) * SAVED);
  const callers: (Code | undefined)[] = [];
  /** Where a run that its trace stopped goes on. */
  let paused: { readonly code: Code; readonly pc: number } | undefined;
  let frame = 0;
  let budget = MAY_GOTO_BUDGET;
  let tailCalls = 0;

  /** Offset of a readable range, or the fault. */
  function load(reg: number, off: number, width: number): number {
    const l0 = registers[reg] as number;
    const lo = (l0 + off) | 0;
    let hi = registers[reg + 1] as number;
    if (off < 0) {
      if (lo >>> 0 > l0 >>> 0) hi--;
    } else if (lo >>> 0 < l0 >>> 0) hi++;
    const b = lo >>> 3;
    const mask = (1 << width) - 1;
    if (hi !== MEMORY_TAG || lo >>> 0 >= limit) return hooks.missing?.(hi, lo) ?? refuseRead(memory, hi, lo, width);
    if (((((readable[b] as number) | ((readable[b + 1] as number) << 8)) >> (lo & 7)) & mask) !== mask) {
      throw accessFault(memory, hi, lo, width, false);
    }
    return lo;
  }

  /** Offset of a writable range, or the fault; on the stack it becomes readable. */
  function store(reg: number, off: number, width: number): number {
    const l0 = registers[reg] as number;
    const lo = (l0 + off) | 0;
    let hi = registers[reg + 1] as number;
    if (off < 0) {
      if (lo >>> 0 > l0 >>> 0) hi--;
    } else if (lo >>> 0 < l0 >>> 0) hi++;
    const b = lo >>> 3;
    const mask = (1 << width) - 1;
    if (hi !== MEMORY_TAG || lo >>> 0 >= limit) throw accessFault(memory, hi, lo, width, true);
    if (((((writable[b] as number) | ((writable[b + 1] as number) << 8)) >> (lo & 7)) & mask) !== mask) {
      throw accessFault(memory, hi, lo, width, true);
    }
    if (lo < STACK_END) {
      const set = mask << (lo & 7);
      readable[b] = (readable[b] as number) | set;
      if (set > 0xff) readable[b + 1] = (readable[b + 1] as number) | (set >> 8);
    }
    return lo;
  }

  function loadWord(d: number, s: number, off: number): void {
    const l0 = registers[s] as number;
    const lo = (l0 + off) | 0;
    if (
      lo >>> 0 >= LAYOUT.context &&
      lo < LAYOUT.context + LAYOUT.contextBytes &&
      (registers[s + 1] as number) === MEMORY_TAG
    ) {
      const pointer = hooks.contextPointer(lo - LAYOUT.context);
      if (pointer !== undefined) {
        registers[d] = pointer[0];
        registers[d + 1] = pointer[1];
        return;
      }
    }
    registers[d] = view.getInt32(load(s, off, 4), true);
    registers[d + 1] = 0;
  }

  function enterFrame(): void {
    // The frame's stack holds nothing yet: reading it before writing is the program's mistake.
    const first = (LAYOUT.stack + frame * FRAME_STRIDE) >> 5;
    for (let i = first; i < first + STACK_BYTES / 32; i++) readableWords[i] = 0;
    registers[20] = frameTop(frame);
    registers[21] = MEMORY_TAG;
    budget = MAY_GOTO_BUDGET;
  }

  function push(code: Code, back: number): void {
    if (frame + 1 >= MAX_FRAMES) throw new MachineFault("VM_STACK_OVERFLOW", `more than ${MAX_FRAMES} nested calls`);
    const at = frame * SAVED;
    for (let i = 0; i < 10; i++) saved[at + i] = registers[12 + i] as number;
    saved[at + 10] = back;
    saved[at + 11] = budget;
    callers[frame] = code;
    frame++;
    enterFrame();
  }

  function pop(): number {
    frame--;
    const at = frame * SAVED;
    for (let i = 0; i < 10; i++) registers[12 + i] = saved[at + i] as number;
    budget = saved[at + 11] as number;
    return saved[at + 10] as number;
  }

  /** Runs until the function that started at `base` depth returns. */
  function run(first: Code, entry: number, base = frame): void {
    // Locals: what the loop touches all the time must not be looked up in the closure.
    const r = registers;
    const dv = view;
    const u8 = bytes;
    let code = first;
    let pc = entry;
    let n = self.fuel;
    const hook = self.trace;
    try {
      // One round a program: within it the words stay the same, which lets the engine keep them at hand.
      program: for (;;) {
        const words = code.words;
        for (;;) {
          if (--n < 0) throw new MachineFault("VM_FUEL", "the instruction limit is used up: an endless loop?");
          // A callback is one step: its helper cannot stop half-way.
          if (hook !== undefined && hook(words[pc + Word.slot] as number) === true && base === 0) {
            n++;
            paused = { code, pc };
            return;
          }
          const d = words[pc + 1] as number;
          const s = words[pc + 2] as number;
          // biome-ignore format: one operation a line
          switch (words[pc] as number) {
          case 0x07: add(r, d, (words[pc + 4] as number), (words[pc + 5] as number)); break;
          case 0x0f: add(r, d, (r[s] as number), (r[s + 1] as number)); break;
          case 0x17: sub(r, d, (words[pc + 4] as number), (words[pc + 5] as number)); break;
          case 0x1f: sub(r, d, (r[s] as number), (r[s + 1] as number)); break;
          case 0x27: mul(r, d, (words[pc + 4] as number), (words[pc + 5] as number)); break;
          case 0x2f: mul(r, d, (r[s] as number), (r[s + 1] as number)); break;
          case 0x37: divide(r, d, (words[pc + 4] as number), (words[pc + 5] as number), false); break;
          case 0x3f: divide(r, d, (r[s] as number), (r[s + 1] as number), false); break;
          case 0x97: divide(r, d, (words[pc + 4] as number), (words[pc + 5] as number), true); break;
          case 0x9f: divide(r, d, (r[s] as number), (r[s + 1] as number), true); break;
          case 0x47: r[d] = (r[d] as number) | (words[pc + 4] as number); r[d + 1] = (r[d + 1] as number) | (words[pc + 5] as number); break;
          case 0x4f: r[d] = (r[d] as number) | (r[s] as number); r[d + 1] = (r[d + 1] as number) | (r[s + 1] as number); break;
          case 0x57: r[d] = (r[d] as number) & (words[pc + 4] as number); r[d + 1] = (r[d + 1] as number) & (words[pc + 5] as number); break;
          case 0x5f: r[d] = (r[d] as number) & (r[s] as number); r[d + 1] = (r[d + 1] as number) & (r[s + 1] as number); break;
          case 0xa7: r[d] = (r[d] as number) ^ (words[pc + 4] as number); r[d + 1] = (r[d + 1] as number) ^ (words[pc + 5] as number); break;
          case 0xaf: r[d] = (r[d] as number) ^ (r[s] as number); r[d + 1] = (r[d + 1] as number) ^ (r[s + 1] as number); break;
          case 0x67: shiftLeft(r, d, (words[pc + 4] as number)); break;
          case 0x6f: shiftLeft(r, d, (r[s] as number)); break;
          case 0x77: shiftRight(r, d, (words[pc + 4] as number)); break;
          case 0x7f: shiftRight(r, d, (r[s] as number)); break;
          case 0xc7: shiftRightSigned(r, d, (words[pc + 4] as number)); break;
          case 0xcf: shiftRightSigned(r, d, (r[s] as number)); break;
          case 0x87: negate(r, d); break;
          case 0xb7: case 0x18:
            r[d] = (words[pc + 4] as number); r[d + 1] = (words[pc + 5] as number);
            if ((words[pc] as number) === 0x18) pc += STRIDE;
            break;
          case 0xbf: r[d] = (r[s] as number); r[d + 1] = (r[s + 1] as number); break;
          case 0x04: r[d] = (r[d] as number) + (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x0c: r[d] = (r[d] as number) + (r[s] as number); r[d + 1] = 0; break;
          case 0x14: r[d] = (r[d] as number) - (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x1c: r[d] = (r[d] as number) - (r[s] as number); r[d + 1] = 0; break;
          case 0x24: r[d] = Math.imul((r[d] as number), (words[pc + 4] as number)); r[d + 1] = 0; break;
          case 0x2c: r[d] = Math.imul((r[d] as number), (r[s] as number)); r[d + 1] = 0; break;
          case 0x34: r[d] = (words[pc + 4] as number) === 0 ? 0 : ((r[d] as number) >>> 0) / ((words[pc + 4] as number) >>> 0); r[d + 1] = 0; break;
          case 0x3c: r[d] = (r[s] as number) === 0 ? 0 : ((r[d] as number) >>> 0) / ((r[s] as number) >>> 0); r[d + 1] = 0; break;
          case 0x94: if ((words[pc + 4] as number) !== 0) r[d] = ((r[d] as number) >>> 0) % ((words[pc + 4] as number) >>> 0); r[d + 1] = 0; break;
          case 0x9c: if ((r[s] as number) !== 0) r[d] = ((r[d] as number) >>> 0) % ((r[s] as number) >>> 0); r[d + 1] = 0; break;
          case 0x44: r[d] = (r[d] as number) | (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x4c: r[d] = (r[d] as number) | (r[s] as number); r[d + 1] = 0; break;
          case 0x54: r[d] = (r[d] as number) & (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x5c: r[d] = (r[d] as number) & (r[s] as number); r[d + 1] = 0; break;
          case 0xa4: r[d] = (r[d] as number) ^ (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0xac: r[d] = (r[d] as number) ^ (r[s] as number); r[d + 1] = 0; break;
          case 0x64: r[d] = (r[d] as number) << (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x6c: r[d] = (r[d] as number) << (r[s] as number); r[d + 1] = 0; break;
          case 0x74: r[d] = (r[d] as number) >>> (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x7c: r[d] = (r[d] as number) >>> (r[s] as number); r[d + 1] = 0; break;
          case 0xc4: r[d] = (r[d] as number) >> (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0xcc: r[d] = (r[d] as number) >> (r[s] as number); r[d + 1] = 0; break;
          case 0x84: r[d] = -(r[d] as number) | 0; r[d + 1] = 0; break;
          case 0xb4: r[d] = (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0xbc: r[d] = (r[s] as number); r[d + 1] = 0; break;
          case 0x61: loadWord(d, s, (words[pc + 3] as number)); break;
          case 0x69: r[d] = dv.getUint16(load(s, (words[pc + 3] as number), 2), true); r[d + 1] = 0; break;
          case 0x71: r[d] = u8[load(s, (words[pc + 3] as number), 1)] as number; r[d + 1] = 0; break;
          case 0x79: { const a = load(s, (words[pc + 3] as number), 8); r[d] = dv.getInt32(a, true); r[d + 1] = dv.getInt32(a + 4, true); break; }
          case 0x81: r[d] = dv.getInt32(load(s, (words[pc + 3] as number), 4), true); r[d + 1] = (r[d] as number) >> 31; break;
          case 0x89: r[d] = dv.getInt16(load(s, (words[pc + 3] as number), 2), true); r[d + 1] = (r[d] as number) >> 31; break;
          case 0x91: r[d] = dv.getInt8(load(s, (words[pc + 3] as number), 1)); r[d + 1] = (r[d] as number) >> 31; break;
          case 0x62: dv.setInt32(store(d, (words[pc + 3] as number), 4), (words[pc + 4] as number), true); break;
          case 0x6a: dv.setInt16(store(d, (words[pc + 3] as number), 2), (words[pc + 4] as number), true); break;
          case 0x72: u8[store(d, (words[pc + 3] as number), 1)] = (words[pc + 4] as number); break;
          case 0x7a: { const a = store(d, (words[pc + 3] as number), 8); dv.setInt32(a, (words[pc + 4] as number), true); dv.setInt32(a + 4, (words[pc + 5] as number), true); break; }
          case 0x63: dv.setInt32(store(d, (words[pc + 3] as number), 4), (r[s] as number), true); break;
          case 0x6b: dv.setInt16(store(d, (words[pc + 3] as number), 2), (r[s] as number), true); break;
          case 0x73: u8[store(d, (words[pc + 3] as number), 1)] = (r[s] as number); break;
          case 0x7b: { const a = store(d, (words[pc + 3] as number), 8); dv.setInt32(a, (r[s] as number), true); dv.setInt32(a + 4, (r[s + 1] as number), true); break; }
          case 0x05: pc = (words[pc + 3] as number); continue;
          case 0x15: if ((r[d] as number) === (words[pc + 4] as number) && (r[d + 1] as number) === (words[pc + 5] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x1d: if ((r[d] as number) === (r[s] as number) && (r[d + 1] as number) === (r[s + 1] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x55: if ((r[d] as number) !== (words[pc + 4] as number) || (r[d + 1] as number) !== (words[pc + 5] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x5d: if ((r[d] as number) !== (r[s] as number) || (r[d + 1] as number) !== (r[s + 1] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x45: if (((r[d] as number) & (words[pc + 4] as number)) !== 0 || ((r[d + 1] as number) & (words[pc + 5] as number)) !== 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x4d: if (((r[d] as number) & (r[s] as number)) !== 0 || ((r[d + 1] as number) & (r[s + 1] as number)) !== 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x25: if (below((words[pc + 4] as number), (words[pc + 5] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x2d: if (below((r[s] as number), (r[s + 1] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x35: if (!below((r[d] as number), (r[d + 1] as number), (words[pc + 4] as number), (words[pc + 5] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x3d: if (!below((r[d] as number), (r[d + 1] as number), (r[s] as number), (r[s + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xa5: if (below((r[d] as number), (r[d + 1] as number), (words[pc + 4] as number), (words[pc + 5] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xad: if (below((r[d] as number), (r[d + 1] as number), (r[s] as number), (r[s + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xb5: if (!below((words[pc + 4] as number), (words[pc + 5] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xbd: if (!below((r[s] as number), (r[s + 1] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x65: if (less((words[pc + 4] as number), (words[pc + 5] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x6d: if (less((r[s] as number), (r[s + 1] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x75: if (!less((r[d] as number), (r[d + 1] as number), (words[pc + 4] as number), (words[pc + 5] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x7d: if (!less((r[d] as number), (r[d + 1] as number), (r[s] as number), (r[s + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xc5: if (less((r[d] as number), (r[d + 1] as number), (words[pc + 4] as number), (words[pc + 5] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xcd: if (less((r[d] as number), (r[d + 1] as number), (r[s] as number), (r[s + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xd5: if (!less((words[pc + 4] as number), (words[pc + 5] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0xdd: if (!less((r[s] as number), (r[s + 1] as number), (r[d] as number), (r[d + 1] as number))) { pc = (words[pc + 3] as number); continue; } break;
          case 0x16: if ((r[d] as number) === (words[pc + 4] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x1e: if ((r[d] as number) === (r[s] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x56: if ((r[d] as number) !== (words[pc + 4] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x5e: if ((r[d] as number) !== (r[s] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x46: if (((r[d] as number) & (words[pc + 4] as number)) !== 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x4e: if (((r[d] as number) & (r[s] as number)) !== 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x26: if ((r[d] as number) >>> 0 > (words[pc + 4] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x2e: if ((r[d] as number) >>> 0 > (r[s] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x36: if ((r[d] as number) >>> 0 >= (words[pc + 4] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x3e: if ((r[d] as number) >>> 0 >= (r[s] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0xa6: if ((r[d] as number) >>> 0 < (words[pc + 4] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0xae: if ((r[d] as number) >>> 0 < (r[s] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0xb6: if ((r[d] as number) >>> 0 <= (words[pc + 4] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0xbe: if ((r[d] as number) >>> 0 <= (r[s] as number) >>> 0) { pc = (words[pc + 3] as number); continue; } break;
          case 0x66: if ((r[d] as number) > (words[pc + 4] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x6e: if ((r[d] as number) > (r[s] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x76: if ((r[d] as number) >= (words[pc + 4] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x7e: if ((r[d] as number) >= (r[s] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0xc6: if ((r[d] as number) < (words[pc + 4] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0xce: if ((r[d] as number) < (r[s] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0xd6: if ((r[d] as number) <= (words[pc + 4] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0xde: if ((r[d] as number) <= (r[s] as number)) { pc = (words[pc + 3] as number); continue; } break;
          case 0x85: {
            const id = (words[pc + 4] as number);
            if (id === TAIL_CALL) {
              const target = tailCalls < MAX_TAIL_CALLS ? hooks.tailCall() : undefined;
              if (target === undefined) { r[0] = -1; r[1] = -1; break; }
              // The target takes over the frame: its caller, if any, gets the target's result.
              tailCalls++;
              code = target;
              self.current = target;
              enterFrame();
              pc = 0;
              continue program;
            }
            self.fuel = n;
            self.current = code;
            n = HANDED_OVER;
            hooks.helper(id);
            n = self.fuel;
            break;
          }
          case 0x117: /* CallLocal */ push(code, pc + STRIDE); pc = (words[pc + 3] as number); continue;
          case 0x95:
            if (frame === base) return;
            pc = pop();
            if (callers[frame] === code) continue;
            code = callers[frame] as Code;
            continue program;
          case 0x100: /* Sdiv32Imm */ r[d] = (words[pc + 4] as number) === 0 ? 0 : (r[d] as number) / (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x101: /* Sdiv32Reg */ r[d] = (r[s] as number) === 0 ? 0 : (r[d] as number) / (r[s] as number); r[d + 1] = 0; break;
          case 0x104: /* Smod32Imm */ if ((words[pc + 4] as number) !== 0) r[d] = (r[d] as number) % (words[pc + 4] as number); r[d + 1] = 0; break;
          case 0x105: /* Smod32Reg */ if ((r[s] as number) !== 0) r[d] = (r[d] as number) % (r[s] as number); r[d + 1] = 0; break;
          case 0x102: /* Sdiv64Imm */ divideSigned(r, d, (words[pc + 4] as number), (words[pc + 5] as number), false); break;
          case 0x103: /* Sdiv64Reg */ divideSigned(r, d, (r[s] as number), (r[s + 1] as number), false); break;
          case 0x106: /* Smod64Imm */ divideSigned(r, d, (words[pc + 4] as number), (words[pc + 5] as number), true); break;
          case 0x107: /* Smod64Reg */ divideSigned(r, d, (r[s] as number), (r[s + 1] as number), true); break;
          case 0x108: /* Movsx8to32 */ r[d] = ((r[s] as number) << 24) >> 24; r[d + 1] = 0; break;
          case 0x109: /* Movsx16to32 */ r[d] = ((r[s] as number) << 16) >> 16; r[d + 1] = 0; break;
          case 0x10a: /* Movsx8to64 */ r[d] = ((r[s] as number) << 24) >> 24; r[d + 1] = (r[d] as number) >> 31; break;
          case 0x10b: /* Movsx16to64 */ r[d] = ((r[s] as number) << 16) >> 16; r[d + 1] = (r[d] as number) >> 31; break;
          case 0x10c: /* Movsx32to64 */ r[d] = (r[s] as number); r[d + 1] = (r[d] as number) >> 31; break;
          case 0x10d: /* Le16 */ r[d] = (r[d] as number) & 0xffff; r[d + 1] = 0; break;
          case 0x10e: /* Le32 */ r[d + 1] = 0; break;
          case 0x10f: /* Le64 */ break;
          case 0x110: /* Swap16 */ r[d] = (((r[d] as number) & 0xff) << 8) | (((r[d] as number) >>> 8) & 0xff); r[d + 1] = 0; break;
          case 0x111: /* Swap32 */ r[d] = swap32((r[d] as number)); r[d + 1] = 0; break;
          case 0x112: /* Swap64 */ { const low = swap32((r[d + 1] as number)); r[d + 1] = swap32((r[d] as number)); r[d] = low; break; }
          case 0x115: /* Atomic32 */ { const a = store(d, (words[pc + 3] as number), 4); load(d, (words[pc + 3] as number), 4); atomic32(r, dv, a, (words[pc + 4] as number), s); break; }
          case 0x116: /* Atomic64 */ { const a = store(d, (words[pc + 3] as number), 8); load(d, (words[pc + 3] as number), 8); atomic64(r, dv, a, (words[pc + 4] as number), s); break; }
          case 0x113: /* LoadAcquire */ {
            const bytes = (words[pc + 6] as number) >> 3;
            const a = load(s, (words[pc + 3] as number), bytes);
            r[d + 1] = bytes === 8 ? dv.getInt32(a + 4, true) : 0;
            r[d] = bytes === 1 ? dv.getUint8(a) : bytes === 2 ? dv.getUint16(a, true) : dv.getInt32(a, true);
            break;
          }
          case 0x114: /* StoreRelease */ {
            const bytes = (words[pc + 6] as number) >> 3;
            const a = store(d, (words[pc + 3] as number), bytes);
            if (bytes === 1) dv.setInt8(a, (r[s] as number));
            else if (bytes === 2) dv.setInt16(a, (r[s] as number), true);
            else dv.setInt32(a, (r[s] as number), true);
            if (bytes === 8) dv.setInt32(a + 4, (r[s + 1] as number), true);
            break;
          }
          case 0xe5:
            if (budget <= 0) { pc = (words[pc + 3] as number); continue; }
            budget--;
            break;
          case 0x20: case 0x28: case 0x30: case 0x40: case 0x48: case 0x50: {
            const op = (words[pc] as number);
            const bytes = (op & 0x18) === 0 ? 4 : (op & 0x18) === 8 ? 2 : 1;
            const value = hooks.packetLoad((op & 0xe0) === 0x40 ? ((r[s] as number) + (words[pc + 4] as number)) | 0 : (words[pc + 4] as number), bytes);
            // Outside the packet the program ends with 0 (kernel: gen_ld_abs; RFC 9669, 5.5 leaves it to the platform).
            if (value === undefined) {
              r[0] = r[1] = 0;
              if (frame === base) return;
              pc = pop();
              if (callers[frame] === code) continue;
              code = callers[frame] as Code;
              continue program;
            }
            r[0] = value;
            r[1] = 0;
            break;
          }
          case 0x118: /* CallKfunc */
            self.fuel = n;
            self.current = code;
            n = HANDED_OVER;
            hooks.kfunc((words[pc + Word.slot] as number));
            n = self.fuel;
            break;
          case 0x119: /* AddrSpaceCast */
            throw new MachineFault("VM_INSTRUCTION", "addr_space_cast needs an arena, which this machine does not have");
          default:
            throw new MachineFault("VM_INSTRUCTION", `operation 0x${(words[pc] as number).toString(16)} cannot run`);
        }
          pc += STRIDE;
        }
      }
    } catch (error) {
      if (error instanceof MachineFault && error.insn < 0) {
        error.insn = pc / STRIDE;
        self.current = code;
      } else if (error instanceof RangeError && /call stack/i.test(error.message)) {
        throw new MachineFault("VM_STACK_OVERFLOW", "callbacks are nested too deep");
      }
      throw error;
    } finally {
      if (n !== HANDED_OVER) self.fuel = Math.max(n, 0);
    }
  }

  // Plain fields: V8 calls the accessors of an object literal some 30 times as slowly.
  const self: Interpreter = {
    registers,
    fuel: 0,
    cpu: 0,
    current: undefined,
    trace: undefined,
    forget() {},
    clear() {
      for (let i = 0; i < 22; i++) registers[i] = 0;
    },
    open(code) {
      frame = 0;
      tailCalls = 0;
      self.current = code;
      enterFrame();
      paused = { code, pc: 0 };
    },
    proceed() {
      if (paused === undefined) throw new MachineFault("VM_INSTRUCTION", "no run is stopped");
      const { code, pc } = paused;
      paused = undefined;
      run(code, pc, 0);
      return paused !== undefined;
    },
    backtrace: () =>
      Array.from({ length: frame }, (_, i) => (saved[(frame - 1 - i) * SAVED + 10] as number) / STRIDE - 1),
    begin(code) {
      frame = 0;
      tailCalls = 0;
      self.current = code;
    },
    place(code, at) {
      frame = at;
      self.current = code;
    },
    resume(code, slot, at, left) {
      frame = at;
      budget = left;
      self.current = code;
      registers[20] = frameTop(at);
      registers[21] = MEMORY_TAG;
      run(code, slot * STRIDE);
    },
    start(code) {
      frame = 0;
      tailCalls = 0;
      self.current = code;
      enterFrame();
      run(code, 0);
    },
    callback(slot) {
      const code = self.current;
      if (code === undefined || slot < 0 || slot >= code.slots)
        throw new MachineFault("VM_CALLBACK", `no function at ${slot}`);
      push(code, 0);
      try {
        run(code, slot * STRIDE);
      } finally {
        pop();
      }
      self.current = code;
    },
  };
  return self;
}
