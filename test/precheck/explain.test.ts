/** Why a program is refused: sentences, paths and remedies, of our own walk and of the kernel's log of the same object. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { explain } from "../../compiler/precheck/explain/explanation.js";
import { reasonOf } from "../../compiler/precheck/explain/messages/index.js";
import { replay } from "../../compiler/precheck/explain/replay.js";
import { verify } from "../../compiler/precheck/explore/run.js";
import { type Explanation, explainLog, precheck } from "../../compiler/precheck/index.js";
import { SyscallError } from "../../runtime/kernel/errors.js";
import { OpenObject } from "../../runtime/kernel/object/open-object.js";
import { VerifierRejectedError } from "../../runtime/kernel/verifier-log.js";
import { tempFolder } from "../harness/temp.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { dataFolder, missingData } from "../support/data.js";
import { subject } from "./assemble.js";
import { CASES as RULES } from "./rules.table.js";

const CLANG = "/usr/bin/clang-19";
const HEAD = `
#define SEC(n) __attribute__((section(n), used))
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long long u64;
struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, c; };
struct { int (*type)[1]; int (*max_entries)[4]; u32 *key; u64 *value; } stats SEC(".maps");
struct { int (*type)[2]; int (*max_entries)[4]; u32 *key; u8 (*value)[64]; } buffers SEC(".maps");
struct { int (*type)[27]; int (*max_entries)[4096]; } events SEC(".maps");
static void *(*const lookup)(void *, const void *) = (void *) 1;
static void *(*const reserve)(void *, u64, u64) = (void *) 131;
static void (*const submit)(void *, u64) = (void *) 132;
static long (*const adjust_head)(void *, int) = (void *) 44;
static long (*const probe_read)(void *, u32, const void *) = (void *) 113;
static void (*const rcu_lock)(void) = (void *) 0;
static long (*const redirect)(u32, u64) = (void *) 23;
static long (*const load_bytes)(void *, u32, void *, u32) = (void *) 189;
char LICENSE[] SEC("license") = "GPL";
`;

interface Case {
  readonly name: string;
  readonly code: string;
  readonly section?: string;
  /** Lines of the function's body; the argument is c. */
  readonly body: string;
  readonly sentence: string;
  readonly remedy?: RegExp;
  /** Lines of the body that the path shows, with a piece of a note or "". */
  readonly path: readonly (readonly [number, string])[];
}

