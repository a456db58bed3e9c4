// SPDX-License-Identifier: GPL-2.0
/* The logic of examples/mkdir-watch/mkdir-watch.ts in C. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* /sys/kernel/tracing/events/syscalls/sys_enter_mkdir/format */
struct enter_mkdir {
	__u64 common;
	__s32 syscall_nr;
	const char *pathname;
	__u16 mode;
};

/* /sys/kernel/tracing/events/syscalls/sys_enter_mkdirat/format */
struct enter_mkdirat {
	__u64 common;
	__s32 syscall_nr;
	__s64 dfd;
	const char *pathname;
	__u16 mode;
};

struct mkdir_event {
	__u64 ts;
	__u32 pid;
	__u32 uid;
	__u16 mode;
	char comm[16];
	char path[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

__u64 lost = 0;

static __always_inline int report(const char *pathname, __u16 mode)
{
	struct mkdir_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->ts = bpf_ktime_get_boot_ns();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->uid = (__u32)bpf_get_current_uid_gid();
	event->mode = mode;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_user_str(event->path, sizeof(event->path), pathname);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_mkdir")
int mkdir(struct enter_mkdir *ctx)
{
	return report(ctx->pathname, ctx->mode);
}

SEC("tracepoint/syscalls/sys_enter_mkdirat")
int mkdirat(struct enter_mkdirat *ctx)
{
	return report(ctx->pathname, ctx->mode);
}

char LICENSE[] SEC("license") = "GPL";
