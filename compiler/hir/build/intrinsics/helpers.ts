/** Helpers that are free functions: time, random, CPU, current task, reads of user and kernel memory, checksums. */

import type typescript from "typescript";
import type { HelperName } from "../../../../runtime/facts/helpers/index.js";
import { spanOf } from "../../../source/span.js";
import { ts } from "../../../source/typescript.js";
import { binary, constant, nullOf, number } from "../../make.js";
import type { Expr } from "../../nodes.js";
import { INT, type IntType, NUMBER, pointerTo, sizeOf } from "../../types.js";
import { coerce, convertExplicitly } from "../convert.js";
import type { Lowering } from "../lowering.js";
import { bytesOf, helper, table } from "./helper-call.js";
import { helperCall } from "./helper-node.js";
import type { Intrinsic } from "./index.js";

const ADDRESS = (space: "user" | "kernel") => ({ type: { kind: "address", space } as const });

/** `readStr(into, from)`: the helper that reads the kind of memory that `from` is in. */
const readStr: Intrinsic = (fn, call, receiver) => {
  const from = call.arguments[1];
  const type = from && fn.typeOf(from);
  const space = type?.kind === "address" ? type.space : "kernel";
  return helper({ helper: `probe_read_${space}_str`, parameters: ["memory", ADDRESS(space)], returns: NUMBER })(
    fn,
    call,
    receiver,
  );
};

/** The upper or lower half of a helper's 64-bit result. */
const half =
  (name: HelperName, shift: 0 | 32): Intrinsic =>
  (_fn, call) => {
    const span = spanOf(call);
    const both = helperCall(name, [], INT.u64, span);
    const part = shift === 0 ? both : binary("lshr", both, constant(shift, INT.u64, span), INT.u64, span);
    return convertExplicitly(part, INT.u32 as IntType);
  };

/** `csumDiff(from, to, seed)`: absent sides are null of size 0; sizes are multiples of 4. */
const csumDiff: Intrinsic = (fn, call) => {
  const span = spanOf(call);
  const [from, to, seed] = call.arguments;
  const a = checksummed(fn, from, call);
  const b = checksummed(fn, to, call);
  if (!a || !b) return constant(0, { kind: "error" }, span);
  const start = seed ? coerce(fn, fn.expression(seed, INT.u32), INT.u32, seed, "the seed") : number(0, span);
  return helperCall("csum_diff", [...a, ...b, start], NUMBER, span);
};

function checksummed(
  fn: Lowering,
  node: typescript.Expression | undefined,
  call: typescript.Node,
): readonly [Expr, Expr] | undefined {
  const span = spanOf(call);
  if (node && ts.isIdentifier(node) && node.text === "undefined")
    return [nullOf(pointerTo(INT.u8, true), span), number(0, span)];
  const address = bytesOf(fn, node, call);
  if (!address || !node || address.type.kind !== "pointer") return undefined;
  const size = sizeOf(address.type.to);
  if (size % 4 === 0) return [address, number(size, span)];
  fn.error("EB2002", node, `csumDiff takes sizes that are multiples of 4; ${node.getText()} has ${size} bytes`);
  return undefined;
}

export const HELPER_FUNCTIONS: Readonly<Record<string, Intrinsic>> = {
  ...table({
    ktimeGetNs: { helper: "ktime_get_ns", parameters: [], returns: INT.u64 },
    ktimeGetBootNs: { helper: "ktime_get_boot_ns", parameters: [], returns: INT.u64 },
    ktimeGetCoarseNs: { helper: "ktime_get_coarse_ns", parameters: [], returns: INT.u64 },
    ktimeGetTaiNs: { helper: "ktime_get_tai_ns", parameters: [], returns: INT.u64 },
    jiffies64: { helper: "jiffies64", parameters: [], returns: INT.u64 },
    randomU32: { helper: "get_prandom_u32", parameters: [], returns: INT.u32 },
    currentCpu: { helper: "get_smp_processor_id", parameters: [], returns: INT.u32 },
    currentNumaNode: { helper: "get_numa_node_id", parameters: [], returns: INT.u32 },
    currentPidTgid: { helper: "get_current_pid_tgid", parameters: [], returns: INT.u64 },
    currentUidGid: { helper: "get_current_uid_gid", parameters: [], returns: INT.u64 },
    currentCgroupId: { helper: "get_current_cgroup_id", parameters: [], returns: INT.u64 },
    currentComm: { helper: "get_current_comm", parameters: ["memory"], returns: NUMBER },
    readUserStr: { helper: "probe_read_user_str", parameters: ["memory", ADDRESS("user")], returns: NUMBER },
    readKernelStr: { helper: "probe_read_kernel_str", parameters: ["memory", ADDRESS("kernel")], returns: NUMBER },
    readUser: { helper: "probe_read_user", parameters: ["memory", ADDRESS("user")], returns: NUMBER },
    readKernel: { helper: "probe_read_kernel", parameters: ["memory", ADDRESS("kernel")], returns: NUMBER },
  }),
  currentPid: half("get_current_pid_tgid", 32),
  currentTid: half("get_current_pid_tgid", 0),
  currentUid: half("get_current_uid_gid", 0),
  currentGid: half("get_current_uid_gid", 32),
  csumDiff,
  readStr,
};
