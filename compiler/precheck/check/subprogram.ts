/** Calls of the program's own functions, callbacks and exits (check_func_call, prepare_func_exit, check_return_code; 6.18). */
import type { Instruction } from "../../../runtime/isa/index.js";
import { type Env, LIMIT } from "../env.js";
import { previousEntry } from "../explore/visited.js";
import type { ArgumentFacts, FunctionFacts } from "../program.js";
import { Reason, Rejection, reject } from "../rejection.js";
import { Flag, Kind, NO_REG, pointerReg, type Reg, UNKNOWN_REG } from "../state/reg.js";
import { type Frame, newFrame, type State } from "../state/state.js";
import { RULE_SINCE } from "../tables/since.js";
import { memory } from "./argument.js";
import { Dynptr, useDynptr } from "./dynptr.js";
import { checkNothingHeld } from "./lock.js";
import { returnsOf } from "./returns.js";
import { widen } from "./widen.js";

/** The frame of a callee, on top of the caller's. */
export function enter(env: Env, state: State, callsite: number, start: number): Frame {
  if (state.frames.length >= LIMIT.frames) {
    reject(Reason.StackBudget, `the call stack of ${state.frames.length + 1} frames is too deep`);
  }
  const frame = functionFrame(env, start, callsite, state.frames.length);
  state.call(frame);
  return frame;
}

/** A frame in which nothing but the stack pointer is set (init_func_state). */
export function functionFrame(env: Env, start: number, callsite: number, number: number): Frame {
  const frame = newFrame(callsite, number, env.flow.subprogramAt(start));
  frame.regs[10] = pointerReg(Kind.Stack, number);
  return frame;
}

