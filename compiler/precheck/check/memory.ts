/** Loads and stores through every kind of pointer (check_mem_access and what it calls; kernel/bpf/verifier.c, 6.18). */
import { ProgramTypeId, programTypesThat } from "../../../runtime/facts/program-types/index.js";
import { accessBytes, Class, type Instruction, Mode } from "../../../runtime/isa/index.js";
import { coerce, constScalar, scalarOfBytes, ZERO } from "../domain/scalar.js";
import { tnumAdd, tnumAligned, tnumConst } from "../domain/tnum.js";
import type { Env } from "../env.js";
import type { Field } from "../fields.js";
import type { MapFacts } from "../program.js";
import { Reason, reject } from "../rejection.js";
import { Flag, KIND_NAMES, Kind, pointerReg, type Reg, regTypeName, scalarReg, UNKNOWN_REG } from "../state/reg.js";
import { fieldAt, fieldKind } from "../tables/context.js";
import { fieldSince } from "../tables/since.js";
import { socketField } from "../tables/socket-fields.js";
import { signExtend } from "./arithmetic.js";
import { accessStruct } from "./btf-pointer.js";
import { isKptr, loadKptr, storeKptr } from "./kptr.js";
import { readStack, writeStack } from "./stack.js";
import { hasTypedContext, typedContext } from "./typed-context.js";

const MAX_VAR = 1n << 29n;
export const BPF_F_RDONLY_PROG = 1 << 7;
export const BPF_F_WRONLY_PROG = 1 << 8;

/** [off, off + size) of a region, whatever the variable part is (check_mem_region_access). */
export function inRegion(regno: number, reg: Reg, off: number, size: number, region: number, zeroOk = false): void {
  if (reg.s === ZERO && off >= 0 && size > 0 && off + size <= region) return;
  const least = reg.s.smin + BigInt(off);
  const fits = (at: bigint): boolean =>
    at >= 0n && (size > 0 || (size === 0 && zeroOk)) && at + BigInt(size) <= BigInt(region);
  if (reg.s.smin < 0n && least < 0n) {
    reject(
      Reason.MemoryBounds,
      `R${regno} min value is negative, either use unsigned index or do a if (index >=0) check.`,
    );
  }
  if (!fits(least)) reject(Reason.MemoryBounds, `R${regno} min value is outside of the allowed memory range`);
  if (reg.s.umax >= MAX_VAR) {
    reject(Reason.MemoryBounds, `R${regno} unbounded memory access, make sure to bounds check any such access`);
  }
  if (!fits(reg.s.umax + BigInt(off)))
    reject(Reason.MemoryBounds, `R${regno} max value is outside of the allowed memory range`);
}

/** The range of a packet pointer is bytes from where its variable part points (check_packet_access). */
export function inPacket(regno: number, reg: Reg, off: number, size: number, zeroOk = false): void {
  const at = reg.off + off;
  if (reg.s !== ZERO && reg.s.smin < 0n) {
    reject(
      Reason.PacketBounds,
      `R${regno} min value is negative, either use unsigned index or do a if (index >=0) check.`,
    );
  }
  const ok = reg.extra >= 0 && at >= 0 && (size > 0 || zeroOk) && at + size <= reg.extra;
  if (!ok)
    reject(
      Reason.PacketBounds,
      `invalid access to packet, off=${at} size=${size}, R${regno} offset is outside of the packet`,
    );
}

/** Program types that may write packets through pointers (may_access_direct_pkt_data). */
export const PACKET_WRITERS = programTypesThat((type) => type.packet === "write");

export function mapRegion(
  env: Env,
  regno: number,
  reg: Reg,
  off: number,
  size: number,
  write: boolean,
  zeroOk = false,
  direct = false,
): void {
  const map = env.map(reg.extra);
  if (write && (map.flags & BPF_F_RDONLY_PROG) !== 0) {
    reject(Reason.Map, `write into map forbidden, value_size=${map.valueSize} off=${reg.off + off} size=${size}`);
  }
  if (!write && (map.flags & BPF_F_WRONLY_PROG) !== 0) {
    reject(Reason.Map, `read from map forbidden, value_size=${map.valueSize} off=${reg.off + off} size=${size}`);
  }
  inRegion(regno, reg, reg.off + off, size, map.valueSize, zeroOk);
  if (map.fields === undefined) return;
  for (const field of map.fields) {
    const from = reg.s.smin + BigInt(reg.off + off);
    const to = reg.s.umax + BigInt(reg.off + off + size);
    if (from >= BigInt(field.off + field.size) || BigInt(field.off) >= to) continue;
    if (isKptr(field)) kptrAccess(field, reg, off, size, direct);
    else
      reject(
        field.kind.endsWith("spin_lock") ? Reason.Lock : Reason.Map,
        `${field.kind} cannot be accessed directly by load/store`,
      );
  }
}

