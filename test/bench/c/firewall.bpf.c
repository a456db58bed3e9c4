// SPDX-License-Identifier: GPL-2.0
/* The logic of examples/firewall/firewall.ts as one would write it in C for libbpf. */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLAN_TAGS 2
#define MAX_EXTENSIONS 6
/* Offsets above this are out of reach of packet pointers (MAX_PACKET_OFF in kernel/bpf/verifier.c is 65535). */
#define MAX_OFFSET 32767

enum drop_reason { NONE, BLOCKED_SOURCE, PORT_RULE, BLOCKED_PORT };
enum rule_action { ALLOW, DROP };

struct vlan_hdr {
	__be16 tci;
	__be16 proto;
};

struct frag_hdr {
	__u8 nexthdr;
	__u8 reserved;
	__be16 frag_off;
	__be32 id;
};

struct ports {
	__be16 source;
	__be16 dest;
};

struct flow_stats {
	__u64 packets;
	__u64 bytes;
	__u64 dropped;
	__u64 last_seen;
};

struct drop_event {
	__u64 ts;
	struct in6_addr saddr6;
	__be32 saddr;
	__u16 dport;
	__u16 vlan;
	__u8 proto;
	__u8 reason;
	__u8 version;
};

struct ipv4_prefix {
	__u32 len;
	__be32 addr;
};

struct ipv6_prefix {
	__u32 len;
	struct in6_addr addr;
};

struct port_key {
	__u16 port;
	__u8 proto;
	__u8 pad;
};

struct port_rule {
	__u64 hits;
	__u8 action;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10000);
	__type(key, __be32);
	__type(value, struct flow_stats);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10000);
	__type(key, struct in6_addr);
	__type(value, struct flow_stats);
} stats6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv4_prefix);
	__type(value, __u64);
} blocked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv6_prefix);
	__type(value, __u64);
} blocked6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct port_key);
	__type(value, struct port_rule);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

__u64 events_lost = 0;
const volatile __u16 blocked_port = 0;

/* A pointer to `size` bytes at `offset`, or NULL when the packet ends before. */
static __always_inline void *packet_at(struct xdp_md *ctx, __u64 offset, __u64 size)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if (offset > MAX_OFFSET)
		return NULL;
	if (data + offset + size > data_end)
		return NULL;
	return data + offset;
}

