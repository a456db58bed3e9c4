/** An access through something that is no pointer (any more): what it was, and where that was lost. */
import { Reason } from "../../rejection.js";
import { acquires, movesPacket, releases } from "../helper-names.js";
import { operationOf } from "../operands.js";
import { cellAt } from "../origin.js";
import { readRegister } from "../register-text.js";
import type { Speaker } from "../speaker.js";
import { aboutRegister, type MessageRule, num, type Told } from "./rule.js";

const POINTER = /^(pkt|ctx|map_value|fp|mem|ringbuf_mem|sock|rdonly_mem|buf|ptr_|trusted_ptr_|rcu_ptr_)/;

/** What the value was, and the step that made it a number. */
interface Lost {
  readonly type: string;
  /** Index of the step after which it is no pointer. */
  readonly at: number;
}

/** Follows the value back to where a register still held a pointer. */
function lostAt(s: Speaker, register: number): Lost | undefined {
  const story = s.story(register);
  for (let i = s.at; i >= 0; i--) {
    const step = s.steps[i];
    const cell = i === s.at ? `r${register}` : step && cellAt(story, i, step.depth);
    const text = cell?.startsWith("r") ? step?.before.get(Number(cell.slice(1))) : undefined;
    if (text === undefined || !POINTER.test(text)) continue;
    const { type } = readRegister(text);
    if (i < s.at) return { type, at: i };
    // A log shows registers that an instruction names: what a call takes from others is only known from the call.
    const first = story.chain[story.chain.length - 1]?.at ?? -1;
    const at = s.lastCall(type.startsWith("pkt") ? movesPacket : releases, first);
    return at < 0 ? undefined : { type, at };
  }
  return undefined;
}

const AGAIN = {
  c: "Load `data` and `data_end` from the context again after that call, and compare again.",
  typescript: "Take the packet pointer again with `ctx.packet.at` after that call, and test it again.",
};
const BEFORE_RELEASE = {
  c: "Read and write it before it is submitted, discarded or released.",
  typescript: "Read and write it before `submit` or `discard`.",
};
const KEEP: Readonly<Record<string, { readonly c: string; readonly typescript: string }>> = {
  pkt: {
    c: "Keep packet pointers whole: 64-bit variables, additions only, loaded again from `data` where in doubt.",
    typescript: "Take the header with `ctx.packet.at` right where it is used.",
  },
  ctx: {
    c: 'Keep the context in its own variable and read its fields from that; the compiler may need `asm volatile("" : "+r"(ctx))`.',
    typescript: "Read the fields from `ctx` itself.",
  },
  ringbuf_mem: {
    c: "Use the pointer that bpf_ringbuf_reserve gave, unchanged.",
    typescript: "Use the record that `reserve` gave, unchanged.",
  },
};
const WHOLE = "Add to the pointer, or subtract constants, in 64 bits; compute everything else with an index.";

const KERNEL_MEMORY = (s: Speaker): Told["remedy"] => ({
  c: !s.has("5.5")
    ? "Read it with bpf_probe_read: this kernel is too old for bpf_probe_read_kernel and bpf_probe_read_user (5.5)."
    : `Read kernel memory with bpf_probe_read_kernel (or a CO-RE read) and user memory with bpf_probe_read_user${s.trace.olderThan === undefined ? "" : " (before Linux 5.5 with bpf_probe_read)"}.`,
  typescript: "Read kernel memory with `readKernel` and user memory with `readUser`.",
});