function globalArgument(env: Env, regno: number, expected: ArgumentFacts, name: string): void {
  const reg = env.source(regno);
  const wrong = (): never => reject(Reason.Function, `R${regno} does not fit what '${name}' declares`);
  if (expected.kind === "scalar") {
    if (reg.kind !== Kind.Scalar) reject(Reason.Function, `R${regno} is not a scalar`);
    return;
  }
  if (expected.kind === "ctx") {
    if (reg.kind !== Kind.Ctx || reg.off !== 0) wrong();
    return;
  }
  const isNull = reg.kind === Kind.Scalar && reg.s.isZero;
  switch (expected.kind) {
    case "dynptr":
      useDynptr(env, regno, false);
      return;
    case "arena":
      if (reg.kind !== Kind.Arena && reg.kind !== Kind.Scalar)
        reject(Reason.Function, `R${regno} is not a pointer to arena or scalar.`);
      return;
    case "untrusted":
      return;
    case "trusted":
      if (isNull && expected.nullable) return;
      if (reg.maybeNull && !expected.nullable)
        reject(Reason.Null, `Possibly NULL pointer passed to helper arg${regno - 1}`);
      if (reg.kind !== Kind.Btf || (reg.flags & (Flag.Untrusted | Flag.Alloc | Flag.PerCpu | Flag.User)) !== 0) wrong();
      if (!env.types.matches(reg.extra, reg.off, env.types.idOf(expected.struct), false)) wrong();
      return;
    default:
      break;
  }
  if (expected.size === 0) reject(Reason.Function, `arg#${regno - 1} reference type size cannot be determined`);
  // A null that is known passes, even where the function says nonnull (check_mem_reg).
  if (isNull) return;
  if (reg.maybeNull && expected.nonnull) wrong();
  // Of a pointer that may be null the memory is checked as if it were not (check_mem_reg).
  if (reg.maybeNull) env.setReg(regno, reg.with({ flags: reg.flags & ~Flag.MaybeNull }));
  memory(env, undefined, regno, expected.size, true, false);
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
    if (!facts.returnsScalar) {
      reject(Reason.Function, `Global function ${facts.name}() doesn't return scalar. Only those are supported.`);
    }
    try {
      for (const [i, arg] of facts.args.entries()) globalArgument(env, i + 1, arg, facts.name);
    } catch (error) {
      // The kernel tells what is wrong, then whose arguments they are.
      if (!(error instanceof Rejection) || error.reason === Reason.Unsupported) throw error;
      reject(Reason.Function, `Caller passes invalid args into func '${facts.name}': ${error.text}`);
    }
    for (let r = 0; r <= 5; r++) env.setReg(r, NO_REG);
    env.setReg(0, UNKNOWN_REG);
    if (env.since(RULE_SINCE.globalCallsMovePacket) && env.changesPacket(start))
      env.mapRegs(env.state, (reg) => (reg.isPacket || reg.kind === Kind.PktEnd ? UNKNOWN_REG : reg));
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

function returnRange(env: Env, where: string, min: bigint, max: bigint, regno = 0, half = false): void {
  const r0 = env.reg(regno);
  if (r0.kind !== Kind.Scalar)
    reject(Reason.ReturnRange, `${where} the register R${regno} is not a known value (${r0.kind})`);
  env.precise(regno);
  const low = BigInt.asIntN(32, r0.s.smin);
  const { s } = r0;
  if (half ? BigInt(s.s32min) < min || BigInt(s.s32max) > max : s.smin < min || s.smax > max) {
    reject(
      Reason.ReturnRange,
      `${where} the register R${regno} has smin=${low} smax=${r0.s.smax} should have been in [${min}, ${max}]`,
    );
  }
}

/** bpf_throw: nothing may be held in any frame, and its argument becomes what the program returns. */
export function checkThrow(env: Env): void {
  checkNothingHeld(env, "bpf_throw");
  // A handler decides itself what the program returns.
  if (env.subject.exceptionCallback !== undefined) return;
  const { range, half } = returnsOf(env);
  if (range !== undefined) returnRange(env, "At program exit", range[0], range[1], 1, half);
}

/** r0 at the end of a program, an asynchronous callback or a global function. */
function checkResult(env: Env, callee: Frame): void {
  if (callee.asyncEntry > 0) {
    env.source(0);
    returnRange(env, "At async callback return", 0n, 0n);
    return;
  }
  const handler = env.subject.exceptionCallback;
  if (callee.subprogram === 0 || (handler !== undefined && callee.subprogram === env.flow.subprogramAt(handler))) {
    const { needed, range, half } = returnsOf(env);
    if (needed) env.source(0);
    if (range !== undefined) returnRange(env, "At program exit", range[0], range[1], 0, half);
    return;
  }
  if (env.source(0).kind !== Kind.Scalar)
    reject(Reason.ReturnRange, `At subprogram exit the register R0 is not a scalar value`);
}

/** `exit`. @returns true when the path ends here */
export function checkExit(env: Env, held: (what: string) => void): boolean {
  const { state } = env;
  const callee = env.frame;
  if (callee.asyncEntry > 0 || state.frames.length === 1) {
    held("BPF_EXIT instruction in main prog");
    checkResult(env, callee);
    return true;
  }
  leaveFunction(env);
  return false;
}

/** Goes back to the caller with r0 (prepare_func_exit). */
export function leaveFunction(env: Env): void {
  const { state } = env;
  const callee = env.frame;
  env.liveStack.update(state);
  const r0 = env.reg(0);
  if (r0.kind === Kind.Stack) reject(Reason.Pointer, "cannot return stack pointer to the caller");
  if (callee.callback !== undefined) {
    env.source(0);
    returnRange(env, "At callback return", 0n, BigInt(callee.callback));
  }
  state.leave();
  if (callee.callback !== undefined) {
    env.insn = callee.callsite;
    widen(state, previousEntry(env, state, env.insn));
    return;
  }
  env.setReg(0, r0);
  env.insn = callee.callsite + 1;
}

/** Arguments of a global function that is judged on its own. */
export function globalEntry(env: Env, frame: Frame, { start, name, args, returnsScalar }: FunctionFacts): void {
  if (!returnsScalar)
    reject(Reason.Function, `Global function ${name}() doesn't return scalar. Only those are supported.`);
  if (start === env.subject.exceptionCallback && (args.length !== 1 || args[0]?.kind !== "scalar"))
    reject(Reason.Function, "exception cb only supports single integer argument");
  args.forEach((arg, i) => {
    frame.regs[i + 1] = entryRegister(env, arg);
  });
}

function entryRegister(env: Env, arg: ArgumentFacts): Reg {
  switch (arg.kind) {
    case "ctx":
      return pointerReg(Kind.Ctx);
    case "scalar":
      return UNKNOWN_REG;
    case "dynptr":
      return pointerReg(Kind.DynptrPtr, Dynptr.Local, 0, env.nextId());
    case "arena":
      return pointerReg(Kind.Arena);
    case "trusted": {
      const flags = Flag.Trusted | (arg.nullable ? Flag.MaybeNull : 0);
      return pointerReg(Kind.Btf, env.types.idOf(arg.struct), flags, env.nextId());
    }
    case "untrusted":
      if (arg.struct === undefined) return pointerReg(Kind.Mem, 0, Flag.ReadOnly | Flag.Untrusted);
      return pointerReg(Kind.Btf, env.types.idOf(arg.struct), Flag.Untrusted);
    default:
      return pointerReg(Kind.Mem, arg.size, arg.nonnull ? 0 : Flag.MaybeNull, env.nextId());
  }
}