// biome-ignore format: a table
const CASES: readonly Case[] = [
  { name: "absent", code: "EB5003", body: `
    u32 key = c->ingress_ifindex;
    u64 *count = lookup(&stats, &key);
    *count += 1;
    return 2;`,
    sentence: "`count` may be NULL here: the result of a look-up in `stats` at line 103 can be NULL, and this path did not test it before reading through it.",
    remedy: /if \(count == NULL\)/, path: [[103, "comes from here"], [104, "refused here"]] },
  { name: "tested", code: "EB5003", body: `
    u32 key = c->ingress_ifindex;
    u64 *a = lookup(&stats, &key);
    key = c->rx_queue_index;
    u64 *b = lookup(&stats, &key);
    if (a)
      return *b;
    return 2;`,
    sentence: "`b` may be NULL here: the result of a look-up in `stats` at line 105 can be NULL, and this path did not test it before reading through it.",
    path: [[105, "comes from here"], [106, ""], [107, "refused here"]] },
  { name: "packet", code: "EB5002", body: `
    void *data = (void *)(long)c->data, *end = (void *)(long)c->data_end;
    if (data + 14 > end)
      return 2;
    u8 *ip = data + 14;
    return ip[9];`,
    sentence: "This reads 1 byte at offset 23 of `data`, but only 14 bytes there are known to be in the packet.",
    remedy: /Prove 24 bytes/, path: [[102, "is read here"], [103, "14 bytes"], [106, "refused here"]] },
  { name: "untested packet", code: "EB5002", body: `
    u8 *data = (void *)(long)c->data;
    return data[0];`,
    sentence: "This reads 1 byte at offset 0 of `data`, but nothing on this path compares it with the end of the packet.",
    path: [[102, "is read here"], [103, "refused here"]] },
  { name: "stale", code: "EB5004", body: `
    void *data = (void *)(long)c->data, *end = (void *)(long)c->data_end;
    if (data + 14 > end)
      return 2;
    adjust_head(c, -8);
    return *(u8 *)data;`,
    sentence: "`data` was a packet pointer until bpf_xdp_adjust_head at line 105, which may move the packet: since then it is only a number.",
    remedy: /again after that call/, path: [[102, ""], [103, "14 bytes"], [105, "lost here"], [106, "refused here"]] },
  { name: "index", code: "EB5001", body: `
    u32 zero = 0;
    u8 *b = lookup(&buffers, &zero);
    if (!b) return 2;
    u32 i = c->rx_queue_index;
    if (i > 100)
      return 2;
    return b[i];`,
    sentence: "The offset into a value of `buffers` of 64 bytes may be 0 to 100 here (line 108 adds it), and not all of that is inside.",
    remedy: /mask it/, path: [[103, "comes from here"], [108, "0 to 100"]] },
  { name: "length", code: "EB5001", section: "kprobe/x", body: `
    char text[64];
    u32 n = ((u32 *)c)[0];
    probe_read(text, n, 0);
    return text[0];`,
    sentence: "A field of the context may be 0 to 4294967295 here, and bpf_probe_read_kernel takes it as a length.",
    remedy: /Bound the length/, path: [[104, "refused here"]] },
  { name: "leak", code: "EB5011", body: `
    u64 *record = reserve(&events, 8, 0);
    if (!record)
      return 2;
    if (c->rx_queue_index > 3)
      return 1;
    submit(record, 0);
    return 2;`,
    sentence: "`record`, which bpf_ringbuf_reserve acquired at line 102, is not released on this path.",
    remedy: /submit or discard/, path: [[102, "acquired here"], [105, ""]] },
  { name: "released", code: "EB5004", body: `
    u64 *record = reserve(&events, 8, 0);
    if (!record)
      return 2;
    submit(record, 0);
    record[0] = 5;
    return 2;`,
    sentence: "`record` was given back by bpf_ringbuf_submit at line 105, and is used after that.",
    path: [[105, "lost here"], [106, "refused here"]] },
  { name: "result", code: "EB5013", section: "cgroup/connect4", body: `
    if (((u32 *)c)[6] == 53)
      return 2;
    return 1;`,
    sentence: "This program must return 0 to 1; this path returns 2.",
    path: [[102, "2 is set here"]] },
  { name: "helper", code: "EB5008", section: "socket", body: `
    return redirect(1, 0);`,
    sentence: "bpf_redirect is not for programs of this type.",
    path: [] },
  { name: "key past the frame", code: "EB5005", body: `
    u32 key = 1;
    return lookup(&stats, (char *)&key + 1) ? 1 : 2;`,
    sentence: "bpf_map_lookup_elem reads 4 bytes of the stack at offset -3, 1 byte past the end of the frame.",
    remedy: /argument 2 point to the start of a variable of 4 bytes, of the map's key or value type/, path: [[103, "refused here"]] },
  { name: "helper writes", code: "EB5005", body: `
    char text[8];
    load_bytes(c, 0, text, 16);
    return text[0];`,
    sentence: "bpf_xdp_load_bytes writes 16 bytes of the stack at offset -8, 8 bytes past the end of the frame.",
    path: [[103, "refused here"]] },
  { name: "number", code: "EB5004", section: "kprobe/x", body: `
    u64 *task = (u64 *)(((u64 *)c)[14]);
    return *task;`,
    sentence: "`task` is only a number here, so the kernel does not follow it as a pointer.",
    remedy: /probe_read/, path: [[102, "is read here"], [103, "refused here"]] },
  { name: "context", code: "EB5007", body: `
    return ((u64 *)c)[0];`,
    sentence: "8 bytes at offset 0 of the context are not a field that this program type may read.",
    path: [] },
];

/** The function begins at line 101 of the file. */
const sourceOf = ({ section = "xdp", body, name }: Case): string => {
  const head = HEAD + "\n".repeat(101 - HEAD.split("\n").length);
  return `${head}SEC("${section}") int p_${name.replace(/ /g, "_")}(struct xdp_md *c) {${body}\n}\n`;
};

if (!existsSync(CLANG)) console.warn(`skipped: ${CLANG} is not installed`);
const skippedKernel = announceSkip("explanations of the kernel's logs", kernelSkipReason());

describe.skipIf(!existsSync(CLANG))("C programs", () => {
  const objects = new Map<string, Uint8Array>();
  const objectOf = (c: Case): Uint8Array => {
    const known = objects.get(c.name);
    if (known !== undefined) return known;
    const file = join(tempFolder(), "p.c");
    writeFileSync(file, sourceOf(c));
    execFileSync(CLANG, ["-O2", "-g", "-Wno-everything", "-target", "bpf", "-c", file, "-o", `${file}.o`]);
    const object = new Uint8Array(readFileSync(`${file}.o`));
    objects.set(c.name, object);
    return object;
  };

  const expectStory = (explanation: Explanation | undefined, c: Case): void => {
    expect(explanation?.code).toBe(c.code);
    expect(explanation?.sentence).toBe(c.sentence);
    if (c.remedy) expect(explanation?.remedy).toMatch(c.remedy);
    for (const [line, note] of c.path) {
      const found = explanation?.path.find(({ source }) => source?.line === line);
      expect(found, `line ${line} in ${JSON.stringify(explanation?.path)}`).toBeDefined();
      if (note !== "") expect(found?.notes.join("; ")).toContain(note);
    }
    expect(explanation?.path[explanation.path.length - 1]?.notes).toContain("refused here");
  };

  test.each(CASES)("$name", (c) => {
    const [result] = precheck(objectOf(c));
    expect(result?.verdict).toBe("reject");
    expectStory(result?.explanation, c);
  });

  test.skipIf(skippedKernel).for(CASES)("$name, from the kernel's log", (c, { skip }) => {
    using open = new OpenObject(objectOf(c));
    let log = "";
    try {
      using _loaded = open.load(1 << 20);
    } catch (error) {
      const notJudged = error instanceof SyscallError ? error.notJudged : undefined;
      if (announceSkip(`explanations: ${c.name}`, notJudged)) skip(notJudged);
      if (!(error instanceof VerifierRejectedError)) throw error;
      ({ log } = error);
    }
    expectStory(explainLog(log).explanation, c);
  });
});

describe.skipIf(!existsSync(CLANG))(
  "what only an object shows: its debug information, and code that is never walked",
  () => {
    const explained = (body: string, section = "xdp"): Explanation | undefined => {
      const file = join(tempFolder(), "o.c");
      writeFileSync(file, sourceOf({ name: "o", code: "", section, body, sentence: "", path: [] }));
      execFileSync(CLANG, ["-O2", "-g", "-Wno-everything", "-target", "bpf", "-c", file, "-o", `${file}.o`]);
      return precheck(new Uint8Array(readFileSync(`${file}.o`)))[0]?.explanation;
    };

    test("unreachable code has a line and a remedy", () => {
      const found = explained(`
    asm volatile("goto +1; r6 = 1; r6 = 2" ::: "r6");
    return 2;`);
      expect(found).toMatchObject({ code: "EB5019", at: { insn: 1, source: { line: 102 } } });
      expect(found?.sentence).toBe(
        "Instruction 1 (line 102) can never be reached, and the kernel refuses programs with such code.",
      );
      expect(found?.remedy).toMatch(/let every path return/);
    });

    test("a length of 0 is a length, not an offset", () => {
      const found = explained(`
    u32 zero = 0;
    u8 *b = lookup(&buffers, &zero);
    if (!b)
      return 2;
    u32 n = c->rx_queue_index & 63;
    return load_bytes(c, 0, b, n);`);
      expect(found?.sentence).toBe("`n` may be 0 to 63 here, and bpf_xdp_load_bytes takes no length of 0.");
      expect(found?.remedy).toMatch(/`if \(n == 0\) return …`/);
    });

    test("an offset into the packet that is too far to prove anything", () => {
      const found = explained(`
    u8 *d = (void *)(long)c->data, *e = (void *)(long)c->data_end;
    if (d + 4 > e) return 0;
    u64 o = *(u32 *)d;
    if (o > 0x1ffff) return 1;
    u8 *p = d + o;
    asm volatile("" : "+r"(p));
    if (p + 1 > e) return 2;
    return p[0];`);
      expect(found?.sentence).toMatch(
        /^This reads 1 byte at offset 0 of `p`, whose offset may be up to 131071: .*exceed 65,535\.$/,
      );
      expect(found?.remedy).toMatch(/below 65,535/);
    });

    test("a test of another pointer, and no fact of a variable that the register does not hold", () => {
      const found = explained(`
    long moved = adjust_head(c, 4);
    if (moved)
      return 2;
    u8 *limit = (void *)(long)c->data_end;
    asm volatile("%0 += -42" : "+r"(limit));
    return limit[0];`);
      expect(found?.sentence).toMatch(/^`limit`, the end of the packet, is computed with here/);
      expect(JSON.stringify(found?.path)).not.toMatch(/`limit` is (0|not)/);
    });
  },
);

describe("rules", () => {
  const rejected = RULES.filter(({ expected }) => expected !== "accept");
  test.each(rejected)("$name: the path ends where it is refused, for the same reason", ({ type, insns, gpl }) => {
    const { failure, rejection } = verify(subject(type, insns, gpl), 8192);
    if (failure === undefined) {
      // Nothing was walked: the encoding is wrong, or the program type unknown.
      expect(["EB5018", "EB5019", "EB5099"]).toContain(rejection?.reason);
      expect(reasonOf(rejection?.text ?? "")).toBe(rejection?.reason);
      return;
    }
    const trace = replay(failure, () => undefined);
    expect(trace.steps[trace.steps.length - 1]?.slot).toBe(rejection?.insn);
    const explanation = explain(trace);
    expect(explanation.code).toBe(rejection?.reason);
    expect(explanation.sentence).not.toMatch(/^The kernel says|undefined at|NaN|\$\d/);
  });
});

describe("logs", () => {
  interface Pair {
    readonly program: string;
    readonly verdict: string;
    readonly log: string;
  }
  const pairs = (): Pair[] =>
    (JSON.parse(readFileSync(join(dataFolder ?? "", "verifier-pairs/truth.json"), "utf8")) as Pair[]).filter(
      ({ log }) => log,
    );

  test.skipIf(missingData)("every rejection of the pairs has a code and a sentence of its own", () => {
    const unexplained = pairs()
      .filter(({ verdict }) => verdict === "reject")
      .filter(({ log }) => {
        const { explanation } = explainLog(log);
        return explanation?.code === undefined || /^The kernel says/.test(explanation.sentence);
      });
    expect(unexplained.map(({ program }) => program)).toEqual([]);
  });

  test.skipIf(missingData)("a log that is cut anywhere is no reason to fail, nor to invent one", () => {
    for (const { log, verdict } of pairs().filter((_, i) => i % 8 === 0)) {
      const lines = log.split("\n");
      const whole = explainLog(log).explanation?.code;
      for (let i = 0; i < lines.length; i += 3) {
        // Without its beginning the reason is still there; without its end it is not.
        if (i < lines.length - 8) expect(explainLog(lines.slice(i).join("\n")).explanation?.code).toBe(whole);
        const cut = explainLog(log.slice(0, Math.floor((log.length * i) / lines.length)));
        expect([whole, undefined]).toContain(cut.explanation?.code);
        if (verdict === "accept") expect(cut.explanation).toBeUndefined();
      }
    }
  });

  test("a kernel that explains itself is quoted, with our code", () => {
    const log = `0: (bf) r1 = r2
Verification failed: Register Type Safety: Unreadable register
Reason: R2 !read_ok, it holds no value here
At:
  p.c:3:4 int run()
  0: (bf) r1 = r2
Causal path:
  entry at p.c:1
Suggestion: initialise the register
processed 1 insns (limit 1000000)`;
    const { report, explanation } = explainLog(log);
    expect(report).toMatchObject({
      title: "Register Type Safety: Unreadable register",
      path: ["entry at p.c:1"],
      suggestion: "initialise the register",
    });
    expect(explanation).toMatchObject({
      code: "EB5015",
      sentence: "R2 !read_ok, it holds no value here",
      remedy: "initialise the register",
    });
  });

  test("accepted, not permitted, not a log", () => {
    const accepted = "0: R1=ctx() R10=fp0\n0: (b7) r0 = 0 ; R0=0\n1: (95) exit\nprocessed 2 insns (limit 1000000)\n";
    expect(explainLog(accepted)).toMatchObject({ cut: false });
    expect(explainLog(accepted).explanation).toBeUndefined();
    expect(explainLog("libbpf: prog 'x': BPF program load failed: Operation not permitted").refused).toMatch(/CAP_BPF/);
    expect(explainLog("hello\nworld\n").explanation).toBeUndefined();
    expect(explainLog("").trace).toBeUndefined();
  });

  test("the log of an old kernel: states before instructions, other words", () => {
    const log = `; u64 *count = lookup(&stats, &key);
0: (bf) r2 = r10
1: R1=ctx(id=0,off=0,imm=0) R2_w=fp0 R10=fp0
1: (07) r2 += -4
2: (18) r1 = 0xffff9a3c
4: (85) call bpf_map_lookup_elem#1
; *count += 1;
5: R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0) R10=fp0
5: (79) r1 = *(u64 *)(r0 +0)
R0 invalid mem access 'map_value_or_null'
processed 5 insns (limit 1000000) max_states_per_insn 0`;
    const { explanation } = explainLog(log);
    expect(explanation?.code).toBe("EB5003");
    expect(explanation?.sentence).toMatch(/^`count` may be NULL here: the result of bpf_map_lookup_elem at /);
  });
});