function noPointer(s: Speaker, register: number): Told {
  const { chain } = s.story(register);
  const made = chain[chain.length - 1];
  const lost = lostAt(s, register);
  const known = s.subject(register);
  const name =
    known === undefined && lost?.type.startsWith("pkt") === true
      ? "the pointer that this line uses"
      : s.value(register);
  if (lost !== undefined) {
    const operation = operationOf(s.steps[lost.at]?.text ?? "");
    const by = operation.kind === "call" ? operation.name : "";
    if (lost.type.startsWith("pkt") && operation.kind === "call") {
      return {
        sentence: `${name} was a packet pointer until ${movesPacket(by) ? s.helper(by) : "the call"} at ${s.where(lost.at)}, which may move the packet: since then it is only a number.`,
        about: register,
        lost: lost.at,
        remedy: AGAIN,
      };
    }
    if (operation.kind === "call") {
      return {
        sentence: `${name} was given back by ${by === "" ? "the call" : s.helper(by)} at ${s.where(lost.at)}, and is used after that.`,
        about: register,
        lost: lost.at,
        remedy: BEFORE_RELEASE,
      };
    }
    if (operation.kind !== "branch") {
      const kept = KEEP[lost.type] ?? (lost.type.startsWith("pkt") ? KEEP["pkt"] : undefined);
      const half = /^w\d/.test(s.steps[lost.at]?.text ?? "") ? "32-bit arithmetic or copy" : "arithmetic";
      return {
        sentence: `${name} was ${s.kind(lost.type)}, and is no longer a pointer after the ${half} at ${s.where(lost.at)}.`,
        about: register,
        lost: lost.at,
        remedy: kept ?? WHOLE,
      };
    }
  }
  if (made?.operation.kind === "call" && acquires(made.operation.name)) {
    // Its register is not shown at all any more.
    const end = s.lastCall(releases, made.at);
    if (end >= 0) {
      return {
        sentence: `${name} was given back by ${s.helper(s.called(end))} at ${s.where(end)}, and is used after that.`,
        about: register,
        lost: end,
        remedy: BEFORE_RELEASE,
      };
    }
  }
  if (s.range(register) === "0") {
    const subject = s.subject(register);
    return {
      sentence: `${subject === undefined ? "the pointer that this line uses" : `\`${subject}\``} is ${s.nothing} on this path.`,
      about: register,
      remedy: {
        c: "Test each pointer where it is used, on its own: tests of several pointers that are joined by `||` or `&&` may be compiled into one.",
        typescript:
          "Test each value where it is used, on its own: tests that are joined by `||` or `&&` may be compiled into one.",
      },
    };
  }
  return {
    sentence: `${name} is only a number here, so the kernel does not follow it as a pointer.`,
    about: register,
    remedy: whence(s, register),
  };
}

/** The remedy for a number, by where it was read. */
function whence(s: Speaker, register: number): Told["remedy"] {
  const { chain } = s.story(register);
  const made = chain[chain.length - 1];
  if (made?.operation.kind !== "load") return KERNEL_MEMORY(s);
  const from = s.view(Number(made.operation.base.slice(1)), made.at)?.type;
  if (from === "pkt")
    return {
      c: "Bytes of the packet are numbers: add the number to a packet pointer, and compare that with the packet's end.",
      typescript: "Bytes of the packet are numbers: use it as an offset for `ctx.packet.at`.",
    };
  if (from === "map_value" || from === "ringbuf_mem")
    return {
      c: "A pointer that was stored in a map comes back as a number: store the data or an offset instead; an address of the kernel is read with bpf_probe_read_kernel.",
      typescript:
        "A pointer that was stored in a map comes back as a number: store the data or an offset instead; an address of the kernel is read with `readKernel`.",
    };
  return KERNEL_MEMORY(s);
}

// biome-ignore format: a table
export const LOST: readonly MessageRule[] = [
  { pattern: /R(\d+) invalid mem access '(?:scalar|inv)'/, reason: Reason.InvalidMemory, tell: (m, s) => noPointer(s, num(m, 1)) },
  { pattern: /access beyond (?:struct|the end of member) (\w+) (?:at off|of type \w+ at off|\(mend:\d+\) in struct \w+ with off|.*?off) ?(-?\d+)(?: with)? size (\d+)/, reason: Reason.InvalidMemory, tell: (m, s) => ({ sentence: `this ${s.isWrite ? "writes" : "reads"} ${m[3]} byte${m[3] === "1" ? "" : "s"} at offset ${m[2]}, beyond the end of the kernel's struct ${m[1]}.`, ...(s.step ? { about: Number(/\((r|w)(\d+)/.exec(s.step.text)?.[2] ?? 0) } : {}), remedy: { c: "Compile against the types of the kernel that runs it (CO-RE, `preserve_access_index`); the struct may be smaller there, or the pointer of another type.", typescript: "Generate the types from the kernel that runs it; the struct may be smaller there, or the pointer of another type." } }) },
  { pattern: /access beyond struct (\w+)/, reason: Reason.InvalidMemory, tell: (m) => ({ sentence: `the access goes beyond the end of the kernel's struct ${m[1]}.`, remedy: "Use the types of the kernel that runs it: the struct may be smaller there, or the pointer of another type." }) },
  { pattern: /R(\d+) is (\w+?) invalid (?:negative|variable offset|negative or variable)? ?access/, reason: Reason.InvalidMemory, tell: (m, s) => ({ sentence: `the access through ${s.value(num(m, 1))} leaves the object that it points to.`, about: num(m, 1), remedy: "Read fields of the object at their constant offsets only." }) },
  { pattern: /cannot access ptr member (\w+) with moff (\d+) in struct (\w+) with off (\d+) size (\d+)/, reason: Reason.InvalidMemory, tell: (m) => ({ sentence: `this reads ${m[5]} bytes of the pointer member ${m[1]} of the kernel's struct ${m[3]}; pointers are read whole.`, remedy: "Read the pointer as 8 bytes." }) },
  { pattern: /R(\d+) invalid mem access 'pkt_end'/, reason: Reason.InvalidMemory, tell: aboutRegister("nothing may be read or written at the end of the packet.", { c: "Use `data`, not `data_end`, to read; `data_end` is compared with only.", typescript: "Read through what `ctx.packet.at` gives." }) },
  { pattern: /R(\d+) invalid mem access '(\w+)'/, reason: Reason.InvalidMemory, tell: (m, s) => ({ sentence: `memory is not read through ${s.value(num(m, 1))} here: it is ${s.kind(m[2] ?? "")}.`, about: num(m, 1), remedy: "Pass it to the helpers that take it, or read through another pointer." }) },
  { pattern: /BPF_ATOMIC (?:stores|loads) (?:into|from) R(\d+) (\w+) is not allowed/, reason: Reason.InvalidMemory, tell: (m, s) => ({ sentence: `${s.value(num(m, 1))} is ${s.kind(m[2] ?? "")}, and atomic operations work on map values and the stack only.`, about: num(m, 1), remedy: "Keep the counter in a map value." }) },
  { pattern: /no write support to (\w+) at off (\d+)|write access at off (\d+) with size/, reason: Reason.InvalidMemory, tell: () => ({ sentence: "this member of the kernel's struct is not one that programs may write.", remedy: "Write through the helper or kernel function for it, if there is one." }) },
];
