// Stands for a kernel's types where no kernel is at hand: compiled with debug information, the functions, structs and typedefs that the programs of this folder name.
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long long u64; typedef long long s64;
struct filename { const char *name; };
struct dentry { struct dentry *d_parent; };
typedef struct { u32 val; } kuid_t;
struct inode { u64 i_ino; kuid_t i_uid; };
struct file { void *private_data; };
struct cred { kuid_t uid; };
struct linux_binprm { struct file *file; };
struct mm_struct { u64 total_vm; };
struct task_struct { int pid, tgid; u64 start_time; char comm[16]; struct mm_struct *mm; struct task_struct *real_parent, *group_leader, *last_wakee; };
struct sock { u32 sk_mark; };
struct msghdr { u64 a; };
struct sockaddr { u64 a; };
struct socket { struct sock *sk; };
struct seq_file { u64 a; };
struct pt_regs { u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss; };
struct bpf_map { u32 id, max_entries; };
struct bpf_iter_meta { struct seq_file *seq; u64 session_id, seq_num; };
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };
struct bpf_iter__bpf_map { struct bpf_iter_meta *meta; struct bpf_map *map; };
struct bpf_perf_event_data_kern { struct pt_regs *regs; u64 a; };

int do_unlinkat(int dfd, struct filename *name) { return 0; }
s64 vfs_read(struct file *file, char *buf, u64 count, s64 *pos) { return 0; }
int security_inode_permission(struct inode *inode, int mask) { return 0; }
int tcp_sendmsg(struct sock *sk, struct msghdr *msg, u64 size) { return 0; }
int bpf_lsm_inode_permission(struct inode *inode, int mask) { return 0; }
int bpf_lsm_file_open(struct file *file) { return 0; }
void bpf_lsm_inode_free_security(struct inode *inode) {}
void bpf_lsm_bprm_committed_creds(const struct linux_binprm *bprm) {}
int bpf_lsm_bprm_creds_for_exec(struct linux_binprm *bprm) { return 0; }
int bpf_lsm_task_alloc(struct task_struct *task, unsigned long flags) { return 0; }
void bpf_lsm_task_free(struct task_struct *task) {}
void bpf_lsm_cred_free(struct cred *cred) {}
int bpf_lsm_socket_bind(struct socket *sock, struct sockaddr *address, int length) { return 0; }
int bpf_iter_task(struct bpf_iter_meta *meta, struct task_struct *task) { return 0; }
int bpf_iter_bpf_map(struct bpf_iter_meta *meta, struct bpf_map *map) { return 0; }
typedef void (*btf_trace_sys_enter)(void *, struct pt_regs *, long);
typedef void (*btf_trace_sched_switch)(void *, _Bool, struct task_struct *, struct task_struct *, unsigned);
btf_trace_sys_enter sys_enter;
btf_trace_sched_switch sched_switch;
// Clang describes a struct whole only where a value of it is.
struct { struct filename a; struct dentry b; struct inode c; struct file d; struct cred e; struct linux_binprm f; struct mm_struct g; struct task_struct h;
  struct sock i; struct socket j; struct seq_file k; struct pt_regs l; struct bpf_map m; struct bpf_iter_meta n; struct bpf_iter__task o;
  struct bpf_iter__bpf_map p; struct bpf_perf_event_data_kern q; } all;
