// Exceptions with a handler of the program's own.
#include "common.h"
NOINLINE int handler(u64 cookie) { return cookie & 1; }
int handler_of_two(u64 cookie, u64 more) { return 0; }
long handler_beyond(u64 cookie) { return prandom(); }
void handler_void(u64 cookie) {}
#define HANDLED(name) TAG("exception_callback:" #name)
SEC("tc") HANDLED(handler) int throw_good(struct __sk_buff *s) { if (s->len > 9) bpf_throw(s->len); return 0; }
SEC("tc") HANDLED(handler_of_two) int throw_arguments_bad(struct __sk_buff *s) { bpf_throw(0); return 0; }
SEC("tc") HANDLED(handler_void) int throw_void_bad(struct __sk_buff *s) { bpf_throw(0); return 0; }
SEC("tc") HANDLED(handler) HANDLED(handler_beyond) int throw_two_handlers_bad(struct __sk_buff *s) { bpf_throw(0); return 0; }
SEC("cgroup/connect4") HANDLED(handler) int throw_range_good(void *c) { bpf_throw(17); return 1; }
SEC("cgroup/connect4") HANDLED(handler_beyond) int throw_range_bad(void *c) { bpf_throw(17); return 1; }
SEC("tc") HANDLED(handler) int throw_called_bad(struct __sk_buff *s) { bpf_throw(handler(s->len)); return 0; }
