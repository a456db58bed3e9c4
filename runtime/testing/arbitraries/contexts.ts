/**
 * Arbitraries of whole inputs by program: what BPF programs of each type are run with. Packets for XDP, TC and sockets
 * with the fields of their context, system calls' arguments with text where they point at text, argument words for
 * tracing, structs for everything else.
 */
import fc from "fast-check";
import type { Btf, BtfType } from "../../btf/index.js";
import type { Machine, RunInput } from "../../vm/index.js";
import { TestingError } from "../error.js";
import { packets } from "../packets/arbitrary.js";
import { integer, valuesOf } from "./btf.js";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
/** Text as processes hand it to the kernel: paths, names, empty, long. */
const text = fc.oneof(
  fc.array(fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/), { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  fc.string({ unit: "grapheme-ascii", maxLength: 64 }),
);

/** Fields of struct __sk_buff that a test may set. */
const skbFields = fc.record(
  {
    mark: u32,
    priority: u32,
    queue_mapping: fc.integer({ min: 0, max: 0xffff }),
    tc_classid: u32,
    hash: u32,
    ingress_ifindex: fc.integer({ min: 1, max: 16 }),
    ifindex: fc.integer({ min: 1, max: 16 }),
    cb: fc.array(u32, { minLength: 5, maxLength: 5 }),
  },
  { requiredKeys: [] },
);
const xdpFields = fc.record(
  { ingress_ifindex: fc.integer({ min: 1, max: 16 }), rx_queue_index: fc.nat(15) },
  { requiredKeys: [] },
);

/** Fields of struct bpf_sock: sockets of both families in the usual states. */
export const sockets = fc.record({
  family: fc.constantFrom(2, 10),
  type: fc.constantFrom(1, 2),
  protocol: fc.constantFrom(6, 17),
  mark: u32,
  priority: u32,
  src_ip4: u32,
  dst_ip4: u32,
  src_port: fc.integer({ min: 0, max: 0xffff }),
  dst_port: fc.integer({ min: 0, max: 0xffff }),
  state: fc.integer({ min: 1, max: 12 }),
});

/** The current task, as `Object.assign(vm.$.task, …)` takes it. */
export const tasks = fc.record({
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  tid: fc.integer({ min: 1, max: 4_194_304 }),
  uid: fc.integer({ min: 0, max: 0xffff_fffe }),
  gid: fc.integer({ min: 0, max: 0xffff_fffe }),
  comm: fc.string({ unit: "grapheme-ascii", maxLength: 15 }),
  cgroupId: fc.bigInt({ min: 1n, max: 0xffff_ffffn }),
});

const isText = (btf: Btf, type: BtfType): boolean => {
  const target = type.kind === "ptr" ? btf.resolve(type.type) : undefined;
  return target?.kind === "int" && target.size === 1;
};
/** Names of pointer arguments that are text, in contexts whose pointers are plain 64-bit fields. */
const TEXT_NAMES = /^(.*name|.*path|.*comm|buf|.*str)$/;

/** Members that say where text or bytes behind the record are (vm/context/dynamic.ts). */
const DYNAMIC = /^__(?:data|rel)_loc_(\w+)$/;

/** A context struct: pointers to text get text, other pointers NULL or an address that cannot be read. */
function struct(btf: Btf, id: number): fc.Arbitrary<Record<string, unknown>> {
  const type = btf.resolve(id);
  if (type.kind !== "struct") throw new TestingError("TEST_TYPE", "the program's context is no struct");
  const fields = type.members
    .filter((m) => m.name !== "" && m.bitSize === 0)
    .map((member) => {
      const dynamic = DYNAMIC.exec(member.name)?.[1];
      if (dynamic !== undefined) return text.map((v) => ({ [dynamic]: v }));
      const target = btf.resolve(member.type);
      const pointer =
        target.kind === "ptr" || (target.kind === "int" && target.size === 8 && TEXT_NAMES.test(member.name));
      const holdsText = isText(btf, target) || (pointer && TEXT_NAMES.test(member.name));
      const value = holdsText
        ? fc.oneof({ weight: 8, arbitrary: text }, { weight: 1, arbitrary: fc.constant(0n) })
        : target.kind === "ptr"
          ? fc.constantFrom(0n, 0x1000n)
          : valuesOf(btf, member.type);
      return value.map((v) => ({ [member.name]: v }));
    });
  return fc.tuple(...fields).map((list) => Object.assign({}, ...list) as Record<string, unknown>);
}

/** Inputs of a tracepoint's program: its context with text where it points at text. */
function fromStruct(machine: Machine, program: string): fc.Arbitrary<RunInput> {
  const { btf } = machine.object;
  const id = machine.contextType(program);
  if (btf === undefined || id === 0) return fc.uint8Array({ minLength: 256, maxLength: 256 }).map((ctx) => ({ ctx }));
  return struct(btf, id).map((ctx) => ({ ctx }));
}

/**
 * Inputs of a program, whatever its type.
 * @throws MachineError `VM_NO_PROGRAM`
 * @example fc.property(inputsOf(vm.$, "filter"), (input) => vm.filter(input).fault === undefined)
 */
export function inputsOf(machine: Machine, program: string): fc.Arbitrary<RunInput> {
  switch (machine.contextShape(program)) {
    case "xdp":
      return fc.record({ packet: packets.any().map((p) => p.bytes), ctx: xdpFields });
    case "skb":
      return fc.record({ packet: packets.any().map((p) => p.bytes), ctx: skbFields });
    case "pt_regs":
      return fc.record({
        ctx: fc.record({ args: fc.array(fc.oneof(word, text), { maxLength: 6 }), ax: integer(8, false) }),
      });
    case "args":
      return fc.record({ ctx: fc.array(fc.oneof(word, text), { minLength: 1, maxLength: 6 }) });
    case "struct":
      return fromStruct(machine, program);
  }
}

/** System calls' texts and arguments, to build contexts from by hand. */
export const syscalls = { text, word, fd: fc.integer({ min: -1, max: 64 }), mode: fc.nat(0o7777) } as const;
