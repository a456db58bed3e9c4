/** One argument of a helper call (check_func_arg, check_mem_size_reg, check_helper_mem_access; kernel/bpf/verifier.c, 6.18). */

import { type Helper, type HelperArg, HelperId, type HelperName } from "../../../runtime/facts/helpers/index.js";
import { MapTypeId, mapTypes } from "../../../runtime/facts/maps/index.js";
import { ProgramTypeId } from "../../../runtime/facts/program-types/ids.js";
import type { Env } from "../env.js";
import type { Field } from "../fields.js";
import { Reason, reject } from "../rejection.js";
import { Flag, Kind, type Reg, regTypeName } from "../state/reg.js";
import { Byte, byteType, isSpill } from "../state/slot.js";
import { accessStruct } from "./btf-pointer.js";
import { Dynptr, type DynptrFacts, initialiseDynptr, releaseDynptr, useDynptr } from "./dynptr.js";
import { objectArgument } from "./helper-object.js";
import { exchangePlace } from "./kptr.js";
import { checkAlignment, inPacket, inRegion, mapRegion } from "./memory.js";
import { frameOf, initialised } from "./stack.js";

const MAX_SIZE = 1n << 29n;

/** What earlier arguments of the same call told. */
export interface CallFacts {
  map: number;
  /** Known key of an array lookup. */
  key: bigint | undefined;
  /** Reference to release, or 0. */
  release: number;
  /** Constant size of a reservation. */
  reserve: number;
  /** Greatest size argument: what a copying helper returns at most. */
  size: bigint;
  func: number;
  /** Object argument whose type the result may follow. */
  object: Reg | undefined;
  /** Place that bpf_kptr_xchg exchanges. */
  kptr: Field | undefined;
  dynptr: DynptrFacts | undefined;
}

export const NO_FACTS: CallFacts = {
  map: -1,
  key: undefined,
  release: 0,
  reserve: 0,
  size: 0n,
  func: -1,
  object: undefined,
  kptr: undefined,
  dynptr: undefined,
};

/** Their values are sockets to a program (resolve_map_arg_type). */
const SOCKET_MAPS = mapTypes("sockmap", "sockhash");

const isNull = (reg: Reg): boolean => reg.kind === Kind.Scalar && reg.s.isZero;

function wrongType(regno: number, reg: Reg, expected: string): never {
  reject(reg.maybeNull ? Reason.Null : Reason.Argument, `R${regno} type=${regTypeName(reg)} expected=${expected}`);
}

const MEMORY = "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_";

/** May the helper be given packet memory? Options of sockets are packets that any helper takes (may_access_direct_pkt_data). */
const takesPacket = (env: Env, helper: Helper): boolean =>
  helper.takesPacket || env.subject.type === ProgramTypeId.cgroup_sockopt;

/**
 * Memory of `size` bytes that a call reads or writes.
 * @param helper undefined for kernel functions, which take packets too
 */
export function memory(
  env: Env,
  helper: Helper | undefined,
  regno: number,
  size: number,
  write: boolean,
  zeroOk: boolean,
  sizeIsKnown = true,
): void {
  const reg = env.reg(regno);
  if (zeroOk && size === 0 && isNull(reg)) return;
  if (reg.maybeNull) wrongType(regno, reg, MEMORY);
  switch (reg.kind) {
    case Kind.Stack:
      initialised(
        env,
        regno,
        reg,
        0,
        size,
        write,
        write && sizeIsKnown && reg.s.isConst && (helper === undefined || !helper.readsOutput),
      );
      return;
    case Kind.MapValue:
      return mapRegion(env, regno, reg, 0, size, write, zeroOk);
    case Kind.MapKey:
      if (write) reject(Reason.Map, `R${regno} cannot write into map_key`);
      return inRegion(regno, reg, reg.off, size, env.map(reg.extra).keySize, zeroOk);
    case Kind.Mem:
      if (write && (reg.flags & Flag.ReadOnly) !== 0)
        reject(Reason.Map, `R${regno} cannot write into ${regTypeName(reg)}`);
      return inRegion(regno, reg, reg.off, size, reg.extra, zeroOk);
    case Kind.Pkt:
    case Kind.PktMeta:
      if (helper !== undefined && !takesPacket(env, helper))
        reject(Reason.Argument, "helper access to the packet is not allowed");
      return inPacket(regno, reg, 0, size, zeroOk);
    case Kind.Buf:
      return;
    case Kind.Btf:
      if (reg.flags !== Flag.Trusted && reg.flags !== 0) wrongType(regno, reg, MEMORY);
      accessStruct(env, regno, reg, 0, size, write);
      return;
    default:
      wrongType(regno, reg, MEMORY);
  }
}

