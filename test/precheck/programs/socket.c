// Sockets: looked up, tested, released; members by kind; casts to kernel structs; storage.
#include "common.h"
struct bpf_sock { u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port; u16 dst_port, pad; u32 dst_ip4, dst_ip6[4], state; int rx_queue_mapping; };
struct bpf_tcp_sock { u32 snd_cwnd, srtt_us, rtt_min; };
struct bpf_sock_tuple { u32 saddr, daddr; u16 sport, dport; };
struct buff { u32 skip[21]; u32 data_end; u32 napi; u32 more[20]; };
static struct bpf_sock *(*const sk_lookup_tcp)(void *, struct bpf_sock_tuple *, u32, u64, u64) = (void *)84;
static struct bpf_sock *(*const skc_lookup_tcp)(void *, struct bpf_sock_tuple *, u32, u64, u64) = (void *)99;
static long (*const sk_release)(void *) = (void *)86;
static struct bpf_sock *(*const sk_fullsock)(struct bpf_sock *) = (void *)95;
static struct bpf_tcp_sock *(*const tcp_sock)(struct bpf_sock *) = (void *)96;
static struct tcp_sock *(*const skc_to_tcp_sock)(void *) = (void *)137;
static void *(*const sk_storage_get)(void *, void *, void *, u64) = (void *)107;
struct tcp_sock { u32 snd_cwnd; } CORE;
struct { UINT(type, 24); UINT(map_flags, 1); TYPE(key, int); TYPE(value, u64); } storage SEC(".maps");
#define LOOKUP struct bpf_sock_tuple t = {}; struct bpf_sock *sk = sk_lookup_tcp(s, &t, sizeof(t), -1, 0)
SEC("tc") int lookup_good(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; u32 m = sk->mark; sk_release(sk); return m; }
SEC("tc") int lookup_leak_bad(struct __sk_buff *s) { LOOKUP; return sk ? 1 : 0; }
SEC("tc") int lookup_unchecked_bad(struct __sk_buff *s) { LOOKUP; u32 m = sk->mark; if (sk) sk_release(sk); return m; }
SEC("tc") int release_null_bad(struct __sk_buff *s) { LOOKUP; sk_release(sk); return 0; }
SEC("tc") int release_twice_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; sk_release(sk); sk_release(sk); return 0; }
SEC("tc") int after_release_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; sk_release(sk); return sk->mark; }
SEC("tc") int write_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; *(volatile u32 *)&sk->mark = 1; sk_release(sk); return 0; }
SEC("tc") int beyond_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; u32 v = ((volatile u32 *)sk)[60]; sk_release(sk); return v; }
SEC("tc") int half_field_good(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; u16 v = *(volatile u16 *)&sk->dst_port; sk_release(sk); return v; }
SEC("tc") int moved_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; sk_release((void *)sk + 4); return 0; }
SEC("tc") int tcp_good(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; struct bpf_tcp_sock *p = tcp_sock(sk); u32 v = p ? p->snd_cwnd : 0; sk_release(sk); return v; }
SEC("tc") int tcp_unchecked_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; struct bpf_tcp_sock *p = tcp_sock(sk); u32 v = p->snd_cwnd; sk_release(sk); return v; }
SEC("tc") int tcp_after_release_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; struct bpf_tcp_sock *p = tcp_sock(sk); sk_release(sk); return p ? p->snd_cwnd : 0; }
SEC("tc") int fullsock_good(struct __sk_buff *s) { struct bpf_sock_tuple t = {}; struct bpf_sock *sk = skc_lookup_tcp(s, &t, sizeof(t), -1, 0), *f; if (!sk) return 0; f = sk_fullsock(sk); u32 v = f ? f->mark : 0; sk_release(sk); return v; }
SEC("tc") int common_field_bad(struct __sk_buff *s) { struct bpf_sock_tuple t = {}; struct bpf_sock *sk = skc_lookup_tcp(s, &t, sizeof(t), -1, 0); if (!sk) return 0; u32 v = *(volatile u32 *)&sk->mark; sk_release(sk); return v; }
SEC("tc") int cast_good(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; struct tcp_sock *p = skc_to_tcp_sock(sk); u32 v = p ? p->snd_cwnd : 0; sk_release(sk); return v; }
SEC("tc") int cast_unchecked_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; struct tcp_sock *p = skc_to_tcp_sock(sk); u32 v = p->snd_cwnd; sk_release(sk); return v; }
SEC("tc") int cast_released_good(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; struct tcp_sock *p = skc_to_tcp_sock(sk); if (p) sk_release(p); else sk_release(sk); return 0; }
SEC("tc") int storage_good(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; u64 *v = sk_storage_get(&storage, sk, 0, 1); if (v) ++*v; sk_release(sk); return 0; }
SEC("tc") int storage_wrong_map_bad(struct __sk_buff *s) { LOOKUP; if (!sk) return 0; u64 *v = sk_storage_get(&counts, sk, 0, 1); if (v) ++*v; sk_release(sk); return 0; }
SEC("tc") int context_socket_good(struct buff *s) { struct bpf_sock *sk = *(struct bpf_sock **)((char *)s + 168); return sk ? sk->family : 0; }
SEC("tc") int context_socket_unchecked_bad(struct buff *s) { struct bpf_sock *sk = *(struct bpf_sock **)((char *)s + 168); return sk->family; }
SEC("tc") int context_socket_released_bad(struct buff *s) { struct bpf_sock *sk = *(struct bpf_sock **)((char *)s + 168); if (sk) sk_release(sk); return 0; }
SEC("kprobe/x") int lookup_type_bad(void *s) { LOOKUP; if (sk) sk_release(sk); return 0; }
