/** Which helpers and functions may be called, and with what. */
import { Reason } from "../../rejection.js";
import type { Speaker } from "../speaker.js";
import { aboutRegister, type MessageRule, num, plain, type Told } from "./rule.js";

const OTHER_TYPE = "Use another helper, or another program type.";

/** A helper that the kernel does not know, or not for this type. */
function unavailable(name: string, s: Speaker): Told {
  return {
    sentence: `${s.helper(name)} is not for programs of this type${s.trace.olderThan === undefined ? "" : ", or this kernel does not have it"}.`,
    remedy: OTHER_TYPE,
  };
}

/** What an argument must be, in words. */
function expected(types: string, s: Speaker): string {
  const words = types
    .split(/, ?/)
    .filter((type) => type !== "")
    .map((type) => s.kind(type));
  return [...new Set(words)].join(", ").replace(/, (?=[^,]*$)/, " or ");
}

function wrongType(m: RegExpExecArray, s: Speaker): Told {
  const register = num(m, 1);
  const value = s.value(register);
  const kind = s.kind(m[2] ?? "");
  const is = /^r\d+$/.test(value) || value === kind ? `is ${kind}` : `is ${value}, ${kind}`;
  return {
    sentence: `argument ${register} of ${s.callee} ${is}; it takes ${expected(m[3] ?? "", s)}.`,
    about: register,
    remedy: "Pass what the helper's signature says.",
  };
}

