/** Helper calls: may it be called, do the arguments fit, what do registers hold afterwards (check_helper_call; 6.18). */

import { POISON } from "../../../runtime/elf/index.js";
import { type Helper, HelperId, type HelperName, helperById, helperOf } from "../../../runtime/facts/helpers/index.js";
import { MapTypeId } from "../../../runtime/facts/maps/index.js";
import { AttachTypeId, ProgramTypeId } from "../../../runtime/facts/program-types/ids.js";
import { SOCKET_OPTION_ITERATORS } from "../../../runtime/facts/typed-contexts.js";
import type { Instruction } from "../../../runtime/isa/index.js";
import { rangeScalar } from "../domain/scalar.js";
import type { Env } from "../env.js";
import { hasLock } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, NO_REG, pointerReg, type Reg, scalarReg, UNKNOWN_REG } from "../state/reg.js";
import { Held } from "../state/state.js";
import { RULE_SINCE } from "../tables/since.js";
import { type CallFacts, checkArgument, constantSize, NO_FACTS } from "./argument.js";
import { callCallback } from "./callback.js";
import { Dynptr, dynptrMemory, isPacketSlice } from "./dynptr.js";
import { inTreeCallback } from "./graph.js";
import { objectResult } from "./helper-object.js";
import { exchange } from "./kptr.js";
import { checkNothingHeld, spinLock } from "./lock.js";
import { mapTakes } from "./map-rules.js";
import { BPF_F_RDONLY_PROG } from "./memory.js";
import { refuseSleep } from "./section.js";
import { leaveFunction } from "./subprogram.js";

const MAX_ERRNO = 4095n;
/** More than any object has. */
const MAX_RELOCATIONS = 100_000;
/** Probes and trampolines stand at a function (check_get_func_ip). */
const knowsFunction = ({ subject: { type, attachType } }: Env): boolean =>
  type === ProgramTypeId.kprobe ||
  (type === ProgramTypeId.tracing &&
    attachType !== AttachTypeId.trace_raw_tp &&
    attachType !== AttachTypeId.trace_iter);

function availability(env: Env, id: number): Helper {
  const helper = helperById(id);
  // The relocation's number is in it (relocateCore); libbpf's own id has none.
  if (id >= POISON && id < POISON + MAX_RELOCATIONS) reject(Reason.Missing, `invalid func unknown#${POISON}`);
  if (helper === undefined) reject(Reason.Helper, `invalid func unknown#${id}`);
  env.require(`helper ${helper.name}#${id}`, helper.since);
  const forType = env.helperTypeSince(id);
  if (forType !== undefined) env.require(`helper ${helper.name}#${id} in programs of this type`, forType);
  const optionOfIterator =
    (id === HelperId.setsockopt || id === HelperId.getsockopt) &&
    env.subject.type === ProgramTypeId.tracing &&
    env.subject.attachType === AttachTypeId.trace_iter &&
    SOCKET_OPTION_ITERATORS.has(env.subject.target ?? "");
  const forSleepers = !env.subject.sleepable && helper.sleeps && !env.since(RULE_SINCE.sleepingHelpersEverywhere);
  if (forSleepers || (!env.rules.helpers.has(id) && !optionOfIterator))
    reject(Reason.Helper, `program of this type cannot use helper ${helper.name}#${id}`);
  if (!env.subject.gpl && helper.gpl) {
    reject(Reason.Licence, "cannot call GPL-restricted function from non-GPL compatible program");
  }
  return helperOf(helper, env.subject.type);
}

/** Sockets that helpers give otherwise than whole. */
const SOCKET_KINDS: Partial<Readonly<Record<HelperName, Kind>>> = {
  tcp_sock: Kind.TcpSock,
  skc_lookup_tcp: Kind.SockCommon,
};

/** Registers of a reference that was released hold nothing to rely on. */
export function release(env: Env, ref: number): void {
  env.state.refs = env.state.refs.filter((r) => r.id !== ref);
  env.mapRegs(env.state, (reg) => (reg.ref === ref ? UNKNOWN_REG : reg));
}

function result(env: Env, helper: Helper, facts: CallFacts, insn: number): Reg {
  // A tail call comes back only when it fails, and then r0 holds nothing (RET_VOID).
  if (helper.id === HelperId.tail_call) return NO_REG;
  const object = objectResult(env, helper, facts.object);
  if (object !== undefined) return object;
  switch (helper.result) {
    case "void":
      return NO_REG;
    case "mapValue":
      return pointerReg(Kind.MapValue, facts.map);
    case "mapValueOrNull": {
      const map = env.map(facts.map);
      const id = env.nextId();
      if (map.type === MapTypeId.sockmap || map.type === MapTypeId.sockhash) {
        env.state.refs = [...env.state.refs, { id, insn }];
        return pointerReg(Kind.Socket, 0, Flag.MaybeNull, id, id);
      }
      if (map.type === MapTypeId.xskmap) return pointerReg(Kind.XdpSock, 0, Flag.MaybeNull, id);
      const certain =
        helper.id === HelperId.map_lookup_elem &&
        env.since(RULE_SINCE.certainLookup) &&
        facts.key !== undefined &&
        facts.key < BigInt(map.maxEntries);
      return pointerReg(
        Kind.MapValue,
        facts.map,
        certain ? 0 : Flag.MaybeNull,
        certain && !hasLock(map.fields) ? 0 : id,
      );
    }
    case "memOrNull": {
      if (facts.dynptr !== undefined) return dynptrMemory(env, facts.dynptr, facts.reserve, false);
      const id = env.nextId();
      env.state.refs = [...env.state.refs, { id, insn }];
      return pointerReg(Kind.Mem, facts.reserve, Flag.MaybeNull | Flag.Ringbuf, id, id);
    }
    case "sockOrNull": {
      const id = env.nextId();
      const ref = helper.acquires ? id : helper.casts ? (facts.object?.ref ?? 0) : 0;
      if (helper.acquires) env.state.refs = [...env.state.refs, { id, insn }];
      const kind = SOCKET_KINDS[helper.bare] ?? Kind.Socket;
      return pointerReg(kind, 0, Flag.MaybeNull, id, ref);
    }
    case "kernelPtrOrNull":
      if (facts.kptr !== undefined) return exchange(env, facts.kptr, 2, insn);
      return pointerReg(Kind.Btf, 0, Flag.MaybeNull | Flag.Trusted, env.nextId());
    default:
      if (helper.id === HelperId.get_smp_processor_id) return scalarReg(rangeScalar(0n, BigInt(env.cpus - 1)));
      if (helper.givesLength)
        return scalarReg(rangeScalar(-MAX_ERRNO, facts.size > 0x7fff_ffffn ? 0x7fff_ffffn : facts.size));
      return UNKNOWN_REG;
  }
}

