/** Loads, stores and helper accesses on the stack (check_stack_read, check_stack_write, check_stack_range_initialized; 6.18). */
import { constScalar, sameScalar, UNKNOWN, ZERO } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { Kind, type Reg, scalarReg, UNKNOWN_REG, ZERO_REG } from "../state/reg.js";
import {
  allBytes,
  Byte,
  byteType,
  EMPTY_SLOT,
  isFullSpill,
  isSpecial,
  isSpill,
  MISC_SLOT,
  Slot,
  withByte,
} from "../state/slot.js";
import type { Frame } from "../state/state.js";
import { RULE_SINCE } from "../tables/since.js";
import { withId } from "./arithmetic.js";
import { destroyDynptr } from "./dynptr.js";

const LIMIT = 512;
const MAX_VAR = 1n << 29n;

/** Bytes from `off` on that an access may touch, both ends relative to the frame pointer; rejects what leaves the frame. */
export function stackRange(
  env: Env,
  regno: number,
  reg: Reg,
  off: number,
  size: number,
  write: boolean,
): readonly [number, number] {
  const verb = write ? " write to" : " read from";
  let min: number;
  let max: number;
  if (reg.s === ZERO) {
    min = reg.off + off;
    max = min + size;
  } else if (reg.s.isConst) {
    min = reg.off + off + Number(BigInt.asIntN(64, reg.s.bits.v));
    max = min + size;
  } else {
    if (reg.s.smax >= MAX_VAR || reg.s.smin <= -MAX_VAR) {
      reject(Reason.Stack, `invalid unbounded variable-offset${verb} stack R${regno}`);
    }
    min = Number(reg.s.smin) + reg.off + off;
    max = Number(reg.s.smax) + reg.off + off + size;
  }
  if (min < -LIMIT || min > -1 || max > 0 || size < 0) {
    if (reg.s.isConst) reject(Reason.Stack, `invalid${verb} stack R${regno} off=${min} size=${size}`);
    reject(Reason.Stack, `invalid variable-offset${verb} stack R${regno} off=${min} size=${size}`);
  }
  const frame = frameOf(env, reg);
  while (frame.stack.length * 8 < -min) frame.stack.push(EMPTY_SLOT);
  env.useStack(frame, -min);
  return [min, max];
}

export function frameOf(env: Env, reg: Reg): Frame {
  const frame = env.state.frames[reg.extra];
  if (frame === undefined) reject(Reason.Stack, "stack pointer of a frame that is gone");
  return frame;
}

/** Bits that the greatest value takes. */
function width(reg: Reg): number {
  const { umax } = reg.s;
  return umax <= 0xffff_ffffn ? 32 - Math.clz32(Number(umax)) : umax.toString(2).length;
}

const SPILLED = allBytes(Byte.Spill);

function saveRegister(frame: Frame, spi: number, reg: Reg, size: number): void {
  frame.clearSlotPrecise(spi);
  if (size === 8) {
    frame.setSlot(spi, new Slot(SPILLED, reg));
    return;
  }
  let types = frame.slot(spi).types;
  for (let at = 7; at >= 8 - size; at--) types = withByte(types, at, Byte.Spill);
  for (let at = 7 - size; at >= 0; at--) {
    const type = (types >> (at * 3)) & 7;
    if (type !== Byte.Zero && type !== Byte.Invalid) types = withByte(types, at, Byte.Misc);
  }
  frame.setSlot(spi, new Slot(types, reg));
}

/** Bytes of a slot that held something special become data of which nothing is known. */
function scrub(slot: Slot): number {
  let { types } = slot;
  for (let at = 0; at < 8; at++) if (byteType(slot, at) !== Byte.Invalid) types = withByte(types, at, Byte.Misc);
  return types;
}

/** Before 6.9 only a number of which something is known is kept. */
const spillsScalar = (env: Env, { s }: Reg): boolean => env.since(RULE_SINCE.anySpill) || !sameScalar(s, UNKNOWN);

