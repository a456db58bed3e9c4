/** The reason in a log of a kernel that explains itself in sections (7.3): the classic line, not the last one. */
import { expect, test } from "vitest";
import { readVerifierLog } from "../../runtime/kernel/verifier-log.js";

test("the reason stands before the report", () => {
  const log = `; return n; @ p.c:3
0: (95) exit
R0 !read_ok

Verification failed: Register Type Safety: Unreadable register

Reason:
  R0 holds nothing on this path.

Suggestion:
  Initialize R0 on every path before this instruction.

processed 1 insns (limit 1000000)
`;
  expect(readVerifierLog(log)).toEqual({
    reason: "R0 !read_ok",
    source: { text: "return n;", file: "p.c", line: 3 },
    insn: 0,
  });
});