/** Pointers into the packet and slices of it end: it may have moved (clear_all_pkt_pointers). */
export function forgetPacket(env: Env): void {
  env.mapRegs(env.state, (reg) => (reg.isPacket || reg.kind === Kind.PktEnd || isPacketSlice(reg) ? UNKNOWN_REG : reg));
}

/** bpf_loop: rounds are walked until the bound is reached, where it is a known one. */
function loopCallback(env: Env, insn: Instruction, facts: CallFacts): void {
  const rounds = env.reg(1);
  // The kernel takes anything here and fails when it goes back for the precision of what is no number.
  if (rounds.kind !== Kind.Scalar) reject(Reason.Argument, "verifier bug: backtracking misuse");
  env.precise(1);
  if (BigInt(env.frame.callbackDepth) < rounds.s.umax) callCallback(env, insn, HelperId.loop, facts);
  else env.frame.callbackDepth = 0;
}

/** r1 to r5 are not readable after a call. */
export function forgetArguments(env: Env): void {
  for (let r = 0; r <= 5; r++) env.setReg(r, NO_REG);
}

/** A `call` of a helper; moves `env.insn` on. */
export function checkHelperCall(env: Env, insn: Instruction): void {
  const helper = availability(env, insn.imm);
  const { state } = env;
  if (state.lock !== 0 && helper.id !== HelperId.spin_unlock && helper.id !== HelperId.kptr_xchg) {
    reject(Reason.Lock, "function calls are not allowed while holding a lock");
  }
  if (helper.sleeps) refuseSleep(env, `helper ${helper.name}#${helper.id}`);
  const facts: CallFacts = { ...NO_FACTS };
  for (let i = 0; i < helper.args.length; i++) {
    if (helper.id === HelperId.ringbuf_reserve && i === 1) constantSize(env, 2, facts);
    else if (helper.id === HelperId.dynptr_data && i === 2) constantSize(env, 3, facts);
    else if (helper.id === HelperId.trace_printk && i >= 2) continue;
    else checkArgument(env, helper, i, facts);
  }
  if (facts.map >= 0 && helper.args.includes("map")) mapTakes(env, helper, env.map(facts.map));
  if (helper.changesMap && facts.map >= 0 && (env.map(facts.map).flags & BPF_F_RDONLY_PROG) !== 0)
    reject(Reason.Map, "write into map forbidden");
  if (helper.id === HelperId.tail_call) {
    // A known slot of the program array becomes a direct jump (record_func_key).
    const key = env.reg(3);
    const entries = env.map(facts.map).maxEntries;
    if (key.kind === Kind.Scalar && key.s.isConst && key.s.bits.v < BigInt(entries)) env.precise(3);
    checkNothingHeld(env, "tail_call");
  }
  if (helper.id === HelperId.get_func_ip && !knowsFunction(env))
    reject(Reason.Helper, `func ${helper.name}#${helper.id} not supported for program type ${env.subject.type}`);
  if (helper.id === HelperId.get_local_storage) {
    const flags = env.reg(2);
    if (flags.kind !== Kind.Scalar || !flags.s.isZero)
      reject(Reason.Argument, "get_local_storage() doesn't support non-zero flags");
  }
  if (helper.id === HelperId.spin_lock || helper.id === HelperId.spin_unlock) {
    if (inTreeCallback(env)) reject(Reason.Lock, "can't spin_{lock,unlock} in rbtree cb");
    spinLock(env, 1, helper.id === HelperId.spin_lock, Held.Lock, insn.slot);
  }
  if (facts.release !== 0) release(env, facts.release);
  if (helper.id === HelperId.loop) loopCallback(env, insn, facts);
  else if (helper.callsBack || helper.callsBackLater) callCallback(env, insn, helper.id, facts);
  const r0 = result(env, helper, facts, insn.slot);
  forgetArguments(env);
  env.setReg(0, r0);
  const skbWrite = helper.id === HelperId.dynptr_write && facts.dynptr?.type === Dynptr.Skb;
  const walkedBothWays = helper.id === HelperId.tail_call && env.since(RULE_SINCE.tailCallReturns);
  const moves =
    helper.id === HelperId.tail_call
      ? !walkedBothWays && env.since(RULE_SINCE.tailCallMovesPacket)
      : helper.changesPacket;
  if (moves || skbWrite) forgetPacket(env);
  env.insn = insn.slot + 1;
  if (!walkedBothWays || env.state.frames.length === 1) return;
  // It comes back only when it fails; when not, the program that it went to returns to this function's caller.
  env.push(insn.slot + 1, insn.slot);
  forgetPacket(env);
  env.setReg(0, UNKNOWN_REG);
  leaveFunction(env);
}
