/**
 * Hooks of LSM programs: which none may take, and which sleep. Measured on Debian's Linux 6.1.192 and 6.12.117 by loading a
 * program for each `bpf_lsm_*` of their BTF (`npm run verify:guest`); 6.18 itself adds hooks that are not known here.
 */

/** bpf_lsm_disabled_hooks: what they do is not undone when a program is detached. */
export const DISABLED_HOOKS: ReadonlySet<string> = new Set(
  "audit_rule_match getprocattr getselfattr inode_copy_up_xattr inode_getsecurity inode_listsecurity inode_need_killpriv ismaclabel key_getsecurity setprocattr vm_enough_memory xfrm_decode_session".split(
    " ",
  ),
);

// biome-ignore format: a list
/** sleepable_lsm_hooks: those of both kernels. */
export const SLEEPING_HOOKS: ReadonlySet<string> = new Set((
  "bpf bpf_map bpf_map_alloc_security bpf_map_create bpf_map_free bpf_map_free_security bpf_prog bpf_prog_load bpf_token_capable bpf_token_cmd " +
  "bpf_token_create bpf_token_free bprm_check_security bprm_committed_creds bprm_committing_creds bprm_creds_for_exec bprm_creds_from_file capget capset " +
  "cred_prepare current_getsecid_subj file_ioctl file_lock file_open file_post_open file_receive inet_conn_established inode_create inode_free_security " +
  "inode_getattr inode_getxattr inode_mknod inode_post_setxattr inode_readlink inode_rename inode_rmdir inode_setattr inode_setxattr inode_symlink " +
  "inode_unlink kernel_module_request kernel_read_file kernfs_init_security key_free mmap_file netlink_send path_chmod path_chown path_link path_mkdir " +
  "path_notify path_rename path_rmdir path_symlink path_truncate path_unlink release_secctx sb_alloc_security sb_eat_lsm_opts sb_kern_mount sb_mount " +
  "sb_remount sb_set_mnt_opts sb_show_options sb_statfs sb_umount settime socket_accept socket_bind socket_connect socket_create socket_getpeername " +
  "socket_getpeersec_dgram socket_getsockname socket_getsockopt socket_listen socket_post_create socket_recvmsg socket_sendmsg socket_shutdown " +
  "socket_socketpair syslog task_alloc task_getsecid_obj task_prctl task_setscheduler userns_create"
).split(" "));

/** Hooks whose result is a truth value (bool_lsm_hooks, kernel/bpf/bpf_lsm.c). */
export const TRUTH_HOOKS: ReadonlySet<string> = new Set(["inode_xattr_skipcap", "audit_rule_known"]);
