// kprobes, uprobes, perf events and iterators beside what the host's kernel has.
#include "../../precheck/programs/common.h"
struct pt_regs { u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss; };
struct bpf_perf_event_data { struct pt_regs regs; u64 sample_period, addr; };
static u64 (*const func_ip)(void *) = (void *)173;
static u64 (*const attach_cookie)(void *) = (void *)174;
static long (*const override_return)(void *, u64) = (void *)58;
static long (*const read_value)(void *, void *, u32) = (void *)56;
static long (*const seq_write)(void *, const void *, u32) = (void *)127;
static long (*const get_stack)(void *, void *, u32, u64) = (void *)67;
static long (*const send_signal)(u32) = (void *)109;
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } CORE;
struct bpf_iter__bpf_map { struct bpf_iter_meta *meta; struct bpf_map *map; } CORE;

SEC("kprobe/do_unlinkat") int registers(struct pt_regs *r) { return r->di & 0; }
SEC("kprobe/do_unlinkat") int last_register(struct pt_regs *r) { return r->ss & 0; }
SEC("kprobe/do_unlinkat") int past_registers(struct pt_regs *r) { return ((volatile u64 *)r)[21] & 0; }
SEC("kprobe/do_unlinkat") int half_register(struct pt_regs *r) { return *(u32 *)&r->di & 0; }
SEC("kprobe/do_unlinkat") int write_register(struct pt_regs *r) { r->di = 0; return 0; }
SEC("kprobe/do_unlinkat") int follow(struct pt_regs *r) { return *(volatile int *)r->di & 0; }
SEC("kprobe/do_unlinkat") int returns_any(struct pt_regs *r) { return prandom(); }
SEC("kprobe/do_unlinkat") int ip(struct pt_regs *r) { return func_ip(r) & 0; }
SEC("kprobe/do_unlinkat") int cookie(struct pt_regs *r) { return attach_cookie(r) & 0; }
SEC("kprobe/do_unlinkat") int override(struct pt_regs *r) { override_return(r, 1); return 0; }
SEC("kprobe/do_unlinkat") int stack(struct pt_regs *r) { char b[64]; get_stack(r, b, 64, 0); return b[9] & 0; }
SEC("kprobe/do_unlinkat") int stack_too_long(struct pt_regs *r) { char b[64]; get_stack(r, b, 600, 0); return b[9] & 0; }
SEC("kretprobe/do_unlinkat") int result(struct pt_regs *r) { return r->ax & 0; }
SEC("kprobe.multi/do_unlink*") int many(struct pt_regs *r) { return func_ip(r) & 0; }
SEC("kprobe.session/do_unlink*") int session(struct pt_regs *r) { return 1; }
SEC("kprobe.session/do_unlink*") int session_two(struct pt_regs *r) { return 2; }
SEC("uprobe") int user(struct pt_regs *r) { return r->di & 0; }
SEC("uprobe.s") int user_sleeps(struct pt_regs *r) { char b[8]; copy_from_user(b, 8, (void *)r->di); return b[0]; }
SEC("uprobe") int user_may_not_sleep(struct pt_regs *r) { char b[8]; copy_from_user(b, 8, (void *)r->di); return b[0]; }
SEC("perf_event") int period(struct bpf_perf_event_data *d) { return d->sample_period & 0; }
SEC("perf_event") int address(struct bpf_perf_event_data *d) { return d->addr & 0; }
SEC("perf_event") int past_address(struct bpf_perf_event_data *d) { return ((volatile u64 *)d)[23] & 0; }
SEC("perf_event") int value(struct bpf_perf_event_data *d) { u64 v[3]; read_value(d, v, 24); return v[0] & 0; }
SEC("perf_event") int value_short(struct bpf_perf_event_data *d) { u64 v[3]; read_value(d, v, 16); return 0; }
SEC("iter/task") int each(struct bpf_iter__task *i) { return i->task ? i->task->pid & 0 : 0; }
SEC("iter/task") int each_unchecked(struct bpf_iter__task *i) { return i->task->pid & 0; }
SEC("iter/task") int each_stops(struct bpf_iter__task *i) { return 1; }
SEC("iter/task") int each_two(struct bpf_iter__task *i) { return 2; }
SEC("iter/task") int each_writes(struct bpf_iter__task *i) { struct task_struct *t = i->task; if (t) { int p = t->pid; seq_write(i->meta->seq, &p, 4); } return 0; }
SEC("iter.s/task") int each_sleeps(struct bpf_iter__task *i) { char b[8]; copy_from_user(b, 8, (void *)8); return 0; }
SEC("iter/bpf_map") int each_map(struct bpf_iter__bpf_map *i) { struct bpf_map *m = i->map; return m ? m->id & 0 : 0; }
SEC("raw_tp/sys_enter") int raw(u64 *c) { return c[1] & 0; }
SEC("raw_tp/sys_enter") int raw_past(u64 *c) { return c[13] & 0; }
SEC("tp_btf/sys_enter") int typed(u64 *c) { struct pt_regs *r = (void *)c[0]; return r->di & 0; }
SEC("tp_btf/sched_switch") int typed_task(u64 *c) { struct task_struct *t = (void *)c[1]; return t->pid & 0; }
SEC("tp_btf/sched_switch") int typed_past(u64 *c) { return c[5] & 0; }
SEC("tp_btf/not_there") int typed_unknown(u64 *c) { return 0; }
SEC("tp/syscalls/sys_enter_openat") int event(u64 *c) { return c[2] & 0; }
SEC("kprobe/do_unlinkat") int signal(struct pt_regs *r) { return send_signal(9) & 0; }
