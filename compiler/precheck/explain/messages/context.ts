/** The context, and the constant offsets at which it is read. */
import { Reason } from "../../rejection.js";
import type { Speaker } from "../speaker.js";
import { bytes, type MessageRule, num, type Told } from "./rule.js";

const DIRECT = {
  c: "Read a field that this program type has, in its full size, as `ctx->field`.",
  typescript: "Read a field that the context's type has.",
};
const whose = (what: string): string => (what === "ctx" ? "context" : what);

function moved(m: RegExpExecArray, s: Speaker): Told {
  const what = whose(m[1] ?? "ctx");
  return {
    sentence: `the ${what} pointer ${m[3] === undefined || m[3] === "0" ? "was moved" : `was moved by ${bytes(Number(m[3]))}`} before it is used: the kernel wants the offset in the instruction that reads.`,
    about: num(m, 2),
    remedy: {
      c: `Mostly the compiler did it, to share one address between several reads: read each field as \`ctx->field\`, mark the context's struct \`__attribute__((preserve_static_offset))\` (clang 18), or put \`asm volatile("" : "+r"(ctx))\` between the reads.`,
      typescript:
        "The compiler shared one address between several reads: read the field once, into a variable, and report it, as the compiler should not.",
    },
    ...(s.story(num(m, 2)).chain.find(({ operation }) => operation.kind === "change") === undefined
      ? {}
      : { lost: s.story(num(m, 2)).chain.find(({ operation }) => operation.kind === "change")?.at ?? 0 }),
  };
}

// biome-ignore format: a table
export const CONTEXT: readonly MessageRule[] = [
  { pattern: /invalid bpf_context access off=(-?\d+) size=(\d+)/, reason: Reason.Context, tell: (m, s) => ({ sentence: `${bytes(num(m, 2))} at offset ${m[1]} of the context are not a field that this program type may ${s.isWrite ? "write" : "read"}.`, remedy: DIRECT }) },
  { pattern: /dereference of modified (\w+) ptr R(\d+) off=(-?\d+)/, reason: Reason.Context, tell: moved },
  { pattern: /dereference of modified (\w+) ptr/, reason: Reason.Context, tell: (m, s) => ({ ...moved(m, s), about: 1 }) },
  { pattern: /variable (\w+) access var_off/, reason: Reason.Context, tell: (m) => ({ sentence: `a field of the ${whose(m[1] ?? "")} is read at an offset that is not constant.`, remedy: { c: "Read at constant offsets: `switch` over the index, one `ctx->field[N]` each.", typescript: "Read at constant offsets: a `switch` over the index, with one constant index each." } }) },
  { pattern: /negative offset (\w+) ptr R(\d+) off=(-?\d+)/, reason: Reason.Context, tell: (m) => ({ sentence: `offset ${m[3]} is before the start of the ${whose(m[1] ?? "")}.`, remedy: DIRECT }) },
  { pattern: /invalid access to flow keys off=(-?\d+) size=(\d+)/, reason: Reason.Context, tell: (m) => ({ sentence: `${m[2]} bytes at offset ${m[1]} are outside of the flow keys.`, remedy: "Read the fields of the flow keys only." }) },
  { pattern: /func '(\w+)' doesn't have (\d+)-th argument|invalid bpf_context access.*arg/, reason: Reason.Context, tell: (m) => ({ sentence: `the function that the program attaches to (${m[1] ?? "?"}) has no such argument.`, remedy: "Read the arguments that the kernel's function has; they differ between kernels." }) },
];
