/** The pre-check's view of runtime/facts: since which kernel the rules of the walk and of ranges hold. */
import { RULES, type RuleName } from "../../../runtime/facts/versions.js";
import type { RangeRules } from "../domain/rules.js";

export { fieldSince } from "../../../runtime/facts/context-fields.js";
export { kfuncSince } from "../../../runtime/facts/kfuncs.js";
export { KERNELS, type Kernel, NEWEST, versionNumber } from "../../../runtime/facts/versions.js";

/** What ranges follow since when; measured with `verify:guest-oracle`. */
export const RANGE_SINCE: Readonly<Record<keyof RangeRules, string>> = {
  wraps: RULES.wraps.since,
  products: RULES.products.since,
  signedBits: RULES.signedBits.since,
  negation: RULES.negation.since,
  byteSwaps: RULES.byteSwaps.since,
  masks: RULES.masks.since,
  forgetsWhole: RULES.forgetsWhole.since,
  comparedBits: RULES.comparedBits.since,
  comparedRanges: RULES.comparedRanges.since,
  constantFirst: RULES.constantFirst.since,
};

/** Rules of the walk that older kernels lack. */
export const RULE_SINCE = {
  storedConstants: RULES.storedConstants.since,
  anySpill: RULES.anySpill.since,
  linkedHalves: RULES.linkedHalves.since,
  linkedSums: RULES.linkedSums.since,
  linkedSums32: RULES.linkedSums32.since,
  uninitialisedStack: RULES.uninitialisedStack.since,
  hookReturns: RULES.hookReturns.since,
  argumentTags: RULES.argumentTags.since,
  privateStack: RULES.privateStack.since,
  globalCallsMovePacket: RULES.globalCallsMovePacket.since,
  tailCallMovesPacket: RULES.tailCallMovesPacket.since,
  tailCallReturns: RULES.tailCallReturns.since,
  helperReadsKeepStack: RULES.helperReadsKeepStack.since,
  sleepingHelpersEverywhere: RULES.sleepingHelpersEverywhere.since,
  castToVoid: RULES.castToVoid.since,
  certainLookup: RULES.certainLookup.since,
} as const satisfies Partial<Record<RuleName, string>>;
