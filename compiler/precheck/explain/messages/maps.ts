/** Maps and what is kept in their values; locks and sections. */
import { Reason } from "../../rejection.js";
import type { Speaker } from "../speaker.js";
import { type MessageRule, plain, type Told } from "./rule.js";

/** Calls that enter a section. */
const SECTIONS = /^bpf_(spin_lock|rcu_read_lock|preempt_disable|local_irq_save|res_spin_lock(_irqsave)?)$/;

const REGION: Readonly<Record<string, string>> = {
  bpf_spin_lock: "while a spin lock is held",
  bpf_rcu_read_lock: "inside an RCU section",
  bpf_preempt_disable: "while preemption is disabled",
  bpf_local_irq_save: "while interrupts are disabled",
};
/** What a value may hold, in words. */
const FIELD: Readonly<Record<string, string>> = {
  bpf_spin_lock: "a spin lock",
  bpf_res_spin_lock: "a spin lock",
  bpf_timer: "a timer",
  bpf_wq: "a work queue",
};
const fieldOf = (name: string): string => FIELD[name] ?? name.replace(/^bpf_/, "").replace(/_/g, " ");

/** The last step that entered a section which the refused instruction may not be in. */
function entered(s: Speaker, calls: RegExp): Pick<Told, "marks"> {
  const at = s.lastCall((name) => calls.test(name));
  return at < 0 ? {} : { marks: [{ at, note: "entered here" }] };
}

/** A lock or timer in a map whose value has no type: the kernel finds it by the value's BTF only. */
function untyped(map: string | undefined, field: string): Told {
  const what = fieldOf(field);
  const which = map === undefined ? "the map" : `the map \`${map}\``;
  return {
    sentence: `${which} does not say of what type its values are, so the kernel does not know where in them ${what} is.`,
    remedy: {
      c: `Declare the map by types: \`__type(key, …); __type(value, struct …);\` instead of key_size and value_size, with \`struct ${field}\` as a member, and compile with \`-g\`.`,
      typescript: `Give the map's value a struct type that has ${what}.`,
    },
  };
}

