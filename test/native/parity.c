// A program with what ours have too: maps, a bounded loop, packet access, a subprogram, read-only data, atomics.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct stats {
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1000);
	__type(key, __u32);
	__type(value, struct stats);
} per_source SEC(".maps");

const volatile __u32 limit = 8;
static const __u8 table[16] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 };
__u64 seen;

static __noinline __u32 score(const __u8 *bytes, __u32 n)
{
	__u32 sum = 0;
	for (__u32 i = 0; i < 8 && i < n; i++)
		sum += table[bytes[i] & 15];
	return sum;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct stats *s;
	__u32 key;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	key = ip->saddr;
	__sync_fetch_and_add(&seen, 1);
	s = bpf_map_lookup_elem(&per_source, &key);
	if (s) {
		s->packets++;
		s->bytes += end - data;
	} else {
		struct stats fresh = { 1, end - data };
		bpf_map_update_elem(&per_source, &key, &fresh, BPF_ANY);
	}
	return score(eth->h_source, limit) > 40 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
