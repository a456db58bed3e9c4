/** What LSM hooks return: 0 or a negative error number, some a truth value (bpf_lsm_get_retval_range; since 6.12). */
import { AttachTypeId } from "../../../runtime/facts/program-types/ids.js";
import type { Env } from "../env.js";
import { TRUTH_HOOKS } from "../tables/lsm-hooks.js";
import { RULE_SINCE } from "../tables/since.js";

const MAX_ERRNO = 4095n;

/** undefined where any value is. */
export function hookRange(env: Env): readonly [bigint, bigint] | undefined {
  const { attachType, target = "" } = env.subject;
  if (attachType === AttachTypeId.lsm_cgroup || !env.since(RULE_SINCE.hookReturns)) return undefined;
  return TRUTH_HOOKS.has(target) ? [0n, 1n] : [-MAX_ERRNO, 0n];
}
