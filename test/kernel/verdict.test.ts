/** What counts as the verifier's verdict, on texts as kernels write them; and that programs refused by policy are "not judged" everywhere. */
import { describe, expect, test } from "vitest";
import { kernelWord } from "../../runtime/kernel/verdict.js";
import { findLoadLog } from "../../runtime/kernel/verifier-log.js";

const EPERM = 1;
const EINTR = 4;
const E2BIG = 7;
const EAGAIN = 11;
const ENOMEM = 12;
const EACCES = 13;
const EINVAL = 22;
const ENOSPC = 28;
const ENOTSUPP = 524;
const processed = (n: number): string =>
  `processed ${n} insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n`;
const timed = (n: number): string => `verification time 31 usec\nstack depth 0\n${processed(n)}`;
const walk =
  "func#0 @0\n0: R1=ctx() R10=fp0\n; return 0; @ a.c:3\n0: (b7) r0 = 0                        ; R0_w=0\n1: (95) exit\n";

describe("a refusal", () => {
  test.each([
    [0, "", "accept", undefined],
    [0, timed(2), "accept", undefined],
    [EPERM, "", "unknown", "not judged: policy, EPERM"],
    [EPERM, processed(0), "unknown", "not judged: policy, EPERM"],
    [EPERM, timed(0), "unknown", "not judged: policy, EPERM"],
    [EACCES, "", "unknown", "not judged: policy, EACCES"],
    [EINVAL, "", "unknown", "not judged: EINVAL without the verifier's words"],
    [EINVAL, processed(0), "unknown", "not judged: EINVAL without the verifier's words"],
    // Before the walk, in the verifier's words.
    [EINVAL, `unreachable insn 3\n${processed(0)}`, "reject", "unreachable insn 3"],
    [
      EINVAL,
      `func_info BTF section doesn't match subprog layout in BPF program\n${timed(0)}`,
      "reject",
      "func_info BTF section doesn't match subprog layout in BPF program",
    ],
    [
      EPERM,
      `function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN\n${processed(0)}`,
      "reject",
      "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN",
    ],
    [EACCES, `${walk}R1 invalid mem access 'scalar'\n${processed(2)}`, "reject", "R1 invalid mem access 'scalar'"],
    // With statistics alone, the source line comes after the reason.
    [
      EACCES,
      `arg#0 reference type('UNKNOWN ') size cannot be determined: -22\ninvalid bpf_context access off=100 size=4\n; return *p; @ a.c:7\n${timed(1)}`,
      "reject",
      "invalid bpf_context access off=100 size=4",
    ],
    [
      EPERM,
      `arg#0 reference type('UNKNOWN ') size cannot be determined: -22\n${timed(0)}`,
      "unknown",
      "not judged: policy, EPERM",
    ],
    [EACCES, `0: (05) goto pc+0 R1 !read_ok\n${processed(1)}`, "reject", "R1 !read_ok"],
    [
      E2BIG,
      `BPF program is too large. Processed 1000001 insn\n${processed(1000001)}`,
      "reject",
      "BPF program is too large. Processed 1000001 insn",
    ],
    [E2BIG, "", "unknown", "not judged: E2BIG without the verifier's words"],
    // The walk found no fault: what refused came afterwards (prog arrays, JIT).
    [EINVAL, timed(212), "unknown", "not judged: EINVAL after the verifier walked 212 instructions and found no fault"],
    [
      EINVAL,
      `${walk}${timed(2)}`,
      "unknown",
      "not judged: EINVAL after the verifier walked 2 instructions and found no fault",
    ],
    [
      ENOTSUPP,
      `${walk}from 1 to 2: R0=0 R10=fp0\n${processed(9)}`,
      "unknown",
      "not judged: ENOTSUPP after the verifier walked 9 instructions and found no fault",
    ],
    [
      EINVAL,
      `Validating f() func#1...\n4: R10=fp0\nFunc#1 ('f') is safe for any args that match its prototype\n${processed(5)}`,
      "unknown",
      "not judged: EINVAL after the verifier walked 5 instructions and found no fault",
    ],
    // The machine's trouble hides what the verifier found.
    [ENOSPC, `R1 !read_ok\n${processed(3)}`, "unknown", "not judged: the log did not fit, ENOSPC"],
    [
      ENOMEM,
      `The sequence of 8193 jumps is too complex.\n${processed(70000)}`,
      "reject",
      "The sequence of 8193 jumps is too complex.",
    ],
    [ENOMEM, walk, "unknown", "not judged: the load was cut short, ENOMEM"],
    [EAGAIN, "", "unknown", "not judged: the load was cut short, EAGAIN"],
    [EINTR, walk, "unknown", "not judged: the load was cut short, EINTR"],
    [
      EINVAL,
      `arena's user address must be set via map_extra or mmap()\n${processed(0)}`,
      "unknown",
      "not judged: the loader's fault, arena's user address must be set via map_extra or mmap()",
    ],
  ] as const)("%i %j: %s %s", (errno, log, verdict, message) => {
    const word = kernelWord(errno, log);
    expect(word.verdict).toBe(verdict);
    expect("message" in word ? word.message : undefined).toBe(message);
  });
});

describe("what libbpf prints", () => {
  const failed = "libbpf: prog 'f': BPF program load failed: Operation not permitted\n";
  const log = (name: string, text: string): string =>
    `libbpf: prog '${name}': -- BEGIN PROG LOAD LOG --\n${text}-- END PROG LOAD LOG --\n`;
  test.each([
    ["an empty log is not printed", failed, { program: "f", log: "", refused: true }],
    [
      "the log of the program that failed",
      log("e", walk) + failed + log("f", processed(0)),
      { program: "f", log: processed(0), refused: true },
    ],
    ["a log of one that passed", log("e", walk), { program: "e", log: walk, refused: false }],
    ["libbpf's own failure", "libbpf: prog 'f': failed to load: -3\n", { program: "f", log: "", refused: true }],
    ["no program at all", "libbpf: map 'm': failed to create: EPERM\n", undefined],
  ])("%s", (_, printed, expected) => expect(findLoadLog(printed)).toEqual(expected));
});
