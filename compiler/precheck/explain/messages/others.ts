/** Results, pointer arithmetic, control flow, budgets, encodings, attach points, and what this kernel lacks. */
import { Reason } from "../../rejection.js";
import type { Remedy } from "../language.js";
import { operationOf } from "../operands.js";
import type { Speaker } from "../speaker.js";
import { aboutRegister, count, type MessageRule, num, plain, type Told } from "./rule.js";

/** How a read of what a kernel may lack is guarded, by what libbpf calls the relocation. */
function missing(_m: RegExpExecArray, s: Speaker): Told {
  // "<byte_off> [5] struct inode.i_atime.tv_sec (0:0:0 @ offset 0)"
  const said = /<(\w+)> \[\d+\] (.+?)(?: \((?:[\d:]+|@)[^)]*\))?$/.exec(s.trace.message);
  const [kind = "", path = ""] =
    said === null ? (s.trace.missing ?? "").split(/ of (.*)/s) : [said[1] ?? "", said[2] ?? ""];
  if (path === "") {
    return {
      sentence: "this kernel lacks a field, type or enum value that the program reads, and the read is not guarded.",
      remedy: {
        c: "Guard it with `bpf_core_field_exists` (`bpf_core_type_exists`, `bpf_core_enum_value_exists`), so that the read is dead code where it is missing.",
        typescript: "Ask first whether it exists, so that the read is dead code where it is missing.",
      },
    };
  }
  const isEnum = /enumval|enum/.test(kind) || /::/.test(path);
  const isType = /type/.test(kind) || !/[.:]/.test(path.replace(/^(struct|union|enum|typedef) /, ""));
  // libbpf adds the value that an enumerator has where the program was compiled.
  const [owner = path, ...fields] = path.replace(/ = -?\d+$/, "").split(isEnum ? "::" : ".");
  const field = fields.join(".");
  const bare = owner.replace(/^typedef /, "");
  const guard = isEnum
    ? `bpf_core_enum_value_exists(${bare}, ${field})`
    : isType
      ? `bpf_core_type_exists(${bare})`
      : `bpf_core_field_exists(${bare}, ${field})`;
  const what = isEnum
    ? `the value \`${field}\` of ${bare}`
    : isType
      ? `the type ${bare}`
      : `the field \`${field}\` of ${bare}`;
  return {
    sentence: `this kernel has no such thing as ${what}, which the program reads, and the read is not guarded.`,
    remedy: {
      c: `Guard it: \`if (${guard}) …\`, with another way to the value where it is missing, so that the read is dead code on this kernel.`,
      typescript:
        "Ask first whether it exists, so that the read is dead code on this kernel, or generate the types from this kernel.",
    },
  };
}

/** Limits of instructions walked: 98,304 (4.14), 131,072 (4.15 to 5.1), 1,000,000 since. */
function tooLarge(m: RegExpExecArray, s: Speaker): Told {
  const walked = Number(m[1] ?? 0);
  const limit = walked > 0 ? walked - 1 : 1_000_000;
  const newer = s.has("5.17") && limit >= 1_000_000;
  const remedy: Remedy =
    limit < 1_000_000
      ? {
          c: "Unroll less, test less on the way, or split the program with tail calls; Linux 5.2 raised the limit to 1,000,000.",
          typescript:
            "Loop less, test less on the way, or split the program with `tail`; Linux 5.2 raised the limit to 1,000,000.",
        }
      : {
          c: `Shorten loops, test less on the way, ${newer ? "use bpf_loop, " : ""}or split the program with tail calls.`,
          typescript: "Shorten loops, test less on the way, or split the program with `tail`.",
        };
  return {
    sentence: `the kernel gave up after walking ${count(walked > 0 ? walked : limit)} instructions: its limit is ${count(limit)}.`,
    remedy,
  };
}

/** A register that holds nothing: a call took it, or nothing was ever put there. */
function unset(m: RegExpExecArray, s: Speaker): Told {
  const register = num(m, 1);
  if (register === 0 && s.step?.text === "exit") {
    return {
      sentence: "nothing is returned on this path: r0 holds no value.",
      about: 0,
      remedy: "Return a value on every path.",
    };
  }
  const depth = s.step?.depth ?? 0;
  const call =
    register >= 1 && register <= 5
      ? s.last((step) => step.depth === depth && operationOf(step.text).kind === "call")
      : -1;
  const held = call >= 0 && s.text(register, call) !== undefined;
  const name = s.subject(register);
  const what = name === undefined ? `r${register}` : `\`${name}\``;
  if (held) {
    return {
      sentence: `${what} is used here, but the call of ${s.called(call) === "" ? "a function" : s.helper(s.called(call))} at ${s.where(call)} left nothing in it: calls keep r6 to r9 only.`,
      about: register,
      lost: call,
      remedy:
        "Keep the value in a variable that lives across the call, and do not pass registers to inline assembly that it does not set.",
    };
  }
  return {
    sentence: `${what} is used here but nothing was put into it on this path.`,
    about: register,
    remedy: {
      c: "Initialise the variable on every path that comes here.",
      typescript: "Give the variable a value on every path that comes here.",
    },
  };
}

