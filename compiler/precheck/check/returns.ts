/** What a program may return: by its type, or by the kernel's function that it stands at (check_return_code; 6.18). */
import { AttachTypeId, ProgramTypeId } from "../../../runtime/facts/program-types/ids.js";
import type { Env } from "../env.js";
import { hookRange } from "./hook-range.js";
import { hasTypedContext, signatureOf } from "./typed-context.js";

type Range = readonly [bigint, bigint];

export interface Returns {
  /** r0 must hold a value. */
  readonly needed: boolean;
  /** undefined: any. */
  readonly range: Range | undefined;
  /** The range is that of the low half (return_32bit): hooks return `int`. */
  readonly half?: boolean;
}

export function returnsOf(env: Env): Returns {
  const { type, attachType } = env.subject;
  if (
    !hasTypedContext(type) ||
    (type !== ProgramTypeId.lsm && type !== ProgramTypeId.struct_ops && attachType !== AttachTypeId.modify_return)
  )
    return { needed: true, range: env.rules.returns };
  if (env.types.kernel === undefined) return { needed: true, range: env.rules.returns };
  const signature = signatureOf(env);
  const isVoid = signature.btf.resolve(signature.result).kind === "void";
  if (type === ProgramTypeId.lsm && attachType === AttachTypeId.lsm_cgroup)
    return { needed: true, range: isVoid ? [1n, 1n] : [0n, 1n] };
  if (isVoid) return { needed: false, range: undefined };
  if (type !== ProgramTypeId.lsm) return { needed: true, range: undefined };
  return { needed: true, range: hookRange(env), half: true };
}
