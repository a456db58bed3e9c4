// Kernel configuration and version as extern variables.
extern unsigned int LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));
extern _Bool CONFIG_BPF_SYSCALL __attribute__((section(".kconfig"), weak));
extern unsigned int CONFIG_NR_CPUS __attribute__((section(".kconfig"), weak));
extern _Bool CONFIG_SURELY_NOT_THERE __attribute__((section(".kconfig"), weak));
extern char CONFIG_DEFAULT_HOSTNAME[16] __attribute__((section(".kconfig"), weak));
SEC("xdp") int config(struct xdp_md *ctx) {
  OUT(0, LINUX_KERNEL_VERSION); OUT(1, CONFIG_BPF_SYSCALL); OUT(2, CONFIG_NR_CPUS); OUT(3, CONFIG_SURELY_NOT_THERE); OUT(4, CONFIG_DEFAULT_HOSTNAME[0]);
  return XDP_PASS;
}
