/**
 * What the kernel's verifier refuses, by kind (5xxx): part of the catalogue. Those with an example are also told at the
 * source, where it already shows (compiler/analysis, compiler/hir/build); all of them by the pre-check (test/precheck).
 */

export const precheckCodes = {
  EB5001: {
    severity: "error",
    title: "memory bounds",
    why: "The kernel proves every access: an offset whose range may leave the map value or buffer is refused.",
    help: "Compare the index with the size first, or mask it (`i & 63`).",
  },
  EB5002: {
    severity: "error",
    title: "packet bounds",
    why: "Only bytes that a comparison with the end of the packet has proven may be read or written, and helpers that move the packet undo the proof.",
    help: "Take packet pointers from `ctx.packet.at` and test them after every call that changes the packet.",
    helpC:
      "Compare the pointer that is read with `data_end` first, and load both again after every call that changes the packet.",
  },
  EB5003: {
    severity: "error",
    title: "value that may be absent",
    why: "A lookup or reservation can fail, and this path did not test it.",
    help: "Test the result for undefined before using it.",
    helpC: "Test the result for NULL before using it.",
    example:
      "static readonly m = new HashMap<u32, u32>(4); @xdp static run(ctx: XdpContext): XdpAction { return P.m.lookup(1)!.value ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static readonly m = new HashMap<u32, u32>(4); @xdp static run(ctx: XdpContext): XdpAction { return P.m.lookup(1)?.value ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB5004: {
    severity: "error",
    title: "access through a value that is no pointer",
    why: "A number read from memory or arguments is only a number: the kernel does not follow it.",
    help: "Read kernel memory with `readKernel` and user memory with `readUser`.",
    helpC: "Read kernel memory with bpf_probe_read_kernel and user memory with bpf_probe_read_user.",
  },
  EB5005: {
    severity: "error",
    title: "stack access",
    why: "An access leaves the 512 bytes of the frame or reads half of a spilled pointer.",
    help: "Use smaller locals, or keep the data in a map.",
  },
  EB5006: {
    severity: "error",
    title: "stack budget",
    why: "A chain of calls has 512 bytes of stack together, 256 above a tail call, and 8 frames.",
    help: "Move large locals to a `PerCpuArray`.",
    helpC: "Move large locals to a per-CPU array.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const b = new Big(); b.data[0] = 1; console.log(`${b.data[1]}`); ctx.loadBytes(0, b); return b.data[2] ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static readonly s = new PerCpuArray<Big>(1); @xdp static run(ctx: XdpContext): XdpAction { const b = P.s.lookup(0); if (!b) return XdpAction.Pass; ctx.loadBytes(0, b); return b.data[2] ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB5007: {
    severity: "error",
    title: "context access",
    why: "Each program type allows loads and stores of its context's fields only, of their size, at fixed offsets.",
    help: "Read the field through the typed context.",
    helpC: "Read a field that this program type has, in its full size, as `ctx->field`.",
  },
  EB5008: {
    severity: "error",
    title: "helper not available",
    why: "A helper exists for some program types only.",
    help: "Use another helper, or another program type.",
    example:
      '@tracepoint("syscalls", "sys_enter_mkdir") static run(ctx: bpf.SysEnterMkdir): void { console.log(`${csumDiff(undefined, new Pair())}`); }',
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { return csumDiff(undefined, new Pair()) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB5009: {
    severity: "error",
    title: "helper argument",
    why: "An argument has another kind than the helper takes.",
    help: "Pass what the helper's signature says.",
  },
  EB5010: {
    severity: "error",
    title: "map rules",
    why: "A map type takes some helpers only, and read-only maps are not written.",
    help: "Use the map type that the operation belongs to.",
  },
  EB5011: {
    severity: "error",
    title: "unreleased reference",
    why: "A record or socket that was acquired is neither submitted nor released on some path.",
    help: "`submit` or `discard` the record on every path.",
    helpC: "Submit or discard the record, or release the socket, on every path.",
    example:
      "static readonly r = new RingBuf<Pair>(4096); @xdp static run(ctx: XdpContext): XdpAction { const e = P.r.reserve(); if (!e) return XdpAction.Pass; e.a = 1; return XdpAction.Drop; }",
    instead:
      "static readonly r = new RingBuf<Pair>(4096); @xdp static run(ctx: XdpContext): XdpAction { const e = P.r.reserve(); if (!e) return XdpAction.Pass; e.a = 1; P.r.submit(e); return XdpAction.Drop; }",
  },
  EB5012: {
    severity: "error",
    title: "lock or section",
    why: "Locks, RCU sections and disabled preemption end before the program, and little may be called inside.",
    help: "Release it on every path before calls and returns.",
  },
  EB5013: {
    severity: "error",
    title: "return value",
    why: "The program type allows some return values only.",
    help: "Return one of the allowed values on every path.",
  },
  EB5014: {
    severity: "error",
    title: "pointer arithmetic",
    why: "The kernel follows additions to pointers only, in 64 bits.",
    help: "Compute with the index, not with the pointer.",
  },
  EB5015: {
    severity: "error",
    title: "value that was never set",
    why: "A register is read before anything was put in it.",
    help: "Initialise it on every path.",
  },
  EB5016: {
    severity: "error",
    title: "endless loop",
    why: "Nothing leaves the loop, or an instruction was reached twice on one path with nothing changed: it cannot end.",
    help: "Let the loop count towards a bound.",
    example: "static n: u64 = 0n; @xdp static run(ctx: XdpContext): XdpAction { for (;;) { atomic.add(P.n, 1n); } }",
    instead:
      "static n: u64 = 0n; @xdp static run(ctx: XdpContext): XdpAction { for (let i = 0; ; i += 1) { if (i > 9) return XdpAction.Pass; atomic.add(P.n, 1n); } }",
  },
  EB5017: {
    severity: "error",
    title: "too complex",
    why: "The kernel walks 1,000,000 instructions and keeps 8,192 pending branches at most.",
    help: "Shorten loops, or split the program with `tail`.",
    helpC: "Shorten loops, or split the program with tail calls.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { let n = 0; while (n < ctx.length) n += 1; return n ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { let n = 0; for (const i of range(0, ctx.length, 64)) n += i; return n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB5018: {
    severity: "error",
    title: "encoding",
    why: "An instruction is malformed: reserved fields, a shift beyond the width, a division by zero.",
    help: "Build for an older instruction set (`--cpu v2`), or require a newer kernel.",
    helpC: "Compile for an older instruction set (`-mcpu=v2`), or require a newer kernel.",
  },
  EB5019: {
    severity: "error",
    title: "control flow",
    why: "A jump leaves its function, or instructions can never be reached.",
    help: "Let every path return, and remove what comes after a loop that never ends.",
    helpC: "Let every path return, and remove code that nothing reaches.",
  },
  EB5020: {
    severity: "error",
    title: "licence",
    why: "A helper is for programs with a GPL-compatible licence only.",
    help: 'Declare a GPL-compatible licence: `export const LICENSE = "GPL";`.',
    helpC: 'Declare a GPL-compatible licence: `char LICENSE[] SEC("license") = "GPL";`.',
    example:
      '@xdp static run(ctx: XdpContext): XdpAction { console.log("seen"); return XdpAction.Pass; } //module export const LICENSE = "Proprietary";',
    instead:
      '@xdp static run(ctx: XdpContext): XdpAction { console.log("seen"); return XdpAction.Pass; } //module export const LICENSE = "Dual MIT/GPL";',
  },
  EB5021: {
    severity: "error",
    title: "alignment",
    why: "Stack and atomic accesses must be aligned to their size.",
    help: "Align the field.",
  },
  EB5022: {
    severity: "error",
    title: "function call",
    why: "A global function is verified from its signature alone, and this call does not fit it.",
    help: "Pass what the signature says, or leave `@global` out.",
    helpC: "Pass what the signature says, or make the function static.",
  },
  EB5023: {
    severity: "error",
    title: "missing in this kernel",
    why: "A field, type or enum value that the program reads by CO-RE is not in the kernel's BTF, and nothing guards the read.",
    help: "Ask first whether it exists, so that the kernel sees the read as dead code.",
  },
  EB5024: {
    severity: "error",
    title: "attach point",
    why: "The hook, function or member takes no program like this: it is disabled, its result may not be changed, or it does not sleep.",
    help: "Attach to another function, or leave the `.s` of the section out.",
  },
  EB5025: {
    severity: "error",
    title: "refused outside the verifier's rules",
    why: "The program may be right: its type information does not fit its code, the JIT cannot compile it, or the verifier contradicts itself.",
    help: "Build it again with tools of matching version, look into dmesg, or try another kernel.",
  },
  EB5099: {
    severity: "error",
    title: "the pre-check cannot tell",
    why: "The program needs a rule of the kernel that the pre-check does not model yet.",
    help: "Ask the kernel: ebpftsc verify --kernel-verifier.",
  },
} as const;
