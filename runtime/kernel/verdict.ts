/**
 * What a load said: the verifier's verdict, or a refusal that is not one. Input: errno and the verifier's log. A refusal counts
 * as a verdict only where the verifier gives a reason in its own words: kernels refuse program types by policy, with errno alone and at
 * most the statistics line, and then nothing is known of the program. Everything that asks the kernel about a program asks here.
 */
import { constants } from "node:os";
import { errnoName } from "./errors.js";
import { isWalk, readVerifierLog } from "./verifier-log.js";

/** The kernel's word on one program. */
export type KernelWord =
  | { readonly verdict: "accept" }
  /** `message` is the verifier's reason. */
  | { readonly verdict: "reject"; readonly message: string }
  /** `message` says why in one line: "not judged: policy, EPERM". */
  | { readonly verdict: "unknown"; readonly message: string };

/** Words of the verifier about what the loader left undone, not about the program: libbpf before 1.4 gives an arena no address. */
const LOADERS_FAULT = /arena's user address must be set via map_extra or mmap/;

/** The machine's trouble where the verifier gives no reason: memory or a signal ends the walk. */
const { ENOSPC, ENOMEM, EINTR, EAGAIN } = constants.errno;
const MACHINES: ReadonlySet<number> = new Set([ENOMEM, EINTR, EAGAIN]);
const POLICY: ReadonlySet<number> = new Set([constants.errno.EPERM, constants.errno.EACCES]);

/** The verifier's reason in its log; undefined where it gives none. */
function reasonIn(log: string): string | undefined {
  const { reason } = readVerifierLog(log);
  return reason === "" || isWalk(reason) ? undefined : reason;
}

/**
 * @param errno positive; 0 for a program that was loaded
 * @param log of the verifier, whole
 * @example kernelWord(1, "processed 0 insns (limit 1000000) ...").message // "not judged: policy, EPERM"
 */
export function kernelWord(errno: number, log: string): KernelWord {
  if (errno === 0) return { verdict: "accept" };
  const name = errnoName(errno);
  const notJudged = (why: string): KernelWord => ({ verdict: "unknown", message: `not judged: ${why}` });
  // A log that does not fit hides the result, whatever it holds.
  if (errno === ENOSPC) return notJudged(`the log did not fit, ${name}`);
  const reason = reasonIn(log);
  if (reason !== undefined) {
    return LOADERS_FAULT.test(reason)
      ? notJudged(`the loader's fault, ${reason}`)
      : { verdict: "reject", message: reason };
  }
  if (MACHINES.has(errno)) return notJudged(`the load was cut short, ${name}`);
  if (POLICY.has(errno)) return notJudged(`policy, ${name}`);
  const walked = Number(/processed (\d+) insns/.exec(log)?.[1] ?? 0);
  return notJudged(
    walked === 0
      ? `${name} without the verifier's words`
      : `${name} after the verifier walked ${walked} instructions and found no fault`,
  );
}
