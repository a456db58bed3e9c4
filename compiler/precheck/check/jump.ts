/** Conditional jumps: outcome, both branches, what each learns (check_cond_jmp_op; kernel/bpf/verifier.c, 6.18). */
import { Class, type Instruction, Jump } from "../../../runtime/isa/index.js";
import { arithmetic } from "../domain/arithmetic.js";
import { flipJump, type Outcome, outcome, refine } from "../domain/compare.js";
import { constScalar, type Scalar } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { target } from "../explore/flow.js";
import { hasLock } from "../fields.js";
import { AT_END, BEYOND_END, Flag, Kind, LINKED, type Reg, ZERO_REG } from "../state/reg.js";
import { isSpill, Slot } from "../state/slot.js";
import type { Linked, State } from "../state/state.js";
import { fieldsAt } from "./lock.js";
import { isTrusted } from "./trust.js";

const MAX_PACKET = 0xffffn;
const packetAny = (reg: Reg): boolean => reg.isPacket || reg.kind === Kind.PktEnd;

const NOT_NULL: ReadonlySet<number> = new Set([
  Kind.Socket,
  Kind.TcpSock,
  Kind.MapValue,
  Kind.MapKey,
  Kind.SockCommon,
  Kind.Mem,
  Kind.MapPtr,
]);
function notNull(reg: Reg): boolean {
  if (reg.maybeNull) return false;
  if (reg.kind === Kind.Btf) return isTrusted(reg);
  return NOT_NULL.has(reg.kind) && (reg.flags & Flag.Untrusted) === 0;
}

function packetOutcome(dst: Reg, src: Reg, op: number): Outcome {
  let pkt = dst;
  let code = op;
  if (dst.kind === Kind.PktEnd) {
    pkt = src;
    code = flipJump(op);
  } else if (src.kind !== Kind.PktEnd) return -1;
  if (pkt.extra >= 0) return -1;
  if ((code === Jump.Le || code === Jump.Gt) && pkt.extra === BEYOND_END) return code === Jump.Gt ? 1 : 0;
  if (code === Jump.Lt || code === Jump.Ge) return code === Jump.Ge ? 1 : 0;
  return -1;
}

function predict(env: Env, dst: Reg, src: Reg, op: number, half: boolean): Outcome {
  if (!half && packetAny(dst) && packetAny(src)) return packetOutcome(dst, src, op);
  if (dst.isPointer || src.isPointer) {
    const constant = (reg: Reg): boolean => reg.kind === Kind.Scalar && (half ? reg.s.isConst32 : reg.s.isConst);
    const [pointer, k] = constant(src) ? [dst, src] : [src, dst];
    if (!constant(k) || !notNull(pointer) || (half ? k.s.u32min !== 0 : k.s.umin !== 0n)) return -1;
    return op === Jump.Eq ? 0 : op === Jump.Ne ? 1 : -1;
  }
  return outcome(op, dst.s, src.s, half, env.ranges);
}

/** Registers and slots with the same id, at most six, and twice where both operands have it (collect_linked_regs). */
function collect(env: Env, id: number, into: Linked[]): void {
  for (let f = env.state.frames.length - 1; f >= 0; f--) {
    const frame = env.state.frames[f];
    if (frame === undefined) continue;
    // What nothing reads any more need not learn.
    const at = env.state.frames[f + 1]?.callsite ?? env.state.insn;
    const live = env.flow.live[at] ?? 0x3ff;
    for (let r = 0; r < 10; r++) {
      const reg = frame.regs[r];
      if (reg === undefined || reg.kind !== Kind.Scalar || reg.id !== id || ((live >> r) & 1) === 0) continue;
      if (into.length < 6) into.push({ frame: f, at: r });
      else frame.regs[r] = reg.with({ id: 0, flags: 0, off: 0 });
    }
    frame.stack.forEach((slot, i) => {
      const reg = slot.spilled;
      if (reg === undefined || !isSpill(slot) || reg.kind !== Kind.Scalar || reg.id !== id) return;
      if (into.length < 6) into.push({ frame: f, at: i + 16 });
      else frame.stack[i] = new Slot(slot.types, reg.with({ id: 0, flags: 0, off: 0 }));
    });
  }
}

