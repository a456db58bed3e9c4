/** The stack: outside the frame, never written, over budget, spilled pointers. */
import { Reason } from "../../rejection.js";
import { helperAccess } from "../helper-names.js";
import type { Speaker } from "../speaker.js";
import { aboutRegister, bytes, type MessageRule, num, plain, type Told } from "./rule.js";

const FRAME_BYTES = 512;

const SMALLER = {
  c: "Use smaller locals, or keep the data in a per-CPU array.",
  typescript: "Use smaller locals, or keep the data in a `PerCpuArray`.",
};
const CLEAR = (variable: string | undefined): NonNullable<Told["remedy"]> => {
  const newer = "Linux 6.3 and later accept it from privileged loaders.";
  return {
    c: `Set every byte first, the padding between the fields too: \`__builtin_memset(&${variable ?? "key"}, 0, sizeof(${variable ?? "key"}))\` (\`= {}\` may leave padding out). ${newer}`,
    typescript: `Make the struct with \`new\`, which sets every byte, and set its fields before it is passed. ${newer}`,
  };
};

interface Access {
  readonly offset: number;
  readonly size: number | undefined;
  /** First byte of the access that was never written; undefined where the message does not say so. */
  readonly unwritten: number | undefined;
  /** Argument that points there, of a call. */
  readonly register: number | undefined;
  readonly message: string;
}

function verbOf({ message, register }: Access, s: Speaker): "reads" | "writes" {
  if (/write to/.test(message)) return "writes";
  if (/read from/.test(message)) return "reads";
  if (s.isCall) return register === undefined ? "reads" : helperAccess(s.called(), register);
  return s.isWrite ? "writes" : "reads";
}

function stackAccess(access: Access, s: Speaker): Told {
  const { offset, size = 0, unwritten, register } = access;
  const verb = verbOf(access, s);
  const subject = s.isCall ? s.callee : "this";
  const what = size === 0 ? "the stack" : `${bytes(size)} of the stack`;
  const about = register === undefined || register === 10 ? {} : { about: register };
  const variable = s.slotVariable(offset);
  const named = variable === undefined ? "" : ` (\`${variable}\`)`;
  const past = offset + size;
  if (offset >= 0 || (size > 0 && past > 0)) {
    const argument = register === undefined ? "the pointer" : `argument ${register}`;
    const ofMap = s.called().startsWith("bpf_map_") ? ", of the map's key or value type" : "";
    const want = size === 0 ? "what is read or written" : bytes(size);
    return {
      sentence: `${subject} ${verb} ${what} at offset ${offset}${named}, ${offset >= 0 ? "outside of the frame" : `${bytes(past)} past the end of the frame`}.`,
      ...about,
      remedy: s.isCall
        ? {
            c: `Let ${argument} point to the start of a variable of ${want}${ofMap}.`,
            typescript: `Let ${argument} be a value of ${want}${ofMap}.`,
          }
        : "Keep the index inside the variable: it reaches past the end of what is on the stack.",
    };
  }
  if (offset < -FRAME_BYTES)
    return {
      sentence: `${subject} ${verb} ${what} at offset ${offset}, below the ${FRAME_BYTES} bytes of the frame.`,
      ...about,
      remedy: SMALLER,
    };
  if (size === 0 && s.isCall)
    return {
      sentence: `${s.callee} gets a length of 0 for the stack at offset ${offset}${named}, which is not allowed here.`,
      ...about,
      remedy: "Pass the number of bytes that it is to take, at least 1.",
    };
  if (unwritten !== undefined) {
    const which = `byte ${unwritten} of them (offset ${offset + unwritten} of the frame)`;
    const why =
      unwritten === 0
        ? "was never written on this path"
        : "was never written on this path: padding between fields, or a field that this path does not set";
    return {
      sentence: `${subject} ${verb} ${what} at offset ${offset}${named}, and ${which} ${why}.`,
      ...about,
      remedy: CLEAR(variable),
    };
  }
  return {
    sentence: `${subject} ${verb} ${what} at offset ${offset}${named}, where something was never written on this path.`,
    ...about,
    remedy: s.isCall ? CLEAR(variable) : "Give the variable a value, all of its bytes, on every path that comes here.",
  };
}

/**
 * "invalid read from stack R2 off=-2 size=4", "invalid indirect read from stack off -16+4 size 16" (before 5.12),
 * "invalid stack type R2 off=-2 access_size=4" (before 5.12), "invalid stack off=-520 size=8".
 */
const ACCESS =
  /invalid(?: indirect| zero-size| write to| read from| access to| variable-offset| unbounded variable-offset| negative)* stack,?(?: type)? ?(?:R(\d+))? ?off[ =](-?\d+)(?:\+(\d+))?(?: size[ =]| access_size=)?(-?\d+)?/;

// biome-ignore format: a table
export const STACK: readonly MessageRule[] = [
  { pattern: /combined stack size of (\d+) calls? is (\d+)/, reason: Reason.StackBudget, tell: plain("$1 functions that call one another use $2 bytes of stack together; the limit is 512.", { c: "Move large locals to a per-CPU array, or let fewer functions call one another.", typescript: "Move large locals to a `PerCpuArray`, or let fewer functions call one another." }) },
  { pattern: /stack (?:size|depth) (?:of )?(?:subprog )?(\d+)(?: of subprog \d+)? is too large|Stack size (\d+)/, reason: Reason.StackBudget, tell: (m) => ({ sentence: `a function uses ${m[1] ?? m[2]} bytes of stack; the limit is 512.`, remedy: SMALLER }) },
  { pattern: /the call stack of (\d+) frames is too deep/, reason: Reason.StackBudget, tell: plain("calls are nested $1 deep; the limit is 8.", { c: "Let the compiler inline some of the functions (`static __always_inline`).", typescript: "Merge some of the functions that call one another." }) },
  { pattern: /tail_calls? are not allowed when call stack of previous frames is (\d+) bytes/, reason: Reason.StackBudget, tell: plain("the callers of a function with a tail call use $1 bytes of stack; the limit is 256.", "Make the tail call in the program itself, or move large locals of the callers to a map.") },
  { pattern: ACCESS, reason: Reason.Stack, tell: (m, s) => stackAccess({ offset: num(m, 2), size: m[4] === undefined ? undefined : Number(m[4]), unwritten: m[3] === undefined ? undefined : Number(m[3]), register: m[1] === undefined ? undefined : Number(m[1]), message: m[0] }, s) },
  { pattern: /invalid (?:unbounded )?variable-offset.* stack R(\d+)|R(\d+) (?:unbounded indirect )?variable(?:-| )offset stack access|variable stack (?:access|read R(\d+))|R(\d+) variable stack access prohibited/, reason: Reason.Stack, tell: (m, s) => { const register = Number(m[1] ?? m[2] ?? m[3] ?? m[4] ?? 10); return { sentence: `the offset into the stack that ${s.value(register)} holds is not bounded.`, about: register, remedy: { c: "Bound the index first, or keep the array in a map value: compare it with the array's size on the same variable.", typescript: "Bound the index first, or keep the array in a map value: compare it with the array's length on the same variable." } }; } },
  { pattern: /invalid size of register (spill|fill)|attempt to corrupt spilled pointer|cannot spill pointers to stack|corrupted spill memory|leaking pointer from stack/, reason: Reason.Stack, tell: plain("a pointer on the stack is read or written in part, or where it may not be kept.", "Read pointers back as they were stored: 8 bytes, 8-aligned.") },
  { pattern: /R(\d+) !read_ok stack/, reason: Reason.Stack, tell: aboutRegister("$value points to stack bytes that were never written on this path.") },
];
