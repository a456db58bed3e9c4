/** What a program may return: by its type, or by the kernel's function that it stands at (check_return_code; 6.18). */
import type { Env } from "../env.js";
import { Attach } from "../tables/attach.js";
import { hookRange } from "./hook-range.js";
import { hasTypedContext, signatureOf } from "./typed-context.js";

type Range = readonly [bigint, bigint];

const STRUCT_OPS = 27;
const LSM = 29;
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
  if (!hasTypedContext(type) || (type !== LSM && type !== STRUCT_OPS && attachType !== Attach.ModifyReturn))
    return { needed: true, range: env.rules.returns };
  if (env.types.kernel === undefined) return { needed: true, range: env.rules.returns };
  const signature = signatureOf(env);
  const isVoid = signature.btf.resolve(signature.result).kind === "void";
  if (type === LSM && attachType === Attach.LsmCgroup) return { needed: true, range: isVoid ? [1n, 1n] : [0n, 1n] };
  if (isVoid) return { needed: false, range: undefined };
  if (type !== LSM) return { needed: true, range: undefined };
  return { needed: true, range: hookRange(env), half: true };
}
