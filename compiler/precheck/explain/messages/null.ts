/** Values that may be absent: look-ups, reservations, pointers of the kernel. */
import { Reason } from "../../rejection.js";
import type { Speaker } from "../speaker.js";
import { type MessageRule, num, type Told } from "./rule.js";

/** A pointer that was read from a kernel structure: each read may give another value. */
const FROM_KERNEL = /^(?:rcu_|trusted_|untrusted_)*ptr_or_null_|^(?:rcu_|trusted_|untrusted_)*ptr$/;

/** @param type the pointer's type, in the kernel's words */
function absent(s: Speaker, register: number, type: string, use: string): Told {
  const { chain } = s.story(register);
  const made = chain[chain.length - 1];
  const name = s.value(register);
  const variable = s.subject(register) ?? "value";
  const test =
    s.language === "typescript" ? `if (${variable} === undefined) return …` : `if (${variable} == NULL) return …`;
  if (made?.operation.kind === "load" && FROM_KERNEL.test(type)) {
    return {
      sentence: `${name} may be ${s.nothing} here: it was loaded from the kernel at ${s.where(made.at)}, and that value was not tested on this path before ${use}; a test of another load of the same field does not count.`,
      about: register,
      remedy: `Load the pointer once, into a variable, test that value, and use it: \`${test}\`.`,
    };
  }
  const call = made?.operation.kind === "call" ? s.result(made.at, made.operation.name) : undefined;
  const from = call === undefined || made === undefined ? "" : `${call} at ${s.where(made.at)} can be ${s.nothing}`;
  const passed =
    /^(?:rdonly_)?mem_or_null/.test(type) && made === undefined ? `callers may pass ${s.nothing}` : "it can fail";
  const why = name === call || from === "" ? passed : from;
  return {
    sentence: `${name} may be ${s.nothing} here: ${why}, and this path did not test it before ${use}.`,
    about: register,
    remedy: `Test it first: \`${test}\`.`,
  };
}

const passing = (s: Speaker): string => `passing it to ${s.callee}`;

// biome-ignore format: a table
export const NULL: readonly MessageRule[] = [
  { pattern: /R(\d+) invalid mem access '(\w*?_or_null_?\w*)'/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1), m[2] ?? "", s.isWrite ? "writing through it" : "reading through it") },
  { pattern: /R(\d+) pointer arithmetic on (\w*?_or_null_?\w*) prohibited/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1), m[2] ?? "", "computing with it") },
  { pattern: /R(\d+) type=(\w*?_or_null_?\w*) expected=(.*)/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1), m[2] ?? "", passing(s)) },
  { pattern: /Possibly NULL pointer passed to (?:trusted |helper )?(?:arg#?|R)?(\d+)/, reason: Reason.Null, tell: (m, s) => { const register = num(m, 1) + (/passed to (?:trusted )?arg/.test(m[0]) ? 1 : 0); return absent(s, register, s.view(register)?.type ?? "", passing(s)); } },
];