/** A kptr is loaded and stored whole, at a fixed place, by an instruction (check_map_access). */
function kptrAccess(field: Field, reg: Reg, off: number, size: number, direct: boolean): void {
  if (!direct) reject(Reason.Map, `${field.kind} cannot be accessed indirectly by helper`);
  if (!reg.s.isConst) reject(Reason.Map, `${field.kind} access cannot have variable offset`);
  const at = reg.off + off + Number(BigInt.asIntN(64, reg.s.bits.v));
  if (at !== field.off) reject(Reason.Map, `${field.kind} access misaligned expected=${field.off} off=${at}`);
  if (size !== 8) reject(Reason.Map, `${field.kind} access size must be BPF_DW`);
}

/** Frozen read-only content is constant (bpf_map_direct_read). */
function frozenValue(map: MapFacts, reg: Reg, off: number, size: number): bigint | undefined {
  if (map.frozen === undefined || !reg.s.isConst) return undefined;
  const at = reg.off + off + Number(reg.s.bits.v);
  if (map.unknown?.some(([from, to]) => at < to && from < at + size) === true) return undefined;
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(map.frozen[at + i] ?? 0);
  return value;
}

function contextAccess(env: Env, regno: number, reg: Reg, off: number, size: number, access: Access): Reg {
  const { write } = access;
  if (!reg.s.isConst)
    reject(Reason.Context, `variable ctx access var_off=(${reg.s.bits.v}; ${reg.s.bits.m}) disallowed`);
  if (reg.s.umin !== 0n) reject(Reason.Context, `dereference of modified ctx ptr R${regno} off=${reg.off} disallowed`);
  const at = reg.off + off;
  // Only syscall programs may move their context pointer first.
  if (reg.off < 0) reject(Reason.Context, `negative offset ctx ptr R${regno} off=${reg.off} disallowed`);
  if (reg.off !== 0 && env.subject.type !== ProgramTypeId.syscall) {
    reject(Reason.Context, `dereference of modified ctx ptr R${regno} off=${reg.off} disallowed`);
  }
  if (hasTypedContext(env.subject.type)) return typedContext(env, at, size, write);
  const rule = fieldAt(env.rules, env.subject.type, at);
  // Addresses are not loaded with their sign.
  const signedAddress = access.signed === true && rule?.kind.startsWith("pkt") === true;
  if (rule === undefined || ((write ? rule.write : rule.read) & size) === 0 || signedAddress) {
    reject(Reason.Context, `invalid bpf_context access off=${at} size=${size}`);
  }
  const since = fieldSince(env.subject.type, at);
  if (since !== undefined) env.require(`the context's field at ${at}`, since, Reason.Context);
  const kind = write || rule.kind.startsWith("scalar") ? Kind.Scalar : fieldKind(rule.kind);
  if (kind === Kind.Scalar) return scalarReg(scalarOfBytes(size));
  const nullable = rule.kind.endsWith("_or_null");
  const id = nullable ? env.nextId() : 0;
  const struct = /ptr_(\w+)$/.exec(rule.kind)?.[1];
  return pointerReg(
    kind,
    struct === undefined ? 0 : env.types.idOf(struct),
    nullable ? Flag.MaybeNull : rule.kind.startsWith("trusted") ? Flag.Trusted : 0,
    id,
  );
}

export function checkAlignment(reg: Reg, off: number, size: number, strict: boolean): void {
  if (reg.kind !== Kind.Stack && !strict) return;
  if (reg.s === ZERO && (reg.off + off) % size === 0) return;
  const at = tnumAdd(reg.s.bits, tnumConst(BigInt.asUintN(64, BigInt(reg.off + off))));
  if (tnumAligned(at, size)) return;
  const what =
    reg.kind === Kind.Stack ? "stack " : reg.kind === Kind.MapValue ? "value " : reg.isPacket ? "packet " : "";
  reject(Reason.Alignment, `misaligned ${what}access off ${reg.s.bits.v}+${reg.off}+${off} size ${size}`);
}

/** A load or store of a kptr. @returns false where no kptr lies there */
function kptrAt(env: Env, reg: Reg, off: number, access: Access): boolean {
  const fields = env.map(reg.extra).fields;
  if (fields === undefined || fields.length === 0 || !reg.s.isConst) return false;
  const at = reg.off + off + Number(BigInt.asIntN(64, reg.s.bits.v));
  const field = fields.find((f) => f.off === at && isKptr(f));
  if (field === undefined) return false;
  if (access.strict === true || access.signed === true)
    reject(Reason.Map, "kptr in map can only be accessed using BPF_MEM instruction mode");
  if (access.write) storeKptr(env, field, access.value, access.constant);
  else fill(env, access, loadKptr(env, field));
  return true;
}

