/** Kernel functions, kernel structs and mocks: what programs and tests do wrong with them is said, with code and place. */
import { describe, expect, test } from "vitest";
import { type EngineName, type FaultCode, loadObject } from "../../runtime/vm/index.js";
import { compileC, missingClang } from "../support/clang.js";

const SOURCE = `
#define ksym extern __attribute__((section(".ksyms")))
struct bpf_iter_num { __u64 opaque[1]; } __attribute__((aligned(8)));
struct task_struct { int pid; int tgid; char comm[16]; unsigned a : 3, b : 7; struct task_struct *real_parent; char *path; long list[3]; struct { int x; union { int y; long z; }; } in; } __attribute__((preserve_access_index));
struct item { __u64 v; };
ksym void *bpf_obj_new_impl(__u64 id, void *meta); ksym void bpf_obj_drop_impl(void *p, void *meta);
ksym void bpf_rcu_read_lock(void); ksym void bpf_rcu_read_unlock(void); ksym int bpf_iter_num_new(struct bpf_iter_num *it, int a, int b);
ksym int bpf_dynptr_size(struct bpf_dynptr *p); ksym int bpf_not_in_the_machine(int a, int b);
extern int weak_one(int a) __attribute__((weak, section(".ksyms")));
extern const int some_variable __attribute__((section(".ksyms")));
struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 8); __uint(key_size, 4); __uint(value_size, 64); } stacks SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } from_user SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, 1); __type(key, int); __type(value, __u64); } kept SEC(".maps");
#define new(t) ((t *)bpf_obj_new_impl(__builtin_btf_type_id(*(t *)0, 0), 0))
SEC("tc") int leak(struct __sk_buff *s) { struct item *i = new(struct item); return i != 0; }
SEC("tc") int twice(struct __sk_buff *s) { struct item *i = new(struct item); if (!i) return 0; bpf_obj_drop_impl(i, 0); bpf_obj_drop_impl(i, 0); return 1; }
SEC("tc") int after_drop(struct __sk_buff *s) { struct item *i = new(struct item); if (!i) return 0; bpf_obj_drop_impl(i, 0); return *(volatile __u64 *)&i->v; }
SEC("tc") int beyond(struct __sk_buff *s) { struct item *i = new(struct item); if (!i) return 0; *(volatile __u64 *)(i + 1) = 1; bpf_obj_drop_impl(i, 0); return 1; }
SEC("tc") int inside(struct __sk_buff *s) { bpf_rcu_read_lock(); return 1; }
SEC("tc") int outside(struct __sk_buff *s) { bpf_rcu_read_unlock(); return 1; }
SEC("tc") int no_dynptr(struct __sk_buff *s) { struct bpf_dynptr p = {}; return bpf_dynptr_size(&p); }
SEC("tc") int absent(struct __sk_buff *s) { return bpf_not_in_the_machine(3, 4); }
SEC("tc") int maybe(struct __sk_buff *s) { return weak_one ? weak_one(20) : 7; }
SEC("tc") int variable(struct __sk_buff *s) { return some_variable; }
SEC("tc") int lost_socket(struct __sk_buff *s) { struct bpf_sock_tuple t = {}; struct bpf_sock *sk = bpf_sk_lookup_tcp(s, &t, sizeof t.ipv4, -1, 0); return sk != 0; }
SEC("tc") int found_socket(struct __sk_buff *s) { struct bpf_sock_tuple t = {}; struct bpf_sock *sk = bpf_sk_lookup_udp(s, &t, sizeof t.ipv6, -1, 0); int r = 0; if (sk) { r = sk->src_port; bpf_sk_release(sk); } return r; }
SEC("tc") int own_socket(struct __sk_buff *s) { struct bpf_sock *sk = s->sk; if (!sk) return 5; sk = bpf_sk_fullsock(sk); return sk ? sk->mark : 6; }
SEC("tp_btf/x") int reads(__u64 *ctx) { struct task_struct *t = (void *)ctx[0]; return t->tgid + t->real_parent->pid; }
SEC("tp_btf/x") int writes(__u64 *ctx) { struct task_struct *t = (void *)ctx[0]; t->tgid = 1; return 0; }
SEC("raw_tp/x") int who(void *ctx) { char comm[16]; bpf_get_current_comm(comm, 16); struct task_struct *t = (void *)bpf_get_current_task_btf(); return (bpf_get_current_pid_tgid() >> 32) * 1000 + comm[0] + (t->pid == (int)bpf_get_current_pid_tgid()); }
SEC("raw_tp/x") int path(void **ctx) { struct task_struct *t = ctx[0]; char b[8] = {}; bpf_probe_read_kernel_str(b, 8, t->path); return b[1]; }
SEC("raw_tp/x") int stack(void *ctx) { __u64 frames[4]; long n = bpf_get_stack(ctx, frames, sizeof frames, 0); return bpf_get_stackid(ctx, &stacks, 0) < 0 ? -1 : n; }
SEC("sk_msg") int message(struct sk_msg_md *m) { __u8 *d = m->data, *e = m->data_end; return d + 3 <= e ? d[0] + d[2] * 10 + (e - d) : -1; }
SEC("cgroup/setsockopt") int option(struct bpf_sockopt *o) { __u8 *d = o->optval; if (d + 2 > (__u8 *)o->optval_end) return 0; d[1] = o->level; return d[0] + o->optlen; }
struct bpf_iter_task { __u64 opaque[3]; } __attribute__((aligned(8)));
ksym int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, unsigned flags); ksym struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it); ksym void bpf_iter_task_destroy(struct bpf_iter_task *it);
static int over(struct task_struct *of, unsigned kind) { struct bpf_iter_task it; struct task_struct *t; int seen = 0, e = bpf_iter_task_new(&it, of, kind); while ((t = bpf_iter_task_next(&it))) seen = seen * 10 + t->pid; bpf_iter_task_destroy(&it); return e ? e : seen; }
SEC("tp_btf/x") int processes(__u64 *ctx) { return over(0, 0); }
SEC("tp_btf/x") int threads(__u64 *ctx) { return over(0, 1); }
SEC("tp_btf/x") int own(__u64 *ctx) { return over((void *)ctx[0], 2); }
SEC("tp_btf/x") int none(__u64 *ctx) { return over(0, 2); }
SEC("tp_btf/x") int wrong(__u64 *ctx) { return over(0, 3); }
SEC("raw_tp/x") int signal(void *ctx) { return bpf_send_signal(9); }
SEC("raw_tp/x") int keep(void *ctx) { __u64 *v = bpf_task_storage_get(&kept, (void *)bpf_get_current_task_btf(), 0, 1); return v ? ++*v : 0; }
static long each(struct bpf_dynptr *p, __u64 *sum) { __u8 b = 0; bpf_dynptr_read(&b, 1, p, 0, 0); *sum += b; return 0; }
SEC("raw_tp/x") int drain(void *ctx) { __u64 sum = 0; long n = bpf_user_ringbuf_drain(&from_user, each, &sum, 0); return n * 1000 + sum; }
`;

