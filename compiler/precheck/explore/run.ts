/** The main loop: one instruction after the other, one path after the other, depth first (do_check; 6.18). */
import { MapTypeId } from "../../../runtime/facts/maps/index.js";
import { Alu, CallKind, Class, type Instruction, imm64, Jump, Mode, Op, Pseudo } from "../../../runtime/isa/index.js";
import { checkAbnormalReturns } from "../check/abnormal-return.js";
import { checkArithmetic } from "../check/arithmetic.js";
import { checkAttachment } from "../check/attachment.js";
import { checkHelperCall, forgetArguments } from "../check/call.js";
import { checkJump } from "../check/jump.js";
import { kernelVariable } from "../check/kernel-variable.js";
import { checkKfuncCall } from "../check/kfunc.js";
import { checkNothingHeld } from "../check/lock.js";
import { checkMapUse } from "../check/map-rules.js";
import { checkLoadStore } from "../check/memory.js";
import { checkExit, checkLocalCall, globalEntry, leaveFunction } from "../check/subprogram.js";
import { widen } from "../check/widen.js";
import { Env, LIMIT } from "../env.js";
import type { Cost, FunctionFacts, Subject } from "../program.js";
import { Reason, Rejection, reject } from "../rejection.js";
import { constReg, Kind, pointerReg, UNKNOWN_REG, ZERO_REG } from "../state/reg.js";
import { newFrame, State } from "../state/state.js";
import { instructionSince } from "../tables/instructions-since.js";
import { BUDGET, BUDGET_STRIDE, type Budget, checkBudget } from "./budget.js";
import { checkCallbacksRemain } from "./dead-code.js";
import { target } from "./flow.js";
import { checkStackDepth } from "./stack-depth.js";
import { isVisited, previousEntry } from "./visited.js";

/** Its variables are reached through casts: an address in it is a number. */

function loadImmediate(env: Env, insn: Instruction): void {
  env.destination(insn.dst);
  const variable = env.subject.variables?.get(insn.slot);
  if (variable !== undefined) {
    env.setReg(insn.dst, kernelVariable(env, variable));
    return;
  }
  switch (insn.src) {
    case Pseudo.None:
      env.setReg(
        insn.dst,
        env.fixed(insn, () => constReg(imm64(insn))),
      );
      break;
    case Pseudo.MapFd:
    case Pseudo.MapIdx:
      env.setReg(
        insn.dst,
        env.fixed(insn, () => pointerReg(Kind.MapPtr, insn.imm)),
      );
      break;
    case Pseudo.MapValue:
    case Pseudo.MapIdxValue:
      if (env.map(insn.imm).type === MapTypeId.arena) {
        env.setReg(insn.dst, UNKNOWN_REG);
        break;
      }
      env.setReg(insn.dst, pointerReg(Kind.MapValue, insn.imm).with({ off: insn.imm2 ?? 0 }));
      break;
    case Pseudo.Func: {
      const start = insn.slot + 1 + insn.imm;
      const sub = env.flow.subprogramAt(start);
      if (env.subject.functions.length === 0 && env.subject.functionsUnknown !== true)
        reject(Reason.Function, "missing btf func_info");
      if (env.isGlobal(start)) reject(Reason.Function, "callback function not static");
      env.setReg(insn.dst, pointerReg(Kind.Func, sub));
      break;
    }
    default:
      reject(Reason.Unsupported, `64-bit loads of kind ${insn.src} are not known to the pre-check`);
  }
}

