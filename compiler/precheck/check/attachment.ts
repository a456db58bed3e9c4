/**
 * Whether a program may stand where it wants to: hooks that take no programs, functions whose result none may change, places
 * that do not sleep (bpf_check_attach_target, check_attach_modify_return and bpf_lsm_verify_prog; 6.18).
 */
import { AttachTypeId, ProgramTypeId } from "../../../runtime/facts/program-types/ids.js";
import type { Env } from "../env.js";
import { Reason, reject } from "../rejection.js";
import { DISABLED_HOOKS, SLEEPING_HOOKS } from "../tables/lsm-hooks.js";

/**
 * Functions of which kernels with error injection say that their result may be changed (ALLOW_ERROR_INJECTION): system
 * calls, allocations, what the kernel has for its own tests. Which others there are depends on its configuration.
 */
const CHANGEABLE =
  /^(security_\w+|__(x64|ia32|x32|arm64|s390x?|riscv)_(compat_)?sys_\w+|should_fail\w*|bpf_fentry_test\w*|bpf_modify_return_test\w*|bpf_testmod_\w+|hid_bpf_\w+|update_socket_protocol|open_ctree|btrfs_\w+|ext4_\w+)$/;
/** The tests above that sleep, too: system calls do (check_non_sleepable_error_inject names the ones that do not). */
const SLEEPS =
  /^(__(x64|ia32|x32|arm64|s390x?|riscv)_(compat_)?sys_\w+|security_\w+|bpf_fentry_test\w*|bpf_modify_return_test\w*|bpf_testmod_\w+|should_failslab)$/;
/** Members that have no place for a program, by struct (its cfi_stubs). */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = { tcp_congestion_ops: ["get_info"] };

/** @throws Rejection `EB5024` */
export function checkAttachment({ subject }: Env): void {
  const { type, attachType, target, sleepable } = subject;
  if (target === undefined) return;
  const refuse = (text: string): never => reject(Reason.Attachment, text);
  if (type === ProgramTypeId.struct_ops) {
    const [struct = "", member = ""] = target.split(".");
    if (UNSUPPORTED[struct]?.includes(member)) refuse(`attach to unsupported member ${member} of struct ${struct}`);
  } else if (type === ProgramTypeId.lsm) {
    if (DISABLED_HOOKS.has(target)) refuse(`points to disabled hook bpf_lsm_${target}`);
    if (sleepable && attachType === AttachTypeId.lsm_mac && !SLEEPING_HOOKS.has(target))
      refuse(`bpf_lsm_${target} is not sleepable`);
  } else if (type === ProgramTypeId.tracing && attachType === AttachTypeId.modify_return) {
    if (!CHANGEABLE.test(target)) refuse(`${target}() is not modifiable`);
  } else if (
    type === ProgramTypeId.tracing &&
    sleepable &&
    (attachType === AttachTypeId.trace_fentry || attachType === AttachTypeId.trace_fexit)
  ) {
    if (!SLEEPS.test(target)) refuse(`${target} is not sleepable`);
  }
}
