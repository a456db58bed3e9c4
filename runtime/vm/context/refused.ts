/**
 * Instructions that access the context in a way that the kernel refuses for the program's type: another size than the
 * field's, a write to what is read only. The memory's bitmap knows bytes, not sizes, so these are found in the code when a
 * program is loaded, where a register holds the context on every path, and fault when they run.
 */
import { type ContextFields, contextAllows, contextRow, fieldsOfRow } from "../../facts/contexts.js";
import { accessBytes, CallKind, Class, type Instruction, jumpTarget, Mode, Op } from "../../isa/index.js";

/** Program types whose context is a struct of the kernel's interface, with every field in the table. */
const STRUCTS: ReadonlySet<string> = new Set([
  "socket_filter",
  "sched_cls",
  "sched_act",
  "xdp",
  "cgroup_skb",
  "cgroup_sock",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "lwt_seg6local",
  "sock_ops",
  "sk_skb",
  "cgroup_device",
  "sk_msg",
  "cgroup_sock_addr",
  "sk_reuseport",
  "flow_dissector",
  "cgroup_sysctl",
  "cgroup_sockopt",
  "sk_lookup",
]); // prettier-ignore

/** The rules of a program type's context, or undefined where the table does not have all of it. */
export function contextFields(name: string | undefined, type: number, attach: number): ContextFields | undefined {
  const row = name !== undefined && STRUCTS.has(name) ? contextRow(type, attach) : undefined;
  return row === undefined ? undefined : fieldsOfRow(row);
}

const R1 = 1 << 1;
/** r0 to r5: what a call leaves undefined. */
const CALLER_SAVED = 0x3f;
const ARGUMENTS = 0x3e;

/** Registers that an instruction leaves holding the context, as bits. */
function after({ opcode, dst, src, imm, off }: Instruction, before: number): number {
  const cls = opcode & 7;
  if (opcode === Op.Call) return before & ~CALLER_SAVED;
  if (opcode === Op.Mov64Reg && off === 0 && (before & (1 << src)) !== 0) return before | (1 << dst);
  if (cls === Class.Stx && (opcode & 0xe0) === Mode.Atomic) return before & ~(1 << src) & ~(imm === 0xf1 ? 1 : 0);
  if (cls === Class.Alu || cls === Class.Alu64 || cls === Class.Ldx || opcode === Op.LdImm64)
    return before & ~(1 << dst);
  return cls === Class.Ld ? before & ~CALLER_SAVED : before;
}

/** Bits of the registers that hold the context before each instruction, by slot; -1 for what is not reached. */
function contextRegisters(insns: readonly Instruction[]): Int32Array {
  const bySlot = new Map(insns.map((insn, i) => [insn.slot, i]));
  const held = new Int32Array(Math.max(0, ...bySlot.keys()) + 2).fill(-1);
  const work: number[] = [];
  const flow = (slot: number, bits: number): void => {
    const old = held[slot] ?? -1;
    const now = old < 0 ? bits : old & bits;
    if (now === old || !bySlot.has(slot)) return;
    held[slot] = now;
    work.push(slot);
  };
  flow(0, R1);
  for (let slot = work.pop(); slot !== undefined; slot = work.pop()) {
    const index = bySlot.get(slot);
    const insn = index === undefined ? undefined : insns[index];
    if (insn === undefined || insn.opcode === Op.Exit) continue;
    const before = held[slot] ?? 0;
    const next = after(insn, before);
    if (insn.opcode === Op.Call && insn.src === CallKind.Local) flow(insn.slot + 1 + insn.imm, before & ARGUMENTS);
    // Functions that helpers call back get other arguments.
    if (insn.opcode === Op.LdImm64 && insn.src === 4) flow(insn.slot + 1 + insn.imm, 0);
    const target = jumpTarget(insn);
    if (target !== undefined) flow(target, next);
    if (insn.opcode !== Op.Ja && insn.opcode !== Op.Ja32) flow(slot + (insn.opcode === Op.LdImm64 ? 2 : 1), next);
  }
  return held;
}

/** An access to the context that the kernel refuses. */
export interface RefusedAccess {
  readonly slot: number;
  readonly off: number;
  /** Bytes. */
  readonly size: number;
  readonly write: boolean;
  /** A write to a field that may be read, and never written. */
  readonly readOnly: boolean;
}

/** @param fields rules of the program's type @returns accesses through registers that hold the context on every path */
export function refusedAccesses(insns: readonly Instruction[], fields: ContextFields): RefusedAccess[] {
  const held = contextRegisters(insns);
  return insns.flatMap((insn): RefusedAccess[] => {
    const cls = insn.opcode & 7;
    const write = cls === Class.St || cls === Class.Stx;
    if (!write && cls !== Class.Ldx) return [];
    const bits = held[insn.slot] ?? -1;
    const base = write ? insn.dst : insn.src;
    if (bits < 0 || (bits & (1 << base)) === 0) return [];
    const size = accessBytes(insn.opcode);
    // Atomic operations on the context are refused whatever the field (check_atomic_rmw).
    const atomic = (insn.opcode & 0xe0) === Mode.Atomic;
    if (!atomic && contextAllows(fields, insn.off, size, write)) return [];
    const rule = fields.get(insn.off);
    const readOnly = write && rule !== undefined && rule.read !== 0 && rule.write === 0;
    return [{ slot: insn.slot, off: insn.off, size, write, readOnly }];
  });
}