const UNROLL = (s: Speaker): Remedy =>
  s.has("5.3")
    ? {
        c: "Let a variable count towards a bound in every round.",
        typescript: "Let a variable count towards a bound in every round.",
      }
    : {
        c: "This kernel takes no loops (they came with Linux 5.3): unroll it with `#pragma unroll` and a constant bound, or require 5.3.",
        typescript: "This kernel takes no loops (they came with Linux 5.3): require 5.3, or write the rounds out.",
      };

function unreachable(m: RegExpExecArray, s: Speaker): Told {
  const at = s.step?.place === undefined ? "" : ` (${s.where(s.at)})`;
  return {
    sentence: `instruction ${m[1]}${at} can never be reached, and the kernel refuses programs with such code.`,
    remedy: {
      c: "Mostly a function ends without returning, or inline assembly jumps over code: let every path return, remove what comes after an endless loop or a jump, and compile with optimisation (`-O2`).",
      typescript: "Let every path return, and remove what comes after a loop that never ends.",
    },
  };
}

/** What was returned: "has smin=2 smax=2", "has value (0x2; 0x0)", "has unknown scalar value". */
function wrongResult(m: RegExpExecArray, s: Speaker): Told {
  const [, where, , said = "", low, high] = m;
  const bounds = /smin=(-?\d+) smax=(-?\d+)/.exec(said);
  const tnum = /value \((0x[0-9a-f]+); (0x[0-9a-f]+)\)/.exec(said);
  const returned =
    bounds !== null
      ? bounds[1] === bounds[2]
        ? bounds[1]
        : `${bounds[1]} to ${bounds[2]}`
      : tnum?.[2] === "0x0"
        ? `${Number(tnum[1])}`
        : (s.range(num(m, 2)) ?? "any number");
  const wanted = low?.startsWith("(") === true ? rangeOfTnum(low) : [low, high];
  const range = wanted[0] === wanted[1] ? `${wanted[0]}` : `${wanted[0]} to ${wanted[1]}`;
  return {
    sentence: `${where === "program exit" ? "this program" : "this function"} must return ${range}; this path returns ${returned}.`,
    about: num(m, 2),
    remedy: `Return ${range} on every path: test or mask what is returned.`,
  };
}

/** "(0x0; 0x1)": the bits that are known and those that are not. */
function rangeOfTnum(text: string): [string, string] {
  const [, value = "0", mask = "0"] = /\((0x[0-9a-f]+); (0x[0-9a-f]+)\)/.exec(text) ?? [];
  return [`${Number(value)}`, `${Number(value) + Number(mask)}`];
}

/** Arithmetic that makes a pointer something else. */
function arithmetic(m: RegExpExecArray, s: Speaker): Told {
  const register = num(m, 1);
  const type = m[2] ?? "";
  const value = s.value(register);
  if (type === "pkt_end")
    return {
      sentence: `${/^r\d+$/.test(value) || value === "the end of the packet" ? "the end of the packet" : `${value}, the end of the packet,`} is computed with here; the kernel allows comparisons only.`,
      about: register,
      remedy: {
        c: 'Add to `data`, not to `data_end`: `if (data + offset + size > data_end)`. Where the compiler moves the arithmetic to the other side, `asm volatile("" : "+r"(p))` on the pointer stops it.',
        typescript: "Take parts of the packet with `ctx.packet.at` and a cursor; compare lengths, not the end.",
      },
    };
  return {
    sentence: `${value} is ${s.kind(type)}, with which the kernel allows no arithmetic.`,
    about: register,
    remedy: "Compute with an index, not with the pointer.",
  };
}

const INDEX = "Compute with the index, not with the pointer; add it to the pointer at last.";