// biome-ignore format: a table
export const MAPS: readonly MessageRule[] = [
  { pattern: /cannot pass map_type (\d+) into func (\S+?)#\d+/, reason: Reason.Map, tell: (m, s) => ({ sentence: `${s.helper(m[2] ?? "")} is not for maps of this type${s.map(1) === undefined ? "" : ` (\`${s.map(1)}\`)`}.`, remedy: "Use the map type that the operation belongs to." }) },
  { pattern: /expected prog array map/, reason: Reason.Map, tell: plain("a tail call takes a program array.", { c: "Declare the map with type BPF_MAP_TYPE_PROG_ARRAY.", typescript: "Make the tail call with `tail`, which makes the program array itself." }) },
  // Before 6.18 so for a tail call through another map; also where a helper's table entry does not fit.
  { pattern: /kernel subsystem misconfigured verifier/, reason: Reason.Map, tell: (_m, s) => ({ sentence: s.called() === "bpf_tail_call" ? "a tail call takes a program array." : `the map that is passed does not fit ${s.callee}.`, remedy: { c: "Pass a map of the type that the helper is for (BPF_MAP_TYPE_PROG_ARRAY for tail calls).", typescript: "Make tail calls with `tail`, which makes the program array itself." } }) },
  { pattern: /(write into|read from) map forbidden/, reason: Reason.Map, tell: (m) => ({ sentence: `the flags of the map forbid programs to ${m[1] === "write into" ? "write into" : "read from"} it.`, remedy: { c: "Leave the flag BPF_F_RDONLY_PROG or BPF_F_WRONLY_PROG out; constants (`.rodata`) are never written.", typescript: "Leave the map's read-only or write-only flag out; constants are never written." } }) },
  { pattern: /R(\d+) cannot write into (\w+)/, reason: Reason.Map, tell: (m, s) => ({ sentence: `${s.value(Number(m[1]))} points to ${s.kind(m[2] ?? "")}, which is read-only.`, about: Number(m[1]), remedy: "Copy it, and change the copy." }) },
  { pattern: /only read (?:from bpf_\w+ )?is supported|write to change key|only read from/, reason: Reason.Map, tell: plain("the map itself, a key, or a struct of the kernel is not written by programs.", { c: "Write to the value that a look-up gives, or call bpf_map_update_elem.", typescript: "Write to the value that `lookup` gives, or call `update`." }) },
  { pattern: /map '([^']*)' has to have BTF in order to use (\S+)/, reason: Reason.Map, tell: (m) => untyped(m[1], m[2] ?? "") },
  { pattern: /has to have BTF in order to use (\S+)/, reason: Reason.Map, tell: (m) => untyped(undefined, m[1] ?? "") },
  { pattern: /(?:map )?'([^']*)' has no valid (bpf_\w+)/, reason: Reason.Map, tell: (m) => untyped(m[1], m[2] ?? "") },
  { pattern: /has no valid (bpf_\w+)/, reason: Reason.Map, tell: (m) => untyped(undefined, m[1] ?? "") },
  { pattern: /Sleepable programs can only use/, reason: Reason.Map, tell: plain("sleepable programs use array, hash, ring buffer and local storage maps only.", "Use such a map, or make the program one that does not sleep.") },
  { pattern: /only one cgroup storage/, reason: Reason.Map, tell: plain("a program has one cgroup storage of each kind.", "Keep both in one struct.") },
  { pattern: /is not pointing to valid bpf_map|unrecognized bpf_ld_imm64 insn.*map/, reason: Reason.Map, tell: plain("an instruction refers to a map that is not there.", "Load the object with a loader that creates its maps first.") },
  { pattern: /(?:bpf_timer|bpf_wq|kptr) cannot be accessed directly|tracing progs cannot use bpf_timer/, reason: Reason.Map, tell: plain("a timer, work queue or kernel pointer in a value is used through its helpers only.", "Leave those bytes of the value alone; read and write the other fields.") },
  { pattern: /tail call map owned|Tail call map owned by prog type|prog.*owner/i, reason: Reason.Map, tell: plain("the program array belongs to programs of another type: the first program that was loaded with it decides.", "Use one program array for each program type.") },

  // locks and sections
  { pattern: /function calls are not allowed while holding a lock/, reason: Reason.Lock, tell: (_m, s) => ({ sentence: "nothing may be called while a spin lock is held.", remedy: "Compute before or after the locked section.", ...entered(s, /^bpf_spin_lock$/) }) },
  { pattern: /(.*?) cannot be used inside (\w+)-ed region/, reason: Reason.Lock, tell: (m, s) => ({ ...entered(s, SECTIONS), sentence: `${(m[1] ?? "this").replace(/^BPF_EXIT instruction in (main prog|.*)$/, (_all, where: string) => `returning from ${where === "main prog" ? "the program" : where}`)} is not possible ${REGION[m[2] ?? ""] ?? `inside ${fieldOf(m[2] ?? "")}`}.`, remedy: "Leave the section on every path first." }) },
  { pattern: /bpf_spin_unlock without taking a lock/, reason: Reason.Lock, tell: plain("a lock is released that is not held.", "Take it first, on every path that comes here.") },
  { pattern: /bpf_spin_unlock of different lock/, reason: Reason.Lock, tell: plain("another lock is released than the one that is held.", "Look the value up once, and take and release the lock through that one pointer.") },
  { pattern: /Locking two bpf_spin_locks/, reason: Reason.Lock, tell: plain("one spin lock is held already.", "Release it before another one is taken.") },
  { pattern: /bpf_(?:res_)?spin_lock cannot be accessed directly/, reason: Reason.Lock, tell: plain("the bytes of a spin lock are read or written here; a lock is only taken and released.", { c: "Copy and set the other fields one by one; the lock is for bpf_spin_lock and bpf_spin_unlock only.", typescript: "Copy and set the other fields one by one." }) },
  { pattern: /progs cannot use bpf_spin_lock/, reason: Reason.Lock, tell: plain("programs of this type cannot use spin locks.", "Use atomic additions, or a per-CPU map.") },
  { pattern: /unmatched (.+)/, reason: Reason.Lock, tell: (m) => ({ sentence: `unmatched ${fieldOf(m[1] ?? "")}: the section was not entered on this path.`, remedy: "Enter it on every path that comes here." }) },
  { pattern: /must be held for|expected lock held/, reason: Reason.Lock, tell: plain("the lock that protects this object is not held here.", "Take the lock of the same map value first.") },
];
