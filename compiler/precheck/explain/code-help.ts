/** The catalogue's remedy of a reason, for the language of the program. */
import { precheckCodes } from "../../diagnostics/precheck-codes.js";
import type { Reason } from "../rejection.js";
import type { Remedy } from "./language.js";

export function codeHelp(reason: Reason | undefined): Remedy | undefined {
  if (reason === undefined) return undefined;
  const entry: { readonly help?: string; readonly helpC?: string } = precheckCodes[reason];
  return entry.help === undefined ? undefined : { typescript: entry.help, c: entry.helpC ?? entry.help };
}
