/* What the shapes share: fixed-width types, sections, the helpers that they call. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
#define SEC(n) __attribute__((section(n), used))
#define NI __attribute__((noinline))
#define AI static inline __attribute__((always_inline))
#define __uint(n, v) int (*n)[v]
#define __type(n, t) t *n
struct xdp_md {
  u32 data, data_end, data_meta, a, b, c;
};
struct __sk_buff {
  u32 len, pkt_type, mark, queue, protocol, vp, vt, vpr, prio, iif, ifi, tci, cb[5], hash, tcc, data, data_end, napi;
};
static void *(*const lookup)(void *, const void *) = (void *)1;
static long (*const update)(void *, const void *, const void *, u64) = (void *)2;
static long (*const del)(void *, const void *) = (void *)3;
static long (*const probe_read)(void *, u32, const void *) = (void *)113;
static long (*const probe_read_str)(void *, u32, const void *) = (void *)115;
static u64 (*const ktime)(void) = (void *)5;
static u32 (*const prandom)(void) = (void *)7;
static long (*const tail_call)(void *, void *, u32) = (void *)12;
static u64 (*const pid_tgid)(void) = (void *)14;
static long (*const get_comm)(void *, u32) = (void *)16;
static long (*const adjust_head)(void *, int) = (void *)44;
static long (*const skb_load)(const void *, u32, void *, u32) = (void *)26;
static long (*const skb_store)(void *, u32, const void *, u32, u64) = (void *)9;
static long (*const l4_csum)(void *, u32, u64, u64, u64) = (void *)11;
static long (*const perf_out)(void *, void *, u64, void *, u64) = (void *)25;
static void *(*const rb_reserve)(void *, u64, u64) = (void *)131;
static void (*const rb_submit)(void *, u64) = (void *)132;
static void (*const rb_discard)(void *, u64) = (void *)133;
static long (*const bpf_loop)(u32, void *, void *, u64) = (void *)181;
static long (*const for_each)(void *, void *, void *, u64) = (void *)164;
static s64 (*const csum_diff)(void *, u32, void *, u32, u32) = (void *)28;
static u32 (*const cpu)(void) = (void *)8;
static long (*const redirect_map)(void *, u64, u64) = (void *)51;
char LICENSE[] SEC("license") = "GPL";
#define bar(x) asm volatile("" : "+r"(x))