/** A key on the stack that is one value makes array lookups certain (get_constant_map_key, 6.15). */
function constantKey(env: Env, reg: Reg, size: number): bigint | undefined {
  if (reg.kind !== Kind.Stack || !reg.s.isConst) return undefined;
  const at = -(reg.off + Number(BigInt.asIntN(64, reg.s.bits.v))) - 1;
  const spi = at >> 3;
  const slot = frameOf(env, reg).slot(spi);
  let zeros = 0;
  for (let i = at & 7; i >= 0 && byteType(slot, i) === Byte.Zero; i--) zeros++;
  if (zeros >= size) return 0n;
  if (!isSpill(slot) || slot.spilled?.kind !== Kind.Scalar) return undefined;
  let spilled = 0;
  for (let i = at & 7; i >= 0 && byteType(slot, i) === Byte.Spill; i--) spilled++;
  if (spilled !== size || !slot.spilled.s.isConst) return undefined;
  env.preciseSlot(reg.extra, spi);
  return slot.spilled.s.umin;
}

/** The memory before a size argument of a kernel function, which may read and write it (check_kfunc_mem_size_reg). */
export function memoryOfSize(env: Env, regno: number): void {
  const facts: CallFacts = { ...NO_FACTS };
  sizeArgument(env, undefined, regno, "memOut", true, facts);
}

/** A string in a frozen map (check_reg_const_str). */
export function constantString(env: Env, regno: number, reg: Reg): void {
  if (reg.kind !== Kind.MapValue || reg.maybeNull) wrongType(regno, reg, "map_value");
  const map = env.map(reg.extra);
  if (map.frozen === undefined) reject(Reason.Argument, `R${regno} does not point to a readonly map'`);
  if (!reg.s.isConst) reject(Reason.Argument, `R${regno} is not a constant address'`);
  const at = reg.off + Number(reg.s.umin);
  if (at < 0 || at >= map.frozen.length) reject(Reason.MemoryBounds, `R${regno} invalid access to map value`);
  if (!map.frozen.subarray(at).includes(0)) reject(Reason.Argument, "string is not zero-terminated");
}

function sizeArgument(
  env: Env,
  helper: Helper | undefined,
  regno: number,
  pointer: HelperArg,
  zeroOk: boolean,
  facts: CallFacts,
): void {
  const reg = env.reg(regno);
  if (reg.kind !== Kind.Scalar) wrongType(regno, reg, "scalar");
  const { s } = reg;
  facts.size = s.umax;
  if (s.smin < 0n)
    reject(Reason.MemoryBounds, `R${regno} min value is negative, either use unsigned or 'var &= const'`);
  if (s.umin === 0n && !zeroOk)
    reject(Reason.MemoryBounds, `R${regno} invalid zero-sized read: u64=[${s.umin},${s.umax}]`);
  if (s.umax >= MAX_SIZE)
    reject(Reason.MemoryBounds, `R${regno} unbounded memory access, use 'var &= const' or 'if (var < const)'`);
  const write = pointer === "memOut" || pointer === "memOutOrNull";
  memory(env, helper, regno - 1, Number(s.umax), write, zeroOk, s.isConst);
  env.precise(regno);
}

function recordArgument(regno: number, reg: Reg, facts: CallFacts): void {
  if (reg.kind !== Kind.Mem || (reg.flags & Flag.Ringbuf) === 0 || reg.maybeNull) wrongType(regno, reg, "ringbuf_mem");
  if (reg.ref === 0) reject(Reason.Reference, `R${regno} must be referenced when passed to release function`);
  if (reg.off !== 0 || !reg.s.isZero) {
    reject(Reason.Reference, `R${regno} must have zero offset when passed to release func or trusted arg to kfunc`);
  }
  facts.release = reg.ref;
}

function timerArgument(env: Env, regno: number, reg: Reg): void {
  if (reg.kind !== Kind.MapValue || reg.maybeNull) wrongType(regno, reg, "map_value");
  const map = env.map(reg.extra);
  if (map.timer === undefined) reject(Reason.Map, `map '${map.name}' has no valid bpf_timer`);
  if (!reg.s.isConst)
    reject(Reason.Argument, `R${regno} doesn't have constant offset. bpf_timer has to be at the constant offset`);
  const at = reg.off + Number(reg.s.umin);
  if (at !== map.timer) {
    reject(Reason.Argument, `off ${at} doesn't point to 'struct bpf_timer' that is at ${map.timer}`);
  }
}

/** Helper -> type of the dynptr it makes. */
const MAKES: Partial<Readonly<Record<HelperName, number>>> = {
  dynptr_from_mem: Dynptr.Local,
  ringbuf_reserve_dynptr: Dynptr.Ringbuf,
};

function dynptrArgument(env: Env, helper: Helper, regno: number, facts: CallFacts): void {
  const made = MAKES[helper.bare];
  if (made !== undefined) {
    if (helper.id === HelperId.dynptr_from_mem && env.reg(1).kind !== Kind.MapValue)
      reject(Reason.Argument, `Unsupported reg type ${regTypeName(env.reg(1))} for bpf_dynptr_from_mem data`);
    initialiseDynptr(env, regno, made, env.state.insn, 0);
  } else if (helper.releasesDynptr) releaseDynptr(env, regno);
  else facts.dynptr = useDynptr(env, regno, false);
}

/** Bytes of arguments whose size the prototype has; 20 elsewhere (struct iphdr, struct tcphdr). */
const FIXED_SIZE: Partial<Readonly<Record<HelperName, readonly number[]>>> = {
  tcp_raw_gen_syncookie_ipv6: [40, 20],
  tcp_raw_check_syncookie_ipv6: [40, 20],
};