/** LD_ABS and LD_IND: r6 is the context; r0 the value (check_ld_abs). */
function loadPacket(env: Env, insn: Instruction): void {
  env.insn = insn.slot + 1;
  if (![1, 3, 4].includes(env.subject.type))
    reject(Reason.Helper, "BPF_LD_[ABS|IND] instructions not allowed for this program type");
  if (env.source(6).kind !== Kind.Ctx) reject(Reason.Argument, "at the time of BPF_LD_ABS|IND R6 != pointer to skb");
  if ((insn.opcode & 0xe0) === Mode.Ind) env.source(insn.src);
  checkNothingHeld(env, "BPF_LD_[ABS|IND]");
  forgetArguments(env);
  env.setReg(0, UNKNOWN_REG);
  if (env.state.frames.length === 1) return;
  // A load that fails leaves the function with 0 (bpf_gen_ld_abs).
  env.push(insn.slot + 1, insn.slot);
  env.setReg(0, ZERO_REG);
  leaveFunction(env);
}

/** @returns true when the path ends */
function jump(env: Env, insn: Instruction): boolean {
  env.jumps++;
  const op = insn.opcode & 0xf0;
  if (op === Jump.Call) {
    env.liveStack.begin(env.state);
    if (insn.src === CallKind.Local) checkLocalCall(env, insn);
    else if (insn.src === CallKind.Helper) checkHelperCall(env, insn);
    else if (checkKfuncCall(env, insn)) {
      env.liveStack.end(insn.slot);
      return true;
    }
    env.liveStack.end(insn.slot);
    return false;
  }
  if (op === Jump.Exit) return checkExit(env, (what) => checkNothingHeld(env, what));
  if (op === Jump.Ja) env.insn = target(insn);
  else if (op === Jump.Cond) {
    // may_goto: leaving is walked first; another round waits, with what changed since the last one forgotten.
    const round = env.push(insn.slot + 1, insn.slot);
    round.mayGotoDepth++;
    widen(round, previousEntry(env, env.state.parent, insn.slot));
    env.insn = target(insn);
  } else checkJump(env, insn);
  return false;
}

/**
 * Walks one instruction.
 * @returns true when the path ends
 * @throws Rejection
 */
export function step(env: Env, insn: Instruction): boolean {
  switch (insn.opcode & 7) {
    case Class.Alu:
    case Class.Alu64:
      checkForm(env, insn);
      checkArithmetic(env, insn);
      env.insn++;
      return false;
    case Class.Ldx:
      checkLoadStore(env, insn);
      env.insn++;
      return false;
    case Class.St:
    case Class.Stx:
      env.liveStack.begin(env.state);
      checkForm(env, insn);
      checkLoadStore(env, insn);
      env.liveStack.end(insn.slot);
      env.insn++;
      return false;
    case Class.Ld:
      if (insn.opcode === Op.LdImm64) {
        loadImmediate(env, insn);
        env.insn += 2;
        return false;
      }
      loadPacket(env, insn);
      return false;
    default:
      return jump(env, insn);
  }
}

/** One open path less; finished ancestors become ready for comparison (update_branch_counts). */
function finish(env: Env): void {
  let at: State | undefined = env.state;
  while (at !== undefined) {
    at.branches--;
    if (at.branches > 0) return;
    env.loops.exit(at);
    at = at.parent;
  }
}

/** The limit of instructions, and now and then time and memory. */
function checkLimits(env: Env): void {
  const { processed } = env.cost;
  if (processed > LIMIT.processed) {
    reject(Reason.Complexity, `BPF program is too large. Processed ${processed} insn`);
  }
  env.lookAt = Math.min(processed + BUDGET_STRIDE, LIMIT.processed);
  checkBudget(env);
}

function path(env: Env): void {
  const { walked, cost } = env;
  const { at, prune, jump: reached } = env.flow;
  for (;;) {
    const slot = env.insn;
    const insn = at[slot];
    if (insn === undefined) reject(Reason.Flow, `invalid insn idx ${slot}`);
    walked[slot] = (walked[slot] ?? 0) + 1;
    if (++cost.processed > env.lookAt) checkLimits(env);
    env.state.insn = slot;
    if (prune[slot] === 1 && isVisited(env)) return;
    if (reached[slot] === 1) env.remember();
    if (step(env, insn)) return;
    env.previous = slot;
  }
}