describe.skipIf(missingClang).each<EngineName>(["interp", "wasm"])("on %s", (engine) => {
  const object = missingClang ? new Uint8Array() : compileC(SOURCE);
  const load = (options: Parameters<typeof loadObject>[1] = {}) => loadObject(object, { engine, ...options });

  test.each<[string, FaultCode, RegExp]>([
    ["leak", "VM_REFERENCE", /ended and still owned struct item/],
    ["twice", "VM_HELPER_ARGUMENT", /bpf_obj_drop_impl: argument 1: points at no object, or at one that was freed/],
    ["after_drop", "VM_ACCESS", /outside any object/],
    ["beyond", "VM_ACCESS", /outside any object/],
    ["inside", "VM_LOCK", /ended inside its rcu section/],
    ["outside", "VM_LOCK", /in no such section/],
    ["no_dynptr", "VM_HELPER_ARGUMENT", /bpf_dynptr_size: argument 1: /],
    ["absent", "VM_KFUNC", /bpf_not_in_the_machine: mock it/],
    ["variable", "VM_POINTER", /NULL/],
  ])("%s is %s", (program, code, message) => {
    const machine = load();
    const { fault } = machine.run(program);
    expect(fault?.code, fault?.message).toBe(code);
    expect(fault?.message).toMatch(message);
    expect(fault?.source?.line).toBeGreaterThan(0);
    expect(machine.run("maybe").result).toBe(7n);
  });

  test("mocks answer for helpers and kernel functions, also weak ones", () => {
    const machine = load({ mocks: { weak_one: ({ args }) => args[0] + 1n } });
    expect(machine.run("maybe").result).toBe(21n);
    machine.mock("bpf_not_in_the_machine", ({ name, args }) => {
      expect(name).toBe("bpf_not_in_the_machine");
      return args[0] * args[1];
    });
    expect(machine.run("absent").result).toBe(12n);
    machine.mock("get_current_pid_tgid", () => 77n << 32n);
    machine.mock("bpf_get_current_comm", ({ args, write, read }) => {
      expect(() => read(0x10n, 4)).toThrow(RangeError);
      expect(() => write(0n, Uint8Array.of(1))).toThrow(/not the program's to write/);
      write(args[0], new TextEncoder().encode("A\0"));
    });
    expect(machine.run("who").result).toBe(77065n);
  });

  test("structs: fields, bit-fields, nested and pointed-to ones, and back", () => {
    const machine = load();
    const fields = {
      tgid: 40,
      comm: "bash",
      a: 5,
      b: 100,
      real_parent: { pid: 2 },
      list: [1n, 2n],
      in: { x: 9, z: 3n },
    };
    const task = machine.makeTask(fields);
    expect(machine.run("reads", { ctx: [task] }).result).toBe(42n);
    // Through NULL BTF pointers the kernel reads 0.
    expect(machine.run("reads", { ctx: [0n] })).toMatchObject({ result: 0n });
    expect(machine.run("reads", { ctx: [machine.makeTask({ tgid: 4 })] }).result).toBe(4n);
    expect(machine.run("reads", { ctx: [0x100000n] }).fault?.code).toBe("VM_POINTER");
    expect(machine.field("task_struct", task, "comm")).toBe("bash");
    expect(machine.field("task_struct", task, "a")).toBe(5);
    expect(machine.field("task_struct", task, "b")).toBe(100);
    expect(machine.field("task_struct", task, "list.1")).toBe(2n);
    expect(machine.field("task_struct", task, "in.y")).toBe(3);
    machine.setFields("task_struct", task, { tgid: 1, path: "/bin" });
    expect(machine.run("reads", { ctx: [task] }).result).toBe(3n);
    expect(machine.run("path", { ctx: [task] }).result).toBe(BigInt("b".charCodeAt(0)));
    expect(machine.run("writes", { ctx: [task] }).fault?.code).toBe("VM_READ_ONLY");
    expect(machine.free(task)).toBe(true);
    expect(machine.free(task)).toBe(false);
    expect(machine.run("reads", { ctx: [task] }).fault?.code).toBe("VM_ACCESS");
    expect(() => machine.struct("nothing")).toThrow(/VM_TYPE: there is no struct nothing/);
    expect(() => machine.makeTask({ nope: 1 })).toThrow(/VM_TYPE: task_struct has no field nope; there are: pid, tgid/);
    expect(() => machine.makeTask({ pid: "x" })).toThrow(/VM_TYPE: task_struct\.pid: CODEC_TYPE/);
    expect(() => machine.makeTask({ list: [1n, 2n, 3n, 4n] })).toThrow(/4 elements for an array of 3/);
    expect(() => machine.field("task_struct", 12n, "pid")).toThrow(/there is no struct at 0xc/);
    // Freed places are used again: a property loop does not fill the memory.
    for (let i = 0; i < 20_000; i++) machine.free(machine.makeTask({ pid: i }));
  });

  test("the current task: the world's, or the struct of the run", () => {
    const machine = load({ task: { pid: 3, tid: 3, comm: "x" } });
    expect(machine.run("who").result).toBe(BigInt(3000 + "x".charCodeAt(0) + 1));
    machine.task.pid = 5;
    expect(machine.run("who").result).toBe(BigInt(5000 + "x".charCodeAt(0) + 1));
    const task = machine.makeTask({ pid: 8, tgid: 9, comm: "other" });
    expect(machine.run("who", { task }).result).toBe(BigInt(9000 + "o".charCodeAt(0) + 1));
    // Local storage belongs to the struct.
    expect([1, 2, 3].map(() => machine.run("keep", { task }).result)).toEqual([1n, 2n, 3n]);
    expect(machine.run("keep").result).toBe(1n);
    expect(machine.map("kept").get(task)).toBe(3n);
  });

  test("task iterators go through the test's tasks, else the current one", () => {
    const machine = load({ task: { pid: 4, tid: 4 } });
    expect(machine.run("threads").result).toBe(4n);
    const [a, b] = [machine.makeTask({ pid: 1, tgid: 1 }), machine.makeTask({ pid: 2, tgid: 2 })];
    machine.tasks.push(a, b, machine.makeTask({ pid: 3, tgid: 1 }));
    expect(machine.run("threads").result).toBe(123n);
    expect(machine.run("processes").result).toBe(12n);
    expect(machine.run("own", { ctx: [a] }).result).toBe(13n);
    expect(machine.run("own", { ctx: [b] }).result).toBe(2n);
    // -EINVAL, and nothing to see.
    for (const name of ["none", "wrong"]) expect(machine.run(name).result).toBe(0xffff_ffean);
    machine.free(b);
    // Who is gone is not seen any more.
    expect(machine.run("threads").result).toBe(13n);
    expect(machine.run("own", { ctx: [b] }).fault?.code).toBe("VM_HELPER_ARGUMENT");
  });

  test("messages and socket options are packets of their own", () => {
    const machine = load();
    expect(machine.run("message", { packet: Uint8Array.of(1, 2, 3, 4) }).result).toBe(35n);
    expect(machine.run("message", { packet: Uint8Array.of(1) }).result).toBe(0xffffffffn);
    expect(machine.run("option", { packet: Uint8Array.of(7, 0), ctx: { level: 6, optlen: 2 } }).result).toBe(9n);
    expect(machine.run("option").result).toBe(0n);
  });

  test("sockets, stacks, signals, samples from user space", () => {
    const machine = load({
      sockets: ({ protocol, family }) => (protocol === "tcp" || family === 4 ? { src_port: 80 } : { src_port: 53 }),
      stacks: { kernel: [0xffffffff81000000n, 0xffffffff81000010n] },
    });
    expect(machine.run("lost_socket").fault?.message).toMatch(/still owned struct bpf_sock/);
    expect(machine.run("found_socket").result).toBe(53n);
    expect(machine.run("own_socket", { ctx: { sk: machine.socket({ mark: 12 }) } }).result).toBe(12n);
    expect(machine.run("own_socket", { ctx: { sk: null } }).result).toBe(5n);
    expect(() => machine.socket({ colour: 1 })).toThrow(/VM_INPUT: struct bpf_sock has no field colour/);
    expect(machine.run("stack").result).toBe(16n);
    expect(machine.map("stacks").size).toBe(1);
    expect(machine.run("signal").effects).toEqual([{ helper: "bpf_send_signal", args: [9n] }]);
    for (const byte of [1, 2, 3]) machine.map("from_user").push(Uint8Array.of(byte));
    expect(machine.run("drain").result).toBe(3006n);
    expect(machine.run("drain").result).toBe(0n);
    expect(() => machine.map("from_user").push(new Uint8Array(5000))).toThrow(/VM_MAP_OPERATION.*E2BIG/);
  });
});
