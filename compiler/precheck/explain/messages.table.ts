/**
 * The kernel's messages as patterns, each with its code and how to say it to a user. Read by the explanation of our own
 * rejections, which use the kernel's words, and by `verify --explain-log`. The first pattern that matches counts.
 * Source: kernel/bpf/verifier.c, 5.10 to 6.18; where a wording changed, the pattern takes both.
 */
import { Reason } from "../rejection.js";
import { variableIn } from "./origin.js";
import type { Speaker } from "./speaker.js";

export interface Told {
  readonly sentence: string;
  /** Better than the catalogue's remedy for this case. */
  readonly remedy?: string;
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

const num = (m: RegExpExecArray, i: number): number => Number(m[i] ?? 0);
const bytes = (n: number | bigint): string => `${n} byte${Number(n) === 1 ? "" : "s"}`;

/** Helpers after which packet pointers are numbers (bpf_helper_changes_pkt_data; net/core/filter.c). */
const MOVES_PACKET =
  /^bpf_(xdp_adjust_(head|tail|meta)|skb_(vlan_push|vlan_pop|store_bytes|change_proto|change_head|change_tail|adjust_room|pull_data|ecn_set_ce)|l[34]_csum_replace|clone_redirect|msg_(pull_data|push_data|pop_data)|lwt_(push_encap|seg6_store_bytes|seg6_adjust_srh|seg6_action)|store_hdr_opt|reserve_hdr_opt)$/;

/** Calls whose result is given back, and those that do. */
const ACQUIRES = /^bpf_(ringbuf_reserve|sk_lookup_(tcp|udp)|skc_lookup_tcp)$/;
const RELEASES = /^bpf_(ringbuf_(submit|discard)|sk_release)$/;

const COMPARISON = /^if (r\d+) \S+ (r\d+) goto/;

/** A packet pointer that a call made a number: the register's origin is a packet pointer. */
function invalidated(s: Speaker, register: number): number {
  const { chain } = s.story(register);
  const first = chain[chain.length - 1]?.at ?? 0;
  return s.lastCall(MOVES_PACKET, first);
}

/** What a packet access lacks. */
function packetBytes(off: number, size: number, register: number, s: Speaker): Told {
  // The kernel's message tells the range; ours leaves it to the register.
  const told = /R\d+\([^)]*\br=(\d+)/.exec(s.trace.message)?.[1];
  const proven = told === undefined ? (s.number(register, "r") ?? 0n) : BigInt(told);
  const verb = s.isWrite ? "writes" : "reads";
  const what = `this ${verb} ${bytes(size)} at offset ${off} of ${s.value(register)}`;
  const compared = s.last((step) => {
    const m = COMPARISON.exec(step.text);
    if (!m) return false;
    const types = [m[1], m[2]].map((r) => step.before.get(Number(r?.slice(1))) ?? "");
    return types.some((t) => t.startsWith("pkt_end")) && types.some((t) => /^pkt\b/.test(t));
  });
  const known =
    proven > 0n
      ? `only ${bytes(proven)} there are known to be in the packet`
      : compared < 0
        ? "nothing on this path compares it with the end of the packet"
        : `the comparison with the end of the packet at ${s.where(compared)} does not cover it (it tests another pointer, an offset of no known bound, or the other outcome)`;
  return {
    sentence: `${what}, but ${known}.`,
    about: register,
    ...(proven > 0n
      ? { remedy: `Prove ${off + size} bytes: compare the pointer plus ${off + size} with the packet's end first.` }
      : {}),
  };
}

/** A number used as an offset or length that may be too large or negative. */
function tooFar(s: Speaker, register: number, limit: string, remedy: string): Told {
  const { chain } = s.story(register);
  const added = chain.find(({ operation }) => operation.kind === "change" && /^r\d+$/.test(operation.by));
  const range = s.range(register);
  const name = s.value(register);
  const size = s.number(register, "vs") ?? s.number(register, "sz");
  const region =
    size === undefined
      ? "the memory"
      : s.map(register) === undefined
        ? `memory of ${bytes(size)}`
        : `a value of \`${s.map(register)}\` of ${bytes(size)}`;
  if (added?.operation.kind === "change") {
    const index = Number(added.operation.by.slice(1));
    const by = s.steps[added.at]?.before.get(index);
    return {
      sentence: `the offset into ${region} may be ${range ?? "anything"} here${by === undefined ? "" : ` (${s.where(added.at)} adds it)`}, and ${limit}.`,
      about: register,
      remedy,
    };
  }
  return { sentence: `${name} may be ${range ?? "any number"} here, and ${limit}.`, about: register, remedy };
}

const COMPARE_FIRST =
  "Compare the index with the size first, or mask it (`i & 63`); the test must be on the same variable that is used.";
const COMPARE_LENGTH =
  "Bound the length first (`if (n > 64) return`), and test that it is not 0 where the helper needs a byte.";

function absent(s: Speaker, register: number, use: string): Told {
  const { chain } = s.story(register);
  const made = chain[chain.length - 1];
  const call = made?.operation.kind === "call" ? s.result(made.at, made.operation.name) : undefined;
  const from = call === undefined || made === undefined ? "" : ` ${call} at ${s.where(made.at)} can be ${s.nothing}`;
  const name = s.value(register);
  const why = name === call || from === "" ? "it can fail" : `${from.trim()}`;
  return {
    sentence: `${name} may be ${s.nothing} here: ${why}, and this path did not test it before ${use}.`,
    about: register,
    remedy: `Test it first: \`if (${s.variable(register) ?? "value"} ${s.nothing === "NULL" ? "== NULL" : "=== undefined"}) return …\`.`,
  };
}

function noPointer(s: Speaker, register: number): Told {
  const { chain } = s.story(register);
  const made = chain[chain.length - 1];
  const call = invalidated(s, register);
  const wasPacket =
    call >= 0 &&
    s.story(register).cells.some(({ cell, to }) => {
      const index = Number(cell.slice(1));
      const text = cell.startsWith("r") ? s.steps[Math.min(to, call)]?.before.get(index) : undefined;
      return text !== undefined && /^pkt/.test(text);
    });
  const fromContext =
    made?.operation.kind === "load" && /^ctx/.test(made.step.before.get(Number(made.operation.base.slice(1))) ?? "");
  if (call >= 0 && (wasPacket || fromContext)) {
    const name = s.steps[call]?.text.replace(/^call (\S+?)(#\d+)?$/, "$1") ?? "a call";
    return {
      sentence: `${s.value(register)} was a packet pointer until ${name} at ${s.where(call)}, which may move the packet: since then it is only a number.`,
      about: register,
      lost: call,
      remedy: "Take the packet pointer again after that call, and compare it with the packet's end again.",
    };
  }
  if (made?.operation.kind === "call" && ACQUIRES.test(made.operation.name)) {
    const end = s.lastCall(RELEASES, made.at);
    if (end >= 0) {
      return {
        sentence: `${s.value(register)} was given back by ${operationName(s.steps[end]?.text ?? "")} at ${s.where(end)}, and is used after that.`,
        about: register,
        lost: end,
        remedy: "Read and write it before it is submitted, discarded or released.",
      };
    }
  }
  const changed = chain.find(({ operation }) => operation.kind === "change");
  if (
    changed &&
    made &&
    changed !== made &&
    /^(pkt|map_value|fp|mem|ctx)/.test(made.step.before.get(Number(made.cell.slice(1))) ?? "")
  ) {
    return {
      sentence: `${s.value(register)} is no longer a pointer after the arithmetic at ${s.where(changed.at)}.`,
      about: register,
      lost: changed.at,
    };
  }
  return {
    sentence: `${s.value(register)} is only a number here, so the kernel does not follow it as a pointer.`,
    about: register,
    remedy: "Read kernel memory with bpf_probe_read_kernel (or a CO-RE read) and user memory with bpf_probe_read_user.",
  };
}

/** An acquired reference that this path does not release. */
function leaked(s: Speaker, slot: number): Told {
  const at = s.last((step) => step.slot === slot);
  const step = s.steps[at];
  const remedy = "Release it on every path: submit or discard the record, bpf_sk_release the socket.";
  if (step === undefined)
    return { sentence: `what instruction ${slot} acquired is not released on this path.`, remedy };
  const name = step.place && variableIn(step.place.text);
  const what = `${operationName(step.text)} acquired at ${s.where(at)}`;
  return {
    sentence: `${name === undefined ? `what ${what}` : `\`${name}\`, which ${what},`} is not released on this path.`,
    remedy,
    marks: [{ at, note: "acquired here" }],
  };
}

/** The last step that entered a section which the refused instruction may not be in. */
function entered(s: Speaker, calls: RegExp): Pick<Told, "marks"> {
  const at = s.lastCall(calls);
  return at < 0 ? {} : { marks: [{ at, note: "entered here" }] };
}

const operationName = (text: string): string => /^call (\S+?)(?:#\d+)?$/.exec(text)?.[1] ?? "a call";

const plain =
  (sentence: string, remedy?: string) =>
  (m: RegExpExecArray): Told => ({
    sentence: sentence.replace(/\$(\d)/g, (_all, i: string) => m[Number(i)] ?? ""),
    ...(remedy === undefined ? {} : { remedy }),
  });
const aboutRegister =
  (sentence: string, remedy?: string) =>
  (m: RegExpExecArray, s: Speaker): Told => {
    const register = num(m, 1);
    return {
      sentence: sentence
        .replace(/\$value/g, s.value(register))
        .replace(/\$(\d)/g, (_all, i: string) => m[Number(i)] ?? ""),
      about: register,
      ...(remedy === undefined ? {} : { remedy }),
    };
  };

/** Calls that enter a section. */
const SECTIONS = /^bpf_(spin_lock|rcu_read_lock|preempt_disable|local_irq_save|res_spin_lock(_irqsave)?)$/;

const REGION: Readonly<Record<string, string>> = {
  bpf_spin_lock: "while a spin lock is held",
  bpf_rcu_read_lock: "inside an RCU section",
  bpf_preempt_disable: "while preemption is disabled",
  bpf_local_irq_save: "while interrupts are disabled",
};

// biome-ignore format: a table
export const MESSAGES: readonly MessageRule[] = [
  // CO-RE first: the poison is an unknown helper to the rules below.
  { pattern: /(?:invalid|failed to resolve) CO-RE relocation|invalid func unknown#(?:1958\d{5}|2002\d{6})|unknown func 1958\d{5}/, reason: Reason.Missing,
    tell: plain("this kernel lacks a field, type or enum value that the program reads, and the read is not guarded.", "Guard it with `bpf_core_field_exists` (or type, or enum value), so that the read is dead code where it is missing.") },

  // where it attaches
  { pattern: /(\S+)\(\) is not modifiable/, reason: Reason.Attachment, tell: plain("no program may change what $1 returns.") },
  { pattern: /(\S+) is not sleepable/, reason: Reason.Attachment, tell: plain("$1 may run where nothing sleeps, and this program may sleep.", "Leave the `.s` of the section out.") },
  { pattern: /points to disabled hook (\S+)/, reason: Reason.Attachment, tell: plain("$1 takes no programs.") },
  { pattern: /attach to unsupported member (\S+) of struct (\S+)/, reason: Reason.Attachment, tell: plain("$2 has no place for a program at $1.") },

  // packet
  { pattern: /invalid access to packet, off=(-?\d+) size=(\d+)[,:]? ?.*?R(\d+)/, reason: Reason.PacketBounds, tell: (m, s) => packetBytes(num(m, 1), num(m, 2), num(m, 3), s) },
  { pattern: /R(\d+) offset is outside of the packet/, reason: Reason.PacketBounds, tell: (m, s) => packetBytes(Number(s.number(num(m, 1), "off") ?? 0), 1, num(m, 1), s) },
  { pattern: /cannot write into packet/, reason: Reason.PacketBounds, tell: plain("programs of this type may read the packet and not write it through pointers.", "Write with bpf_skb_store_bytes, or use another program type.") },
  { pattern: /helper access to the packet is not allowed/, reason: Reason.Argument, tell: plain("this helper does not take a pointer into the packet here.", "Copy the bytes to the stack and pass the copy.") },

  // null, before memory: the types tell them apart
  { pattern: /R(\d+) invalid mem access '(\w+?)_or_null'/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1), s.isWrite ? "writing through it" : "reading through it") },
  { pattern: /R(\d+) pointer arithmetic on (\w+?)_or_null prohibited/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1), "computing with it") },
  { pattern: /R(\d+) type=(\w+?)_or_null expected=(.*)/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1), `passing it to ${operationName(s.step?.text ?? "")}`) },
  { pattern: /Possibly NULL pointer passed to (?:trusted |helper )?(?:arg#?)?(\d+)/, reason: Reason.Null, tell: (m, s) => absent(s, num(m, 1) + (/passed to (?:trusted )?arg/.test(m[0]) ? 1 : 0), `passing it to ${operationName(s.step?.text ?? "")}`) },

  // memory
  { pattern: /R(\d+) unbounded memory access, make sure to bounds check/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), "nothing bounds it", COMPARE_FIRST) },
  { pattern: /R(\d+) unbounded memory access, use 'var &= const'/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), `${operationName(s.step?.text ?? "")} takes it as a length`, COMPARE_LENGTH) },
  { pattern: /R(\d+) min value is negative, either use unsigned index/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), "it may be negative", "Use an unsigned type for the index, or test `i >= 0` too.") },
  { pattern: /R(\d+) min value is negative, either use unsigned or/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), "as a length it may not be negative", "Use an unsigned type for the length, or test that it is not negative.") },
  { pattern: /R(\d+) (?:min|max) value is outside of the (?:allowed memory range|array range)/, reason: Reason.MemoryBounds, tell: (m, s) => tooFar(s, num(m, 1), "not all of that is inside", COMPARE_FIRST) },
  { pattern: /(?:R(\d+) )?invalid zero-sized read(?:: u64=\[(\d+),(\d+)\])?/, reason: Reason.MemoryBounds, tell: (m, s) => m[1] === undefined ? { sentence: "a length of 0 is not allowed here.", remedy: COMPARE_LENGTH } : tooFar(s, num(m, 1), "a length of 0 is not allowed", COMPARE_LENGTH) },
  { pattern: /math between (\w+) pointer and register with unbounded min value/, reason: Reason.MemoryBounds, tell: plain("a number that may be any 64-bit value is added to a $1 pointer.", "Bound the number before it is added: compare it with a constant, or mask it.") },
  { pattern: /math between (\w+) pointer and (-?\d+) is not allowed/, reason: Reason.MemoryBounds, tell: plain("$2 is too far to add to a $1 pointer: the kernel allows 536,870,911 bytes.") },
  { pattern: /value (-?\d+) makes (\w+) pointer be out of bounds/, reason: Reason.MemoryBounds, tell: plain("an offset of $1 takes a $2 pointer out of every bound.", COMPARE_FIRST) },
  { pattern: /(\w+) pointer offset (-?\d+) is not allowed/, reason: Reason.MemoryBounds, tell: plain("an offset of $2 is too far for a $1 pointer.") },
  { pattern: /invalid access to (map value|map key|memory|buffer), (\w+)=(\d+) off=(-?\d+) size=(\d+)/, reason: Reason.MemoryBounds, tell: plain("$5 bytes at offset $4 do not fit into the $3 bytes of this $1.", COMPARE_FIRST) },

  // no pointer
  { pattern: /R(\d+) invalid mem access '(?:scalar|inv)'/, reason: Reason.InvalidMemory, tell: (m, s) => noPointer(s, num(m, 1)) },
  { pattern: /R(\d+) is (?:ptr_|untrusted_ptr_)?(\w*) ?invalid (?:negative )?access/, reason: Reason.InvalidMemory, tell: aboutRegister("the access through $value leaves the object that it points to.") },
  { pattern: /R(\d+) invalid mem access '(\w+)'/, reason: Reason.InvalidMemory, tell: aboutRegister("memory is not read through $value here: it is of type $2.") },
  { pattern: /BPF_ATOMIC (?:stores|loads) (?:into|from) R(\d+) (\w+) is not allowed/, reason: Reason.InvalidMemory, tell: aboutRegister("$value is a $2 pointer, and atomic operations work on map values and the stack only.") },
  { pattern: /R(\d+) cannot write into (\w+)/, reason: Reason.Map, tell: aboutRegister("$value points to $2, which is read-only.") },

  // stack
  { pattern: /combined stack size of (\d+) calls? is (\d+)/, reason: Reason.StackBudget, tell: plain("$1 functions that call one another use $2 bytes of stack together; the limit is 512.", "Move large locals to a per-CPU array, or inline less deeply.") },
  { pattern: /the call stack of (\d+) frames is too deep/, reason: Reason.StackBudget, tell: plain("calls are nested $1 deep; the limit is 8.") },
  { pattern: /tail_calls? are not allowed when call stack of previous frames is (\d+) bytes/, reason: Reason.StackBudget, tell: plain("the callers of a function with a tail call use $1 bytes of stack; the limit is 256.") },
  { pattern: /invalid(?: indirect| zero-size| write to| read from| access to| variable-offset| unbounded variable-offset)* stack,?(?: type)? ?R?(\d+)? ?off[ =](-?\d+)(?:\+\d+)?(?: size[ =]| access_size=)?(\d+)?/, reason: Reason.Stack, tell: (m, s) => ({ sentence: `this ${s.isWrite ? "writes" : "reads"} ${m[3] === undefined ? "the stack" : `${bytes(num(m, 3))} of the stack`} at offset ${m[2]}, ${num(m, 2) < -512 || num(m, 2) >= 0 ? "outside the 512 bytes of the frame" : "where nothing readable is"}.` }) },
  { pattern: /invalid (?:unbounded )?variable-offset.* stack R(\d+)/, reason: Reason.Stack, tell: aboutRegister("the offset into the stack that $value holds is not bounded.", COMPARE_FIRST) },
  { pattern: /invalid size of register (spill|fill)|attempt to corrupt spilled pointer|cannot spill pointers to stack/, reason: Reason.Stack, tell: plain("a pointer on the stack is read or written in part, or where it may not be kept.", "Read pointers back as they were stored: 8 bytes, 8-aligned.") },

  // context
  { pattern: /invalid bpf_context access off=(-?\d+) size=(\d+)/, reason: Reason.Context, tell: (m, s) => ({ sentence: `${bytes(num(m, 2))} at offset ${m[1]} of the context are not a field that this program type may ${s.isWrite ? "write" : "read"}.` }) },
  { pattern: /dereference of modified (\w+) ptr R(\d+) off=(-?\d+)/, reason: Reason.Context, tell: plain("the $1 pointer was moved by $3 bytes before it is used; it must be used as it came.", "Read the field through the context itself.") },
  { pattern: /variable (\w+) access var_off/, reason: Reason.Context, tell: plain("a field of the $1 is read at an offset that is not constant.") },
  { pattern: /negative offset (\w+) ptr R(\d+) off=(-?\d+)/, reason: Reason.Context, tell: plain("offset $3 is before the start of the $1.") },
  { pattern: /invalid access to flow keys off=(-?\d+) size=(\d+)/, reason: Reason.Context, tell: plain("$2 bytes at offset $1 are outside of the flow keys.") },

  // helpers and functions of the kernel
  { pattern: /program of this type cannot use helper (\S+?)#\d+|unknown func (bpf_\w+)#\d+|func (bpf_\w+)#\d+ (?:not supported for program type|supported only for)/, reason: Reason.Helper, tell: (m) => ({ sentence: `${m[1] ?? m[2] ?? m[3]} is not for programs of this type.` }) },
  { pattern: /invalid func (\S+)/, reason: Reason.Helper, tell: plain("this kernel has no helper $1.") },
  { pattern: /might sleep|may sleep|sleepable helper|non-sleepable/, reason: Reason.Helper, tell: plain("this may sleep, and the program (or the section it is in) may not.", "Make the program sleepable (section with `.s`), or call it outside of the lock or RCU section.") },
  { pattern: /failed to find the address for kernel symbol '(\S+)'/, reason: Reason.Missing, tell: plain("this kernel does not tell the address of its variable $1 (CONFIG_KALLSYMS_ALL is off).") },
  { pattern: /get_local_storage\(\) doesn't support non-zero flags/, reason: Reason.Argument, tell: plain("the flags of bpf_get_local_storage must be 0.") },
  { pattern: /no write support to (\w+) at off (\d+)|write access at off (\d+) with size/, reason: Reason.InvalidMemory, tell: plain("this member of the kernel's struct is not one that programs may write.") },
  { pattern: /calling kernel function (\S+) is not allowed/, reason: Reason.Helper, tell: plain("the kernel function $1 is not for programs of this type.") },
  { pattern: /BPF_LD_\[ABS\|IND\] instructions not allowed/, reason: Reason.Helper, tell: plain("LD_ABS and LD_IND are for socket filters, TC and cgroup skb programs.") },
  { pattern: /GPL[- ]restricted|GPL-only|from non-GPL compatible/, reason: Reason.Licence, tell: plain("this helper is for programs with a GPL-compatible licence only.") },

  // functions
  { pattern: /(LD_ABS|tail_call) is not allowed in subprogs without BTF/, reason: Reason.Function, tell: plain("a function may end at $1, and without BTF the kernel does not know that it returns a number.", "Load the object with its BTF.") },
  { pattern: /(LD_ABS|tail_call) is only allowed in functions that return 'int'/, reason: Reason.Function, tell: plain("the function may end at $1, so its caller reads a result: it must return a number.", "Let the function return an int.") },
  { pattern: /multiple exception callback tags|exception c(?:b|allback) .*|cannot tail call within exception cb|cannot call exception cb directly/, reason: Reason.Function, tell: plain("the handler of exceptions does not fit: $0.", "A program has one; it is global, takes one number, returns one, and nothing calls it.") },
  { pattern: /missing btf func_info/, reason: Reason.Function, tell: plain("a function is passed to be called back, which needs BTF, and the object has none, or the kernel refused it.") },
  { pattern: /callback function not static/, reason: Reason.Function, tell: plain("a function that is called back must be static.") },
  { pattern: /Global function (\S+?)\(\) doesn't return scalar/, reason: Reason.Function, tell: plain("the global function $1 returns no number, which global functions must.", "Return an int, or make the function static.") },

  // before arguments: the kernel tells the argument too
  { pattern: /Caller passes invalid args into func|R(\d+) is not a scalar$|func '?\S+'? arg#?\d+ /, reason: Reason.Function, tell: plain("the arguments of this call do not fit the signature of a global function.", "Pass what the signature says, or make the function static.") },

  // arguments
  { pattern: /R(\d+) must be referenced when passed to release function/, reason: Reason.Reference, tell: aboutRegister("$value is released here, but it holds no reference (any more).", "Release each record or socket once.") },
  { pattern: /R(\d+) must have zero offset when passed to release/, reason: Reason.Reference, tell: aboutRegister("$value was moved before it is released.", "Release the pointer that the helper gave.") },
  { pattern: /R(\d+) type=(\S+) expected=(.+)/, reason: Reason.Argument, tell: (m, s) => ({ sentence: `argument ${m[1]} of ${operationName(s.step?.text ?? "")} is ${s.value(num(m, 1))}, a ${m[2]}; it takes ${(m[3] ?? "").replace(/, (?=[^,]*$)/, " or ")}.`, about: num(m, 1) }) },
  { pattern: /R(\d+) is not a (?:known )?const(?:ant)?/, reason: Reason.Argument, tell: aboutRegister("$value must be a constant here.") },
  { pattern: /arg#?(\d+) (?:is |expected |has )?(.+)/, reason: Reason.Argument, tell: (m, s) => ({ sentence: `argument ${num(m, 1) + 1} of ${operationName(s.step?.text ?? "")}: ${m[2]}.`, about: num(m, 1) + 1 }) },
  { pattern: /R6 != pointer to skb/, reason: Reason.Argument, tell: plain("LD_ABS and LD_IND need the context in r6.") },
  { pattern: /[Ee]xpected an initialized (dynptr|iter\S*)(?: as arg #(\d+))?/, reason: Reason.Argument, tell: plain("argument $2 must be a $1 that was initialised and is still valid.", "Initialise it first on every path, and destroy or submit it only once.") },
  { pattern: /cannot overwrite referenced dynptr|potential write to dynptr|cannot pass in (dynptr|iter)/, reason: Reason.Argument, tell: plain("the stack bytes of a dynptr or iterator are overwritten while it is in use.") },
  { pattern: /Unreleased reference id=(\d+) alloc_insn=(\d+)/, reason: Reason.Reference, tell: (m, s) => leaked(s, num(m, 2)) },
  { pattern: /would lead to reference leak/, reason: Reason.Reference, tell: plain("something acquired on this path is not released.", "Submit or discard the record, or release the socket, on every path.") },

  // maps
  { pattern: /cannot pass map_type (\d+) into func (\S+?)#\d+/, reason: Reason.Map, tell: (m, s) => ({ sentence: `${m[2]} is not for maps of this type${s.map(1) === undefined ? "" : ` (\`${s.map(1)}\`)`}.` }) },
  { pattern: /expected prog array map/, reason: Reason.Map, tell: plain("a tail call takes a program array.") },
  { pattern: /(write into|read from) map forbidden/, reason: Reason.Map, tell: (m) => ({ sentence: `the flags of the map forbid programs to ${m[1] === "write into" ? "write into" : "read from"} it.` }) },
  { pattern: /only read (?:from bpf_\w+ )?is supported|write to change key/, reason: Reason.Map, tell: plain("the map itself, or its key, is not written by programs.") },
  { pattern: /has to have BTF in order to use (\S+)/, reason: Reason.Map, tell: plain("a value with $1 needs BTF, and the object has none, or the kernel refused it.") },
  { pattern: /Sleepable programs can only use/, reason: Reason.Map, tell: plain("sleepable programs use array, hash, ring buffer and local storage maps only.") },
  { pattern: /only one cgroup storage/, reason: Reason.Map, tell: plain("a program has one cgroup storage of each kind.") },
  { pattern: /is not pointing to valid bpf_map/, reason: Reason.Map, tell: plain("an instruction refers to a map that is not there.") },
  { pattern: /has no valid bpf_(\w+)/, reason: Reason.Map, tell: plain("the map's value has no bpf_$1.") },
  { pattern: /(?:bpf_timer|bpf_wq|kptr) cannot be accessed directly|tracing progs cannot use bpf_timer/, reason: Reason.Map, tell: plain("a timer, work queue or kernel pointer in a value is used through its helpers only.") },

  // locks and sections
  { pattern: /function calls are not allowed while holding a lock/, reason: Reason.Lock, tell: (_m, s) => ({ sentence: "nothing may be called while a spin lock is held.", remedy: "Compute before or after the locked section.", ...entered(s, /^bpf_spin_lock$/) }) },
  { pattern: /(.*?) cannot be used inside (\w+)-ed region/, reason: Reason.Lock, tell: (m, s) => ({ ...entered(s, SECTIONS), sentence: `${(m[1] ?? "this").replace(/^BPF_EXIT instruction in (main prog|.*)$/, (_all, where: string) => `returning from ${where === "main prog" ? "the program" : where}`)} is not possible ${REGION[m[2] ?? ""] ?? `inside ${m[2]}`}.`, remedy: "Leave the section on every path first." }) },
  { pattern: /bpf_spin_unlock without taking a lock/, reason: Reason.Lock, tell: plain("a lock is released that is not held.") },
  { pattern: /bpf_spin_unlock of different lock/, reason: Reason.Lock, tell: plain("another lock is released than the one that is held.") },
  { pattern: /Locking two bpf_spin_locks/, reason: Reason.Lock, tell: plain("one spin lock is held already.") },
  { pattern: /bpf_(?:res_)?spin_lock cannot be accessed directly/, reason: Reason.Lock, tell: plain("a spin lock is used through bpf_spin_lock and bpf_spin_unlock only.") },
  { pattern: /progs cannot use bpf_spin_lock/, reason: Reason.Lock, tell: plain("programs of this type cannot use spin locks.") },
  { pattern: /unmatched (.+)/, reason: Reason.Lock, tell: plain("unmatched $1: the section was not entered on this path.") },
  { pattern: /must be held for|expected lock held/, reason: Reason.Lock, tell: plain("the lock that protects this object is not held here.") },

  // results
  { pattern: /At (program exit|callback return|subprogram exit|async callback return)[^R]*R(\d+) has (?:(?:unknown scalar value|smin=(-?\d+) smax=(-?\d+)|value .*?))? ?should have been in \[(-?\d+), (-?\d+)\]/, reason: Reason.ReturnRange, tell: (m, s) => ({ sentence: `${m[1] === "program exit" ? "this program" : "this function"} must return ${m[5]} to ${m[6]}; this path returns ${m[3] === undefined ? (s.range(0) ?? "any number") : m[3] === m[4] ? m[3] : `${m[3]} to ${m[4]}`}.`, about: num(m, 2) }) },
  { pattern: /the register R0 (?:is not a|has) (?:known value|scalar value|unknown scalar)/, reason: Reason.ReturnRange, tell: plain("the returned value is not a number that is known well enough.") },

  // pointers
  { pattern: /cannot return stack pointer/, reason: Reason.Pointer, tell: plain("a function returns a pointer to its own stack.") },
  { pattern: /R(\d+) 32-bit pointer arithmetic prohibited/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer, and 32-bit arithmetic would cut it in half.") },
  { pattern: /R(\d+) tried to (?:subtract|add) (.*)/, reason: Reason.Pointer, tell: aboutRegister("$value takes part in pointer arithmetic that the kernel does not follow ($2).") },
  { pattern: /R(\d+) (?:pointer (\S+) pointer|bitwise operator (\S+) on pointer|pointer arithmetic with (\S+) operator) prohibited/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer; the kernel follows additions and subtractions of numbers only.") },
  { pattern: /R(\d+) pointer arithmetic on (\w+) prohibited/, reason: Reason.Pointer, tell: aboutRegister("$value is of type $2, with which the kernel allows no arithmetic.") },
  { pattern: /R(\d+) (?:subtraction from stack pointer|sign-extension part of pointer|partial copy of pointer|stack pointer arithmetic)/, reason: Reason.Pointer, tell: aboutRegister("$value is a pointer, and this operation would make it a number.") },
  { pattern: /same insn cannot be used with different pointers/, reason: Reason.Pointer, tell: plain("this access is reached with two kinds of pointer, which the kernel cannot compile.", "Do the access in each branch by itself.") },

  // the rest
  { pattern: /R(\d+) !read_ok/, reason: Reason.Uninitialised, tell: aboutRegister("$value is used here but nothing was put into it on this path.") },
  { pattern: /infinite loop detected|back-edge from insn/, reason: Reason.Loop, tell: plain("this place is reached again with nothing changed, so the loop would not end.") },
  { pattern: /BPF program is too (?:large|complex)\. (?:Processed|Proccessed) (\d+) insn/, reason: Reason.Complexity, tell: plain("the kernel gave up after walking 1,000,000 instructions.", "Shorten loops, test less on the way, use bpf_loop, or split the program with tail calls.") },
  { pattern: /The sequence of (\d+) jumps is too complex/, reason: Reason.Complexity, tell: plain("$1 branches wait to be walked; the limit is 8,192.") },
  { pattern: /misaligned (\w* ?)(?:value )?access/, reason: Reason.Alignment, tell: plain("this access to $1memory is not aligned to its size.") },
  { pattern: /callback function not found/, reason: Reason.Argument, tell: plain("the callback is not a function of this program.") },
  { pattern: /unreachable insn (\d+)/, reason: Reason.Flow, tell: plain("instruction $1 can never be reached.") },
  { pattern: /jump out of range|last insn is not an exit|invalid insn idx|jump into the middle|recursi/, reason: Reason.Flow, tell: plain("control leaves its function, or a function calls itself.") },
  { pattern: /div by zero|invalid shift|unknown opcode|reserved fields|R\d+ is invalid|frame pointer is read only|invalid atomic operand|invalid BPF_LD_IMM|unrecognized bpf_ld_imm64|BPF_\w+ uses/, reason: Reason.Encoding, tell: plain("an instruction is malformed.") },
];
