// LSM programs: hooks, return ranges, trust of arguments, sleeping. The guest's kernel is the judge.
#include "../../precheck/programs/common.h"
struct path; struct inode { u64 i_ino; u32 i_uid; } CORE; struct dentry { struct dentry *d_parent; struct inode *d_inode; } CORE;
struct linux_binprm { struct file *file; } CORE;
struct cred { u32 uid; } CORE;
static long (*const bprm_opts_set)(struct linux_binprm *, u64) = (void *)159;
static long (*const ima_inode_hash)(struct inode *, void *, u32) = (void *)161;
static void *(*const inode_storage)(void *, void *, void *, u64) = (void *)145;
static u64 (*const pid_tgid)(void) = (void *)14;
static long (*const d_path)(void *, char *, u32) = (void *)147;
struct { UINT(type, 28); UINT(map_flags, 1); TYPE(key, int); TYPE(value, u64); } inodes SEC(".maps");
struct { UINT(type, 29); UINT(map_flags, 1); TYPE(key, int); TYPE(value, u64); } tasks SEC(".maps");
static void *(*const task_storage)(void *, void *, void *, u64) = (void *)156;

// int inode_permission(struct inode *inode, int mask); last argument of an LSM program is what ran before it returned.
SEC("lsm/inode_permission") int allow(u64 *c) { return 0; }
SEC("lsm/inode_permission") int deny(u64 *c) { return -1; }
SEC("lsm/inode_permission") int deny_most(u64 *c) { return -4095; }
SEC("lsm/inode_permission") int too_low(u64 *c) { return -5000; }
SEC("lsm/inode_permission") int positive(u64 *c) { return 1; }
SEC("lsm/inode_permission") int any(u64 *c) { return prandom(); }
SEC("lsm/inode_permission") int previous(u64 *c) { return (int)c[2]; }
SEC("lsm/inode_permission") int reads(u64 *c) { struct inode *i = (void *)c[0]; return i->i_ino == 3 ? -1 : 0; }
SEC("lsm/inode_permission") int writes(u64 *c) { struct inode *i = (void *)c[0]; i->i_uid = 1; return 0; }
SEC("lsm/inode_permission") int past(u64 *c) { return c[3] & 0; }
SEC("lsm/inode_permission") int storage(u64 *c) { u64 *v = inode_storage(&inodes, (void *)c[0], 0, 1); if (v) *v += 1; return 0; }
SEC("lsm/inode_permission") int storage_unchecked(u64 *c) { u64 *v = inode_storage(&inodes, (void *)c[0], 0, 1); *v += 1; return 0; }
SEC("lsm/inode_permission") int storage_of_task(u64 *c) { u64 *v = task_storage(&tasks, current_task(), 0, 1); if (v) *v += 1; return 0; }
SEC("lsm/inode_permission") int storage_of_number(u64 *c) { u64 *v = inode_storage(&inodes, (void *)c[1], 0, 1); if (v) *v += 1; return 0; }
SEC("lsm/file_open") int open_reads(u64 *c) { struct file *f = (void *)c[0]; return f->private_data ? 0 : -1; }
SEC("lsm/file_open") int open_sleeps(u64 *c) { char b[8]; copy_from_user(b, 8, (void *)c[0]); return 0; }
SEC("lsm.s/file_open") int sleeper(u64 *c) { char b[8]; copy_from_user(b, 8, (void *)8); return 0; }
SEC("lsm.s/inode_free_security") int sleeper_where_none(u64 *c) { return 0; }
SEC("lsm/bprm_committed_creds") int nothing(u64 *c) { return 0; }
SEC("lsm/bprm_committed_creds") int nothing_but_one(u64 *c) { return 1; }
SEC("lsm.s/bprm_creds_for_exec") int options(u64 *c) { bprm_opts_set((void *)c[0], 1); return 0; }
SEC("lsm.s/bprm_committed_creds") int hash(u64 *c) { struct linux_binprm *b = (void *)c[0]; struct file *f = b->file; return f ? 0 : 0; }
SEC("lsm/not_a_hook_of_any_kernel") int unknown_hook(u64 *c) { return 0; }
SEC("lsm/task_alloc") int task_reads(u64 *c) { struct task_struct *t = (void *)c[0]; return t->pid ? 0 : -1; }
SEC("lsm/task_free") int task_free(u64 *c) { struct task_struct *t = (void *)c[0]; return t->pid & 0; }
SEC("lsm/cred_free") int cred_free(u64 *c) { struct cred *k = (void *)c[0]; return k->uid & 0; }
SEC("lsm_cgroup/socket_bind") int per_cgroup(u64 *c) { return 1; }
SEC("lsm_cgroup/socket_bind") int per_cgroup_other(u64 *c) { return 2; }
SEC("lsm_cgroup/socket_bind") int per_cgroup_socket(u64 *c) { struct sock *s = *(void **)c[0]; return 1; }
