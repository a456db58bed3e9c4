/** Asks the running kernel about a subject without libbpf: for objects of forms that libbpf 1.0 dropped. Maps are made once per shape. */
import { closeSync } from "node:fs";
import type { MapFacts, Subject } from "../../compiler/precheck/program.js";
import { encode, Op, Pseudo } from "../../runtime/isa/index.js";
import { SyscallError } from "../../runtime/kernel/errors.js";
import { createMap, freeze, update } from "../../runtime/kernel/map-syscalls.js";
import { loadBtf, loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { functionBtf, functionInfo } from "../oracle/function-btf.js";
import type { Label } from "./kernel-labels.js";

const PROG_ARRAY = 3;
const STATISTICS = 4;
const MMAPABLE = 1 << 10;
/** Bytes of struct bpf_func_info. */
const FUNC_INFO = 8;
/** BPF_F_SLEEPABLE */
const SLEEPABLE = 16;

/** Why a subject cannot be loaded bare; undefined where it can. */
function obstacle(subject: Subject): string | undefined {
  if ((subject.kfuncs?.size ?? 0) > 0 || (subject.variables?.size ?? 0) > 0) return "it needs the kernel's BTF";
  if (subject.functions.some((f) => f.global && f.start > 0)) return "its global functions need its BTF";
  if (subject.maps.some((m) => (m.fields?.length ?? 0) > 0)) return "its maps need BTF";
  return undefined;
}

/** Maps by their shape, closed together. */
export class BareLoader {
  private readonly fds = new Map<string, number>();
  /** BTF by number of functions. */
  private readonly types = new Map<number, number>();

  /** "unknown" with the reason where it cannot be asked. */
  label(subject: Subject): Label {
    const why = obstacle(subject);
    if (why !== undefined) return { verdict: "unknown", message: why };
    const places = new Map<number, number>();
    try {
      for (const insn of subject.insns) {
        if (insn.opcode !== Op.LdImm64 || insn.src === Pseudo.None || insn.src === Pseudo.Func) continue;
        const map = subject.maps[insn.imm];
        if (map === undefined) return { verdict: "unknown", message: `no map ${insn.imm}` };
        places.set(insn.imm, this.mapOf(map, subject));
      }
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return { verdict: "unknown", message: error.message };
    }
    const insns = subject.insns.map((insn) =>
      insn.opcode === Op.LdImm64 && insn.src !== Pseudo.None && insn.src !== Pseudo.Func
        ? { ...insn, imm: places.get(insn.imm) ?? -1 }
        : insn,
    );
    // Callbacks are not accepted without the functions' types.
    const funcInfo = functionInfo(insns);
    const functions = funcInfo.length / FUNC_INFO;
    const btf = functions > 1 ? { btf: { fd: this.btfOf(functions), funcInfo } } : {};
    const { ok, fd, log, word } = loadProgramRaw({
      ...btf,
      flags: subject.sleepable ? SLEEPABLE : 0,
      type: subject.type,
      expectedAttachType: subject.attachType,
      insns: encode(insns),
      license: subject.gpl ? "GPL" : "Proprietary",
      logLevel: STATISTICS,
    });
    if (ok) closeSync(fd);
    const processed = /processed (\d+) insns/.exec(log)?.[1];
    const us = /verification time (\d+) usec/.exec(log)?.[1];
    const counts = {
      processed: processed === undefined ? undefined : Number(processed),
      ms: us === undefined ? undefined : Number(us) / 1000,
    };
    return { ...word, ...counts };
  }

  private btfOf(functions: number): number {
    const known = this.types.get(functions);
    if (known !== undefined) return known;
    const fd = loadBtf(functionBtf(functions));
    if (fd < 0) throw new SyscallError("load BTF", -fd);
    this.types.set(functions, fd);
    return fd;
  }

  private mapOf(map: MapFacts, program: Subject): number {
    const { type, keySize, valueSize, maxEntries, flags, frozen, inner } = map;
    // A program array belongs to type and attach type of the program that uses it first (bpf_prog_map_compatible), and to its
    // context where that has a name of its own.
    const owner = type === PROG_ARRAY ? `${program.type}:${program.attachType}:${program.target ?? ""}` : "";
    const content = frozen === undefined ? "" : `${map.name}:${Buffer.from(frozen).toString("base64")}`;
    const shape = [type, keySize, valueSize, maxEntries, flags, owner, inner?.type, inner?.valueSize, content].join();
    const known = this.fds.get(shape);
    if (known !== undefined) return known;
    const innerMapFd = inner === undefined ? undefined : this.mapOf(inner, program);
    const fd = createMap({
      type,
      keySize,
      valueSize,
      maxEntries,
      flags: frozen === undefined ? flags : flags & ~MMAPABLE,
      ...(innerMapFd === undefined ? {} : { innerMapFd }),
    });
    this.fds.set(shape, fd);
    if (frozen !== undefined) {
      update(fd, new Uint8Array(4), frozen);
      freeze(fd);
    }
    return fd;
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.fds.values(), ...this.types.values()]) closeSync(fd);
  }
}
