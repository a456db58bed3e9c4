// Several programs in one section, a static function between them, an unloaded one, and old section names.
static noinline int shared(struct xdp_md *ctx, __u32 at) { return byte_at(ctx, at) & 3; }
SEC("xdp") int first(struct xdp_md *ctx) { OUT(0, shared(ctx, 14)); return XDP_PASS; }
static noinline int beside(__u32 a) { volatile __u32 x = a * 5; return x; }
SEC("xdp") int second(struct xdp_md *ctx) { OUT(1, beside(shared(ctx, 15))); return XDP_DROP; }
SEC("xdp") int third(struct xdp_md *ctx) { OUT(2, beside(2)); return shared(ctx, 16); }
SEC("tc") int classify(struct __sk_buff *skb) { OUT(3, skb->len); return 0; }
SEC("?xdp") int not_loaded(struct xdp_md *ctx) { return 1; }
