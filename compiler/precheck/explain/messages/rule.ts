/** What a rule of the message tables is, and the ways in which most of them speak. */
import type { Reason } from "../../rejection.js";
import type { Remedy } from "../language.js";
import type { Speaker } from "../speaker.js";

/** What is reported of a refusal. */
export interface Told {
  readonly sentence: string;
  /** Better than the catalogue's remedy for this case. */
  readonly remedy?: Remedy | undefined;
  /** Register that the sentence is about: its story is told. */
  readonly about?: number;
  /** Step at which the fact was lost. */
  readonly lost?: number;
  /** Steps that belong to the story besides. */
  readonly marks?: readonly { readonly at: number; readonly note: string }[];
}

export interface MessageRule {
  readonly pattern: RegExp;
  readonly reason: Reason;
  readonly tell: (m: RegExpExecArray, s: Speaker) => Told;
}

export const num = (m: RegExpExecArray, i: number): number => Number(m[i] ?? 0);
export const bytes = (n: number | bigint): string => `${n} byte${Number(n) === 1 ? "" : "s"}`;
export const count = (n: number | string): string => Number(n).toLocaleString("en");

/** `$1` stands for the first group; helpers of the kernel are named as the author names them. */
function filled(sentence: string, m: RegExpExecArray, s: Speaker): string {
  return sentence.replace(/\$(\d)/g, (_all, i: string) => s.helper(m[Number(i)] ?? ""));
}

export const plain =
  (sentence: string, remedy?: Remedy) =>
  (m: RegExpExecArray, s: Speaker): Told => ({ sentence: filled(sentence, m, s), remedy });

/** About the register of the first group, which `$value` stands for. */
export const aboutRegister =
  (sentence: string, remedy?: Remedy) =>
  (m: RegExpExecArray, s: Speaker): Told => {
    const register = num(m, 1);
    return { sentence: filled(sentence, m, s).replace(/\$value/g, s.value(register)), about: register, remedy };
  };
