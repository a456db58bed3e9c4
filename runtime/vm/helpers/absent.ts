/** Helpers that the machine has no kernel for answer with an error (runtime/facts/helpers/absent.ts); any of them can be mocked. */
import { ABSENT, type AbsentHelper } from "../../facts/helpers/absent.js";
import { Errno } from "../errno.js";
import type { Implementation } from "./call.js";

export const absentHelpers = Object.fromEntries(
  Object.entries(ABSENT).map(([name, [error]]): [string, Implementation] => [name, () => Errno[error]]),
) as { readonly [N in AbsentHelper]: Implementation };
