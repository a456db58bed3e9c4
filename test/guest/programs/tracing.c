// fentry, fexit and fmod_ret: arguments typed by the kernel's BTF, return values, what may be called. The guest's kernel is the judge.
#include "../../precheck/programs/common.h"
struct path; struct dentry { struct dentry *d_parent; } CORE; struct inode { u64 i_ino; u32 i_uid; } CORE;
struct filename { const char *name; } CORE;
static long (*const func_arg)(void *, u32, u64 *) = (void *)183;
static long (*const func_ret)(void *, u64 *) = (void *)184;
static long (*const func_arg_cnt)(void *) = (void *)185;
static u64 (*const func_ip)(void *) = (void *)173;
static u64 (*const attach_cookie)(void *) = (void *)174;
static long (*const override_return)(void *, u64) = (void *)58;
static long (*const redirect)(u32, u64) = (void *)23;
static u64 (*const pid_tgid)(void) = (void *)14;
static long (*const comm)(void *, u32) = (void *)16;
static long (*const d_path)(void *, char *, u32) = (void *)147;
static long (*const snprintf_btf)(char *, u32, void *, u32, u64) = (void *)149;

// int do_unlinkat(int dfd, struct filename *name)
SEC("fentry/do_unlinkat") int entry_scalar(u64 *c) { return (int)c[0] & 0; }
SEC("fentry/do_unlinkat") int entry_pointer(u64 *c) { struct filename *n = (void *)c[1]; return n->name ? 0 : 0; }
SEC("fentry/do_unlinkat") int entry_untagged_string(u64 *c) { struct filename *n = (void *)c[1]; return *n->name & 0; }
SEC("fentry/do_unlinkat") int entry_string(u64 *c) { struct filename *n = (void *)c[1]; char b[16]; probe_read(b, 16, n->name); return b[0] & 0; }
SEC("fentry/do_unlinkat") int entry_third(u64 *c) { return c[2] & 0; }
SEC("fentry/do_unlinkat") int entry_far(u64 *c) { return c[12] & 0; }
SEC("fentry/do_unlinkat") int entry_write_context(u64 *c) { c[0] = 1; return 0; }
SEC("fentry/do_unlinkat") int entry_write_object(u64 *c) { struct filename *n = (void *)c[1]; n->name = 0; return 0; }
SEC("fentry/do_unlinkat") int entry_half(u64 *c) { return *(u32 *)c & 0; }
SEC("fentry/do_unlinkat") int entry_misaligned(u64 *c) { return *(u32 *)((char *)c + 2) & 0; }
SEC("fentry/do_unlinkat") int entry_returns_one(u64 *c) { return 1; }
SEC("fentry/do_unlinkat") int entry_returns_any(u64 *c) { return prandom(); }
SEC("fentry/do_unlinkat") int entry_task(u64 *c) { struct task_struct *t = current_task(); return t->pid & 0; }
SEC("fentry/do_unlinkat") int entry_walk(u64 *c) { struct task_struct *t = current_task(); return t->real_parent->real_parent->pid & 0; }
SEC("fentry/do_unlinkat") int entry_cookie(u64 *c) { return attach_cookie(c) & 0; }
SEC("fentry/do_unlinkat") int entry_ip(u64 *c) { return func_ip(c) & 0; }
SEC("fentry/do_unlinkat") int entry_argument(u64 *c) { u64 v; func_arg(c, 0, &v); return v & 0; }
SEC("fentry/do_unlinkat") int entry_result(u64 *c) { u64 v; func_ret(c, &v); return v & 0; }
SEC("fentry/do_unlinkat") int entry_count(u64 *c) { return func_arg_cnt(c) & 0; }
SEC("fentry/do_unlinkat") int entry_redirect(u64 *c) { return redirect(1, 0) & 0; }
SEC("fentry/do_unlinkat") int entry_override(u64 *c) { override_return(c, 1); return 0; }
SEC("fentry/do_unlinkat") int entry_copies_user(u64 *c) { char b[8]; copy_from_user(b, 8, (void *)c[0]); return 0; }
SEC("fentry/not_a_function_of_any_kernel") int entry_unknown(u64 *c) { return 0; }
SEC("fexit/do_unlinkat") int exit_result(u64 *c) { return (int)c[2] & 0; }
SEC("fexit/do_unlinkat") int exit_past(u64 *c) { return (int)c[3] & 0; }
SEC("fexit/do_unlinkat") int exit_helper(u64 *c) { u64 v; return func_ret(c, &v) & 0; }
SEC("fexit/do_unlinkat") int exit_returns_one(u64 *c) { return 1; }
SEC("fexit/vfs_read") int exit_file(u64 *c) { struct file *f = (void *)c[0]; return f->private_data ? 0 : 0; }
SEC("fexit/vfs_read") int exit_ring(u64 *c) { u64 *r = ringbuf_reserve(&ring, 8, 0); if (!r) return 0; *r = c[4]; ringbuf_submit(r, 0); return 0; }
SEC("fexit/vfs_read") int exit_ring_leak(u64 *c) { u64 *r = ringbuf_reserve(&ring, 8, 0); if (r) *r = c[4]; return 0; }
SEC("fentry/security_inode_permission") int entry_inode(u64 *c) { struct inode *i = (void *)c[0]; return i->i_ino & 0; }
SEC("fentry/security_inode_permission") int entry_map(u64 *c) { struct inode *i = (void *)c[0]; u32 k = i->i_uid; u64 *v = lookup(&counts, &k); if (v) *v += 1; return 0; }
SEC("fentry/security_inode_permission") int entry_map_unchecked(u64 *c) { u32 k = 0; u64 *v = lookup(&counts, &k); *v += 1; return 0; }
SEC("fmod_ret/security_inode_permission") int modify_zero(u64 *c) { return 0; }
SEC("fmod_ret/security_inode_permission") int modify_error(u64 *c) { return -1; }
SEC("fmod_ret/security_inode_permission") int modify_any(u64 *c) { return prandom(); }
SEC("fmod_ret/do_unlinkat") int modify_other(u64 *c) { return 0; }
SEC("fentry/do_unlinkat") int entry_loop(u64 *c) { u64 s = 0; for (u32 i = 0; i < 100; i++) { s += i * c[0]; barrier(s); } return s & 0; }
SEC("fentry/do_unlinkat") int entry_comm(u64 *c) { char b[16]; comm(b, 16); return b[0] & 0; }
SEC("fentry/do_unlinkat") int entry_uninitialised(u64 *c) { char b[16]; return ((volatile char *)b)[3] & 0; }
SEC("fentry.s/do_unlinkat") int sleeping_entry(u64 *c) { char b[8]; copy_from_user(b, 8, (void *)c[0]); return 0; }
SEC("fentry/tcp_sendmsg") int entry_sock(u64 *c) { struct sock *s = (void *)c[0]; return s->sk_mark & 0; }
