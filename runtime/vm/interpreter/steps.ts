/**
 * The interpreter's steps: what every instruction does (RFC 9669), one at a time, every access checked to the byte. They
 * define it for the other ways of running, and are what traces and debuggers see. Registers are pairs of 32-bit words
 * (wide.ts). Input must have passed isa `validate`.
 */
import { HelperId } from "../../facts/helpers/index.js";
import { LAYOUT, MEMORY_TAG, STACK_END } from "../address.js";
import { castAddress } from "../cast.js";
import { type Code, STRIDE, Word } from "../code.js";
import type { Engine, EngineHooks } from "../engine.js";
import { MachineFault } from "../fault.js";
import { MAX_TAIL_CALLS } from "../limits.js";
import type { LinearMemory } from "../memory.js";
import { accessFault, refuseRead } from "./access.js";
import { atomic32, atomic64 } from "./atomic.js";
import { type Frames, located } from "./frames.js";
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

/** bpf_tail_call's helper id: it changes the running program, so it is no ordinary helper. */
const TAIL_CALL = HelperId.tail_call;
/** Stands for the fuel while a helper runs: its callbacks spend it, also when one of them faults. */
const HANDED_OVER = -2;

export interface Steps {
  /** Where a run that was stopped goes on. */
  paused: { readonly code: Code; readonly slot: number } | undefined;
  /**
   * Runs until the function that started at `base` depth returns (false), or for `steps` instructions, or until the trace
   * says so (true; `paused` is then where).
   * @throws MachineFault with `insn` set
   */
  run(first: Code, slot: number, base: number, steps: number): boolean;
}