// biome-ignore format: a table
export const CORE: readonly MessageRule[] = [
  { pattern: /(?:invalid|failed to resolve) CO-RE relocation|(?:invalid|unknown) func unknown#(?:1958\d{5}|2002\d{6})|unknown func 1958\d{5}/, reason: Reason.Missing, tell: missing },
  { pattern: /failed to find the address for kernel symbol '(\S+)'/, reason: Reason.Missing, tell: plain("this kernel does not give the address of its variable $1 (CONFIG_KALLSYMS_ALL is off).", "Declare it weak and test its address, or use a kernel with that setting.") },
  { pattern: /extern \((?:func|var) ksym\) '(\S+)': not found|(?:kfunc|kernel function) '?(\S+?)'? (?:is )?not found/, reason: Reason.Missing, tell: (m) => ({ sentence: `this kernel has no function or variable ${m[1] ?? m[2]} for programs.`, remedy: { c: "Declare it `__weak` and test `bpf_ksym_exists` before it is used.", typescript: "Require the kernel that brought it." } }) },
  { pattern: /<invalid kfunc call>|invalid kernel function call not eliminated|kernel btf_id \d+ is not a function/, reason: Reason.Missing, tell: plain("a function of the kernel that this program calls is not there, and the call is not guarded.", { c: "Test `bpf_ksym_exists(name)` first, so that the call is dead code where it is missing.", typescript: "Require the kernel that brought it." }) },
  { pattern: /(\S+)\(\) is not modifiable/, reason: Reason.Attachment, tell: (m) => ({ sentence: `no program may change what ${m[1]} returns.`, remedy: "Attach to a function that allows it, or only observe." }) },
  { pattern: /(\S+) is not sleepable/, reason: Reason.Attachment, tell: (m) => ({ sentence: `${m[1]} may run where nothing sleeps, and this program may sleep.`, remedy: "Leave the `.s` of the section out." }) },
  { pattern: /points to disabled hook (\S+)/, reason: Reason.Attachment, tell: (m) => ({ sentence: `${m[1]} takes no programs.`, remedy: "Attach to another hook." }) },
  { pattern: /attach to unsupported member (\S+) of struct (\S+)/, reason: Reason.Attachment, tell: (m) => ({ sentence: `${m[2]} has no place for a program at ${m[1]}.`, remedy: "Leave that member out." }) },
  { pattern: /attach_btf_id (\d+) is not a function|Attach to .* is not (?:allowed|supported)/, reason: Reason.Attachment, tell: plain("programs of this type do not attach there.", "Attach to another function.") },
];

// biome-ignore format: a table
export const RESULTS: readonly MessageRule[] = [
  { pattern: /(?:At )?(program exit|callback return|subprogram exit|async callback return)?[^R]*R(\d+) has (.*?)should have been in (\[?-?\(?[\w; ]+\)?)(?:, (-?\d+)\])?/, reason: Reason.ReturnRange, tell: (m, s) => { const again = [...m] as unknown as RegExpExecArray; again[1] = m[1] ?? "program exit"; again[4] = (m[4] ?? "").replace(/^\[/, ""); return wrongResult(again, s); } },
  { pattern: /the register R0 (?:is not a|has) (?:known value|scalar value|unknown scalar)/, reason: Reason.ReturnRange, tell: plain("the returned value is not a number that is known well enough.", "Return a constant, or a number that was compared or masked.") },
  { pattern: /R0 leaks addr as return value/, reason: Reason.ReturnRange, tell: plain("a pointer is returned, which would show an address of the kernel.", "Return a number.") },

  { pattern: /cannot return stack pointer/, reason: Reason.Pointer, tell: plain("a function returns a pointer to its own stack.", "Let the caller pass the memory, or return a number.") },
  { pattern: /R(\d+) pointer arithmetic on (\w+) prohibited/, reason: Reason.Pointer, tell: arithmetic },
  { pattern: /R(\d+) 32-bit pointer arithmetic prohibited/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer, and 32-bit arithmetic would cut it in half.", INDEX) },
  { pattern: /R(\d+) tried to (subtract|add) (.*)/, reason: Reason.Pointer, tell: (m, s) => ({ sentence: `${s.value(num(m, 1))} takes part in pointer arithmetic that the kernel does not follow (${m[2] === "add" ? "adding" : "subtracting"} ${m[3]}).`, about: num(m, 1), remedy: INDEX }) },
  { pattern: /R(\d+) (?:pointer (\S+) pointer|bitwise operator (\S+) on pointer|pointer arithmetic with (\S+) operator) prohibited/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer; the kernel follows additions and subtractions of numbers only.", INDEX) },
  { pattern: /R(\d+) (?:subtraction from stack pointer|sign-extension part of pointer|partial copy of pointer|stack pointer arithmetic)/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer, and this operation would make it a number.", INDEX) },
  { pattern: /R(\d+) (?:has unknown scalar with mixed signed bounds|has pointer with unsupported alu operation|leaks addr)/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer, and what is done with it here is refused for loaders without privileges.", "Load it as root or with CAP_PERFMON, or compute with an index.") },
  { pattern: /same insn cannot be used with different pointers/, reason: Reason.Pointer, tell: plain("this access is reached with two kinds of pointer, which the kernel cannot compile.", "Do the access in each branch by itself.") },
];

// biome-ignore format: a table
export const REST: readonly MessageRule[] = [
  { pattern: /R(\d+) !read_ok/, reason: Reason.Uninitialised, tell: unset },
  { pattern: /infinite loop detected/, reason: Reason.Loop, tell: (_m, s) => ({ sentence: "this place is reached again with nothing changed, so the loop would not end.", remedy: UNROLL(s) }) },
  { pattern: /back-edge from insn (\d+) to (\d+)/, reason: Reason.Loop, tell: (m) => ({ sentence: `the program has a loop (instruction ${m[1]} jumps back to ${m[2]}), which this kernel does not take.`, remedy: { c: "Unroll it with `#pragma unroll` and a constant bound, or require Linux 5.3.", typescript: "Require Linux 5.3, or write the rounds out." } }) },
  { pattern: /BPF program is too (?:large|complex)\. ?(?:Processed|Proccessed) (\d+) insn/, reason: Reason.Complexity, tell: tooLarge },
  { pattern: /BPF program is too large/, reason: Reason.Complexity, tell: tooLarge },
  { pattern: /The sequence of (\d+) jumps is too complex/, reason: Reason.Complexity, tell: (m) => ({ sentence: `${count(m[1] ?? 0)} branches wait to be walked; the limit is ${count(Number(m[1] ?? 1) - 1)}.`, remedy: "Test less in one run: fewer branches in loops, or a table instead of comparisons." }) },
  { pattern: /[Pp]rogram\s+too large \((\d+) insns\), at most (\d+)/, reason: Reason.Complexity, tell: (m) => ({ sentence: `the kernel refused the program for its size (E2BIG): it has ${count(m[1] ?? 0)} instructions, and this kernel takes ${count(m[2] ?? 0)} at most, or walks more of them than its limit.`, remedy: { c: "Unroll less, inline less, or split the program with tail calls; Linux 5.2 takes 1,000,000 instructions from privileged loaders.", typescript: "Unroll less, or split the program with `tail`; Linux 5.2 takes 1,000,000 instructions from privileged loaders." } }) },
  { pattern: /misaligned (\w* ?)(?:value )?access/, reason: Reason.Alignment, tell: plain("this access to $1memory is not aligned to its size.", "Align the field, or read it byte by byte.") },
  { pattern: /unreachable insn (\d+)/, reason: Reason.Flow, tell: unreachable },
  { pattern: /last insn is not an exit or jmp|last insn is not an exit/, reason: Reason.Flow, tell: plain("the program or a function ends without returning.", { c: "Let every path return; compile with `-Wall` (return-type).", typescript: "Let every path return." }) },
  { pattern: /jump out of range|invalid insn idx|jump into the middle|jump to reserved code/, reason: Reason.Flow, tell: plain("a jump leaves its function.", "Let jumps of inline assembly stay inside, and compile again with a newer compiler.") },
  { pattern: /recursi/, reason: Reason.Flow, tell: plain("a function calls itself, directly or through others.", "Write it as a loop.") },
  { pattern: /loop(?:ing)? back|too many (?:subprograms|calls)/, reason: Reason.Flow, tell: plain("the program has more functions or jumps than the kernel follows.", "Inline small functions.") },
  { pattern: /div by zero/, reason: Reason.Encoding, tell: plain("a number is divided by the constant 0.", "Test the divisor, or use another constant.") },
  { pattern: /invalid shift (-?\d+)/, reason: Reason.Encoding, tell: plain("a number is shifted by $1, which is not less than its width.", "Shift by less than the number's width.") },
  { pattern: /frame pointer is read only/, reason: Reason.Encoding, tell: plain("r10, the frame pointer, is written.", "Copy r10 to another register and change that.") },
  { pattern: /unknown opcode|reserved fields|R\d+ is invalid|invalid atomic operand|invalid BPF_LD_IMM|unrecognized bpf_ld_imm64|BPF_\w+ uses/, reason: Reason.Encoding, tell: plain("an instruction is malformed, or newer than this kernel.", { c: "Compile for an older instruction set (`-mcpu=v2`), or require a newer kernel.", typescript: "Build for an older instruction set (`--cpu v2`), or require a newer kernel." }) },
];