export interface Access {
  readonly write: boolean;
  /** Register to fill, or to store; -1 for none. */
  readonly value: number;
  readonly constant?: bigint;
  readonly strict?: boolean;
  readonly signed?: boolean;
}

const SOCKETS: ReadonlySet<number> = new Set([Kind.Socket, Kind.SockCommon, Kind.TcpSock, Kind.XdpSock]);

function fill(env: Env, { write, value }: Access, next: Reg): void {
  if (!write && value >= 0) env.setReg(value, next);
}

function wrongPointer(regno: number, reg: Reg): never {
  reject(reg.maybeNull ? Reason.Null : Reason.InvalidMemory, `R${regno} invalid mem access '${regTypeName(reg)}'`);
}

/** One load or store of `size` bytes through a register. */
export function accessMemory(env: Env, regno: number, off: number, size: number, access: Access): void {
  const reg = env.reg(regno);
  const { write, value } = access;
  checkAlignment(reg, off, size, access.strict === true);
  if (reg.maybeNull) wrongPointer(regno, reg);
  switch (reg.kind) {
    case Kind.Stack:
      if (write) writeStack(env, regno, reg, off, size, value, access.constant);
      else readStack(env, regno, reg, off, size, value);
      break;
    case Kind.MapValue: {
      mapRegion(env, regno, reg, off, size, write, false, true);
      if (kptrAt(env, reg, off, access)) break;
      const constant = write ? undefined : frozenValue(env.map(reg.extra), reg, off, size);
      fill(
        env,
        access,
        constant === undefined
          ? UNKNOWN_REG
          : scalarReg(env.pool.one(constScalar(access.signed ? BigInt.asIntN(size * 8, constant) : constant))),
      );
      break;
    }
    case Kind.MapKey:
      if (write) reject(Reason.Map, `write to change key R${regno} not allowed`);
      inRegion(regno, reg, reg.off + off, size, env.map(reg.extra).keySize);
      fill(env, access, UNKNOWN_REG);
      break;
    case Kind.Mem:
    case Kind.Buf:
    case Kind.TpBuffer:
      if (write && (reg.flags & Flag.ReadOnly) !== 0)
        reject(Reason.Map, `R${regno} cannot write into ${regTypeName(reg)}`);
      if (reg.kind === Kind.Mem && (reg.flags & Flag.Untrusted) !== 0) {
        // Read by a load that may fault: no bounds (bpf_rdonly_cast to void).
      } else if (reg.kind === Kind.Mem) inRegion(regno, reg, reg.off + off, size, reg.extra);
      else if (reg.off + off < 0 || !reg.s.isConst) {
        reject(
          Reason.MemoryBounds,
          `R${regno} invalid ${KIND_NAMES[reg.kind]} buffer access: off=${reg.off + off}, size=${size}`,
        );
      }
      fill(env, access, UNKNOWN_REG);
      break;
    case Kind.Ctx:
      fill(env, access, contextAccess(env, regno, reg, off, size, access));
      break;
    case Kind.Pkt:
    case Kind.PktMeta:
      if (write && !PACKET_WRITERS.has(env.subject.type)) {
        reject(Reason.PacketBounds, "cannot write into packet");
      }
      inPacket(regno, reg, off, size);
      fill(env, access, UNKNOWN_REG);
      break;
    case Kind.Arena:
      if (!write && access.signed === true) reject(Reason.Encoding, "ldsx insn is not supported for arenas");
      fill(env, access, UNKNOWN_REG);
      break;
    case Kind.MapPtr:
      // Fields of struct bpf_map may be read (check_ptr_to_map_access).
      if (write) reject(Reason.Map, "only read from bpf_map is supported");
      if (reg.off + off < 0)
        reject(Reason.InvalidMemory, `R${regno} is bpf_map invalid negative access: off=${reg.off + off}`);
      fill(env, access, UNKNOWN_REG);
      break;
    case Kind.FlowKeys:
      if (reg.off + off < 0 || reg.off + off + size > 56) {
        reject(Reason.Context, `invalid access to flow keys off=${reg.off + off} size=${size}`);
      }
      fill(env, access, UNKNOWN_REG);
      break;
    default:
      if (SOCKETS.has(reg.kind)) {
        if (write) reject(Reason.InvalidMemory, `R${regno} cannot write into ${regTypeName(reg)}`);
        if (reg.s.smin < 0n) reject(Reason.InvalidMemory, `R${regno} min value is negative`);
        if (!socketField(reg.kind, reg.off + off, size)) {
          reject(
            Reason.InvalidMemory,
            `R${regno} invalid ${regTypeName(reg)} access off=${reg.off + off} size=${size}`,
          );
        }
        fill(env, access, UNKNOWN_REG);
        break;
      }
      if (reg.kind === Kind.Btf) {
        fill(env, access, accessStruct(env, regno, reg, off, size, write));
        break;
      }
      wrongPointer(regno, reg);
  }
  const got = value >= 0 ? env.reg(value) : undefined;
  if (!write && got?.kind === Kind.Scalar && size < 8) {
    const { s } = got;
    const slot = env.state.insn;
    const narrow =
      env.arithmetic.get(slot, s, s) ??
      env.arithmetic.put(slot, s, s, access.signed === true ? signExtend(s, size) : coerce(s, size));
    if (narrow !== s) env.setReg(value, got.withScalar(narrow));
  }
}

