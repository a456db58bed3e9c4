// SPDX-License-Identifier: GPL-2.0
/* The logic of examples/packet-counter/packet-counter.ts in C. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define NOT_IP (-1)

struct counter {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct counter);
} received SEC(".maps"), sent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, __u16);
	__type(value, struct counter);
} others SEC(".maps");

/* Each CPU has its own counters, so plain additions lose nothing. */
static __always_inline void count(struct counter *c, __u32 length)
{
	c->packets += 1;
	c->bytes += length;
}

static __always_inline int protocol_of(void *data, void *data_end, __u32 length)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > data_end)
		return NOT_IP;
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_IP): {
		struct iphdr *ip = (void *)(eth + 1);

		return (void *)(ip + 1) > data_end ? NOT_IP : ip->protocol;
	}
	case bpf_htons(ETH_P_IPV6): {
		struct ipv6hdr *ip = (void *)(eth + 1);

		return (void *)(ip + 1) > data_end ? NOT_IP : ip->nexthdr;
	}
	default: {
		__u16 type = bpf_ntohs(eth->h_proto);
		struct counter *c = bpf_map_lookup_elem(&others, &type);

		if (!c) {
			struct counter zero = {};

			bpf_map_update_elem(&others, &type, &zero, BPF_NOEXIST);
			c = bpf_map_lookup_elem(&others, &type);
		}
		if (c)
			count(c, length);
		return NOT_IP;
	}
	}
}

SEC("xdp")
int receive(struct xdp_md *ctx)
{
	__u32 length = ctx->data_end - ctx->data;
	int protocol = protocol_of((void *)(long)ctx->data, (void *)(long)ctx->data_end, length);

	if (protocol != NOT_IP) {
		struct counter *c = bpf_map_lookup_elem(&received, &protocol);

		if (c)
			count(c, length);
	}
	return XDP_PASS;
}

SEC("tc")
int send(struct __sk_buff *skb)
{
	int protocol = protocol_of((void *)(long)skb->data, (void *)(long)skb->data_end, skb->len);

	if (protocol != NOT_IP) {
		struct counter *c = bpf_map_lookup_elem(&sent, &protocol);

		if (c)
			count(c, skb->len);
	}
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