/** What one register learnt, its relatives learn (sync_linked_regs). */
function sync(state: State, known: Reg, linked: readonly Linked[]): void {
  const learn = (reg: Reg): Reg => {
    if (reg === known || reg.kind !== Kind.Scalar || reg.id !== known.id) return reg;
    // Differences of 32-bit and of 64-bit additions do not go together.
    if (((reg.flags ^ known.flags) & LINKED) === LINKED) return reg;
    const either = (reg.flags | known.flags) & LINKED;
    if (either === 0 || reg.off === known.off) return known;
    const delta = constScalar(BigInt(reg.off - known.off));
    return reg.with({ s: arithmetic(0x00, known.s, delta, (either & Flag.AddConst32) !== 0) });
  };
  for (const { frame: f, at } of linked) {
    const frame = state.frames[f];
    if (frame === undefined) continue;
    if (at < 16) {
      const reg = frame.regs[at];
      if (reg !== undefined) frame.regs[at] = learn(reg);
      continue;
    }
    const slot = frame.stack[at - 16];
    if (slot?.spilled !== undefined) frame.stack[at - 16] = new Slot(slot.types, learn(slot.spilled));
  }
}

/** Every copy of a nullable pointer becomes null (a zero) or valid (mark_ptr_or_null_regs). */
export function decideNull(env: Env, state: State, pointer: Reg, isNull: boolean): void {
  const { id, ref } = pointer;
  if (ref !== 0 && ref === id && isNull) state.refs = state.refs.filter((r) => r.id !== id);
  env.mapRegs(state, (reg) => {
    if (!reg.maybeNull || reg.id !== id) return reg;
    if (isNull) return ZERO_REG;
    // A map value keeps its id only for a lock inside it; a reference is kept by `ref`.
    const map = reg.kind === Kind.MapValue ? env.map(reg.extra) : undefined;
    if (map !== undefined && map.type >= 12 && map.type <= 13) {
      return reg.with({ kind: Kind.MapPtr, flags: 0, uid: reg.id, id: 0, extra: env.innerOf(reg.extra) });
    }
    const locked = hasLock(fieldsAt(env, reg));
    return reg.with({ flags: reg.flags & ~Flag.MaybeNull, id: locked ? reg.id : 0 });
  });
}

function learnRange(env: Env, state: State, pkt: Reg, open: boolean): void {
  if (pkt.off < 0 || (pkt.off === 0 && open)) return;
  if (pkt.s.umax > MAX_PACKET || pkt.s.umax + BigInt(pkt.off) > MAX_PACKET) return;
  const range = pkt.off + (open ? 1 : 0);
  env.mapRegs(state, (reg) =>
    reg.kind === pkt.kind && reg.id === pkt.id && reg.extra < range ? reg.with({ extra: range }) : reg,
  );
}

function markEnd(state: State, regno: number, open: boolean): void {
  const reg = state.frame.regs[regno];
  if (reg?.kind === Kind.Pkt) state.frame.regs[regno] = reg.with({ extra: open ? BEYOND_END : AT_END });
}

const freshPacket = (reg: Reg): boolean => reg.kind === Kind.Pkt && reg.off === 0 && reg.s.isZero && reg.id === 0;

/** `pkt > end` and its relatives (try_match_pkt_pointers). */
function matchPacket(env: Env, insn: Instruction, dst: Reg, src: Reg, here: State, there: State): void {
  let op = insn.opcode & 0xf0;
  let pkt = dst;
  let regno = insn.dst;
  const left = (dst.kind === Kind.Pkt && src.kind === Kind.PktEnd) || (dst.kind === Kind.PktMeta && freshPacket(src));
  const right = (src.kind === Kind.Pkt && dst.kind === Kind.PktEnd) || (src.kind === Kind.PktMeta && freshPacket(dst));
  if (!left && !right) return;
  if (!left) {
    op = flipJump(op);
    pkt = src;
    regno = insn.src;
  }
  switch (op) {
    case Jump.Gt:
      learnRange(env, here, pkt, false);
      markEnd(there, regno, true);
      break;
    case Jump.Lt:
      learnRange(env, there, pkt, true);
      markEnd(here, regno, false);
      break;
    case Jump.Ge:
      learnRange(env, here, pkt, true);
      markEnd(there, regno, false);
      break;
    case Jump.Le:
      learnRange(env, there, pkt, false);
      markEnd(here, regno, true);
      break;
  }
}

