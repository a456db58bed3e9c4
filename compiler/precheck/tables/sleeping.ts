/** Helpers that may sleep (might_sleep of their bpf_func_proto, Linux 6.18). */
export const SLEEPING_HELPERS: ReadonlySet<number> = new Set([148, 161, 191, 193]);
