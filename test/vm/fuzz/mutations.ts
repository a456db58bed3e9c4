/**
 * Bugs to inject, one at a time, as changes of one place in a source file of an engine; the fuzzer must find each. Kinds
 * that real engines had: wrong extension, masks, carries, operand order, off-by-one bounds, stale knowledge, lost state.
 */
export interface Mutation {
  readonly name: string;
  /** Below runtime/vm. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const mutation = (name: string, file: string, find: string, replace: string): Mutation => ({
  name,
  file,
  find,
  replace,
});

export const MUTATIONS: readonly Mutation[] = [
  // The interpreter.
  mutation("add without carry", "interpreter/wide.ts", "bh + (lo >>> 0 < bl >>> 0 ? 1 : 0)", "bh"),
  mutation("sub without borrow", "interpreter/wide.ts", "- bh - (al >>> 0 < bl >>> 0 ? 1 : 0)", "- bh"),
  mutation(
    "mul loses a cross product",
    "interpreter/wide.ts",
    "(high + Math.imul(al, bh) + Math.imul(ah, bl))",
    "(high + Math.imul(al, bh))",
  ),
  mutation("negate forgets the upper half's carry", "interpreter/wide.ts", "+ (lo === 0 ? 1 : 0)", ""),
  mutation("unsigned compare of halves as signed", "interpreter/wide.ts", "ah >>> 0 < bh >>> 0;", "ah < bh;"),
  mutation("swap32 keeps a byte", "interpreter/wide.ts", "((v >>> 8) & 0xff00)", "((v >>> 8) & 0xff)"),
  mutation(
    "mov32 does not clear the upper half",
    "interpreter/steps.ts",
    "case 0xbc: r[d] = (r[s] as number); r[d + 1] = 0; break;",
    "case 0xbc: r[d] = (r[s] as number); break;",
  ),
  mutation(
    "jset looks at the lower half only",
    "interpreter/steps.ts",
    "((r[d] as number) & (r[s] as number)) !== 0 || ((r[d + 1] as number) & (r[s + 1] as number)) !== 0)",
    "((r[d] as number) & (r[s] as number)) !== 0)",
  ),
  mutation(
    "le16 keeps upper bits",
    "interpreter/steps.ts",
    "/* Le16 */ r[d] = (r[d] as number) & 0xffff;",
    "/* Le16 */ r[d] = (r[d] as number);",
  ),
  mutation(
    "movsx 32 to 64 zero-extends",
    "interpreter/steps.ts",
    "/* Movsx32to64 */ r[d] = (r[s] as number); r[d + 1] = (r[d] as number) >> 31;",
    "/* Movsx32to64 */ r[d] = (r[s] as number); r[d + 1] = 0;",
  ),
  mutation(
    "a call does not keep r9",
    "interpreter/frames.ts",
    "for (let i = 0; i < 10; i++) this.registers[12 + i] = this.#saved[at + i] as number;",
    "for (let i = 0; i < 6; i++) this.registers[12 + i] = this.#saved[at + i] as number;",
  ),
  mutation(
    "8-byte store writes the low half twice",
    "interpreter/steps.ts",
    "dv.setInt32(a, (r[s] as number), true); dv.setInt32(a + 4, (r[s + 1] as number), true); break; }",
    "dv.setInt32(a, (r[s] as number), true); dv.setInt32(a + 4, (r[s] as number), true); break; }",
  ),
  mutation(
    "a function's fuel is checked too late",
    "wasm/routine.ts",
    "this.#body.i32(counters === undefined ? this.#size : this.#size + 1);",
    "this.#body.i32(-1000);",
  ),
  mutation(
    "fetch-add leaves the new value",
    "interpreter/atomic.ts",
    "  r[s] = old;\n  r[s + 1] = 0;",
    "  r[s] = next;\n  r[s + 1] = 0;",
  ),
  mutation(
    "cmpxchg32 keeps r0's upper half",
    "interpreter/atomic.ts",
    "    r[0] = old;\n    r[1] = 0;",
    "    r[0] = old;",
  ),
  mutation("atomic xor ors", "interpreter/atomic.ts", "next = old ^ value;", "next = old | value;"),
  mutation(
    "64-bit atomic add without carry",
    "interpreter/atomic.ts",
    "hi + vh + (sum >>> 0 < vl >>> 0 ? 1 : 0)",
    "hi + vh",
  ),
  // Generated code: arithmetic.
  mutation("arsh as rsh", "wasm/alu.ts", "[Alu.Arsh]: W.i64ShrS", "[Alu.Arsh]: W.i64ShrU"),
  mutation("32-bit arsh as rsh", "wasm/alu.ts", "[Alu.Arsh]: W.i32ShrS", "[Alu.Arsh]: W.i32ShrU"),
  mutation(
    "x % 0 is 0",
    "wasm/alu.ts",
    "if (remainder) first(body, wide, operands);\n    else constant(0);",
    "constant(0);",
  ),
  mutation(
    "signed division as unsigned",
    "wasm/alu.ts",
    "divide(body, division[0], true, division[1],",
    "divide(body, division[0], false, division[1],",
  ),
  mutation(
    "movsx 8 takes 16 bits",
    "wasm/alu.ts",
    "[Internal.Movsx8to64]: [true, W.i64Extend8S]",
    "[Internal.Movsx8to64]: [true, W.i64Extend16S]",
  ),
  mutation("bswap64 forgets its last step", "wasm/alu.ts", "exchange(body, 0x0000ffff, 0x0000ffff, 16);", ""),
  mutation(
    "bswap16 forgets to mask",
    "wasm/alu.ts",
    "  body.i32(0xff);\n  body.op(W.i32And);\n  body.reg32(n);",
    "  body.reg32(n);",
  ),
  mutation(
    "32-bit results are sign-extended",
    "wasm/assembler.ts",
    "    this.op(W.i64ExtendU);\n    this.setReg(n);",
    "    this.op(0xac);\n    this.setReg(n);",
  ),
  // Generated code: jumps.
  mutation("jsgt as jgt", "wasm/branch.ts", "[Jump.Sgt]: W.i64GtS", "[Jump.Sgt]: W.i64GtU"),
  mutation("32-bit jle as jlt", "wasm/branch.ts", "[Jump.Le]: W.i32LeU", "[Jump.Le]: W.i32LtU"),
  mutation(
    "jset compares",
    "wasm/branch.ts",
    "body.op(wide ? W.i64And : W.i32And);",
    "body.op(wide ? W.i64Xor : W.i32Xor);",
  ),
  // Generated code: memory.
  mutation("ldsx of 16 bits zero-extends", "wasm/loads.ts", "2: W.i64Load16S", "2: W.i64Load16U"),
  mutation(
    "xchg adds",
    "wasm/loads.ts",
    "if (combine === undefined) body.reg(src);",
    "if (combine === undefined) { body.get(old); body.reg(src); body.op(W.i64Add); }",
  ),
  mutation(
    "cmpxchg32 compares 64 bits",
    "wasm/loads.ts",
    "if (bytes === 4) {\n      body.op(W.i32Wrap);",
    "if (bytes === (0 as 4)) {\n      body.op(W.i32Wrap);",
  ),
  mutation(
    "fetch does not give the old value",
    "wasm/loads.ts",
    "if ((kind & Atomic.Fetch) === 0) return;\n  body.get(old);",
    "if ((kind & Atomic.Fetch) === 0) return;\n  body.reg(src);",
  ),
  mutation(
    "a range begins one byte late for stores",
    "wasm/access.ts",
    "  placeOf(body);\n}\n\n/** In front of a loop",
    "  placeOf(body);\n  if (write) { body.get(Local.place); body.i32(1); body.op(W.i32Add); body.set(Local.place); }\n}\n\n/** In front of a loop",
  ),
  mutation(
    "a group's check moves its first access",
    "wasm/access.ts",
    "  body.get(Local.place);\n  return before;\n}\n\n/** Pushes a place that may be written.",
    "  body.get(Local.place);\n  return 0;\n}\n\n/** Pushes a place that may be written.",
  ),
  mutation(
    "frame offsets are counted from below",
    "wasm/access.ts",
    "if (inFrame(base, off, bytes)) {\n    body.get(Local.frame);\n    return STACK_BYTES + off;\n  }\n  body.reg32(base);",
    "if (inFrame(base, off, bytes)) {\n    body.get(Local.frame);\n    return STACK_BYTES + off - 8;\n  }\n  body.reg32(base);",
  ),
  mutation(
    "a check covers one byte less",
    "wasm/access.ts",
    "const mask = 2 ** Math.min(bytes, 32) - 1;",
    "const mask = 2 ** Math.max(1, Math.min(bytes, 32) - 1) - 1;",
  ),
  // Generated code: calls, fuel, maps.
  mutation(
    "a callee's frame is the caller's",
    "wasm/routine.ts",
    "    body.i32(FRAME_STRIDE);\n    body.op(W.i32Add);\n    body.call(index);",
    "    body.i32(0);\n    body.op(W.i32Add);\n    body.call(index);",
  ),
  mutation(
    "a call's result is lost",
    "wasm/routine.ts",
    "    body.call(index);\n    body.setReg(0);",
    "    body.call(index);\n    body.op(0x1a);",
  ),
  mutation(
    "a segment is paid one short",
    "wasm/routine.ts",
    "    body.i32(this.#done);\n    body.op(W.i32Sub);",
    "    body.i32(this.#done - 1);\n    body.op(W.i32Sub);",
  ),
  mutation(
    "keys that are smaller count as equal",
    "wasm/lookup.ts",
    "    body.op(W.i32Ne);\n    body.br(differs, W.brIf);",
    "    body.op(W.i32LtU);\n    body.br(differs, W.brIf);",
  ),
  mutation(
    "an array's index is not compared with its end",
    "wasm/lookup.ts",
    "  body.i32(plan.maxEntries);\n  body.op(W.i32LtU);",
    "  body.i32(plan.maxEntries * 2);\n  body.op(W.i32LtU);",
  ),
  mutation(
    "LPM does not mask the key",
    "wasm/lookup.ts",
    "      body.memory(load, offset);\n      body.op(W.i32And);",
    "      body.memory(load, offset);\n      body.op(W.i32Or);",
  ),
  mutation(
    "data_end is one byte early",
    "context/context.ts",
    "shadow[at] = kind === 0 ? data : kind === 1 ? end",
    "shadow[at] = kind === 0 ? data : kind === 1 ? end - 1",
  ),
  // The hot loop.
  mutation("a step leaves the loop too early: fuel", "interpreter/loop/module.ts", "keep(body, 1);", "keep(body, 0);"),
  mutation(
    "the loop's reads look at what may be written",
    "interpreter/loop/access.ts",
    "placeOf(body, target, labels, SRC);\n  refused(body, target.readable, bytes);",
    "placeOf(body, target, labels, SRC);\n  refused(body, target.writable, bytes);",
  ),
  mutation(
    "the loop's stores do not make the stack readable",
    "interpreter/loop/access.ts",
    "body.br(labels.step, W.brIf);\n  written(body, target, bytes);",
    "body.br(labels.step, W.brIf);",
  ),
  mutation(
    "the loop marks one byte too few as written",
    "interpreter/loop/access.ts",
    "body.i32((1 << bytes) - 1);",
    "body.i32((1 << bytes) - 2);",
  ),
  mutation(
    "the loop checks one byte too few",
    "interpreter/loop/access.ts",
    "const mask = (1 << bytes) - 1;\n  body.get(Local.place);",
    "const mask = (1 << (bytes - (bytes >> 1))) - 1;\n  body.get(Local.place);",
  ),
  mutation(
    "the loop returns to the call itself",
    "interpreter/loop/calls.ts",
    "body.op(W.i32ShrU);\n  body.i32(1);\n  body.op(W.i32Add);",
    "body.op(W.i32ShrU);",
  ),
  mutation(
    "the loop's calls do not keep r10",
    "interpreter/loop/calls.ts",
    "[6, 7, 8, 9, 10] as const",
    "[6, 7, 8, 9] as const",
  ),
  mutation(
    "the loop forgets what a helper spent",
    "interpreter/loop/driver.ts",
    "beyond = cpu.fuel - slice;",
    "beyond = 0;",
  ),
  mutation(
    "the loop's jumps end one record early",
    "interpreter/loop/record.ts",
    "(off / STRIDE - slot) * RECORD",
    "(off / STRIDE - slot - 1) * RECORD",
  ),
  mutation(
    "a wide immediate's second slot is run by the loop",
    "interpreter/loop/handlers.ts",
    "body.next(labels, 2);",
    "body.next(labels, 1);",
  ),
];
