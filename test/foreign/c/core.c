// CO-RE against the running kernel: offsets that moved, existence, sizes, enums, bit-fields, signedness, type ids, flavours.
#include <bpf/bpf_core_read.h>
#define core __attribute__((preserve_access_index))
// Fields in another order than the kernel's, some that it does not have, one of them with another size.
struct list_head { struct list_head *prev, *next; } core;
struct pid_link { int nothing; } core;
struct task_struct { char comm[16]; int tgid; int pid; long not_in_any_kernel; struct task_struct *group_leader; unsigned sched_reset_on_fork : 1; unsigned in_execve : 1; unsigned int flags; } core;
struct task_struct___old { int state_of_old; } core;
struct sk_buff { unsigned int len; __u16 protocol; __u8 pkt_type : 3; __u8 cloned : 1; unsigned char *head; int not_there; } core;
struct net_device { int ifindex; unsigned int mtu; char name[16]; } core;
struct no_such_struct { int a; } core;
enum bpf_prog_type___mine { BPF_PROG_TYPE_XDP___mine = 1000, BPF_PROG_TYPE_NOT_THERE___mine = 5 };
enum pid_type { PIDTYPE_PID = 99, PIDTYPE_TGID = 98 };
typedef int absent_typedef;
SEC("raw_tp/sys_enter") int relocations(void *ctx) {
  struct task_struct *t = (void *)bpf_get_current_task();
  OUT(0, bpf_core_field_offset(struct task_struct, pid)); OUT(1, bpf_core_field_offset(struct task_struct, comm)); OUT(2, bpf_core_field_size(struct task_struct, comm));
  OUT(3, bpf_core_field_exists(struct task_struct, tgid)); OUT(4, bpf_core_field_exists(struct task_struct, not_in_any_kernel)); OUT(5, bpf_core_field_exists(struct task_struct___old, state_of_old));
  OUT(6, bpf_core_type_exists(struct no_such_struct)); OUT(7, bpf_core_type_exists(struct net_device)); OUT(8, bpf_core_type_size(struct net_device)); OUT(9, bpf_core_type_size(struct no_such_struct));
  OUT(10, bpf_core_enum_value_exists(enum bpf_prog_type___mine, BPF_PROG_TYPE_XDP___mine)); OUT(11, bpf_core_enum_value(enum bpf_prog_type___mine, BPF_PROG_TYPE_XDP___mine)); OUT(12, bpf_core_enum_value_exists(enum bpf_prog_type___mine, BPF_PROG_TYPE_NOT_THERE___mine));
  OUT(13, bpf_core_enum_value(enum pid_type, PIDTYPE_TGID)); OUT(14, bpf_core_type_id_kernel(struct task_struct)); OUT(15, bpf_core_type_id_local(struct task_struct) > 0);
  OUT(16, bpf_core_field_offset(struct net_device, mtu)); OUT(17, bpf_core_field_size(struct sk_buff, protocol)); OUT(18, bpf_core_field_offset(struct sk_buff, head)); OUT(19, bpf_core_type_exists(absent_typedef));
  OUT(20, __builtin_preserve_field_info(((struct task_struct *)0)->pid, BPF_FIELD_SIGNED)); OUT(21, __builtin_preserve_field_info(((struct net_device *)0)->mtu, BPF_FIELD_SIGNED));
  OUT(22, __builtin_preserve_field_info(((struct sk_buff *)0)->pkt_type, BPF_FIELD_LSHIFT_U64)); OUT(23, __builtin_preserve_field_info(((struct sk_buff *)0)->pkt_type, BPF_FIELD_RSHIFT_U64)); OUT(24, __builtin_preserve_field_info(((struct sk_buff *)0)->cloned, BPF_FIELD_BYTE_OFFSET));
  OUT(25, BPF_CORE_READ(t, tgid) == (int)(bpf_get_current_pid_tgid() >> 32)); OUT(26, BPF_CORE_READ(t, group_leader, pid) == BPF_CORE_READ(t, tgid)); OUT(27, BPF_CORE_READ_BITFIELD_PROBED(t, in_execve));
  char comm[16] = {}, now[16] = {}; BPF_CORE_READ_STR_INTO(&comm, t, comm); bpf_get_current_comm(now, 16); int same = 1; for (int i = 0; i < 16 && now[i]; i++) same &= comm[i] == now[i]; OUT(28, same);
  if (bpf_core_field_exists(t->not_in_any_kernel)) OUT(29, BPF_CORE_READ(t, not_in_any_kernel));
  return 0;
}