/** One instruction of class LDX, ST or STX. */
export function checkLoadStore(env: Env, insn: Instruction): void {
  const size = accessBytes(insn.opcode);
  const mode = insn.opcode & 0xe0;
  switch (insn.opcode & 7) {
    case Class.Ldx: {
      const pointer = env.source(insn.src);
      env.destination(insn.dst);
      accessMemory(env, insn.src, insn.off, size, { write: false, value: insn.dst, signed: mode === Mode.MemSx });
      sameKind(env, insn.slot, pointer, true);
      return;
    }
    case Class.St: {
      const pointer = env.source(insn.dst);
      if (
        pointer.kind === Kind.Ctx &&
        !hasTypedContext(env.subject.type) &&
        env.rules.fields.get(insn.off)?.write === undefined
      ) {
        reject(Reason.Context, `invalid bpf_context access off=${insn.off} size=${size}`);
      }
      accessMemory(env, insn.dst, insn.off, size, { write: true, value: -1, constant: BigInt(insn.imm) });
      sameKind(env, insn.slot, pointer, false);
      return;
    }
    default:
      if (mode === Mode.Atomic) return checkAtomic(env, insn, size);
      env.source(insn.src);
      {
        const pointer = env.source(insn.dst);
        accessMemory(env, insn.dst, insn.off, size, { write: true, value: insn.src });
        sameKind(env, insn.slot, pointer, false);
      }
  }
}

/** Kinds whose accesses the kernel rewrites: one instruction must always see the same one (reg_type_mismatch). */
const REWRITTEN: ReadonlySet<number> = new Set([
  Kind.Ctx,
  Kind.Socket,
  Kind.SockCommon,
  Kind.TcpSock,
  Kind.XdpSock,
  Kind.Btf,
  Kind.Arena,
]);

function sameKind(env: Env, slot: number, pointer: Reg, _load: boolean): void {
  const before = env.kindAt.get(slot);
  if (before === undefined) env.kindAt.set(slot, pointer.kind);
  else if (before !== pointer.kind && (REWRITTEN.has(before) || REWRITTEN.has(pointer.kind))) {
    reject(Reason.Pointer, "same insn cannot be used with different pointers");
  }
}

const ATOMIC_REFUSED: ReadonlySet<number> = new Set([
  Kind.Ctx,
  Kind.Pkt,
  Kind.PktMeta,
  Kind.FlowKeys,
  Kind.Socket,
  Kind.SockCommon,
  Kind.TcpSock,
  Kind.XdpSock,
]);

function checkAtomic(env: Env, insn: Instruction, size: number): void {
  if (insn.imm === 0x100) {
    env.source(insn.src);
    accessMemory(env, insn.src, insn.off, size, { write: false, value: insn.dst, strict: true });
    return;
  }
  if (insn.imm !== 0x110 && size < 4) reject(Reason.Encoding, "invalid atomic operand size");
  env.source(insn.src);
  const pointer = env.source(insn.dst);
  if (insn.imm === 0x110) {
    accessMemory(env, insn.dst, insn.off, size, { write: true, value: insn.src, strict: true });
    return;
  }
  if (insn.imm === 0xf1) env.source(0);
  if (ATOMIC_REFUSED.has(pointer.kind)) {
    reject(Reason.InvalidMemory, `BPF_ATOMIC stores into R${insn.dst} ${regTypeName(pointer)} is not allowed`);
  }
  const load = insn.imm === 0xf1 ? 0 : (insn.imm & 1) !== 0 ? insn.src : -1;
  accessMemory(env, insn.dst, insn.off, size, { write: false, value: -1, strict: true });
  if (load >= 0) {
    env.destination(load);
    accessMemory(env, insn.dst, insn.off, size, { write: false, value: load, strict: true });
  }
  accessMemory(env, insn.dst, insn.off, size, { write: true, value: -1, strict: true });
  sameKind(env, insn.slot, pointer, false);
}