static __always_inline struct flow_stats *stats_of(void *map, const void *key)
{
	struct flow_stats *found = bpf_map_lookup_elem(map, key);
	struct flow_stats zero = {};

	if (found)
		return found;
	bpf_map_update_elem(map, key, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* Counts of one source are shared between CPUs. */
static __always_inline void count(struct flow_stats *s, __u32 length)
{
	__sync_fetch_and_add(&s->packets, 1);
	__sync_fetch_and_add(&s->bytes, length);
	s->last_seen = bpf_ktime_get_ns();
}

static __always_inline enum drop_reason port_reason(__u16 port, __u8 proto)
{
	struct port_key key = { .port = port, .proto = proto };
	struct port_rule *rule = bpf_map_lookup_elem(&ports, &key);

	if (rule) {
		__sync_fetch_and_add(&rule->hits, 1);
		return rule->action == DROP ? PORT_RULE : NONE;
	}
	return blocked_port && port == blocked_port ? BLOCKED_PORT : NONE;
}

static __always_inline enum drop_reason ipv4(struct xdp_md *ctx, __u32 offset, __u16 vlan)
{
	struct iphdr *ip = packet_at(ctx, offset, sizeof(*ip));
	enum drop_reason reason = NONE;
	struct drop_event *event;
	struct flow_stats *s;
	__u16 dport = 0;
	__u64 *hits;

	if (!ip || ip->ihl < 5)
		return NONE;
	s = stats_of(&stats, &ip->saddr);
	if (s)
		count(s, (__u32)(ctx->data_end - ctx->data));

	struct ipv4_prefix key = { .len = 32, .addr = ip->saddr };
	hits = bpf_map_lookup_elem(&blocked, &key);
	if (hits) {
		__sync_fetch_and_add(hits, 1);
		reason = BLOCKED_SOURCE;
	} else if (!(ip->frag_off & bpf_htons(0x1fff)) &&
		   (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP)) {
		struct ports *p = packet_at(ctx, offset + ip->ihl * 4, sizeof(*p));

		if (!p)
			return NONE;
		dport = bpf_ntohs(p->dest);
		reason = port_reason(dport, ip->protocol);
	}
	if (reason == NONE)
		return reason;

	if (s)
		__sync_fetch_and_add(&s->dropped, 1);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&events_lost, 1);
		return reason;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->ts = bpf_ktime_get_ns();
	event->saddr = ip->saddr;
	event->dport = dport;
	event->vlan = vlan;
	event->proto = ip->protocol;
	event->reason = reason;
	event->version = 4;
	bpf_ringbuf_submit(event, 0);
	return reason;
}

static __always_inline enum drop_reason ipv6(struct xdp_md *ctx, __u32 start, __u16 vlan)
{
	struct ipv6hdr *ip = packet_at(ctx, start, sizeof(*ip));
	enum drop_reason reason = NONE;
	struct drop_event *event;
	bool first_fragment = true;
	struct flow_stats *s;
	__u16 dport = 0;
	__u64 offset;
	__u64 *hits;
	__u8 next;

	if (!ip)
		return NONE;
	s = stats_of(&stats6, &ip->saddr);
	if (s)
		count(s, (__u32)(ctx->data_end - ctx->data));

	next = ip->nexthdr;
	offset = start + sizeof(*ip);
	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		if (next == IPPROTO_FRAGMENT) {
			struct frag_hdr *f = packet_at(ctx, offset, sizeof(*f));

			if (!f)
				return NONE;
			first_fragment = first_fragment && !(f->frag_off & bpf_htons(0xfff8));
			next = f->nexthdr;
			offset += sizeof(*f);
		} else if (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
			struct ipv6_opt_hdr *ext = packet_at(ctx, offset, sizeof(*ext));

			if (!ext)
				return NONE;
			next = ext->nexthdr;
			offset += (ext->hdrlen + 1) * 8;
		} else {
			break;
		}
	}

	struct ipv6_prefix key = { .len = 128, .addr = ip->saddr };
	hits = bpf_map_lookup_elem(&blocked6, &key);
	if (hits) {
		__sync_fetch_and_add(hits, 1);
		reason = BLOCKED_SOURCE;
	} else if (first_fragment && (next == IPPROTO_TCP || next == IPPROTO_UDP)) {
		struct ports *p = packet_at(ctx, offset, sizeof(*p));

		if (!p)
			return NONE;
		dport = bpf_ntohs(p->dest);
		reason = port_reason(dport, next);
	}
	if (reason == NONE)
		return reason;

	if (s)
		__sync_fetch_and_add(&s->dropped, 1);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&events_lost, 1);
		return reason;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->ts = bpf_ktime_get_ns();
	event->saddr6 = ip->saddr;
	event->dport = dport;
	event->vlan = vlan;
	event->proto = next;
	event->reason = reason;
	event->version = 6;
	bpf_ringbuf_submit(event, 0);
	return reason;
}

static __always_inline enum drop_reason inspect(struct xdp_md *ctx)
{
	struct ethhdr *eth = packet_at(ctx, 0, sizeof(*eth));
	__u32 offset = sizeof(*eth);
	__u16 vlan = 0;
	__be16 proto;

	if (!eth)
		return NONE;
	proto = eth->h_proto;
	for (int tags = 0; tags < MAX_VLAN_TAGS; tags++) {
		struct vlan_hdr *tag;

		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		tag = packet_at(ctx, offset, sizeof(*tag));
		if (!tag)
			return NONE;
		if (tags == 0)
			vlan = bpf_ntohs(tag->tci) & 0x0fff;
		proto = tag->proto;
		offset += sizeof(*tag);
	}
	if (proto == bpf_htons(ETH_P_IP))
		return ipv4(ctx, offset, vlan);
	if (proto == bpf_htons(ETH_P_IPV6))
		return ipv6(ctx, offset, vlan);
	return NONE;
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	__u32 reason = inspect(ctx);
	__u64 *counter = bpf_map_lookup_elem(&verdicts, &reason);

	if (counter)
		*counter += 1;
	return reason == NONE ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
