/** Helpers that take or give kernel objects: which types (arg_btf_id, ret_btf_id and argument types of the bpf_func_protos of Linux 6.18). */
import { ProgramTypeId } from "../program-types/ids.js";
import type { HelperName } from "./prototypes.js";

/** What fits an object argument. */
export interface ObjectArgument {
  /** Kernel struct; "sock_common" with `sockets` alone for the types that only sockets fit. */
  readonly struct: string;
  /** Socket pointers fit too. */
  readonly sockets: boolean;
  /** BTF pointers fit. */
  readonly btf: boolean;
  readonly nullable: boolean;
}

const socketOnly: ObjectArgument = { struct: "sock_common", sockets: true, btf: false, nullable: false };
const socket: ObjectArgument = { struct: "sock_common", sockets: true, btf: true, nullable: false };
const struct = (name: string, nullable = false): ObjectArgument => ({
  struct: name,
  sockets: false,
  btf: true,
  nullable,
});

// biome-ignore format: a table
export const TAKES: Partial<Readonly<Record<HelperName, ObjectArgument>>> = {
  setsockopt: socket, getsockopt: socket, sk_release: socket, sk_fullsock: socketOnly, tcp_sock: socketOnly,
  get_listener_sock: socketOnly, tcp_check_syncookie: socket, sk_storage_get: socket, sk_storage_delete: socket,
  tcp_gen_syncookie: socket, sk_assign: socket, sk_cgroup_id: socket, sk_ancestor_cgroup_id: socket,
  skc_to_tcp6_sock: socket, skc_to_tcp_sock: socket, skc_to_tcp_timewait_sock: socket, skc_to_tcp_request_sock: socket,
  skc_to_udp6_sock: socket, skc_to_unix_sock: socket, skc_to_mptcp_sock: socketOnly, tcp_send_ack: struct("tcp_sock"),
  seq_printf: struct("seq_file"), seq_write: struct("seq_file"), seq_printf_btf: struct("seq_file"),
  get_task_stack: struct("task_struct"), task_pt_regs: struct("task_struct"), find_vma: struct("task_struct"),
  copy_from_user_task: struct("task_struct"), task_storage_get: struct("task_struct", true),
  task_storage_delete: struct("task_struct", true), inode_storage_get: struct("inode", true),
  inode_storage_delete: struct("inode", true), d_path: struct("path"), bprm_opts_set: struct("linux_binprm"),
  ima_inode_hash: struct("inode"), sock_from_file: struct("file"), ima_file_hash: struct("file"),
  cgrp_storage_get: struct("cgroup", true), cgrp_storage_delete: struct("cgroup", true), skb_output: struct("sk_buff"),
  xdp_output: struct("xdp_buff"), xdp_get_buff_len: struct("xdp_buff"), get_socket_cookie: { ...socket, nullable: true },
  map_update_elem: socket,
};

/** Where the prototype of a program type wants another. */
export const TAKES_IN: readonly {
  readonly type: number;
  readonly helper: HelperName;
  readonly takes: ObjectArgument;
}[] = [
  // bpf_sk_storage_get_tracing, bpf_sk_storage_delete_tracing
  { type: ProgramTypeId.tracing, helper: "sk_storage_get", takes: struct("sock_common", true) },
  { type: ProgramTypeId.tracing, helper: "sk_storage_delete", takes: struct("sock_common", true) },
  // bpf_sk_lookup_assign
  { type: ProgramTypeId.sk_lookup, helper: "sk_assign", takes: { ...socketOnly, nullable: true } },
];

// biome-ignore format: a table
/** Result structs of helpers that give BTF pointers. */
export const GIVES: Partial<Readonly<Record<HelperName, string>>> = {
  skc_to_tcp6_sock: "tcp6_sock", skc_to_tcp_sock: "tcp_sock", skc_to_tcp_timewait_sock: "tcp_timewait_sock",
  skc_to_tcp_request_sock: "tcp_request_sock", skc_to_udp6_sock: "udp6_sock", skc_to_unix_sock: "unix_sock",
  skc_to_mptcp_sock: "mptcp_sock", get_current_task_btf: "task_struct", sock_from_file: "socket", task_pt_regs: "pt_regs",
};
