/**
 * The kernel's messages as patterns, each with its code and how to say it to a user. Read by the explanation of our own
 * rejections, which use the kernel's words, and by `verify --explain-log`. The first pattern that matches counts.
 * Source: kernel/bpf/verifier.c, 4.14 to 7.3; where a wording changed, the pattern takes both.
 */
import type { Reason } from "../../rejection.js";
import { CALLS } from "./calls.js";
import { CONTEXT } from "./context.js";
import { LOST } from "./lost.js";
import { MAPS } from "./maps.js";
import { MEMORY } from "./memory.js";
import { NULL } from "./null.js";
import { CORE, REST, RESULTS } from "./others.js";
import { PACKET } from "./packet.js";
import { REFUSED } from "./refused.js";
import type { MessageRule } from "./rule.js";
import { STACK } from "./stack.js";

/** CO-RE first: its poison is an unknown helper to later rules; absent values before memory: their types tell them apart. */
export const MESSAGES: readonly MessageRule[] = [
  ...CORE,
  ...REFUSED,
  ...PACKET,
  ...NULL,
  ...STACK,
  ...MEMORY,
  ...LOST,
  ...CONTEXT,
  ...CALLS,
  ...MAPS,
  ...RESULTS,
  ...REST,
];

/** The rule that a message of the kernel falls under. */
export function reasonOf(message: string): Reason | undefined {
  return MESSAGES.find(({ pattern }) => pattern.test(message))?.reason;
}