/** @param value register number, or -1 with `constant` for an immediate, or -1 alone for data that is not known */
export function writeStack(
  env: Env,
  regno: number,
  pointer: Reg,
  off: number,
  size: number,
  value: number,
  constant?: bigint,
): void {
  const [min, max] = stackRange(env, regno, pointer, off, size, true);
  const frame = frameOf(env, pointer);
  if (!pointer.s.isConst) return writeVariable(env, frame, min, max, value);
  const at = -min - 1;
  const spi = at >> 3;
  if (size === 8 && min % 8 === 0) env.markStackWrite(frame.number, spi);
  destroyDynptr(env, frame, spi);
  const old = frame.slot(spi);
  const reg = value >= 0 ? env.reg(value) : undefined;
  const aligned = min % 8 === 0;
  if (aligned && reg?.kind === Kind.Scalar && spillsScalar(env, reg)) {
    const fits = size === 8 || width(reg) <= size * 8;
    const spilled = fits ? withId(env, reg) : reg.with({ id: 0, flags: 0, off: 0 });
    if (fits) env.setReg(value, spilled);
    saveRegister(frame, spi, spilled, size);
  } else if (aligned && constant !== undefined && env.since(RULE_SINCE.storedConstants)) {
    saveRegister(frame, spi, scalarReg(env.pool.one(constScalar(constant))), size);
  } else if (reg?.isPointer) {
    if (size !== 8) reject(Reason.Stack, "invalid size of register spill");
    if (frame !== env.frame && reg.kind === Kind.Stack) {
      reject(Reason.Stack, "cannot spill pointers to stack into stack frame of the caller");
    }
    saveRegister(frame, spi, reg, size);
  } else {
    let types = isSpill(old) || isSpecial(old) ? scrub(old) : old.types;
    const zero = constant === 0n || (reg?.kind === Kind.Scalar && reg.s.isZero);
    if (zero && value >= 0) env.precise(value);
    for (let i = 0; i < size; i++) types = withByte(types, (at - i) & 7, zero ? Byte.Zero : Byte.Misc);
    frame.setSlot(spi, new Slot(types, undefined));
    frame.clearSlotPrecise(spi);
    return;
  }
  env.remember(spi, frame.number);
}

function writeVariable(env: Env, frame: Frame, min: number, max: number, value: number): void {
  const reg = value >= 0 ? env.reg(value) : undefined;
  const zero = reg?.kind === Kind.Scalar && reg.s.isZero;
  let used = false;
  for (let off = min; off < max; off++) {
    const at = -off - 1;
    destroyDynptr(env, frame, at >> 3);
    const slot = frame.slot(at >> 3);
    const type = byteType(slot, at & 7);
    // Spilled zeros stay zeros where zeros are written (6.0).
    if (zero && type === Byte.Spill && slot.spilled?.kind === Kind.Scalar && slot.spilled.s.isZero) {
      continue;
    }
    const next = zero && type === Byte.Zero ? Byte.Zero : Byte.Misc;
    if (next === Byte.Zero) used = true;
    const types = isSpill(slot) ? scrub(slot) : slot.types;
    frame.setSlot(at >> 3, new Slot(withByte(types, at & 7, next), undefined));
  }
  if (used) env.precise(value);
}

function readBytes(frame: Frame, min: number, size: number): Reg {
  for (let i = 0; i < size; i++) {
    const at = -min - 1 - i;
    if (byteType(frame.slot(at >> 3), at & 7) !== Byte.Zero) return UNKNOWN_REG;
  }
  return ZERO_REG;
}