/** @param cpu whose fuel is spent, and whose trace is asked */
export function createSteps(memory: LinearMemory, hooks: EngineHooks, frames: Frames, cpu: Engine): Steps {
  const { u8: bytes, view, readable, writable, size: limit } = memory;
  const { registers } = frames;

  /** The place that the kernel would go on with, or the fault. */
  function otherwise(hi: number, lo: number, width: number, write: boolean): number {
    const found = hooks.missing?.(hi, lo, width, write);
    if (found === undefined) throw accessFault(memory, hi, lo, width, write);
    return found;
  }

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
    if (hi !== MEMORY_TAG || lo >>> 0 >= limit)
      return hooks.missing?.(hi, lo, width, false) ?? refuseRead(memory, hi, lo, width);
    if (((((readable[b] as number) | ((readable[b + 1] as number) << 8)) >> (lo & 7)) & mask) !== mask) {
      return otherwise(hi, lo, width, false);
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
    if (hi !== MEMORY_TAG || lo >>> 0 >= limit) return otherwise(hi, lo, width, true);
    if (((((writable[b] as number) | ((writable[b + 1] as number) << 8)) >> (lo & 7)) & mask) !== mask) {
      return otherwise(hi, lo, width, true);
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
      (registers[s + 1] as number) === MEMORY_TAG &&
      (l0 >>> 0) + off === lo >>> 0
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

  /**
   * Runs step by step until the function that started at `base` depth returns (false), or for `steps` instructions, or until
   * the trace says so (true; `paused` is then where).
   */
  function step(first: Code, entry: number, base: number, steps: number): boolean {
    // Locals: what the loop touches all the time must not be looked up in the closure.
    const r = registers;
    const dv = view;
    const u8 = bytes;
    let code = first;
    let pc = entry * STRIDE;
    let saving = 0;
    let n = Math.min(cpu.fuel, steps);
    /** Fuel that is not for these steps. */
    let rest = cpu.fuel - n;
    const limited = n > 0 && steps !== Number.POSITIVE_INFINITY;
    const hook = cpu.trace;
    try {
      // One round a program: within it the words stay the same, which lets the engine keep them at hand.
      program: for (;;) {
        const words = code.words;
        for (;;) {
          if (--n < 0) {
            if (!limited) throw new MachineFault("VM_FUEL", "the instruction limit is used up: an endless loop?");
            self.paused = { code, slot: pc / STRIDE };
            return true;
          }
          // A callback is one step: its helper cannot stop half-way.
          if (hook !== undefined && hook(words[pc + Word.slot] as number) === true && base === 0) {
            n++;
            self.paused = { code, slot: pc / STRIDE };
            return true;
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
              const target = frames.tailCalls < MAX_TAIL_CALLS ? hooks.tailCall() : undefined;
              if (target === undefined) { r[0] = -1; r[1] = -1; break; }
              // The target takes over the frame: its caller, if any, gets the target's result.
              frames.tailCalls++;
              code = target;
              cpu.current = target;
              frames.enter(frames.depth);
              frames.beginProgram();
              pc = 0;
              continue program;
            }
            cpu.fuel = n + rest;
            cpu.current = code;
            n = HANDED_OVER;
            hooks.helper(id);
            // A helper may have run callbacks: the steps end with it.
            n = limited ? 0 : cpu.fuel;
            rest = cpu.fuel - n;
            break;
          }
          case 0x117: /* CallLocal */ frames.push(code, pc / STRIDE + 1); pc = (words[pc + 3] as number); continue;
          case 0x95:
            if (frames.depth === base) return false;
            saving = frames.pop();
            pc = frames.backOf(saving) * STRIDE;
            if (frames.codeOf(saving) === code) continue;
            code = frames.codeOf(saving);
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
            if (frames.budget <= 0) { pc = (words[pc + 3] as number); continue; }
            frames.budget--;
            break;
          case 0x20: case 0x28: case 0x30: case 0x40: case 0x48: case 0x50: {
            const op = (words[pc] as number);
            const bytes = (op & 0x18) === 0 ? 4 : (op & 0x18) === 8 ? 2 : 1;
            const value = hooks.packetLoad((op & 0xe0) === 0x40 ? ((r[s] as number) + (words[pc + 4] as number)) | 0 : (words[pc + 4] as number), bytes);
            // Outside the packet the program ends with 0 (kernel: gen_ld_abs; RFC 9669, 5.5 leaves it to the platform).
            if (value === undefined) {
              r[0] = r[1] = 0;
              if (frames.depth === base) return false;
              saving = frames.pop();
              pc = frames.backOf(saving) * STRIDE;
              code = frames.codeOf(saving);
              continue program;
            }
            r[0] = value;
            r[1] = 0;
            break;
          }
          case 0x118: /* CallKfunc */
            cpu.fuel = n + rest;
            cpu.current = code;
            n = HANDED_OVER;
            hooks.kfunc((words[pc + Word.slot] as number));
            n = limited ? 0 : cpu.fuel;
            rest = cpu.fuel - n;
            break;
          case 0x119: /* AddrSpaceCast */ {
            const arena = hooks.arena?.();
            if (arena === undefined)
              throw new MachineFault("VM_INSTRUCTION", "addr_space_cast in a program that refers to no arena");
            castAddress(r, d, s, (words[pc + 4] as number), arena);
            break;
          }
          case 0x11c: /* Refused */
            throw new MachineFault(words[pc + 5] === 2 ? "VM_READ_ONLY" : "VM_ACCESS", `the kernel refuses a ${words[pc + 5] !== 0 ? "write" : "read"} of ${words[pc + 4]} bytes at offset ${words[pc + 3]} of this program type's context${words[pc + 5] === 2 ? ", which is read-only" : ""}`);
          default:
            throw new MachineFault("VM_INSTRUCTION", `operation 0x${(words[pc] as number).toString(16)} cannot run`);
        }
          pc += STRIDE;
        }
      }
    } catch (error) {
      throw located(cpu, error, code, pc / STRIDE);
    } finally {
      if (n !== HANDED_OVER) cpu.fuel = Math.max(n, 0) + rest;
    }
  }

  const self: Steps = { paused: undefined, run: step };
  return self;
}
