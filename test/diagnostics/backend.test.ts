/** What the back end refuses comes back as a diagnostic at the user's line; our own faults say so. */
import { expect, test } from "vitest";
import { compileToObject } from "../../compiler/backend.js";
import { Diagnostics } from "../../compiler/diagnostics/diagnostic.js";

const options = { cpu: "v3" as const, asm: false, files: ["/src/p.ts"], name: "p.ts" };

const codesFor = (ir: string): string[] => {
  const diagnostics = new Diagnostics();
  expect(compileToObject(ir, options, diagnostics)).toBeUndefined();
  return diagnostics.all().map((d) => `${d.code} ${d.message}`);
};

test("EB4004: what BPF cannot express", () => {
  const ir = `target triple = "bpfel"\ndefine i64 @f(i64 %a, i64 %b) {\n  %x = sext i64 %a to i128\n  %y = sext i64 %b to i128\n  %m = mul i128 %x, %y\n  %h = lshr i128 %m, 64\n  %t = trunc i128 %h to i64\n  ret i64 %t\n}\n`;
  expect(codesFor(ir)[0]).toMatch(/^EB4004 LLVM cannot lower this for BPF in f: .*__multi3/);
});

test("EB5006: a frame that LLVM refuses", () => {
  const ir = `target triple = "bpfel"\ndeclare void @g(ptr)\ndefine void @f() {\n  %a = alloca [600 x i8], align 8\n  call void inttoptr (i64 6 to ptr)(ptr %a, i64 600)\n  ret void\n}\n`;
  expect(codesFor(ir)[0]).toMatch(/^EB5006 the stack of f does not fit/);
});

test("EB6004: IR that LLVM does not take is our fault", () => {
  expect(codesFor("define i32 @f() { ret i64 0 }")[0]).toMatch(/^EB6004 LLVM \(parse\)/);
});
