/** Bounds of map values, buffers and lengths. */
import { Reason } from "../../rejection.js";
import type { Remedy } from "../language.js";
import type { Speaker } from "../speaker.js";
import { bytes, type MessageRule, num, plain, type Told } from "./rule.js";

const COMPARE_FIRST =
  "Compare the index with the size first, or mask it (`i & 63`); the test must be on the same variable that is used.";
const BOUND_LENGTH = "Bound the length first (`if (n > 64) return …`), on the same variable that is passed.";
const NOT_ZERO = (s: Speaker, register: number): Remedy => {
  const name = s.subject(register) ?? "n";
  return `Test the length right before the call, after every mask and cast: \`if (${name} ${s.language === "c" ? "==" : "==="} 0) return …\`.`;
};

/** An offset into a region that may be too large or negative. */
function tooFar(s: Speaker, register: number, limit: string, remedy: Remedy): Told {
  const { chain } = s.story(register);
  const added = chain.find(({ operation }) => operation.kind === "change" && /^r\d+$/.test(operation.by));
  const range = s.range(register);
  const size = s.number(register, "vs") ?? s.number(register, "sz");
  const map = s.map(register);
  const global = /\.(bss|data|rodata|kconfig)\b/.exec(map ?? "")?.[0];
  const region =
    size === undefined
      ? "the memory"
      : global !== undefined
        ? `the program's global variables (\`${global}\`, ${bytes(size)})`
        : map === undefined
          ? `memory of ${bytes(size)}`
          : `a value of \`${map}\` of ${bytes(size)}`;
  const type = s.view(register)?.type;
  if (type === "scalar" || type === undefined)
    return {
      sentence: `${s.value(register)} may be ${range ?? "any number"} here, and ${limit}.`,
      about: register,
      remedy,
    };
  const by = added === undefined ? "" : ` (${s.where(added.at)} adds it)`;
  // Constants are part of the pointer, not of the number that was added.
  const fixed =
    Number(s.number(register, "off") ?? 0n) + Number(/\(r\d+ ([+-]\d+)\)/.exec(s.step?.text ?? "")?.[1] ?? 0);
  if (range === undefined || range === "0") {
    const where = fixed < 0 ? `${bytes(-fixed)} before the start` : `at byte ${fixed}`;
    const who = s.isCall ? `${s.callee} gets a pointer` : s.isWrite ? "this writes" : "this reads";
    return {
      sentence: `${who} ${where} of ${region}, and ${limit}.`,
      about: register,
      remedy: "Use an offset that is inside: nothing variable is added here.",
    };
  }
  const base = fixed === 0 ? "" : `, from byte ${fixed} on,`;
  return {
    sentence: `the offset into ${region}${base} may be ${range ?? "anything"} here${by}, and ${limit}.`,
    about: register,
    remedy,
  };
}

/** A length that a helper does not take. @param said the range, where the message has it */
function badLength(s: Speaker, register: number, why: string, remedy: Remedy, said?: string): Told {
  const range = said ?? s.range(register) ?? "any number";
  const shown = /^-?\d+$/.test(range) ? `is ${range}` : `may be ${range}`;
  return { sentence: `${s.value(register)} ${shown} here, and ${why}.`, about: register, remedy };
}

/** A region of known size that an access leaves. */
function leaves(m: RegExpExecArray, s: Speaker): Told {
  const [, region = "", , size = "", off = "", wanted = ""] = m;
  const register = Number(/\bR(\d+) (?:min|max|unbounded|invalid)/.exec(s.trace.message)?.[1] ?? -1);
  // The register after the one that points is the length (before 6.11 the message does not name it).
  if (wanted === "0" && s.isCall && register > 0)
    return badLength(s, register + 1, `${s.callee} takes no length of 0`, NOT_ZERO(s, register + 1));
  const who = s.isCall ? `${s.callee} takes` : s.isWrite ? "this writes" : "this reads";
  const range = register < 0 ? undefined : s.range(register);
  const constant = range === undefined || /^-?\d+$/.test(range);
  const type = register < 0 ? undefined : s.view(register)?.type;
  if (!s.isCall && !constant && type !== "scalar")
    return tooFar(s, register, "not all of that is inside", COMPARE_FIRST);
  const moved =
    range === undefined || range === "0" || type === "scalar" || range === "any 64-bit number"
      ? ""
      : `, and the offset that is added may be ${range}`;
  const start = Number(off) + 0;
  return {
    sentence: `${who} ${bytes(Number(wanted))} at offset ${start} of a ${region} of ${bytes(Number(size))}${moved}: not all of that is inside.`,
    ...(register < 0 ? {} : { about: register }),
    remedy: s.isCall
      ? "Pass a length that fits into what the pointer points to."
      : constant
        ? "Read and write inside the value: its type may be smaller than the one that is used here."
        : COMPARE_FIRST,
  };
}