/** @param dst register to fill; -1 to check only */
export function readStack(env: Env, regno: number, pointer: Reg, off: number, size: number, dst: number): void {
  const [min] = stackRange(env, regno, pointer, off, size, false);
  const frame = frameOf(env, pointer);
  if (!pointer.s.isConst) {
    initialised(env, regno, pointer, off, size, false, false, true);
    if (dst >= 0) env.setReg(dst, scalarReg(UNKNOWN));
    return;
  }
  const at = -min - 1;
  const spi = at >> 3;
  const slot = frame.slot(spi);
  const reg = slot.spilled;
  if (dst >= 0) env.markStackRead(frame.number, spi);
  if (!isSpill(slot) || reg === undefined) {
    const mayBeUnset = env.since(RULE_SINCE.uninitialisedStack);
    for (let i = 0; i < size; i++) {
      const type = byteType(slot, (at - i) & 7);
      if (type >= Byte.Dynptr || (type === Byte.Invalid && !mayBeUnset))
        reject(Reason.Stack, `invalid read from stack off ${min}+${i} size ${size}`);
    }
    if (dst >= 0) env.setReg(dst, readBytes(frame, min, size));
    return;
  }
  if (size === 8 && isFullSpill(slot)) {
    if (dst >= 0) env.setReg(dst, reg);
    env.remember(spi, frame.number);
    return;
  }
  if (reg.kind !== Kind.Scalar) reject(Reason.Stack, "invalid size of register fill");
  if (dst < 0) return;
  fillNarrow(env, frame, spi, at, min, size, dst, reg);
}

function fillNarrow(
  env: Env,
  frame: Frame,
  spi: number,
  at: number,
  min: number,
  size: number,
  dst: number,
  reg: Reg,
): void {
  const slot = frame.slot(spi);
  let spilled = 1;
  while (spilled < 8 && byteType(slot, 7 - spilled) === Byte.Spill) spilled++;
  if ((env.since(RULE_SINCE.anySpill) ? size <= spilled : size === spilled) && min % 8 === 0) {
    let copy = reg;
    if (size === 4 && spilled === 4 && width(reg) <= 32) {
      copy = withId(env, reg);
      frame.stack[spi] = new Slot(slot.types, copy);
    }
    env.setReg(dst, width(copy) > size * 8 ? copy.with({ id: 0, flags: 0, off: 0 }) : copy);
    env.remember(spi, frame.number);
    return;
  }
  let spill = 0;
  let zero = 0;
  for (let i = 0; i < size; i++) {
    const type = byteType(slot, (at - i) & 7);
    if (type === Byte.Spill) spill++;
    else if (type === Byte.Zero) zero++;
  }
  if (spill === size && reg.s.isZero) {
    env.setReg(dst, ZERO_REG);
    env.remember(spi, frame.number);
  } else env.setReg(dst, zero === size ? ZERO_REG : UNKNOWN_REG);
}

/** A helper or a variable-offset load touches these bytes; a writing helper leaves them unknown. */
export function initialised(
  env: Env,
  regno: number,
  pointer: Reg,
  off: number,
  size: number,
  write: boolean,
  /** The helper fills memory that it does not read (MEM_UNINIT). */
  raw = false,
  /** No helper: a load. */
  load = false,
): void {
  const [min, max] = stackRange(env, regno, pointer, off, size, write);
  const frame = frameOf(env, pointer);
  if (!pointer.s.isConst) env.precise(regno);
  // Older kernels take it that a helper may write whatever it is given.
  const clobbers = write || (!load && !env.since(RULE_SINCE.helperReadsKeepStack));
  for (let byte = min; byte < max; byte++) {
    const at = -byte - 1;
    const spi = at >> 3;
    const slot = frame.slot(spi);
    if (!raw) env.markStackRead(frame.number, spi);
    const type = byteType(slot, at & 7);
    if (type >= Byte.Dynptr || (type === Byte.Invalid && !write && !env.since(RULE_SINCE.uninitialisedStack))) {
      reject(Reason.Stack, `invalid read from stack R${regno} off ${min}+${byte - min} size ${size}`);
    }
    if (isSpill(slot)) {
      if (clobbers) frame.setSlot(spi, new Slot(scrub(slot), undefined));
    } else if (clobbers && slot.types !== MISC_SLOT.types) {
      frame.setSlot(spi, new Slot(withByte(slot.types, at & 7, Byte.Misc), undefined));
    }
  }
}