/** An acquired reference that this path does not release. */
function leaked(s: Speaker, slot: number): Told {
  const at = s.last((step) => step.slot === slot);
  const remedy = {
    c: "Release it on every path: submit or discard the record, bpf_sk_release the socket.",
    typescript: "Release it on every path: `submit` or `discard` the record.",
  };
  if (at < 0) return { sentence: `what instruction ${slot} acquired is not released on this path.`, remedy };
  const what = `${s.helper(s.called(at))} acquired at ${s.where(at)}`;
  const name = s.resultName(at);
  return {
    sentence: `${name === undefined ? `what ${what}` : `\`${name}\`, which ${what},`} is not released on this path.`,
    remedy,
    marks: [{ at, note: "acquired here" }],
  };
}

const TYPED = {
  c: "Pass what the signature says, or make the function static.",
  typescript: "Pass what the signature says, or leave `@global` out.",
};

// biome-ignore format: a table
export const CALLS: readonly MessageRule[] = [
  // helpers and functions of the kernel
  { pattern: /program of this type cannot use helper (\S+?)#\d+|unknown func (bpf_\w+)#\d+|func (bpf_\w+)#\d+ (?:not supported for program type|supported only for)/, reason: Reason.Helper, tell: (m, s) => unavailable(m[1] ?? m[2] ?? m[3] ?? "", s) },
  { pattern: /(?:invalid func|unknown func) (?:unknown#)?(\S+)/, reason: Reason.Helper, tell: (m) => ({ sentence: `this kernel has no helper ${/^\d+$/.test(m[1] ?? "") ? `number ${m[1]}` : m[1]}.`, remedy: "Use another helper, or require the kernel that brought it." }) },
  { pattern: /JIT does not support calling (?:kfunc|kernel function)? ?(\S*)/, reason: Reason.Helper, tell: (m) => ({ sentence: `the JIT of this machine cannot call ${m[1] === "" ? "functions of the kernel" : `the kernel function ${(m[1] ?? "").replace(/#\d+$/, "")}`}.`, remedy: "Enable the JIT (net.core.bpf_jit_enable), or use a kernel or processor whose JIT can." }) },
  { pattern: /might sleep|may sleep|sleepable helper|non-sleepable/, reason: Reason.Helper, tell: plain("this may sleep, and the program (or the section that it is in) may not.", "Make the program sleepable (section with `.s`), or call it outside of the lock or RCU section.") },
  { pattern: /get_local_storage\(\) doesn't support non-zero flags/, reason: Reason.Argument, tell: plain("the flags of the call for local storage must be 0.", "Pass 0.") },
  { pattern: /calling kernel function (\S+) is not allowed/, reason: Reason.Helper, tell: (m) => ({ sentence: `the kernel function ${m[1]} is not for programs of this type.`, remedy: OTHER_TYPE }) },
  { pattern: /BPF_LD_\[ABS\|IND\] instructions not allowed/, reason: Reason.Helper, tell: plain("LD_ABS and LD_IND are for socket filters, TC and cgroup skb programs.", "Read the packet through its pointers, or with the helper that loads bytes.") },
  { pattern: /GPL[- ]restricted|GPL-only|from non-GPL compatible/, reason: Reason.Licence, tell: plain("this helper is for programs with a GPL-compatible licence only.", { c: 'Declare one: `char LICENSE[] SEC("license") = "GPL";`.', typescript: 'Declare one: `export const LICENSE = "GPL";`.' }) },
  { pattern: /unexpected __bpf_trap\(\)|__bpf_trap/, reason: Reason.Flow, tell: plain("a place is reached that the compiler took for unreachable, and marked with __bpf_trap: mostly a variable is used that was never set, or a function ends without returning.", { c: "Initialise variables on every path, and let every path return; compile with `-Wall` (uninitialized, return-type).", typescript: "Initialise variables on every path, and let every path return." }) },

  // functions of the program
  { pattern: /(LD_ABS|tail_call) is not allowed in subprogs without BTF/, reason: Reason.Function, tell: plain("a function may end at $1, and without BTF the kernel does not know that it returns a number.", "Load the object with its BTF.") },
  { pattern: /(LD_ABS|tail_call) is only allowed in functions that return 'int'/, reason: Reason.Function, tell: plain("the function may end at $1, so its caller reads a result: it must return a number.", "Let the function return an int.") },
  { pattern: /multiple exception callback tags|exception c(?:b|allback) .*|cannot tail call within exception cb|cannot call exception cb directly/, reason: Reason.Function, tell: (m) => ({ sentence: `the handler of exceptions does not fit: ${m[0]}.`, remedy: "A program has one; it is global, takes one number, returns one, and nothing calls it." }) },
  { pattern: /missing btf func_info/, reason: Reason.Function, tell: plain("a function is passed to be called back, which needs BTF, and the object has none, or the kernel refused it.", "Compile with debug information (`-g`) and name every parameter; the loader's first lines say what the kernel refused of the BTF.") },
  { pattern: /callback function not static/, reason: Reason.Function, tell: plain("a function that is called back must be static.", { c: "Declare it `static`.", typescript: "Leave `@global` out." }) },
  { pattern: /Global function (\S+?)\(\) doesn't return scalar|Global function (\S+?)\(\) return/, reason: Reason.Function, tell: (m) => ({ sentence: `the global function ${m[1] ?? m[2]} returns no number, which global functions must.`, remedy: { c: "Return an int, or make the function static.", typescript: "Return a number, or leave `@global` out." } }) },
  { pattern: /Caller passes invalid args into func|R(\d+) is not a scalar$|func '?\S+'? arg#?\d+ /, reason: Reason.Function, tell: plain("the arguments of this call do not fit the signature of a global function.", TYPED) },

  // arguments
  { pattern: /R(\d+) must be referenced when passed to release function/, reason: Reason.Reference, tell: aboutRegister("$value is released here, but it holds no reference (any more).", "Release each record or socket once.") },
  { pattern: /R(\d+) must have zero offset when passed to release/, reason: Reason.Reference, tell: aboutRegister("$value was moved before it is released.", "Release the pointer that the helper gave.") },
  { pattern: /R(\d+) type=(\S+) expected=(.+)/, reason: Reason.Argument, tell: wrongType },
  { pattern: /R(\d+) (?:must be|has to be) (?:a )?(?:known )?(?:referenced or trusted|a rcu pointer|trusted)/, reason: Reason.Argument, tell: aboutRegister("$value is a pointer that the kernel does not know to stay valid here.", "Pass a pointer from the program's arguments, or one that was acquired and tested; inside an RCU section where it is protected by RCU.") },
  { pattern: /R(\d+) is not a (?:known )?const(?:ant)?/, reason: Reason.Argument, tell: aboutRegister("$value must be a constant here.", "Pass a constant that is known when the program is compiled.") },
  { pattern: /arg#?(\d+) (?:is |expected |has )?(.+)/, reason: Reason.Argument, tell: (m, s) => ({ sentence: `argument ${num(m, 1) + 1} of ${s.callee}: ${m[2]}.`, about: num(m, 1) + 1, remedy: "Pass what the function's signature says." }) },
  { pattern: /R6 != pointer to skb/, reason: Reason.Argument, tell: plain("LD_ABS and LD_IND need the context in r6.", "Keep the context in r6 up to the load.") },
  { pattern: /[Ee]xpected an initialized (dynptr|iter\S*)(?: as arg #(\d+))?/, reason: Reason.Argument, tell: (m) => ({ sentence: `${m[2] === undefined ? "the argument" : `argument ${m[2]}`} must be a ${m[1]} that was initialised and is still valid.`, remedy: "Initialise it first on every path, and destroy or submit it only once." }) },
  { pattern: /cannot overwrite referenced dynptr|potential write to dynptr|cannot pass in (dynptr|iter)/, reason: Reason.Argument, tell: plain("the stack bytes of a dynptr or iterator are overwritten while it is in use.", "Leave its bytes alone until it is released.") },
  { pattern: /Unreleased reference id=(\d+) alloc_insn=(\d+)/, reason: Reason.Reference, tell: (m, s) => leaked(s, num(m, 2)) },
  { pattern: /would lead to reference leak/, reason: Reason.Reference, tell: plain("something acquired on this path is not released.", { c: "Submit or discard the record, or release the socket, on every path.", typescript: "`submit` or `discard` the record on every path." }) },
  { pattern: /callback function not found/, reason: Reason.Argument, tell: plain("the callback is not a function of this program.", "Pass a function of the same object.") },
];
