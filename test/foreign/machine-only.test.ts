/** What the kernel's loader here does not take, or what only the machine has: exception handlers, given types, timers' own time. */
import { describe, expect, test } from "vitest";
import { readElf } from "../../runtime/elf/index.js";
import { type EngineName, loadObject, parseBtf } from "../../runtime/vm/index.js";
import { compileC, missingClang } from "../support/clang.js";
import { sourceOf } from "./cases.js";

const ENGINES: readonly EngineName[] = ["interp", "wasm"];
const compiled = (name: string): Uint8Array => compileC(sourceOf(name));
const frame = (first: number): Uint8Array => new Uint8Array(64).fill(first, 14, 18);
const outs = (bytes: Uint8Array, count: number): bigint[] => [...new BigInt64Array(bytes.slice(0, count * 8).buffer)];

/** The types of an object made of declarations alone: a kernel with fields elsewhere. */
function kernelWith(declarations: string): Uint8Array {
  const object = compileC(
    `${declarations}\nint use(struct task_struct *t, struct sk_buff *s, enum pid_type p) { return 0; }`,
  );
  const section = readElf(object).sections.find((s) => s.name === ".BTF");
  if (section === undefined) throw new Error("no BTF");
  return section.data.slice();
}

describe.skipIf(missingClang).each(ENGINES)("on %s", (engine) => {
  test("an exception handler's result is the program's", () => {
    const machine = loadObject(compiled("exception-handler"), { engine });
    expect(machine.run("handled", { packet: frame(7) }).result).toBe(12n);
    expect(machine.run("handled", { packet: frame(8) }).result).toBe(16n);
    const bss = machine.map(".bss").dump()[0]?.[1] ?? new Uint8Array();
    // Two runs, one thrown: handled once, returned once.
    expect(outs(bss, 5).slice(2)).toEqual([2n, 1n, 1n]);
  });

  test("reads follow fields that moved, changed their width or became bit-fields", () => {
    const source = `
#define core __attribute__((preserve_access_index))
#include <bpf/bpf_core_read.h>
struct task_struct { int pid; unsigned int flags; unsigned int mode; struct task_struct *parent; } core;
struct sk_buff { unsigned int len; } core;
enum pid_type { PIDTYPE_TGID = 1 };
__u64 seen[8];
int use(struct task_struct *t, struct sk_buff *s, enum pid_type p);
SEC("raw_tp/x") int follow(__u64 *ctx) {
  struct task_struct *t = (void *)ctx[0];
  seen[0] = BPF_CORE_READ(t, pid); seen[1] = BPF_CORE_READ_BITFIELD_PROBED(t, flags); seen[2] = BPF_CORE_READ_BITFIELD_PROBED(t, mode);
  seen[3] = BPF_CORE_READ(t, parent, pid); seen[4] = bpf_core_field_exists(t->mode); seen[5] = bpf_core_enum_value(enum pid_type, PIDTYPE_TGID);
  seen[6] = bpf_core_type_size(struct task_struct); seen[7] = bpf_core_field_exists(struct sk_buff, len);
  return 0;
}
SEC("raw_tp/x") int missing(__u64 *ctx) { struct sk_buff *s = (void *)ctx[0]; return BPF_CORE_READ(s, len); }`;
    const object = compileC(source);
    const task = { pid: 5, flags: 6, mode: 3, parent: { pid: 77 } };
    const run = (btf?: Uint8Array): bigint[] => {
      const machine = loadObject(object, { engine, ...(btf === undefined ? {} : { btf }) });
      const { fault } = machine.run("follow", { ctx: [machine.struct("task_struct", task)] });
      expect(fault).toBeUndefined();
      return outs(machine.map(".bss").dump()[0]?.[1] ?? new Uint8Array(), 8);
    };
    // On the object's own types, then on a kernel that has everything elsewhere.
    expect(run()).toEqual([5n, 6n, 3n, 77n, 1n, 1n, 24n, 1n]);
    const other = kernelWith(`
struct task_struct { char pad[100]; struct task_struct *parent; unsigned short mode; unsigned a : 3, flags : 9; struct { long x; union { int pid; char c; }; }; };
struct sk_buff { int other; };
enum pid_type { PIDTYPE_PID, PIDTYPE_OTHER, PIDTYPE_TGID };`);
    expect(run(other)).toEqual([5n, 6n, 3n, 77n, 1n, 2n, 136n, 0n]);
    const machine = loadObject(object, { engine, btf: parseBtf(other) });
    const { fault } = machine.run("missing", { ctx: [machine.struct("sk_buff")] });
    expect(fault?.code).toBe("VM_CORE");
    expect(fault?.message).toBe("the target has no struct sk_buff.len");
    expect(fault?.source?.text).toMatch(/BPF_CORE_READ\(s, len\)/);
  });

  test("timers fire in order, at their time, and again when they start themselves", () => {
    const machine = loadObject(compiled("timers"), { engine });
    expect(machine.run("timers", { packet: frame(1) }).fault).toBeUndefined();
    expect(machine.advance(500n)).toEqual([]);
    expect(machine.advance(500n).length).toBe(1);
    expect(machine.advance(10_000n).length).toBe(2);
    expect(machine.advance(10_000n)).toEqual([]);
    expect(() => machine.advance(-1n)).toThrow(/VM_INPUT: time cannot go back/);
    const cell = machine.map("cells").get(1) as { fired: bigint; seen: bigint };
    expect(cell).toMatchObject({ fired: 3n, seen: 101n });
  });

  test("kconfig values come from the test", () => {
    const config = { LINUX_KERNEL_VERSION: 0x060c00, CONFIG_BPF_SYSCALL: true, CONFIG_NR_CPUS: 64 };
    const machine = loadObject(compiled("kconfig"), { engine, config });
    machine.run("config", { packet: frame(0) });
    expect(outs(machine.map(".bss").dump()[0]?.[1] ?? new Uint8Array(), 5)).toEqual([0x060c00n, 1n, 64n, 0n, 0n]);
  });
});
