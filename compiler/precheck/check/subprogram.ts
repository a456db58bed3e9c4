/** Calls of the program's own functions, callbacks and exits (check_func_call, prepare_func_exit, check_return_code; 6.18). */
import type { Instruction } from "../../../runtime/isa/index.js";
import { sameScalar } from "../domain/scalar.js";
import { type Env, LIMIT } from "../env.js";
import { previousEntry } from "../explore/visited.js";
import type { ArgumentFacts } from "../program.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, NO_REG, pointerReg, type Reg, UNKNOWN_REG } from "../state/reg.js";
import { isSpill } from "../state/slot.js";
import { type Frame, newFrame, type State } from "../state/state.js";
import type { CallFacts } from "./argument.js";
import { inRegion } from "./memory.js";
import { initialised } from "./stack.js";

function enter(env: Env, state: State, callsite: number, start: number): Frame {
  if (state.frames.length >= LIMIT.frames) {
    reject(Reason.StackBudget, `the call stack of ${state.frames.length + 1} frames is too deep`);
  }
  const frame = newFrame(callsite, state.frames.length, env.flow.subprogramAt(start));
  frame.regs[10] = pointerReg(Kind.Stack, frame.number);
  state.frames.push(frame);
  return frame;
}

function globalArgument(env: Env, regno: number, expected: ArgumentFacts, name: string): void {
  const reg = env.source(regno);
  const wrong = (): never => reject(Reason.Function, `Caller passes invalid args into func '${name}': R${regno}`);
  if (expected.kind === "scalar") {
    if (reg.kind !== Kind.Scalar) reject(Reason.Function, `R${regno} is not a scalar`);
    return;
  }
  if (expected.kind === "ctx") {
    if (reg.kind !== Kind.Ctx || reg.off !== 0) wrong();
    return;
  }
  if (reg.kind === Kind.Scalar && reg.s.isConst && reg.s.umin === 0n && !expected.nonnull) return;
  if (reg.maybeNull && expected.nonnull) wrong();
  if (reg.kind === Kind.Stack) initialised(env, regno, reg, 0, expected.size, true);
  else if (reg.kind === Kind.MapValue) inRegion(regno, reg, reg.off, expected.size, env.map(reg.extra).valueSize);
  else if (reg.kind === Kind.Mem) inRegion(regno, reg, reg.off, expected.size, reg.extra);
  else wrong();
}

/** A local call; moves `env.insn` to the callee or, for a global function, past the call. */
export function checkLocalCall(env: Env, insn: Instruction): void {
  const start = insn.slot + 1 + insn.imm;
  const facts = env.functionFacts(start);
  if (env.state.lock !== 0 && facts?.global === true)
    reject(Reason.Lock, "global function calls are not allowed while holding a lock");
  if (facts?.global === true) {
    for (const [i, arg] of facts.args.entries()) globalArgument(env, i + 1, arg, facts.name);
    for (let r = 0; r <= 5; r++) env.setReg(r, NO_REG);
    if (!facts.returnsVoid) env.setReg(0, UNKNOWN_REG);
    env.mapRegs(env.state, (reg) =>
      reg.isPacket || reg.kind === Kind.PktEnd ? (env.changesPacket(start) ? UNKNOWN_REG : reg) : reg,
    );
    env.insn = insn.slot + 1;
    return;
  }
  const caller = env.frame;
  const callee = enter(env, env.state, insn.slot, start);
  for (let r = 1; r <= 5; r++) callee.regs[r] = caller.regs[r] ?? NO_REG;
  for (let r = 0; r <= 5; r++) caller.regs[r] = NO_REG;
  env.insn = start;
  env.liveStack.leave();
}

function callbackRegs(env: Env, id: number, caller: Frame, facts: CallFacts): Reg[] {
  const at = (r: number): Reg => caller.regs[r] ?? NO_REG;
  switch (id) {
    case 181:
      return [UNKNOWN_REG, at(3)];
    case 164:
      return [
        pointerReg(Kind.MapPtr, facts.map),
        pointerReg(Kind.MapKey, facts.map),
        pointerReg(Kind.MapValue, facts.map, 0, env.nextId()),
        at(3),
      ];
    case 170:
      return [
        pointerReg(Kind.MapPtr, facts.object?.extra ?? 0),
        pointerReg(Kind.MapKey, facts.object?.extra ?? 0),
        pointerReg(Kind.MapValue, facts.object?.extra ?? 0),
      ];
    case 180:
      return [at(1), pointerReg(Kind.Btf, 0, Flag.Trusted), at(4)];
    default:
      return [pointerReg(Kind.DynptrPtr), at(3)];
  }
}

