/** Helpers that the kernel's test run cannot show: current task, user memory, printed text, tail-call limit, old loads. */
import { describe, expect, test } from "vitest";
import { format } from "../../runtime/vm/helpers/format.js";
import { type EngineName, loadObject, runRaw } from "../../runtime/vm/index.js";
import { compileC, missingClang } from "../support/clang.js";

const memory = new Map<bigint, Uint8Array>([
  [1n, new TextEncoder().encode("text\0rest")],
  [2n, Uint8Array.of(10, 0, 0, 1)],
  [3n, Uint8Array.from({ length: 16 }, (_, i) => i)],
]);
const peek = (address: bigint, limit: number): Uint8Array | undefined => memory.get(address)?.subarray(0, limit);

describe("printk formats", () => {
  test.each<[string, bigint[], string | number]>([
    ["a %d b %u", [-1n, 0xffffffffn], "a -1 b 4294967295"],
    ["%d %ld %lld", [0x1_0000_0001n, -5n, 1n << 62n], "1 -5 4611686018427387904"],
    ["%x %X %lx %llx", [255n, 255n, 1n << 40n, 0xffff_ffff_ffff_ffffn], "ff FF 10000000000 ffffffffffffffff"],
    ["[%5d|%-5d|%05d|%+d]", [42n, 42n, -42n, 7n], "[   42|42   |-0042|+7]"],
    ["%s|%8s|%c|%%", [1n, 1n, 65n], "text|    text|A|%"],
    ["%pI4 %pi4", [2n, 2n], "10.0.0.1 010.000.000.001"],
    ["%pI6 %pi6", [3n, 3n], "0001:0203:0405:0607:0809:0a0b:0c0d:0e0f 000102030405060708090a0b0c0d0e0f"],
    ["%px", [0xffff888000001000n], "ffff888000001000"],
    ["%s", [99n], ""],
    ["%f", [1n], -22],
    ["%hd", [1n], -22],
    ["%d", [], -22],
    ["100%", [], -22],
  ])("%s", (template, args, expected) => {
    expect(format(template, args, peek)).toBe(expected);
  });
});

const SOURCE = `
struct mkdir_args { __u64 pad; __s64 nr; const char *path; __u64 mode; };
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, 4); } self SEC(".maps");
volatile __u64 count; const volatile __u32 limit = 3;
SEC("tracepoint/syscalls/sys_enter_mkdir") int mkdir(struct mkdir_args *ctx) {
  char path[16] = {}, comm[8] = {}; long n = bpf_probe_read_user_str(path, sizeof path, ctx->path);
  bpf_get_current_comm(comm, sizeof comm); __u64 id = bpf_get_current_pid_tgid();
  bpf_printk("%s made %s, mode %o", comm, path, 0); bpf_printk("%s made %s (%ld)\\n", comm, path, n);
  bpf_printk("%d/%d by %u", (int)(id >> 32), (int)id, (__u32)bpf_get_current_uid_gid());
  return bpf_probe_read_user(path, 4, (void *)8);
}
SEC("xdp") int again(struct xdp_md *ctx) { count++; bpf_tail_call(ctx, &self, 0); return count; }
SEC("kprobe/x") int probe(struct pt_regs *ctx) { return ((unsigned long *)ctx)[14] + ((unsigned long *)ctx)[13] * limit; }
SEC("raw_tp/x") int raw(unsigned long long *args) { return args[1]; }
`;

describe.skipIf(missingClang).each<EngineName>(["interp", "wasm"])("tracing on %s", (engine) => {
  const object = missingClang ? undefined : compileC(SOURCE);
  if (object === undefined) return;

  test("a tracepoint reads user memory and the current task, and prints", () => {
    const machine = loadObject(object, { engine, task: { pid: 42, tid: 43, uid: 1000, comm: "a long name" } });
    const run = machine.run("mkdir", { ctx: { path: "/tmp/x", mode: 0o777 } });
    expect(run.fault).toBeUndefined();
    expect(run.output).toEqual(["a long  made /tmp/x (7)", "42/43 by 1000"]);
    expect(Number(BigInt.asIntN(32, run.result))).toBe(-14);
    machine.task.comm = "sh";
    expect(machine.run("mkdir", { ctx: { path: "/a/much/longer/path/than/fits" } }).output[0]).toBe(
      "sh made /a/much/longer/ (16)",
    );
  });

  test("tail calls end after 33", () => {
    const machine = loadObject(object, { engine });
    machine.map("self").set(0, "again");
    expect(machine.run("again").result).toBe(34n);
    expect(machine.run("again").result).toBe(68n);
  });

  test("kprobe and raw tracepoint arguments, config", () => {
    const machine = loadObject(object, { engine, config: { limit: 10 } });
    expect(machine.run("probe", { ctx: { args: [5, 7n] } }).result).toBe(75n);
    expect(machine.run("raw", { ctx: [1n, 99n] }).result).toBe(99n);
    expect(() => loadObject(object, { config: { absent: 1 } })).toThrow(/VM_CONFIG: the object has no global absent/);
    expect(() => loadObject(object, { config: { limit: -1 } })).toThrow(/VM_CONFIG: limit: .*0 to 4294967295/);
    expect(() => machine.run("raw", { cpu: 2 })).toThrow(/VM_INPUT: cpu 2/);
    expect(() => loadObject(object, { cpus: 0 })).toThrow(/VM_OPTION/);
  });
});

describe.each<EngineName>(["interp", "wasm"])("instructions beyond the RFC's base on %s", (engine) => {
  const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
  const run = (text: string, mem = ""): string => {
    const { result, fault } = runRaw(hex(text), hex(mem), { engine });
    return fault === undefined ? result.toString(16) : fault.code;
  };
  test("LD_ABS and LD_IND read the packet in network order; outside it the program ends with 0", () => {
    expect(run("2800000001000000 9500000000000000", "01020304")).toBe("203");
    expect(run("b702000001000000 4020000001000000 9500000000000000", "0102030405ff")).toBe("30405ff");
    expect(run("b700000009000000 2000000001000000 9500000000000000", "01020304")).toBe("0");
  });
  test("load-acquire and store-release", () => {
    expect(run("b702000034120000 cb21000010010000 db10000000010000 9500000000000000", "ffffffffffffffff")).toBe(
      "ffffffffffff1234",
    );
  });
  test("may_goto goes on until its budget is used up", () => {
    // r0 += 1; may_goto out; goto back; exit
    expect(run("b700000000000000 0700000001000000 e500010000000000 0500fdff00000000 9500000000000000")).toBe(
      (8 * 1024 * 1024 + 1).toString(16),
    );
  });
  test("addr_space_cast needs an arena", () => {
    expect(run("bf10010001000000 9500000000000000")).toBe("VM_INSTRUCTION");
  });
});
