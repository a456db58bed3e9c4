// Kernel variables, per-processor objects, structs of operations, CO-RE.
#include "common.h"
static void *(*const per_cpu_ptr)(const void *, u32) = (void *)153;
static void *(*const this_cpu_ptr)(const void *) = (void *)154;
struct rq { u32 nr_running; } CORE;
extern const struct rq runqueues __ksym;
extern const void bpf_prog_put __ksym;
extern const int not_in_any_kernel __ksym __weak;
SEC("raw_tp/sys_enter") int untyped_good(u64 *c) { return (u64)&bpf_prog_put & 1; }
SEC("raw_tp/sys_enter") int untyped_read_bad(u64 *c) { return *(volatile u8 *)&bpf_prog_put; }
SEC("raw_tp/sys_enter") int weak_missing_good(u64 *c) { return &not_in_any_kernel ? not_in_any_kernel : 0; }

struct task_struct___other { int pid; int no_such_member; } CORE;
SEC("raw_tp/sys_enter") int core_guarded_good(u64 *c) {
  struct task_struct___other *t = (void *)current_task();
  return __builtin_preserve_field_info(t->no_such_member, 2) ? t->no_such_member : t->pid;
}
SEC("raw_tp/sys_enter") int core_missing_bad(u64 *c) { struct task_struct___other *t = (void *)current_task(); return t->no_such_member; }
struct no_such_struct { int a; } CORE;
SEC("raw_tp/sys_enter") int core_type_missing_good(u64 *c) { return __builtin_preserve_type_info(*(struct no_such_struct *)0, 0); }
enum no_such_enum { NO_SUCH_VALUE = 3 };
SEC("raw_tp/sys_enter") int core_enum_missing_bad(u64 *c) { return __builtin_preserve_enum_value(*(enum no_such_enum *)NO_SUCH_VALUE, 1); }

struct tcp_sock { u32 snd_cwnd, snd_ssthresh, mss_cache; } CORE;
struct tcp_congestion_ops { u32 (*ssthresh)(struct sock *sk); void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
  u32 (*undo_cwnd)(struct sock *sk); void (*set_state)(struct sock *sk, u8 state); char name[16]; };
extern u32 tcp_reno_ssthresh(struct sock *sk) __ksym;
SEC("struct_ops/ssthresh") u32 ops_read_good(u64 *c) { struct tcp_sock *t = (void *)c[0]; return t->snd_cwnd >> 1; }
SEC("struct_ops/cong_avoid") void ops_write_good(u64 *c) { struct tcp_sock *t = (void *)c[0]; t->snd_cwnd = c[1] & 15; }
SEC("struct_ops/undo_cwnd") u32 ops_kfunc_good(u64 *c) { return tcp_reno_ssthresh((void *)c[0]); }
SEC("struct_ops/set_state") void ops_write_other_bad(u64 *c) { struct tcp_sock *t = (void *)c[0]; t->mss_cache = 1; }
SEC(".struct_ops") struct tcp_congestion_ops ops_a = { .ssthresh = (void *)ops_read_good, .cong_avoid = (void *)ops_write_good,
  .undo_cwnd = (void *)ops_kfunc_good, .set_state = (void *)ops_write_other_bad, .name = "a" };
