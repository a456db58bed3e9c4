/** What a program may return: by its type, or by the kernel's function that it stands at (check_return_code; 6.18). */
import type { Env } from "../env.js";
import { Attach, hasTypedContext, signatureOf } from "./typed-context.js";

type Range = readonly [bigint, bigint];

const STRUCT_OPS = 27;
const LSM = 29;
const MAX_ERRNO = 4095n;
/** Hooks whose result is a truth value (bool_lsm_hooks, kernel/bpf/bpf_lsm.c). */
const TRUTH_HOOKS: ReadonlySet<string> = new Set(["inode_xattr_skipcap", "audit_rule_known"]);

export interface Returns {
  /** r0 must hold a value. */
  readonly needed: boolean;
  /** undefined: any. */
  readonly range: Range | undefined;
}

export function returnsOf(env: Env): Returns {
  const { type, attachType, target = "" } = env.subject;
  if (!hasTypedContext(type) || (type !== LSM && type !== STRUCT_OPS && attachType !== Attach.ModifyReturn))
    return { needed: true, range: env.rules.returns };
  if (env.types.kernel === undefined) return { needed: true, range: env.rules.returns };
  const signature = signatureOf(env);
  const isVoid = signature.btf.resolve(signature.result).kind === "void";
  if (type === LSM && attachType === Attach.LsmCgroup) return { needed: true, range: isVoid ? [1n, 1n] : [0n, 1n] };
  if (isVoid) return { needed: false, range: undefined };
  if (type !== LSM) return { needed: true, range: undefined };
  return { needed: true, range: TRUTH_HOOKS.has(target) ? [0n, 1n] : [-MAX_ERRNO, 0n] };
}
