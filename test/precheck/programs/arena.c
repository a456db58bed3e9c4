// Arenas: memory that user space maps too; pointers into it are cast, any arithmetic on them is fine.
#include "common.h"
#define ARENA __attribute__((address_space(1)))
extern void ARENA *bpf_arena_alloc_pages(void *map, void ARENA *addr, u32 pages, int node, u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void ARENA *ptr, u32 pages) __ksym;
struct { UINT(type, 33); UINT(map_flags, 1 << 10); UINT(max_entries, 10); unsigned long (*map_extra)[1ul << 44]; } arena SEC(".maps");
SEC("syscall") int alloc_good(void *c) {
  u64 ARENA *p = bpf_arena_alloc_pages(&arena, (void ARENA *)0, 1, -1, 0);
  if (!p) return 1;
  p[3] = 7;
  u64 v = p[prandom()];
  bpf_arena_free_pages(&arena, p, 1);
  return v;
}
SEC("syscall") int unchecked_good(void *c) { u32 ARENA *p = bpf_arena_alloc_pages(&arena, (void ARENA *)0, 1, -1, 0); *p = 1; return *p; }
SEC("syscall") int chase_good(void *c) {
  u64 ARENA *ARENA *p = (void ARENA *)bpf_arena_alloc_pages(&arena, (void ARENA *)0, 1, -1, 0);
  u64 ARENA *q = p[1];
  return *q + (q > (u64 ARENA *)p ? 1 : 0);
}
SEC("tc") int not_sleepable_bad(struct __sk_buff *s) { void ARENA *p = bpf_arena_alloc_pages(&arena, (void ARENA *)0, 1, -1, 0); return p != 0; }
SEC("syscall") int helper_bad(void *c) { u64 ARENA *p = bpf_arena_alloc_pages(&arena, (void ARENA *)0, 1, -1, 0); probe_read((void *)(u64 *)p, 8, NULL); return 0; }
SEC("syscall") int other_map_bad(void *c) { void ARENA *p = bpf_arena_alloc_pages((void *)1, (void ARENA *)0, 1, -1, 0); return p != 0; }