function explore(env: Env): void {
  for (;;) {
    path(env);
    finish(env);
    env.liveStack.update(env.state);
    const next = env.pending.pop();
    if (next === undefined) return;
    env.state = next.state;
    env.insn = next.insn;
    env.previous = next.previous;
  }
}

const OPCODES_RESERVED: ReadonlySet<number> = new Set([Alu.Neg]);

function checkFields(insn: Instruction): void {
  const bad = (what: string): never => {
    throw new Rejection(Reason.Encoding, `${what} uses reserved fields`, insn.slot);
  };
  const cls = insn.opcode & 7;
  if (insn.dst > 10 || insn.src > 10)
    throw new Rejection(Reason.Encoding, `R${Math.max(insn.dst, insn.src)} is invalid`, insn.slot);
  if (cls === Class.Alu || cls === Class.Alu64) {
    const op = insn.opcode & 0xf0;
    if (op > Alu.End) throw new Rejection(Reason.Encoding, `unknown opcode ${insn.opcode.toString(16)}`, insn.slot);
    if (OPCODES_RESERVED.has(op) && (insn.imm !== 0 || insn.off !== 0 || insn.src !== 0)) bad("BPF_NEG");
    // A move between address spaces has their numbers in imm (6.9).
    const cast = cls === Class.Alu64 && op === Alu.Mov && insn.off === 1;
    if ((insn.opcode & 8) !== 0 && !cast && op !== Alu.End && insn.imm !== 0) bad("BPF_ALU");
    if ((insn.opcode & 8) === 0 && op !== Alu.End && insn.src !== 0) bad("BPF_ALU");
  }
  if (insn.opcode === Op.Exit && (insn.imm !== 0 || insn.src !== 0 || insn.dst !== 0)) bad("BPF_EXIT");
}

/** @param root global function that is judged on its own, or the program itself */
export function enter(subject: Subject, cpus: number, root: FunctionFacts | undefined): Env {
  const frame = newFrame(-1, 0, 0);
  frame.regs[1] = pointerReg(Kind.Ctx);
  frame.regs[10] = pointerReg(Kind.Stack, 0);
  const state = new State(frame);
  state.sleepable = subject.sleepable;
  const env = new Env(subject, cpus, state);
  if (root !== undefined) {
    const own = newFrame(-1, 0, env.flow.subprogramAt(root.start));
    own.regs[10] = pointerReg(Kind.Stack, 0);
    globalEntry(env, own, root);
    state.restart(own);
    env.insn = root.start;
  }
  return env;
}

/** A form of an opcode that the kernel to predict knows only in others: refused where it is walked. */
function checkForm(env: Env, insn: Instruction): void {
  if (env.subject.version === undefined) return;
  const since = instructionSince(insn);
  if (since?.form === true) env.require(since.what, since.kernel, Reason.Encoding);
}

/** Opcodes that the kernel to predict does not have, walked or not. */
function checkVersion(env: Env): void {
  if (env.subject.version === undefined) return;
  for (const insn of env.subject.insns) {
    const since = instructionSince(insn);
    if (since === undefined || since.form || env.since(since.kernel)) continue;
    throw new Rejection(Reason.Encoding, `${since.what} exists since Linux ${since.kernel}`, insn.slot);
  }
}

/** Maps that any instruction names, reached or not (resolve_pseudo_ldimm64). */
function checkMaps(env: Env): void {
  const kinds: ReadonlySet<number> = new Set([Pseudo.MapFd, Pseudo.MapValue, Pseudo.MapIdx, Pseudo.MapIdxValue]);
  for (const insn of env.subject.insns) {
    if (insn.opcode === Op.LdImm64 && kinds.has(insn.src)) checkMapUse(env, env.map(insn.imm));
  }
}