function comparePointers(env: Env, insn: Instruction, dst: Reg, src: Reg, there: State): void {
  const op = insn.opcode & 0xf0;
  if (dst.maybeNull === src.maybeNull || dst.kind === Kind.Btf || src.kind === Kind.Btf) return;
  const state = op === Jump.Eq ? there : op === Jump.Ne ? env.state : undefined;
  if (state !== undefined) decideNull(env, state, dst.maybeNull ? dst : src, false);
}

/** Both operands, and their relatives, after a branch. */
function learn(
  state: State,
  insn: Instruction,
  register: boolean,
  side: readonly [Scalar, Scalar],
  linked: readonly Linked[],
): void {
  const { regs } = state.frame;
  const dst = regs[insn.dst];
  if (dst !== undefined && dst.s !== side[0]) regs[insn.dst] = dst.withScalar(side[0]);
  if (register && insn.src !== insn.dst) {
    const src = regs[insn.src];
    if (src !== undefined && src.s !== side[1]) regs[insn.src] = src.withScalar(side[1]);
  }
  if (linked.length === 0) return;
  for (const r of register ? [insn.src, insn.dst] : [insn.dst]) {
    const reg = regs[r];
    if (reg !== undefined && reg.kind === Kind.Scalar && reg.id !== 0) sync(state, reg, linked);
  }
}

/** Moves `env.insn` on and queues the other branch. */
export function checkJump(env: Env, insn: Instruction): void {
  const op = insn.opcode & 0xf0;
  const half = (insn.opcode & 7) === Class.Jmp32;
  const register = (insn.opcode & 8) !== 0;
  const source = register ? env.source(insn.src) : env.immediate(insn, false);
  const dst = env.source(insn.dst);
  const known = predict(env, dst, source, op, half);
  if (known >= 0) {
    if (dst.kind === Kind.Scalar) env.precise(insn.dst);
    if (register && source.kind === Kind.Scalar) env.precise(insn.src);
    env.insn = known === 1 ? target(insn) : insn.slot + 1;
    return;
  }
  const linked: Linked[] = [];
  if (register && source.kind === Kind.Scalar && source.id !== 0) collect(env, source.id, linked);
  if (dst.kind === Kind.Scalar && dst.id !== 0) collect(env, dst.id, linked);
  if (linked.length > 1) {
    env.remember();
    const last = env.state.history;
    if (last !== undefined) last.linked = linked;
  }
  const there = env.push(target(insn), insn.slot);
  const here = env.state;
  env.insn = insn.slot + 1;
  if (dst.kind === Kind.Scalar && source.kind === Kind.Scalar) {
    const { yes, no } =
      env.refined.get(insn.slot, dst.s, source.s) ??
      env.refined.put(
        insn.slot,
        dst.s,
        source.s,
        refine(op, dst.s, source.s, half, register && insn.src === insn.dst, env.ranges),
      );
    learn(here, insn, register, no, linked);
    learn(there, insn, register, yes, linked);
    return;
  }
  if (half) return;
  if (register && dst.isPointer && source.isPointer) comparePointers(env, insn, dst, source, there);
  if (!register && insn.imm === 0 && (op === Jump.Eq || op === Jump.Ne) && dst.maybeNull) {
    decideNull(env, here, dst, op === Jump.Ne);
    decideNull(env, there, dst, op === Jump.Eq);
  } else if (register) matchPacket(env, insn, dst, source, here, there);
}
