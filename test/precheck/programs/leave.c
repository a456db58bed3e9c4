// Functions that end where no exit stands: packet loads, tail calls; what global functions do to their callers' pointers.
#include "common.h"
static long (*const tail_call)(void *, void *, u32) = (void *)12;
struct { UINT(type, 3); UINT(max_entries, 1); UINT(key_size, 4); UINT(value_size, 4); } jumps SEC(".maps");
#define NAKED __attribute__((naked, noinline))
// BPF_LD_ABS of a word, r6 the context.
NAKED static int loads(void) { asm volatile("r6 = r1; .8byte 0x20; r0 = 1; exit;"); }
NAKED static void loads_void(void) { asm volatile("r6 = r1; .8byte 0x20; r0 = 1; exit;"); }
SEC("socket") NAKED int load_good(void) { asm volatile("call %[f]; r0 = 0; exit;" ::[f] "i"(loads)); }
SEC("socket") NAKED int load_fails_bad(void) { asm volatile("call %[f]; if r0 != 0 goto +1; r0 = r9; r0 = 0; exit;" ::[f] "i"(loads)); }
SEC("socket") NAKED int load_void_bad(void) { asm volatile("call %[f]; r0 = 0; exit;" ::[f] "i"(loads_void)); }
NOINLINE static int jumps_away(struct __sk_buff *s) { int r = 7; tail_call(s, &jumps, 0); barrier(r); return r; }
SEC("tc") int jump_result_bad(struct __sk_buff *s) { char b[8] = {}; int r = jumps_away(s); return r == 7 ? 0 : *(volatile char *)(b + r); }
SEC("tc") int jump_packet_bad(struct __sk_buff *s) { int *p = (void *)(u64)s->data; if ((void *)(p + 1) > (void *)(u64)s->data_end) return 0; jumps_away(s); return *p; }
SEC("tc") int jump_packet_good(struct __sk_buff *s) { int *p = (void *)(u64)s->data; if ((void *)(p + 1) > (void *)(u64)s->data_end) return 0; tail_call(s, &jumps, 0); return *p; }
SEC("tc") int jump_good(struct __sk_buff *s) { return jumps_away(s); }

NOINLINE int takes_null(u64 *p) { return p ? *p : 0; }
SEC("tc") int null_passed_good(struct __sk_buff *s) { u32 k = 1; return takes_null(lookup(&counts, &k)); }
static long (*const pull)(void *, u32) = (void *)39;
NOINLINE long pulls(struct __sk_buff *s, u32 n) { return pull(s, n); }
NOINLINE long pulls_deep(struct __sk_buff *s, u32 n) { return pulls(s, n) + 1; }
SEC("tc") int packet_after_pull_bad(struct __sk_buff *s) { int *p = (void *)(u64)s->data; if ((void *)(p + 1) > (void *)(u64)s->data_end) return 0; pulls_deep(s, 0); *p = 1; return 0; }
