/** Differential tests: random programs and C programs give the same whole state on the interpreter and in the kernel. */
import { closeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode } from "../../runtime/isa/index.js";
import { createMap, lookup } from "../../runtime/kernel/map-syscalls.js";
import { loadProgramRaw } from "../../runtime/kernel/program-raw.js";
import { testRun } from "../../runtime/kernel/test-run.js";
import { type EngineName, Machine } from "../../runtime/vm/index.js";
import { announceSkip, kernelSkipReason } from "../kernel/support.js";
import { KEYS, MAPS, objectOf } from "./fuzz-object.js";
import { generate, STATE_BYTES } from "./generate.js";

const XDP = 6;
const skip = announceSkip("test/vm/kernel", kernelSkipReason());
/** EBPFTSC_FUZZ: how many programs; CI takes the default. */
const COUNT = Number(process.env["EBPFTSC_FUZZ"] ?? 400);

interface State {
  readonly result: number;
  readonly state: string;
  readonly hash: readonly (string | undefined)[];
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function onMachine(bytes: Uint8Array, engine: EngineName): State {
  const machine = new Machine(objectOf(bytes), { cpus: 1, engine });
  const { result, fault } = machine.run("p", { packet: new Uint8Array(64) });
  if (fault !== undefined) throw new Error(`${fault.code} at ${fault.insn}: ${fault.message}`);
  const value = (map: string, key: Uint8Array | number): string | undefined => {
    const found = machine.map(map).get(key);
    return found instanceof Uint8Array ? hex(found) : undefined;
  };
  return {
    result: Number(result),
    state: value("state", 0) ?? "",
    hash: KEYS.map((key) => value("hash", key)),
  };
}

/** The kernel's outcome, or the verifier's last words. */
function inKernel(bytes: Uint8Array): State | string {
  const fds = MAPS.map((m) =>
    createMap({ type: m.type, keySize: m.keySize, valueSize: m.valueSize, maxEntries: m.maxEntries }),
  );
  let program = -1;
  try {
    const insns = bytes.slice();
    const view = new DataView(insns.buffer);
    for (const insn of decode(bytes)) {
      if (insn.opcode === 0x18 && (insn.src === 1 || insn.src === 2))
        view.setInt32(insn.slot * 8 + 4, fds[insn.imm] ?? -1, true);
    }
    const loaded = loadProgramRaw({ type: XDP, insns });
    if (!loaded.ok) return loaded.log.trim().split("\n").slice(-4).join(" | ");
    program = loaded.fd;
    const result = testRun(program, { data: new Uint8Array(64) }).retval;
    const value = (map: number, key: Uint8Array, size: number): string | undefined => {
      const into = new Uint8Array(size);
      return lookup(fds[map] ?? -1, key, into) ? hex(into) : undefined;
    };
    return {
      result,
      state: value(0, KEYS[0] ?? new Uint8Array(4), STATE_BYTES) ?? "",
      hash: KEYS.map((key) => value(1, key, 8)),
    };
  } finally {
    for (const fd of fds) closeSync(fd);
    if (program >= 0) closeSync(program);
  }
}

describe.skipIf(skip)("against the kernel", () => {
  test(`${COUNT} random programs end in the same state`, () => {
    const refused: string[] = [];
    for (let seed = 1; seed <= COUNT; seed++) {
      const bytes = generate(seed * 2654435761);
      const kernel = inKernel(bytes);
      if (typeof kernel === "string") {
        refused.push(`${seed}: ${kernel}`);
        continue;
      }
      for (const engine of ["interp", "wasm"] as const)
        expect(onMachine(bytes, engine), `seed ${seed} on ${engine}`).toEqual(kernel);
    }
    // What the verifier refuses tests nothing: nearly all must pass it.
    if (refused.length > 0) console.info(`verifier refused ${refused.length} of ${COUNT}, first: ${refused[0]}`);
    expect(refused.length, refused.slice(0, 3).join("\n")).toBeLessThanOrEqual(COUNT / 50);
  });
});
