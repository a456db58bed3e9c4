import { expect, test } from "vitest";
import { exitCodeOfDiagnostics, exitCodes, failureOf, machineError, usageError } from "../../compiler/cli/exit.js";
import { catalogue } from "../../compiler/diagnostics/catalogue.js";
import { InternalCompilerError } from "../../compiler/diagnostics/diagnostic.js";

const coded = (code: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });

test.each([
  [usageError("no such program"), 2, "error: no such program"],
  [machineError("no libbpf; install it"), 3, "error: no libbpf; install it"],
  [coded("OBJ_TRUNCATED", "OBJ_TRUNCATED: short\nmore"), 1, "error: OBJ_TRUNCATED: short␊more"],
  [coded("VERIFIER_REJECTED", "filter: rejected"), 1, "error: filter: rejected"],
  [coded("LIBBPF_MISSING", "m"), 3, "error: m"],
  [coded("NO_PERMISSION", "m"), 3, "error: m"],
  [coded("EB6001", "m"), 3, "error: m"],
  [coded("ENOENT", "ENOENT: ...", { path: "x.o" }), 2, "error: x.o: no such file or folder"],
  [coded("EACCES", "EACCES: ...", { path: "out" }), 2, "error: out: permission denied"],
  [new TypeError("x is not a function\n    at y"), 70, "internal error: TypeError: x is not a function, please report"],
  ["thrown text", 70, "internal error: thrown text, please report"],
])("%s", (error, exitCode, line) => {
  expect(failureOf(error)).toEqual({ exitCode, line });
});

test("a fault of the compiler is 70 and says where", () => {
  const failure = failureOf(new InternalCompilerError("hir", "no type"));
  expect(failure.exitCode).toBe(70);
  expect(failure.line).toMatch(/^internal error in hir: no type.*report/);
});

test("diagnostics: warnings are good; ours and the machine's faults outweigh the program's", () => {
  const d = (code: string, severity: "error" | "warning" = "error") => ({ code, severity });
  expect(exitCodeOfDiagnostics([])).toBe(0);
  expect(exitCodeOfDiagnostics([d("EB9001", "warning")])).toBe(0);
  expect(exitCodeOfDiagnostics([d("EB6002")])).toBe(2);
  expect(exitCodeOfDiagnostics([d("EB6002"), d("TS2322")])).toBe(1);
  expect(exitCodeOfDiagnostics([d("EB1003"), d("EB6001")])).toBe(3);
  expect(exitCodeOfDiagnostics([d("EB6001"), d("EB6004"), d("EB1003")])).toBe(70);
});

test("every code of the catalogue has an exit code", () => {
  for (const code of Object.keys(catalogue))
    expect(Object.values(exitCodes)).toContain(exitCodeOfDiagnostics([{ code, severity: "error" }]));
});
