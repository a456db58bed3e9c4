/** Runs generated programs in the interpreter, with helpers of its own, and shows registers and stack at every instruction. */
import type { Instruction } from "../../runtime/isa/index.js";
import { Op, Pseudo } from "../../runtime/isa/index.js";
import { FUNCTION_TAG, functionSlot, LAYOUT, MEMORY_TAG, pointerTo } from "../../runtime/vm/address.js";
import { prepare } from "../../runtime/vm/code.js";
import type { EngineHooks } from "../../runtime/vm/engine.js";
import { MachineFault } from "../../runtime/vm/fault.js";
import { createInterpreter } from "../../runtime/vm/interpreter/interpreter.js";
import { LinearMemory } from "../../runtime/vm/memory.js";
import { openStacks, register } from "../../runtime/vm/raw.js";
import type { Random } from "../oracle/random.js";
import { MAPS } from "../oracle/scene.js";

export interface Observer {
  /** @param read the register n; `slot` reads 8 bytes of the current frame, 0 at fp-8, undefined where never written */
  (at: number, read: (n: number) => bigint, slot: (i: number) => bigint | undefined): void;
}

const CONTEXT_BYTES = 512;
const REGION = 64;

/** Programs of these helpers can be run here. */
const HELPERS: ReadonlySet<number> = new Set([1, 5, 7, 12, 16, 28, 113, 131, 132, 133, 181]);

export const canRun = (insns: readonly Instruction[]): boolean =>
  insns.every((insn) => insn.opcode !== Op.Call || insn.src !== 0 || HELPERS.has(insn.imm));

/** A map is its number: helpers of this machine take it so. Functions carry their tag. */
function resolve(insn: Instruction): readonly [number, number] | undefined {
  if (insn.src === Pseudo.MapFd) return [insn.imm, 0];
  return insn.src === Pseudo.Func ? [insn.slot + 1 + insn.imm, FUNCTION_TAG] : undefined;
}

/** One run on random input. @returns the fault, or undefined; programs that run too long just end */
export function run(insns: readonly Instruction[], random: Random, observe: Observer): MachineFault | undefined {
  const memory = new LinearMemory(18);
  openStacks(memory);
  const regions = 16;
  const at = memory.allocate(CONTEXT_BYTES + REGION * regions, 16);
  memory.paint(at, CONTEXT_BYTES + REGION * regions, true, true);
  const fill = (from: number, bytes: number): void => {
    // Small numbers, all ones and noise alike: branches go both ways.
    for (let i = 0; i < bytes; i++)
      memory.u8[from + i] = random.pick([0, 0, 1, 7, 0x40, 0x7f, 0x80, 0xff, random.below(256)]);
  };
  fill(at, CONTEXT_BYTES + REGION * regions);
  const set = (n: number, value: bigint): void => {
    engine.registers[2 * n] = Number(BigInt.asIntN(32, value));
    engine.registers[2 * n + 1] = Number(BigInt.asIntN(32, value >> 32n));
  };
  const noise = (): bigint => {
    const word = (BigInt(random.next()) << 32n) | BigInt(random.next());
    return random.chance(40) ? word : BigInt.asUintN(64, BigInt(random.between(-70, 300)));
  };
  const region = (): bigint => pointerTo(at + CONTEXT_BYTES + REGION * random.below(regions));
  const hooks: EngineHooks = {
    helper(id) {
      switch (id) {
        case 1:
          return set(0, lookup(register(engine, 1), register(engine, 2)));
        case 131:
          return set(0, random.chance(70) ? region() : 0n);
        case 7:
          return set(0, BigInt(random.next()));
        case 181: {
          const callback = functionSlot(engine.registers[4] ?? 0, engine.registers[5] ?? 0);
          if (callback === undefined) throw new MachineFault("VM_HELPER_UNKNOWN", "bpf_loop without a function");
          const rounds = Number(BigInt.asUintN(32, register(engine, 1)));
          const context = register(engine, 3);
          for (let i = 0; i < Math.min(rounds, 9); i++) {
            set(1, BigInt(i));
            set(2, context);
            engine.callback(callback);
            if (register(engine, 0) !== 0n) break;
          }
          return set(0, BigInt(rounds));
        }
        default:
          return set(0, noise());
      }
    },
    kfunc() {
      throw new MachineFault("VM_KFUNC", "no kernel functions here");
    },
    contextPointer: () => undefined,
    tailCall: () => undefined,
    packetLoad: () => undefined,
  };
  /** Array maps have all their keys; others may have any. */
  const lookup = (map: bigint, key: bigint): bigint => {
    const facts = MAPS[Number(map)];
    const place = Number(BigInt.asUintN(32, key));
    const index = memory.view.getUint32(place, true);
    if (facts?.type === 2 || facts?.type === 6) return index < facts.maxEntries ? region() : 0n;
    return random.chance(60) ? region() : 0n;
  };
  const engine = createInterpreter(memory, hooks);
  engine.fuel = 5000;
  engine.trace = (slot) => {
    const top = engine.registers[20] ?? 0;
    observe(
      slot,
      (n) => register(engine, n),
      (i) => {
        const from = top - 8 * (i + 1);
        for (let b = 0; b < 8; b++)
          if ((((memory.readable[(from + b) >> 3] ?? 0) >> ((from + b) & 7)) & 1) === 0) return undefined;
        return memory.view.getBigUint64(from, true);
      },
    );
  };
  engine.registers[2] = at;
  engine.registers[3] = MEMORY_TAG;
  if (at < LAYOUT.heap) throw new RangeError("input lies on the heap");
  try {
    engine.start(prepare(insns, resolve));
    return undefined;
  } catch (error) {
    if (!(error instanceof MachineFault)) throw error;
    return error;
  }
}
