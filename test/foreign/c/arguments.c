// Tagged arguments of global functions, and context handed down.
#define arg_ctx tag("arg:ctx")
#define arg_nonnull tag("arg:nonnull")
struct pair { __u64 a, b; };
noinline int swap(struct pair *p arg_nonnull) { __u64 a = p->a; p->a = p->b; p->b = a; return p->a > p->b; }
noinline int maybe(struct pair *p) { if (!p) return -1; return p->a; }
noinline int length(struct xdp_md *ctx arg_ctx) { return ctx->data_end - ctx->data; }
SEC("xdp") int arguments(struct xdp_md *ctx) {
  struct pair p = {byte_at(ctx, 14), byte_at(ctx, 15)};
  OUT(0, swap(&p)); OUT(1, p.a); OUT(2, maybe(&p)); OUT(3, maybe(0)); OUT(4, length(ctx));
  return XDP_PASS;
}