/** Kernel variables that any instruction names, reached or not (check_pseudo_btf_id). */
function checkVariables(env: Env): void {
  for (const [slot, variable] of env.subject.variables ?? []) {
    if (variable.untyped || env.subject.findsVariables !== false) continue;
    if (env.types.kernel?.find(variable.name, "var") === undefined) continue;
    throw new Rejection(
      Reason.Missing,
      `ldimm64 failed to find the address for kernel symbol '${variable.name}'.`,
      slot,
    );
  }
}

/** An exploration as its rejection left it. */
export interface Failure {
  readonly env: Env;
  readonly rejection: Rejection;
  readonly root: FunctionFacts | undefined;
}

/** Global functions that walked code calls, each from its signature; what they need is added to `main` (do_check_subprogs). */
function exploreGlobals(
  subject: Subject,
  cpus: number,
  main: Env,
  /** Told before each one is walked. */
  at: (env: Env, root: FunctionFacts) => void,
): void {
  const globals = subject.functions.filter((f) => f.global && f.start > 0);
  const done = new Set<number>();
  const handler = subject.exceptionCallback;
  if (handler !== undefined) main.called.add(handler);
  let last = main;
  for (let again = true; again; ) {
    again = false;
    for (const root of globals) {
      if (done.has(root.start) || !main.called.has(root.start)) continue;
      done.add(root.start);
      again = true;
      const env = enter(subject, cpus, root);
      at(env, root);
      env.budget = main.budget;
      // The limit is for all of them together, and when a state was last stored is not forgotten.
      env.cost.processed = main.cost.processed;
      env.jumps = last.jumps;
      env.lastJumps = last.lastJumps;
      env.lastProcessed = last.lastProcessed;
      last = env;
      explore(env);
      main.cost.processed = env.cost.processed;
      main.cost.states += env.cost.states;
      if (env.cost.needs !== undefined) main.need(env.cost.needs.kernel, env.cost.needs.what);
      env.depths.forEach((bytes, i) => {
        main.depths[i] = Math.max(main.depths[i] ?? 0, bytes);
      });
      env.walked.forEach((times, slot) => {
        main.walked[slot] = (main.walked[slot] ?? 0) + times;
      });
      for (const start of env.called) main.called.add(start);
    }
  }
}

/** Outcome of {@link verify}. */
export interface Verdict {
  readonly rejection: Rejection | undefined;
  readonly cost: Cost;
  /** Absent where instructions are malformed: then nothing was walked. */
  readonly failure?: Failure;
}

/**
 * Walks a program as the kernel would.
 * @param cpus processors of the machine that will run it
 * @param budget what it may take; beyond it the verdict is undecided
 */
export function verify(subject: Subject, cpus: number, budget: Budget = BUDGET): Verdict {
  let cost: Cost = { processed: 0, states: 0, stackBytes: 0 };
  let env: Env | undefined;
  let walked: FunctionFacts | undefined;
  const started = performance.now();
  try {
    for (const insn of subject.insns) checkFields(insn);
    const main = enter(subject, cpus, undefined);
    env = main;
    main.budget = { until: started + budget.ms, bytes: budget.bytes };
    checkVersion(main);
    checkMaps(main);
    checkAttachment(main);
    checkVariables(main);
    if ((subject.exceptionTags ?? 0) > 1)
      throw new Rejection(Reason.Function, "multiple exception callback tags for main subprog", 0);
    checkAbnormalReturns(main);
    explore(main);
    cost = main.cost;
    exploreGlobals(subject, cpus, main, (globalEnv, root) => {
      env = globalEnv;
      walked = root;
    });
    checkStackDepth(main);
    checkCallbacksRemain(main);
    return { rejection: undefined, cost };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    if (error.insn < 0) error.insn = env?.state.insn ?? 0;
    const failure = env && { env, rejection: error, root: walked };
    return { rejection: error, cost: env?.cost ?? cost, ...(failure && { failure }) };
  }
}