/** A length of 0 that no register holds: that of a map's key or value. */
function noKey(s: Speaker): Told {
  if (/^bpf_map_(lookup|update|delete)_elem$/.test(s.called()))
    return {
      sentence: `maps of this type${s.map(1) === undefined ? "" : ` (\`${s.map(1)}\`)`} have no keys, so ${s.callee} has nothing to look up.`,
      remedy: {
        c: "Use the helpers of that map type: bpf_map_push_elem and bpf_map_pop_elem for queues and stacks, bpf_ringbuf_reserve for ring buffers.",
        typescript: "Use the methods of that map's class.",
      },
    };
  return {
    sentence: `${s.isCall ? s.callee : "this"} gets a length of 0, which is not allowed here.`,
    remedy: "Pass the number of bytes that it is to take, at least 1.",
  };
}

/** `register` is a length where the refused step is a call and the register holds a number. */
const isLength = (s: Speaker, register: number): boolean =>
  s.isCall && (s.view(register)?.type ?? "scalar") === "scalar";

function negative(m: RegExpExecArray, s: Speaker): Told {
  const register = num(m, 1);
  if (isLength(s, register) || /'var &= const'/.test(s.trace.message))
    return badLength(s, register, `${s.callee} takes no negative length`, {
      c: "Use an unsigned type for the length, or test that it is not negative (`if (n < 0) return …`), and bound it above too.",
      typescript:
        "Use an unsigned type for the length (`u32`), or test that it is not negative, and bound it above too.",
    });
  return tooFar(s, register, "it may be negative", {
    c: "Use an unsigned type for the index, or test `i >= 0` too.",
    typescript: "Use an unsigned type (`u32`) for the index, or test `i >= 0` too.",
  });
}

// biome-ignore format: a table
export const MEMORY: readonly MessageRule[] = [
  { pattern: /R(\d+) unbounded memory access, use 'var &= const'/, reason: Reason.MemoryBounds, tell: (m, s) => badLength(s, num(m, 1), `${s.callee} takes it as a length`, BOUND_LENGTH) },
  { pattern: /R(\d+) unbounded memory access/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), "nothing bounds it", COMPARE_FIRST) },
  { pattern: /R(\d+) min value is negative/, reason: Reason.MemoryBounds, tell: negative },
  { pattern: /R(\d+) invalid zero-sized read: u64=\[(\d+),(\d+)\]/, reason: Reason.MemoryBounds, tell: (m, s) => badLength(s, num(m, 1), `${s.callee} takes no length of 0`, NOT_ZERO(s, num(m, 1)), m[2] === m[3] ? (m[2] ?? "") : `${m[2]} to ${m[3]}`) },
  { pattern: /R(\d+) invalid zero-sized read/, reason: Reason.MemoryBounds, tell: (m, s) => badLength(s, num(m, 1), `${s.callee} takes no length of 0`, NOT_ZERO(s, num(m, 1))) },
  { pattern: /invalid zero-sized read/, reason: Reason.MemoryBounds, tell: (_m, s) => (noKey(s)) },
  { pattern: /invalid access to (map value|map key|memory|buffer|mem), (\w+)=(\d+) off=(-?\d+) size=(-?\d+)/, reason: Reason.MemoryBounds, tell: leaves },
  { pattern: /R(\d+) (?:min|max) value is outside of the (?:allowed memory range|array range)|R(\d+) (?:min|max) value is outside/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, Number(m[1] ?? m[2]), "not all of that is inside", COMPARE_FIRST) },
  { pattern: /math between (\w+) pointer and register with unbounded min value/, reason: Reason.MemoryBounds, tell: (m, s) => ({ sentence: `a number that may be any 64-bit value is added to ${s.kind(m[1] ?? "")}.`, remedy: { c: "Bound the number before it is added: compare it with a constant, or mask it; use an unsigned type.", typescript: "Bound the number before it is added: compare it with a constant, or mask it; use an unsigned type (`u32`)." } }) },
  { pattern: /math between (\w+) pointer and (-?\d+) is not allowed/, reason: Reason.MemoryBounds, tell: (m, s) => ({ sentence: `${m[2]} is too far to add to ${s.kind(m[1] ?? "")}: the kernel allows 536,870,911 bytes.`, remedy: COMPARE_FIRST }) },
  { pattern: /value (-?\d+) makes (\w+) pointer be out of bounds/, reason: Reason.MemoryBounds, tell: (m, s) => ({ sentence: `an offset of ${m[1]} takes ${s.kind(m[2] ?? "")} out of every bound.`, remedy: COMPARE_FIRST }) },
  { pattern: /(\w+) pointer offset (-?\d+) is not allowed/, reason: Reason.MemoryBounds, tell: (m, s) => ({ sentence: `an offset of ${m[2]} is too far for ${s.kind(m[1] ?? "")}.`, remedy: COMPARE_FIRST }) },
  { pattern: /R(\d+) unbounded (?:variable offset )?access/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), "nothing bounds it", COMPARE_FIRST) },
  { pattern: /invalid size of map (?:key|value)/, reason: Reason.MemoryBounds, tell: plain("the bytes that are passed do not fit the map's key or value.", "Pass a variable of the map's key or value type.") },
];
