/** How long the running kernel takes to verify a program: for labels that do not say. Maps are made once per shape, small. */
import { closeSync } from "node:fs";
import type { MapFacts, Subject } from "../../compiler/precheck/program.js";
import { encode, Op, Pseudo } from "../../runtime/isa/index.js";
import { SyscallError } from "../../runtime/kernel/errors.js";
import { createMap } from "../../runtime/kernel/map-syscalls.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";

const MAX_ENTRIES = 64;
const RING = 27;

export class KernelTimer {
  private readonly fds = new Map<string, number>();

  /** Milliseconds; undefined where the program cannot be loaded bare (BTF, kernel functions, maps in maps). */
  time(subject: Subject): number | undefined {
    if (subject.functions.length > 1 || (subject.kfuncs?.size ?? 0) > 0) return undefined;
    const used = new Set<number>();
    for (const insn of subject.insns) {
      if (insn.opcode !== Op.LdImm64 || insn.src === Pseudo.None) continue;
      if (insn.src !== Pseudo.MapFd) return undefined;
      used.add(insn.imm);
    }
    const places = new Map<number, number>();
    for (const index of used) {
      const map = subject.maps[index];
      const fd = map && this.mapOf(map, subject);
      if (fd === undefined) return undefined;
      places.set(index, fd);
    }
    const insns = encode(
      subject.insns.map((insn) =>
        insn.opcode === Op.LdImm64 && insn.src === Pseudo.MapFd ? { ...insn, imm: places.get(insn.imm) ?? -1 } : insn,
      ),
    );
    const started = performance.now();
    const { ok, fd } = loadProgramRaw({
      type: subject.type,
      expectedAttachType: subject.attachType,
      insns,
      license: subject.gpl ? "GPL" : "Proprietary",
      logLevel: 0,
    });
    const ms = performance.now() - started;
    if (ok) closeSync(fd);
    return ms;
  }

  private mapOf({ type, keySize, valueSize, maxEntries, flags }: MapFacts, program: Subject): number | undefined {
    // A program array belongs to type and attach type of the program that uses it first.
    const key = [
      type,
      keySize,
      valueSize,
      maxEntries,
      flags,
      type === 3 ? `${program.type}:${program.attachType}` : "",
    ].join();
    const known = this.fds.get(key);
    if (known !== undefined) return known;
    try {
      const entries = type === RING ? maxEntries : Math.min(maxEntries, MAX_ENTRIES);
      const fd = createMap({ type, keySize, valueSize, maxEntries: entries, flags });
      this.fds.set(key, fd);
      return fd;
    } catch (error) {
      if (error instanceof SyscallError) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const fd of this.fds.values()) closeSync(fd);
  }
}
