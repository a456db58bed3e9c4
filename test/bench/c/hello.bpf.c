// SPDX-License-Identifier: GPL-2.0
/* The logic of examples/mkdir-watch/hello.ts in C. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tracepoint/syscalls/sys_enter_mkdir")
int mkdir(void *ctx)
{
	bpf_printk("hello world: mkdir by process %u", (__u32)(bpf_get_current_pid_tgid() >> 32));
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_mkdirat")
int mkdirat(void *ctx)
{
	bpf_printk("hello world: mkdirat by process %u", (__u32)(bpf_get_current_pid_tgid() >> 32));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
