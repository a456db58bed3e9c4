/** Calls of the program's own functions, callbacks and exits (check_func_call, prepare_func_exit, check_return_code; 6.18). */
import type { Instruction } from "../../../runtime/isa/index.js";
import { type Env, LIMIT } from "../env.js";
import { previousEntry } from "../explore/visited.js";
import type { ArgumentFacts } from "../program.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, NO_REG, pointerReg, UNKNOWN_REG } from "../state/reg.js";
import { type Frame, newFrame, type State } from "../state/state.js";
import { inRegion } from "./memory.js";
import { initialised } from "./stack.js";
import { widen } from "./widen.js";

export function enter(env: Env, state: State, callsite: number, start: number): Frame {
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
    const { state } = env;
    const restricted = state.rcu > 0 || state.preempt > 0 || state.irq !== 0 || !state.sleepable;
    if (restricted && env.mightSleep(start)) {
      reject(
        Reason.Lock,
        `sleepable global function ${facts.name}() called in ${state.sleepable ? "RCU, preemption or IRQ section" : "a non-sleepable BPF program context"}`,
      );
    }
    env.called.add(start);
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
    widen(state, previousEntry(env, state, env.insn));
    return false;
  }
  env.setReg(0, r0);
  env.insn = callee.callsite + 1;
  return false;
}

/** Arguments of a global function that is judged on its own. */
export function globalEntry(env: Env, frame: Frame, args: readonly ArgumentFacts[]): void {
  args.forEach((arg, i) => {
    if (arg.kind === "ctx") frame.regs[i + 1] = pointerReg(Kind.Ctx);
    else if (arg.kind === "scalar") frame.regs[i + 1] = UNKNOWN_REG;
    else frame.regs[i + 1] = pointerReg(Kind.Mem, arg.size, arg.nonnull ? 0 : Flag.MaybeNull, env.nextId());
  });
}