/** Queues a walk of the callback; the path itself goes on as if it had not been called (push_callback_call). */
export function callCallback(env: Env, insn: Instruction, id: number, facts: CallFacts): void {
  const start = env.flow.subprograms[facts.func]?.start;
  if (start === undefined) reject(Reason.Argument, "callback function not found in kernel");
  if (id === 170 && env.visitedAsync.has(start)) return;
  if (id === 170) env.visitedAsync.add(start);
  const caller = env.frame;
  const regs = callbackRegs(env, id, caller, facts);
  const state = env.push(start, insn.slot);
  if (id === 170) state.frames.splice(0);
  const callee = enter(env, state, id === 170 ? -1 : insn.slot, start);
  regs.forEach((reg, i) => {
    callee.regs[i + 1] = reg;
  });
  callee.callback = id === 170 ? 0 : 1;
  callee.asyncEntry = id === 170 ? 1 : 0;
  if (id === 170) return;
  state.callbackUnroll++;
  const outer = state.frames[state.frames.length - 2];
  if (outer !== undefined) outer.callbackDepth++;
  caller.callbackDepth = 0;
}

function returnRange(env: Env, where: string, min: bigint, max: bigint): void {
  const r0 = env.reg(0);
  if (r0.kind !== Kind.Scalar) reject(Reason.ReturnRange, `${where} the register R0 is not a known value (${r0.kind})`);
  env.precise(0);
  const low = BigInt.asIntN(32, r0.s.smin);
  if (r0.s.smin < min || r0.s.smax > max) {
    reject(
      Reason.ReturnRange,
      `${where} the register R0 has smin=${low} smax=${r0.s.smax} should have been in [${min}, ${max}]`,
    );
  }
}

/** `exit`. @returns true when the path ends here */
export function checkExit(env: Env, held: (what: string) => void): boolean {
  const { state } = env;
  const callee = env.frame;
  if (callee.asyncEntry === 1 || state.frames.length === 1) {
    held("BPF_EXIT instruction in main prog");
    const r0 = env.source(0);
    if (callee.asyncEntry === 1) returnRange(env, "At async callback return", 0n, 0n);
    else if (callee.subprogram === 0 && env.rules.returns !== undefined) {
      returnRange(env, "At program exit", env.rules.returns[0], env.rules.returns[1]);
    } else if (callee.subprogram !== 0 && r0.kind !== Kind.Scalar) {
      reject(Reason.ReturnRange, `At subprogram exit the register R0 is not a scalar value`);
    }
    return true;
  }
  env.liveStack.update(state);
  const r0 = env.reg(0);
  if (r0.kind === Kind.Stack) reject(Reason.Pointer, "cannot return stack pointer to the caller");
  if (callee.callback !== undefined) {
    env.source(0);
    returnRange(env, "At callback return", 0n, BigInt(callee.callback));
  }
  state.frames.pop();
  if (callee.callback !== undefined) {
    env.insn = callee.callsite;
    widen(env);
    return false;
  }
  env.setReg(0, r0);
  env.insn = callee.callsite + 1;
  return false;
}

/** Values that changed in a callback round and are not precise become unknown, so rounds converge (widen_imprecise_scalars). */
function widen(env: Env): void {
  const old = previousEntry(env, env.state.parent, env.insn);
  if (old === undefined) return;
  env.state.frames.forEach((frame, f) => {
    const before = old.frames[f];
    if (before === undefined) return;
    for (let r = 0; r < 10; r++) {
      const a = before.regs[r];
      const b = frame.regs[r];
      if (a?.kind !== Kind.Scalar || b?.kind !== Kind.Scalar || ((before.preciseRegs >> r) & 1) === 1 || a.s === b.s)
        continue;
      if (!sameScalar(a.s, b.s)) frame.regs[r] = UNKNOWN_REG;
    }
    frame.stack.forEach((slot, i) => {
      const a = before.stack[i]?.spilled;
      const b = slot.spilled;
      if (a?.kind !== Kind.Scalar || b?.kind !== Kind.Scalar || before.slotPrecise(i) || a.s === b.s) return;
      if (!isSpill(slot)) return;
      if (!sameScalar(a.s, b.s)) frame.stack[i] = { types: slot.types, spilled: UNKNOWN_REG };
    });
  });
}

/** Arguments of a global function that is judged on its own. */
export function globalEntry(env: Env, frame: Frame, args: readonly ArgumentFacts[]): void {
  args.forEach((arg, i) => {
    if (arg.kind === "ctx") frame.regs[i + 1] = pointerReg(Kind.Ctx);
    else if (arg.kind === "scalar") frame.regs[i + 1] = UNKNOWN_REG;
    else frame.regs[i + 1] = pointerReg(Kind.Mem, arg.size, arg.nonnull ? 0 : Flag.MaybeNull, env.nextId());
  });
}
