// Subprograms: static, global, hidden, weak with a strong twin's call, deep chains, pointers into the caller's stack.
static noinline __u64 mix(__u64 a, __u64 b, __u64 c, __u64 d, __u64 e) { return ((a * 31 + b) * 31 + c) * 31 + (d ^ e); }
noinline int global_sum(__u32 a, __u64 b) { volatile __u64 x = a; x += b; return x; }
__attribute__((weak)) noinline int weak_one(__u32 a) { volatile __u32 x = a * 3; return x; }
__attribute__((visibility("hidden"))) noinline int hidden_one(__u32 a, __u32 b) { volatile __u32 x = a / (b | 1); return x; }
static noinline void fill(__u8 *to, __u32 n, __u8 with) { for (__u32 i = 0; i < 16; i++) if (i < n) to[i] = with + i; }
static noinline __u64 d7(__u64 v) { volatile __u64 x = v + 7; return x; }
static noinline __u64 d6(__u64 v) { volatile __u64 x = d7(v * 3) + 6; return x; }
static noinline __u64 d5(__u64 v) { volatile __u64 x = d6(v * 3) + 5; return x; }
static noinline __u64 d4(__u64 v) { volatile __u64 x = d5(v * 3) + 4; return x; }
static noinline __u64 d3(__u64 v) { volatile __u64 x = d4(v * 3) + 3; return x; }
static noinline __u64 d2(__u64 v) { volatile __u64 x = d3(v * 3) + 2; return x; }
static noinline __u64 d1(__u64 v) { volatile __u64 x = d2(v * 3) + 1; return x; }

SEC("xdp") int subprograms(struct xdp_md *ctx) {
  __u8 b = byte_at(ctx, 20), c = byte_at(ctx, 21);
  __u8 bytes[16] = {};
  fill(bytes, b & 15, c);
  OUT(0, mix(b, c, bytes[3], bytes[7], bytes[15]));
  OUT(1, global_sum(b, c));
  OUT(2, weak_one(b));
  OUT(3, hidden_one(b, c));
  OUT(4, d1(b));
  return global_sum(c, b) & 1 ? XDP_PASS : XDP_DROP;
}
