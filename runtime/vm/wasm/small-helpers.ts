/** Helpers that are a few instructions: clock, random numbers, CPU. Their state lies at the engine's places (world.ts). */
import { helperById } from "../../facts/helpers/index.js";
import { Place } from "../places.js";
import { CLOCK_TICK, XORSHIFT } from "../world.js";
import { type Body, Local } from "./body.js";
import { W } from "./opcodes.js";

/** r0 = (clock += tick) */
function clock(body: Body): void {
  body.i32(0);
  body.i32(0);
  body.memory(W.i64Load, Place.clock);
  body.i64(CLOCK_TICK);
  body.op(W.i64Add);
  body.tee(Local.address);
  body.memory(W.i64Store, Place.clock);
  body.get(Local.address);
  body.setReg(0);
}

function random(body: Body): void {
  const [left, right, again] = XORSHIFT;
  body.i32(0);
  body.memory(W.i32Load, Place.random);
  for (const [shift, by] of [
    [W.i32Shl, left],
    [W.i32ShrU, right],
    [W.i32Shl, again],
  ] as const) {
    body.tee(Local.place);
    body.get(Local.place);
    body.i32(by);
    body.op(shift);
    body.op(W.i32Xor);
  }
  body.set(Local.place);
  body.i32(0);
  body.get(Local.place);
  body.memory(W.i32Store, Place.random);
  body.get(Local.place);
  body.setReg32(0);
}

function cpu(body: Body): void {
  body.i32(0);
  body.memory(W.i32Load, Place.cpu);
  body.setReg32(0);
}

function zero(body: Body): void {
  body.i64(0);
  body.setReg(0);
}

const SMALL: Readonly<Record<string, (body: Body) => void>> = {
  bpf_ktime_get_ns: clock,
  bpf_ktime_get_boot_ns: clock,
  bpf_ktime_get_coarse_ns: clock,
  bpf_ktime_get_tai_ns: clock,
  bpf_get_prandom_u32: random,
  bpf_get_smp_processor_id: cpu,
  bpf_get_numa_node_id: zero,
};

/** Emits a helper that is small enough; undefined for others. */
export function smallHelper(id: number): ((body: Body) => void) | undefined {
  return SMALL[helperById(id)?.name ?? ""];
}
