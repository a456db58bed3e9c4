// bpf_throw with a handler of the program's own.
ksym void bpf_throw(__u64 cookie) __attribute__((noreturn));
static noinline __u64 check(__u32 v) { if (v & 1) bpf_throw(v); volatile __u64 x = v * 2; return x; }
noinline int on_throw(__u64 cookie) { out[3]++; return cookie + 5; }
SEC("tc") tag("exception_callback:on_throw") int handled(struct __sk_buff *skb) { out[2]++; __u8 b = 0; bpf_skb_load_bytes(skb, 14, &b, 1); __u64 r = check(b); out[4]++; return r; }
