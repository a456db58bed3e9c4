// What every foreign object shares: where programs leave what they saw, and types that older headers lack.
#define OUTS 64
__s64 out[OUTS];
#define OUT(i, v) out[(i)] = (__s64)(v)
#define weak_ksym extern __attribute__((weak)) __attribute__((section(".ksyms")))
#define ksym extern __attribute__((section(".ksyms")))
#define noinline __attribute__((noinline))
#define tag(name) __attribute__((btf_decl_tag(name)))

struct bpf_iter_num { __u64 opaque[1]; } __attribute__((aligned(8)));
struct bpf_iter_bits { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_head { __u64 a, b; } __attribute__((aligned(8)));
struct bpf_list_node { __u64 a, b, c; } __attribute__((aligned(8)));
struct bpf_rb_root { __u64 a, b; } __attribute__((aligned(8)));
struct bpf_rb_node { __u64 a, b, c, d; } __attribute__((aligned(8)));
struct bpf_refcount { __u32 opaque[1]; } __attribute__((aligned(4)));
struct bpf_wq { __u64 opaque[2]; } __attribute__((aligned(8)));

static __u8 byte_at(struct xdp_md *ctx, __u32 at) {
  __u8 value = 0;
  bpf_xdp_load_bytes(ctx, at, &value, 1);
  return value;
}
