/** Both verdicts on a generated program: the pre-check's and the running kernel's. */
import { closeSync } from "node:fs";
import { verify } from "../../compiler/precheck/explore/run.js";
import type { Subject } from "../../compiler/precheck/program.js";
import { encode, type Instruction, Op, Pseudo } from "../../runtime/isa/index.js";
import { createMap } from "../../runtime/kernel/map-syscalls.js";
import { loadBtf, loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { KERNEL } from "../agreement/kernel-btf.js";
import { functionBtf, functionInfo } from "./function-btf.js";
import { MAPS, type ProgramKind } from "./scene.js";

export interface Verdict {
  readonly accept: boolean;
  /** The kernel gave no verdict (policy): nothing to compare. */
  readonly unknown?: boolean;
  /** Why not. */
  readonly text: string;
  readonly processed: number;
  readonly ms: number;
}

/** What the pre-check says. @param version of the kernel to predict (versionNumber); default the newest */
export function ours(kind: ProgramKind, insns: readonly Instruction[], version?: number): Verdict {
  const subject: Subject = {
    type: kind.type,
    attachType: kind.attach,
    insns,
    maps: MAPS,
    gpl: true,
    sleepable: false,
    functions: [],
    functionsUnknown: true,
    kernel: KERNEL,
    ...(version === undefined ? {} : { version }),
  };
  const started = performance.now();
  const { rejection, cost } = verify(subject, CPUS);
  return {
    accept: rejection === undefined,
    text: rejection === undefined ? "" : `${rejection.reason} ${rejection.text} @${rejection.insn}`,
    processed: cost.processed,
    ms: performance.now() - started,
  };
}

const CPUS = 2;
/** BPF_LOG_STATS: the reason and what it cost, without the paths. */
const STATISTICS = 4;

/** The running kernel with the generators' maps; to be disposed of. */
export class Kernel {
  private readonly fds: number[] = [];
  private readonly btf = new Map<number, number>();
  /** A program array belongs to the type of the first program that uses it: one for each type. */
  private readonly jumps = new Map<number, number>();

  constructor() {
    for (const map of MAPS) this.fds.push(createMap(map));
  }

  private mapOf(kind: ProgramKind, index: number): number {
    const map = MAPS[index];
    if (map?.name !== "jumps") return this.fds[index] ?? -1;
    let fd = this.jumps.get(kind.type);
    if (fd === undefined) {
      fd = createMap(map);
      this.jumps.set(kind.type, fd);
    }
    return fd;
  }

  judge(kind: ProgramKind, insns: readonly Instruction[], logLevel = STATISTICS): Verdict & { readonly log: string } {
    const linked = insns.map((insn) =>
      insn.opcode === Op.LdImm64 && insn.src === Pseudo.MapFd ? { ...insn, imm: this.mapOf(kind, insn.imm) } : insn,
    );
    const funcInfo = functionInfo(insns);
    const count = funcInfo.length / 8;
    const started = performance.now();
    const { ok, fd, log, word } = loadProgramRaw({
      type: kind.type,
      expectedAttachType: kind.attach,
      insns: encode(linked),
      license: "GPL",
      logLevel,
      ...(count > 1 ? { btf: { fd: this.btfOf(count), funcInfo } } : {}),
    });
    const ms = performance.now() - started;
    if (ok) closeSync(fd);
    return {
      accept: ok,
      unknown: word.verdict === "unknown",
      text: word.verdict === "accept" ? "" : word.message,
      processed: Number(/processed (\d+) insns/.exec(log)?.[1] ?? -1),
      ms,
      log,
    };
  }

  private btfOf(functions: number): number {
    const known = this.btf.get(functions);
    if (known !== undefined) return known;
    const fd = loadBtf(functionBtf(functions));
    this.btf.set(functions, fd);
    return fd;
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.fds, ...this.jumps.values(), ...this.btf.values()]) closeSync(fd);
  }
}