/** Checks r1 + `index` against what the helper takes. */
export function checkArgument(env: Env, helper: Helper, index: number, facts: CallFacts): void {
  const kind = helper.args[index];
  if (kind === undefined) return;
  const regno = index + 1;
  const reg = env.source(regno);
  const map = () => env.map(facts.map);
  switch (kind) {
    case "ctx":
      if (isNull(reg) && helper.nullContext) return;
      if (reg.kind !== Kind.Ctx) wrongType(regno, reg, "ctx");
      if (reg.off !== 0 || !reg.s.isZero) {
        reject(Reason.Context, `dereference of modified ctx ptr R${regno} off=${reg.off} disallowed`);
      }
      return;
    case "map":
      if (reg.kind !== Kind.MapPtr) wrongType(regno, reg, "map_ptr");
      if (
        helper.args[0] === "timer" &&
        facts.object !== undefined &&
        (facts.map !== reg.extra || facts.object.uid !== reg.uid)
      )
        reject(Reason.Argument, `timer pointer in R1 doesn't match map pointer in R${regno}`);
      facts.map = reg.extra;
      return;
    case "key": {
      const size = map().keySize;
      memory(env, helper, regno, size, false, false);
      if (map().type === MapTypeId.array || map().type === MapTypeId.percpu_array)
        facts.key = constantKey(env, reg, size);
      return;
    }
    case "value":
      if (SOCKET_MAPS.has(map().type)) return objectArgument(env, helper, regno, reg);
      return memory(env, helper, regno, map().sizesUnknown === true ? 1 : map().valueSize, false, false);
    case "valueOut":
      // A bloom filter is asked for a value (resolve_map_arg_type).
      return memory(
        env,
        helper,
        regno,
        map().sizesUnknown === true ? 1 : map().valueSize,
        map().type !== MapTypeId.bloom_filter,
        false,
      );
    case "valueOrNull":
      if (!isNull(reg)) memory(env, helper, regno, map().valueSize, false, false);
      return;
    case "size":
    case "size0":
      if (!helper.args[index - 1]?.startsWith("mem")) {
        if (reg.kind !== Kind.Scalar) wrongType(regno, reg, "scalar");
        return;
      }
      return sizeArgument(env, helper, regno, helper.args[index - 1] ?? "mem", kind === "size0", facts);
    case "mem":
    case "memOrNull":
    case "memOut":
    case "memOutOrNull": {
      if (isNull(reg) && kind.endsWith("Null")) return;
      const next = helper.args[index + 1];
      if (next === "size" || next === "size0") {
        if (reg.kind === Kind.Scalar) wrongType(regno, reg, MEMORY);
        if (reg.kind === Kind.Ctx || reg.maybeNull) wrongType(regno, reg, MEMORY);
        return;
      }
      return memory(env, helper, regno, FIXED_SIZE[helper.bare]?.[index] ?? 20, kind === "memOut", false);
    }
    case "out64":
    case "out32": {
      const size = kind === "out64" ? 8 : 4;
      memory(env, helper, regno, size, true, false);
      checkAlignment(reg, 0, size, true);
      return;
    }
    case "ringRecord":
      return recordArgument(regno, reg, facts);
    case "func":
      if (reg.kind !== Kind.Func) wrongType(regno, reg, "func");
      facts.func = reg.extra;
      return;
    case "callbackCtx":
      if (reg.kind !== Kind.Stack && !isNull(reg)) wrongType(regno, reg, "fp");
      return;
    case "constStr":
      constantString(env, regno, reg);
      return;
    case "spinLock":
      facts.object = reg;
      return;
    case "timer":
      timerArgument(env, regno, reg);
      facts.object = reg;
      facts.map = reg.extra;
      return;
    case "dynptr":
      dynptrArgument(env, helper, regno, facts);
      return;
    case "kernelPtr":
      if (helper.id === HelperId.kptr_xchg) {
        if (index === 0) facts.kptr = exchangePlace(env, regno);
        return;
      }
      objectArgument(env, helper, regno, reg);
      facts.object = reg;
      if (helper.id === HelperId.sk_release) {
        if (reg.ref === 0) reject(Reason.Reference, `R${regno} must be referenced when passed to release function`);
        if (reg.off !== 0)
          reject(
            Reason.Reference,
            `R${regno} must have zero offset when passed to release func or trusted arg to kfunc`,
          );
        facts.release = reg.ref;
      }
      return;
    case "scalar":
      return;
  }
}

/** A size that must be one value (ARG_CONST_ALLOC_SIZE_OR_ZERO). */
export function constantSize(env: Env, regno: number, facts: CallFacts): void {
  const reg = env.source(regno);
  if (reg.kind !== Kind.Scalar) wrongType(regno, reg, "scalar");
  if (!reg.s.isConst) reject(Reason.Argument, `R${regno} is not a known constant'`);
  facts.reserve = Number(BigInt.asUintN(32, reg.s.umin));
  env.precise(regno);
}
