/**
 * The catalogue of diagnostics: one entry per code. Codes are literal, never reused. Ranges: 1xxx outside the subset,
 * 2xxx types and layout, 3xxx declarations, 4xxx limits, 5xxx what the kernel's verifier refuses (told at the source or by
 * the pre-check), 6xxx machine and options, 9xxx warnings.
 * `example` must raise exactly its code and `instead` must compile; both are the body of a class P (test/diagnostics).
 */

import { precheckCodes } from "./precheck-codes.js";

export interface CatalogueEntry {
  readonly severity: "error" | "warning";
  readonly title: string;
  /** Why eBPF forbids it. */
  readonly why: string;
  /** The usual remedy, at most one line. */
  readonly help?: string;
  /** The same for C, where it differs: `verify` judges any compiler's objects. */
  readonly helpC?: string;
  /** Class members that raise the code; `//module` starts module-level text, `//cpu vN` sets the instruction set. */
  readonly example?: string;
  readonly instead?: string;
}

const entries = {
  EB1001: {
    severity: "error",
    title: "async code",
    why: "A BPF program runs to completion on one stack: there is nothing to await and nobody to resume it.",
    help: "Do the waiting in user space; hand data over with a map or a ring buffer.",
    example: "@xdp static async run(ctx: XdpContext): Promise<XdpAction> { return XdpAction.Pass; }",
    instead: "@xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; }",
  },
  EB1002: {
    severity: "error",
    title: "exceptions",
    why: "The kernel gives programs no unwinder.",
    help: "Return a code, or leave early.",
    example: "@xdp static run(ctx: XdpContext): XdpAction { if (ctx.length < 20) throw 1; return XdpAction.Pass; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { if (ctx.length < 20) return XdpAction.Aborted; return XdpAction.Pass; }",
  },
  EB1003: {
    severity: "error",
    title: "object without a layout",
    why: "Programs have no heap: only structs (on the stack) and maps (created at load) can be made with `new`.",
    help: "Use a struct class, or a map declared as a static field.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const p = new P(); return p ? XdpAction.Drop : XdpAction.Pass; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); s.a = 1; return s.a ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1004: {
    severity: "error",
    title: "no machine type",
    why: "`any` and `unknown` say nothing of size or layout.",
    help: "Name the type.",
    example:
      "static f(x: any): u32 { return 1; } @xdp static run(ctx: XdpContext): XdpAction { return P.f(1) ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static f(x: u32 = 1): u32 { return x; } @xdp static run(ctx: XdpContext): XdpAction { return P.f() ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1005: {
    severity: "error",
    title: "union",
    why: "A value has one layout; only `T | undefined` of something that can be absent is one.",
    help: "Split the cases, or use one wider type.",
    example:
      "static f(x: u32 | u64): u32 { return 1; } @xdp static run(ctx: XdpContext): XdpAction { return P.f(1) ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static f(x: u64): u32 { return u32(x); } @xdp static run(ctx: XdpContext): XdpAction { return P.f(1n) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1006: {
    severity: "error",
    title: "dynamic property",
    why: "Fields are offsets fixed at compile time; only arrays are indexed.",
    help: "Name the field, or index an array.",
    example:
      '@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); return s["a"] ? XdpAction.Pass : XdpAction.Drop; }',
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); return s.a ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1007: {
    severity: "error",
    title: "run-time type information",
    why: "Objects carry no type or keys at run time, so `typeof`, `instanceof`, `in` and `delete` have nothing to read.",
    help: "Decide from a field.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); return s instanceof Pair ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); return s.a ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1008: {
    severity: "error",
    title: "var",
    why: "`var` is visible outside its block and before its declaration, where the verifier would see uninitialised stack.",
    help: "Use `let` or `const`.",
    example: "@xdp static run(ctx: XdpContext): XdpAction { var n = 1; return n ? XdpAction.Pass : XdpAction.Drop; }",
    instead: "@xdp static run(ctx: XdpContext): XdpAction { const n = 1; return n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1009: {
    severity: "error",
    title: "function value",
    why: "BPF calls are direct: which function is called must be known when the object is built. Functions may be constants and arguments, not chosen or kept.",
    help: "Call the functions where you choose between them.",
    example:
      "static f(): u32 { return 1; } static g(): u32 { return 2; } @xdp static run(ctx: XdpContext): XdpAction { const h = ctx.length > 60 ? P.f : P.g; return h() ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static f(): u32 { return 1; } static g(): u32 { return 2; } @xdp static run(ctx: XdpContext): XdpAction { return (ctx.length > 60 ? P.f() : P.g()) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1010: {
    severity: "error",
    title: "string operation",
    why: "Strings exist as literals, in `console.log`, and as fixed buffers (`CString<N>`).",
    help: "Keep text in a CString<N>, or print it with console.log.",
    example:
      '@xdp static run(ctx: XdpContext): XdpAction { const s = "a" + "b"; return s ? XdpAction.Pass : XdpAction.Drop; }',
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { console.log(`${ctx.length} bytes`); return XdpAction.Pass; }",
  },
  EB1011: {
    severity: "error",
    title: "floating point",
    why: "BPF has no floating-point registers.",
    help: "Scale to integers (nanoseconds, per mille).",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const x = 0.5; return x ? XdpAction.Pass : XdpAction.Drop; }",
    instead: "@xdp static run(ctx: XdpContext): XdpAction { const x = 5; return x ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1012: {
    severity: "error",
    title: "syntax outside the subset",
    why: "This construct has no lowering.",
    example: "@xdp static run(ctx: XdpContext): XdpAction { debugger; return XdpAction.Pass; }",
    instead: '@xdp static run(ctx: XdpContext): XdpAction { console.log("here"); return XdpAction.Pass; }',
  },
  EB1013: {
    severity: "error",
    title: "iteration",
    why: "`for...of` walks fixed arrays and range(); `for...in` has no keys to walk.",
    help: "Use range(n), or for...of over a FixedArray or Bytes.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); for (const k in s) return XdpAction.Drop; return XdpAction.Pass; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { let n = 0; for (const i of range(4)) n += i; return n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1014: {
    severity: "error",
    title: "parameter form",
    why: "Optional, rest and destructured parameters need a call protocol that BPF does not have.",
    help: "Pass every argument by name, or give the parameter a default value.",
    example:
      "static f(x?: u32): u32 { return x ?? 1; } @xdp static run(ctx: XdpContext): XdpAction { return P.f() ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static f(x: u32 = 1): u32 { return x; } @xdp static run(ctx: XdpContext): XdpAction { return P.f() ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1015: {
    severity: "error",
    title: "class form",
    why: "Classes hold static methods, maps and globals, or are struct layouts: no instances with behaviour, no inheritance.",
    help: "Use static members, or a struct with getters.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Derived(); return s.a ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const s = new Pair(); return s.a ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1016: {
    severity: "error",
    title: "module with side effects",
    why: "Nothing runs when an object is loaded: a module holds declarations only.",
    help: "Move the statement into a handler.",
    example: '//module\nconsole.log("loaded");',
    instead: '@xdp static run(ctx: XdpContext): XdpAction { console.log("ran"); return XdpAction.Pass; }',
  },
  EB1017: {
    severity: "error",
    title: "not available in a program",
    why: "This name is JavaScript's run time, not the kernel's.",
    help: "See the helpers that ebpftsc exports.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { return Date.now() > ctx.length ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { return ktimeGetNs() > 5n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB1018: {
    severity: "error",
    title: "recursion",
    why: "The stack is 512 bytes and the verifier walks calls: a function cannot call itself, directly or not.",
    help: "Use a bounded loop.",
    example:
      "static f(n: u32): u32 { return n ? P.f(u32(n - 1)) : 0; } @xdp static run(ctx: XdpContext): XdpAction { return P.f(3) ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { let n = 3; for (let i = 0; i < 3; i++) n -= 1; return n ? XdpAction.Drop : XdpAction.Pass; }",
  },
  EB1019: {
    severity: "error",
    title: "too many arguments",
    why: "BPF passes arguments in five registers.",
    help: "Put them into a struct.",
    example:
      "static f(a: u32, b: u32, c: u32, d: u32, e: u32, g: u32): u32 { return g; } @xdp static run(ctx: XdpContext): XdpAction { return P.f(1, 2, 3, 4, 5, 6) ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static f(a: u32, b: u32): u32 { return u32(a + b); } @xdp static run(ctx: XdpContext): XdpAction { return P.f(1, 2) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2001: {
    severity: "error",
    title: "type without a layout",
    why: "The compiler must know size and alignment of everything that is stored.",
    help: "Use integers, booleans, enums, FixedArray, Bytes, CString, pointers or struct classes.",
    example:
      "static readonly m = new HashMap<u32, string>(4); @xdp static run(ctx: XdpContext): XdpAction { P.m.delete(1); return XdpAction.Pass; }",
    instead:
      "static readonly m = new HashMap<u32, CString<16>>(4); @xdp static run(ctx: XdpContext): XdpAction { P.m.delete(1); return XdpAction.Pass; }",
  },
  EB2002: {
    severity: "error",
    title: "literal out of range",
    why: "The value does not fit the type that it meets.",
    example:
      "static n: u8 = 300; @xdp static run(ctx: XdpContext): XdpAction { return P.n ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static n: u16 = 300; @xdp static run(ctx: XdpContext): XdpAction { return P.n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2003: {
    severity: "error",
    title: "implicit truncation",
    why: "The result of arithmetic may not fit the type that it meets.",
    help: "Convert it explicitly, which says that the upper bits may go.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const x: u8 = ctx.length + 1; return x ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const x: u8 = u8(ctx.length + 1); return x ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2004: {
    severity: "error",
    title: "signed mixed with unsigned",
    why: "A 64-bit signed and unsigned operand have no common type.",
    help: "Convert one side with u64() or i64().",
    example:
      "static a: i64 = -1n; static b: u64 = 1n; @xdp static run(ctx: XdpContext): XdpAction { return P.a < P.b ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static a: i64 = -1n; static b: u64 = 1n; @xdp static run(ctx: XdpContext): XdpAction { return P.a < i64(P.b) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2005: {
    severity: "error",
    title: "truth of a network-order integer",
    why: "To TypeScript it is an object and always true.",
    help: "Compare it with htons(0) or htonl(0).",
    example:
      "static a: be16 = htons(0); @xdp static run(ctx: XdpContext): XdpAction { return P.a ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static a: be16 = htons(0); @xdp static run(ctx: XdpContext): XdpAction { return P.a !== htons(0) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2006: {
    severity: "error",
    title: "cast between integer types",
    why: "`as` changes nothing at run time, so the value would not be what its type says.",
    help: "Use the conversion function of the type.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const x = ctx.length as u8; return x ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const x = u8(ctx.length); return x ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2007: {
    severity: "error",
    title: "division without an integer sink",
    why: "In JavaScript `/` gives a fraction.",
    help: "Wrap it in Math.trunc(), or store it in an integer type.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { return ctx.length / 2 > 20 ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { return Math.trunc(ctx.length / 2) > 20 ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2008: {
    severity: "error",
    title: "comparison of references",
    why: "`===` on structs compares addresses, in JavaScript as here.",
    help: "Compare the fields, or use bytesEqual().",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const a = new Pair(); const b = new Pair(); return a === b ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const a = new Pair(); const b = new Pair(); return bytesEqual(a, b) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2010: {
    severity: "error",
    title: "number where an enum is meant",
    why: "Any number would type-check as a verdict; only the enum's members mean something.",
    help: "Return a member of the enum.",
    example: "static n: u32 = 1; @xdp static run(ctx: XdpContext): XdpAction { return P.n; }",
    instead:
      "static n: u32 = 1; @xdp static run(ctx: XdpContext): XdpAction { return P.n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2011: {
    severity: "error",
    title: "incompatible layout",
    why: "The two types are laid out differently in memory.",
    example:
      "static f(p: Pair): u32 { return p.a; } @xdp static run(ctx: XdpContext): XdpAction { const t = new Triple(); return P.f(t) ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static f(p: Pair): u32 { return p.a; } @xdp static run(ctx: XdpContext): XdpAction { const t = new Pair(); return P.f(t) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2012: {
    severity: "error",
    title: "not a constant",
    why: "This must be known when the object is built.",
    help: "Use a literal, an enum member, or arithmetic on those.",
    example:
      "static n: u32 = randomU32(); @xdp static run(ctx: XdpContext): XdpAction { return P.n ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static n: u32 = 1 << 4; @xdp static run(ctx: XdpContext): XdpAction { return P.n ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB2013: {
    severity: "error",
    title: "reference to memory that is assigned",
    why: "Assigning a struct or an array copies bytes into place. A reference to that place would show the new value, where JavaScript keeps the old object.",
    help: "Copy it where it is read: copyOf(field).",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const eth = ctx.packet.at(EthHdr, 0); if (!eth) return XdpAction.Pass; const mac = eth.source; eth.source = eth.dest; mac[0] = 2; eth.dest = mac; return XdpAction.Tx; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const eth = ctx.packet.at(EthHdr, 0); if (!eth) return XdpAction.Pass; const mac = copyOf(eth.source); eth.source = eth.dest; mac[0] = 2; eth.dest = mac; return XdpAction.Tx; }",
  },
  EB3001: {
    severity: "error",
    title: "malformed handler",
    why: "A handler is a public static method with a body and one context parameter; what its decorator takes are literals.",
    example: '@tracepoint("sys calls", "enter") static run(ctx: bpf.RawTracepointContext): void {}',
    instead: "@xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; }",
  },
  EB3002: {
    severity: "error",
    title: "no program",
    why: "The file declares no handler, so there is nothing to build.",
    help: "Decorate a static method with @xdp, @tc or @tracepoint.",
    example: "static f(): u32 { return 1; }",
    instead: "@xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; }",
  },
  EB3003: {
    severity: "error",
    title: "invalid map size",
    why: "The kernel refuses the map.",
    example:
      "static readonly r = new RingBuf<Pair>(1000); @xdp static run(ctx: XdpContext): XdpAction { const e = P.r.reserve(); if (!e) return XdpAction.Pass; P.r.submit(e); return XdpAction.Pass; }",
    instead:
      "static readonly r = new RingBuf<Pair>(4096); @xdp static run(ctx: XdpContext): XdpAction { const e = P.r.reserve(); if (!e) return XdpAction.Pass; P.r.submit(e); return XdpAction.Pass; }",
  },
  EB3004: {
    severity: "error",
    title: "map in the wrong place",
    why: "Maps are created at load, once: they are static fields or module constants.",
    help: "Declare it `static readonly`.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const m = new HashMap<u32, u32>(4); m.delete(1); return XdpAction.Pass; }",
    instead:
      "static readonly m = new HashMap<u32, u32>(4); @xdp static run(ctx: XdpContext): XdpAction { P.m.delete(1); return XdpAction.Pass; }",
  },
  EB3005: {
    severity: "error",
    title: "name used twice",
    why: "Programs, maps and globals of one object share the symbol table.",
    help: "Rename one of them.",
    example:
      '@xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; } static license: u32 = 1; @tc("ingress") static tail(skb: SkBuff): TcAction { return P.license ? TcAction.Ok : TcAction.Shot; } //module\nexport class Q { @xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Drop; } static readonly Q_run = new HashMap<u32, u32>(1); @xdp static Q_run2(ctx: XdpContext): XdpAction { Q.Q_run.delete(1); return XdpAction.Drop; } }',
    instead: "@xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; }",
  },
  EB3006: {
    severity: "error",
    title: "prefix trie key",
    why: "The key of an LPM trie is a struct whose first field is a u32 prefix length, followed by 1 to 256 bytes of address.",
    help: "Use Ipv4Prefix, Ipv6Prefix or a struct like them.",
    example:
      "static readonly t = new LpmTrie<u32, u32>(4); @xdp static run(ctx: XdpContext): XdpAction { P.t.lookup(1); return XdpAction.Pass; }",
    instead:
      "static readonly t = new LpmTrie<Ipv4Prefix, u32>(4); @xdp static run(ctx: XdpContext): XdpAction { return P.t.lookup({ prefixLength: 32, address: htonl(1) }) ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB3007: {
    severity: "error",
    title: "memory that does not outlive the call",
    why: "A function's stack is gone when it returns.",
    help: "Make the getter a function, or a method that fills a struct of the caller.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const m = new Maker(); return m.pair.a ? XdpAction.Pass : XdpAction.Drop; } //module\n@struct class Maker { n!: u32; get pair(): Pair { const p = new Pair(); p.a = this.n; return p; } }",
    instead:
      "static pair(m: Pair): Pair { const p = new Pair(); p.a = m.b; return p; } @xdp static run(ctx: XdpContext): XdpAction { const m = new Pair(); return P.pair(m).a ? XdpAction.Pass : XdpAction.Drop; }",
  },
  EB3008: {
    severity: "error",
    title: "decorator without meaning",
    why: "A program's decorators are those of ebpftsc, on the declarations that they are for; any other would run, or be lost, when the module is loaded.",
    help: "Use a decorator that ebpftsc exports, on a member of a class at the top of the module.",
    example:
      "@alias static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; } @xdp static other(ctx: XdpContext): XdpAction { return XdpAction.Drop; }",
    instead: "@xdp static run(ctx: XdpContext): XdpAction { return XdpAction.Pass; }",
  },
  EB4003: {
    severity: "error",
    title: "needs a newer instruction set",
    why: "The operation does not exist at the chosen --cpu.",
    help: "Raise --cpu (v3 needs Linux 5.12 for these).",
    example:
      "//cpu v2\nstatic n: u64 = 0n; @xdp static run(ctx: XdpContext): XdpAction { return atomic.fetchAdd(P.n, 1n) > 4n ? XdpAction.Pass : XdpAction.Drop; }",
    instead:
      "static n: u64 = 0n; @xdp static run(ctx: XdpContext): XdpAction { atomic.add(P.n, 1n); return XdpAction.Pass; }",
  },
  EB4004: {
    severity: "error",
    title: "limit of the back end",
    why: "LLVM cannot lower this for BPF.",
  },
  EB4005: {
    severity: "error",
    title: "too much to print",
    why: "bpf_trace_printk takes three values and bpf_trace_vprintk twelve; the format is at most 1,024 bytes.",
    help: "Print in two steps.",
    example:
      "@xdp static run(ctx: XdpContext): XdpAction { const n = ctx.length; console.log(`${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n} ${n}`); return XdpAction.Pass; }",
    instead:
      "@xdp static run(ctx: XdpContext): XdpAction { const n = ctx.length; console.log(`${n} ${n}`); return XdpAction.Pass; }",
  },
  ...precheckCodes,
  EB6001: {
    severity: "error",
    title: "native addon missing",
    why: "The LLVM addon was not built for this machine.",
    help: "Run npm run setup in a checkout, or reinstall the package.",
  },
  EB6002: {
    severity: "error",
    title: "file",
    why: "A file cannot be read or written.",
  },
  EB6003: {
    severity: "error",
    title: "option",
    why: "A value of an option is not one of those that exist.",
  },
  EB6004: {
    severity: "error",
    title: "compiler back end",
    why: "LLVM failed on the generated module, or ran out of time. This is our fault.",
    help: "Please report it with the output of --emit ir.",
  },
} satisfies Record<string, CatalogueEntry>;

/** Every code there is. */
export type Code = keyof typeof entries;

export const catalogue: Readonly<Record<Code, CatalogueEntry>> = entries;

/** The entry of a code as a user wrote it, or undefined. */
export function explain(code: string): CatalogueEntry | undefined {
  return Object.hasOwn(entries, code) ? catalogue[code as Code] : undefined;
}
