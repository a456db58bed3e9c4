// Contexts: addresses are not sign-extended, netfilter's structs, elements of iterators as maps; sections that depend on kernel settings.
#include "common.h"
#define __kconfig __attribute__((section(".kconfig")))
extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_NO_SUCH_SETTING __kconfig __weak;
extern u32 CONFIG_HZ __kconfig __weak;
struct bpf_nf_ctx { void *state; struct sk_buff *skb; };
struct nf_hook_state { u8 hook; } CORE;
SEC("xdp") int data_good(struct xdp_md *x) { return x->data ? 1 : 2; }
#define SIGNED(offset) asm volatile("%0 = *(s32 *)(%1 + " #offset ")" : "=r"(v) : "r"(x))
SEC("xdp") int data_signed_bad(struct xdp_md *x) { u64 v; SIGNED(0); return v ? 1 : 2; }
SEC("xdp") int index_signed_good(struct xdp_md *x) { u64 v; SIGNED(12); return v ? 1 : 2; }
SEC("tp_btf/sys_enter") int version_dead_good(u64 *c) { return LINUX_KERNEL_VERSION < 0x50000 ? c[2] : 0; }
SEC("tp_btf/sys_enter") int version_live_bad(u64 *c) { return LINUX_KERNEL_VERSION > 0x50000 ? c[2] : 0; }
SEC("tp_btf/sys_enter") int setting_absent_good(u64 *c) { return CONFIG_NO_SUCH_SETTING ? c[2] : 0; }
SEC("tp_btf/sys_enter") int setting_number_good(u64 *c) { return CONFIG_HZ > 100000 ? c[2] : 0; }
SEC("tp_btf/sys_enter") int setting_number_bad(u64 *c) { return CONFIG_HZ <= 100000 ? c[2] : 0; }
